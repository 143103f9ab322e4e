/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sweep: a VM's whole life with the device on the backend, in which the n-th system
 * call fails, for every n and with each plausible errno; afterwards nothing of the backend
 * is left in the kernel, mapped or open.
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

static bool is_guest_ram(void *user, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)user;
	return gpa.value >= RAM_GPA && bytes <= RAM_BYTES &&
	       gpa.value - RAM_GPA <= RAM_BYTES - bytes;
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
	.is_guest_ram = is_guest_ram,
	.log = take_log,
};

static void guest_write(struct life *life, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	assert_int_equal(cmdqv_access(life->dev, &access), 0);
}

/* A guest brings up its queues, invalidates, makes an error, takes a queue down and up. */
static void use_the_device(struct life *life)
{
	const uint64_t bad[2] = {0x10, 0};

	guest_write(life, 0x1000, 4, 1);
	for (uint32_t q = 0; q < QUEUES; q++) {
		guest_write(life, 0x200 + 4 * q, 4, q << 1 | 1);
		guest_write(life, 0x20000 + 0x80 * q, 8, (RAM_GPA + (uint64_t)q * RING_BYTES) | 4);
		guest_write(life, 0x10008 + 0x80 * q, 4, 1);
	}
	host_drain(life->vmm.host);
	memcpy(life->vmm.ram, bad, sizeof(bad));
	guest_write(life, 0x10004, 4, 1);
	host_drain(life->vmm.host);
	(void)cmdqv_events(life->dev);
	guest_write(life, 0x204, 4, 0); /* takes the queues above along */
	guest_write(life, 0x204, 4, 3);
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
	assert_int_equal(
		cmdqv_create(&life->dev, &config, &life->vmm.backend, &vmm_ops, life, NULL), 0);
	use_the_device(life);
	use_the_smmu(life);
	save_reset_and_restore(life);
	assert_int_equal(cmdqv_reset(life->dev), 0);
	use_the_device(life);
	cmdqv_destroy(life->dev);
	assert_null(life->page);
	vmm_close_viommu(&life->vmm);
}

/* Returns how many calls it took. */
static uint32_t live_with(uint32_t first, uint32_t last, int error)
{
	struct life life = {.dev = NULL};
	uint32_t calls;

	vmm_prepare(&life.vmm, &front_port);
	front_fail(first, last, error);
	live(&life);
	calls = front_calls();
	front_fail(0, 0, 0);
	vmm_check_clean(&life.vmm);
	vmm_finish(&life.vmm);
	return calls;
}

/* [DEV-17] [DEV-29] [DEV-31] */
TEST(a_failure_of_any_call_leaves_nothing_behind)
{
	static const int errors[] = {EIO, ENOMEM, EBUSY, ENOSPC, EBADF, EINVAL, EINTR};
	uint32_t calls = live_with(0, 0, 0);

	assert_true(calls > 40);
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
