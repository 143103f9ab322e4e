/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types that every boundary of libcmdqv shares.
 *
 * Three error planes, never mixed:
 *   - what a guest does wrong becomes device state and counters, never a return value;
 *   - what the host refuses is a negative errno returned upward, with an optional
 *     struct cmdqv_error that says why in words;
 *   - what the embedder does wrong is -EINVAL, -E2BIG or -EBUSY, with a sentence wherever
 *     the call takes a struct cmdqv_error.
 *
 * Structs that cross a boundary by pointer begin with `size`, set by the caller to
 * sizeof of the struct it was compiled with. A library that knows fewer members
 * takes a larger struct as long as the tail that it does not know is zero, and
 * answers -E2BIG otherwise; one that is smaller than the struct of version 0.1 is
 * -EINVAL. Members are only ever appended.
 */
#ifndef CMDQV_TYPES_H
#define CMDQV_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CMDQV_API __attribute__((visibility("default")))
#else
#define CMDQV_API
#endif

#define CMDQV_VERSION_MAJOR 0
#define CMDQV_VERSION_MINOR 1
#define CMDQV_VERSION_MICRO 0

/* The version of the library that is linked, such as "0.1.0"; static storage, any thread. */
CMDQV_API const char *cmdqv_version(void);

/* A guest physical address, in bytes. It cannot be dereferenced, nor confused with another kind. */
typedef struct {
	uint64_t value;
} cmdqv_gpa_t;

/* StreamIDs: as the guest numbers its devices, and as the physical SMMU does. */
typedef struct {
	uint32_t value;
} cmdqv_vsid_t;

typedef struct {
	uint32_t value;
} cmdqv_sid_t;

/*
 * Why a call failed. The caller owns it and may pass NULL wherever one is taken;
 * on success it is left alone.
 */
struct cmdqv_error {
	int code;	/* the negative errno that the call returned */
	const char *id; /* stable name of the reason, such as "bad-geometry"; static storage */
	char text[208]; /* one sentence, with the remedy where there is one */
};

/* One MMIO access to a window of registers. */
struct cmdqv_access {
	uint64_t offset; /* bytes from the start of the window */
	uint64_t value;	 /* written, or filled in by a read (every read defines it) */
	uint8_t size;	 /* bytes: 4 or 8; anything else reads 0 and writes nothing */
	bool write;
};

/* The pages of a window: the index of counters such as cmdqv_state.traps. */
enum cmdqv_page {
	CMDQV_AT_CONFIG,
	CMDQV_AT_DIRECT0,
	CMDQV_AT_DIRECT1,
	CMDQV_AT_VINTF0, /* page 0 of a VINTF */
	CMDQV_AT_VINTF1, /* page 1 of a VINTF */
	CMDQV_AT_PAGES,
};

/* Shared memory that holds a VINTF's page 0. Borrowed: see who lends it for how long it stays. */
struct cmdqv_page_view {
	void *host;	    /* where it is mapped in this process, page aligned */
	int fd;		    /* descriptor that can be mapped again, or -1 */
	uint64_t fd_offset; /* bytes into fd */
	uint64_t length;    /* bytes; CMDQV_PAGE_BYTES */
};

#ifdef __cplusplus
}
#endif

#endif
