/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * Registers and commands of the CMDQV: offsets, fields, opcodes.
 *
 * Made by a program; do not edit. Constants only: usable freestanding, in assembler
 * and by bindgen.
 *
 * - CMDQV_REG_ and the name of a register: its offset from its block, which is the
 *   window for GLOBAL registers, CMDQV_VINTF_BLOCK + v * CMDQV_VINTF_BLOCK_STRIDE for
 *   VINTF_*, SID_*, GLB_FILT_* and LVCMDQ_ERR_MAP, and a queue's block (its
 *   number * CMDQV_VCMDQ_STRIDE into a page 0 or page 1) for VCMDQ_*
 * - CMDQV_, a register and a field: the mask of the field, in place
 */
#ifndef CMDQV_REGS_H
#define CMDQV_REGS_H

/** The lowest bit of a mask. */
#define CMDQV_LOWEST(mask) ((mask) & (~(mask) + 1))
/** A field out of its place, */
#define CMDQV_GET(mask, value) (((value) & (mask)) / CMDQV_LOWEST(mask))
/** and into it. */
#define CMDQV_SET(mask, value) (((value) * CMDQV_LOWEST(mask)) & (mask))

#define CMDQV_PAGE_BYTES 0x10000U /**< size of each page of the window */
#define CMDQV_CONFIG_PAGE 0x0U /**< GLOBAL block, and the VINTF blocks */
#define CMDQV_DIRECT_PAGE0 0x10000U /**< PAGE0 blocks of all VCMDQs */
#define CMDQV_DIRECT_PAGE1 0x20000U /**< PAGE1 blocks of all VCMDQs */
#define CMDQV_VINTF_PAGE0 0x30000U /**< PAGE0 blocks of VINTF 0's logical VCMDQs */
#define CMDQV_VINTF_PAGE1 0x40000U /**< PAGE1 blocks of VINTF 0's logical VCMDQs */
#define CMDQV_VINTF_PAGE_STRIDE 0x20000U /**< from one VINTF's pages to the next one's */
#define CMDQV_GUEST_BYTES 0x50000U /**< size of the guest's window */
#define CMDQV_VINTF_BLOCK 0x1000U /**< VINTF block of VINTF 0 */
#define CMDQV_VINTF_BLOCK_STRIDE 0x100U /**< from one VINTF block to the next */
#define CMDQV_VCMDQ_STRIDE 0x80U /**< from one VCMDQ's block to the next */
#define CMDQV_MAX_LOG2_VINTFS 0x6U /**< log2 of the most VINTFs */
#define CMDQV_MAX_VINTFS 0x40U /**< most VINTFs */
#define CMDQV_MAX_LOG2_VCMDQS 0x7U /**< log2 of the most VCMDQs */
#define CMDQV_MAX_VCMDQS 0x80U /**< most VCMDQs */
#define CMDQV_MAX_LOG2_SIDS 0x4U /**< log2 of the most SID slots of a VINTF */
#define CMDQV_MAX_SIDS 0x10U /**< most SID slots of a VINTF */
#define CMDQV_MAX_LOG2SIZE 0x13U /**< most that a queue's LOG2SIZE may be */
#define CMDQV_ENTRY_BYTES 0x10U /**< size of a command */

/** CONFIG: CMDQV enable and batching, 32 bits */
#define CMDQV_REG_CONFIG 0x00U
#define CMDQV_CONFIG_CMDQV_EN 0x1U /**< [0:0] enable the CMDQV */
#define CMDQV_CONFIG_PER_CMD_OFFSET 0xEU /**< [3:1] stored only */
#define CMDQV_CONFIG_MAX_CLK_BATCH 0xFF0U /**< [11:4] stored only */
#define CMDQV_CONFIG_MAX_CMD_BATCH 0xFF000U /**< [19:12] stored only */
#define CMDQV_CONFIG_CONS_DRAM_EN 0x100000U /**< [20:20] write CONS to memory; reads 0 in the guest's view */

/** PARAM: version and geometry, 32 bits */
#define CMDQV_REG_PARAM 0x04U
#define CMDQV_PARAM_VER 0xFU /**< [3:0] version, 1 */
#define CMDQV_PARAM_NUM_VCMDQ_LOG2 0xF0U /**< [7:4] log2 of the number of VCMDQs */
#define CMDQV_PARAM_NUM_VINTF_LOG2 0xF00U /**< [11:8] log2 of the number of VINTFs; 0 in the guest's view */
#define CMDQV_PARAM_NUM_SID_PER_VM_LOG2 0xF000U /**< [15:12] log2 of the SID slots of a VINTF */

/** STATUS: acknowledges CONFIG, 32 bits */
#define CMDQV_REG_STATUS 0x08U
#define CMDQV_STATUS_CMDQV_ENABLED 0x1U /**< [0:0] the CMDQV is enabled */

/** VI_ERR_MAP: one bit per VINTF with a pending error (2, 4 bytes apart), 32 bits */
#define CMDQV_REG_VI_ERR_MAP 0x14U

/** VI_INT_MASK: one bit per VINTF whose errors raise no interrupt (2, 4 bytes apart), 32 bits */
#define CMDQV_REG_VI_INT_MASK 0x1CU

/** CMDQ_ERR_MAP: one bit per VCMDQ with a pending error (4, 4 bytes apart), 32 bits */
#define CMDQV_REG_CMDQ_ERR_MAP 0x24U

/** CMDQ_ALLOC: where a VCMDQ is mapped (128, 4 bytes apart), 32 bits */
#define CMDQV_REG_CMDQ_ALLOC 0x200U
#define CMDQV_CMDQ_ALLOC_ALLOCATED 0x1U /**< [0:0] the VCMDQ is mapped to the place named below */
#define CMDQV_CMDQ_ALLOC_LVCMDQ 0xFEU /**< [7:1] logical index in the VINTF */
#define CMDQV_CMDQ_ALLOC_VINTF 0x1F8000U /**< [20:15] VINTF */

/** VINTF_CONFIG: VINTF enable and ownership, 32 bits */
#define CMDQV_REG_VINTF_CONFIG 0x00U
#define CMDQV_VINTF_CONFIG_ENABLE 0x1U /**< [0:0] enable the VINTF */
#define CMDQV_VINTF_CONFIG_VMID 0x1FFFEU /**< [16:1] VMID that replaces the one of a guest's commands */
#define CMDQV_VINTF_CONFIG_HYP_OWN 0x20000U /**< [17:17] owned by the hypervisor: full command set; reads 0 in the guest's view */

/** VINTF_STATUS: acknowledges VINTF_CONFIG, 32 bits */
#define CMDQV_REG_VINTF_STATUS 0x04U
#define CMDQV_VINTF_STATUS_ENABLED 0x1U /**< [0:0] the VINTF is enabled */
#define CMDQV_VINTF_STATUS_STATUS 0xEU /**< [3:1] 0 no error, 1 a VCMDQ has a pending error */
#define CMDQV_VINTF_STATUS_VI_NUM_LVCMDQ 0xFF0000U /**< [23:16] reads 0 */

/** GLB_FILT_CFG: reads 0, 32 bits */
#define CMDQV_REG_GLB_FILT_CFG 0x0CU

/** GLB_FILT_DATA: reads 0, 32 bits */
#define CMDQV_REG_GLB_FILT_DATA 0x10U

/** SID_MATCH: virtual StreamID of a SID slot (16, 4 bytes apart), 32 bits */
#define CMDQV_REG_SID_MATCH 0x40U
#define CMDQV_SID_MATCH_ENABLE 0x1U /**< [0:0] the slot takes part in the look-up */
#define CMDQV_SID_MATCH_VIRT_SID 0x1FFFFEU /**< [20:1] virtual StreamID */

/** SID_REPLACE: physical StreamID of a SID slot (16, 4 bytes apart), 32 bits */
#define CMDQV_REG_SID_REPLACE 0x80U
#define CMDQV_SID_REPLACE_PHYS_SID 0xFFFFFU /**< [19:0] physical StreamID */

/** LVCMDQ_ERR_MAP: one bit per logical VCMDQ with a pending error (4, 4 bytes apart), 32 bits */
#define CMDQV_REG_LVCMDQ_ERR_MAP 0xC0U

/** VCMDQ_CONS: consumer index, 32 bits */
#define CMDQV_REG_VCMDQ_CONS 0x00U
#define CMDQV_VCMDQ_CONS_INDEX 0xFFFFFU /**< [19:0] index and wrap bit */
#define CMDQV_VCMDQ_CONS_ERR 0x7F000000U /**< [30:24] why the queue stands: 0 none, 1 illegal, 2 abort on fetch, 3 ATC time-out, 4 illegal access */

/** VCMDQ_PROD: producer index, 32 bits */
#define CMDQV_REG_VCMDQ_PROD 0x04U
#define CMDQV_VCMDQ_PROD_INDEX 0xFFFFFU /**< [19:0] index and wrap bit */

/** VCMDQ_CONFIG: queue enable, 32 bits */
#define CMDQV_REG_VCMDQ_CONFIG 0x08U
#define CMDQV_VCMDQ_CONFIG_EN 0x1U /**< [0:0] enable the queue */

/** VCMDQ_STATUS: acknowledges VCMDQ_CONFIG, 32 bits */
#define CMDQV_REG_VCMDQ_STATUS 0x0CU
#define CMDQV_VCMDQ_STATUS_EN_OK 0x1U /**< [0:0] the queue is enabled */

/** VCMDQ_GERROR: errors; a bit is pending while it differs from GERRORN, 32 bits */
#define CMDQV_REG_VCMDQ_GERROR 0x10U
#define CMDQV_VCMDQ_GERROR_CMDQ_ERR 0x1U /**< [0:0] a command was refused, see CONS.ERR; the queue stands */
#define CMDQV_VCMDQ_GERROR_CONS_DRAM_WR_ABT_ERR 0x2U /**< [1:1] writing CONS to memory failed */
#define CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR 0x4U /**< [2:2] the queue could not be set up */

/** VCMDQ_GERRORN: software's acknowledgement of GERROR, 32 bits */
#define CMDQV_REG_VCMDQ_GERRORN 0x14U

/** VCMDQ_BASE: where the queue lies in memory, 64 bits */
#define CMDQV_REG_VCMDQ_BASE 0x00U
#define CMDQV_VCMDQ_BASE_LOG2SIZE 0x1FULL /**< [4:0] log2 of the number of 16-byte entries */
#define CMDQV_VCMDQ_BASE_ADDR 0xFFFFFFFFFFE0ULL /**< [47:5] address, bits 47:5 in place */

/** VCMDQ_CONS_INDX_BASE: where CONS is written in memory, 64 bits */
#define CMDQV_REG_VCMDQ_CONS_INDX_BASE 0x08U
#define CMDQV_VCMDQ_CONS_INDX_BASE_ADDR 0xFFFFFFFFFFFFULL /**< [47:0] address */

/* SMMUv3 commands: two little-endian 64-bit words, fields of word 0 and 1 */
#define CMDQV_OP_PREFETCH_CFG 0x01U /**< prefetch a configuration; does nothing */
#define CMDQV_OP_CFGI_STE 0x03U /**< forget a stream table entry */
#define CMDQV_OP_CFGI_ALL 0x04U /**< forget configuration of a range of streams */
#define CMDQV_OP_CFGI_CD 0x05U /**< forget a context descriptor */
#define CMDQV_OP_CFGI_CD_ALL 0x06U /**< forget all context descriptors of a stream */
#define CMDQV_OP_TLBI_NH_ALL 0x10U /**< forget all stage 1 translations of a VMID */
#define CMDQV_OP_TLBI_NH_ASID 0x11U /**< forget the translations of an ASID */
#define CMDQV_OP_TLBI_NH_VA 0x12U /**< forget a range of an ASID */
#define CMDQV_OP_TLBI_NH_VAA 0x13U /**< forget a range of every ASID */
#define CMDQV_OP_TLBI_EL2_ALL 0x20U /**< forget all EL2 translations */
#define CMDQV_OP_TLBI_EL2_ASID 0x21U /**< forget the EL2 translations of an ASID */
#define CMDQV_OP_TLBI_EL2_VA 0x22U /**< forget a range of an EL2 ASID */
#define CMDQV_OP_TLBI_S12_VMALL 0x28U /**< forget stage 1 and 2 translations of a VMID */
#define CMDQV_OP_TLBI_S2_IPA 0x2AU /**< forget a range of stage 2 translations */
#define CMDQV_OP_TLBI_NSNH_ALL 0x30U /**< forget everything but EL2 */
#define CMDQV_OP_ATC_INV 0x40U /**< forget translations cached in a device */
#define CMDQV_OP_PRI_RESP 0x41U /**< answer a page request */
#define CMDQV_OP_RESUME 0x44U /**< resume or end a stalled transaction */
#define CMDQV_OP_CMD_SYNC 0x46U /**< complete once all commands before it are done */

#define CMDQV_CMD0_OPCODE 0xFFULL /**< [7:0] opcode */
#define CMDQV_CMD0_SSEC 0x400ULL /**< [10:10] the StreamID is secure: illegal outside a secure queue */
#define CMDQV_CMD0_SSV 0x800ULL /**< [11:11] the SubstreamID is valid */
#define CMDQV_CMD0_SSID 0xFFFFF000ULL /**< [31:12] SubstreamID */
#define CMDQV_CMD0_SID 0xFFFFFFFF00000000ULL /**< [63:32] StreamID */
#define CMDQV_PREFETCH1_SIZE 0x1FULL /**< [4:0] log2 of the number of translations; PREFETCH_ADDR */
#define CMDQV_PREFETCH1_ADDR 0xFFFFFFFFFFFFF000ULL /**< [63:12] address, bits 63:12 in place; PREFETCH_ADDR */
#define CMDQV_CFGI1_LEAF 0x1ULL /**< [0:0] only the last level */
#define CMDQV_CFGI1_RANGE 0x1FULL /**< [4:0] log2 of the number of streams, less 1; 31: all */
#define CMDQV_TLBI0_NUM 0x1F000ULL /**< [16:12] pages of the range, less 1, before scaling */
#define CMDQV_TLBI0_SCALE 0x3F00000ULL /**< [25:20] the range is (NUM + 1) << SCALE pages */
#define CMDQV_TLBI0_VMID 0xFFFF00000000ULL /**< [47:32] VMID */
#define CMDQV_TLBI0_ASID 0xFFFF000000000000ULL /**< [63:48] ASID */
#define CMDQV_TLBI1_LEAF 0x1ULL /**< [0:0] only the last level */
#define CMDQV_TLBI1_TTL 0x300ULL /**< [9:8] level of the leaf, 0 unknown */
#define CMDQV_TLBI1_TG 0xC00ULL /**< [11:10] granule: 0 no range, 1 4 KiB, 2 16 KiB, 3 64 KiB */
#define CMDQV_TLBI1_ADDR 0xFFFFFFFFFFFFF000ULL /**< [63:12] address, bits 63:12 in place */
#define CMDQV_TLBI1_IPA 0xFFFFFFFFFF000ULL /**< [51:12] intermediate physical address, bits 51:12 in place */
#define CMDQV_ATC0_GLOBAL 0x200ULL /**< [9:9] every SubstreamID */
#define CMDQV_ATC1_SIZE 0x3FULL /**< [5:0] log2 of the number of 4 KiB pages; 52: all */
#define CMDQV_ATC1_ADDR 0xFFFFFFFFFFFFF000ULL /**< [63:12] address, bits 63:12 in place */
#define CMDQV_PRI1_GRPID 0x1FFULL /**< [8:0] page request group */
#define CMDQV_PRI1_RESP 0x3000ULL /**< [13:12] 0 failure, 1 invalid request, 2 success */
#define CMDQV_RESUME0_RESP 0x3000ULL /**< [13:12] 0 terminate, 1 retry, 2 abort */
#define CMDQV_RESUME1_STAG 0xFFFFULL /**< [15:0] stall tag */
#define CMDQV_SYNC0_CS 0x3000ULL /**< [13:12] how completion is signalled; a VCMDQ takes 0 alone */
#define CMDQV_SYNC0_MSH 0xC00000ULL /**< [23:22] shareability of the message; ignored */
#define CMDQV_SYNC0_MSIATTR 0xF000000ULL /**< [27:24] attributes of the message; ignored */
#define CMDQV_SYNC0_MSIDATA 0xFFFFFFFF00000000ULL /**< [63:32] data of the message; ignored */
#define CMDQV_SYNC1_MSIADDR 0xFFFFFFFFFFFFCULL /**< [51:2] address of the message, bits 51:2 in place; ignored */

/* CONS.ERR */
#define CMDQV_CERROR_NONE 0U /**< none */
#define CMDQV_CERROR_ILL 1U /**< illegal command */
#define CMDQV_CERROR_ABT 2U /**< the fetch of a command aborted */
#define CMDQV_CERROR_ATC_INV_SYNC 3U /**< an ATC_INV timed out; reported by CMD_SYNC */
#define CMDQV_CERROR_ILL_ACCESS 4U /**< a command that this queue may not issue */

#endif
