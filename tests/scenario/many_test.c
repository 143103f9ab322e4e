/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many VMs on one model, as on a Grace: 64 VINTFs of which one is the host's, two queues
 * each, and one SMMU behind all of them [HW-22].
 *
 * Honest VMs map, let a DMA device copy, unmap, invalidate, and look what the device
 * reaches. Beside them hostile ones write what they like where they like. To be as close
 * to each other as they can, all VMs have the same ASID, the same IOVAs and the same
 * virtual StreamID. What sets them apart is what the hardware adds: VMID and StreamID.
 *
 * Every VM has two entries in the SMMU that are stale on purpose: mapped elsewhere since,
 * and never invalidated. They stand as long as no other VM can invalidate them.
 *
 * Progress is counted in turns of the engine, everything is bounded by counts, and the
 * seeds are fixed. SOAK_SECONDS=N of the environment: the last test, which adds faults of the
 * hardware, an erratum, VMs that move and calls that fail, goes on for so long (`make soak`).
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmdqv/model/dma.h>
#include <cmdqv/model/smmu.h>
#include <cmdqv/saved.h>

#include "../test.h"
#include "vm.h"

enum {
	VMS = 63,
	LOG2 = 6,
	WRAP = 2 * (1 << LOG2) - 1,
	BUDGET = 64, /* commands of a turn */
	STREAMS_LOG2 = 9,
	FIRST_SID = HOST_FIRST_SID, /* VM n has FIRST_SID + n, */
	VSID = 1,		    /*   and calls it so */
	ASID = 7,

	CONS = 0x00,
	PROD = 0x04,
	CONFIG = 0x08,
	GERROR = 0x10,
	GERRORN = 0x14,
};

/*
 * When a command is executed at the latest: a queue is found within 2048 commands of
 * others, and then has its turn after one of 64 commands of each of the other 125.
 */
#define MOST_TURNS (2048 / BUDGET + 126 + 2)

/* Memory of a VM behind its rings. */
enum {
	CONTEXT = 0x100000,
	TABLE1 = 0x101000,
	TABLE2 = 0x102000,
	TABLE3 = 0x103000,
	PAGES = 0x110000,
};

/* IOVAs, one page each, and what they are for. */
#define IOVA(slot) (0x4012345000ULL + (uint64_t)(slot)*0x1000)
enum { SLOT_SOURCE, SLOT_DESTINATION, SLOT_STALE, SLOT_STALE_ATS };

/* Pages of a VM. */
enum { PAGE_SOURCE, PAGE_SOURCE_TOO, PAGE_DESTINATION, PAGE_BEFORE, PAGE_AFTER };

enum { COPY_BYTES = 64, COPY_WORDS = COPY_BYTES / 8 };

/* Of hostile VMs, executed at least in each round of an honest one: 17 rings full. */
enum { COMMANDS = 1100 };

#define PHYSICAL(vm, gpa) (((uint64_t)(vm) + 1) << 32 | (gpa))

struct crowd {
	struct host host;
	struct cmdqv_smmu *smmu;
	_Alignas(64) uint64_t streams[1 << STREAMS_LOG2][8];
	struct vm vms[VMS];
	struct cmdqv_dma *devices[VMS];
	uint32_t vm_of_vintf[VMS + 1];
	uint32_t vm_of_vmid[1 << 16]; /* one more than the number; 0: none */
	uint32_t honest;	      /* the first ones; the others are hostile */
	uint32_t rounds;	      /* of each honest one */
	uint32_t repeats; /* batches that are sent for an invalidation: 2 by an erratum */
	bool moves;	  /* VMs are saved and restored, hostile ones' hardware fails */

	/* Under the lock. */
	uint64_t turns;		   /* of the engine */
	uint64_t synced_turn[VMS]; /* when the last CMD_SYNC was executed */
	uint64_t foreign;	   /* commands that carry another VM's VMID or StreamID */
	uint64_t not_for_guests;   /* commands that no guest may send */
	uint64_t most_turns;	   /* that an honest one waited */
	uint64_t moved;		   /* VMs, so often */

	_Atomic uint64_t hostile_commands; /* that were executed */
	_Atomic uint64_t faults;	   /* that were ordered of the hardware */
	_Atomic uint32_t wrong;		   /* what honest ones found */
	_Atomic uint32_t late;
	_Atomic bool stop_engine;
	_Atomic bool stop_hostile;
};

/* ---- the SMMU and what it asks for ---- */

static int stage2(void *user, uint16_t vmid, uint64_t ipa, struct cmdqv_smmu_span *span)
{
	const struct crowd *crowd = user;
	uint32_t vm = crowd->vm_of_vmid[vmid];

	if (!vm || ipa >= VM_RAM_BYTES)
		return -EFAULT;
	*span = (struct cmdqv_smmu_span){
		.bytes = VM_RAM_BYTES, .physical = PHYSICAL(vm - 1, 0), .writable = true};
	return 0;
}

static void *memory(void *user, uint64_t physical, uint64_t bytes, bool write)
{
	struct crowd *crowd = user;
	uint64_t vm = physical >> 32;
	uint64_t offset = physical & UINT32_MAX;

	if (vm == 0)
		return write || offset + bytes > sizeof(crowd->streams)
			       ? NULL
			       : (char *)crowd->streams + offset;
	if (vm > VMS || offset + bytes > VM_RAM_BYTES)
		return NULL;
	return crowd->vms[vm - 1].ram + offset;
}

/* What leaves the engine: is it the sender's own? */
static void executed(void *context, const struct cmdqv_command *command)
{
	struct crowd *crowd = context;
	uint32_t number = crowd->vm_of_vintf[command->vintf];
	uint16_t vmid;

	if (command->queue == CMDQV_SMMU_QUEUE) { /* the host frees a VMID [HW-24] */
		assert_int_equal(cmdqv_smmu_execute(crowd->smmu, command), 0);
		return;
	}
	vmid = crowd->vms[number].client.vmid;
	switch (command->opcode) {
	case 0x11:
	case 0x12:
		crowd->foreign += command->vmid != vmid;
		break;
	case 0x40:
		crowd->foreign += command->sid != FIRST_SID + number;
		break;
	case 0x46:
		crowd->synced_turn[number] = crowd->turns;
		break;
	default:
		crowd->not_for_guests++;
	}
	if (number >= crowd->honest)
		atomic_fetch_add(&crowd->hostile_commands, 1);
	assert_int_equal(cmdqv_smmu_execute(crowd->smmu, command), 0);
}

/* ---- memory of a VM ---- */

static _Atomic uint64_t *word_at(struct vm *vm, uint64_t gpa)
{
	return (_Atomic uint64_t *)(void *)(vm->ram + gpa);
}

static void put(struct vm *vm, uint64_t gpa, uint64_t value)
{
	atomic_store_explicit(word_at(vm, gpa), value, memory_order_relaxed);
}

static uint64_t get(struct vm *vm, uint64_t gpa)
{
	return atomic_load_explicit(word_at(vm, gpa), memory_order_relaxed);
}

static uint64_t page_gpa(uint32_t page)
{
	return PAGES + (uint64_t)page * 0x1000;
}

/* A level 3 descriptor: valid page, EL0, AF, nG. */
static void map_iova(struct vm *vm, uint32_t slot, uint32_t page)
{
	put(vm, TABLE3 + (IOVA(slot) >> 12 & 511) * 8, page_gpa(page) | 0xc43);
}

static void unmap_iova(struct vm *vm, uint32_t slot)
{
	put(vm, TABLE3 + (IOVA(slot) >> 12 & 511) * 8, 0);
}

/* 39 bits, 4 KiB, IPS 48 bits, AA64, R, A. */
static void make_tables(struct crowd *crowd, uint32_t number)
{
	struct vm *vm = &crowd->vms[number];
	uint64_t *ste = crowd->streams[FIRST_SID + number];

	put(vm, CONTEXT,
	    25 | 1ULL << 31 | 5ULL << 32 | 1ULL << 41 | 3ULL << 45 | (uint64_t)ASID << 48);
	put(vm, CONTEXT + 8, TABLE1);
	put(vm, TABLE1 + (IOVA(0) >> 30 & 511) * 8, TABLE2 | 3);
	put(vm, TABLE2 + (IOVA(0) >> 21 & 511) * 8, TABLE3 | 3);
	ste[0] = 0xf | CONTEXT;
	ste[1] = 1ULL << 28; /* ATS */
	ste[2] = 1ULL << 51 | 1ULL << 58 | vm->client.vmid;
}

/* Which page of the VM the device reaches at an IOVA, or -1. Under the lock. */
static int page_reached(struct crowd *crowd, uint32_t number, uint32_t slot, bool ats)
{
	const struct cmdqv_smmu_access access = {
		.address = IOVA(slot), .sid = FIRST_SID + number, .ats = ats};
	struct cmdqv_smmu_translation translation;

	if (cmdqv_smmu_translate(crowd->smmu, &access, &translation))
		return -1;
	assert_int_equal(translation.physical >> 32, number + 1);
	return (int)(((translation.physical & UINT32_MAX) - PAGES) >> 12);
}

/* ---- honest VMs ---- */

struct honest {
	struct crowd *crowd;
	uint32_t first; /* VMs first, first + step ... */
	uint32_t step;
};

static uint64_t data_of(uint32_t number, uint32_t round, uint32_t i)
{
	return ((uint64_t)number << 40 | (uint64_t)round << 16 | i) * 0x9E3779B97F4A7C15ULL;
}

static void expect(struct crowd *crowd, bool good)
{
	if (!good)
		atomic_fetch_add(&crowd->wrong, 1);
}

/* The device copies from one IOVA to the other, in steps with the lock. */
static bool copy(struct crowd *crowd, uint32_t number)
{
	const struct cmdqv_dma_job job = {
		.size = sizeof(job),
		.operation = CMDQV_DMA_COPY,
		.source = IOVA(SLOT_SOURCE),
		.destination = IOVA(SLOT_DESTINATION),
		.bytes = COPY_BYTES,
	};
	struct cmdqv_dma_state state = {.size = sizeof(state)};
	bool begun;

	pthread_mutex_lock(&crowd->host.lock);
	begun = cmdqv_dma_start(crowd->devices[number], &job) == 0;
	pthread_mutex_unlock(&crowd->host.lock);
	do {
		pthread_mutex_lock(&crowd->host.lock);
		cmdqv_dma_step(crowd->devices[number], COPY_BYTES / 2);
		cmdqv_dma_get_state(crowd->devices[number], &state);
		pthread_mutex_unlock(&crowd->host.lock);
	} while (begun && state.status == CMDQV_DMA_RUNNING);
	return state.status == CMDQV_DMA_DONE;
}

static bool data_are_right(struct vm *vm, uint32_t number, uint32_t round)
{
	for (uint32_t i = 0; i < COPY_WORDS; i++)
		if (get(vm, page_gpa(PAGE_DESTINATION) + 8ULL * i) != data_of(number, round, i))
			return false;
	return true;
}

static bool wait_for_cons(struct crowd *crowd, struct vm *vm, uint32_t queue, uint32_t index)
{
	for (uint32_t looks = 0; looks < 20000000; looks++) {
		if (vcpu_read(vm, queue, CONS) == index)
			return true;
		sched_yield();
	}
	atomic_fetch_add(&crowd->late, 1);
	return false;
}

/* TLBI_NH_VA, ATC_INV of a page, CMD_SYNC; stored when the engine stands, so turns count. */
static void send_batch(struct crowd *crowd, uint32_t number, uint32_t queue, uint32_t slot,
		       uint32_t index)
{
	struct vm *vm = &crowd->vms[number];
	uint32_t prod = (index + 3) & WRAP;
	uint64_t begin;

	vm_put(vm, queue, LOG2, index, 0x12 | (uint64_t)ASID << 48, IOVA(slot) | 1);
	vm_put(vm, queue, LOG2, index + 1, 0x40 | (uint64_t)VSID << 32, IOVA(slot));
	vm_put(vm, queue, LOG2, index + 2, 0x46, 0);
	pthread_mutex_lock(&crowd->host.lock);
	begin = crowd->turns;
	vcpu_write(vm, queue, PROD, prod);
	pthread_mutex_unlock(&crowd->host.lock);
	if (!wait_for_cons(crowd, vm, queue, prod))
		return;
	pthread_mutex_lock(&crowd->host.lock);
	if (crowd->synced_turn[number] - begin > crowd->most_turns)
		crowd->most_turns = crowd->synced_turn[number] - begin;
	pthread_mutex_unlock(&crowd->host.lock);
}

/* Batch `batch` of the queue, or two of them. */
static void invalidate(struct crowd *crowd, uint32_t number, uint32_t queue, uint32_t slot,
		       uint32_t batch)
{
	for (uint32_t i = 0; i < crowd->repeats; i++)
		send_batch(crowd, number, queue, slot, (batch * crowd->repeats + i) * 3 & WRAP);
}

static bool reaches(struct crowd *crowd, uint32_t number, uint32_t slot, bool ats, int page)
{
	int found;

	pthread_mutex_lock(&crowd->host.lock);
	found = page_reached(crowd, number, slot, ats);
	pthread_mutex_unlock(&crowd->host.lock);
	return found == page;
}

/* The page that was the source becomes another's, which must not come to the device. */
static void do_round(struct crowd *crowd, uint32_t number, uint32_t round)
{
	struct vm *vm = &crowd->vms[number];
	uint32_t page = PAGE_SOURCE + round % 2;
	bool ats = number % 2;

	for (uint32_t i = 0; i < COPY_WORDS; i++)
		put(vm, page_gpa(page) + 8ULL * i, data_of(number, round, i));
	map_iova(vm, SLOT_SOURCE, page);
	expect(crowd, copy(crowd, number));
	expect(crowd, data_are_right(vm, number, round));
	expect(crowd, reaches(crowd, number, SLOT_SOURCE, ats, (int)page));
	unmap_iova(vm, SLOT_SOURCE);
	/* What is cached counts until it is invalidated, so the next line can fail. */
	expect(crowd, reaches(crowd, number, SLOT_SOURCE, ats, (int)page));
	invalidate(crowd, number, round % 2, SLOT_SOURCE, round / 2);
	expect(crowd, reaches(crowd, number, SLOT_SOURCE, ats, -1));
	for (uint32_t i = 0; i < COPY_WORDS; i++)
		put(vm, page_gpa(page) + 8ULL * i, ~0ULL);
}

/* The VM is saved, and comes back where it was. Returns what restoring did. */
static int move(struct crowd *crowd, struct vm *vm)
{
	uint8_t saved[8192];
	size_t bytes = sizeof(saved);
	int err;

	pthread_mutex_lock(&crowd->host.lock);
	assert_int_equal(cmdqv_save(vm->dev, saved, &bytes, NULL), 0);
	assert_int_equal(cmdqv_reset(vm->dev), 0);
	err = cmdqv_restore(vm->dev, saved, bytes, NULL);
	crowd->moved++;
	pthread_mutex_unlock(&crowd->host.lock);
	return err;
}

/* On a busy machine all rounds could be over before a hostile thread has begun. */
static void let_hostile_act(struct crowd *crowd, uint32_t round)
{
	const _Atomic uint64_t *acted = crowd->moves ? &crowd->faults : &crowd->hostile_commands;
	uint64_t wanted = (round + 1ULL) * (crowd->moves ? 1 : COMMANDS);

	while (crowd->honest < VMS && atomic_load(acted) < wanted)
		sched_yield();
}

static void *honest_main(void *context)
{
	const struct honest *honest = context;
	struct crowd *crowd = honest->crowd;

	for (uint32_t round = 0; round < crowd->rounds && !atomic_load(&crowd->late); round++) {
		let_hostile_act(crowd, round);
		for (uint32_t n = honest->first; n < crowd->honest; n += honest->step) {
			do_round(crowd, n, round);
			if (crowd->moves && (n + round) % 5 == 0)
				expect(crowd, move(crowd, &crowd->vms[n]) == 0);
		}
	}
	return NULL;
}

/* Makes two entries stale that no VM uses. */
static void leave_stale(struct crowd *crowd, uint32_t number)
{
	struct vm *vm = &crowd->vms[number];

	map_iova(vm, SLOT_DESTINATION, PAGE_DESTINATION);
	map_iova(vm, SLOT_STALE, PAGE_BEFORE);
	map_iova(vm, SLOT_STALE_ATS, PAGE_BEFORE);
	assert_true(reaches(crowd, number, SLOT_STALE, false, PAGE_BEFORE));
	assert_true(reaches(crowd, number, SLOT_STALE_ATS, true, PAGE_BEFORE));
	map_iova(vm, SLOT_STALE, PAGE_AFTER);
	map_iova(vm, SLOT_STALE_ATS, PAGE_AFTER);
}

/* They are stale still, until the VM itself says otherwise. */
static void check_stale(struct crowd *crowd, uint32_t number)
{
	uint32_t next = (crowd->rounds + 1) / 2; /* of queue 0 */

	assert_true(reaches(crowd, number, SLOT_STALE, false, PAGE_BEFORE));
	assert_true(reaches(crowd, number, SLOT_STALE_ATS, true, PAGE_BEFORE));
	invalidate(crowd, number, 0, SLOT_STALE, next);
	invalidate(crowd, number, 0, SLOT_STALE_ATS, next + 1);
	assert_true(reaches(crowd, number, SLOT_STALE, false, PAGE_AFTER));
	assert_true(reaches(crowd, number, SLOT_STALE_ATS, true, PAGE_AFTER));
}

/* ---- hostile VMs ---- */

struct hostile {
	struct crowd *crowd;
	uint32_t first;
	uint32_t step;
	uint64_t seed;
	uint64_t actions;
};

/* What would hurt others if the hardware let it: their VMID, their StreamID, any opcode. */
static void put_hostile_command(struct vm *vm, uint32_t queue, uint32_t index, uint64_t random)
{
	static const uint8_t opcodes[] = {0x11, 0x12, 0x12, 0x40, 0x11, 0x12, 0x46, 0x12,
					  0x11, 0x12, 0x40, 0x12, 0x11, 0x46, 0x12, 0x30};
	uint64_t opcode = opcodes[random % 16];
	uint64_t word0 = opcode | (uint64_t)ASID << 48 | (random >> 8 & 63) << 32;
	uint64_t word1 = IOVA(random >> 16 & 3) | 1;

	if (opcode == 0x40) {
		word0 = opcode | (random >> 24 & 1 ? VSID : FIRST_SID + (random >> 8 & 63)) << 32;
		word1 = 52; /* everything */
	}
	if ((random >> 32 & 0xff) == 0) {
		word0 = random * 0x2545F4914F6CDD1DULL;
		word1 = random;
	}
	vm_put(vm, queue, LOG2, index, word0, word1);
}

/* A ring full of it. */
static void flood(struct vm *vm, uint64_t *seed)
{
	uint64_t random = test_random(seed);
	uint32_t queue = random & 1;
	uint32_t cons = vcpu_read(vm, queue, CONS) & WRAP;

	for (uint32_t i = 0; i < 1 << LOG2; i++)
		put_hostile_command(vm, queue, i, test_random(seed));
	vcpu_write(vm, queue, PROD,
		   random & 0x700 ? (cons + (1 << LOG2)) & WRAP : (uint32_t)(random >> 32));
}

static void acknowledge(struct vm *vm)
{
	for (uint32_t queue = 0; queue < 2; queue++) {
		vcpu_write(vm, queue, GERRORN, vcpu_read(vm, queue, GERROR));
		vcpu_write(vm, queue, CONFIG, 1);
	}
	vm_events(vm);
}

static void scribble(struct vm *vm, uint64_t random)
{
	uint32_t slot = (uint32_t)(random >> 8) % (random & 0x10 ? 2 : 512);

	vcpu_write(vm, slot, (uint32_t)(random >> 20) % 8 * 4, (uint32_t)(random >> 32));
}

/* Every enable there is, off or on; or an access to anywhere at all. */
static void toggle(struct vm *vm, uint64_t random)
{
	uint32_t queue = (uint32_t)(random >> 8) & 1;
	bool on = random >> 16 & 3;

	switch (random >> 24 & 7) {
	case 0:
		vm_write(vm, 0x0, 4, on);
		break;
	case 1:
		vm_write(vm, 0x1000, 4, on | (random >> 32 & 0xffff) << 1);
		break;
	case 2:
		vm_allocate(vm, queue, on);
		break;
	case 3:
		vcpu_write(vm, queue, CONFIG, on);
		break;
	case 4:
		vm_write(vm, 0x1040 + (random >> 32 & 0x7f) / 4 * 4, 4, random >> 40);
		break;
	case 5:
		vm_write(vm, 0x40000 + queue * 0x80, 8,
			 (random >> 32 & 0x3f0000) | (random >> 40) % 9);
		break;
	default:
		vm_write(vm, (random >> 32) % 0x50010, random & 1 ? 4 : 8, random);
	}
}

/* Comes back to where it can do harm. */
static void recover(struct vm *vm)
{
	vm_write(vm, 0x0, 4, 1);
	vm_write(vm, 0x1000, 4, 1);
	for (uint32_t queue = 0; queue < 2; queue++) {
		vcpu_write(vm, queue, CONFIG, 0);
		vm_allocate(vm, queue, true);
		vm_start_queue(vm, queue, LOG2);
	}
	acknowledge(vm);
}

/* The hardware fails it, or a call of its VMM does, or it moves: whatever comes of it. */
static void suffer(struct crowd *crowd, struct vm *vm, uint64_t random)
{
	static const enum cmdqv_fault faults[] = {
		CMDQV_FAULT_REFUSE,	    CMDQV_FAULT_FETCH_ABORT,	CMDQV_FAULT_ATC_TIME_OUT,
		CMDQV_FAULT_DELAYED_ENABLE, CMDQV_FAULT_REFUSED_ENABLE, CMDQV_FAULT_LOST_INTERRUPT,
		CMDQV_FAULT_STALLED_ENGINE, CMDQV_FAULT_REPEAT};
	uint32_t queue = 2 * vm->client.vintf + (random >> 8 & 1);

	if (random % 4 == 0) {
		(void)move(crowd, vm);
		return;
	}
	pthread_mutex_lock(&crowd->host.lock);
	if (random % 4 == 1) {
		vm->fail_at = vm->calls + 1 + (uint32_t)(random >> 16) % 8;
	} else {
		assert_int_equal(cmdqv_model_inject(host_model(&crowd->host), queue,
						    faults[random >> 16 & 7],
						    1 + (uint32_t)(random >> 20) % 4),
				 0);
		atomic_fetch_add(&crowd->faults, 1);
	}
	pthread_mutex_unlock(&crowd->host.lock);
}

static void act(struct vm *vm, uint64_t *seed)
{
	uint64_t random = test_random(seed);

	switch (random % 16) {
	case 0:
	case 1:
		toggle(vm, random >> 4);
		break;
	case 2:
		recover(vm);
		break;
	case 3:
	case 4:
		scribble(vm, random >> 4);
		break;
	case 5:
	case 6:
	case 7:
		acknowledge(vm);
		break;
	default:
		flood(vm, seed);
	}
}

static void *hostile_main(void *context)
{
	struct hostile *hostile = context;
	struct crowd *crowd = hostile->crowd;

	while (!atomic_load(&crowd->stop_hostile))
		for (uint32_t n = crowd->honest + hostile->first; n < VMS; n += hostile->step) {
			act(&crowd->vms[n], &hostile->seed);
			if (crowd->moves && hostile->actions % 8 == 0)
				suffer(crowd, &crowd->vms[n], test_random(&hostile->seed) >> 4);
			hostile->actions++;
		}
	return NULL;
}

/* ---- the engine ---- */

static void *engine_main(void *context)
{
	struct crowd *crowd = context;

	while (!atomic_load(&crowd->stop_engine)) {
		if (!host_pending(&crowd->host)) {
			sched_yield();
			continue;
		}
		pthread_mutex_lock(&crowd->host.lock);
		crowd->turns++;
		host_run(&crowd->host, BUDGET);
		pthread_mutex_unlock(&crowd->host.lock);
	}
	return NULL;
}

/* ---- making and unmaking ---- */

static void open_vm(struct crowd *crowd, uint32_t number)
{
	const struct cmdqv_dma_config config = {
		.size = sizeof(config), .sid = FIRST_SID + number, .ats = number % 2};
	struct vm *vm = &crowd->vms[number];

	vm_open(vm, &crowd->host, 0);
	assert_int_equal(vm->num_queues, 2);
	crowd->vm_of_vintf[vm->client.vintf] = number;
	crowd->vm_of_vmid[vm->client.vmid] = number + 1;
	make_tables(crowd, number);
	client_add_device(&vm->client, (cmdqv_vsid_t){VSID});
	assert_int_equal(cmdqv_dma_create(&crowd->devices[number], crowd->smmu, &config, NULL), 0);
	vm_bring_up(vm, LOG2);
	leave_stale(crowd, number);
}

static struct crowd *crowd_open(uint32_t honest, uint32_t rounds, uint32_t repeats)
{
	const struct cmdqv_smmu_config config = {.size = sizeof(config)};
	const struct cmdqv_smmu_ops ops = {.size = sizeof(ops), .stage2 = stage2, .memory = memory};
	struct crowd *crowd = aligned_alloc(_Alignof(struct crowd), sizeof(*crowd));

	assert_non_null(crowd);
	memset(crowd, 0, sizeof(*crowd));
	crowd->honest = honest;
	crowd->rounds = rounds;
	crowd->repeats = repeats;
	host_open(&crowd->host, 2, 6);
	crowd->host.executed = executed;
	crowd->host.context = crowd;
	assert_int_equal(cmdqv_smmu_create(&crowd->smmu, &config, &ops, crowd, NULL), 0);
	assert_int_equal(cmdqv_smmu_set_stream_table(crowd->smmu, 0, STREAMS_LOG2), 0);
	for (uint32_t number = 0; number < VMS; number++)
		open_vm(crowd, number);
	return crowd;
}

static void crowd_close(struct crowd *crowd)
{
	for (uint32_t number = 0; number < VMS; number++) {
		vm_close(&crowd->vms[number]);
		cmdqv_dma_destroy(crowd->devices[number]);
	}
	host_close(&crowd->host);
	cmdqv_smmu_destroy(crowd->smmu);
	free(crowd);
}

/* Lets all VMs go at once. */
static void crowd_run(struct crowd *crowd)
{
	struct honest honest[2] = {{crowd, 0, 2}, {crowd, 1, 2}};
	struct hostile hostile[2] = {{crowd, 0, 2, 0x9E3779B97F4A7C15ULL, 0},
				     {crowd, 1, 2, 0xD1B54A32D192ED03ULL, 0}};
	bool any_hostile = crowd->honest < VMS;
	pthread_t engine;
	pthread_t threads[4];

	assert_int_equal(pthread_create(&engine, NULL, engine_main, crowd), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, honest_main, &honest[i]), 0);
	for (size_t i = 0; any_hostile && i < 2; i++)
		assert_int_equal(pthread_create(&threads[2 + i], NULL, hostile_main, &hostile[i]),
				 0);
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	/* The hostile ones are still at it. */
	for (uint32_t number = 0; number < crowd->honest; number++)
		check_stale(crowd, number);
	atomic_store(&crowd->stop_hostile, true);
	for (size_t i = 0; any_hostile && i < 2; i++)
		pthread_join(threads[2 + i], NULL);
	atomic_store(&crowd->stop_engine, true);
	pthread_join(engine, NULL);
}

static void check_queues(struct crowd *crowd)
{
	struct cmdqv_model_state state = {.size = sizeof(state)};

	assert_int_equal(cmdqv_model_get_state(host_model(&crowd->host), &state), 0);
	assert_int_equal(state.num_vcmdqs, 128);
	assert_int_equal(state.num_vintfs, 64);
	assert_int_equal(state.order_violations, 0);
	for (uint32_t q = 0; q < 128; q++) {
		struct cmdqv_model_queue_state queue = {.size = sizeof(queue)};

		assert_int_equal(cmdqv_model_get_queue(host_model(&crowd->host), q, &queue), 0);
		if (!queue.mapped || queue.vintf == 0 ||
		    crowd->vm_of_vintf[queue.vintf] >= crowd->honest)
			continue;
		assert_true(queue.enabled);
		assert_int_equal(queue.errors, 0);
		/* Three commands a round, every other one; queue 0 had six more. */
		assert_int_equal(queue.commands,
				 crowd->repeats * (queue.lvcmdq ? crowd->rounds / 2 * 3
								: (crowd->rounds + 1) / 2 * 3 + 6));
	}
}

static void check_honest(struct crowd *crowd)
{
	assert_int_equal(crowd->late, 0);
	assert_int_equal(crowd->wrong, 0);
	assert_int_equal(crowd->foreign, 0);
	assert_int_equal(crowd->not_for_guests, 0);
	assert_in_range(crowd->most_turns, 0, MOST_TURNS);
	for (uint32_t number = 0; number < crowd->honest; number++) {
		assert_int_equal(crowd->vms[number].interrupts, 0);
		assert_int_equal(crowd->vms[number].logs, 0);
	}
	check_queues(crowd);
}

/* ---- tests ---- */

/* [HW-22] [HW-1] [HW-21] Grace: 64 VINTFs, 128 queues, 16 StreamIDs. */
TEST(the_64th_vm_finds_no_vintf_until_another_is_closed)
{
	struct client clients[VMS];
	struct cmdqv_mmio param = {.offset = 0x4, .size = 4};
	struct cmdqv_error error = {.text = ""};
	struct cmdqv_backend backend;
	struct client more;
	bool seen[VMS + 1] = {false};
	struct host host;

	host_open(&host, 2, 6);
	assert_int_equal(cmdqv_model_access(host_model(&host), &param), 0);
	assert_int_equal(param.value, 0x4671);
	for (uint32_t i = 0; i < VMS; i++) {
		assert_int_equal(client_open(&clients[i], &host, &backend, NULL), 0);
		assert_in_range(clients[i].vintf, 1, VMS);
		assert_false(seen[clients[i].vintf]);
		seen[clients[i].vintf] = true;
	}
	assert_int_equal(client_open(&more, &host, &backend, &error), -ENOSPC);
	assert_true(strlen(error.text) > 0);
	client_close(&clients[17]);
	assert_int_equal(client_open(&clients[17], &host, &backend, NULL), 0);
	assert_int_equal(client_open(&more, &host, &backend, NULL), -ENOSPC);
	for (uint32_t i = 0; i < VMS; i++)
		client_close(&clients[i]);
	host_close(&host);
}

/* [HW-22] [HW-12] [HW-18] [HW-19] 126 queues, all of them used, from two threads. */
TEST(sixty_three_honest_vms_are_exact)
{
	struct crowd *crowd = crowd_open(VMS, 41, 1);

	crowd_run(crowd);
	check_honest(crowd);
	crowd_close(crowd);
}

/*
 * [HW-22] [HW-2] [HW-13] [DEV-22] [DEV-27] A third of the VMs is hostile, all the time:
 * the others see, lose and wait for nothing.
 */
TEST(hostile_vms_harm_no_other_vm)
{
	struct crowd *crowd = crowd_open(42, 60, 1);

	crowd_run(crowd);
	check_honest(crowd);
	crowd_close(crowd);
}

/* An erratum of the whole hardware: an invalidation takes two batches [DEV-34]. */
static void want_repetition(struct crowd *crowd)
{
	for (uint32_t n = 0; n < crowd->honest; n++)
		for (uint32_t queue = 0; queue < 2; queue++)
			assert_int_equal(cmdqv_model_inject(host_model(&crowd->host),
							    2 * crowd->vms[n].client.vintf + queue,
							    CMDQV_FAULT_REPEAT, UINT32_MAX),
					 0);
}

/* One crowd after the other, each with other numbers of honest VMs, with the erratum or without. */
static void soak_once(uint64_t number, uint32_t rounds)
{
	uint64_t seed = number + 1;
	uint32_t repeats = 1 + number % 2;
	uint32_t honest = 20 + (uint32_t)(test_random(&seed) % 40);
	struct crowd *crowd = crowd_open(honest, rounds, repeats);

	crowd->moves = true;
	if (repeats > 1)
		want_repetition(crowd);
	crowd_run(crowd);
	assert_true(crowd->moved > honest);
	check_honest(crowd);
	for (uint32_t n = honest; n < VMS; n++)
		crowd->vms[n].fail_at = 0;
	crowd_close(crowd);
}

/*
 * [HW-22] [DEV-22] [DEV-27] [DEV-29] [DEV-31] [DEV-34] [HW-20] All of it at once, for as long as is
 * wanted: twice, without and with the erratum, in the suite.
 */
TEST(hostile_and_failing_vms_that_move_harm_no_other_vm)
{
	const char *wanted = getenv("SOAK_SECONDS");
	time_t end = time(NULL) + (wanted ? (time_t)strtoul(wanted, NULL, 10) : 0);
	uint64_t number = 0;

	do
		soak_once(number++, wanted ? 60 : 6);
	while (number < 2 || time(NULL) < end);
	print_message("%" PRIu64 " crowds of 63 VMs\n", number);
}

/* Hostile queues have a ring full again before each turn. */
static void keep_full(struct crowd *crowd)
{
	for (uint32_t n = crowd->honest; n < VMS; n++)
		for (uint32_t queue = 0; queue < 2; queue++) {
			struct vm *vm = &crowd->vms[n];
			uint32_t cons = vcpu_read(vm, queue, CONS);

			vcpu_write(vm, queue, PROD, (cons + (1 << LOG2)) & WRAP);
		}
}

static uint32_t turns_until_done(struct crowd *crowd, uint32_t queue, uint32_t index)
{
	struct vm *vm = &crowd->vms[0];
	uint32_t prod = (index + 1) & WRAP;

	vm_put(vm, queue, LOG2, index, 0x46, 0);
	vcpu_write(vm, queue, PROD, prod);
	for (uint32_t turns = 1; turns <= MOST_TURNS; turns++) {
		keep_full(crowd);
		pthread_mutex_lock(&crowd->host.lock);
		assert_int_equal(host_run(&crowd->host, BUDGET), BUDGET);
		pthread_mutex_unlock(&crowd->host.lock);
		if (vcpu_read(vm, queue, CONS) == prod)
			return turns;
	}
	return UINT32_MAX;
}

/*
 * [HW-10] [HW-22] 124 queues of hostile VMs are never empty; each command of the one
 * honest VM waits for a turn of each of them at most, and the longest for many.
 */
TEST(who_never_stops_keeps_no_other_vm_waiting_for_long)
{
	struct crowd *crowd = crowd_open(1, 0, 1);
	uint32_t longest = 0;

	for (uint32_t n = 1; n < VMS; n++)
		for (uint32_t i = 0; i < 2 << LOG2; i++)
			vm_put(&crowd->vms[n], i & 1, LOG2, i / 2,
			       0x12 | (uint64_t)ASID << 48 | (uint64_t)(n - 1) << 32,
			       IOVA(SLOT_STALE) | 1);
	for (uint32_t i = 0; i < 40; i++) {
		uint32_t turns = turns_until_done(crowd, i % 2, i / 2);

		assert_int_not_equal(turns, UINT32_MAX);
		longest = turns > longest ? turns : longest;
	}
	assert_true(longest > 50);
	assert_int_equal(crowd->foreign, 0);
	assert_true(reaches(crowd, 0, SLOT_STALE, false, PAGE_BEFORE));
	assert_true(reaches(crowd, 0, SLOT_STALE_ATS, true, PAGE_BEFORE));
	crowd_close(crowd);
}
