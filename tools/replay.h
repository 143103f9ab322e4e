/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two ways to replay a trace share.
 *
 *   replay.c         options, which map it is, the walk over the file, the verdict
 *   replay_guest.c   device, software backend and model: a guest's trace
 *   replay_host.c    the model alone: a trace of the physical map
 *   replay_check.c   what an access led to, against what the file says
 *   replay_memory.c  the memory that queues lie in
 */
#ifndef TOOLS_REPLAY_H
#define TOOLS_REPLAY_H

#include <cmdqv/cmdqv.h>
#include <cmdqv/model/model.h>

#include "trace_file.h"

/* Memory exists where the file puts a queue, and nowhere else. */
struct replay_area {
	uint64_t address;
	uint64_t bytes;
	void *memory;
};

struct replay_memory {
	struct replay_area *areas; /* ascending, apart from each other */
	size_t count;
};

/* Makes the memory for all queues of the file. Returns 0 or a negative errno. */
int replay_memory_create(struct replay_memory *memory, const struct trace_file *file,
			 const struct cmdqv_geometry *geometry);
void replay_memory_destroy(struct replay_memory *memory);

/* The memory at [address, address + bytes), or NULL. */
void *replay_memory_at(const struct replay_memory *memory, uint64_t address, uint64_t bytes);

/* Does this event write a BASE? Then *queue is whose, as C lines number it. */
bool replay_is_base_write(const struct cmdqv_geometry *geometry,
			  const struct cmdqv_trace_event *event, uint32_t *queue);

/* What is written to a BASE by this event, given what was written to it before. */
uint64_t replay_written_base(uint64_t before, const struct cmdqv_trace_event *event);

/* One access and what the file says that it led to: lines [first, end). */
struct replay_group {
	const struct trace_line *access;
	const struct trace_line *first;
	const struct trace_line *end;
};

struct replay_mismatch {
	unsigned long line;
	char what[96];
	char expected[160];
	char got[160];
};

/* Compares what happens with a group, and counts. */
struct replay_check {
	struct replay_group group;
	const struct trace_line *next; /* the next C or E line that has to happen */
	bool executing;		       /* the command fetched last has not been executed yet */
	uint64_t executing_raw[2];
	bool failed;
	struct replay_mismatch mismatch; /* the first one */
	uint64_t reads;
	uint64_t writes;
	uint64_t resets;
	uint64_t commands;
	uint64_t refusals;
	uint64_t interrupts; /* that the file has so far */
	uint64_t pulses;     /* that happened */
};

void check_begin(struct replay_check *check, const struct replay_group *group);

/* What happens meanwhile: a command is fetched, refused, executed; the interrupt pulses. */
void check_event(struct replay_check *check, const struct cmdqv_trace_event *event, uint32_t queue);
void check_execute(struct replay_check *check, const struct cmdqv_command *command);
void check_pulse(struct replay_check *check);

/* The value that a read answered. */
void check_read(struct replay_check *check, const struct cmdqv_geometry *geometry, uint64_t value);

/* Everything that the group led to must have happened by now. */
void check_end(struct replay_check *check);

/* At the end of the file (its last line): no pulse may be left over. */
void check_finish(struct replay_check *check, unsigned long line);

/* A way to replay. `self` is what create made. */
struct replay_way {
	/* Returns 0, or a negative errno and a sentence. */
	int (*create)(void **self, const struct trace_file *file,
		      const struct cmdqv_geometry *geometry, struct replay_check *check,
		      struct cmdqv_error *error);
	void (*destroy)(void *self);

	/* Where BASE of a queue points now. */
	uint64_t (*base)(void *self, uint32_t queue);
	struct replay_memory *(*memory)(void *self);

	/* Refuse one command once; code 0 takes it back. */
	void (*refuse)(void *self, uint32_t queue, uint32_t index, uint8_t code);
	void (*access)(void *self, struct cmdqv_mmio *access);
	void (*reset)(void *self);

	/* Runs the engine, then the events, until nothing is left to do. */
	void (*settle)(void *self);
};

extern const struct replay_way replay_guest;
extern const struct replay_way replay_host;

#endif
