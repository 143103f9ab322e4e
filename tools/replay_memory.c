/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of a replay [DEV-30]: all of it is RAM, so wherever the file puts a queue
 * there is some. Rings are large and mostly empty: pages appear when they are touched.
 */
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmdqv/regs.h>

#define PAGE_BYTES 4096U

static uint64_t low32(uint64_t value)
{
	return value & UINT32_MAX;
}

bool replay_is_base_write(const struct cmdqv_geometry *geometry,
			  const struct cmdqv_trace_event *event, uint32_t *queue)
{
	uint32_t per_vintf = 1U << (geometry->log2_vcmdqs - geometry->log2_vintfs);
	uint32_t within = (uint32_t)(event->offset % CMDQV_PAGE_BYTES);
	uint64_t page = event->offset - within;
	uint32_t number = within / CMDQV_VCMDQ_STRIDE;
	uint32_t word = within % CMDQV_VCMDQ_STRIDE;
	uint64_t vintf = 0;

	if (event->kind != CMDQV_TRACE_WRITE || (event->size != 4 && event->size != 8))
		return false;
	if (word != CMDQV_REG_VCMDQ_BASE &&
	    (word != CMDQV_REG_VCMDQ_BASE + sizeof(uint32_t) || event->size != 4))
		return false;
	if (page >= CMDQV_VINTF_PAGE1) {
		vintf = (page - CMDQV_VINTF_PAGE1) / CMDQV_VINTF_PAGE_STRIDE;
		if ((page - CMDQV_VINTF_PAGE1) % CMDQV_VINTF_PAGE_STRIDE != 0 ||
		    vintf >> geometry->log2_vintfs != 0 || number >= per_vintf)
			return false;
	} else if (page != CMDQV_DIRECT_PAGE1 || number >> geometry->log2_vcmdqs != 0) {
		return false;
	}
	*queue = (uint32_t)vintf * per_vintf + number;
	return true;
}

uint64_t replay_written_base(uint64_t before, const struct cmdqv_trace_event *event)
{
	if (event->size == 8)
		return event->value[0];
	if (event->offset % sizeof(uint64_t) != 0)
		return low32(before) | low32(event->value[0]) << 32;
	return (before & ~(uint64_t)UINT32_MAX) | low32(event->value[0]);
}

/* Adds the pages that a queue at `base` lies in; a BASE that is not good has none. */
static void add_queue(struct replay_memory *memory, uint64_t base)
{
	uint64_t log2size = CMDQV_GET(CMDQV_VCMDQ_BASE_LOG2SIZE, base);
	uint64_t address = base & CMDQV_VCMDQ_BASE_ADDR;
	uint64_t bytes = (uint64_t)CMDQV_ENTRY_BYTES << log2size;
	struct replay_area *area = &memory->areas[memory->count];

	if (log2size == 0 || log2size > CMDQV_MAX_LOG2SIZE)
		return;
	area->address = address / PAGE_BYTES * PAGE_BYTES;
	area->bytes = (address + bytes - area->address + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	memory->count++;
}

static int by_address(const void *a, const void *b)
{
	uint64_t first = ((const struct replay_area *)a)->address;
	uint64_t second = ((const struct replay_area *)b)->address;

	return (first > second) - (first < second);
}

static uint64_t end_of(const struct replay_area *area)
{
	return area->address + area->bytes;
}

/* Makes one area of those that touch. */
static void merge(struct replay_memory *memory)
{
	size_t kept = 0;

	qsort(memory->areas, memory->count, sizeof(*memory->areas), by_address);
	for (size_t i = 1; i < memory->count; i++) {
		struct replay_area *last = &memory->areas[kept];
		const struct replay_area *area = &memory->areas[i];

		if (area->address > end_of(last))
			memory->areas[++kept] = *area;
		else if (end_of(area) > end_of(last))
			last->bytes = end_of(area) - last->address;
	}
	if (memory->count > 0)
		memory->count = kept + 1;
}

static void collect(struct replay_memory *memory, const struct trace_file *file,
		    const struct cmdqv_geometry *geometry)
{
	uint64_t bases[CMDQV_MAX_VCMDQS] = {0};
	uint32_t queue;

	for (size_t i = 0; i < file->count; i++) {
		const struct cmdqv_trace_event *event = &file->lines[i].event;

		if (event->kind == CMDQV_TRACE_RESET)
			memset(bases, 0, sizeof(bases));
		if (!replay_is_base_write(geometry, event, &queue))
			continue;
		bases[queue] = replay_written_base(bases[queue], event);
		add_queue(memory, bases[queue]);
	}
}

static int reserve(struct replay_area *area)
{
	void *memory = mmap(NULL, area->bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	area->memory = memory;
	return 0;
}

int replay_memory_create(struct replay_memory *memory, const struct trace_file *file,
			 const struct cmdqv_geometry *geometry)
{
	int err = 0;

	/* At most one area for each line of the file. */
	*memory = (struct replay_memory){.areas = calloc(file->count, sizeof(*memory->areas))};
	if (!memory->areas)
		return -ENOMEM;
	collect(memory, file, geometry);
	merge(memory);
	for (size_t i = 0; i < memory->count; i++)
		memory->areas[i].memory = NULL;
	for (size_t i = 0; err == 0 && i < memory->count; i++)
		err = reserve(&memory->areas[i]);
	if (err != 0)
		replay_memory_destroy(memory);
	return err;
}

void replay_memory_destroy(struct replay_memory *memory)
{
	for (size_t i = 0; i < memory->count; i++)
		if (memory->areas[i].memory)
			munmap(memory->areas[i].memory, memory->areas[i].bytes);
	free(memory->areas);
	*memory = (struct replay_memory){0};
}

void *replay_memory_at(const struct replay_memory *memory, uint64_t address, uint64_t bytes)
{
	size_t first = 0, end = memory->count; /* the area that begins last, but not above it */
	const struct replay_area *area;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (memory->areas[middle].address <= address)
			first = middle + 1;
		else
			end = middle;
	}
	if (first == 0)
		return NULL;
	area = &memory->areas[first - 1];
	if (address - area->address > area->bytes ||
	    bytes > area->bytes - (address - area->address))
		return NULL;
	return (char *)area->memory + (address - area->address);
}
