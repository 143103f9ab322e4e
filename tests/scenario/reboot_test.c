/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Warm reboots: one recorded kernel runs until it is left in the middle of something, and
 * another one starts on what it finds [DEV-7] [HW-3].
 *
 * A kernel up to Linux 7.2 leaves everything enabled when it reboots. The next one finds
 * GERROR in another phase than it was recorded with, for the hardware keeps it, and without
 * a reset in between (kexec) also queues that are bound and errors that are pending. What
 * must hold is what its driver relies on: every handshake, the consumer index, and that
 * each of its commands is executed. As its driver does, GERRORN is set to GERROR wherever
 * the two are read and differ, and an acknowledgement writes the GERROR that was read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmdqv/cmdqv.h>

#include "../idle.h"
#include "../test.h"
#include "host.h"

enum { MAX_EVENTS = 2000, QUEUES = 2, RECORDINGS = 3 };

#define RAM_BYTES (8ULL << 30)

static const char *directory;

static const char *const names[RECORDINGS] = {
	"linux-7.2-guest-nvme.trace",
	"linux-7.2-guest-error-abort.trace",
	"linux-7.2-guest-error-illegal-access.trace",
};

struct recording {
	struct cmdqv_trace_event events[MAX_EVENTS];
	size_t count;
	size_t error; /* the E line, or count */
};

static struct recording recordings[RECORDINGS];

static void load(const char *name, struct recording *recording)
{
	char path[512];
	char line[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "r");
	assert_non_null(file);
	recording->count = 0;
	while (fgets(line, sizeof(line), file)) {
		struct cmdqv_trace_event *event = &recording->events[recording->count];

		assert_int_equal(cmdqv_trace_parse(line, event, NULL), 0);
		if (event->kind != CMDQV_TRACE_NOTHING)
			recording->count++;
		assert_true(recording->count < MAX_EVENTS);
	}
	fclose(file);
	recording->error = recording->count;
	for (size_t i = recording->count; i-- > 0;)
		if (recording->events[i].kind == CMDQV_TRACE_REFUSED)
			recording->error = i;
}

/* ---- the machine: everything traps, the engine is rung by the write [DEV-30] ---- */

struct machine {
	struct host host;
	struct client client;
	struct cmdqv *dev;
	char *ram;
	uint64_t base[QUEUES];	 /* as last written */
	uint64_t gerror[QUEUES]; /* as last read */
	uint32_t interrupts;
	struct cmdqv_trace_event fetched[64]; /* since the last access */
	size_t num_fetched;
};

static void note_fetch(void *user, const struct cmdqv_trace_event *event)
{
	struct machine *machine = user;

	if (event->kind != CMDQV_TRACE_COMMAND)
		return;
	assert_true(machine->num_fetched < 64);
	machine->fetched[machine->num_fetched++] = *event;
}

static int refuse_map(void *user, const struct cmdqv_page0_map *page)
{
	(void)user;
	(void)page;
	return -1;
}

static void pulse(void *user)
{
	((struct machine *)user)->interrupts++;
}

static bool all_is_ram(void *user, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)user;
	return gpa.value + bytes <= RAM_BYTES;
}

static void machine_open(struct machine *machine)
{
	const struct cmdqv_vmm_ops vmm = {
		.size = sizeof(vmm),
		.page0_map = refuse_map,
		.page0_unmap = idle,
		.interrupt = pulse,
		.is_guest_ram = all_is_ram,
		.log = idle_log,
	};
	const struct cmdqv_config config = {
		.size = sizeof(config), .cmdqs = 19, .guest_is_coherent = true};
	struct cmdqv_backend backend;

	*machine = (struct machine){.dev = NULL};
	machine->ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(machine->ram, MAP_FAILED);
	host_open(&machine->host, QUEUES, 1);
	machine->host.traced = note_fetch;
	machine->host.context = machine;
	assert_int_equal(client_open(&machine->client, &machine->host, &backend, NULL), 0);
	assert_int_equal(
		client_map_ram(&machine->client, (cmdqv_gpa_t){0}, machine->ram, RAM_BYTES), 0);
	assert_int_equal(cmdqv_create(&machine->dev, &config, &backend, &vmm, machine, NULL), 0);
}

static void machine_close(struct machine *machine)
{
	cmdqv_destroy(machine->dev);
	client_close(&machine->client);
	host_close(&machine->host);
	munmap(machine->ram, RAM_BYTES);
}

static uint64_t do_access(struct machine *machine, struct cmdqv_mmio access)
{
	assert_int_equal(cmdqv_access(machine->dev, &access), 0);
	while (host_run(&machine->host, 64) > 0)
		;
	while (cmdqv_events(machine->dev) > 0)
		;
	return access.value;
}

/* Where a recorded access goes: queue and register of page 0 or 1, or -1. */
static int queue_of(uint64_t offset)
{
	return offset >= 0x30000 && offset < 0x50000 ? (int)(offset % 0x10000 / 0x80) : -1;
}

static void put_command(struct machine *machine, const struct cmdqv_trace_event *event)
{
	uint64_t ring = machine->base[event->queue] & 0xFFFFFFFFFFE0ULL;

	memcpy(machine->ram + ring + event->index * 16ULL, event->value, 16);
}

/* The commands that follow the access `at`, up to the next access. */
static size_t commands_after(const struct recording *recording, size_t at)
{
	size_t i = at + 1;

	while (i < recording->count && recording->events[i].kind != CMDQV_TRACE_READ &&
	       recording->events[i].kind != CMDQV_TRACE_WRITE)
		i++;
	return i;
}

static void arrange_memory(struct machine *machine, const struct recording *recording, size_t from,
			   size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct cmdqv_trace_event *event = &recording->events[i];
		const uint32_t first = machine->client.vintf * QUEUES;

		if (event->kind == CMDQV_TRACE_COMMAND)
			put_command(machine, event);
		if (event->kind == CMDQV_TRACE_REFUSED)
			assert_int_equal(cmdqv_model_refuse(host_model(&machine->host),
							    first + event->queue, event->index,
							    event->code),
					 0);
	}
}

static void check_fetched(struct machine *machine, const struct recording *recording, size_t from,
			  size_t to)
{
	size_t next = 0;

	for (size_t i = from; i < to; i++) {
		const struct cmdqv_trace_event *event = &recording->events[i];

		if (event->kind != CMDQV_TRACE_COMMAND)
			continue;
		assert_true(next < machine->num_fetched);
		assert_int_equal(machine->fetched[next].lvcmdq, event->queue);
		assert_int_equal(machine->fetched[next].index, event->index);
		assert_memory_equal(machine->fetched[next].value, event->value, 16);
		next++;
	}
	assert_int_equal(next, machine->num_fetched);
}

/* As the driver does after it has read GERRORN and GERROR: it makes them equal. */
static void acknowledge(struct machine *machine, uint64_t gerror_offset, uint64_t gerror)
{
	const uint64_t gerrorn_offset = gerror_offset + 4;

	if (do_access(machine, (struct cmdqv_mmio){.offset = gerrorn_offset, .size = 4}) != gerror)
		do_access(machine, (struct cmdqv_mmio){.offset = gerrorn_offset,
						       .size = 4,
						       .value = gerror,
						       .write = true});
}

/* The deinit of a queue reads GERRORN, then GERROR; the interrupt handler reads GERROR alone. */
static bool is_deinit(const struct cmdqv_trace_event *event)
{
	const struct cmdqv_trace_event *before = event - 1;

	return event->offset % 0x80 == 0x10 && before->kind == CMDQV_TRACE_READ &&
	       before->offset == event->offset + 4;
}

static void check_read(struct machine *machine, const struct cmdqv_trace_event *event,
		       uint64_t value, bool exact)
{
	uint64_t reg = event->offset % 0x80;

	if (exact) {
		assert_int_equal(value, event->value[0]);
		return;
	}
	if (queue_of(event->offset) < 0) {
		if (event->offset < 0x10 || event->offset == 0x1000 || event->offset == 0x1004)
			assert_int_equal(value & 1, event->value[0] & 1);
		return;
	}
	if (reg == 0x10)
		machine->gerror[queue_of(event->offset)] = value;
	if (reg == 0x00 || reg == 0x0C)
		assert_int_equal(value, event->value[0]);
	if (is_deinit(event))
		acknowledge(machine, event->offset, value);
}

static bool is_acknowledgement(const struct cmdqv_trace_event *event)
{
	return event->kind == CMDQV_TRACE_WRITE && queue_of(event->offset) >= 0 &&
	       event->offset < 0x40000 && event->offset % 0x80 == 0x14;
}

/* Plays the accesses of [0, end). `exact`: every read must be as recorded. */
static void play(struct machine *machine, const struct recording *recording, size_t end, bool exact)
{
	for (size_t i = 0; i < end; i++) {
		const struct cmdqv_trace_event *event = &recording->events[i];
		size_t after = commands_after(recording, i);
		uint64_t value;

		if (event->kind != CMDQV_TRACE_READ && event->kind != CMDQV_TRACE_WRITE)
			continue;
		if (event->kind == CMDQV_TRACE_WRITE && event->size == 8 &&
		    event->offset % 0x80 == 0 && queue_of(event->offset) >= 0)
			machine->base[queue_of(event->offset)] = event->value[0];
		arrange_memory(machine, recording, i + 1, after);
		machine->num_fetched = 0;
		value = event->value[0];
		if (!exact && is_acknowledgement(event))
			value = machine->gerror[queue_of(event->offset)];
		value = do_access(machine,
				  (struct cmdqv_mmio){.offset = event->offset,
						      .size = event->size,
						      .value = value,
						      .write = event->kind == CMDQV_TRACE_WRITE});
		check_fetched(machine, recording, i + 1, after);
		if (event->kind == CMDQV_TRACE_READ)
			check_read(machine, event, value, exact);
	}
}

static void check_everything_runs(struct machine *machine)
{
	for (uint32_t q = 0; q < QUEUES; q++) {
		struct cmdqv_queue_state queue = {.size = sizeof(queue)};

		assert_int_equal(cmdqv_get_queue(machine->dev, q, &queue), 0);
		assert_int_equal(queue.life, CMDQV_QUEUE_BOUND);
		assert_true(queue.en_ok);
		assert_int_equal(queue.gerror, queue.gerrorn);
		assert_int_equal(queue.prod, queue.cons);
	}
	assert_int_equal(cmdqv_get_counter(machine->dev, CMDQV_COUNTER_GUEST_BASE_IN_USE), 0);
}

/* Every kernel into every other; `cut` says where the first one is left. */
static void reboot_all(bool reset, size_t (*cut)(const struct recording *recording))
{
	for (size_t a = 0; a < RECORDINGS; a++) {
		for (size_t b = 0; b < RECORDINGS; b++) {
			struct machine machine;

			machine_open(&machine);
			play(&machine, &recordings[a], cut(&recordings[a]), true);
			if (reset)
				assert_int_equal(cmdqv_reset(machine.dev), 0);
			play(&machine, &recordings[b], recordings[b].count, false);
			check_everything_runs(&machine);
			machine_close(&machine);
		}
	}
}

static size_t at_the_end(const struct recording *recording)
{
	return recording->count;
}

/* Just after the interrupt, before the driver acknowledged anything. */
static size_t in_an_error(const struct recording *recording)
{
	return recording->error;
}

static size_t in_the_middle_of_bring_up(const struct recording *recording)
{
	(void)recording;
	return 70;
}

/* [DEV-30] */
TEST(every_recording_matches_on_a_cold_machine)
{
	for (size_t i = 0; i < RECORDINGS; i++) {
		struct machine machine;

		machine_open(&machine);
		play(&machine, &recordings[i], recordings[i].count, true);
		assert_int_equal(machine.interrupts, recordings[i].error < recordings[i].count);
		check_everything_runs(&machine);
		machine_close(&machine);
	}
}

/* [DEV-7] [DEV-15] */
TEST(every_kernel_reboots_into_every_other_after_a_reset)
{
	reboot_all(true, at_the_end);
	reboot_all(true, in_an_error);
	reboot_all(true, in_the_middle_of_bring_up);
}

/* [DEV-7] [DEV-12] [DEV-13] [HW-3] [HW-8] kexec: nothing is reset. */
TEST(every_kernel_starts_on_what_another_left_enabled)
{
	reboot_all(false, at_the_end);
	reboot_all(false, in_an_error);
	reboot_all(false, in_the_middle_of_bring_up);
}

int main(int argc, char **argv)
{
	directory = argc > 1 ? argv[1] : "tests/traces";
	for (size_t i = 0; i < RECORDINGS; i++)
		load(names[i], &recordings[i]);
	return test_run_all(NULL, NULL);
}
