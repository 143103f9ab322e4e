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

static struct guest_cpu *cpu_new(void)
{
	struct guest_cpu *cpu = calloc(1, sizeof(*cpu));

	assert_non_null(cpu);
	cpu->rings = calloc(QUEUES, RING_BYTES);
	assert_non_null(cpu->rings);
	cpu->mailbox = (struct guest_mailbox){.rings = RINGS,
					      .log2size = LOG2SIZE,
					      .log2_queues = 1,
					      .log2_sids = 4,
					      .cpus = 1,
					      .batches = 1,
					      .batch_size = 2};
	guest_driver_init(&cpu->driver, &cpu->mailbox);
	return cpu;
}

static void cpu_free(struct guest_cpu *cpu)
{
	free((void *)cpu->rings);
	free(cpu);
}

static const char *trace_path;

/* [DEV-2] [DEV-7] */
TEST(probe_reset_and_bring_up_are_those_of_linux_to_the_letter)
{
	struct guest_cpu *cpu = cpu_new();

	load_bring_up(cpu, trace_path);
	guest_driver_run(&cpu->driver, cpu, 0);
	assert_int_equal(cpu->next, cpu->count);
	/* All three phases ended well, and a batch was begun. */
	assert_int_equal(cpu->reports, 4);
	assert_true(cpu->after_end > 0);
	assert_int_equal(cpu->mailbox.outcome.check, GUEST_CHECK_STOPPED);
	cpu_free(cpu);
}

/* [DEV-16] [DEV-26] */
TEST(an_answer_that_is_another_one_ends_the_phase)
{
	static const struct {
		uint32_t offset; /* the n-th read there gives this value */
		unsigned int n;
		uint64_t value;
		enum guest_phase phase;
		struct guest_outcome outcome;
	} cases[] = {
		/* another geometry */
		{0x4,
		 1,
		 0x4111,
		 GUEST_PHASE_PROBE,
		 {.check = GUEST_CHECK_PARAM, .offset = 0x4, .expected = 0x4011, .found = 0x4111}},
		/* a VINTF that claims to be owned */
		{0x1000,
		 1,
		 0x20001,
		 GUEST_PHASE_BRING_UP,
		 {.check = GUEST_CHECK_HYP_OWN, .offset = 0x1000, .expected = 1, .found = 0x20001}},
		/* a queue that does not enable, which is waited for until the VMM stops it */
		{0x3000C,
		 3,
		 0,
		 GUEST_PHASE_BRING_UP,
		 {.check = GUEST_CHECK_STOPPED, .offset = 0x3000C, .expected = 1}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct guest_outcome *expected = &cases[i].outcome;
		struct guest_cpu *cpu = cpu_new();
		const struct guest_outcome *found = &cpu->mailbox.outcome;

		load_bring_up(cpu, trace_path);
		answer(cpu, cases[i].offset, cases[i].n, cases[i].value);
		guest_driver_run(&cpu->driver, cpu, 0);
		assert_int_equal(cpu->last_report, cases[i].phase);
		assert_int_equal(found->check, expected->check);
		assert_int_equal(found->offset, expected->offset);
		assert_int_equal(found->expected, expected->expected);
		assert_int_equal(found->found, expected->found);
		cpu_free(cpu);
	}
}

/* What Linux' handler reads first; the map of queues 0 to 31 comes last. */
static void script_look(struct guest_cpu *cpu, uint32_t pending)
{
	add_step(cpu, 'R', 4, 0x00018, 0);
	add_step(cpu, 'R', 4, 0x00014, pending != 0);
	for (uint32_t at = 0x30; at >= 0x28; at -= 4)
		add_step(cpu, 'R', 4, at, 0);
	add_step(cpu, 'R', 4, 0x00024, pending);
}

/* [DEV-23] An illegal command or access is replaced by a CMD_SYNC; what aborted is fetched again.
 */
TEST(an_error_is_handled_as_linux_does_and_acknowledged)
{
	static const struct {
		uint32_t cons; /* an error of LVCMDQ 1 at entry 0x24, where CFGI_ALL lies */
		uint64_t command;
		uint64_t syncs;
	} cases[] = {{0x01000024, 0x46, 1}, {0x04000024, 0x46, 1}, {0x02000024, 0x30, 0}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct guest_cpu *cpu = cpu_new();
		_Atomic uint64_t *ring = cpu->rings + RING_BYTES / 8;

		cpu->driver.queues[0].ring = cpu->rings;
		cpu->driver.queues[1].ring = ring;
		ring[2 * 0x24] = 0x30;
		script_look(cpu, 2);
		add_step(cpu, 'R', 8, 0x010C0, 2);
		add_step(cpu, 'R', 4, 0x30090, 1);
		add_step(cpu, 'R', 4, 0x30080, cases[i].cons);
		add_step(cpu, 'W', 4, 0x30094, 1);
		add_step(cpu, 'R', 8, 0x010C8, 0);
		guest_driver_interrupt(&cpu->driver, cpu);
		assert_int_equal(cpu->next, cpu->count);
		assert_int_equal(cpu->after_end, 0);
		assert_int_equal(cpu->driver.interrupts, 1);
		assert_int_equal(ring[2 * 0x24], cases[i].command);
		assert_int_equal(cpu->driver.syncs, cases[i].syncs);
		cpu_free(cpu);
	}
}

TEST(an_interrupt_without_an_error_only_reads)
{
	struct guest_cpu *cpu = cpu_new();

	script_look(cpu, 0);
	guest_driver_interrupt(&cpu->driver, cpu);
	assert_int_equal(cpu->next, cpu->count);
	assert_int_equal(cpu->after_end, 0);
	assert_int_equal(cpu->driver.interrupts, 0);
	cpu_free(cpu);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	trace_path = argv[1];
	return test_run_all(NULL, NULL);
}
