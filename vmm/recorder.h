/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a trace: what the guest did to the device (from the device), and what the engine
 * fetched and refused of its queues (from the model), as one guest's view.
 */
#ifndef VMM_RECORDER_H
#define VMM_RECORDER_H

#include <cmdqv/trace.h>

#include <stdio.h>

struct recorder {
	FILE *to; /* NULL: nothing is written */
	uint32_t vintf;
	int error; /* 0, or the negative errno of the first write that failed */
};

/* Writes the head of the trace. */
void recorder_begin(struct recorder *recorder, FILE *to, uint32_t vintf, uint8_t log2_queues,
		    uint8_t log2_sids);

/* An access, an interrupt or a reset of the device. */
void recorder_device(struct recorder *recorder, const struct cmdqv_trace_event *event);

/* An event of the model; only commands and refusals of the VM's queues are taken down. */
void recorder_model(struct recorder *recorder, const struct cmdqv_trace_event *event);

/* Writes the last line. Everything is written when this returns. Returns: 0, or the first failure.
 */
int recorder_end(struct recorder *recorder);

#endif
