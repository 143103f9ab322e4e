/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest with two SMMUs: two devices, each on a model of its own, as on a machine whose
 * every SMMU has its CMDQV. They share nothing: same VINTF, same VMID, same addresses, and
 * whatever happens at one does not happen at the other.
 */
#include "../test.h"
#include "vm.h"

enum {
	LOG2 = 4,
	ENTRIES = 1 << LOG2,
	ROUNDS = 100,
	CONS = 0x00,
	PROD = 0x04,
	STATUS = 0x0C,
	GERROR = 0x10,
	GERRORN = 0x14,
	SYNC = 0x46,
	TLBI_NH_ALL = 0x10, /* not for guests */
};

/* One SMMU of the guest: what its CMDQV executed, and where its driver stands. */
struct smmu {
	struct host host;
	struct vm vm;
	uint64_t mark; /* in the addresses that are sent to it, and to no other */
	uint64_t tlbis;
	uint64_t syncs;
	uint64_t foreign; /* commands of another's driver */
	uint32_t prod;
};

static void note(void *context, const struct cmdqv_command *command)
{
	struct smmu *smmu = context;

	if (command->opcode == SYNC)
		smmu->syncs++;
	else if (command->address >> 32 == smmu->mark)
		smmu->tlbis++;
	else
		smmu->foreign++;
}

static void open_smmu(struct smmu *smmu, uint64_t mark)
{
	*smmu = (struct smmu){.mark = mark};
	host_open(&smmu->host, 2, 1);
	smmu->host.executed = note;
	smmu->host.context = smmu;
	vm_open(&smmu->vm, &smmu->host, 0);
	vm_bring_up(&smmu->vm, LOG2);
}

static void close_smmu(struct smmu *smmu)
{
	vm_close(&smmu->vm);
	host_close(&smmu->host);
}

static void put(struct smmu *smmu, uint64_t word0, uint64_t word1)
{
	vm_put(&smmu->vm, 0, LOG2, smmu->prod, word0, word1);
	smmu->prod = (smmu->prod + 1) % (2 * ENTRIES);
}

/* An unmap, rung but not waited for. */
static void ring(struct smmu *smmu)
{
	uint64_t word1, word0 = vm_tlbi(smmu->mark << 32, &word1);

	put(smmu, word0, word1);
	put(smmu, SYNC, 0);
	vcpu_write(&smmu->vm, 0, PROD, smmu->prod);
}

static void expect_done(struct smmu *smmu)
{
	host_drain(&smmu->host);
	assert_int_equal(vcpu_read(&smmu->vm, 0, CONS), smmu->prod);
}

/* [HW-22] [DEV-18] */
TEST(each_executes_its_own_commands_and_no_other)
{
	struct smmu one, two;

	open_smmu(&one, 1);
	open_smmu(&two, 2);
	for (int i = 0; i < ROUNDS; i++) {
		ring(&one);
		ring(&two);
		/* The engine of the one leaves the other's ring alone. */
		expect_done(&one);
		assert_int_equal(two.tlbis, i);
		expect_done(&two);
	}
	assert_int_equal(one.tlbis, ROUNDS);
	assert_int_equal(two.tlbis, ROUNDS);
	assert_int_equal(one.syncs + two.syncs, 2 * ROUNDS);
	assert_int_equal(one.foreign + two.foreign, 0);
	close_smmu(&one);
	close_smmu(&two);
}

/* [HW-9] [DEV-23] [DEV-24] */
TEST(an_error_of_one_is_none_of_the_other)
{
	struct smmu one, two;

	open_smmu(&one, 1);
	open_smmu(&two, 2);
	put(&one, TLBI_NH_ALL, 0);
	vcpu_write(&one.vm, 0, PROD, one.prod);
	host_drain(&one.host);
	vm_events(&one.vm);
	vm_events(&two.vm);
	assert_int_equal(one.vm.interrupts, 1);
	assert_int_equal(two.vm.interrupts, 0);
	assert_int_equal(vm_read(&one.vm, 0x10C0, 8), 1);
	assert_int_equal(vm_read(&two.vm, 0x10C0, 8), 0);

	/* The one stands, the other goes on; then the one does too. */
	ring(&two);
	expect_done(&two);
	assert_int_equal(vcpu_read(&one.vm, 0, CONS) >> 24, 1);
	vm_put(&one.vm, 0, LOG2, 0, SYNC, 0);
	vcpu_write(&one.vm, 0, GERRORN, vcpu_read(&one.vm, 0, GERROR));
	expect_done(&one);
	assert_int_equal(vcpu_read(&two.vm, 0, GERROR), 0);
	close_smmu(&one);
	close_smmu(&two);
}

/* [DEV-7] */
TEST(a_reset_of_one_leaves_the_other_mapped_and_running)
{
	struct smmu one, two;

	open_smmu(&one, 1);
	open_smmu(&two, 2);
	assert_int_equal(cmdqv_reset(one.vm.dev), 0);
	assert_null(one.vm.page);
	assert_non_null(two.vm.page);
	assert_int_equal(vcpu_read(&two.vm, 0, STATUS), 1);
	assert_int_equal(vcpu_read(&two.vm, 1, STATUS), 1);
	ring(&two);
	expect_done(&two);
	close_smmu(&one);
	ring(&two);
	expect_done(&two);
	close_smmu(&two);
}
