/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sweep: a VM's whole life with the device on the backend, in which the n-th system
 * call fails, for every n and with each plausible errno, and pairs of calls; afterwards nothing of
 * the backend is left in the kernel, mapped or open. PAIRS=N of the environment: so many pairs.
 */
#include <cmdqv/saved.h>

#include "../idle.h"
#include "fixture.h"

struct life {
	struct vmm vmm;
	struct cmdqv *dev;
	void *page;
	uint32_t logs;
};

static int page0_map(void *user, const struct cmdqv_page0_map *page)
{
	struct life *life = user;

	assert_null(life->page);
	life->page = page->view.host;
	return 0;
}

static void page0_unmap(void *user)
{
	((struct life *)user)->page = NULL;
}

static void take_log(void *user, const struct cmdqv_log *log)
{
	assert_true(log->text[0] != 0);
	((struct life *)user)->logs++;
}

static const struct cmdqv_vmm_ops vmm_ops = {
	.size = sizeof(vmm_ops),
	.page0_map = page0_map,
	.page0_unmap = page0_unmap,
	.interrupt = idle,
	.is_guest_ram = vmm_is_guest_ram,
	.log = take_log,
};

/* A guest brings up its queues, invalidates, makes an error, takes a queue down and up. */
static void use_the_device(struct life *life)
{
	const uint64_t bad[2] = {0x10, 0};

	guest_write(life->dev, 0x1000, 4, 1);
	for (uint32_t q = 0; q < QUEUES; q++) {
		guest_write(life->dev, 0x200 + 4 * q, 4, q << 1 | 1);
		guest_write(life->dev, 0x20000 + 0x80 * q, 8,
			    (RAM_GPA + (uint64_t)q * RING_BYTES) | 4);
		guest_write(life->dev, 0x10008 + 0x80 * q, 4, 1);
	}
	host_drain(life->vmm.host);
	memcpy(life->vmm.ram, bad, sizeof(bad));
	guest_write(life->dev, 0x10004, 4, 1);
	host_drain(life->vmm.host);
	(void)cmdqv_events(life->dev);
	guest_write(life->dev, 0x204, 4, 0); /* takes the queues above along */
	guest_write(life->dev, 0x204, 4, 3);
	host_drain(life->vmm.host);
}

static void use_the_smmu(struct life *life)
{
	struct cmdqv_viommu_command commands[70];
	struct cmdqv_viommu_event event;
	struct cmdqv_viommu_result result;
	struct vmm *vmm = &life->vmm;

	for (uint32_t i = 0; i < 3; i++)
		(void)vmm_add(vmm, i, 0x10 + i);
	for (uint32_t i = 0; i < 2; i++) {
		(void)vmm_set_ste(vmm, 0x10 + i, STE_BYPASS, 0);
		(void)vmm_set_ste(vmm, 0x10 + i, STE_STAGE1, 0);
	}
	for (uint32_t i = 0; i < 70; i++)
		commands[i] = (struct cmdqv_viommu_command){{0x10, 0}};
	(void)cmdqv_viommu_invalidate(vmm->viommu, commands, 70, &result, NULL);
	assert_true(result.issued <= 70);
	(void)cmdqv_viommu_smmu_event(vmm->viommu, &event);
	(void)vmm_remove(vmm, 0x10);
}

/* [DEV-29] All or nothing, whichever call of the host fails. */
static void save_reset_and_restore(struct life *life)
{
	static uint8_t saved[8192];
	size_t bytes = sizeof(saved);
	struct cmdqv_error why = {0};
	int err;

	assert_int_equal(cmdqv_save(life->dev, saved, &bytes, NULL), 0);
	assert_int_equal(cmdqv_reset(life->dev), 0);
	err = cmdqv_restore(life->dev, saved, bytes, &why);
	if (!err)
		return;
	assert_true(why.text[0] != 0);
	assert_null(life->page);
	for (uint32_t q = 0; q < QUEUES; q++) {
		struct cmdqv_queue_state queue = {.size = sizeof(queue)};

		assert_int_equal(cmdqv_get_queue(life->dev, q, &queue), 0);
		assert_int_equal(queue.life, CMDQV_QUEUE_IDLE);
		assert_int_equal(queue.base, 0);
	}
}

static void live(struct life *life)
{
	const struct cmdqv_config config = {.size = sizeof(config), .cmdqs = 8};
	struct cmdqv_error why = {0};
	int err = vmm_open_viommu(&life->vmm, &why);

	if (err) {
		assert_int_equal(why.code, err);
		assert_true(why.text[0] != 0);
		return;
	}
	err = cmdqv_create(&life->dev, &config, &life->vmm.backend, &vmm_ops, life, &why);
	if (err) {
		assert_int_equal(err, -ENOMEM);
		vmm_close_viommu(&life->vmm);
		return;
	}
	use_the_device(life);
	use_the_smmu(life);
	assert_in_range(cmdqv_page0_withdraw(life->dev), 0, 1);
	save_reset_and_restore(life);
	assert_int_equal(cmdqv_reset(life->dev), 0);
	use_the_device(life);
	cmdqv_destroy(life->dev);
	assert_null(life->page);
	vmm_close_viommu(&life->vmm);
}

struct failure {
	uint32_t first;
	uint32_t last;
	int error;
	uint32_t also; /* one more call; 0: none */
	int also_error;
};

/* Returns how many calls it took. */
static uint32_t live_with_failure(const struct failure *failure)
{
	struct life life = {.dev = NULL};
	uint32_t calls;

	vmm_prepare(&life.vmm, &front_port);
	front_fail(failure->first, failure->last, failure->error);
	front_fail_also(failure->also, failure->also_error);
	live(&life);
	calls = front_calls();
	front_fail(0, 0, 0);
	vmm_check_clean(&life.vmm);
	vmm_finish(&life.vmm);
	return calls;
}

static uint32_t live_with(uint32_t first, uint32_t last, int error)
{
	return live_with_failure(&(struct failure){.first = first, .last = last, .error = error});
}

static const int errors[] = {EIO, ENOMEM, EBUSY, ENOSPC, EBADF, EINVAL, EINTR};

/* [DEV-17] [DEV-29] [DEV-31] */
TEST(a_failure_of_any_call_leaves_nothing_behind)
{
	uint32_t calls = live_with(0, 0, 0);

	assert_true(calls > 40);
	print_message("%u calls, each fails with each of %zu errnos\n", calls, COUNT(errors));
	for (size_t e = 0; e < COUNT(errors); e++)
		for (uint32_t n = 1; n <= calls + 1; n++)
			live_with(n, n, errors[e]);
}

/* One that is interrupted sixteen times in a row has failed; fewer are not noticed. */
TEST(a_storm_of_interruptions_at_any_call_leaves_nothing_behind)
{
	uint32_t calls = live_with(0, 0, 0);

	for (uint32_t n = 1; n <= calls; n++)
		live_with(n, n + 15, EINTR);
}

/* From some call on nothing works any more: it comes to an end, and close keeps no descriptor. */
TEST(a_kernel_that_refuses_everything_from_any_call_on_ends_the_life)
{
	uint32_t calls = live_with(0, 0, 0);

	for (uint32_t n = 1; n <= calls; n++) {
		struct life life = {.dev = NULL};

		vmm_prepare(&life.vmm, &front_port);
		front_fail(n, UINT32_MAX, EIO);
		live(&life);
		front_fail(0, 0, 0);
		assert_int_equal(front_event_descriptors(), 0);
		assert_int_equal(front_mappings(), 0);
		vmm_finish(&life.vmm);
	}
}

/* Not two in a row: what cannot be destroyed in two tries goes with the iommufd. */
TEST(two_failures_of_a_life_leave_nothing_behind)
{
	const char *number = getenv("PAIRS");
	unsigned long pairs = number ? strtoul(number, NULL, 10) : 500;
	uint32_t calls = live_with(0, 0, 0);
	uint64_t seed = 0x9a125;

	for (; pairs > 0; pairs--) {
		struct failure two = {.first = 1 + (uint32_t)(test_random(&seed) % calls)};

		two.last = two.first;
		two.error = errors[test_random(&seed) % COUNT(errors)];
		two.also = two.first + 2 + (uint32_t)(test_random(&seed) % calls);
		two.also_error = errors[test_random(&seed) % COUNT(errors)];
		live_with_failure(&two);
	}
}

/* ---- memory: that of the library, and what the host kernel takes for it ---- */

static uint32_t allocations;
static uint32_t fail_allocation; /* 0: none */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return ++allocations == fail_allocation ? NULL : __real_calloc(count, size);
}

static uint32_t live_without_allocation(uint32_t number)
{
	struct life life = {.dev = NULL};

	vmm_prepare(&life.vmm, &front_port);
	allocations = 0;
	fail_allocation = number;
	live(&life);
	fail_allocation = 0;
	vmm_check_clean(&life.vmm);
	vmm_finish(&life.vmm);
	return allocations;
}

TEST(a_failure_of_any_allocation_leaves_nothing_behind)
{
	uint32_t count = live_without_allocation(0);

	assert_true(count > 10);
	for (uint32_t n = 1; n <= count; n++)
		live_without_allocation(n);
}

/* ---- a neighbour on the same host ---- */

enum { NEIGHBOUR_ENTRIES = RING_BYTES / 16 };

static void check_neighbour(struct vmm *neighbour, uint32_t *prod)
{
	uint32_t before = neighbour->host->commands;

	vmm_put(neighbour, 0, *prod % NEIGHBOUR_ENTRIES, 0x46, 0);
	*prod = (*prod + 1) % (2 * NEIGHBOUR_ENTRIES);
	vmm_write(neighbour, 0, PROD, *prod);
	host_drain(neighbour->host);
	assert_int_equal(vmm_read(neighbour, 0, CONS), *prod);
	assert_int_equal(neighbour->host->commands, before + 1);
}

TEST(a_failure_of_any_call_is_none_of_a_neighbours)
{
	uint32_t calls = live_with(0, 0, 0);
	struct vmm neighbour;
	uint32_t prod = 0;

	vmm_open(&neighbour, &front_port);
	vmm_start(&neighbour, 0, 0);
	for (uint32_t n = 1; n <= calls + 1; n++) {
		struct life life = {.dev = NULL};

		vmm_prepare_beside(&life.vmm, &neighbour);
		front_fail(n, n, EIO);
		live(&life);
		front_fail(0, 0, 0);
		vmm_check_objects(&life.vmm);
		vmm_finish(&life.vmm);
		check_neighbour(&neighbour, &prod);
	}
	vmm_unbind(&neighbour, 0);
	vmm_close(&neighbour);
}
