/* SPDX-License-Identifier: BSD-2-Clause */
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
#define CMDQV_VERSION_MINOR 2
#define CMDQV_VERSION_MICRO 0
#define CMDQV_VERSION                                                                              \
	(CMDQV_VERSION_MAJOR * 0x10000U + CMDQV_VERSION_MINOR * 0x100U + CMDQV_VERSION_MICRO)
CMDQV_API const char *cmdqv_version(void);
CMDQV_API uint32_t cmdqv_version_number(void);
typedef struct {
	uint64_t value;
} cmdqv_gpa_t;
typedef struct {
	uint32_t value;
} cmdqv_vsid_t;
typedef struct {
	uint32_t value;
} cmdqv_sid_t;
struct cmdqv_error {
	int code;
	uint32_t reserved;
	const char *id;
	char text[240];
};
#if defined(__GNUC__)
#define CMDQV_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CMDQV_PRINTF(text, first)
#endif
CMDQV_API int cmdqv_error_set(struct cmdqv_error *error, int code, const char *id,
			      const char *format, ...) CMDQV_PRINTF(4, 5);
struct cmdqv_geometry {
	uint8_t log2_vcmdqs;
	uint8_t log2_vintfs;
	uint8_t log2_sids;
	bool guest_view;
};
#define CMDQV_SMMU_REPEAT 0x1U
struct cmdqv_mmio {
	uint64_t offset;
	uint64_t value;
	uint8_t size;
	bool write;
	uint8_t reserved[6];
};
enum cmdqv_page {
	CMDQV_AT_CONFIG,
	CMDQV_AT_DIRECT0,
	CMDQV_AT_DIRECT1,
	CMDQV_AT_VINTF0,
	CMDQV_AT_VINTF1,
	CMDQV_AT_PAGES,
};
#define CMDQV_PAGE_IS_MEMORY 0x1U
struct cmdqv_page_view {
	void *host;
	int fd;
	uint32_t flags;
	uint64_t fd_offset;
	uint64_t length;
};
#ifdef __cplusplus
}
#endif
#endif
