/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * Types that every boundary of libcmdqv shares.
 *
 * Three error planes, never mixed:
 *   - what a guest does wrong becomes device state and counters, never a return value;
 *   - what the host refuses is a negative errno returned upward, with an optional
 *     struct cmdqv_error that says why in words;
 *   - what the embedder does wrong is -EINVAL, -E2BIG or -EBUSY, or what the function names, with
 *     a sentence wherever the call takes a struct cmdqv_error.
 *
 * Structs that begin with `size` may grow. The caller sets it to sizeof of the struct that it
 * was compiled with, and every `reserved` member to 0. An older library accepts a newer
 * struct if the members that it does not know are 0, else it answers -E2BIG; a struct
 * smaller than it was when it was first released is -EINVAL. Members are only appended,
 * or take the place of reserved ones. The other structs never change their size. No
 * struct has padding.
 *
 * What a call makes it stores in *out. A call that fails makes nothing: set the pointer to NULL
 * before, and it is NULL afterwards.
 */
#ifndef CMDQV_TYPES_H
#define CMDQV_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the libraries export. */
#if defined(__GNUC__)
#define CMDQV_API __attribute__((visibility("default")))
#else
#define CMDQV_API
#endif

/** The version of these headers, in parts: what breaks programs, */
#define CMDQV_VERSION_MAJOR 0
/** what is new, */
#define CMDQV_VERSION_MINOR 2
/** and what is mended. */
#define CMDQV_VERSION_MICRO 0

/** The same as one number that grows with each version; the preprocessor can compare it. */
#define CMDQV_VERSION                                                                              \
	(CMDQV_VERSION_MAJOR * 0x10000U + CMDQV_VERSION_MINOR * 0x100U + CMDQV_VERSION_MICRO)

/** The version of the library that runs, such as "0.2.0"; static storage, any thread. */
CMDQV_API const char *cmdqv_version(void);

/** The same as a number, to compare with CMDQV_VERSION; any thread. */
CMDQV_API uint32_t cmdqv_version_number(void);

/** A guest physical address. It cannot be dereferenced, nor confused with another kind. */
typedef struct {
	uint64_t value; /**< in bytes */
} cmdqv_gpa_t;

/** A StreamID as the guest numbers its devices. */
typedef struct {
	uint32_t value; /**< at most 20 bits */
} cmdqv_vsid_t;

/** A StreamID as the physical SMMU numbers devices. */
typedef struct {
	uint32_t value; /**< at most 20 bits */
} cmdqv_sid_t;

/**
 * Why a call failed. The caller owns it and may pass NULL wherever one is taken;
 * on success it is left alone.
 */
struct cmdqv_error {
	int code;	   /**< the negative errno that the call returned */
	uint32_t reserved; /**< 0 */
	const char *id;	   /**< stable name of the reason, such as "bad-geometry"; static storage */
	char text[240];	   /**< one sentence, with the remedy where there is one */
};

/** Lets the compiler compare a format with its arguments. */
#if defined(__GNUC__)
#define CMDQV_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CMDQV_PRINTF(text, first)
#endif

/**
 * Fills in `error`, cutting off what does not fit; does nothing if it is NULL. For authors
 * of backends: `id` must be static storage. Any thread. Returns `code`, so that a failure
 * is one line:
 *
 *	return cmdqv_error_set(error, -ENOENT, "no-ram", "0x%" PRIx64 " is not RAM", gpa);
 */
CMDQV_API int cmdqv_error_set(struct cmdqv_error *error, int code, const char *id,
			      const char *format, ...) CMDQV_PRINTF(4, 5);

/** How many of each a CMDQV has (log2), and which map of registers shows them. */
struct cmdqv_geometry {
	uint8_t log2_vcmdqs; /**< of all VCMDQs, at most 7 */
	uint8_t log2_vintfs; /**< at most 6, and no more than of VCMDQs; 0 in a guest's view */
	uint8_t log2_sids;   /**< of the SID slots of one VINTF, at most 4 */
	bool guest_view;     /**< the map that a guest sees, not the physical one */
};

/**
 * An erratum (T264-SMMU-3, Linux 7.3 tells of it): a TLB entry can survive an invalidation that
 * races with traffic, so each TLBI and CFGI is to be issued twice, each time with its CMD_SYNC. The
 * host kernel repeats its own, not those of a VM. A guest learns of it from the compatible of its
 * SMMU in a device tree ("nvidia,tegra264-smmu") alone, never from ACPI. So a VMM says when it
 * opens a vIOMMU that its guest repeats, or the open is refused [DEV-34].
 */
#define CMDQV_SMMU_REPEAT 0x1U

/** One MMIO access to a window of registers. */
struct cmdqv_mmio {
	uint64_t offset;     /**< bytes from the start of the window */
	uint64_t value;	     /**< written, or filled in by a read (every read defines it) */
	uint8_t size;	     /**< bytes: 4 or 8; anything else reads 0 and writes nothing */
	bool write;	     /**< a write, not a read */
	uint8_t reserved[6]; /**< 0 */
};

/** The pages of a window. */
enum cmdqv_page {
	CMDQV_AT_CONFIG,
	CMDQV_AT_DIRECT0,
	CMDQV_AT_DIRECT1,
	CMDQV_AT_VINTF0, /**< page 0 of a VINTF */
	CMDQV_AT_VINTF1, /**< page 1 of a VINTF */
	CMDQV_AT_PAGES,	 /**< how many there are */
};

/** The page is ordinary memory: software in the place of hardware reads it by its cache [HW-5]. */
#define CMDQV_PAGE_IS_MEMORY 0x1U

/** Shared memory that holds a VINTF's page 0. Borrowed; who lends it says until when. */
struct cmdqv_page_view {
	void *host;	    /**< where it is mapped in this process, page aligned */
	int fd;		    /**< descriptor that can be mapped again, or -1 */
	uint32_t flags;	    /**< CMDQV_PAGE_IS_MEMORY, or 0: a device's registers */
	uint64_t fd_offset; /**< bytes into fd */
	uint64_t length;    /**< bytes; CMDQV_PAGE_BYTES */
};

#ifdef __cplusplus
}
#endif

#endif
