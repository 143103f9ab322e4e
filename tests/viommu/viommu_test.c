/* SPDX-License-Identifier: BSD-2-Clause */
/* src/viommu/: open, close, query, and the operations of the device, on the port of PORT. */
#include <pthread.h>
#include <stdatomic.h>

#include "fixture.h"

/* ---- life ---- */

TEST(closing_nothing_is_allowed)
{
	cmdqv_viommu_close(NULL);
}

/* [HW-21] What the kernel says before the vIOMMU is open is what the vIOMMU says. */
TEST(a_query_and_the_viommu_say_the_same)
{
	struct cmdqv_hw_info info = {.size = sizeof(info)}, again = info;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	assert_int_equal(PORT.query(&vmm, vmm.dev_id[0], &info, NULL), 0);
	assert_int_equal(info.num_lvcmdqs, QUEUES);
	assert_int_equal(info.num_sids, 16);
	assert_int_equal(info.version, 1);
	assert_int_equal(info.idr[1] >> 21 & 31, CMDQS);
	assert_int_equal(info.idr[0], 0x0D44101B); /* as a recorded host */
	assert_int_equal(info.aidr, 1);
	assert_int_equal(info.capabilities, 8);
	assert_true(info.ats_not_supported);
	assert_int_equal(cmdqv_viommu_hw_info(vmm.viommu, &again), 0);
	assert_memory_equal(&again, &info, sizeof(info));
	vmm_close(&vmm);
}

/* [HW-21] */
TEST(the_geometry_is_that_of_one_vintf)
{
	struct cmdqv_backend_geometry geometry = {0};
	struct cmdqv_page_view view = {0};
	uint32_t vintf;
	struct vmm vmm;
	uint16_t vmid;

	vmm_open(&vmm, &PORT);
	assert_int_equal(vmm.backend.ops->geometry(vmm.backend.impl, &geometry), 0);
	assert_int_equal(geometry.num_lvcmdqs, QUEUES);
	assert_int_equal(geometry.num_sids, 16);
	assert_int_equal(geometry.version, 1);
	assert_int_equal(vmm.backend.ops->page0_view(vmm.backend.impl, &view), 0);
	assert_non_null(view.host);
	assert_int_equal(view.length, 0x10000);
	PORT.place(&vmm, &vintf, &vmid);
	assert_int_equal(vintf, 1);
	assert_int_equal(vmid, 1);
	assert_true(vmm.host->traced > 0);
	vmm_close(&vmm);
}

/* [DEV-34] Also where this host reports nothing: the next one's kernel may know the chip better. */
TEST(the_errata_are_those_that_the_guest_works_around)
{
	for (uint32_t repeats = 0; repeats < 2; repeats++)
		for (uint32_t reported = 0; reported <= repeats; reported++) {
			struct cmdqv_backend_geometry geometry = {.errata = UINT32_MAX};
			struct vmm vmm;

			vmm_prepare_on_smmu(&vmm, &PORT, reported ? CMDQV_SMMU_REPEAT : 0);
			vmm.guest_repeats = repeats;
			assert_int_equal(vmm_open_viommu(&vmm, NULL), 0);
			assert_int_equal(vmm.backend.ops->geometry(vmm.backend.impl, &geometry), 0);
			assert_int_equal(geometry.errata, repeats ? CMDQV_SMMU_REPEAT : 0);
			vmm_close(&vmm);
		}
}

/* [HW-22] */
TEST(a_vm_too_many_is_refused_and_one_that_goes_makes_room)
{
	static struct vmm vmms[4];
	uint32_t vintf;
	uint16_t vmid;

	vmm_open(&vmms[0], &PORT);
	vmm_open_beside(&vmms[1], &vmms[0]);
	vmm_open_beside(&vmms[2], &vmms[0]);
	vmm_prepare_beside(&vmms[3], &vmms[0]);
	assert_int_equal(vmm_open_viommu(&vmms[3], NULL), -ENOSPC);
	vmm_check_objects(&vmms[3]);
	vmm_close(&vmms[1]);
	assert_int_equal(vmm_open_viommu(&vmms[3], NULL), 0);
	PORT.place(&vmms[3], &vintf, &vmid);
	assert_int_equal(vintf, 2);
	vmm_close(&vmms[3]);
	vmm_close(&vmms[2]);
	vmm_close(&vmms[0]);
}

/* [HW-4] */
TEST(the_next_vm_gets_a_page_without_traces_of_the_one_before)
{
	struct cmdqv_page_view view;
	struct vmm vmm;
	uint32_t vintf;
	uint16_t vmid;

	vmm_open(&vmm, &PORT);
	assert_int_equal(vmm.backend.ops->page0_view(vmm.backend.impl, &view), 0);
	memset(view.host, 0xA5, view.length);
	vmm_close_viommu(&vmm);
	assert_int_equal(vmm_open_viommu(&vmm, NULL), 0);
	PORT.place(&vmm, &vintf, &vmid);
	assert_int_equal(vintf, 1);
	assert_int_equal(vmm.backend.ops->page0_view(vmm.backend.impl, &view), 0);
	for (size_t i = 0; i < view.length; i++)
		assert_int_equal(((const uint8_t *)view.host)[i], 0);
	vmm_close(&vmm);
}

/* [HW-4] [HW-3] A guest may store anything into GERRORN; of its bits three mean something. */
TEST(no_bit_of_gerrorn_but_the_phase_reaches_the_next_owner)
{
	struct cmdqv_page_view view;
	const uint32_t *gerrorn;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	for (uint32_t owner = 0; owner < 3; owner++) {
		uint32_t phase = owner % 2;

		assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
		assert_int_equal(vmm.backend.ops->page0_view(vmm.backend.impl, &view), 0);
		gerrorn = (const uint32_t *)((const char *)view.host + GERRORN);
		assert_int_equal(*gerrorn, phase);
		vmm_put(&vmm, 0, 0, 0x04, 0); /* refused */
		vmm_write(&vmm, 0, CONFIG, 1);
		vmm_write(&vmm, 0, PROD, 1);
		host_drain(vmm.host);
		assert_int_equal(vmm_read(&vmm, 0, GERROR), !phase);
		/* By the page, as a vCPU does: an acknowledgement and more. */
		((_Atomic uint32_t *)view.host)[GERRORN / 4] = 0xFFFFFFF9 - phase;
		vmm_close_viommu(&vmm);
		assert_int_equal(vmm_open_viommu(&vmm, NULL), 0);
	}
	vmm_close(&vmm);
}

static int nothing_map(void *vmm, const struct cmdqv_page0_map *page)
{
	(void)vmm, (void)page;
	return 0;
}

static void nothing(void *vmm)
{
	(void)vmm;
}

static bool nothing_is_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)vmm, (void)gpa, (void)bytes;
	return false;
}

static void nothing_log(void *vmm, const struct cmdqv_log *log)
{
	(void)vmm, (void)log;
}

static int create_device(struct cmdqv **dev, const struct vmm *vmm, uint32_t cmdqs,
			 struct cmdqv_error *why)
{
	const struct cmdqv_config config = {.size = sizeof(config), .cmdqs = cmdqs};
	const struct cmdqv_vmm_ops ops = {
		.size = sizeof(ops),
		.page0_map = nothing_map,
		.page0_unmap = nothing,
		.interrupt = nothing,
		.is_guest_ram = nothing_is_ram,
		.log = nothing_log,
	};

	return cmdqv_create(dev, &config, &vmm->backend, &ops, NULL, why);
}

TEST(a_second_device_on_a_viommu_is_refused_until_the_first_is_gone)
{
	struct cmdqv *dev, *second, *beside;
	struct cmdqv_error why = {0};
	struct vmm a, b;

	vmm_open(&a, &PORT);
	vmm_open_beside(&b, &a);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(create_device(&dev, &a, 0, NULL), -EINVAL); /* takes nothing */
		assert_int_equal(create_device(&dev, &a, CMDQS, NULL), 0);
		for (int n = 0; n < 2; n++) {
			assert_int_equal(create_device(&second, &a, CMDQS, &why), -EBUSY);
			assert_string_equal(why.id, "backend-in-use");
			assert_non_null(strstr(why.text, "destroy that one first"));
			assert_null(second);
		}
		assert_int_equal(create_device(&beside, &b, CMDQS, NULL), 0);
		cmdqv_destroy(dev);
		cmdqv_destroy(beside);
	}
	vmm_close_viommu(&a);
	assert_int_equal(vmm_open_viommu(&a, NULL), 0);
	assert_int_equal(create_device(&dev, &a, CMDQS, NULL), 0);
	cmdqv_destroy(dev);
	vmm_close(&b);
	vmm_close(&a);
}

/* ---- queues ---- */

/* [HW-13] [HW-21] [DEV-21] */
TEST(a_bound_queue_executes_what_is_stored_and_enables_nothing_itself)
{
	const struct host *host;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	host = vmm.host;
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(vmm_read(&vmm, 0, CONFIG), 0);
	assert_int_equal(vmm_read(&vmm, 0, STATUS), 0);
	vmm_put(&vmm, 0, 0, 0x12 | 7ULL << 48, 0x12345000 | 1);
	vmm_put(&vmm, 0, 1, 0x40 | 0x10ULL << 32, 52);
	vmm_put(&vmm, 0, 2, 0x46, 0);
	vmm_write(&vmm, 0, CONFIG, 1);
	vmm_write(&vmm, 0, PROD, 3);
	host_drain(vmm.host);
	assert_int_equal(vmm_read(&vmm, 0, STATUS), 1);
	assert_int_equal(vmm_read(&vmm, 0, CONS), 3);
	assert_int_equal(host->commands, 3);
	assert_int_equal(host->command[0].opcode, 0x12);
	assert_int_equal(host->command[0].vmid, 1);
	assert_int_equal(host->command[0].asid, 7);
	assert_int_equal(host->command[0].address, 0x12345000);
	assert_int_equal(host->command[1].sid, FIRST_SID);
	vmm_unbind(&vmm, 0);
	assert_int_equal(vmm_broken(&vmm), 0);
	vmm_close(&vmm);
}

TEST(registers_out_of_range_are_not_reached)
{
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	vmm_write(&vmm, QUEUES, PROD, 5);
	vmm_write(&vmm, 0, 0x80, 5);
	vmm_write(&vmm, 0, 2, 5);
	assert_int_equal(vmm_read(&vmm, QUEUES, PROD), 0);
	assert_int_equal(vmm_read(&vmm, UINT32_MAX, PROD), 0);
	assert_int_equal(vmm_read(&vmm, 0, 0x80), 0);
	assert_int_equal(vmm_read(&vmm, 0, 1), 0);
	vmm_close(&vmm);
}

/* [DEV-31] Queue 1 holds on to queue 0. */
TEST(an_unbind_that_fails_breaks_the_viommu_for_good)
{
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(vmm_bind(&vmm, 1, NULL), 0);
	vmm_unbind(&vmm, 0);
	assert_int_equal(vmm_broken(&vmm), -EBUSY);
	vmm_unbind(&vmm, 1);
	vmm_unbind(&vmm, 1);
	assert_int_equal(vmm_broken(&vmm), -EBUSY);
	assert_int_equal(vmm_bind(&vmm, 1, NULL), -EIO);
	vmm_close_viommu(&vmm); /* which tries again, and nothing is left */
	vmm_check_clean(&vmm);
	assert_int_equal(vmm_open_viommu(&vmm, NULL), 0);
	assert_int_equal(vmm_broken(&vmm), 0);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	vmm_close(&vmm);
}

/* [DEV-31] */
TEST(unbinding_what_is_not_bound_breaks_the_viommu)
{
	static const uint32_t indices[] = {1, 1000};

	for (size_t i = 0; i < 2; i++) {
		struct vmm vmm;

		vmm_open(&vmm, &PORT);
		assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
		vmm_unbind(&vmm, indices[i]);
		assert_int_equal(vmm_broken(&vmm), -ENOENT);
		vmm_close(&vmm);
	}
}

/* ---- two VMs ---- */

/* [HW-22] [HW-17] */
TEST(two_vms_neither_see_nor_disturb_each_other)
{
	struct cmdqv_page_view view_a, view_b;
	struct cmdqv_backend_event event;
	uint32_t vintf_a, vintf_b;
	uint16_t vmid_a, vmid_b;
	struct vmm a, b;

	vmm_open(&a, &PORT);
	vmm_open_beside(&b, &a);
	PORT.place(&a, &vintf_a, &vmid_a);
	PORT.place(&b, &vintf_b, &vmid_b);
	assert_int_not_equal(vintf_a, vintf_b);
	assert_int_not_equal(vmid_a, vmid_b);
	assert_int_equal(a.backend.ops->page0_view(a.backend.impl, &view_a), 0);
	assert_int_equal(b.backend.ops->page0_view(b.backend.impl, &view_b), 0);
	assert_ptr_not_equal(view_a.host, view_b.host);

	/* The same guest address is other memory, other VMID, other StreamID. */
	assert_int_equal(vmm_add(&a, 0, 0x10), 0);
	assert_int_equal(vmm_add(&b, 1, 0x10), 0);
	vmm_put(&a, 0, 0, 0x04, 0); /* refused */
	vmm_put(&b, 0, 0, 0x40 | 0x10ULL << 32, 52);
	vmm_put(&b, 0, 1, 0x46, 0);
	vmm_start(&a, 0, 1);
	vmm_start(&b, 0, 2);
	host_drain(a.host);
	assert_int_equal(vmm_read(&a, 0, GERROR), 1);
	assert_int_equal(vmm_read(&b, 0, GERROR), 0);
	assert_int_equal(vmm_read(&b, 0, CONS), 2);
	assert_int_equal(a.host->command[0].sid, FIRST_SID + DEVICES + 1);
	assert_true(vmm_is_readable(&a));
	assert_false(vmm_is_readable(&b));
	assert_int_equal(vmm_event(&b, &event), 0);
	assert_int_equal(vmm_event(&a, &event), 1);
	assert_false(event.lost);

	/* A vIOMMU that goes takes nothing with it. */
	vmm_close_viommu(&a);
	vmm_put(&b, 0, 2, 0x46, 0);
	vmm_write(&b, 0, PROD, 3);
	host_drain(b.host);
	assert_int_equal(vmm_read(&b, 0, CONS), 3);
	vmm_close(&b);
	vmm_finish(&a);
}

/* [DEV-33] [HW-13] [HW-22] The queue runs, or its guest has disabled it. */
TEST(a_bind_of_another_queue_takes_no_time_out_away)
{
	for (uint32_t enabled = 0; enabled < 2; enabled++)
		for (uint32_t of_own_vm = 0; of_own_vm < 2; of_own_vm++) {
			struct vmm a, b, *binder = of_own_vm ? &a : &b;

			vmm_open(&a, &PORT);
			vmm_open_beside(&b, &a);
			assert_int_equal(vmm_add(&a, 0, 0x10), 0);
			vmm_put(&a, 0, 0, 0x40 | 0x10ULL << 32, 52);
			vmm_put(&a, 0, 1, 0x46, 0);
			a.host->execute_result = -ETIMEDOUT;
			vmm_start(&a, 0, 1);
			host_drain(a.host);
			a.host->execute_result = 0;
			vmm_write(&a, 0, CONFIG, enabled);
			host_drain(a.host);
			assert_int_equal(vmm_bind(binder, of_own_vm, NULL), 0);
			vmm_unbind(binder, of_own_vm);
			vmm_write(&a, 0, CONFIG, 1);
			vmm_write(&a, 0, PROD, 2);
			host_drain(a.host);
			assert_int_equal(vmm_read(&a, 0, CONS), 0x03000001);
			assert_int_equal(vmm_read(&a, 0, GERROR), 1);
			vmm_close(&b);
			vmm_close(&a);
		}
}

/* [HW-21] [HW-22]: one interrupt may tell of several VINTFs. */
TEST(errors_of_two_vms_at_once_reach_both)
{
	struct cmdqv_backend_event event;
	struct vmm a, b;

	vmm_open(&a, &PORT);
	vmm_open_beside(&b, &a);
	assert_int_equal(vmm_bind(&a, 0, NULL), 0);
	assert_int_equal(vmm_bind(&b, 0, NULL), 0);
	vmm_put(&a, 1, 0, 0x04, 0);
	vmm_put(&b, 1, 0, 0x04, 0);
	vmm_start(&a, 1, 1);
	vmm_start(&b, 1, 1);
	assert_int_equal(cmdqv_soft_host_run(a.host->soft, 64), 2);
	assert_int_equal(vmm_event(&a, &event), 1);
	assert_int_equal(vmm_event(&b, &event), 1);
	vmm_close(&b);
	vmm_close(&a);
}

/* ---- events ---- */

/* [DEV-25] An error of the guest becomes an event, by poll and by read. */
TEST(an_error_arrives_as_an_event)
{
	struct cmdqv_backend_event event;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	assert_false(vmm_is_readable(&vmm));
	assert_int_equal(vmm_event(&vmm, &event), 0);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	vmm_put(&vmm, 1, 0, 0x10, 0); /* TLBI_NH_ALL: not for guests */
	vmm_start(&vmm, 1, 1);
	host_drain(vmm.host);
	assert_true(vmm_is_readable(&vmm));
	assert_int_equal(vmm_event(&vmm, &event), 1);
	assert_int_equal(event.sequence, 0);
	assert_false(event.lost);
	assert_int_equal(vmm_event(&vmm, &event), 0);
	assert_false(vmm_is_readable(&vmm));
	vmm_close(&vmm);
}

/* [HW-21] [DEV-25] */
TEST(events_that_overflow_are_told_as_lost)
{
	enum { ERRORS = 1200 };
	struct cmdqv_backend_event event;
	uint32_t taken = 0;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	vmm_put(&vmm, 0, 0, 0x04, 0);
	vmm_start(&vmm, 0, 1);
	host_drain(vmm.host);
	for (int i = 1; i < ERRORS; i++) {
		vmm_write(&vmm, 0, GERRORN, vmm_read(&vmm, 0, GERROR));
		host_drain(vmm.host);
	}
	while (vmm_event(&vmm, &event) == 1 && !event.lost) {
		assert_int_equal(event.sequence, taken);
		taken++;
	}
	assert_true(taken > 0 && taken < ERRORS);
	assert_true(event.lost);
	assert_int_equal(event.sequence, ERRORS - 1);
	assert_int_equal(vmm_event(&vmm, &event), 0);
	assert_false(vmm_is_readable(&vmm));
	vmm_close(&vmm);
}

/* ---- memory ---- */

/* A guest that writes commands while the engine runs, as a vCPU does. */
struct vcpu {
	uint8_t *ram;
	_Atomic bool stop;
};

static void *scribble(void *argument)
{
	struct vcpu *vcpu = argument;
	_Atomic uint64_t *ring = (_Atomic uint64_t *)(void *)vcpu->ram;
	uint64_t random = 1;

	while (!atomic_load_explicit(&vcpu->stop, memory_order_relaxed)) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		atomic_store_explicit(&ring[random >> 55], random, memory_order_relaxed);
	}
	return NULL;
}

/* [HW-17] [DEV-22]: under ThreadSanitizer, fetching races with nothing. */
TEST(memory_is_fetched_while_the_guest_writes_it)
{
	struct vcpu vcpu = {.stop = false};
	uint32_t refused = 0;
	pthread_t thread;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	vcpu.ram = vmm.ram;
	vmm_start(&vmm, 0, 0);
	assert_int_equal(pthread_create(&thread, NULL, scribble, &vcpu), 0);
	for (uint32_t i = 1; i < 20000; i++) {
		vmm_write(&vmm, 0, PROD, (vmm_read(&vmm, 0, CONS) + 17) & 0x1FF);
		host_drain(vmm.host);
		refused += vmm_read(&vmm, 0, GERROR) != vmm_read(&vmm, 0, GERRORN);
		vmm_write(&vmm, 0, GERRORN, vmm_read(&vmm, 0, GERROR));
	}
	atomic_store(&vcpu.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(refused > 1000); /* as nearly all such commands are */
	vmm_close(&vmm);
}
