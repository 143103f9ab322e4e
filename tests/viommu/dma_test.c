/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's own SMMU, by where the DMA of a device goes: what a VMM tells it through the vIOMMU,
 * and what the host makes it forget [HW-24]. On the port of PORT.
 *
 * The device is bound as the guest's VSID, and begins in bypass of stage 1 (a guest's entry of CFG
 * 4), where an IOVA is a GPA. With stage 1, the IOVA leads to page A or B.
 */
#include <poll.h>

#include <cmdqv/model/dma.h>

#include "fixture.h"

enum {
	VSID = 8,
	SID = FIRST_SID,

	PAGE_B = 0xD000, /* of the guest, behind PAGE_A */
	NEXT = IOVA + 0x1000,
	COPY_BYTES = 64,

	CMD_SYNC = 0x46,
	ATC_INV = 0x40,
	TLBI_NSNH_ALL = 0x30,
	EATS = 1 << 28, /* in word 1 of an entry */
};

/* TLBI_NH_VA of ASID 7 */
#define TLBI (0x12 | 7ULL << 48)
#define OF_DEVICE ((uint64_t)VSID << 32)

/* Gives the VM its vIOMMU, and device `i`, which reaches all of its RAM. */
static void move_in(struct vmm *vmm, uint32_t i)
{
	struct cmdqv_error why;

	vmm->guest_repeats = true;
	if (vmm_open_viommu(vmm, &why))
		fail_msg("%s", why.text);
	assert_int_equal(vmm_add(vmm, i, VSID), 0);
	assert_int_equal(vmm_set_ste(vmm, VSID, STE_BYPASS, 0), 0);
}

static void open_on_smmu(struct vmm *vmm, uint32_t errata)
{
	vmm_prepare_on_smmu(vmm, &PORT, errata);
	move_in(vmm, 0);
}

static const uint8_t *reached(const struct vmm *vmm)
{
	return vmm_reached(vmm, SID, false);
}

/* The device is translated by tables of the guest. */
static void translate_by_stage1(struct vmm *vmm)
{
	vmm_write_tables(vmm);
	assert_int_equal(vmm_set_ste(vmm, VSID, STE_TABLES, 0), 0);
}

/* ---- what the host makes the SMMU forget ---- */

/* [HW-24] */
TEST(memory_that_is_unmapped_is_reached_by_no_cached_translation)
{
	struct vmm host, vmm;

	vmm_prepare_on_smmu(&host, &PORT, 0);
	vmm_prepare_beside(&vmm, &host);
	move_in(&vmm, 0);
	assert_ptr_equal(vmm_reached(&vmm, SID + DEVICES, false), vmm.ram + PAGE);
	assert_int_equal(PORT.unmap(&vmm, RAM_GPA, RAM_BYTES), 0);
	assert_null(vmm_reached(&vmm, SID + DEVICES, false));
	assert_int_equal(PORT.map(&vmm, RAM_GPA, vmm.ram, RAM_BYTES), 0);
	assert_ptr_equal(vmm_reached(&vmm, SID + DEVICES, false), vmm.ram + PAGE);
	vmm_close(&vmm);
	assert_null(vmm_reached(&host, SID + DEVICES, false));
	vmm_finish(&host);
}

/* [HW-24] The memory is unmapped while the device is on none. */
TEST(a_device_that_left_reaches_nothing_by_its_atc)
{
	struct vmm vmm;

	open_on_smmu(&vmm, 0);
	assert_int_equal(vmm_set_ste(&vmm, VSID, STE_BYPASS, EATS), 0);
	assert_ptr_equal(vmm_reached(&vmm, SID, true), vmm.ram + PAGE);
	assert_int_equal(vmm_remove(&vmm, VSID), 0);
	assert_int_equal(PORT.unmap(&vmm, RAM_GPA, RAM_BYTES), 0);
	assert_null(vmm_reached(&vmm, SID, true));
	assert_int_equal(vmm_add(&vmm, 0, VSID), 0);
	assert_int_equal(vmm_set_ste(&vmm, VSID, STE_BYPASS, EATS), 0);
	assert_null(vmm_reached(&vmm, SID, true));
	vmm_close(&vmm);
}

/* [HW-24] The next VM gets the VMID of the one before. */
TEST(a_vm_with_a_used_vmid_reaches_its_own_memory)
{
	struct vmm host, former, next;
	uint16_t vmid, former_vmid;
	uint32_t vintf;

	vmm_prepare_on_smmu(&host, &PORT, 0);
	vmm_prepare_beside(&former, &host);
	move_in(&former, 0);
	PORT.place(&former, &vintf, &former_vmid);
	assert_ptr_equal(vmm_reached(&host, SID + DEVICES, false), former.ram + PAGE);
	vmm_close(&former);
	vmm_prepare_beside(&next, &host);
	move_in(&next, 0);
	PORT.place(&next, &vintf, &vmid);
	assert_int_equal(vmid, former_vmid);
	assert_null(vmm_reached(&host, SID + DEVICES, false));
	assert_ptr_equal(vmm_reached(&host, SID + 2 * DEVICES, false), next.ram + PAGE);
	vmm_close(&next);
	vmm_finish(&host);
}

/* Binds queue 1 anew, where its first command is done and the second one is left. */
static void bind_between_two_commands(struct vmm *vmm)
{
	vmm_unbind(vmm, 1);
	assert_int_equal(vmm_bind(vmm, 1, NULL), 0);
	vmm_write(vmm, 1, CONS, 1);
	vmm_write(vmm, 1, PROD, 2);
	vmm_write(vmm, 1, CONFIG, 1);
	host_drain(vmm->host);
}

/* [DEV-33] [HW-13] The queue is bound anew between its ATC_INV and the CMD_SYNC that reports it. */
TEST(a_time_out_that_was_not_reported_stays_with_its_queue)
{
	struct vmm host, vmm;

	vmm_prepare_on_smmu(&host, &PORT, 0);
	vmm_prepare_beside(&vmm, &host);
	move_in(&vmm, 0);
	vmm_put(&vmm, 1, 0, ATC_INV | OF_DEVICE, 52);
	vmm_put(&vmm, 1, 1, CMD_SYNC, 0);
	assert_int_equal(cmdqv_model_inject(cmdqv_soft_host_model(host.own.soft), QUEUES + 1,
					    CMDQV_FAULT_ATC_TIME_OUT, 1),
			 0);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	vmm_start(&vmm, 1, 1);
	host_drain(vmm.host);
	assert_int_equal(vmm_read(&vmm, 1, CONS), 1);
	bind_between_two_commands(&vmm);
	assert_int_equal(vmm_read(&vmm, 1, CONS), 1 | 3 << 24);

	/* It is reported once. */
	bind_between_two_commands(&vmm);
	assert_int_equal(vmm_read(&vmm, 1, CONS), 2);
	vmm_close(&vmm);

	/* Not with the next VM. */
	vmm_prepare_beside(&vmm, &host);
	move_in(&vmm, 0);
	vmm_put(&vmm, 1, 0, CMD_SYNC, 0);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	vmm_start(&vmm, 1, 1);
	host_drain(vmm.host);
	assert_int_equal(vmm_read(&vmm, 1, CONS), 1);
	vmm_close(&vmm);
	vmm_finish(&host);
}

/* ---- what a VMM says reaches the SMMU ---- */

/* Lets the device copy from IOVA to NEXT. Did it come to an end? */
static bool copies(const struct vmm *vmm)
{
	const struct cmdqv_dma_config config = {.size = sizeof(config), .sid = SID};
	const struct cmdqv_dma_job job = {.size = sizeof(job),
					  .operation = CMDQV_DMA_COPY,
					  .source = IOVA,
					  .destination = NEXT,
					  .bytes = COPY_BYTES};
	struct cmdqv_dma_state state = {.size = sizeof(state)};
	struct cmdqv_dma *dma;

	assert_int_equal(
		cmdqv_dma_create(&dma, cmdqv_soft_host_smmu(vmm->host->soft), &config, NULL), 0);
	assert_int_equal(cmdqv_dma_start(dma, &job), 0);
	while (cmdqv_dma_step(dma, COPY_BYTES) > 0)
		continue;
	assert_int_equal(cmdqv_dma_get_state(dma, &state), 0);
	cmdqv_dma_destroy(dma);
	return state.status == CMDQV_DMA_DONE;
}

/* Is what is copied from `source` to `destination` in RAM what lay there? */
static void expect_copy(struct vmm *vmm, uint64_t source, uint64_t destination)
{
	memset(vmm->ram + source, 0x5A, COPY_BYTES);
	memset(vmm->ram + destination, 0, COPY_BYTES);
	assert_true(copies(vmm));
	assert_memory_equal(vmm->ram + destination, vmm->ram + source, COPY_BYTES);
}

/* [HW-18] [HW-19] Each change is in force when the call returns. */
TEST(dma_goes_where_the_guests_entry_says)
{
	struct vmm vmm;

	open_on_smmu(&vmm, 0);
	expect_copy(&vmm, PAGE, PAGE + 0x1000);
	assert_int_equal(vmm_set_ste(&vmm, VSID, STE_ABORT, 0), 0);
	assert_false(copies(&vmm));
	vmm_map_iova(&vmm, NEXT, PAGE_B);
	translate_by_stage1(&vmm);
	expect_copy(&vmm, PAGE_A, PAGE_B);
	assert_int_equal(vmm_set_ste(&vmm, VSID, 0, 0), 0); /* not valid */
	assert_false(copies(&vmm));
	assert_int_equal(vmm_set_ste(&vmm, VSID, STE_BYPASS, 0), 0);
	expect_copy(&vmm, PAGE, PAGE + 0x1000);

	/* A device that is removed is blocked, and stays so until it has an entry again. */
	assert_int_equal(vmm_remove(&vmm, VSID), 0);
	assert_false(copies(&vmm));
	assert_int_equal(vmm_add(&vmm, 1, VSID), 0);
	assert_null(vmm_reached(&vmm, SID + 1, false));
	assert_int_equal(vmm_set_ste(&vmm, VSID, STE_BYPASS, 0), 0);
	assert_ptr_equal(vmm_reached(&vmm, SID + 1, false), vmm.ram + PAGE);
	assert_null(reached(&vmm));
	vmm_close(&vmm);
}

static void invalidate(struct vmm *vmm, uint64_t word0, uint64_t word1)
{
	const struct cmdqv_viommu_command command = {{word0, word1}};
	struct cmdqv_viommu_result result;

	assert_int_equal(cmdqv_viommu_invalidate(vmm->viommu, &command, 1, &result, NULL), 0);
	assert_int_equal(result.issued, 1);
}

/* [HW-18] A translation is stale until a TLBI of its page, the device's own until an ATC_INV. */
TEST(trapped_invalidations_make_stale_translations_go)
{
	struct vmm vmm;

	open_on_smmu(&vmm, 0);
	translate_by_stage1(&vmm);
	assert_int_equal(vmm_set_ste(&vmm, VSID, STE_TABLES, EATS), 0);
	assert_ptr_equal(reached(&vmm), vmm.ram + PAGE_A);
	assert_ptr_equal(vmm_reached(&vmm, SID, true), vmm.ram + PAGE_A);
	vmm_map_iova(&vmm, IOVA, PAGE_B);
	assert_ptr_equal(reached(&vmm), vmm.ram + PAGE_A);
	invalidate(&vmm, TLBI, NEXT);
	assert_ptr_equal(reached(&vmm), vmm.ram + PAGE_A);
	invalidate(&vmm, TLBI, IOVA);
	assert_ptr_equal(reached(&vmm), vmm.ram + PAGE_B);
	assert_ptr_equal(vmm_reached(&vmm, SID, true), vmm.ram + PAGE_A);
	invalidate(&vmm, ATC_INV | OF_DEVICE, 52);
	assert_ptr_equal(vmm_reached(&vmm, SID, true), vmm.ram + PAGE_B);
	vmm_close(&vmm);
}

/*
 * [DEV-29] The guest is put back to before it mapped IOVA, on a new vIOMMU of the same nest parent,
 * and maps it to another page: nothing was mapped there, so it invalidates nothing.
 */
TEST(a_vm_that_goes_back_meets_what_came_after_until_all_is_invalidated)
{
	struct vmm host, vmm;

	vmm_prepare_on_smmu(&host, &PORT, 0);
	vmm_prepare_beside(&vmm, &host);
	move_in(&vmm, 0);
	translate_by_stage1(&vmm);
	assert_int_equal(vmm_set_ste(&vmm, VSID, STE_TABLES, EATS), 0);
	assert_ptr_equal(vmm_reached(&vmm, SID + DEVICES, false), vmm.ram + PAGE_A);
	assert_ptr_equal(vmm_reached(&vmm, SID + DEVICES, true), vmm.ram + PAGE_A);
	vmm_close_viommu(&vmm);
	move_in(&vmm, 0);
	vmm_map_iova(&vmm, IOVA, PAGE_B);
	assert_int_equal(vmm_set_ste(&vmm, VSID, STE_TABLES, EATS), 0);
	assert_ptr_equal(vmm_reached(&vmm, SID + DEVICES, false), vmm.ram + PAGE_A);
	invalidate(&vmm, TLBI_NSNH_ALL, 0);
	assert_ptr_equal(vmm_reached(&vmm, SID + DEVICES, false), vmm.ram + PAGE_B);
	assert_ptr_equal(vmm_reached(&vmm, SID + DEVICES, true), vmm.ram + PAGE_B);
	vmm_close(&vmm);
	vmm_finish(&host);
}

/* The kernel's trap: it drops the commands before a bad one in its chunk of 63. */
TEST(a_tlbi_before_a_refused_command_has_its_effect)
{
	static const size_t refused[] = {1, 62, 63, 64, 69};
	struct cmdqv_viommu_result result;
	struct vmm vmm;

	open_on_smmu(&vmm, 0);
	translate_by_stage1(&vmm);
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct cmdqv_viommu_command commands[70];

		for (size_t c = 0; c < 70; c++)
			commands[c] = (struct cmdqv_viommu_command){{TLBI, NEXT}};
		commands[refused[i] - 1].word[1] = IOVA;
		commands[refused[i]].word[0] = ATC_INV | 0x99ULL << 32; /* no such StreamID */
		vmm_map_iova(&vmm, IOVA, PAGE_A);
		invalidate(&vmm, TLBI, IOVA);
		assert_ptr_equal(reached(&vmm), vmm.ram + PAGE_A);
		vmm_map_iova(&vmm, IOVA, PAGE_B);
		assert_int_equal(cmdqv_viommu_invalidate(vmm.viommu, commands, 70, &result, NULL),
				 0);
		assert_int_equal(result.issued, refused[i]);
		assert_ptr_equal(reached(&vmm), vmm.ram + PAGE_B);
	}
	vmm_close(&vmm);
}

static bool smmu_is_readable(const struct vmm *vmm)
{
	struct pollfd poll_fd = {.fd = cmdqv_viommu_smmu_event_fd(vmm->viommu), .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

/* [HW-18] The guest's StreamID in the record; nothing of a device that the guest does not have. */
TEST(a_fault_is_an_event_of_the_vm_that_has_the_device)
{
	struct cmdqv_viommu_event event;
	struct vmm vmm;

	open_on_smmu(&vmm, 0);
	translate_by_stage1(&vmm);
	assert_false(smmu_is_readable(&vmm));
	vmm_write_ram(&vmm, TABLE3 + (IOVA >> 12 & 511) * 8, 0);
	assert_null(reached(&vmm));
	assert_true(smmu_is_readable(&vmm));
	assert_int_equal(cmdqv_viommu_smmu_event(vmm.viommu, &event), 1);
	assert_int_equal(event.word[0], CMDQV_SMMU_F_TRANSLATION | OF_DEVICE);
	assert_int_equal(event.word[2], IOVA);
	assert_int_equal(event.sequence, 0);
	assert_int_equal(event.missed, 0);
	assert_false(event.lost);
	assert_int_equal(cmdqv_viommu_smmu_event(vmm.viommu, &event), 0);
	assert_false(smmu_is_readable(&vmm));

	/* What the SMMU keeps of a context descriptor goes with a CFGI_CD. */
	vmm_write_ram(&vmm, CONTEXT, 0);
	assert_null(reached(&vmm));
	assert_int_equal(cmdqv_viommu_smmu_event(vmm.viommu, &event), 1);
	assert_int_equal(event.word[0] & 0xFF, CMDQV_SMMU_F_TRANSLATION);
	invalidate(&vmm, 0x05 | OF_DEVICE, 1);
	assert_null(reached(&vmm));
	assert_int_equal(cmdqv_viommu_smmu_event(vmm.viommu, &event), 1);
	assert_int_equal(event.word[0], CMDQV_SMMU_C_BAD_CD | OF_DEVICE);

	assert_null(vmm_reached(&vmm, SID + 1, false));
	assert_int_equal(vmm_remove(&vmm, VSID), 0);
	assert_null(reached(&vmm));
	assert_int_equal(cmdqv_viommu_smmu_event(vmm.viommu, &event), 0);
	vmm_close(&vmm);
}

/* [HW-18] [ABI-8] A guest that is shown one stage hears of one stage; Linux logs the rest. */
TEST(a_fault_of_stage_2_is_no_event_of_the_guest)
{
	struct vmm vmm;

	open_on_smmu(&vmm, 0);
	assert_int_equal(PORT.unmap(&vmm, RAM_GPA, RAM_BYTES), 0);
	assert_null(reached(&vmm));
	assert_false(smmu_is_readable(&vmm));
	assert_int_equal(PORT.map(&vmm, RAM_GPA, vmm.ram, RAM_BYTES), 0);
	vmm_close(&vmm);
}

/* ---- [DEV-34] hardware that wants each invalidation twice ---- */

TEST(a_guest_that_repeats_is_told_that_it_must)
{
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	struct vmm vmm;

	open_on_smmu(&vmm, CMDQV_SMMU_REPEAT);
	assert_int_equal(PORT.query(&vmm, vmm.dev_id[0], &info, NULL), 0);
	assert_int_equal(info.smmu_flags, 1);
	vmm_close(&vmm);
}

/* [HW-25] A guest's own queue: stale after one batch, right after the same batch again, each time.
 */
TEST(data_are_stale_without_repetition_and_right_with_it)
{
	struct vmm vmm;

	open_on_smmu(&vmm, CMDQV_SMMU_REPEAT);
	translate_by_stage1(&vmm);
	assert_ptr_equal(reached(&vmm), vmm.ram + PAGE_A);
	for (uint32_t batch = 0; batch < 4; batch++) {
		vmm_put(&vmm, 0, 2 * batch, TLBI, IOVA);
		vmm_put(&vmm, 0, 2 * batch + 1, CMD_SYNC, 0);
	}
	vmm_start(&vmm, 0, 0);
	for (uint32_t batch = 0; batch < 4; batch++) {
		uint64_t pages[2] = {PAGE_A, PAGE_B};
		bool second = batch % 2;
		bool back = batch / 2;

		vmm_map_iova(&vmm, IOVA, pages[!back]);
		vmm_write(&vmm, 0, PROD, 2 * (batch + 1));
		host_drain(vmm.host);
		assert_ptr_equal(reached(&vmm), vmm.ram + pages[second != back]);
	}
	vmm_close(&vmm);
}

/* A VMM that traps needs to know nothing: cmdqv_viommu_invalidate() repeats. */
TEST(trapped_invalidations_are_repeated)
{
	struct vmm vmm;

	open_on_smmu(&vmm, CMDQV_SMMU_REPEAT);
	translate_by_stage1(&vmm);
	for (uint32_t round = 0; round < 3; round++) {
		uint64_t page = round % 2 ? PAGE_A : PAGE_B;

		vmm_map_iova(&vmm, IOVA, page);
		invalidate(&vmm, TLBI, IOVA);
		assert_ptr_equal(reached(&vmm), vmm.ram + page);
	}
	vmm_close(&vmm);
}
