/* SPDX-License-Identifier: BSD-2-Clause */
/* What is seen of a VM before, while and after its guest runs. */
#include "look.h"

#include "upcall.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "../test.h"

enum { A_WHILE = 60 }; /* seconds */

static const struct vmm_config config = {
	.guest = VMM_GUEST_THREAD,
	.log2_queues = 1,
	.vcpus = 1,
	.batches = 4000,
	.batch_size = 16,
	.map_page0 = true,
};

static struct vmm *create_of(const struct vmm_config *wanted)
{
	struct cmdqv_error error = {.text = ""};
	struct vmm *vmm;

	if (vmm_create(&vmm, wanted, &error))
		fail_msg("not created: %s", error.text);
	return vmm;
}

static struct vmm *create(void)
{
	return create_of(&config);
}

static void *run(void *user)
{
	static struct vmm_report report;

	assert_int_equal(vmm_run(user, &report, NULL), 0);
	return &report;
}

static uint64_t commands_of(const struct vmm_look *look)
{
	uint64_t commands = 0;

	for (size_t i = 0; i < look->queue_count; i++)
		commands += look->queues[i].commands;
	return commands;
}

TEST(a_vm_that_has_not_begun_has_idle_queues)
{
	struct vmm *vmm = create();
	struct vmm_look look;

	vmm_look(vmm, &look);
	assert_string_equal(look.phase, "probe");
	assert_int_equal(look.queue_count, 2);
	assert_int_equal(look.queues[1].state.life, CMDQV_QUEUE_IDLE);
	assert_int_equal(look.device.page0, CMDQV_PAGE0_NONE);
	assert_true(look.counted);
	assert_int_equal(commands_of(&look), 0);
	vmm_destroy(vmm);
}

TEST(a_vm_at_work_has_bound_queues_and_page_0)
{
	struct vmm *vmm = create();
	struct vmm_look look;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, run, vmm), 0);
	do
		vmm_look(vmm, &look);
	while (strcmp(look.phase, "probe") == 0 || strcmp(look.phase, "reset") == 0 ||
	       strcmp(look.phase, "bring-up") == 0);
	if (strcmp(look.phase, "invalidate-vintf") == 0) {
		assert_int_equal(look.queues[0].state.life, CMDQV_QUEUE_BOUND);
		assert_int_equal(look.device.page0, CMDQV_PAGE0_MAPPED);
		assert_in_range(look.queues[0].waiting, 0, look.queues[0].state.bytes / 16);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	vmm_destroy(vmm);
}

static atomic_bool has_ended;

static void *run_and_say(void *user)
{
	void *report = run(user);

	atomic_store(&has_ended, true);
	return report;
}

TEST(a_vm_that_moves_is_seen_before_or_after)
{
	struct vmm_config moving = config;
	struct vmm *vmm;
	pthread_t thread;

	moving.moves = 20;
	moving.batches = 400;
	vmm = create_of(&moving);
	assert_int_equal(pthread_create(&thread, NULL, run_and_say, vmm), 0);
	while (!atomic_load(&has_ended)) {
		struct vmm_look look;

		vmm_look(vmm, &look);
		assert_int_equal(look.queue_count, 2);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	vmm_destroy(vmm);
}

static void trap(struct vmm *vmm, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .size = size, .value = value, .write = true};

	vmm_access(vmm, &access);
}

/* [DEV-36] VINTF, LVCMDQ 0 and its BASE: a guest that has the page and then does nothing. */
TEST(a_page_of_quiet_queues_rests)
{
	struct vmm_config resting = config;
	struct vmm_look look;
	struct vmm *vmm;

	resting.rests = true;
	vmm = create_of(&resting);
	assert_int_equal(vmm->backend_ops->start(vmm, NULL), 0);
	trap(vmm, 0x1000, 4, 1);
	trap(vmm, 0x200, 4, 1);
	trap(vmm, 0x40000, 8, GUEST_RINGS | 8);
	alarm(A_WHILE); /* else this program waits for ever */
	do
		vmm_look(vmm, &look);
	while (look.device.page0 != CMDQV_PAGE0_RESTING);
	alarm(0);
	assert_int_equal(look.counters[CMDQV_COUNTER_PAGE0_RESTS], 1);
	vmm->backend_ops->stop(vmm);
	vmm_destroy(vmm);
}

TEST(a_vm_that_has_ended_has_executed_what_was_reported)
{
	struct vmm *vmm = create();
	const struct vmm_report *report = run(vmm);
	uint64_t executed = 0, exits = 0;
	struct vmm_look look;

	vmm_look(vmm, &look);
	for (size_t i = 0; i < report->phase_count; i++) {
		executed += report->phases[i].executed_tlbis + report->phases[i].executed_syncs;
		for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
			exits += report->phases[i].exits[page];
	}
	assert_int_equal(commands_of(&look), executed);
	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		exits -= look.counters[CMDQV_COUNTER_TRAPS + page];
	assert_int_equal(exits, 0);
	/* The phase `error` sends one illegal command. */
	assert_int_equal(look.queues[0].errors + look.queues[1].errors, 1);
	assert_int_equal(look.counters[CMDQV_COUNTER_EVENTS], 1);
	vmm_destroy(vmm);
}
