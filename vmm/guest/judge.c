/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge.h"

#include "conformance.h"

#include <stddef.h>

enum { PATIENCE = 20000 };

static uint64_t load(void *user, uint32_t offset, uint32_t size)
{
	return guest_load(user, offset, size);
}

static void store(void *user, uint32_t offset, uint32_t size, uint64_t value)
{
	guest_store(user, offset, size, value);
}

/* A case gives up by itself after so many: that it waits is a sign of life. */
static void wait(void *user)
{
	struct guest_mailbox *mailbox = guest_memory(user, GUEST_MAILBOX);

	atomic_fetch_add(&mailbox->polls, 1);
	guest_pause(user);
}

static bool interrupted(void *user)
{
	return guest_interrupted(user);
}

static void print(void *user, const char *line)
{
	struct guest_lines *lines = guest_memory(user, GUEST_LINES);
	uint32_t i = 0;

	for (; line[i] && i + 1 < GUEST_LINE_BYTES; i++)
		lines->line[i] = line[i];
	lines->line[i] = 0;
	guest_say(user);
}

void guest_judge(struct guest_cpu *cpu)
{
	struct guest_lines *lines = guest_memory(cpu, GUEST_LINES);
	const struct carrier carrier = {
		.load = load,
		.store = store,
		.wait = wait,
		.interrupted = interrupted,
		.print = print,
		.attempt = NULL,
		.user = cpu,
		.memory = guest_memory(cpu, GUEST_RINGS),
		.bus = GUEST_RINGS,
		.patience = PATIENCE,
		.max_log2size = lines->log2size,
		.unaligned = GUEST_UNALIGNED,
		.untouched = true,
		.has_vsid = lines->has_device != 0,
		.vsid = GUEST_VSID,
	};

	lines->failed = conformance_run(&carrier, lines->only[0] ? lines->only : NULL);
}
