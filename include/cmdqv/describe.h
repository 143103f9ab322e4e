/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * Values in words: registers, commands, errors. No state, any thread.
 *
 * A function that takes `text` writes a line without a line feed into its `bytes` bytes, at
 * least 1. It cuts off what does not fit, and always terminates the line.
 */
#ifndef CMDQV_DESCRIBE_H
#define CMDQV_DESCRIBE_H

#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The register at `offset`, such as "VINTF0 LVCMDQ1 PROD" or "CMDQ_ALLOC(3)".
 *
 * @retval 0 success
 * @retval -ENOENT there is no register, and the text says why
 */
CMDQV_API int cmdqv_describe_offset(const struct cmdqv_geometry *geometry, uint64_t offset,
				    char *text, size_t bytes);

/**
 * The offset of the first register word at `offset` or after it, for dumps and walks:
 * begin with 0, go on with the result plus 4. A register is listed wherever it can be
 * reached, so a queue of a VINTF appears in both apertures.
 *
 * @return the offset, or UINT64_MAX after the last one
 */
CMDQV_API uint64_t cmdqv_describe_next(const struct cmdqv_geometry *geometry, uint64_t offset);

/**
 * The value of the register at `offset`, field by field, such as
 * "CMDQV_EN=1 PER_CMD_OFFSET=1".
 *
 * @retval 0 success
 * @retval -ENOENT there is no register, and the text says why
 */
CMDQV_API int cmdqv_describe_value(const struct cmdqv_geometry *geometry, uint64_t offset,
				   uint64_t value, char *text, size_t bytes);

/**
 * A command of two 64-bit words, such as "TLBI_NH_VA VMID=0 ASID=2 ADDR=0xffffc000 ...".
 * A field that does not count in it is left out: NUM without TG, a SubstreamID without SSV.
 *
 * @retval 0 success
 * @retval -ENOENT no such opcode, and the text says so
 */
CMDQV_API int cmdqv_describe_command(uint64_t word0, uint64_t word1, char *text, size_t bytes);

/** The meaning of a CONS.ERR code; static storage. The text of an unknown code says so. */
CMDQV_API const char *cmdqv_describe_cerror(uint32_t code);

/**
 * The first two words of a guest's stream table entry, as IOMMU_HWPT_ALLOC takes them,
 * such as "V=1 CFG=5 (stage 1) S1FMT=0 S1CTXPTR=0x41c00000 ...".
 *
 * @retval 0 success
 * @retval -EIO the kernel refuses such an entry, and the end of the text says why
 */
CMDQV_API int cmdqv_describe_ste(uint64_t word0, uint64_t word1, char *text, size_t bytes);

/**
 * Why a system call on the way to a CMDQV fails with an errno, and what to do about it.
 * There may be several reasons: `nth` counts from 0, the likeliest first.
 *
 * @param call name of an ioctl of iommufd or VFIO, such as "IOMMU_HW_QUEUE_ALLOC", with or
 *	without its prefix and in any case; or "open", "mmap" (of page 0), "read" (of events)
 * @param error the errno, of either sign
 * @param nth which reason
 * @param cause becomes a sentence in static storage
 * @param remedy becomes another
 * @retval 0 success
 * @retval -EINVAL no such call
 * @retval -ENOENT no such reason
 */
CMDQV_API int cmdqv_describe_errno(const char *call, int error, unsigned int nth,
				   const char **cause, const char **remedy);

/**
 * One way in which a system call on the way to a CMDQV fails. Strings have static storage. A kernel
 * version is its major number << 8 | its minor one; 0 is no limit among those that are known.
 */
struct cmdqv_reason {
	const char *call;	/**< such as "IOMMU_HW_QUEUE_ALLOC" */
	const char *error_name; /**< such as "EFAULT" */
	const char *cause;	/**< what is wrong */
	const char *remedy;	/**< what to do about it */
	int32_t error;		/**< the errno, positive */
	uint16_t since;		/**< the first version of Linux that fails so */
	uint16_t until;		/**< the first one that no longer does */
};

/**
 * The `nth` of the reasons that cmdqv_describe_errno() chooses from, from 0: of one call, of one
 * errno, or of both. Those that hold for any call, such as EBADF, are among them only if both are
 * given. Those of a call come in the order of a VMM's life and, for one errno, of
 * likelihood.
 *
 * @param call as above, or NULL: all calls
 * @param error the errno, of either sign, or 0: all errnos
 * @retval 0 success
 * @retval -EINVAL no such call
 * @retval -ENOENT no such reason
 */
CMDQV_API int cmdqv_describe_reason(const char *call, int error, unsigned int nth,
				    struct cmdqv_reason *reason);

#ifdef __cplusplus
}
#endif

#endif
