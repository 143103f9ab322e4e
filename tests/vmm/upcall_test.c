/* SPDX-License-Identifier: BSD-2-Clause */
/* What a machine tells the VMM, without a thread: what the others would do, a sleep does. */
#include "fault.h"
#include "upcall.h"

#include "whole.h"

static struct vmm *vmm;
static unsigned int sleeps;

/* Some linkers take the libraries' own calls for this one too, and then it may not be hidden. */
__attribute__((visibility("default"))) int __wrap_nanosleep(const struct timespec *moment,
							    struct timespec *left);

/* The thread that takes events is late. */
int __wrap_nanosleep(const struct timespec *moment, struct timespec *left)
{
	(void)moment;
	(void)left;
	if (++sleeps == 5)
		assert_int_equal(cmdqv_events(vmm->device), 1);
	return 0;
}

static void trap(uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .size = size, .value = value, .write = true};

	vmm_access(vmm, &access);
}

static void create_with(const char *fault)
{
	struct vmm_config config = whole_config(VMM_GUEST_THREAD);

	config.fault_count = 1;
	assert_int_equal(vmm_fault_parse(fault, &config.faults[0]), 0);
	assert_int_equal(vmm_create(&vmm, &config, NULL), 0);
	sleeps = 0;
}

/* VINTF, LVCMDQ 0, its BASE and EN. */
static void enable_queue(void)
{
	trap(0x1000, 4, 1);
	trap(0x200, 4, 1);
	trap(0x40000, 8, GUEST_RINGS | 8);
	trap(0x30008, 4, 1);
}

/* [DEV-24] */
TEST(a_pause_ends_when_no_event_waits)
{
	create_with("refused-enable@0");
	vmm_pause(vmm);
	assert_int_equal(sleeps, 1);
	enable_queue();
	sleeps = 0;
	vmm_pause(vmm);
	assert_int_equal(sleeps, 5);
	assert_int_equal(cmdqv_get_counter(vmm->device, CMDQV_COUNTER_INTERRUPTS), 1);
	vmm_destroy(vmm);
}

TEST(a_guest_that_is_told_to_stop_does_not_pause_for_ever)
{
	create_with("refused-enable@0");
	enable_queue();
	atomic_store(&vmm->mailbox->stop, 1);
	vmm_pause(vmm);
	assert_int_equal(sleeps, 1);
	vmm_destroy(vmm);
}
