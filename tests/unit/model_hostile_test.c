/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that writes random words over all of its page while the engine runs, a thread
 * that asks whether there is work without the lock, and a neighbour that must not notice.
 *
 * The engine and the host's accesses share one lock, as [HW-12] has it. Everything is
 * bounded by counts, nothing by time. Meant for ThreadSanitizer too.
 */
#include "model_script.h"

#include <pthread.h>
#include <sched.h>

#define HOSTILE 1
#define NEIGHBOUR 2
#define HOSTILE_VMID 11
#define NEIGHBOUR_VMID 22
#define HOSTILE_RING RAM
#define NEIGHBOUR_RING (RAM + 0x100000)

struct scene {
	struct bench *bench;
	pthread_mutex_t lock;
	_Atomic uint32_t *page; /* of the hostile VINTF, as the guest has it mapped */
	uint32_t rounds;
	atomic_bool over;
	atomic_uint scribblers;
};

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*seed >> 32);
}

/* Mostly into the queues that exist, and anywhere else now and then. */
static uint32_t random_word(uint64_t *seed)
{
	uint32_t random = next_random(seed);

	if (random % 8 == 0)
		return random / 8 % 0x4000;
	return (random >> 3 & 1) * 0x20 + (random >> 4) % 6;
}

/* Values that are nearly right do more harm than wild ones. */
static uint32_t random_value(uint64_t *seed)
{
	uint32_t random = next_random(seed);

	return random % 4 == 0 ? next_random(seed) : random >> 8 & 0x1f;
}

static void scribble_words(struct scene *scene, uint32_t count, uint64_t *seed)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t word = random_word(seed);

		atomic_store_explicit(&scene->page[word], random_value(seed), memory_order_relaxed);
	}
}

/* Gives way now and then, so that the engine comes by on a machine with one CPU as well. */
static void *scribble(void *argument)
{
	struct scene *scene = argument;
	uint64_t seed = 1;

	for (uint32_t i = 0; i < scene->rounds && !atomic_load(&scene->over); i += 64) {
		scribble_words(scene, 64, &seed);
		sched_yield();
	}
	atomic_fetch_sub(&scene->scribblers, 1);
	return NULL;
}

/* The owner of an engine, as include/cmdqv/model/model.h says. */
static void *poll_engine(void *argument)
{
	struct scene *scene = argument;

	while (!atomic_load(&scene->over)) {
		if (!cmdqv_model_pending(scene->bench->model)) {
			sched_yield();
			continue;
		}
		pthread_mutex_lock(&scene->lock);
		assert_true(cmdqv_model_run(scene->bench->model, 64) >= 0);
		pthread_mutex_unlock(&scene->lock);
	}
	return NULL;
}

static struct scene *open_scene(uint32_t rounds)
{
	struct cmdqv_model_config config = {
		.size = sizeof(config), .log2_vcmdqs = 3, .log2_vintfs = 2, .log2_sids = 2};
	struct cmdqv_model_ops ops = bench_ops();
	struct scene *scene = calloc(1, sizeof(*scene));
	struct bench *bench;

	assert_non_null(scene);
	ops.trace = NULL;
	bench = scene->bench = bench_open_as(&config, &ops);
	scene->rounds = rounds;
	pthread_mutex_init(&scene->lock, NULL);
	own_by_guest(bench, HOSTILE, HOSTILE_VMID);
	own_by_guest(bench, NEIGHBOUR, NEIGHBOUR_VMID);
	for (uint32_t l = 0; l < 2; l++) {
		map_queue(bench, 2 * HOSTILE + l, HOSTILE, l);
		map_queue(bench, 2 * NEIGHBOUR + l, NEIGHBOUR, l);
		w64(bench, page1(HOSTILE, l), HOSTILE_RING | (l ? 0 : 4));
	}
	for (uint32_t i = 0; i < 16; i++) /* some of it legal, some not */
		put(bench, HOSTILE_RING + 16 * i, i % 4 == 3 ? 0x04 : VA0, VA1);
	start(bench, NEIGHBOUR, 0, NEIGHBOUR_RING, 8);
	scene->page = mapped(bench, HOSTILE, 0, 0);
	return scene;
}

static void close_scene(struct scene *scene)
{
	bench_close(scene->bench);
	pthread_mutex_destroy(&scene->lock);
	free(scene);
}

/* What was executed for the neighbour is exactly ASID 0, 1, 2 ...; returns how many. */
static uint32_t check_executed(const struct bench *bench)
{
	uint32_t neighbours = 0;

	for (size_t i = 0; i < bench->done_count; i++) {
		const struct cmdqv_command *c = &bench->done[i];

		if (c->vintf == NEIGHBOUR) {
			assert_int_equal(c->vmid, NEIGHBOUR_VMID);
			assert_int_equal(c->asid, neighbours % 0x10000);
			neighbours++;
			continue;
		}
		assert_int_equal(c->vintf, HOSTILE);
		assert_int_equal(c->vmid, HOSTILE_VMID);
		assert_int_equal(c->queue, 2 * HOSTILE);
		assert_true(c->index < 16);
		assert_int_equal(c->opcode, 0x12);
	}
	return neighbours;
}

/* The neighbour's guest: sends one command by its own page, and sees CONS follow. */
static void send_one(struct scene *scene, uint32_t n)
{
	uint32_t prod = (n + 1) % 512;

	put(scene->bench, NEIGHBOUR_RING + 16 * (n % 256), 0x12 | (uint64_t)(n % 0x10000) << 48,
	    VA1);
	store_word(scene->bench, NEIGHBOUR, 0, PROD, prod);
}

static bool was_consumed(struct scene *scene, uint32_t n)
{
	return load_word(scene->bench, NEIGHBOUR, 0, CONS) == (n + 1) % 512;
}

/*
 * [HW-2] [HW-10] [HW-12] [HW-22] [DEV-22]: on one thread, so that it is repeatable;
 * tests/scenario/threads_test.c has it with threads.
 */
TEST(random_words_between_visits_leave_nothing_pending_and_no_neighbour_harmed)
{
	struct scene *scene = open_scene(0);
	struct bench *bench = scene->bench;
	uint64_t seed = 7;
	uint32_t sent = 0;

	while (sent < 50000) {
		scribble_words(scene, 1 + sent % 16, &seed);
		send_one(scene, sent);
		run_all(bench);
		assert_true(was_consumed(scene, sent));
		assert_false(cmdqv_model_pending(bench->model));
		sent++;
	}
	assert_int_equal(check_executed(bench), sent);
	assert_int_equal(r32(bench, page0(NEIGHBOUR, 0) + GERROR), 0);
	/* Enough of it was nearly right to get somewhere. */
	assert_true(bench->done_count - sent > 1000);
	assert_true(state_of(bench).errors > 1000);
	close_scene(scene);
}

/* One thing that a host does to the hostile VINTF, under the lock. */
static void change_hostile(struct bench *bench, uint32_t step)
{
	static const char *const changes[] = {
		"0x1100=22",
		"[1.0] config=0",
		"[1.1] unmap=3 [1.0] unmap=2",
		"",
		"[1.0] map=2 [1.1] map=3",
		"[1.0] guest=11",
		"",
		"",
	};

	play(bench, changes[step % 8]);
	if (step % 8 == 3)
		assert_int_equal(cmdqv_model_renew_page(bench->model, HOSTILE), 0);
	r32(bench, 0x14);
	r64(bench, vintf(HOSTILE) + 0xc0);
	if (step % 8 == 7)
		w32(bench, page0(HOSTILE, 0) + GERRORN, r32(bench, page0(HOSTILE, 0) + GERROR));
}

/* [HW-2] [HW-3] [HW-4] [HW-12] [HW-16] */
TEST(pages_are_taken_away_and_renewed_under_a_polling_engine_and_a_hostile_guest)
{
	struct scene *scene = open_scene(100000000);
	struct bench *bench = scene->bench;
	pthread_t guest, engine;
	uint32_t steps = 0;
	uint32_t sent = 0;

	atomic_store(&scene->scribblers, 1);
	assert_int_equal(pthread_create(&guest, NULL, scribble, scene), 0);
	assert_int_equal(pthread_create(&engine, NULL, poll_engine, scene), 0);
	send_one(scene, sent);
	while (sent < 2000 || !was_consumed(scene, sent)) {
		if (was_consumed(scene, sent))
			send_one(scene, ++sent);
		pthread_mutex_lock(&scene->lock);
		change_hostile(bench, steps++);
		pthread_mutex_unlock(&scene->lock);
		sched_yield();
	}
	atomic_store(&scene->over, true);
	pthread_join(guest, NULL);
	pthread_join(engine, NULL);
	assert_int_equal(check_executed(bench), sent + 1);
	assert_int_equal(state_of(bench).order_violations, 0);
	close_scene(scene);
}

/* So that the engine comes as far as it can. */
static void give_way(void)
{
	for (int i = 0; i < 8; i++)
		sched_yield();
}

/* [HW-16] Every other time the engine may do what there is; else it has seen that there is work,
 * and waits for the lock when the queue is disabled. */
TEST(nothing_executes_after_status_reads_zero)
{
	struct scene *scene = open_scene(0);
	struct bench *bench = scene->bench;
	pthread_t engine;

	assert_int_equal(pthread_create(&engine, NULL, poll_engine, scene), 0);
	pthread_mutex_lock(&scene->lock);
	for (uint32_t i = 0; i < 2000; i++) {
		size_t executed;

		w32(bench, page0(HOSTILE, 0) + CONFIG, 0);
		assert_int_equal(r32(bench, page0(HOSTILE, 0) + STATUS), 0);
		executed = bench->done_count;
		w32(bench, page0(HOSTILE, 0) + GERRORN, r32(bench, page0(HOSTILE, 0) + GERROR));
		pthread_mutex_unlock(&scene->lock);

		store_word(bench, HOSTILE, 0, PROD, i % 32);
		give_way();

		pthread_mutex_lock(&scene->lock);
		assert_int_equal(bench->done_count, executed);
		w32(bench, page0(HOSTILE, 0) + CONS, i * 7 % 32);
		w32(bench, page0(HOSTILE, 0) + CONFIG, 1);
		assert_int_equal(r32(bench, page0(HOSTILE, 0) + STATUS), 1);
		if (i % 2 == 0) {
			give_way();
			continue;
		}
		pthread_mutex_unlock(&scene->lock);
		while (cmdqv_model_pending(bench->model))
			sched_yield();
		pthread_mutex_lock(&scene->lock);
	}
	pthread_mutex_unlock(&scene->lock);
	atomic_store(&scene->over, true);
	pthread_join(engine, NULL);
	check_executed(bench);
	assert_true(bench->done_count > 100);
	close_scene(scene);
}
