/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of statistics that `cmdqv run --stats` has too: docs/json.md, cmdqv-stats/1. */
#include "cmdqv-stats.h"

#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/timer.h"

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

void cmdqv_stats_device(FILE *file, struct cmdqv *device, struct cmdqv_model *model, uint32_t vintf)
{
	struct cmdqv_state state = {.size = sizeof(state)};

	(void)cmdqv_get_state(device, &state);
	fprintf(file, "\"page0\": \"%s\", \"queues\": [ ", cmdqv_page0_life_name(state.page0));
	for (uint32_t i = 0; i < state.num_lvcmdqs; i++)
		write_queue(file, device, i, model, vintf * state.num_lvcmdqs);
	fputs(" ], \"counters\": { ", file);
	for (int i = 0; i < CMDQV_COUNTERS; i++)
		fprintf(file, "%s\"%s\": %" PRIu64, i ? ", " : "", cmdqv_counter_name(i),
			cmdqv_get_counter(device, i));
	fputs(" }", file);
}

static void write_mapped(FILE *file, uint32_t index, const struct cmdqv_model_queue_state *queue,
			 bool first)
{
	uint64_t entries = 1ULL << CMDQV_GET(CMDQV_VCMDQ_BASE_LOG2SIZE, queue->base);

	fprintf(file,
		"%s{ \"queue\": %" PRIu32 ", \"vintf\": %" PRIu32 ", \"lvcmdq\": %" PRIu32
		", \"life\": \"%s\", \"enabled\": %s, \"prod\": %" PRIu32 ", \"cons\": %" PRIu32
		", \"waiting\": %" PRIu64 ", \"error_pending\": %s, \"commands\": %" PRIu64
		", \"refused\": %" PRIu64 " }",
		first ? "" : ", ", index, queue->vintf, queue->lvcmdq,
		cmdqv_queue_life_name(CMDQV_QUEUE_BOUND), queue->enabled ? "true" : "false",
		queue->prod, queue->cons, (queue->prod - queue->cons) & (2 * entries - 1),
		queue->gerror != queue->gerrorn ? "true" : "false", queue->commands, queue->errors);
}

void cmdqv_stats_hardware(FILE *file, struct cmdqv_model *model)
{
	struct cmdqv_model_state state = {.size = sizeof(state)};
	bool first = true;

	(void)cmdqv_model_get_state(model, &state);
	fputs("\"queues\": [ ", file);
	for (uint32_t i = 0; i < state.num_vcmdqs; i++) {
		struct cmdqv_model_queue_state queue = {.size = sizeof(queue)};

		(void)cmdqv_model_get_queue(model, i, &queue);
		if (!queue.mapped)
			continue;
		write_mapped(file, i, &queue, first);
		first = false;
	}
	fprintf(file, " ], \"counters\": { \"%s\": %" PRIu64,
		cmdqv_counter_name(CMDQV_COUNTER_INTERRUPTS), state.interrupts);
	for (int page = 0; page < CMDQV_AT_PAGES; page++)
		fprintf(file, ", \"%s\": %" PRIu64, cmdqv_counter_name(CMDQV_COUNTER_TRAPS + page),
			cmdqv_model_accesses(model, page));
	fputs(" }", file);
}

static void write_line(void *opaque)
{
	CmdqvStats *stats = opaque;
	int64_t now = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);

	fprintf(stats->file, "{ \"schema\": \"cmdqv-stats/1\", \"seconds\": %.3f, ",
		(double)(now - stats->began) / 1000);
	stats->write(stats->file, stats->owner);
	fputs(" }\n", stats->file);
	(void)fflush(stats->file);
	timer_mod(stats->timer, now + 1000);
}

bool cmdqv_stats_begin(CmdqvStats *stats, void (*write)(FILE *, void *), void *owner, Error **errp)
{
	if (!stats->path)
		return true;
	stats->write = write;
	stats->owner = owner;
	stats->file = fopen(stats->path, "we");
	if (!stats->file) {
		error_setg_errno(errp, errno, "cannot write '%s'", stats->path);
		return false;
	}
	stats->began = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);
	stats->timer = timer_new_ms(QEMU_CLOCK_REALTIME, write_line, stats);
	write_line(stats);
	return true;
}

void cmdqv_stats_end(CmdqvStats *stats)
{
	if (!stats->file)
		return;
	write_line(stats);
	timer_free(stats->timer);
	if (ferror(stats->file) | fclose(stats->file))
		error_report("cmdqv: '%s' could not be written to its end", stats->path);
}
