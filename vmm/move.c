/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. What a real migration does between two processes is done within this one: RAM and
 * devices stay, everything of the CMDQV goes. With every vCPU outside of the guest and no thread of
 * the backend alive, the lock is held against those who look (look.h).
 *
 * Software as the hardware stops at the command where the next move is to be, so it comes in the
 * middle of a batch. Real hardware does not stop, and moves come when they come.
 *
 * The order is docs/migration.md's, but for one step: there is one guest, and page 0 of two devices
 * cannot be in it, so the old device is destroyed before the new one is restored.
 */
#include "move.h"

#include "device.h"
#include "guest/dma.h"
#include "machine.h"
#include "state.h"
#include "upcall.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

bool move_is_left(const struct vmm *vmm)
{
	return vmm->report.moves.made < vmm->config.moves;
}

/* ---- when ---- */

/* Commands that the guest will have sent in the end; what errors add does not matter. */
static uint64_t all_commands(const struct vmm_config *config)
{
	if (config->dma_rounds)
		return config->dma_rounds * (GUEST_DMA_TLBIS + 1);
	return 2 * config->batches * config->batch_size;
}

static bool error_is_pending(struct vmm *vmm)
{
	for (uint32_t i = 0; i < 1U << vmm->config.log2_queues; i++) {
		struct cmdqv_queue_state queue = {.size = sizeof(queue)};

		(void)cmdqv_get_queue(vmm->device, i, &queue);
		if (queue.gerror != queue.gerrorn)
			return true;
	}
	return false;
}

void move_plan_next(struct vmm *vmm)
{
	uint64_t share = all_commands(&vmm->config) / (vmm->config.moves + 1ULL);

	vmm_lock(vmm);
	vmm->move_at = move_is_left(vmm) ? vmm->backend_ops->progress(vmm) + (share ? share : 1)
					 : UINT64_MAX;
	vmm->backend_ops->limit(vmm, vmm->move_at);
	pthread_mutex_unlock(&vmm->lock);
}

bool move_is_due(struct vmm *vmm)
{
	bool pending, due;

	vmm_lock(vmm);
	pending = error_is_pending(vmm);
	due = vmm->backend_ops->progress(vmm) >= vmm->move_at || (pending && !vmm->error_seen);
	vmm->error_seen = pending; /* one move for each error, else it would take them all */
	pthread_mutex_unlock(&vmm->lock);
	return due;
}

/* ---- how ---- */

static void pause_guest(struct vmm *vmm)
{
	vmm_lock(vmm);
	vmm->paused = true;
	pthread_mutex_unlock(&vmm->lock);
	vmm->machine->ops->pause(vmm->machine);
	vmm->backend_ops->stop(vmm);
}

static void resume_guest(struct vmm *vmm)
{
	vmm_lock(vmm);
	vmm->paused = false;
	pthread_cond_broadcast(&vmm->resumed);
	pthread_mutex_unlock(&vmm->lock);
	vmm->machine->ops->resume(vmm->machine);
}

static void leave_device(struct vmm *vmm)
{
	vmm->report.guest_errors += cmdqv_get_counter(vmm->device, CMDQV_COUNTER_GUEST_ERRORS);
	vmm->report.moves.held += cmdqv_get_counter(vmm->device, CMDQV_COUNTER_QUEUES_HELD);
	cmdqv_destroy(vmm->device);
	vmm->device = NULL;
}

static int move_device(struct vmm *vmm, void *stream, size_t room, struct cmdqv_error *error)
{
	size_t bytes = room;
	int err = cmdqv_save(vmm->device, stream, &bytes, error);

	if (err)
		return err;
	leave_device(vmm);
	err = vmm->backend_ops->move(vmm, error);
	if (!err)
		err = device_create(vmm, error);
	if (!err)
		err = cmdqv_restore(vmm->device, stream, bytes, error);
	if (!err)
		err = vmm->backend_ops->start(vmm, error);
	if (!err && bytes > vmm->report.moves.stream_bytes)
		vmm->report.moves.stream_bytes = bytes;
	return err;
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void note_move(struct vmm *vmm, double stood_still)
{
	struct vmm_moves_report *moves = &vmm->report.moves;

	moves->stood_still[moves->made++] = stood_still;
	vmm->phase_moves++;
	vmm->phase_stood_still += stood_still;
}

void move_guest(struct vmm *vmm)
{
	size_t room = cmdqv_save_bytes(vmm->device);
	struct cmdqv_error error = {0};
	void *stream = malloc(room);
	struct timespec start;
	int err = -ENOMEM;

	clock_gettime(CLOCK_MONOTONIC, &start);
	pause_guest(vmm);
	vmm_lock(vmm);
	if (stream)
		err = move_device(vmm, stream, room, &error);
	pthread_mutex_unlock(&vmm->lock);
	if (err) {
		vmm_break(vmm, err, "move", "the guest cannot be moved: %s", error.text);
	} else {
		note_move(vmm, seconds_since(&start));
		move_plan_next(vmm);
	}
	resume_guest(vmm);
	free(stream);
}

/* ---- what it came to ---- */

static int compare_seconds(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void move_judge(struct vmm_report *report)
{
	struct vmm_moves_report *moves = &report->moves;

	if (moves->made) {
		qsort(moves->stood_still, moves->made, sizeof(moves->stood_still[0]),
		      compare_seconds);
		moves->median = moves->stood_still[moves->made / 2];
		moves->longest = moves->stood_still[moves->made - 1];
	}
	if (!report->ok || moves->made == moves->wanted)
		return;
	report->ok = false;
	snprintf(report->verdict, sizeof(report->verdict),
		 "the guest was done after %" PRIu32 " of %" PRIu32
		 " moves: give it more batches, or rounds",
		 moves->made, moves->wanted);
}
