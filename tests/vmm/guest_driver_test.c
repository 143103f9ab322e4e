/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's driver against what Linux 7.2 did: every access to the letter, in order.
 * What is expected comes from the recordings in tests/traces/.
 */
#include "guest/platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"

#define MOST_STEPS 256
#define RINGS 0x41C00000ULL /* as Linux had them, */
#define LOG2SIZE 18U	    /*   256 Ki commands each */
#define RING_BYTES (16ULL << LOG2SIZE)
#define QUEUES 2U

struct step {
	char kind; /* 'R' or 'W' */
	unsigned int size;
	uint32_t offset;
	uint64_t value;
};

/* A device that knows what comes next. */
struct guest_cpu {
	struct step steps[MOST_STEPS];
	size_t count;
	size_t next;
	size_t after_end; /* accesses that were not recorded */
	size_t reports;
	enum guest_phase last_report;
	struct guest_mailbox mailbox;
	struct guest_driver driver;
	_Atomic uint64_t *rings;
};

/* ---- the platform ---- */

static uint64_t take(struct guest_cpu *cpu, char kind, unsigned int size, uint32_t offset,
		     uint64_t value)
{
	const struct step *step = &cpu->steps[cpu->next];

	if (cpu->next == cpu->count) {
		cpu->after_end++;
		atomic_store(&cpu->mailbox.stop, 1);
		return 0;
	}
	cpu->next++;
	if (step->kind != kind || step->size != size || step->offset != offset ||
	    (kind == 'W' && step->value != value))
		fail_msg("access %zu: expected %c%u %05" PRIx32 " %" PRIx64 ", got %c%u %05" PRIx32
			 " %" PRIx64,
			 cpu->next, step->kind, step->size, step->offset, step->value, kind, size,
			 offset, value);
	return step->value;
}

uint32_t guest_read32(struct guest_cpu *cpu, uint32_t offset)
{
	return (uint32_t)take(cpu, 'R', 4, offset, 0);
}

uint64_t guest_read64(struct guest_cpu *cpu, uint32_t offset)
{
	return take(cpu, 'R', 8, offset, 0);
}

void guest_write32(struct guest_cpu *cpu, uint32_t offset, uint32_t value)
{
	(void)take(cpu, 'W', 4, offset, value);
}

void guest_write64(struct guest_cpu *cpu, uint32_t offset, uint64_t value)
{
	(void)take(cpu, 'W', 8, offset, value);
}

void *guest_memory(struct guest_cpu *cpu, uint64_t gpa)
{
	return cpu->rings + (gpa - RINGS) / 8;
}

/* A script does not change while it is waited for, so the first wait is the last. */
bool guest_relax(struct guest_cpu *cpu)
{
	atomic_store(&cpu->mailbox.stop, 1);
	return false;
}

void guest_report(struct guest_cpu *cpu, enum guest_phase phase)
{
	cpu->reports++;
	cpu->last_report = phase;
}

/* ---- scripts ---- */

static void add_step(struct guest_cpu *cpu, char kind, unsigned int size, uint32_t offset,
		     uint64_t value)
{
	assert_true(cpu->count < MOST_STEPS);
	cpu->steps[cpu->count++] =
		(struct step){.kind = kind, .size = size, .offset = offset, .value = value};
}

/* The accesses of a recording up to the first PROD that is stored to queue 1 as not 0. */
static void load_bring_up(struct guest_cpu *cpu, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512];
	unsigned int size;
	uint32_t offset;
	uint64_t value;
	char kind;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) && strncmp(line, "W4 30084 2", 10) != 0) {
		if (sscanf(line, "%c%u %" SCNx32 " %" SCNx64, &kind, &size, &offset, &value) == 4 &&
		    (kind == 'R' || kind == 'W'))
			add_step(cpu, kind, size, offset, value);
	}
	fclose(file);
	assert_true(cpu->count > 90);
}

/* Changes what the n-th read of `offset` answers. */
static void answer(struct guest_cpu *cpu, uint32_t offset, unsigned int n, uint64_t value)
{
	for (size_t i = 0; i < cpu->count; i++) {
		if (cpu->steps[i].kind == 'R' && cpu->steps[i].offset == offset && n-- == 1) {
			cpu->steps[i].value = value;
			return;
		}
	}
	fail_msg("the script has no such read of %05" PRIx32, offset);
}

static int set_up(void **state)
{
	struct guest_cpu *cpu = calloc(1, sizeof(*cpu));

	assert_non_null(cpu);
	cpu->rings = calloc(QUEUES, RING_BYTES);
	assert_non_null(cpu->rings);
	cpu->mailbox.rings = RINGS;
	cpu->mailbox.log2size = LOG2SIZE;
	cpu->mailbox.log2_queues = 1;
	cpu->mailbox.log2_sids = 4;
	cpu->mailbox.cpus = 1;
	cpu->mailbox.batches = 1;
	cpu->mailbox.batch_size = 2;
	guest_driver_init(&cpu->driver, &cpu->mailbox);
	*state = cpu;
	return 0;
}

static int tear_down(void **state)
{
	struct guest_cpu *cpu = *state;

	free((void *)cpu->rings);
	free(cpu);
	return 0;
}

static const char *trace_path;

/* [DEV-2] [DEV-7] */
TEST_BETWEEN(probe_reset_and_bring_up_are_those_of_linux_to_the_letter, set_up, tear_down)
{
	struct guest_cpu *cpu = *test_state;

	load_bring_up(cpu, trace_path);
	guest_driver_run(&cpu->driver, cpu, 0);
	assert_int_equal(cpu->next, cpu->count);
	/* All three phases ended well, and a batch was begun. */
	assert_int_equal(cpu->reports, 4);
	assert_true(cpu->after_end > 0);
	assert_int_equal(cpu->mailbox.outcome.check, GUEST_CHECK_STOPPED);
}

TEST_BETWEEN(a_param_of_another_geometry_ends_the_probe, set_up, tear_down)
{
	struct guest_cpu *cpu = *test_state;

	load_bring_up(cpu, trace_path);
	answer(cpu, 0x4, 1, 0x4111);
	guest_driver_run(&cpu->driver, cpu, 0);
	assert_int_equal(cpu->reports, 1);
	assert_int_equal(cpu->last_report, GUEST_PHASE_PROBE);
	assert_int_equal(cpu->mailbox.outcome.check, GUEST_CHECK_PARAM);
	assert_int_equal(cpu->mailbox.outcome.offset, 0x4);
	assert_int_equal(cpu->mailbox.outcome.expected, 0x4011);
	assert_int_equal(cpu->mailbox.outcome.found, 0x4111);
}

/* [DEV-26] */
TEST_BETWEEN(a_vintf_that_claims_to_be_owned_is_not_used, set_up, tear_down)
{
	struct guest_cpu *cpu = *test_state;

	load_bring_up(cpu, trace_path);
	answer(cpu, 0x1000, 1, 0x20001);
	guest_driver_run(&cpu->driver, cpu, 0);
	assert_int_equal(cpu->last_report, GUEST_PHASE_BRING_UP);
	assert_int_equal(cpu->mailbox.outcome.check, GUEST_CHECK_HYP_OWN);
}

/* [DEV-16] */
TEST_BETWEEN(a_queue_that_is_not_acknowledged_is_waited_for_until_the_vmm_stops, set_up, tear_down)
{
	struct guest_cpu *cpu = *test_state;

	load_bring_up(cpu, trace_path);
	answer(cpu, 0x3000C, 3, 0);
	guest_driver_run(&cpu->driver, cpu, 0);
	assert_int_equal(cpu->mailbox.outcome.check, GUEST_CHECK_STOPPED);
	assert_int_equal(cpu->mailbox.outcome.offset, 0x3000C);
	assert_int_equal(cpu->mailbox.outcome.expected, 1);
}

/* What Linux' handler did for one error in queue 1 at entry 0x24. */
static void script_handler(struct guest_cpu *cpu, uint32_t cons)
{
	add_step(cpu, 'R', 4, 0x00018, 0);
	add_step(cpu, 'R', 4, 0x00014, 1);
	add_step(cpu, 'R', 4, 0x00030, 0);
	add_step(cpu, 'R', 4, 0x0002C, 0);
	add_step(cpu, 'R', 4, 0x00028, 0);
	add_step(cpu, 'R', 4, 0x00024, 2);
	add_step(cpu, 'R', 8, 0x010C0, 2);
	add_step(cpu, 'R', 4, 0x30090, 1);
	add_step(cpu, 'R', 4, 0x30080, cons);
	add_step(cpu, 'W', 4, 0x30094, 1);
	add_step(cpu, 'R', 8, 0x010C8, 0);
}

static void handle(struct guest_cpu *cpu, uint32_t cons)
{
	for (uint32_t q = 0; q < QUEUES; q++)
		cpu->driver.queues[q].ring = cpu->rings + q * RING_BYTES / 8;
	cpu->driver.queues[1].ring[2 * 0x24] = 0x30;
	script_handler(cpu, cons);
	guest_driver_interrupt(&cpu->driver, cpu);
	assert_int_equal(cpu->next, cpu->count);
	assert_int_equal(cpu->after_end, 0);
	assert_int_equal(cpu->driver.interrupts, 1);
}

/* [DEV-23] */
TEST_BETWEEN(an_illegal_command_is_replaced_by_a_sync_and_acknowledged, set_up, tear_down)
{
	struct guest_cpu *cpu = *test_state;

	handle(cpu, 0x01000024);
	assert_int_equal(cpu->driver.queues[1].ring[2 * 0x24], 0x46);
	assert_int_equal(cpu->driver.syncs, 1);
}

TEST_BETWEEN(an_illegal_access_is_replaced_likewise, set_up, tear_down)
{
	struct guest_cpu *cpu = *test_state;

	handle(cpu, 0x04000024);
	assert_int_equal(cpu->driver.queues[1].ring[2 * 0x24], 0x46);
}

TEST_BETWEEN(an_abort_leaves_the_command_to_be_fetched_again, set_up, tear_down)
{
	struct guest_cpu *cpu = *test_state;

	handle(cpu, 0x02000024);
	assert_int_equal(cpu->driver.queues[1].ring[2 * 0x24], 0x30);
	assert_int_equal(cpu->driver.syncs, 0);
}

TEST_BETWEEN(an_interrupt_without_an_error_only_reads, set_up, tear_down)
{
	struct guest_cpu *cpu = *test_state;

	add_step(cpu, 'R', 4, 0x00018, 0);
	add_step(cpu, 'R', 4, 0x00014, 0);
	add_step(cpu, 'R', 4, 0x00030, 0);
	add_step(cpu, 'R', 4, 0x0002C, 0);
	add_step(cpu, 'R', 4, 0x00028, 0);
	add_step(cpu, 'R', 4, 0x00024, 0);
	guest_driver_interrupt(&cpu->driver, cpu);
	assert_int_equal(cpu->next, cpu->count);
	assert_int_equal(cpu->after_end, 0);
	assert_int_equal(cpu->driver.interrupts, 0);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	trace_path = argv[1];
	return test_run_all(NULL, NULL);
}
