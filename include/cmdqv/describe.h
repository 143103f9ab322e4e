/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values in words: registers, commands, errors. No state, any thread.
 *
 * Each function writes a line without a line feed into `text` of `bytes` bytes, cut off
 * where it does not fit, always terminated (bytes of at least 1).
 */
#ifndef CMDQV_DESCRIBE_H
#define CMDQV_DESCRIBE_H

#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The register at `offset`, such as "VINTF0 LVCMDQ1 PROD" or "CMDQ_ALLOC(3)".
 * Returns: 0; -ENOENT: there is none, and the text says why.
 */
CMDQV_API int cmdqv_describe_offset(const struct cmdqv_geometry *geometry, uint64_t offset,
				    char *text, size_t bytes);

/*
 * The offset of the first register word at `offset` or after it, for dumps and walks:
 * begin with 0, go on with the result plus 4. A register is listed wherever it can be
 * reached, so a queue of a VINTF is met in both apertures.
 * Returns: the offset; UINT64_MAX: there is none any more.
 */
CMDQV_API uint64_t cmdqv_describe_next(const struct cmdqv_geometry *geometry, uint64_t offset);

/*
 * The value of the register at `offset`, field by field, such as
 * "CMDQV_EN=1 PER_CMD_OFFSET=1". Returns: 0; -ENOENT as above.
 */
CMDQV_API int cmdqv_describe_value(const struct cmdqv_geometry *geometry, uint64_t offset,
				   uint64_t value, char *text, size_t bytes);

/*
 * A command of two 64-bit words, such as "TLBI_NH_VA VMID=0 ASID=2 ADDR=0xffffc000 ...".
 * Returns: 0; -ENOENT: no such opcode, and the text says so.
 */
CMDQV_API int cmdqv_describe_command(uint64_t word0, uint64_t word1, char *text, size_t bytes);

/* The meaning of a CONS.ERR code; static storage. Unknown codes say so. */
CMDQV_API const char *cmdqv_describe_cerror(uint32_t code);

/*
 * The first two words of a guest's stream table entry, as IOMMU_HWPT_ALLOC takes them,
 * such as "V=1 CFG=5 (stage 1) S1FMT=0 S1CTXPTR=0x41c00000 ...".
 * Returns: 0; -EIO: the kernel refuses such an entry, and the end of the text says why.
 */
CMDQV_API int cmdqv_describe_ste(uint64_t word0, uint64_t word1, char *text, size_t bytes);

/*
 * Why a system call on the way to a CMDQV fails with an errno, and what to do about it.
 * `call` is the name of an ioctl of iommufd or VFIO, such as "IOMMU_HW_QUEUE_ALLOC", with
 * or without its prefix and in any case, or "open", "mmap" (of page 0), "read" (of events);
 * `error` is of either sign. There may be several reasons: `nth` counts from 0, the
 * likeliest first. *cause and *remedy become sentences in static storage.
 * Returns: 0; -EINVAL: no such call; -ENOENT: no such reason.
 */
CMDQV_API int cmdqv_describe_errno(const char *call, int error, unsigned int nth,
				   const char **cause, const char **remedy);

#ifdef __cplusplus
}
#endif

#endif
