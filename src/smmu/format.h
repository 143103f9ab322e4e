/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bits of what an SMMUv3 reads from memory and writes there: stream table, context
 * descriptors, translation tables, event records. Source: Arm IHI 0070 (sections 5, 6.3
 * and 7.3) and the VMSAv8-64 chapter of the Arm ARM. For CMDQV_GET() and CMDQV_SET().
 */
#ifndef SRC_SMMU_FORMAT_H
#define SRC_SMMU_FORMAT_H

#include <cmdqv/regs.h>

#include <stdint.h>

/* Bits `msb` to `lsb` of a 64-bit word. */
#define SMMU_BITS(msb, lsb) ((UINT64_MAX >> (63 - (msb))) & (UINT64_MAX << (lsb)))

/* SMMU_STRTAB_BASE, SMMU_STRTAB_BASE_CFG */
#define STRTAB_BASE_ADDR SMMU_BITS(51, 6)
#define STRTAB_CFG_LOG2SIZE SMMU_BITS(5, 0)
#define STRTAB_CFG_SPLIT SMMU_BITS(10, 6)
#define STRTAB_CFG_FMT SMMU_BITS(17, 16)
#define STRTAB_FMT_LINEAR 0
#define STRTAB_FMT_2LEVEL 1

/* Level 1 stream table descriptor */
#define L1STD_SPAN SMMU_BITS(4, 0)
#define L1STD_L2PTR SMMU_BITS(51, 6)

/* Stream table entry: 8 words */
#define STE_WORDS 8
#define STE0_V SMMU_BITS(0, 0)
#define STE0_CONFIG SMMU_BITS(3, 1)
#define STE0_S1FMT SMMU_BITS(5, 4)
#define STE0_S1CONTEXTPTR SMMU_BITS(51, 6)
#define STE0_S1CDMAX SMMU_BITS(63, 59)
#define STE1_S1DSS SMMU_BITS(1, 0)
#define STE1_EATS SMMU_BITS(29, 28)
#define STE1_STRW SMMU_BITS(31, 30)
#define STE2_S2VMID SMMU_BITS(15, 0)
#define STE2_S2AA64 SMMU_BITS(51, 51)
#define STE2_S2S SMMU_BITS(57, 57)
#define STE2_S2R SMMU_BITS(58, 58)

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
#define STE_STRW_NSEL1 0
#define STE_STRW_EL2 2

/* Level 1 context descriptor */
#define L1CD_V SMMU_BITS(0, 0)
#define L1CD_L2PTR SMMU_BITS(51, 12)

/* Context descriptor: 8 words */
#define CD_WORDS 8
#define CD0_T0SZ SMMU_BITS(5, 0)
#define CD0_TG0 SMMU_BITS(7, 6)
#define CD0_EPD0 SMMU_BITS(14, 14)
#define CD0_ENDI SMMU_BITS(15, 15)
#define CD0_V SMMU_BITS(31, 31)
#define CD0_IPS SMMU_BITS(34, 32)
#define CD0_AFFD SMMU_BITS(35, 35)
#define CD0_AA64 SMMU_BITS(41, 41)
#define CD0_S SMMU_BITS(44, 44)
#define CD0_R SMMU_BITS(45, 45)
#define CD0_A SMMU_BITS(46, 46)
#define CD0_ASID SMMU_BITS(63, 48)
#define CD1_HAD0 SMMU_BITS(1, 1)
#define CD1_TTB0 SMMU_BITS(51, 4)
#define CD_TG0_4K 0
#define CD_TG0_64K 1
#define CD_TG0_16K 2

/* Stage 1 descriptor */
#define TTD_VALID SMMU_BITS(0, 0)
#define TTD_TABLE SMMU_BITS(1, 1) /* a table, or a page at level 3 */
#define TTD_AP_EL0 SMMU_BITS(6, 6)
#define TTD_AP_RO SMMU_BITS(7, 7)
#define TTD_AF SMMU_BITS(10, 10)
#define TTD_NG SMMU_BITS(11, 11)
#define TTD_ADDR SMMU_BITS(47, 12)
#define TTD_APTABLE_NO_EL0 SMMU_BITS(61, 61)
#define TTD_APTABLE_RO SMMU_BITS(62, 62)

/* Event record: 4 words */
#define EVENT0_ID SMMU_BITS(7, 0)
#define EVENT0_SSV SMMU_BITS(11, 11)
#define EVENT0_SSID SMMU_BITS(31, 12)
#define EVENT0_SID SMMU_BITS(63, 32)
#define EVENT1_PNU SMMU_BITS(33, 33)
#define EVENT1_RNW SMMU_BITS(35, 35)
#define EVENT1_S2 SMMU_BITS(39, 39)
#define EVENT1_CLASS SMMU_BITS(41, 40)
#define EVENT3_IPA SMMU_BITS(51, 12)
#define EVENT3_FETCH SMMU_BITS(51, 3)
#define EVENT_CLASS_CD 0
#define EVENT_CLASS_TTD 1
#define EVENT_CLASS_IN 2

#endif
