/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VINTF goes from owner to owner. Each keeps its page mapped by the descriptor after it
 * has left, and stores into it for ever. A second thread asks all the time, without the lock,
 * whether the engine has work, while the pages are renewed. The next owner sees neither, and
 * nothing is ever executed: no owner rings.
 *
 * Bounded by counts: every owner stays until both threads went around once more.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmdqv/cmdqv.h>
#include <cmdqv/model/soft.h>

#include "../idle.h"
#include "../test.h"
#include "journal.h"

enum {
	OWNERS = 60,
	LOOKS = 18, /* of each owner at its page-0 registers */
	STORES = 64,
	QUEUES = 2,
	RAM_BYTES = 0x10000,
	PAGE_BYTES = 0x10000,

	ALLOC_AT = 0x200,
	VINTF_CONFIG_AT = 0x1000,
	VINTF0 = 0x30000,
	VINTF1 = 0x40000,
	VCMDQ_STRIDE = 0x80,
	CONFIG = 0x08,
	STATUS = 0x0c,
	REGISTERS = 6,
};

typedef _Atomic uint32_t page_word;

struct house {
	struct cmdqv_soft_host *host;
	void *ram;
	page_word *pages[OWNERS]; /* as each owner mapped it; unmapped at the end */
	uint32_t owner;
	_Atomic(page_word *) haunted; /* the last owner's page, or NULL */
	_Atomic bool over;
	_Atomic uint64_t asked; /* rounds of either thread */
	_Atomic uint64_t stored;
	_Atomic uint64_t executed;
};

/* ---- the threads ---- */

/* [HW-12] Without the lock. */
static void *ask(void *context)
{
	struct house *house = context;

	while (!atomic_load(&house->over)) {
		(void)cmdqv_soft_host_pending(house->host);
		atomic_fetch_add(&house->asked, 1);
	}
	return NULL;
}

static void scribble(page_word *page, uint64_t *random)
{
	for (uint32_t i = 0; i < STORES; i++) {
		uint32_t lvcmdq = journal_random(random, QUEUES);
		uint32_t reg = journal_random(random, REGISTERS);

		atomic_store(&page[lvcmdq * VCMDQ_STRIDE / 4 + reg], journal_random(random, 32));
	}
}

static void *haunt(void *context)
{
	struct house *house = context;
	uint64_t random = 1;

	while (!atomic_load(&house->over)) {
		page_word *page = atomic_load(&house->haunted);

		if (page)
			scribble(page, &random);
		atomic_fetch_add(&house->stored, 1);
	}
	return NULL;
}

static void wait_for_another_round(struct house *house)
{
	uint64_t asked = atomic_load(&house->asked);
	uint64_t stored = atomic_load(&house->stored);

	while (atomic_load(&house->asked) == asked || atomic_load(&house->stored) == stored)
		sched_yield();
}

/* ---- the VMM of an owner, and the SMMU ---- */

static int execute(void *user, const struct cmdqv_command *command)
{
	if (command->queue != CMDQV_SMMU_QUEUE) /* the host frees VMIDs [HW-24] */
		atomic_fetch_add(&((struct house *)user)->executed, 1);
	return 0;
}

/* As a KVM memslot does, through the descriptor. */
static int map_page(void *vmm, const struct cmdqv_page0_map *map)
{
	struct house *house = vmm;
	page_word **page = &house->pages[house->owner];

	if (*page)
		munmap((void *)*page, PAGE_BYTES);
	*page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, map->view.fd,
		     (off_t)map->view.fd_offset);
	assert_ptr_not_equal(*page, MAP_FAILED);
	return 0;
}

static bool is_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)vmm;
	return gpa.value + bytes <= RAM_BYTES;
}

/* ---- an owner ---- */

static void put(struct cmdqv *dev, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	assert_int_equal(cmdqv_access(dev, &access), 0);
}

static uint64_t get(struct cmdqv *dev, uint64_t offset)
{
	struct cmdqv_mmio access = {.offset = offset, .size = 4};

	assert_int_equal(cmdqv_access(dev, &access), 0);
	return access.value;
}

static struct cmdqv *move_in(struct house *house, struct cmdqv_soft_vm **vm,
			     struct cmdqv_viommu **viommu)
{
	const struct cmdqv_config config = {
		.size = sizeof(config), .cmdqs = 8, .guest_is_coherent = true};
	const struct cmdqv_vmm_ops ops = {
		.size = sizeof(ops),
		.page0_map = map_page,
		.page0_unmap = idle, /* the owner keeps its mapping */
		.interrupt = idle,
		.is_guest_ram = is_ram,
		.log = idle_log,
	};
	struct cmdqv_backend backend;
	struct cmdqv *dev;

	assert_int_equal(cmdqv_soft_vm_create(vm, house->host, NULL), 0);
	assert_int_equal(cmdqv_soft_open(viommu, *vm, &backend, NULL), 0);
	assert_int_equal(cmdqv_soft_map_ram(*vm, (cmdqv_gpa_t){0}, house->ram, RAM_BYTES), 0);
	assert_int_equal(cmdqv_create(&dev, &config, &backend, &ops, house, NULL), 0);
	return dev;
}

/* Queue 0 enabled and never rung, queue 1 bound and not enabled. */
static void bring_up(struct cmdqv *dev)
{
	put(dev, VINTF_CONFIG_AT, 4, 1);
	for (uint64_t queue = 0; queue < QUEUES; queue++) {
		put(dev, ALLOC_AT + 4 * queue, 4, 1 | queue << 1);
		put(dev, VINTF1 + queue * VCMDQ_STRIDE, 8, (queue + 1) << 12 | 4);
	}
	put(dev, VINTF0 + CONFIG, 4, 1);
}

static void look_around(struct house *house, struct cmdqv *dev)
{
	for (uint32_t i = 0; i < LOOKS; i++) {
		uint32_t reg = i % REGISTERS * 4;

		assert_int_equal(cmdqv_soft_host_run(house->host, 64), 0);
		assert_int_equal(get(dev, VINTF0 + reg), reg == CONFIG || reg == STATUS);
		assert_int_equal(get(dev, VINTF0 + VCMDQ_STRIDE + reg), 0);
	}
}

static void live_there(struct house *house)
{
	struct cmdqv_viommu *viommu;
	struct cmdqv_soft_vm *vm;
	struct cmdqv *dev = move_in(house, &vm, &viommu);

	bring_up(dev);
	look_around(house, dev);
	wait_for_another_round(house);
	look_around(house, dev);
	put(dev, VINTF0 + CONFIG, 4, 0);
	cmdqv_destroy(dev);
	cmdqv_viommu_close(viommu);
	cmdqv_soft_vm_destroy(vm);
	atomic_store(&house->haunted, house->pages[house->owner]);
}

static void open_house(struct house *house)
{
	const struct cmdqv_soft_host_config config = {.size = sizeof(config),
						      .log2_vcmdqs = 2,
						      .log2_vintfs = 1,
						      .log2_sids = 1,
						      .cmdqs = 19};
	const struct cmdqv_soft_ops ops = {.size = sizeof(ops), .execute = execute, .kick = idle};

	assert_int_equal(cmdqv_soft_host_create(&house->host, &config, &ops, house, NULL), 0);
	house->ram = aligned_alloc(PAGE_BYTES, RAM_BYTES);
	assert_non_null(house->ram);
}

static void close_house(struct house *house)
{
	cmdqv_soft_host_destroy(house->host);
	free(house->ram);
	for (uint32_t i = 0; i < OWNERS; i++)
		munmap((void *)house->pages[i], PAGE_BYTES);
}

/* [HW-4] [HW-12] */
TEST(a_former_owner_of_a_page_never_meets_the_next_one)
{
	struct house house = {0};
	pthread_t asking;
	pthread_t haunting;

	open_house(&house);
	assert_int_equal(pthread_create(&asking, NULL, ask, &house), 0);
	assert_int_equal(pthread_create(&haunting, NULL, haunt, &house), 0);
	for (house.owner = 0; house.owner < OWNERS; house.owner++)
		live_there(&house);
	atomic_store(&house.over, true);
	pthread_join(asking, NULL);
	pthread_join(haunting, NULL);
	assert_int_equal(atomic_load(&house.executed), 0);
	close_house(&house);
}
