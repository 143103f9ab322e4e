/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/soft/smmu.c and src/kernel/smmu.c: the host's own SMMU, what a VMM tells it through the
 * vIOMMU, and what the host makes it forget [HW-24]. Devices begin in bypass of stage 1 (a guest's
 * entry of CFG 4), where an IOVA is a GPA.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/model/dma.h>
#include <cmdqv/model/soft.h>

#include "../test.h"

enum { RAM_BYTES = 0x10000, SID = 0x80, VSID = 8, IOVA = 0x5000 };

static const uint64_t bypass[2] = {4 << 1 | 1, 0};

struct tenant {
	struct cmdqv_soft_vm *vm;
	struct cmdqv_viommu *viommu;
	struct cmdqv_backend backend;
	uint8_t *ram;
};

static void kick(void *user)
{
	(void)user;
}

static struct cmdqv_soft_host *host_create_with(uint32_t errata)
{
	const struct cmdqv_soft_host_config config = {.size = sizeof(config),
						      .log2_vcmdqs = 2,
						      .log2_vintfs = 1,
						      .log2_sids = 4,
						      .cmdqs = 8,
						      .errata = errata};
	const struct cmdqv_soft_ops ops = {.size = sizeof(ops), .kick = kick};
	struct cmdqv_soft_host *host;

	assert_int_equal(cmdqv_soft_host_create(&host, &config, &ops, NULL, NULL), 0);
	return host;
}

static struct cmdqv_soft_host *host_create(void)
{
	return host_create_with(0);
}

/* A VM whose device, of StreamID `sid`, reaches all of its RAM. */
static void move_in(struct tenant *tenant, struct cmdqv_soft_host *host, uint32_t sid)
{
	uint32_t dev_id;

	tenant->ram = aligned_alloc(4096, RAM_BYTES);
	assert_non_null(tenant->ram);
	memset(tenant->ram, 0, RAM_BYTES);
	assert_int_equal(cmdqv_soft_vm_create(&tenant->vm, host, NULL), 0);
	cmdqv_soft_vm_guest_repeats(tenant->vm);
	assert_int_equal(cmdqv_soft_map_ram(tenant->vm, (cmdqv_gpa_t){0}, tenant->ram, RAM_BYTES),
			 0);
	assert_int_equal(cmdqv_soft_open(&tenant->viommu, tenant->vm, &tenant->backend, NULL), 0);
	assert_int_equal(cmdqv_soft_bind_device(tenant->vm, (cmdqv_sid_t){sid}, &dev_id), 0);
	assert_int_equal(
		cmdqv_viommu_add_device(tenant->viommu, (cmdqv_vsid_t){VSID}, dev_id, -1, NULL), 0);
	assert_int_equal(cmdqv_viommu_set_ste(tenant->viommu, (cmdqv_vsid_t){VSID}, bypass, NULL),
			 0);
}

static void move_out(struct tenant *tenant)
{
	cmdqv_viommu_close(tenant->viommu);
	cmdqv_soft_vm_destroy(tenant->vm);
	free(tenant->ram);
}

/* Where a device's access leads: an address of this process, or NULL. */
static uint8_t *reached(struct cmdqv_soft_host *host, uint32_t sid)
{
	const struct cmdqv_smmu_access access = {.address = IOVA, .sid = sid};
	struct cmdqv_smmu_translation translation;

	if (cmdqv_smmu_translate(cmdqv_soft_host_smmu(host), &access, &translation))
		return NULL;
	return (uint8_t *)(uintptr_t)translation.physical;
}

/* [HW-24] */
TEST(memory_that_is_unmapped_is_reached_by_no_cached_translation)
{
	struct cmdqv_soft_host *host = host_create();
	struct tenant tenant;

	move_in(&tenant, host, SID);
	assert_ptr_equal(reached(host, SID), tenant.ram + IOVA);
	assert_int_equal(cmdqv_soft_unmap_ram(tenant.vm, (cmdqv_gpa_t){0}, RAM_BYTES), 0);
	assert_null(reached(host, SID));
	assert_int_equal(cmdqv_soft_map_ram(tenant.vm, (cmdqv_gpa_t){0}, tenant.ram, RAM_BYTES), 0);
	assert_ptr_equal(reached(host, SID), tenant.ram + IOVA);
	move_out(&tenant);
	assert_null(reached(host, SID));
	cmdqv_soft_host_destroy(host);
}

/* [HW-24] One VINTF: the next VM gets the VMID of the one before. */
TEST(a_vm_with_a_used_vmid_reaches_its_own_memory)
{
	struct cmdqv_soft_host *host = host_create();
	struct tenant former, next;
	uint16_t vmid;

	move_in(&former, host, SID);
	vmid = cmdqv_soft_vmid(former.viommu);
	assert_ptr_equal(reached(host, SID), former.ram + IOVA);
	move_out(&former);
	move_in(&next, host, SID + 1);
	assert_int_equal(cmdqv_soft_vmid(next.viommu), vmid);
	assert_null(reached(host, SID));
	assert_ptr_equal(reached(host, SID + 1), next.ram + IOVA);
	move_out(&next);
	cmdqv_soft_host_destroy(host);
}

/* [DEV-33] [HW-13] The queue is bound anew between its ATC_INV and the CMD_SYNC that reports it. */
TEST(a_time_out_that_was_not_reported_stays_with_its_queue)
{
	enum { CONS = 0x00, PROD = 0x04, CONFIG = 0x08, RING_BYTES = 0x100 };
	struct cmdqv_soft_host *host = host_create();
	const cmdqv_gpa_t ring = {0x1000};
	struct tenant tenant;
	uint64_t *entries;

	move_in(&tenant, host, SID);
	entries = (uint64_t *)(void *)(tenant.ram + ring.value);
	entries[0] = 0x40 | (uint64_t)VSID << 32; /* ATC_INV */
	entries[1] = 52;
	entries[2] = 0x46; /* CMD_SYNC */
	assert_int_equal(tenant.backend.ops->queue_bind(tenant.viommu, 0, ring, RING_BYTES, NULL),
			 0);
	assert_int_equal(
		cmdqv_model_inject(cmdqv_soft_host_model(host), 2, CMDQV_FAULT_ATC_TIME_OUT, 1), 0);
	tenant.backend.ops->queue_write(tenant.viommu, 0, CONFIG, 1);
	tenant.backend.ops->queue_write(tenant.viommu, 0, PROD, 1);
	while (cmdqv_soft_host_run(host, 64) > 0)
		continue;
	assert_int_equal(tenant.backend.ops->queue_read(tenant.viommu, 0, CONS), 1);
	tenant.backend.ops->queue_unbind(tenant.viommu, 0);
	assert_int_equal(tenant.backend.ops->queue_bind(tenant.viommu, 0, ring, RING_BYTES, NULL),
			 0);
	tenant.backend.ops->queue_write(tenant.viommu, 0, CONS, 1);
	tenant.backend.ops->queue_write(tenant.viommu, 0, PROD, 2);
	tenant.backend.ops->queue_write(tenant.viommu, 0, CONFIG, 1);
	while (cmdqv_soft_host_run(host, 64) > 0)
		continue;
	assert_int_equal(tenant.backend.ops->queue_read(tenant.viommu, 0, CONS), 1 | 3 << 24);
	move_out(&tenant);

	/* Not with the next VM. */
	move_in(&tenant, host, SID);
	memset(tenant.ram, 0, RAM_BYTES);
	entries = (uint64_t *)(void *)(tenant.ram + ring.value);
	entries[0] = 0x46;
	assert_int_equal(tenant.backend.ops->queue_bind(tenant.viommu, 0, ring, RING_BYTES, NULL),
			 0);
	tenant.backend.ops->queue_write(tenant.viommu, 0, CONFIG, 1);
	tenant.backend.ops->queue_write(tenant.viommu, 0, PROD, 1);
	while (cmdqv_soft_host_run(host, 64) > 0)
		continue;
	assert_int_equal(tenant.backend.ops->queue_read(tenant.viommu, 0, CONS), 1);
	move_out(&tenant);
	cmdqv_soft_host_destroy(host);
}

enum {
	CONTEXT = 0x2000,
	TABLE1 = 0x3000,
	TABLE2 = 0x4000,
	TABLE3 = 0x6000,
	PAGE_A = 0x7000,
	PAGE_B = 0x8000,
	RING = 0x1000,
};

static void put(struct tenant *tenant, uint64_t gpa, uint64_t value)
{
	memcpy(tenant->ram + gpa, &value, sizeof(value));
}

/* IOVA leads to `page`: 39 bits, 4 KiB, ASID 7. */
static void map_iova(struct tenant *tenant, uint64_t page)
{
	put(tenant, TABLE3 + (IOVA >> 12) * 8,
	    page | 0x743); /* page, AF, SH, AP: writable by EL0 */
}

static void translate_by_stage1(struct tenant *tenant)
{
	const uint64_t stage1[2] = {CONTEXT | 5 << 1 | 1, 0};

	put(tenant, CONTEXT, 25 | 1ULL << 31 | 5ULL << 32 | 1ULL << 41 | 3ULL << 45 | 7ULL << 48);
	put(tenant, CONTEXT + 8, TABLE1);
	put(tenant, TABLE1, TABLE2 | 3);
	put(tenant, TABLE2, TABLE3 | 3);
	map_iova(tenant, PAGE_A);
	assert_int_equal(cmdqv_viommu_set_ste(tenant->viommu, (cmdqv_vsid_t){VSID}, stage1, NULL),
			 0);
}

/* ---- what a VMM says reaches the SMMU ---- */

enum { COPY_BYTES = 64, NEXT = IOVA + 0x1000 };

static int set_entry(struct tenant *tenant, uint64_t word0, uint64_t word1)
{
	const uint64_t ste[2] = {word0, word1};

	return cmdqv_viommu_set_ste(tenant->viommu, (cmdqv_vsid_t){VSID}, ste, NULL);
}

/* Lets the device copy from IOVA to NEXT. Did it come to an end? */
static bool copies(struct cmdqv_soft_host *host)
{
	const struct cmdqv_dma_config config = {.size = sizeof(config), .sid = SID};
	const struct cmdqv_dma_job job = {.size = sizeof(job),
					  .operation = CMDQV_DMA_COPY,
					  .source = IOVA,
					  .destination = NEXT,
					  .bytes = COPY_BYTES};
	struct cmdqv_dma_state state = {.size = sizeof(state)};
	struct cmdqv_dma *dma;

	assert_int_equal(cmdqv_dma_create(&dma, cmdqv_soft_host_smmu(host), &config, NULL), 0);
	assert_int_equal(cmdqv_dma_start(dma, &job), 0);
	while (cmdqv_dma_step(dma, COPY_BYTES) > 0)
		continue;
	assert_int_equal(cmdqv_dma_get_state(dma, &state), 0);
	cmdqv_dma_destroy(dma);
	return state.status == CMDQV_DMA_DONE;
}

/* Is what is copied from `source` to `destination`, by GPA, what lay there? */
static void expect_copy(struct cmdqv_soft_host *host, struct tenant *tenant, uint64_t source,
			uint64_t destination)
{
	memset(tenant->ram + source, 0x5A, COPY_BYTES);
	memset(tenant->ram + destination, 0, COPY_BYTES);
	assert_true(copies(host));
	assert_memory_equal(tenant->ram + destination, tenant->ram + source, COPY_BYTES);
}

/* [HW-18] [HW-19] Each change is in force when the call returns. */
TEST(dma_goes_where_the_guests_entry_says)
{
	struct cmdqv_soft_host *host = host_create();
	struct tenant tenant;
	uint32_t dev_id;

	move_in(&tenant, host, SID);
	expect_copy(host, &tenant, IOVA, NEXT);
	assert_int_equal(set_entry(&tenant, 1, 0), 0); /* abort */
	assert_false(copies(host));
	translate_by_stage1(&tenant);
	put(&tenant, TABLE3 + (NEXT >> 12) * 8, PAGE_B | 0x743);
	expect_copy(host, &tenant, PAGE_A, PAGE_B);
	assert_int_equal(set_entry(&tenant, 0, 0), 0); /* not valid */
	assert_false(copies(host));
	assert_int_equal(set_entry(&tenant, bypass[0], 0), 0);
	expect_copy(host, &tenant, IOVA, NEXT);

	/* A device that is removed is blocked, and stays so until it has an entry again. */
	assert_int_equal(cmdqv_viommu_remove_device(tenant.viommu, (cmdqv_vsid_t){VSID}, NULL), 0);
	assert_false(copies(host));
	assert_int_equal(cmdqv_soft_bind_device(tenant.vm, (cmdqv_sid_t){SID + 1}, &dev_id), 0);
	assert_int_equal(
		cmdqv_viommu_add_device(tenant.viommu, (cmdqv_vsid_t){VSID}, dev_id, -1, NULL), 0);
	assert_null(reached(host, SID + 1));
	assert_int_equal(set_entry(&tenant, bypass[0], 0), 0);
	assert_ptr_equal(reached(host, SID + 1), tenant.ram + IOVA);
	assert_null(reached(host, SID));
	move_out(&tenant);
	cmdqv_soft_host_destroy(host);
}

static void invalidate(struct tenant *tenant, uint64_t word0, uint64_t word1)
{
	const struct cmdqv_viommu_command command = {{word0, word1}};
	struct cmdqv_viommu_result result;

	assert_int_equal(cmdqv_viommu_invalidate(tenant->viommu, &command, 1, &result, NULL), 0);
	assert_int_equal(result.issued, 1);
}

/* [HW-18] A translation is stale until a TLBI of its page, the one in the device until an ATC_INV.
 */
TEST(trapped_invalidations_make_stale_translations_go)
{
	const struct cmdqv_smmu_access ats = {.address = IOVA, .sid = SID, .ats = true};
	struct cmdqv_soft_host *host = host_create();
	struct cmdqv_smmu_translation by_atc;
	struct tenant tenant;

	move_in(&tenant, host, SID);
	translate_by_stage1(&tenant);
	assert_int_equal(set_entry(&tenant, CONTEXT | 5 << 1 | 1, 1 << 28), 0); /* EATS */
	assert_ptr_equal(reached(host, SID), tenant.ram + PAGE_A);
	assert_int_equal(cmdqv_smmu_translate(cmdqv_soft_host_smmu(host), &ats, &by_atc), 0);
	map_iova(&tenant, PAGE_B);
	assert_ptr_equal(reached(host, SID), tenant.ram + PAGE_A);
	invalidate(&tenant, 0x12 | 7ULL << 48, NEXT);
	assert_ptr_equal(reached(host, SID), tenant.ram + PAGE_A);
	invalidate(&tenant, 0x12 | 7ULL << 48, IOVA);
	assert_ptr_equal(reached(host, SID), tenant.ram + PAGE_B);

	assert_int_equal(cmdqv_smmu_translate(cmdqv_soft_host_smmu(host), &ats, &by_atc), 0);
	assert_int_equal(by_atc.physical, (uintptr_t)tenant.ram + PAGE_A);
	invalidate(&tenant, 0x40 | (uint64_t)VSID << 32, 52);
	assert_int_equal(cmdqv_smmu_translate(cmdqv_soft_host_smmu(host), &ats, &by_atc), 0);
	assert_int_equal(by_atc.physical, (uintptr_t)tenant.ram + PAGE_B);
	move_out(&tenant);
	cmdqv_soft_host_destroy(host);
}

/* The kernel's trap: it drops the commands before a bad one in its chunk of 63. */
TEST(a_tlbi_before_a_refused_command_has_its_effect)
{
	static const size_t refused[] = {1, 62, 63, 64, 69};
	struct cmdqv_soft_host *host = host_create();
	struct cmdqv_viommu_result result;
	struct tenant tenant;

	move_in(&tenant, host, SID);
	translate_by_stage1(&tenant);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct cmdqv_viommu_command commands[70];

		for (size_t c = 0; c < 70; c++)
			commands[c] = (struct cmdqv_viommu_command){{0x12 | 7ULL << 48, NEXT}};
		commands[refused[i] - 1].word[1] = IOVA;
		commands[refused[i]].word[0] = 0x40 | 0x99ULL << 32; /* no such StreamID */
		map_iova(&tenant, PAGE_A);
		invalidate(&tenant, 0x12 | 7ULL << 48, IOVA);
		assert_ptr_equal(reached(host, SID), tenant.ram + PAGE_A);
		map_iova(&tenant, PAGE_B);
		assert_int_equal(
			cmdqv_viommu_invalidate(tenant.viommu, commands, 70, &result, NULL), 0);
		assert_int_equal(result.issued, refused[i]);
		assert_ptr_equal(reached(host, SID), tenant.ram + PAGE_B);
	}
	move_out(&tenant);
	cmdqv_soft_host_destroy(host);
}

static bool is_readable(const struct tenant *tenant)
{
	struct pollfd poll_fd = {.fd = cmdqv_viommu_smmu_event_fd(tenant->viommu),
				 .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

/* [HW-18] The guest's StreamID in the record, and nothing of a device that the guest does not have.
 */
TEST(a_fault_is_an_event_of_the_vm_that_has_the_device)
{
	struct cmdqv_soft_host *host = host_create();
	struct cmdqv_viommu_event event;
	struct tenant tenant;

	move_in(&tenant, host, SID);
	translate_by_stage1(&tenant);
	assert_false(is_readable(&tenant));
	put(&tenant, TABLE3 + (IOVA >> 12) * 8, 0);
	assert_null(reached(host, SID));
	assert_true(is_readable(&tenant));
	assert_int_equal(cmdqv_viommu_smmu_event(tenant.viommu, &event), 1);
	assert_int_equal(event.word[0], CMDQV_SMMU_F_TRANSLATION | (uint64_t)VSID << 32);
	assert_int_equal(event.word[2], IOVA);
	assert_int_equal(event.sequence, 0);
	assert_int_equal(event.missed, 0);
	assert_false(event.lost);
	assert_int_equal(cmdqv_viommu_smmu_event(tenant.viommu, &event), 0);
	assert_false(is_readable(&tenant));

	/* What the SMMU keeps of a context descriptor goes with a CFGI_CD. */
	put(&tenant, CONTEXT, 0);
	assert_null(reached(host, SID));
	assert_int_equal(cmdqv_viommu_smmu_event(tenant.viommu, &event), 1);
	assert_int_equal(event.word[0] & 0xFF, CMDQV_SMMU_F_TRANSLATION);
	invalidate(&tenant, 0x05 | (uint64_t)VSID << 32, 1);
	assert_null(reached(host, SID));
	assert_int_equal(cmdqv_viommu_smmu_event(tenant.viommu, &event), 1);
	assert_int_equal(event.word[0], CMDQV_SMMU_C_BAD_CD | (uint64_t)VSID << 32);

	assert_null(reached(host, SID + 1));
	assert_int_equal(cmdqv_viommu_remove_device(tenant.viommu, (cmdqv_vsid_t){VSID}, NULL), 0);
	assert_null(reached(host, SID));
	assert_int_equal(cmdqv_viommu_smmu_event(tenant.viommu, &event), 0);
	move_out(&tenant);
	cmdqv_soft_host_destroy(host);
}

/* ---- [DEV-34] hardware that wants each invalidation twice ---- */

TEST(an_smmu_that_wants_repetition_needs_a_guest_that_repeats)
{
	struct cmdqv_soft_host *host = host_create_with(CMDQV_SMMU_REPEAT);
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	struct cmdqv_error why = {.text = ""};
	struct cmdqv_backend backend;
	struct cmdqv_viommu *viommu;
	struct cmdqv_soft_vm *vm;

	assert_int_equal(cmdqv_soft_vm_create(&vm, host, NULL), 0);
	assert_int_equal(cmdqv_soft_query(vm, 0, &info, NULL), 0);
	assert_int_equal(info.smmu_flags, 1);
	assert_int_equal(cmdqv_soft_open(&viommu, vm, &backend, &why), -EOPNOTSUPP);
	assert_string_equal(why.id, "erratum-repeat");
	assert_non_null(strstr(why.text, "nvidia,tegra264-smmu"));
	cmdqv_soft_vm_guest_repeats(vm);
	assert_int_equal(cmdqv_soft_open(&viommu, vm, &backend, &why), 0);
	cmdqv_viommu_close(viommu);
	cmdqv_soft_vm_destroy(vm);
	cmdqv_soft_host_destroy(host);
}

/* [HW-25] A guest's own queue: stale after one batch, right after the same batch again. */
TEST(data_are_stale_without_repetition_and_right_with_it)
{
	enum { PROD = 0x04, CONFIG = 0x08 };
	struct cmdqv_soft_host *host = host_create_with(CMDQV_SMMU_REPEAT);
	struct tenant tenant;

	move_in(&tenant, host, SID);
	translate_by_stage1(&tenant);
	assert_ptr_equal(reached(host, SID), tenant.ram + PAGE_A);
	for (uint32_t batch = 0; batch < 2; batch++) {
		put(&tenant, RING + 32 * batch, 0x12 | 7ULL << 48); /* TLBI_NH_VA */
		put(&tenant, RING + 32 * batch + 8, IOVA);
		put(&tenant, RING + 32 * batch + 16, 0x46);
	}
	assert_int_equal(
		tenant.backend.ops->queue_bind(tenant.viommu, 0, (cmdqv_gpa_t){RING}, 0x100, NULL),
		0);
	tenant.backend.ops->queue_write(tenant.viommu, 0, CONFIG, 1);
	map_iova(&tenant, PAGE_B);
	for (uint32_t batch = 0; batch < 2; batch++) {
		tenant.backend.ops->queue_write(tenant.viommu, 0, PROD, 2 * (batch + 1));
		while (cmdqv_soft_host_run(host, 64) > 0)
			continue;
		assert_ptr_equal(reached(host, SID), tenant.ram + (batch == 0 ? PAGE_A : PAGE_B));
	}
	move_out(&tenant);
	cmdqv_soft_host_destroy(host);
}

/* A VMM that traps needs to know nothing: cmdqv_viommu_invalidate() repeats. */
TEST(trapped_invalidations_are_repeated)
{
	const struct cmdqv_viommu_command tlbi = {{0x12 | 7ULL << 48, IOVA}};
	struct cmdqv_soft_host *host = host_create_with(CMDQV_SMMU_REPEAT);
	struct cmdqv_viommu_result result;
	struct tenant tenant;

	move_in(&tenant, host, SID);
	translate_by_stage1(&tenant);
	for (uint32_t round = 0; round < 3; round++) {
		map_iova(&tenant, round % 2 ? PAGE_A : PAGE_B);
		assert_int_equal(cmdqv_viommu_invalidate(tenant.viommu, &tlbi, 1, &result, NULL),
				 0);
		assert_int_equal(result.issued, 1);
		assert_ptr_equal(reached(host, SID), tenant.ram + (round % 2 ? PAGE_A : PAGE_B));
	}
	move_out(&tenant);
	cmdqv_soft_host_destroy(host);
}
