/* SPDX-License-Identifier: BSD-2-Clause */
/* src/kernel/ against what a real Linux host did: its boot, and its life of a VM's queues. */
#include <errno.h>
#include <stdio.h>

#include <cmdqv/trace.h>

#include "kernel_fixture.h"
#include "kernel_lie.h"

#define RECORDING TRACE_DIR "/linux-7.2-host-iommufd.trace"
#define PARAM_LINE "R4 00004 4671"

static const struct kernel_config grace_config = {.cmdqs = 19, .vmid_bits = 16};

/* The kernel's part of a VM: not a comment, nor the host's own use of VINTF 0 meanwhile. */
static bool is_of_the_vm(const struct cmdqv_trace_event *event)
{
	switch (event->kind) {
	case CMDQV_TRACE_COMMAND:
		return event->queue >= 2;
	case CMDQV_TRACE_READ:
	case CMDQV_TRACE_WRITE:
		return event->offset < 0x30000 || event->offset >= 0x50000;
	default:
		return false;
	}
}

/* What was recorded from the `nth` PARAM_LINE on, at most `most` events of it. */
static uint32_t load_recording(int nth, struct cmdqv_trace_event *events, uint32_t most)
{
	FILE *file = fopen(RECORDING, "r");
	uint32_t count = 0;
	char text[256];

	assert_non_null(file);
	while (count < most && fgets(text, sizeof(text), file)) {
		if (strncmp(text, PARAM_LINE, strlen(PARAM_LINE)) == 0)
			nth--;
		assert_int_equal(cmdqv_trace_parse(text, &events[count], NULL), 0);
		if (nth <= 0 && is_of_the_vm(&events[count]))
			count++;
	}
	assert_int_equal(fclose(file), 0);
	return count;
}

static bool is_base(const struct cmdqv_trace_event *event)
{
	return event->size == 8 && event->offset >= 0x40000 && (event->offset & 0x3007F) == 0x20000;
}

/* A BASE is another bus address here; its LOG2SIZE is the same. */
static void check_event(const struct cmdqv_trace_event *event,
			const struct cmdqv_trace_event *recorded)
{
	uint64_t mask = is_base(recorded) && recorded->value[0] ? 0x1F : UINT64_MAX;

	assert_int_equal(event->kind, recorded->kind);
	assert_int_equal(event->size, recorded->size);
	assert_int_equal(event->offset, recorded->offset);
	assert_int_equal(event->queue, recorded->queue);
	assert_int_equal(event->index, recorded->index);
	assert_int_equal(event->value[0] & mask, recorded->value[0] & mask);
	assert_int_equal(event->value[1], recorded->value[1]);
}

/* [HW-21] */
TEST(boot_makes_the_accesses_of_the_recorded_boot)
{
	struct fixture *f = fixture_open(7, 6, 4, &grace_config);
	struct cmdqv_trace_event recorded[134];
	uint32_t count = load_recording(1, recorded, 134);

	assert_int_equal(count, 134);
	assert_int_equal(f->events, 135);
	assert_int_equal(f->event[0].kind, CMDQV_TRACE_READ);
	assert_int_equal(f->event[0].offset, 0);
	assert_int_equal(f->event[0].value[0], 0x20083);
	for (uint32_t i = 0; i < count; i++)
		check_event(&f->event[1 + i], &recorded[i]);
	fixture_close(f);
}

/* The calls in the head of the recording, with the answers that they got. */
static void make_recorded_calls(struct fixture *f)
{
	const uint32_t both = KERNEL_IOAS_MAP_READABLE | KERNEL_IOAS_MAP_WRITEABLE;
	struct kernel_hw_info_smmuv3 smmu;
	struct kernel_hw_info_cmdqv cmdqv;
	struct kernel_viommu_cmdqv data;
	struct kernel_veventq_alloc events;
	struct kernel_mmap page;
	uint32_t dev = must_bind(f->fd, 8, 1);
	uint32_t ioas = must_ioas(f->fd);
	struct kernel_get_hw_info info = {
		.flags = 1, .dev_id = dev, .data = &smmu, .data_len = sizeof(smmu), .data_type = 2};
	uint32_t parent, viommu, vdevice, queue0, queue1 = 0;

	must_map(f->fd, ioas, 0x40000000, f->ram, RAM_BYTES, both);
	assert_int_equal(kernel_get_hw_info(f->fd, &info), 0);
	assert_int_equal(smmu.idr[0], 0x0d44101b);
	assert_int_equal(smmu.idr[1], 0x02730010);
	assert_int_equal(smmu.idr[3], 0x00001514);
	assert_int_equal(smmu.idr[5], 0x00000074);
	assert_int_equal(smmu.aidr, 1);
	info = (struct kernel_get_hw_info){.flags = 1,
					   .dev_id = dev,
					   .data = &cmdqv,
					   .data_len = sizeof(cmdqv),
					   .data_type = 3};
	assert_int_equal(kernel_get_hw_info(f->fd, &info), 0);
	assert_int_equal(cmdqv.version, 1);
	assert_int_equal(cmdqv.log2vcmdqs, 1);
	assert_int_equal(cmdqv.log2vsids, 4);
	parent = must_hwpt(f->fd, dev, ioas, KERNEL_HWPT_NEST_PARENT);
	viommu = must_viommu(f->fd, dev, parent, &data);
	assert_int_equal(data.out_vintf_mmap_offset, 0x1000);
	assert_int_equal(data.out_vintf_mmap_length, 0x10000);
	page = page_at(data.out_vintf_mmap_offset);
	assert_int_equal(kernel_mmap(f->fd, &page), 0);
	vdevice = must_vdevice(f->fd, viommu, dev, 0x10);
	events = must_veventq(f->fd, viommu, 16);
	assert_int_equal(try_hw_queue(f->fd, viommu, 1, 0x40001000, 0x1000, &queue1), -EIO);
	queue0 = must_hw_queue(f->fd, viommu, 0, 0x40000000, 0x1000);
	queue1 = must_hw_queue(f->fd, viommu, 1, 0x40001000, 0x1000);

	put_command(f, 0x00, 0x0002000000000012, 0x00000000ffffc701);
	put_command(f, 0x10, 0x000000000fc00046, 0);
	put_command(f, 0x20, 0x0000001000000040, 0x34);
	put_command(f, 0x30, 0x000000000fc00046, 0);
	guest_write(f, 0x50008, 1);
	assert_int_equal(guest_read(f, 0x5000c), 1);
	guest_write(f, 0x50004, 4);
	run_to_end(f);
	assert_int_equal(guest_read(f, 0x50000), 4);
	assert_int_equal(guest_read(f, 0x50010), 0);

	assert_int_equal(kernel_destroy_object(f->fd, queue0), -EBUSY);
	assert_int_equal(kernel_destroy_object(f->fd, queue1), 0);
	assert_int_equal(kernel_destroy_object(f->fd, queue0), 0);
	assert_int_equal(kernel_destroy_object(f->fd, vdevice), 0);
	assert_int_equal(kernel_veventq_close(f->fd, events.out_veventq_id), 0);
	assert_int_equal(kernel_destroy_object(f->fd, events.out_veventq_id), 0);
	assert_int_equal(kernel_destroy_object(f->fd, viommu), -EBUSY);
	assert_int_equal(kernel_munmap(f->fd, data.out_vintf_mmap_offset), 0);
	assert_int_equal(kernel_destroy_object(f->fd, viommu), 0);
	assert_int_equal(kernel_device_unbind(f->fd, dev), 0);
}

/* [HW-21] [HW-13] */
TEST(the_recorded_calls_make_the_recorded_accesses)
{
	struct fixture *f = fixture_open(7, 6, 4, &grace_config);
	struct cmdqv_trace_event recorded[256];
	uint32_t count = load_recording(2, recorded, 256);

	assert_true(count > 100);
	f->events = 0;
	make_recorded_calls(f);
	for (uint32_t i = 0; i < count && i < f->events; i++)
		check_event(&f->event[i], &recorded[i]);
	assert_int_equal(f->events, count);

	/* The recorder translated nothing; this does: VMID 1, and StreamID 8 for 0x10. */
	assert_int_equal(f->commands, 4);
	assert_int_equal(f->command[0].opcode, 0x12);
	assert_int_equal(f->command[0].vmid, 1);
	assert_int_equal(f->command[2].opcode, 0x40);
	assert_int_equal(f->command[2].sid, 8);
	fixture_close(f);
}

/* [HW-17] */
TEST(base_gets_a_window_of_16_mib_per_physical_queue)
{
	struct fixture *f = fixture_open(7, 6, 4, &grace_config);
	struct cmdqv_mmio access = {.offset = 0x60080, .size = 8};
	struct vm vm = open_vm(f, f->fd, 8);

	must_hw_queue(f->fd, vm.viommu, 0, RAM_GPA, 0x1000);
	must_hw_queue(f->fd, vm.viommu, 1, RAM_GPA + 0x2000, 0x2000);
	assert_int_equal(cmdqv_model_access(f->model, &access), 0);
	assert_int_equal(access.value, 0x3000009);
	access = (struct cmdqv_mmio){.offset = 0x60000, .size = 8};
	assert_int_equal(cmdqv_model_access(f->model, &access), 0);
	assert_int_equal(access.value, 0x2000008);
	close_vm(f, &vm);
}

/* [HW-21] */
TEST(boot_refuses_a_configuration_out_of_range)
{
	static const struct kernel_config bad[] = {
		{.cmdqs = 6, .vmid_bits = 16},
		{.cmdqs = 20, .vmid_bits = 16},
		{.cmdqs = 19, .vmid_bits = 12},
		{.cmdqs = 19, .vmid_bits = 16, .granule_bytes = 0x3000},
		{.cmdqs = 19, .vmid_bits = 16, .granule_bytes = 0x800},
	};
	const struct kernel_ops ops = {.execute = fixture_execute};
	struct fixture *f = small_fixture();
	struct kernel *kernel = NULL;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(kernel_create(&kernel, f->model, &bad[i], &ops, f), -EINVAL);
	assert_null(kernel);
	fixture_close(f);
}

/* [HW-21]: a larger buffer is zero-filled, a smaller one filled as far as it goes. */
TEST(hw_info_fits_itself_to_the_callers_buffer)
{
	struct fixture *f = small_fixture();
	uint32_t dev = must_bind(f->fd, 8, 1);
	uint8_t buffer[12];
	struct kernel_get_hw_info info = {
		.flags = 1, .dev_id = dev, .data = buffer, .data_len = 12, .data_type = 3};

	memset(buffer, 0xEE, sizeof(buffer));
	assert_int_equal(kernel_get_hw_info(f->fd, &info), 0);
	assert_int_equal(info.data_len, 8);
	assert_int_equal(buffer[4], 1); /* version */
	assert_int_equal(buffer[5], 1); /* log2 queues of a VINTF */
	assert_int_equal(buffer[8], 0);
	assert_int_equal(buffer[11], 0);
	memset(buffer, 0xEE, sizeof(buffer));
	info.data_len = 5;
	info.data_type = 3;
	assert_int_equal(kernel_get_hw_info(f->fd, &info), 0);
	assert_int_equal(info.data_len, 8);
	assert_int_equal(buffer[4], 1);
	assert_int_equal(buffer[5], 0xEE);
	info.flags = 0; /* then no kind is asked for, and the SMMU's is said */
	assert_int_equal(kernel_get_hw_info(f->fd, &info), 0);
	assert_int_equal(info.data_type, 2);
	assert_int_equal(kernel_device_unbind(f->fd, dev), 0);
	fixture_close(f);
}

/* PARAM: version in bits 3:0, then log2 of VCMDQs, of VINTFs and of SID slots, 4 bits each. */
/* [HW-21] */
TEST(boot_waits_for_the_reset_of_the_hardware_and_fails_without_it)
{
	const struct kernel_config config = {.cmdqs = 8, .vmid_bits = 8};
	const struct kernel_ops ops = {.execute = fixture_execute};
	struct fixture *f = small_fixture();
	struct kernel *kernel = NULL;

	lie.offset = 0x8; /* STATUS */
	for (lie.value = 0; lie.value <= 1; lie.value++)
		assert_int_equal(kernel_create(&kernel, f->model, &config, &ops, f), -ETIMEDOUT);
	assert_null(kernel);
	lie.offset = 0;
	fixture_close(f);
}

#define PARAM(vcmdqs, vintfs, sids) ((uint64_t)(sids) << 12 | (vintfs) << 8 | (vcmdqs) << 4 | 1)

/* [HW-21] A CMDQV of another version, or larger than any, is none that Linux drives. */
TEST(boot_refuses_hardware_that_cannot_be)
{
	static const struct {
		uint64_t param;
		int expected;
	} params[] = {
		{PARAM(3, 2, 1), 0},	       {PARAM(3, 2, 1) + 1, -ENODEV}, /* version 2 */
		{PARAM(3, 2, 1) - 1, -ENODEV}, {PARAM(2, 3, 1), -ENODEV},
		{PARAM(8, 2, 1), -ENODEV},     {PARAM(7, 7, 1), -ENODEV},
		{PARAM(3, 2, 5), -ENODEV},
	};
	const struct kernel_config config = {.cmdqs = 8, .vmid_bits = 8};
	const struct kernel_ops ops = {.execute = fixture_execute};
	struct fixture *f = small_fixture();

	lie.offset = 0x4;
	for (size_t i = 0; i < COUNT(params); i++) {
		struct kernel *kernel = NULL;

		lie.value = params[i].param;
		if (kernel_create(&kernel, f->model, &config, &ops, f) != params[i].expected)
			fail_msg("PARAM %#x", (unsigned int)params[i].param);
		kernel_destroy(kernel);
	}
	lie.offset = 0;
	fixture_close(f);
}
