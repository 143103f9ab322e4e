/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How soon the engine answers, and what its waiting costs. Only where there are two
 * cores: the engine has a thread, which takes a lock for each run as an embedder's does.
 *
 * engine/prod-to-cons: from the store of PROD to CONS visible, through the mapped page,
 * with the engine spinning on another core; one CMD_SYNC. .../idle125: the same while 125
 * queues of 62 other VMs are enabled and idle. .../seen, .../fetched, .../told: where the time of
 * one goes, by clocks that are read on the way: until the engine sees PROD; until it has the
 * command, which it fetches from the ring; and until the guest sees CONS.
 *
 * engine/idle/NNNNus/cpu: the share of a core that a poller costs which sleeps so long,
 * with 126 queues enabled and idle; .../sleep-only: the share of one that sleeps as long and
 * does not look, so that the difference is what the engine adds to the price of sleeping on
 * this machine; .../first-command: from PROD to CONS for a command that comes while it sleeps.
 *
 * engine/idle/resting/...: the same of an engine that withdrew all pages [DEV-36] and sleeps until
 * an access rings: the first command is a store that traps, the exit itself not counted.
 *
 * engine/idle/look: one look at 126 idle queues after a sleep, when caches may have lost them.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmdqv/model/poller.h>

#include "bench.h"
#include "fleet.h"
#include "page_backend.h"

enum {
	BUDGET = 64,
	LATENCY_SAMPLES = 20000,
	QUICK_LATENCY_SAMPLES = 100,
	CPU_WINDOWS = 20,
	QUICK_CPU_WINDOWS = 2,
	CPU_WINDOW_NS = 50 * 1000 * 1000,
	FIRST_COMMANDS = 100,
	QUICK_FIRST_COMMANDS = 3,
	SETTLE_NS = 20 * 1000 * 1000, /* until the poller surely sleeps */
	LOOK_SLEEP_NS = 500 * 1000,
	LOOK_SAMPLES = 1000,
	QUICK_LOOK_SAMPLES = 5,
	MOST_SAMPLES = LATENCY_SAMPLES,
};

struct engine {
	struct fleet *fleet;
	pthread_mutex_t lock;
	struct cmdqv_poller poller;
	bool spins;	  /* never waits, whatever the poller says */
	bool blind;	  /* never looks */
	uint64_t seen_ns; /* when it found something; if the fleet is timed */
	_Atomic bool stop;
	pthread_t thread;
};

static void sleep_ns(uint64_t ns)
{
	struct timespec time = {.tv_sec = (time_t)(ns / 1000000000U),
				.tv_nsec = (long)(ns % 1000000000U)};

	nanosleep(&time, NULL);
}

static void *run_engine(void *context)
{
	struct engine *engine = context;

	while (!atomic_load_explicit(&engine->stop, memory_order_relaxed)) {
		bool found = !engine->blind && cmdqv_soft_host_pending(engine->fleet->host);

		if (found) {
			if (engine->fleet->is_timed)
				engine->seen_ns = bench_now_ns();
			pthread_mutex_lock(&engine->lock);
			cmdqv_soft_host_run(engine->fleet->host, BUDGET);
			pthread_mutex_unlock(&engine->lock);
		}
		if (!engine->spins)
			(void)cmdqv_poller_wait(&engine->poller, found, NULL, 0);
	}
	return NULL;
}

static bool engine_start(struct engine *engine, struct fleet *fleet, uint32_t sleep_us, bool blind)
{
	const struct cmdqv_poller_config config = {.size = sizeof(config),
						   .sleep_ns = sleep_us * 1000};

	*engine = (struct engine){.fleet = fleet, .spins = sleep_us == 0, .blind = blind};
	pthread_mutex_init(&engine->lock, NULL);
	(void)cmdqv_poller_init(&engine->poller, &config); /* in range */
	return pthread_create(&engine->thread, NULL, run_engine, engine) == 0;
}

static void engine_stop(struct engine *engine)
{
	atomic_store(&engine->stop, true);
	pthread_join(engine->thread, NULL);
	pthread_mutex_destroy(&engine->lock);
}

static void fill_with_syncs(struct fleet *fleet, uint32_t queue)
{
	for (uint32_t i = 0; i < FLEET_ENTRIES; i++) {
		uint64_t *entry = fleet_entry(fleet, queue, i);

		entry[0] = CMDQV_OP_CMD_SYNC;
		entry[1] = 0;
	}
}

/* One command; returns nanoseconds until it is done. */
static double send_one(struct fleet *fleet, uint32_t queue)
{
	_Atomic uint32_t *prod = fleet_word(fleet, queue, CMDQV_REG_VCMDQ_PROD);
	_Atomic uint32_t *cons = fleet_word(fleet, queue, CMDQV_REG_VCMDQ_CONS);
	uint32_t index = (atomic_load_explicit(prod, memory_order_relaxed) + 1) & FLEET_WRAP_MASK;
	uint64_t start = bench_now_ns();

	atomic_store_explicit(prod, index, memory_order_release);
	while (atomic_load_explicit(cons, memory_order_acquire) != index)
		;
	return (double)(bench_now_ns() - start);
}

static void add_part(struct bench_report *report, const char *name, const char *part,
		     double *samples, uint32_t count)
{
	char full[64];

	snprintf(full, sizeof(full), "%s/%s", name, part);
	bench_add(report, full, "ns", samples, count);
}

/* What the engine noted is ours once CONS moved. */
static void measure_parts(struct bench_report *report, struct engine *engine, const char *name,
			  uint32_t queue, uint32_t count)
{
	static double seen[MOST_SAMPLES], fetched[MOST_SAMPLES], told[MOST_SAMPLES];
	struct fleet *fleet = engine->fleet;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t start = bench_now_ns();
		double whole = send_one(fleet, queue);
		double found = (double)engine->seen_ns - (double)start;
		double executed = (double)fleet->executed_ns - (double)start;

		/* The engine's thread goes on: a look may have begun before PROD, or after CONS. */
		seen[i] = found < 0 ? 0 : found > executed ? executed : found;
		fetched[i] = executed - seen[i];
		told[i] = whole - seen[i] - fetched[i];
	}
	add_part(report, name, "seen", seen, count);
	add_part(report, name, "fetched", fetched, count);
	add_part(report, name, "told", told, count);
}

static void measure_latency(struct bench_report *report, const char *name, uint32_t queues)
{
	static double samples[MOST_SAMPLES];
	uint32_t count = report->quick ? QUICK_LATENCY_SAMPLES : LATENCY_SAMPLES;
	uint32_t queue = queues / 2; /* neither the first nor the last one */
	struct engine engine;
	struct fleet fleet;

	if (!bench_wanted(report, name))
		return;
	if (!fleet_open(&fleet, queues, NULL)) {
		report->complaint = "engine: " BENCH_NO_HOST;
		return;
	}
	fill_with_syncs(&fleet, queue);
	if (engine_start(&engine, &fleet, 0, false)) {
		for (uint32_t i = 0; i < count; i++)
			samples[i] = send_one(&fleet, queue);
		bench_add(report, name, "ns", samples, count);
		fleet.is_timed = true;
		measure_parts(report, &engine, name, queue, count);
		engine_stop(&engine);
	} else {
		report->complaint = "engine: no thread";
	}
	fleet_close(&fleet);
}

static uint64_t cpu_ns(pthread_t thread)
{
	struct timespec time = {0};
	clockid_t clock;

	if (!pthread_getcpuclockid(thread, &clock))
		clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}

static void measure_cpu(struct bench_report *report, const struct engine *engine, const char *name)
{
	uint32_t count = report->quick ? QUICK_CPU_WINDOWS : CPU_WINDOWS;
	double samples[CPU_WINDOWS];

	sleep_ns(SETTLE_NS);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t start = bench_now_ns();
		uint64_t used = cpu_ns(engine->thread);

		sleep_ns(CPU_WINDOW_NS);
		used = cpu_ns(engine->thread) - used;
		samples[i] = 100.0 * (double)used / (double)(bench_now_ns() - start);
	}
	bench_add(report, name, "% of a core", samples, count);
}

/* The pause is not a multiple of the sleep, so that commands come anywhere in it. */
static void measure_first(struct bench_report *report, const struct engine *engine,
			  const char *name)
{
	uint32_t count = report->quick ? QUICK_FIRST_COMMANDS : FIRST_COMMANDS;
	uint32_t queues = engine->fleet->queue_count;
	double samples[FIRST_COMMANDS];

	for (uint32_t i = 0; i < count; i++) {
		sleep_ns(SETTLE_NS + (uint64_t)engine->poller.sleep_ns * i / count);
		samples[i] = send_one(engine->fleet, i * 37 % queues);
	}
	bench_add(report, name, "ns", samples, count);
}

static void measure_sleeper(struct bench_report *report, struct fleet *fleet, uint32_t us)
{
	struct engine engine;
	char cpu[64];
	char first[64];

	snprintf(cpu, sizeof(cpu), "engine/idle/%uus/cpu", us);
	snprintf(first, sizeof(first), "engine/idle/%uus/first-command", us);
	if (!bench_wanted(report, cpu) && !bench_wanted(report, first))
		return;
	if (!engine_start(&engine, fleet, us, false)) {
		report->complaint = "engine: no thread";
		return;
	}
	if (bench_wanted(report, cpu))
		measure_cpu(report, &engine, cpu);
	if (bench_wanted(report, first))
		measure_first(report, &engine, first);
	engine_stop(&engine);
}

static void measure_sleep_only(struct bench_report *report, struct fleet *fleet, uint32_t us)
{
	struct engine engine;
	char name[64];

	snprintf(name, sizeof(name), "engine/idle/%uus/sleep-only", us);
	if (!bench_wanted(report, name))
		return;
	if (!engine_start(&engine, fleet, us, true)) {
		report->complaint = "engine: no thread";
		return;
	}
	measure_cpu(report, &engine, name);
	engine_stop(&engine);
}

/* Executes what there is, withdraws all pages, looks once more, and sleeps until it is rung. */
static void *run_resting(void *context)
{
	struct engine *engine = context;
	struct fleet *fleet = engine->fleet;
	eventfd_t kicks;

	while (!atomic_load_explicit(&engine->stop, memory_order_relaxed)) {
		pthread_mutex_lock(&engine->lock);
		while (cmdqv_soft_host_run(fleet->host, BUDGET) > 0)
			;
		for (uint32_t vm = 0; vm < fleet->vm_count; vm++)
			(void)cmdqv_page0_withdraw(fleet->vms[vm].dev);
		while (cmdqv_soft_host_run(fleet->host, BUDGET) > 0)
			;
		pthread_mutex_unlock(&engine->lock);
		(void)eventfd_read(fleet->kick_fd, &kicks);
	}
	return NULL;
}

/* A store that traps; returns nanoseconds until the command is done. */
static double send_by_trap(struct engine *engine, uint32_t queue)
{
	struct fleet *fleet = engine->fleet;
	_Atomic uint32_t *cons = fleet_word(fleet, queue, CMDQV_REG_VCMDQ_CONS);
	uint32_t index =
		(atomic_load(fleet_word(fleet, queue, CMDQV_REG_VCMDQ_PROD)) + 1) & FLEET_WRAP_MASK;
	uint64_t offset = CMDQV_VINTF_PAGE0 + CMDQV_REG_VCMDQ_PROD +
			  (uint64_t)(queue % FLEET_QUEUES_PER_VM) * CMDQV_VCMDQ_STRIDE;
	uint64_t start = bench_now_ns();

	pthread_mutex_lock(&engine->lock);
	dev_write(fleet->vms[queue / FLEET_QUEUES_PER_VM].dev, offset, sizeof(uint32_t), index);
	pthread_mutex_unlock(&engine->lock);
	while (atomic_load_explicit(cons, memory_order_acquire) != index)
		;
	return (double)(bench_now_ns() - start);
}

static void measure_resting(struct bench_report *report, struct fleet *fleet)
{
	uint32_t count = report->quick ? QUICK_FIRST_COMMANDS : FIRST_COMMANDS;
	struct engine engine = {.fleet = fleet};
	double samples[FIRST_COMMANDS];

	if (!bench_wanted(report, "engine/idle/resting/"))
		return;
	fleet->kick_fd = eventfd(0, EFD_CLOEXEC);
	pthread_mutex_init(&engine.lock, NULL);
	if (fleet->kick_fd < 0 || pthread_create(&engine.thread, NULL, run_resting, &engine)) {
		report->complaint = "engine: no thread";
		return;
	}
	measure_cpu(report, &engine, "engine/idle/resting/cpu");
	for (uint32_t i = 0; i < count; i++) {
		sleep_ns(SETTLE_NS);
		samples[i] = send_by_trap(&engine, i * 37 % fleet->queue_count);
	}
	bench_add(report, "engine/idle/resting/first-command", "ns", samples, count);
	atomic_store(&engine.stop, true);
	(void)eventfd_write(fleet->kick_fd, 1);
	pthread_join(engine.thread, NULL);
	pthread_mutex_destroy(&engine.lock);
	close(fleet->kick_fd);
	fleet->kick_fd = -1;
}

static void measure_look(struct bench_report *report, const struct fleet *fleet)
{
	uint32_t count = report->quick ? QUICK_LOOK_SAMPLES : LOOK_SAMPLES;
	double samples[LOOK_SAMPLES];
	bool found = false;

	if (!bench_wanted(report, "engine/idle/look"))
		return;
	for (uint32_t i = 0; i < CMDQV_MODEL_LOOKS; i++) /* from there on each looks at all */
		found |= cmdqv_soft_host_pending(fleet->host);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t start;

		sleep_ns(LOOK_SLEEP_NS);
		start = bench_now_ns();
		found |= cmdqv_soft_host_pending(fleet->host);
		samples[i] = (double)(bench_now_ns() - start);
	}
	if (found)
		report->complaint = "engine: idle queues have work";
	bench_add(report, "engine/idle/look", "ns", samples, count);
}

const uint32_t bench_intervals_us[BENCH_INTERVALS] = {100, 250, 500, 1000, 2000};

static void measure_waiting(struct bench_report *report)
{
	struct fleet fleet;

	if (!bench_wanted(report, "engine/idle/"))
		return;
	if (!fleet_open(&fleet, FLEET_MAX_VMS * FLEET_QUEUES_PER_VM, NULL)) {
		report->complaint = "engine: " BENCH_NO_HOST;
		return;
	}
	for (uint32_t q = 0; q < fleet.queue_count; q++)
		fill_with_syncs(&fleet, q);
	for (size_t i = 0; i < BENCH_INTERVALS; i++) {
		measure_sleeper(report, &fleet, bench_intervals_us[i]);
		measure_sleep_only(report, &fleet, bench_intervals_us[i]);
	}
	measure_look(report, &fleet);
	measure_resting(report, &fleet);
	fleet_close(&fleet);
}

void bench_latency(struct bench_report *report)
{
	if (bench_cpus() < 2)
		return;
	measure_latency(report, "engine/prod-to-cons", 1);
	measure_latency(report, "engine/prod-to-cons/idle125", FLEET_MAX_VMS * FLEET_QUEUES_PER_VM);
	measure_waiting(report);
}
