/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmdqv-device.h"

#include "hw/core/cpu.h"
#include "qemu/error-report.h"
#include "qemu/timer.h"

/* ---- how page 0 came and went ---- */

static void get_exits(struct cmdqv *device, uint64_t exits[CMDQV_AT_PAGES])
{
	for (int i = 0; i < CMDQV_AT_PAGES; i++)
		exits[i] = cmdqv_get_counter(device, CMDQV_COUNTER_TRAPS + i);
}

/*
 * A vCPU may have trapped just before page 0 was mapped by another, and comes to us after it. So
 * exits are those of a mapped page once each vCPU has left its code and looked at the memory map.
 */
typedef struct CmdqvMapping {
	CmdqvMoves *moves;
	struct cmdqv *device;
	uint32_t mapping;
} CmdqvMapping;

static void vcpu_knows(CPUState *cpu, run_on_cpu_data data)
{
	CmdqvMapping *mapping = data.host_ptr;
	CmdqvMoves *moves = mapping->moves;

	if (mapping->mapping == moves->mapping && --moves->unaware == 0)
		get_exits(mapping->device, moves->mapped_exits);
	g_free(mapping);
}

static void note_mapped(CmdqvMoves *moves, struct cmdqv *device)
{
	CPUState *cpu;

	moves->mapping++;
	moves->unaware = 0;
	CPU_FOREACH(cpu)
	{
		CmdqvMapping *mapping = g_new(CmdqvMapping, 1);

		*mapping = (CmdqvMapping){moves, device, moves->mapping};
		moves->unaware++;
		async_run_on_cpu(cpu, vcpu_knows, RUN_ON_CPU_HOST_PTR(mapping));
	}
}

/* Adds what trapped since page 0 was mapped. */
static void count_while_mapped(CmdqvMoves *moves, const uint64_t exits[CMDQV_AT_PAGES])
{
	for (int i = 0; i < CMDQV_AT_PAGES && !moves->unaware; i++)
		moves->exits_while_mapped[i] += exits[i] - moves->mapped_exits[i];
	moves->mapping++;
}

static uint64_t count_binds(struct cmdqv *device)
{
	return cmdqv_get_counter(device, CMDQV_COUNTER_BINDS) +
	       cmdqv_get_counter(device, CMDQV_COUNTER_UNBINDS);
}

static void list_move(CmdqvMoves *moves, const uint64_t exits[CMDQV_AT_PAGES], bool mapped)
{
	CmdqvMove *move = &moves->moves[moves->count++ % CMDQV_MOVES];

	move->microseconds = qemu_clock_get_us(QEMU_CLOCK_VIRTUAL);
	move->mapped = mapped;
	memcpy(move->exits, exits, sizeof(move->exits));
}

void cmdqv_note_move(CmdqvMoves *moves, struct cmdqv *device, bool mapped)
{
	uint64_t exits[CMDQV_AT_PAGES];

	get_exits(device, exits);
	if (mapped) {
		note_mapped(moves, device);
		if (moves->rests && moves->rest_binds != count_binds(device)) {
			list_move(moves, exits, false); /* its queues went while it rested */
			moves->rests = false;
		}
	} else {
		count_while_mapped(moves, exits);
	}
	if (!moves->rests)
		list_move(moves, exits, mapped);
	if (mapped)
		moves->rests = false;
}

void cmdqv_note_rest(CmdqvMoves *moves, struct cmdqv *device)
{
	moves->rests = true;
	moves->rest_binds = count_binds(device);
}

/* ---- the report ---- */

void cmdqv_report_device(JSONWriter *json, CmdqvMoves *moves, struct cmdqv *device)
{
	static const struct {
		const char *name;
		enum cmdqv_counter counter;
	} counters[] = {
		{"binds", CMDQV_COUNTER_BINDS},
		{"bind_failures", CMDQV_COUNTER_BIND_FAILURES},
		{"unbinds", CMDQV_COUNTER_UNBINDS},
		{"page0_maps", CMDQV_COUNTER_PAGE0_MAPS},
		{"page0_unmaps", CMDQV_COUNTER_PAGE0_UNMAPS},
		{"page0_rests", CMDQV_COUNTER_PAGE0_RESTS},
		{"events", CMDQV_COUNTER_EVENTS},
		{"interrupts", CMDQV_COUNTER_INTERRUPTS},
		{"queues_held", CMDQV_COUNTER_QUEUES_HELD},
		{"resets", CMDQV_COUNTER_RESETS},
		{"guest_errors", CMDQV_COUNTER_GUEST_ERRORS},
	};
	struct cmdqv_state state = {.size = sizeof(state)};
	uint64_t exits[CMDQV_AT_PAGES];

	(void)cmdqv_get_state(device, &state);
	get_exits(device, exits);
	if (state.page0 == CMDQV_PAGE0_MAPPED)
		count_while_mapped(moves, exits);
	json_writer_str(json, "page0", cmdqv_page0_life_name(state.page0));
	cmdqv_report_exits(json, "exits", exits);
	cmdqv_report_exits(json, "exits_while_mapped", moves->exits_while_mapped);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		json_writer_uint64(json, counters[i].name,
				   cmdqv_get_counter(device, counters[i].counter));
}

void cmdqv_report_moves(JSONWriter *json, const CmdqvMoves *moves)
{
	uint32_t count = MIN(moves->count, CMDQV_MOVES);

	json_writer_start_array(json, "page0_moves");
	for (uint32_t i = moves->count - count; i < moves->count; i++) {
		const CmdqvMove *move = &moves->moves[i % CMDQV_MOVES];

		json_writer_start_object(json, NULL);
		json_writer_str(json, "page0", move->mapped ? "mapped" : "none");
		json_writer_double(json, "seconds", (double)move->microseconds / 1e6);
		cmdqv_report_exits(json, "exits", move->exits);
		json_writer_end_object(json);
	}
	json_writer_end_array(json);
}

/* ---- what the device asks of its VMM ---- */

void cmdqv_page0_init(MemoryRegion *page0, Object *owner, uint64_t bytes, void *memory)
{
	memory_region_init_ram_device_ptr(page0, owner, "cmdqv-page0", bytes, memory);
	if (memory_region_set_skip_iommu_map)
		memory_region_set_skip_iommu_map(page0, true);
	else /* before 11.1 VFIO passes over protected memory alone */
		page0->ram_block->flags |= RAM_PROTECTED;
}

bool cmdqv_is_ram(const MemoryRegion *region)
{
	return region && memory_region_is_ram((MemoryRegion *)region) &&
	       !memory_region_is_ram_device((MemoryRegion *)region) && !region->readonly &&
	       !region->rom_device;
}

bool cmdqv_is_guest_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	MemoryRegionSection section = memory_region_find(get_system_memory(), gpa.value, bytes);
	bool whole = cmdqv_is_ram(section.mr) && section.offset_within_address_space == gpa.value &&
		     int128_eq(section.size, int128_make64(bytes));

	if (section.mr)
		memory_region_unref(section.mr);
	return whole;
}

void cmdqv_log_message(void *vmm, const struct cmdqv_log *log)
{
	if (log->level == CMDQV_LOG_HOST)
		warn_report("cmdqv: %s (%" PRIu64 ")", log->text, log->count);
	else
		info_report("cmdqv: guest: %s (%" PRIu64 ")", log->text, log->count);
}
