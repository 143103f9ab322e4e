/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios with vCPUs and an engine in threads of their own; meant for ThreadSanitizer as
 * much as for the results. Everything is bounded by counts.
 */
#include <stdlib.h>
#include <string.h>
#include <sched.h>

#include "../test.h"
#include "vm.h"

enum {
	LOG2 = 4,
	WRAP = 2 * (1 << LOG2) - 1,
	CONS = 0x00,
	PROD = 0x04,
	CONFIG = 0x08,
};

/* ---- the engine's thread, as a VMM has one ---- */

struct engine {
	struct host *host;
	_Atomic bool stop;
	pthread_t thread;
};

static void *engine_main(void *context)
{
	struct engine *engine = context;

	while (!atomic_load(&engine->stop)) {
		if (!host_pending(engine->host)) {
			sched_yield();
			continue;
		}
		pthread_mutex_lock(&engine->host->lock);
		host_run(engine->host, 64);
		pthread_mutex_unlock(&engine->host->lock);
	}
	return NULL;
}

static void engine_start(struct engine *engine, struct host *host)
{
	*engine = (struct engine){.host = host};
	assert_int_equal(pthread_create(&engine->thread, NULL, engine_main, engine), 0);
}

static void engine_stop(struct engine *engine)
{
	atomic_store(&engine->stop, true);
	pthread_join(engine->thread, NULL);
}

/* ---- a vCPU that sends numbered commands, each once ---- */

struct sender {
	struct vm *vm;
	uint32_t queue;
	uint64_t commands; /* to send; 0: until told to stop */
	_Atomic bool stop;
	uint64_t sent;
	bool late; /* gave up waiting */
	uint32_t vintf;
	_Atomic uint64_t executed; /* in order: the number that comes next */
	_Atomic bool out_of_order;
};

/* The SMMU: the address of a TLBI is its number, so loss, repetition and disorder show. */
static void check_order(void *context, const struct cmdqv_command *command)
{
	struct sender *sender = context;

	if (command->opcode != 0x12 || command->vintf != sender->vintf)
		return;
	if (command->address >> 12 != atomic_load(&sender->executed))
		atomic_store(&sender->out_of_order, true);
	atomic_fetch_add(&sender->executed, 1);
}

static bool wait_for_cons(struct sender *sender, uint32_t index)
{
	for (uint32_t looks = 0; looks < 20000000; looks++) {
		if (vcpu_read(sender->vm, sender->queue, CONS) == index)
			return true;
		sched_yield();
	}
	sender->late = true;
	return false;
}

static bool is_done(struct sender *sender)
{
	return sender->commands ? sender->sent == sender->commands : atomic_load(&sender->stop);
}

static void *sender_main(void *context)
{
	struct sender *sender = context;
	uint32_t index = 0;

	for (sender->sent = 0; !is_done(sender); sender->sent++) {
		uint64_t word1;
		uint64_t word0 = vm_tlbi(sender->sent << 12, &word1);

		vm_put(sender->vm, sender->queue, LOG2, index, word0, word1);
		index = (index + 1) & WRAP;
		vcpu_write(sender->vm, sender->queue, PROD, index);
		vcpu_write(sender->vm, sender->queue, CONFIG, 1);
		if (sender->sent % 8 == 7 && !wait_for_cons(sender, index))
			break;
	}
	wait_for_cons(sender, index);
	return NULL;
}

/* `rebound` goes and comes ten thousand times while a vCPU sends through `sending`. */
static void rebind_while_sending(uint32_t rebound, uint32_t sending)
{
	struct engine engine;
	struct host host;
	struct vm vm;
	struct sender sender = {.vm = &vm, .queue = sending};
	pthread_t thread;

	host_open(&host, 2, 1);
	host.executed = check_order;
	host.context = &sender;
	vm_open(&vm, &host, 0);
	sender.vintf = vm.client.vintf;
	vm_bring_up(&vm, LOG2);
	engine_start(&engine, &host);
	assert_int_equal(pthread_create(&thread, NULL, sender_main, &sender), 0);
	/* On a machine with other work ten thousand are over before a thread has started. */
	while (atomic_load(&sender.executed) == 0)
		sched_yield();
	for (uint32_t i = 0; i < 10000; i++) {
		vm_allocate(&vm, rebound, false);
		vm_allocate(&vm, rebound, true);
		if (i % 64 == 0)
			sched_yield();
	}
	atomic_store(&sender.stop, true);
	pthread_join(thread, NULL);
	engine_stop(&engine);
	assert_false(sender.late);
	assert_false(sender.out_of_order);
	assert_true(sender.sent > 0);
	assert_int_equal(sender.executed, sender.sent);
	vm_close(&vm);
	host_close(&host);
}

/*
 * [DEV-9] [DEV-18] [DEV-15] [HW-12] [HW-16] Queue 0 takes queue 1 with it each time; queue
 * 1's vCPU never notices.
 */
TEST(ten_thousand_rebinds_of_the_neighbour_lose_no_command)
{
	rebind_while_sending(0, 1);
}

/* [DEV-9] [DEV-18] From above: queue 0 only loses the page for a while. */
TEST(ten_thousand_rebinds_above_lose_no_command)
{
	rebind_while_sending(1, 0);
}

/* ---- a page that rests ---- */

enum { RESTS = 10000, VCPUS = 2, SID_MATCH = 0x1040 };

struct resting {
	struct vm *vm;
	struct sender senders[VCPUS];
	_Atomic bool stop;
	_Atomic uint32_t rests;
	bool overlooked; /* a store of before the withdrawal */
};

static void check_order_of_both(void *context, const struct cmdqv_command *command)
{
	struct resting *resting = context;

	check_order(&resting->senders[command->queue % VCPUS], command);
}

static void run_all(struct host *host)
{
	while (host_run(host, 64) > 0)
		;
}

/* Has an access rung or mapped the page? While none has, there must be nothing to see. */
static bool is_woken(struct resting *resting)
{
	struct vm *vm = resting->vm;
	bool woken;

	pthread_mutex_lock(&vm->host->lock);
	woken = vm->page || atomic_load(&vm->host->kicked);
	resting->overlooked = resting->overlooked || (!woken && host_pending(vm->host));
	pthread_mutex_unlock(&vm->host->lock);
	return woken;
}

/*
 * An engine that withdraws the page whenever it has executed all it found, and then looks once
 * more. Most times another write brings the page back at once, so that stores come at every moment
 * of both; each 64th time it is one of the senders' that must wake it.
 */
static void *resting_main(void *context)
{
	struct resting *resting = context;
	struct vm *vm = resting->vm;

	for (uint32_t turn = 0; !atomic_load(&resting->stop); turn++) {
		bool rests = atomic_load(&resting->rests) < RESTS;

		pthread_mutex_lock(&vm->host->lock);
		run_all(vm->host);
		pthread_mutex_unlock(&vm->host->lock);
		sched_yield(); /* as one that looks without the lock */
		pthread_mutex_lock(&vm->host->lock);
		atomic_store(&vm->host->kicked, false);
		if (rests && cmdqv_page0_withdraw(vm->dev) == 1) {
			atomic_fetch_add(&resting->rests, 1);
			run_all(vm->host);
		}
		pthread_mutex_unlock(&vm->host->lock);
		while (!is_woken(resting) && turn % 64 == 0 && !resting->overlooked)
			sched_yield();
		if (rests)
			vm_write(vm, SID_MATCH, 4, turn);
		else
			sched_yield();
	}
	return NULL;
}

/* [DEV-36] [DEV-21] [HW-11] */
TEST(ten_thousand_rests_of_the_page_lose_no_command_of_two_vcpus)
{
	struct host host;
	struct vm vm;
	struct resting resting = {.vm = &vm};
	pthread_t engine, vcpus[VCPUS];

	host_open(&host, VCPUS, 1);
	host.executed = check_order_of_both;
	host.context = &resting;
	vm_open(&vm, &host, 0);
	vm_bring_up(&vm, LOG2);
	for (uint32_t i = 0; i < VCPUS; i++)
		resting.senders[i] =
			(struct sender){.vm = &vm, .queue = i, .vintf = vm.client.vintf};
	assert_int_equal(pthread_create(&engine, NULL, resting_main, &resting), 0);
	for (uint32_t i = 0; i < VCPUS; i++) {
		assert_int_equal(pthread_create(&vcpus[i], NULL, sender_main, &resting.senders[i]),
				 0);
	}
	while (atomic_load(&resting.rests) < RESTS)
		sched_yield();
	for (uint32_t i = 0; i < VCPUS; i++)
		atomic_store(&resting.senders[i].stop, true);
	for (uint32_t i = 0; i < VCPUS; i++)
		pthread_join(vcpus[i], NULL);
	atomic_store(&resting.stop, true);
	pthread_join(engine, NULL);
	assert_false(resting.overlooked);
	for (uint32_t i = 0; i < VCPUS; i++) {
		assert_false(resting.senders[i].late);
		assert_false(resting.senders[i].out_of_order);
		assert_true(resting.senders[i].sent > 0);
		assert_int_equal(resting.senders[i].executed, resting.senders[i].sent);
	}
	vm_close(&vm);
	host_close(&host);
}

/* ---- a hostile VM ---- */

struct scribbler {
	struct vm *vm;
	uint32_t words; /* to write */
};

/* Random words all over the page, while it is mapped and through the traps while not. */
static void *scribble(void *context)
{
	struct scribbler *scribbler = context;
	uint64_t seed = 0x9E3779B97F4A7C15ULL;

	for (uint32_t i = 0; i < scribbler->words; i++) {
		uint64_t random = test_random(&seed);
		uint32_t reg = (uint32_t)(random >> 8) % 8 * 4;
		uint32_t queue = (uint32_t)(random >> 16) % 4;

		if (i % 16 == 0) /* anywhere in the page, queues that do not exist included */
			vcpu_write(scribbler->vm, (uint32_t)(random >> 20) % 512, reg,
				   (uint32_t)(random >> 32));
		else
			vcpu_write(scribbler->vm, queue, reg, (uint32_t)(random >> 32) % 64);
	}
	return NULL;
}

/* Random accesses to the trapped pages: enables, allocations, bases, wherever. */
static void *poke(void *context)
{
	struct scribbler *scribbler = context;
	static const uint64_t places[] = {0x0,	   0x1C,    0x200,   0x204,   0x208,
					  0x20C,   0x1000,  0x1040,  0x1080,  0x10008,
					  0x10084, 0x20000, 0x20080, 0x30008, 0x30094,
					  0x40000, 0x40080, 0x40100, 0x4018C, 0x4FFFC};
	uint64_t seed = 0xD1B54A32D192ED03ULL;

	for (uint32_t i = 0; i < scribbler->words; i++) {
		uint64_t random = test_random(&seed);
		uint64_t place = places[random % COUNT(places)];
		uint64_t value = random >> 16;

		if ((random & 0x3000) == 0)
			place = (random >> 20) % 0x50100;
		if (place >= 0x40000 && (random & 0x4000))
			value = (VM_RINGS + (random >> 20) % 16 * 0x1000) | (random >> 30) % 13;
		if (place < 0x200 || place == 0x1000)
			value |= 1 - (random >> 40) % 8 / 7; /* mostly enabled */
		if (place >= 0x200 && place < 0x210)
			value = (place - 0x200) / 4 << 1 | (random >> 40) % 2;
		if (random & 0x8000)
			vm_write(scribbler->vm, place & ~7ULL, 8, value);
		else
			vm_write(scribbler->vm, place, 4, value);
		if (i % 32 == 0)
			vm_events(scribbler->vm);
	}
	return NULL;
}

/*
 * [DEV-22] [DEV-27] [HW-2] [HW-22] Two threads of one VM write what they like where they
 * like; another VM's queue on the same host stays exact.
 */
TEST(a_scribbling_vm_harms_no_other_vm)
{
	struct engine engine;
	struct host host;
	struct vm hostile;
	struct vm honest;
	struct sender sender = {.vm = &honest, .queue = 1, .commands = 20000};
	struct scribbler scribbler = {.vm = &hostile, .words = 100000};
	struct scribbler poker = {.vm = &hostile, .words = 20000};
	pthread_t threads[3];

	host_open(&host, 4, 2);
	host.executed = check_order;
	host.context = &sender;
	vm_open(&hostile, &host, 0);
	vm_open(&honest, &host, 0);
	sender.vintf = honest.client.vintf;
	vm_bring_up(&hostile, LOG2);
	vm_bring_up(&honest, LOG2);
	engine_start(&engine, &host);
	assert_int_equal(pthread_create(&threads[0], NULL, sender_main, &sender), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, scribble, &scribbler), 0);
	assert_int_equal(pthread_create(&threads[2], NULL, poke, &poker), 0);
	for (size_t i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	engine_stop(&engine);
	assert_false(sender.late);
	assert_false(sender.out_of_order);
	assert_int_equal(sender.executed, sender.commands);
	assert_int_equal(honest.interrupts, 0);
	assert_true(hostile.logs < 400); /* thinned out [DEV-27] */
	pthread_mutex_lock(&host.lock);
	assert_int_equal(cmdqv_reset(hostile.dev), 0);
	pthread_mutex_unlock(&host.lock);
	vm_bring_up(&hostile, LOG2);
	vm_close(&hostile);
	vm_close(&honest);
	host_close(&host);
}
