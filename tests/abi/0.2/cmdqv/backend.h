/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_BACKEND_H
#define CMDQV_BACKEND_H
#include <cmdqv/types.h>
#ifdef __cplusplus
extern "C" {
#endif
struct cmdqv_backend_geometry {
	uint32_t num_lvcmdqs;
	uint32_t num_sids;
	uint32_t version;
	uint32_t errata;
};
struct cmdqv_backend_event {
	uint32_t sequence;
	bool lost;
	uint8_t reserved[3];
};
struct cmdqv_backend_ops {
	size_t size;
	int (*geometry)(void *impl, struct cmdqv_backend_geometry *geometry);
	int (*queue_bind)(void *impl, uint32_t index, cmdqv_gpa_t base, uint64_t bytes,
			  struct cmdqv_error *error);
	void (*queue_unbind)(void *impl, uint32_t index);
	uint32_t (*queue_read)(void *impl, uint32_t index, uint32_t reg);
	void (*queue_write)(void *impl, uint32_t index, uint32_t reg, uint32_t value);
	int (*page0_view)(void *impl, struct cmdqv_page_view *view);
	int (*event_fd)(void *impl);
	int (*event_read)(void *impl, struct cmdqv_backend_event *event);
	int (*broken)(void *impl);
	int (*claim)(void *impl);
	void (*release)(void *impl);
};
struct cmdqv_backend {
	const struct cmdqv_backend_ops *ops;
	void *impl;
};
#ifdef __cplusplus
}
#endif
#endif
