/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one access of a guest costs the host at most, by kind, counted: system calls, what the VMM
 * is asked for, and loads and stores of live registers. The table of docs/performance.md has the
 * numbers, and an access that costs something else fails. Two queues, as a Grace gives.
 */
#include <stdio.h>

#include "../idle.h"
#include "fixture.h"

enum { CALLS, WITHDRAWN, MAPPED, PULSES, LOGS, LOOKS, COUNTS };

struct life {
	struct vmm vmm;
	struct cmdqv *dev;
	bool hangs;    /* the hardware does nothing any more */
	bool is_stuck; /* the last queue is enabled, whatever is written */
	uint32_t counts[COUNTS];
};

/* ---- what is counted ---- */

static int page0_map(void *user, const struct cmdqv_page0_map *page)
{
	(void)page;
	((struct life *)user)->counts[MAPPED]++;
	return 0;
}

static void page0_unmap(void *user)
{
	((struct life *)user)->counts[WITHDRAWN]++;
}

static void interrupt(void *user)
{
	((struct life *)user)->counts[PULSES]++;
}

static void take_log(void *user, const struct cmdqv_log *log)
{
	(void)log;
	((struct life *)user)->counts[LOGS]++;
}

static const struct cmdqv_vmm_ops vmm_ops = {
	.size = sizeof(vmm_ops),
	.page0_map = page0_map,
	.page0_unmap = page0_unmap,
	.interrupt = interrupt,
	.is_guest_ram = vmm_is_guest_ram,
	.log = take_log,
};

/* The port's operations, of which two count; `impl` stays the port's. */
static struct life *counted;

static uint32_t queue_read(void *impl, uint32_t index, uint32_t reg)
{
	counted->counts[LOOKS]++;
	if (!counted->hangs)
		(void)cmdqv_soft_host_run(counted->vmm.host->soft, 1);
	if (counted->is_stuck && index == 1 && (reg == CONFIG || reg == STATUS))
		return 1;
	return counted->vmm.backend.ops->queue_read(impl, index, reg);
}

static void queue_write(void *impl, uint32_t index, uint32_t reg, uint32_t value)
{
	counted->counts[LOOKS]++;
	counted->vmm.backend.ops->queue_write(impl, index, reg, value);
}

/* ---- a guest ---- */

static void guest_read(struct life *life, uint64_t offset)
{
	struct cmdqv_mmio access = {.offset = offset, .size = 8};

	assert_int_equal(cmdqv_access(life->dev, &access), 0);
}

static void allocate(struct life *life, uint32_t queue, bool yes)
{
	guest_write(life->dev, 0x200 + 4 * queue, 4, queue << 1 | yes);
}

static void put_base(struct life *life, uint32_t queue, uint32_t ring)
{
	guest_write(life->dev, 0x20000 + 0x80 * queue, 8,
		    (RAM_GPA + (uint64_t)ring * RING_BYTES) | 4);
}

/* Two queues are bound and the page is mapped; they are not enabled yet. */
static void bring_up(struct life *life)
{
	guest_write(life->dev, 0x1000, 4, 1);
	for (uint32_t queue = 0; queue < 2; queue++) {
		allocate(life, queue, true);
		put_base(life, queue, queue);
	}
}

static void enable(struct life *life)
{
	bring_up(life);
	for (uint32_t queue = 0; queue < 2; queue++)
		guest_write(life->dev, 0x10000 + 0x80 * queue + CONFIG, 4, 1);
	host_drain(life->vmm.host);
}

static void read_maps(struct life *life)
{
	guest_read(life, 0x10C0);
}

static void change_nothing(struct life *life)
{
	guest_write(life->dev, 0x1000, 4, 1);
}

static void ring_doorbell(struct life *life)
{
	guest_write(life->dev, 0x10000 + PROD, 4, 0);
}

static void all_but_one(struct life *life)
{
	bring_up(life);
	allocate(life, 1, false);
}

static void allocate_last(struct life *life)
{
	allocate(life, 1, true);
}

static void move_lowest(struct life *life)
{
	put_base(life, 0, 2);
}

static void take_lowest(struct life *life)
{
	allocate(life, 0, false);
}

static void disable_vintf(struct life *life)
{
	guest_write(life->dev, 0x1000, 4, 0);
}

static void all_but_vintf(struct life *life)
{
	bring_up(life);
	disable_vintf(life);
}

static void enable_vintf(struct life *life)
{
	guest_write(life->dev, 0x1000, 4, 1);
}

static void all_but_vintf_refused(struct life *life)
{
	all_but_vintf(life);
	front_fail_ioctl(0x3B94, ENOSPC);
}

/* Nothing that was enabled stops, nor drains. */
static void busy(struct life *life)
{
	enable(life);
	for (uint32_t queue = 0; queue < 2; queue++)
		guest_write(life->dev, 0x10000 + 0x80 * queue + PROD, 4, 8);
	life->hangs = true;
}

/* The kernel does not reset a queue, and the hardware does not stop it [DEV-15]. */
static void stuck(struct life *life)
{
	bring_up(life);
	life->is_stuck = true;
}

static void reset(struct life *life)
{
	assert_int_equal(cmdqv_reset(life->dev), 0);
}

static void many_events(struct life *life)
{
	uint8_t record[24] = {0};

	bring_up(life);
	front_feed(cmdqv_event_fd(life->dev), record, sizeof(record), 0);
}

static void take_events(struct life *life)
{
	assert_int_equal(cmdqv_events(life->dev), 1);
}

/* By the first words of the rows of the table. */
static const struct {
	const char *kind;
	void (*before)(struct life *life);
	void (*access)(struct life *life);
} kinds[] = {
	{"a read of an error map", enable, read_maps},
	{"a write that changes nothing", bring_up, change_nothing},
	{"PROD by a trap", enable, ring_doorbell},
	{"a queue becomes ready above one that is bound", all_but_one, allocate_last},
	{"BASE of the lowest queue moves", bring_up, move_lowest},
	{"the same while the last queue cannot be disabled", stuck, move_lowest},
	{"the lowest queue is taken away", enable, take_lowest},
	{"the same while the hardware hangs", busy, take_lowest},
	{"the VINTF is disabled", enable, disable_vintf},
	{"the VINTF is enabled", all_but_vintf, enable_vintf},
	{"the VINTF is enabled, and the kernel refuses", all_but_vintf_refused, enable_vintf},
	{"a reset by the VMM", enable, reset},
	{"an event", many_events, take_events},
};

static void count(size_t kind, uint32_t counts[COUNTS])
{
	const struct cmdqv_config config = {.size = sizeof(config), .cmdqs = 8, .num_lvcmdqs = 2};
	struct life life = {.dev = NULL};
	struct cmdqv_backend_ops ops;
	struct cmdqv_backend backend;

	counted = &life;
	vmm_open(&life.vmm, &front_port);
	ops = *life.vmm.backend.ops;
	ops.queue_read = queue_read;
	ops.queue_write = queue_write;
	backend = (struct cmdqv_backend){.ops = &ops, .impl = life.vmm.backend.impl};
	assert_int_equal(cmdqv_create(&life.dev, &config, &backend, &vmm_ops, &life, NULL), 0);
	kinds[kind].before(&life);
	memset(life.counts, 0, sizeof(life.counts));
	front_count_from_here();
	kinds[kind].access(&life);
	life.counts[CALLS] = front_calls();
	memcpy(counts, life.counts, sizeof(life.counts));
	front_fail_ioctl(0, 0);
	cmdqv_destroy(life.dev);
	vmm_close(&life.vmm);
}

/* "| words | n | n | ... |" */
static bool take_row(const char *line, const char *kind, uint32_t counts[COUNTS])
{
	size_t length = strlen(kind);

	if (strncmp(line, "| ", 2) != 0 || strncmp(line + 2, kind, length) != 0 ||
	    strncmp(line + 2 + length, " |", 2) != 0)
		return false;
	line += 2 + length;
	for (size_t i = 0; i < COUNTS; i++) {
		char *end;

		counts[i] = (uint32_t)strtoul(line + 2, &end, 10);
		line = end + 1;
	}
	return true;
}

static bool documented(const char *kind, uint32_t counts[COUNTS])
{
	FILE *document = fopen(DOCUMENT, "re");
	char line[512];
	bool found = false;

	assert_non_null(document);
	while (!found && fgets(line, sizeof(line), document))
		found = take_row(line, kind, counts);
	fclose(document);
	return found;
}

/* [DEV-6] [DEV-27] */
TEST(each_kind_of_access_costs_what_the_document_says)
{
	bool good = true;

	for (size_t kind = 0; kind < COUNT(kinds); kind++) {
		uint32_t is[COUNTS], says[COUNTS] = {0};

		count(kind, is);
		if (documented(kinds[kind].kind, says) && memcmp(is, says, sizeof(is)) == 0)
			continue;
		print_error("| %s | %u | %u | %u | %u | %u | %u |\n", kinds[kind].kind, is[CALLS],
			    is[WITHDRAWN], is[MAPPED], is[PULSES], is[LOGS], is[LOOKS]);
		good = false;
	}
	assert_true(good);
}
