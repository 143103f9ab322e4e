/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_TRACE_H
#define CMDQV_TRACE_H
#include <cmdqv/types.h>
#ifdef __cplusplus
extern "C" {
#endif
#define CMDQV_TRACE_FIRST_LINE "# cmdqv-trace 1"
#define CMDQV_TRACE_LAST_LINE "# end of trace"
#define CMDQV_TRACE_LINE_BYTES 80
enum cmdqv_trace_kind {
	CMDQV_TRACE_NOTHING,
	CMDQV_TRACE_READ,
	CMDQV_TRACE_WRITE,
	CMDQV_TRACE_COMMAND,
	CMDQV_TRACE_REFUSED,
	CMDQV_TRACE_INTERRUPT,
	CMDQV_TRACE_RESET,
	CMDQV_TRACE_GEOMETRY,
	CMDQV_TRACE_END,
};
struct cmdqv_trace_event {
	enum cmdqv_trace_kind kind;
	uint32_t reserved;
	uint64_t offset;
	uint64_t value[2];
	uint32_t queue;
	uint32_t vintf;
	uint32_t lvcmdq;
	uint32_t index;
	uint8_t size;
	uint8_t code;
	uint8_t log2_vcmdqs;
	uint8_t log2_vintfs;
	uint8_t log2_sids;
	uint8_t reserved_end[3];
};
CMDQV_API int cmdqv_trace_format(const struct cmdqv_trace_event *event, char *line, size_t bytes);
CMDQV_API int cmdqv_trace_parse(const char *line, struct cmdqv_trace_event *event,
				struct cmdqv_error *error);
#ifdef __cplusplus
}
#endif
#endif
