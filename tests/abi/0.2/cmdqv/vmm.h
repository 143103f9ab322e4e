/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_VMM_H
#define CMDQV_VMM_H
#include <cmdqv/trace.h>
#include <cmdqv/types.h>
#ifdef __cplusplus
extern "C" {
#endif
struct cmdqv_page0_map {
	struct cmdqv_page_view view;
	uint64_t guest_offset;
};
enum cmdqv_log_level {
	CMDQV_LOG_GUEST,
	CMDQV_LOG_HOST,
};
struct cmdqv_log {
	enum cmdqv_log_level level;
	uint32_t reserved;
	const char *id;
	uint64_t count;
	const char *text;
};
struct cmdqv_vmm_ops {
	size_t size;
	int (*page0_map)(void *vmm, const struct cmdqv_page0_map *page);
	void (*page0_unmap)(void *vmm);
	void (*interrupt)(void *vmm);
	bool (*is_guest_ram)(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes);
	void (*log)(void *vmm, const struct cmdqv_log *log);
	void (*trace)(void *vmm, const struct cmdqv_trace_event *event);
};
#ifdef __cplusplus
}
#endif
#endif
