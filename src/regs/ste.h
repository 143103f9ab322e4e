/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stream table of an SMMUv3: its entries, and what a guest may put into one. Source: Arm
 * IHI 0070 sections 5.2 and 6.3; what Linux takes for a nested HWPT: docs/spec.md [HW-21].
 */
#ifndef SRC_REGS_STE_H
#define SRC_REGS_STE_H

#include <stdbool.h>

#include "regs/bits.h"

/* SMMU_STRTAB_BASE, SMMU_STRTAB_BASE_CFG */
#define STRTAB_BASE_ADDR WORD_BITS(51, 6)
#define STRTAB_CFG_LOG2SIZE WORD_BITS(5, 0)
#define STRTAB_CFG_SPLIT WORD_BITS(10, 6)
#define STRTAB_CFG_FMT WORD_BITS(17, 16)
#define STRTAB_FMT_LINEAR 0
#define STRTAB_FMT_2LEVEL 1

/* Level 1 stream table descriptor */
#define L1STD_SPAN WORD_BITS(4, 0)
#define L1STD_L2PTR WORD_BITS(51, 6)

/* Stream table entry: 8 words */
#define STE_WORDS 8
#define STE0_V WORD_BITS(0, 0)
#define STE0_CONFIG WORD_BITS(3, 1)
#define STE0_S1FMT WORD_BITS(5, 4)
#define STE0_S1CONTEXTPTR WORD_BITS(51, 6)
#define STE0_S1CDMAX WORD_BITS(63, 59)
#define STE1_S1DSS WORD_BITS(1, 0)
#define STE1_S1CIR WORD_BITS(3, 2)
#define STE1_S1COR WORD_BITS(5, 4)
#define STE1_S1CSH WORD_BITS(7, 6)
#define STE1_S1STALLD WORD_BITS(27, 27)
#define STE1_EATS WORD_BITS(29, 28)
#define STE1_STRW WORD_BITS(31, 30)
#define STE2_S2VMID WORD_BITS(15, 0)
#define STE2_S2AA64 WORD_BITS(51, 51)
#define STE2_S2S WORD_BITS(57, 57)
#define STE2_S2R WORD_BITS(58, 58)

#define STE_CONFIG_ABORT 0
#define STE_CONFIG_BYPASS 4
#define STE_CONFIG_S1 1 /* bit: with STE_CONFIG_BYPASS */
#define STE_CONFIG_S2 2 /* bit: with STE_CONFIG_BYPASS */
#define STE_S1FMT_LINEAR 0
#define STE_S1FMT_4K_L2 1
#define STE_S1FMT_64K_L2 2
#define STE_S1DSS_TERMINATE 0
#define STE_S1DSS_BYPASS 1
#define STE_S1DSS_SSID0 2
#define STE_EATS_NONE 0
#define STE_EATS_FULL 1
#define STE_EATS_SPLIT 2
#define STE_STRW_NSEL1 0
#define STE_STRW_EL2 2

/* What a guest fills in of its entry: the host takes these bits of words 0 and 1 alone. */
#define STE0_GUEST (STE0_V | STE0_CONFIG | STE0_S1FMT | STE0_S1CONTEXTPTR | STE0_S1CDMAX)
#define STE1_GUEST (STE1_S1DSS | STE1_S1CIR | STE1_S1COR | STE1_S1CSH | STE1_S1STALLD | STE1_EATS)

/* Why a host kernel refuses a guest's entry, in the order in which it looks. */
enum ste_fault {
	STE_GOOD,
	STE_FOREIGN_BITS, /* bits are set that a guest may not set */
	STE_BAD_CONFIG,	  /* not abort, bypass or stage 1 */
	STE_BAD_EATS,	  /* not 0 or 1 */
};

/* May a guest have the entry as a nested HWPT? An entry without V is good. */
enum ste_fault ste_check_guest(const uint64_t words[2]);

/* Is it a valid entry that translates by stage 1? */
bool ste_is_stage1(const uint64_t words[2]);

#endif
