/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * Traces: what a driver did to a CMDQV and what the CMDQV did, one event a line.
 *
 * The device and the model hand out events as they happen (struct cmdqv_vmm_ops and
 * struct cmdqv_model_ops, member `trace`); these functions turn them into the lines
 * of docs/trace-format.md and back. No state, any thread.
 */
#ifndef CMDQV_TRACE_H
#define CMDQV_TRACE_H

#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The first line of a trace of this version. */
#define CMDQV_TRACE_FIRST_LINE "# cmdqv-trace 1"

/** The last line of a whole trace: after it comes nothing. Files of 0.1 lack it. */
#define CMDQV_TRACE_LAST_LINE "# end of trace"

/** Longest line that cmdqv_trace_format() makes, with its terminating zero. */
#define CMDQV_TRACE_LINE_BYTES 80

/** What happened; the letter is that of its line. */
enum cmdqv_trace_kind {
	CMDQV_TRACE_NOTHING,   /**< an empty line or a comment */
	CMDQV_TRACE_READ,      /**< R: size, offset, value[0] as answered */
	CMDQV_TRACE_WRITE,     /**< W: size, offset, value[0] */
	CMDQV_TRACE_COMMAND,   /**< C: queue, index, value[0] and value[1] as fetched */
	CMDQV_TRACE_REFUSED,   /**< E: queue, index, code: it was refused with this CONS.ERR */
	CMDQV_TRACE_INTERRUPT, /**< I: one pulse */
	CMDQV_TRACE_RESET,     /**< X reset: the VMM reset the device */
	CMDQV_TRACE_GEOMETRY,  /**< G: log2_vcmdqs, log2_vintfs, log2_sids */
	CMDQV_TRACE_END,       /**< CMDQV_TRACE_LAST_LINE */
};

/** One event. The description of its kind names the members that are used; all others are 0. */
struct cmdqv_trace_event {
	enum cmdqv_trace_kind kind; /**< says which members count */
	uint32_t reserved;	    /**< 0 */
	uint64_t offset;	    /**< bytes from the start of the window */
	uint64_t value[2];	    /**< the value of a register, or the words of a command */
	uint32_t queue;		    /**< an LVCMDQ in a guest's trace, a VCMDQ in a host's */
	uint32_t vintf;	     /**< from the model only: the VINTF, and the logical queue in it; */
	uint32_t lvcmdq;     /**< not part of the line */
	uint32_t index;	     /**< entry of the ring, without the wrap bit */
	uint8_t size;	     /**< bytes of an access */
	uint8_t code;	     /**< CONS.ERR */
	uint8_t log2_vcmdqs; /**< as in struct cmdqv_geometry */
	uint8_t log2_vintfs; /**< likewise */
	uint8_t log2_sids;   /**< likewise */
	uint8_t reserved_end[3]; /**< 0 */
};

/**
 * Writes the line of `event`, without a line feed, into `line` of `bytes` bytes.
 *
 * @return the length of the line
 * @retval -EINVAL an event without a line: CMDQV_TRACE_NOTHING, or a member out of range
 * @retval -ENOSPC the line is longer than `bytes`; CMDQV_TRACE_LINE_BYTES always suffices
 */
CMDQV_API int cmdqv_trace_format(const struct cmdqv_trace_event *event, char *line, size_t bytes);

/**
 * Reads one line, with or without its line feed, into `event`.
 *
 * @retval 0 *event is filled in; its kind is CMDQV_TRACE_NOTHING for comments and empty lines
 * @retval -EINVAL the line is not of the format; `error` says what was expected
 * @retval -ENOTSUP the first line of another version of the format
 */
CMDQV_API int cmdqv_trace_parse(const char *line, struct cmdqv_trace_event *event,
				struct cmdqv_error *error);

#ifdef __cplusplus
}
#endif

#endif
