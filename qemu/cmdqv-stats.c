/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of statistics that `cmdqv run --stats` has too: docs/json.md, cmdqv-stats/1. */
#include "cmdqv-stats.h"

#include <cmdqv/regs.h>

static void write_queue(FILE *file, struct cmdqv *device, uint32_t index, struct cmdqv_model *model,
			uint32_t first)
{
	struct cmdqv_model_queue_state real = {.size = sizeof(real)};
	struct cmdqv_queue_state queue = {.size = sizeof(queue)};
	uint32_t entries;

	(void)cmdqv_get_queue(device, index, &queue);
	(void)cmdqv_model_get_queue(model, first + index, &real);
	entries = (uint32_t)(queue.bytes / CMDQV_ENTRY_BYTES);
	fprintf(file,
		"%s{ \"queue\": %" PRIu32 ", \"life\": \"%s\", \"enabled\": %s, \"prod\": %" PRIu32
		", \"cons\": %" PRIu32 ", \"waiting\": %" PRIu32 ", \"error_pending\": %s, "
		"\"commands\": %" PRIu64 ", \"refused\": %" PRIu64 " }",
		index ? ", " : "", index, cmdqv_queue_life_name(queue.life),
		queue.en ? "true" : "false", queue.prod, queue.cons,
		entries ? (queue.prod - queue.cons) & (2 * entries - 1) : 0,
		queue.gerror != queue.gerrorn ? "true" : "false", real.commands, real.errors);
}

void cmdqv_stats_write(FILE *file, double seconds, struct cmdqv *device, struct cmdqv_model *model,
		       uint32_t vintf)
{
	struct cmdqv_state state = {.size = sizeof(state)};

	(void)cmdqv_get_state(device, &state);
	fprintf(file,
		"{ \"schema\": \"cmdqv-stats/1\", \"seconds\": %.3f, \"page0\": \"%s\", "
		"\"queues\": [ ",
		seconds, cmdqv_page0_life_name(state.page0));
	for (uint32_t i = 0; i < state.num_lvcmdqs; i++)
		write_queue(file, device, i, model, vintf * state.num_lvcmdqs);
	fputs(" ], \"counters\": { ", file);
	for (int i = 0; i < CMDQV_COUNTERS; i++)
		fprintf(file, "%s\"%s\": %" PRIu64, i ? ", " : "", cmdqv_counter_name(i),
			cmdqv_get_counter(device, i));
	fputs(" } }\n", file);
	(void)fflush(file);
}
