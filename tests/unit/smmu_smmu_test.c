/* SPDX-License-Identifier: BSD-2-Clause */
/* The SMMU as a whole: its making, its contract with the embedder. */
#include "smmu/state.h"
#include "smmu_fixture.h"

static const struct cmdqv_smmu_config plain = {.size = sizeof(plain)};

static struct cmdqv_smmu_ops some_ops(void)
{
	return (struct cmdqv_smmu_ops){
		.size = sizeof(struct cmdqv_smmu_ops),
		.stage2 = bench_stage2,
		.memory = bench_memory,
	};
}

static int create(const struct cmdqv_smmu_config *config, const struct cmdqv_smmu_ops *ops,
		  const char *id)
{
	struct cmdqv_error error = {.id = ""};
	struct cmdqv_smmu *smmu = NULL;
	int rc = cmdqv_smmu_create(&smmu, config, ops, NULL, &error);

	assert_string_equal(error.id, id);
	assert_int_equal(error.code, rc);
	assert_int_equal(smmu != NULL, rc == 0);
	cmdqv_smmu_destroy(smmu);
	return rc;
}

/* [HW-18] */
TEST(numbers_out_of_range_are_refused_by_name)
{
	static const struct {
		struct cmdqv_smmu_config config;
		const char *id;
	} bad[] = {
		{{sizeof(plain), .tlb_entries = (1 << 22) + 1}, "bad-capacity"},
		{{sizeof(plain), .atc_entries = (1 << 22) + 1}, "bad-capacity"},
		{{sizeof(plain), .ste_entries = (1 << 22) + 1}, "bad-capacity"},
		{{sizeof(plain), .cd_entries = UINT32_MAX}, "bad-capacity"},
		{{sizeof(plain), .output_bits = 31}, "bad-output-bits"},
		{{sizeof(plain), .output_bits = 49}, "bad-output-bits"},
		{{sizeof(plain), .ssid_bits = 21}, "bad-ssid-bits"},
		{{.size = 8}, "bad-size"},
	};
	static const struct cmdqv_smmu_config good[] = {
		{sizeof(plain), .tlb_entries = 1, .atc_entries = 1, .ste_entries = 1},
		{sizeof(plain), .cd_entries = 1 << 22},
		{sizeof(plain), .output_bits = 32, .ssid_bits = 1},
		{sizeof(plain), .output_bits = 48, .ssid_bits = 20},
	};
	const struct cmdqv_smmu_ops ops = some_ops();

	assert_int_equal(create(&plain, &ops, ""), 0);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(create(&bad[i].config, &ops, bad[i].id), -EINVAL);
	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(create(&good[i], &ops, ""), 0);
}

static void assert_capacities(const struct cmdqv_smmu *smmu, uint32_t tlb, uint32_t atc,
			      uint32_t stes, uint32_t cds)
{
	struct cmdqv_smmu_state state = {.size = sizeof(state)};

	assert_int_equal(cmdqv_smmu_get_state(smmu, &state), 0);
	assert_int_equal(state.tlb.capacity, tlb);
	assert_int_equal(state.atc.capacity, atc);
	assert_int_equal(state.stes.capacity, stes);
	assert_int_equal(state.cds.capacity, cds);
}

/* [HW-18] As smmu.h has them; the widths of addresses and SubstreamIDs show in what is refused. */
TEST(a_number_that_is_0_is_the_default)
{
	static const struct cmdqv_smmu_config of_one = {sizeof(of_one), .tlb_entries = 1,
							.atc_entries = 2, .ste_entries = 3,
							.cd_entries = 4};
	const struct cmdqv_smmu_ops ops = some_ops();
	struct cmdqv_smmu *smmu;

	assert_int_equal(cmdqv_smmu_create(&smmu, &plain, &ops, NULL, NULL), 0);
	assert_capacities(smmu, 65536, 65536, 1024, 4096);
	assert_int_equal(smmu->output_bits, 48);
	assert_int_equal(smmu->ssid_bits, 20);
	cmdqv_smmu_destroy(smmu);
	assert_int_equal(cmdqv_smmu_create(&smmu, &of_one, &ops, NULL, NULL), 0);
	assert_capacities(smmu, 1, 2, 3, 4);
	cmdqv_smmu_destroy(smmu);
}

/* [HW-18] */
TEST(only_the_event_may_be_missing)
{
	struct cmdqv_smmu_ops no_stage2 = some_ops(), no_memory = some_ops();

	no_stage2.stage2 = NULL;
	no_memory.memory = NULL;
	assert_int_equal(create(&plain, &no_stage2, "missing-operation"), -EINVAL);
	assert_int_equal(create(&plain, &no_memory, "missing-operation"), -EINVAL);
	cmdqv_smmu_destroy(NULL);
}

static void *calls_back(void *user, uint64_t physical, uint64_t bytes, bool write)
{
	struct cmdqv_smmu *smmu = *(struct cmdqv_smmu **)user;
	const struct cmdqv_smmu_access access = {.sid = 1};
	const struct cmdqv_command command = {.opcode = NSNH_ALL};
	const struct cmdqv_dma_config device = {.size = sizeof(device)};
	const struct cmdqv_dma_job job = {
		.size = sizeof(job), .operation = CMDQV_DMA_FILL, .bytes = 16};
	struct cmdqv_smmu_translation translation;
	struct cmdqv_dma *dma;

	(void)physical;
	(void)bytes;
	(void)write;
	assert_int_equal(cmdqv_smmu_translate(smmu, &access, &translation), -EBUSY);
	assert_int_equal(cmdqv_smmu_execute(smmu, &command), -EBUSY);
	assert_int_equal(cmdqv_smmu_reset(smmu), -EBUSY);
	assert_int_equal(cmdqv_smmu_set_stream_table(smmu, 0, 0), -EBUSY);
	assert_int_equal(cmdqv_dma_create(&dma, smmu, &device, NULL), 0);
	assert_int_equal(cmdqv_dma_start(dma, &job), 0);
	assert_int_equal(cmdqv_dma_step(dma, 16), 0);
	cmdqv_dma_destroy(dma);
	cmdqv_smmu_destroy(smmu);
	return NULL;
}

/* [HW-12] */
TEST(callbacks_that_call_are_refused)
{
	struct cmdqv_smmu_ops ops = some_ops();
	const struct cmdqv_smmu_access access = {.sid = 1};
	struct cmdqv_smmu_translation translation;
	struct cmdqv_smmu_state state = {.size = sizeof(state)};
	struct cmdqv_smmu *smmu;

	ops.memory = calls_back;
	assert_int_equal(cmdqv_smmu_create(&smmu, &plain, &ops, &smmu, NULL), 0);
	assert_int_equal(cmdqv_smmu_set_stream_table(smmu, 0, 8), 0);
	assert_int_equal(cmdqv_smmu_translate(smmu, &access, &translation), -EFAULT);
	assert_int_equal(cmdqv_smmu_get_state(smmu, &state), 0);
	assert_int_equal(state.version, 1);
	assert_int_equal(cmdqv_smmu_faults(smmu, CMDQV_SMMU_EVENTS), 0);
	assert_int_equal(cmdqv_smmu_faults(smmu, CMDQV_SMMU_F_STE_FETCH),
			 1); /* with no event queue */
	assert_int_equal(state.events, 0);
	assert_int_equal(state.events_lost, 0);
	cmdqv_smmu_destroy(smmu);
}

void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);

static unsigned int failing; /* allocation, from now on; 0: none */

void *__wrap_calloc(size_t count, size_t bytes)
{
	return failing != 0 && --failing == 0 ? NULL : __real_calloc(count, bytes);
}

TEST(an_allocation_that_fails_leaves_nothing_behind)
{
	const struct cmdqv_smmu_ops ops = some_ops();
	struct cmdqv_smmu *smmu = NULL;
	unsigned int allocations = 0;
	int err;

	do {
		struct cmdqv_error error = {.id = "no-memory"};

		failing = ++allocations;
		err = cmdqv_smmu_create(&smmu, &plain, &ops, NULL, &error);
		assert_string_equal(error.id, "no-memory");
	} while (err == -ENOMEM);
	failing = 0;
	assert_int_equal(err, 0);
	assert_in_range(allocations, 20, 40);
	cmdqv_smmu_destroy(smmu);
}
