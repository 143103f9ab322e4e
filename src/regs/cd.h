/* SPDX-License-Identifier: BSD-2-Clause */
/* Context descriptors of an SMMUv3. Source: Arm IHI 0070 section 5.4. */
#ifndef SRC_REGS_CD_H
#define SRC_REGS_CD_H

#include "regs/bits.h"

/* Level 1 context descriptor */
#define L1CD_V WORD_BITS(0, 0)
#define L1CD_L2PTR WORD_BITS(51, 12)

/* Context descriptor: 8 words */
#define CD_WORDS 8
#define CD0_T0SZ WORD_BITS(5, 0)
#define CD0_TG0 WORD_BITS(7, 6)
#define CD0_EPD0 WORD_BITS(14, 14)
#define CD0_ENDI WORD_BITS(15, 15)
#define CD0_V WORD_BITS(31, 31)
#define CD0_IPS WORD_BITS(34, 32)
#define CD0_AFFD WORD_BITS(35, 35)
#define CD0_AA64 WORD_BITS(41, 41)
#define CD0_HD WORD_BITS(42, 42)
#define CD0_HA WORD_BITS(43, 43)
#define CD0_S WORD_BITS(44, 44)
#define CD0_R WORD_BITS(45, 45)
#define CD0_A WORD_BITS(46, 46)
#define CD0_ASID WORD_BITS(63, 48)
#define CD1_HAD0 WORD_BITS(1, 1)
#define CD1_TTB0 WORD_BITS(51, 4)
#define CD_TG0_4K 0
#define CD_TG0_64K 1
#define CD_TG0_16K 2

#endif
