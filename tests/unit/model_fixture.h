/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model on a bench: memory for its rings, an executor that records what it was asked
 * to do, and short words for accesses. Offsets are literals of the facts in docs/spec.md,
 * never the library's constants.
 */
#ifndef TESTS_UNIT_MODEL_FIXTURE_H
#define TESTS_UNIT_MODEL_FIXTURE_H

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/model/model.h>

#include "../test.h"

#define RAM 0x40000000U
#define RAM_BYTES (32U << 20)

/* Words of a queue in page 0. */
enum { CONS = 0x00, PROD = 0x04, CONFIG = 0x08, STATUS = 0x0c, GERROR = 0x10, GERRORN = 0x14 };

/* The two commands that Linux sends most, as recorded. */
#define VA0 0x0002000000000012ULL
#define VA1 0x00000000ffffc701ULL
#define SYNC0 0x000000000fc00046ULL

struct bench {
	struct cmdqv_model *model;
	unsigned char *ram;
	struct cmdqv_command *done; /* what was executed, in order */
	size_t done_count;
	size_t done_room;
	struct cmdqv_trace_event *events;
	size_t event_count;
	size_t event_room;
	size_t reads; /* of memory */
	uint32_t last_read_vintf;
	size_t interrupts;
	size_t kicks;
	int execute_result;
	void (*in_execute)(struct bench *bench); /* called first, if set */
	void (*in_any)(struct bench *bench);	 /* called in every operation, if set */
};

static inline void bench_any(struct bench *bench)
{
	if (bench->in_any)
		bench->in_any(bench);
}

static inline int bench_read(void *user, uint32_t vintf, uint64_t address, void *buffer,
			     size_t bytes)
{
	struct bench *bench = user;
	_Atomic uint64_t *from;

	bench_any(bench);
	bench->reads++;
	bench->last_read_vintf = vintf;
	if (address < RAM || address - RAM > RAM_BYTES - bytes)
		return -EFAULT;
	from = (_Atomic uint64_t *)(void *)(bench->ram + (address - RAM));
	for (size_t i = 0; i < bytes / 8; i++)
		((uint64_t *)buffer)[i] = atomic_load_explicit(&from[i], memory_order_relaxed);
	return 0;
}

static inline int bench_execute(void *user, const struct cmdqv_command *command)
{
	struct bench *bench = user;

	bench_any(bench);
	if (bench->in_execute)
		bench->in_execute(bench);
	if (bench->done_count == bench->done_room) {
		bench->done_room = bench->done_room ? 2 * bench->done_room : 1024;
		bench->done = realloc(bench->done, bench->done_room * sizeof(*bench->done));
		assert_non_null(bench->done);
	}
	bench->done[bench->done_count++] = *command;
	return bench->execute_result;
}

static inline void bench_interrupt(void *user)
{
	struct bench *bench = user;

	bench_any(bench);
	bench->interrupts++;
}

static inline void bench_kick(void *user)
{
	struct bench *bench = user;

	bench_any(bench);
	bench->kicks++;
}

static inline void bench_trace(void *user, const struct cmdqv_trace_event *event)
{
	struct bench *bench = user;

	if (bench->event_count == bench->event_room) {
		bench->event_room = bench->event_room ? 2 * bench->event_room : 1024;
		bench->events = realloc(bench->events, bench->event_room * sizeof(*event));
		assert_non_null(bench->events);
	}
	bench->events[bench->event_count++] = *event;
}

static inline struct cmdqv_model_ops bench_ops(void)
{
	return (struct cmdqv_model_ops){
		.size = sizeof(struct cmdqv_model_ops),
		.read = bench_read,
		.execute = bench_execute,
		.interrupt = bench_interrupt,
		.kick = bench_kick,
		.trace = bench_trace,
	};
}

static inline struct bench *bench_open_as(const struct cmdqv_model_config *config,
					  const struct cmdqv_model_ops *ops)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->ram = test_ram(RAM_BYTES);
	assert_int_equal(cmdqv_model_create(&bench->model, config, ops, bench, NULL), 0);
	return bench;
}

static inline struct bench *bench_open(uint8_t log2_vcmdqs, uint8_t log2_vintfs, uint8_t log2_sids)
{
	const struct cmdqv_model_config config = {.size = sizeof(config),
						  .log2_vcmdqs = log2_vcmdqs,
						  .log2_vintfs = log2_vintfs,
						  .log2_sids = log2_sids};
	const struct cmdqv_model_ops ops = bench_ops();

	return bench_open_as(&config, &ops);
}

static inline void bench_close(struct bench *bench)
{
	cmdqv_model_destroy(bench->model);
	test_ram_free(bench->ram, RAM_BYTES);
	free(bench->done);
	free(bench->events);
	free(bench);
}

/* Where things lie. */
static inline uint64_t alloc(uint32_t q)
{
	return 0x200 + 4 * q;
}

static inline uint64_t vintf(uint32_t v)
{
	return 0x1000 + 0x100 * v;
}

static inline uint64_t direct0(uint32_t q)
{
	return 0x10000 + 0x80 * q;
}

static inline uint64_t direct1(uint32_t q)
{
	return 0x20000 + 0x80 * q;
}

static inline uint64_t page0(uint32_t v, uint32_t l)
{
	return 0x30000 + 0x20000 * v + 0x80 * l;
}

static inline uint64_t page1(uint32_t v, uint32_t l)
{
	return 0x40000 + 0x20000 * v + 0x80 * l;
}

/* Accesses. */
static inline uint64_t access_read(struct bench *bench, uint64_t offset, uint8_t size)
{
	struct cmdqv_mmio access = {.offset = offset, .value = 0xdeadbeefdeadbeef, .size = size};

	assert_int_equal(cmdqv_model_access(bench->model, &access), 0);
	return access.value;
}

static inline void access_write(struct bench *bench, uint64_t offset, uint64_t value, uint8_t size)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	assert_int_equal(cmdqv_model_access(bench->model, &access), 0);
}

static inline uint32_t r32(struct bench *bench, uint64_t offset)
{
	return (uint32_t)access_read(bench, offset, 4);
}

static inline void w32(struct bench *bench, uint64_t offset, uint32_t value)
{
	access_write(bench, offset, value, 4);
}

static inline uint64_t r64(struct bench *bench, uint64_t offset)
{
	return access_read(bench, offset, 8);
}

static inline void w64(struct bench *bench, uint64_t offset, uint64_t value)
{
	access_write(bench, offset, value, 8);
}

/* A word of a shared page, as a guest that has it mapped sees it. */
static inline _Atomic uint32_t *mapped(struct bench *bench, uint32_t v, uint32_t l, uint32_t reg)
{
	struct cmdqv_page_view view;

	assert_int_equal(cmdqv_model_page(bench->model, v, &view), 0);
	return (_Atomic uint32_t *)(void *)((unsigned char *)view.host + 0x80 * l + reg);
}

static inline uint32_t load_word(struct bench *bench, uint32_t v, uint32_t l, uint32_t reg)
{
	return atomic_load_explicit(mapped(bench, v, l, reg), memory_order_acquire);
}

static inline void store_word(struct bench *bench, uint32_t v, uint32_t l, uint32_t reg,
			      uint32_t value)
{
	atomic_store_explicit(mapped(bench, v, l, reg), value, memory_order_release);
}

static inline void put(struct bench *bench, uint64_t address, uint64_t word0, uint64_t word1)
{
	_Atomic uint64_t *to = (_Atomic uint64_t *)(void *)(bench->ram + (address - RAM));

	atomic_store_explicit(&to[0], word0, memory_order_relaxed);
	atomic_store_explicit(&to[1], word1, memory_order_relaxed);
}

/* Brings things up as a host does. */
static inline void map_queue(struct bench *bench, uint32_t q, uint32_t v, uint32_t l)
{
	w32(bench, alloc(q), v << 15 | l << 1 | 1);
}

static inline void unmap_queue(struct bench *bench, uint32_t q, uint32_t v, uint32_t l)
{
	w32(bench, alloc(q), v << 15 | l << 1);
}

/* CONFIG of a VINTF: enabled, of a guest with that VMID. */
static inline void own_by_guest(struct bench *bench, uint32_t v, uint32_t vmid)
{
	w32(bench, vintf(v), vmid << 1 | 1);
}

static inline void own_by_host(struct bench *bench, uint32_t v)
{
	w32(bench, vintf(v), 0x20001);
}

/* Gives the queue a ring of 1 << log2size entries at `base` and enables it. */
static inline void start(struct bench *bench, uint32_t v, uint32_t l, uint64_t base,
			 uint32_t log2size)
{
	w64(bench, page1(v, l), base | log2size);
	w32(bench, page0(v, l) + CONFIG, 1);
}

/* One VINTF of a host with one queue, which is enabled. */
static inline struct bench *bench_with_queue(uint32_t log2size)
{
	struct bench *bench = bench_open(1, 0, 4);

	own_by_host(bench, 0);
	map_queue(bench, 0, 0, 0);
	start(bench, 0, 0, RAM, log2size);
	return bench;
}

static inline void run_all(struct bench *bench)
{
	int rc;

	do {
		rc = cmdqv_model_run(bench->model, 64);
		assert_true(rc >= 0);
	} while (rc > 0);
}

static inline struct cmdqv_model_state state_of(struct bench *bench)
{
	struct cmdqv_model_state state = {.size = sizeof(state)};

	assert_int_equal(cmdqv_model_get_state(bench->model, &state), 0);
	return state;
}

static inline struct cmdqv_model_queue_state queue_of(struct bench *bench, uint32_t queue)
{
	struct cmdqv_model_queue_state state = {.size = sizeof(state)};

	assert_int_equal(cmdqv_model_get_queue(bench->model, queue, &state), 0);
	return state;
}

static inline size_t count_events(const struct bench *bench, enum cmdqv_trace_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < bench->event_count; i++)
		if (bench->events[i].kind == kind)
			count++;
	return count;
}

#endif
