/* SPDX-License-Identifier: BSD-2-Clause */
/* Event records of an SMMUv3. Source: Arm IHI 0070 section 7.3. */
#ifndef SRC_REGS_EVENT_H
#define SRC_REGS_EVENT_H

#include "regs/bits.h"

/* Event record: 4 words */
#define EVENT0_ID WORD_BITS(7, 0)
#define EVENT0_SSV WORD_BITS(11, 11)
#define EVENT0_SSID WORD_BITS(31, 12)
#define EVENT0_SID WORD_BITS(63, 32)
#define EVENT1_PNU WORD_BITS(33, 33)
#define EVENT1_RNW WORD_BITS(35, 35)
#define EVENT1_S2 WORD_BITS(39, 39)
#define EVENT1_CLASS WORD_BITS(41, 40)
#define EVENT3_IPA WORD_BITS(51, 12)
#define EVENT3_FETCH WORD_BITS(51, 3)
#define EVENT_CLASS_CD 0
#define EVENT_CLASS_TTD 1
#define EVENT_CLASS_IN 2

#endif
