/* SPDX-License-Identifier: BSD-2-Clause */
/* src/viommu/idr.c. The physical registers are those of the recorded host. */
#include <errno.h>
#include <string.h>

#include <cmdqv/viommu.h>

#include "../test.h"

static const struct cmdqv_hw_info recorded = {
	.size = sizeof(recorded),
	.idr = {0x0D44101B, 0x02730010, 0, 0x00001514, 0, 0x00000074},
	.aidr = 1,
	.num_lvcmdqs = 2,
	.num_sids = 16,
	.version = 1,
	.ats_not_supported = true,
};

/* A model that claims everything there is. */
static void claim_all(uint32_t idr[6])
{
	for (int i = 0; i < 6; i++)
		idr[i] = 0xFFFFFFFF;
	idr[0] = 0xFFDFFFFF; /* but is little-endian, as the host: TTENDIAN 2 */
}

TEST(cmdqs_follows_the_granule_and_the_physical_smmu)
{
	static const struct {
		uint64_t granule;
		int cmdqs;
	} cases[] = {{0x1000, 8},    {0x4000, 10},     {0x10000, 12},
		     {0x200000, 17}, {0x40000000, 19}, {1ULL << 40, 19},
		     {0, -EINVAL},   {0x800, -EINVAL}, {0x3000, -EINVAL}};
	struct cmdqv_hw_info small = recorded;

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(cmdqv_hw_info_cmdqs(&recorded, cases[i].granule), cases[i].cmdqs);
	small.idr[1] = 0x01400010; /* CMDQS 10 */
	assert_int_equal(cmdqv_hw_info_cmdqs(&small, 0x200000), 10);
	assert_int_equal(cmdqv_hw_info_cmdqs(&small, 0x1000), 8);
}

TEST(an_info_that_nobody_filled_in_gives_no_size)
{
	const struct cmdqv_hw_info empty = {.size = sizeof(empty)};
	uint32_t idr[6] = {0x0140000A, 0x00E00008, 0, 0, 0, 0x00000012};
	struct cmdqv_error why;

	assert_int_equal(cmdqv_hw_info_cmdqs(&empty, 0x1000), -EINVAL);
	assert_int_equal(cmdqv_hw_info_limit_idr(&empty, 0x1000, idr, &why), -EINVAL);
	assert_non_null(strstr(why.text, "cmdqv_iommufd_query()"));
	assert_int_equal(idr[1], 0x00E00008);
}

TEST(a_model_that_claims_everything_is_cut_down_to_the_host)
{
	uint32_t idr[6];

	claim_all(idr);
	assert_int_equal(cmdqv_hw_info_limit_idr(&recorded, 0x1000, idr, NULL), 0);
	/* S1P, TTF AArch64, COHACC, ASID16, MSI, SEV, TTENDIAN 2, STALL_MODEL 1, TERM, ST 1 */
	assert_int_equal(idr[0], 0x0D40701A);
	/* SIDSIZE 16, EVENTQS 31 (its own), CMDQS 8 */
	assert_int_equal(idr[1], 0x011F0010);
	assert_int_equal(idr[2], 0);
	assert_int_equal(idr[3], 0x00001400); /* RIL, BBML 2 */
	assert_int_equal(idr[4], 0);
	assert_int_equal(idr[5], 0x00000074);
}

TEST(a_modest_model_is_left_modest)
{
	/* S1P, TTF 2, TTENDIAN 2, linear; SIDSIZE 8, CMDQS 7; one granule; OAS 40 bits */
	uint32_t idr[6] = {0x0140000A, 0x00E00008, 0, 0, 0, 0x00000012};

	assert_int_equal(cmdqv_hw_info_limit_idr(&recorded, 0x200000, idr, NULL), 0);
	assert_int_equal(idr[0], 0x0540000A); /* TERM_MODEL is the physical one's */
	assert_int_equal(idr[1], 0x00E00008);
	assert_int_equal(idr[3], 0);
	assert_int_equal(idr[5], 0x00000012);
}

/* Each field by itself, all ones with one side and its lowest bit with the other. */
TEST(each_field_follows_its_rule)
{
	enum rule { BOTH, LEAST, HOST, OWN };
	static const struct {
		uint8_t idr;
		uint8_t rule;
		uint32_t mask;
	} fields[] = {
		{0, BOTH, 0x00000010},	/* COHACC */
		{0, BOTH, 0x00000400},	/* ATS */
		{0, BOTH, 0x00001000},	/* ASID16 */
		{0, OWN, 0x00002000},	/* MSI */
		{0, OWN, 0x00004000},	/* SEV */
		{0, BOTH, 0x00080000},	/* CD2L */
		{0, HOST, 0x04000000},	/* TERM_MODEL */
		{0, LEAST, 0x18000000}, /* ST_LEVEL */
		{1, LEAST, 0x0000000F}, /* SIDSIZE, of which 20 are possible */
		{1, LEAST, 0x000007C0}, /* SSIDSIZE */
		{1, OWN, 0x001F0000},	/* EVENTQS */
		{3, BOTH, 0x00000400},	/* RIL */
		{3, LEAST, 0x00001800}, /* BBML */
		{5, LEAST, 0x00000007}, /* OAS */
		{5, BOTH, 0x00000020},	/* GRAN16K */
		{5, BOTH, 0x00000080},	/* DS */
		{5, LEAST, 0x00000C00}, /* VAX */
	};

	for (size_t i = 0; i < 4 * COUNT(fields); i++) {
		uint32_t mask = fields[i / 4].mask, lowest = mask & ~(mask - 1);
		uint32_t small = mask == lowest ? 0 : lowest;
		uint32_t own = i & 1 ? mask : small, host_has = i & 2 ? mask : small;
		uint32_t least = own < host_has ? own : host_has;
		uint32_t expected = fields[i / 4].rule == HOST	? host_has
				    : fields[i / 4].rule == OWN ? own
								: least;
		/* AArch64 tables of 4 KiB and CMDQS 8 they have in common. */
		uint32_t idr[6] = {0x00400008, 0x01000000, 0, 0, 0, 0x10};
		struct cmdqv_hw_info host = recorded;

		memcpy(host.idr, idr, sizeof(idr));
		host.ats_not_supported = false;
		host.idr[fields[i / 4].idr] |= host_has;
		idr[fields[i / 4].idr] |= own;
		assert_int_equal(cmdqv_hw_info_limit_idr(&host, 0x1000, idr, NULL), 0);
		assert_int_equal(idr[fields[i / 4].idr] & mask, expected);
	}
}

TEST(ats_ril_and_ssids_are_never_beyond_the_physical_ones)
{
	struct cmdqv_hw_info rich = recorded;
	struct cmdqv_hw_info poor = recorded;
	uint32_t idr[6];

	rich.ats_not_supported = false;
	rich.idr[0] |= 0x400;
	rich.idr[1] |= 20 << 6;
	claim_all(idr);
	assert_int_equal(cmdqv_hw_info_limit_idr(&rich, 0x1000, idr, NULL), 0);
	assert_int_equal(idr[0] & 0x400, 0x400);
	assert_int_equal(idr[1] >> 6 & 31, 20);
	rich.ats_not_supported = true; /* the device's word counts, too */
	claim_all(idr);
	assert_int_equal(cmdqv_hw_info_limit_idr(&rich, 0x1000, idr, NULL), 0);
	assert_int_equal(idr[0] & 0x400, 0);
	poor.idr[3] = 0;
	claim_all(idr);
	assert_int_equal(cmdqv_hw_info_limit_idr(&poor, 0x1000, idr, NULL), 0);
	assert_int_equal(idr[3], 0);
	assert_int_equal(idr[1] >> 6 & 31, 0);
}

TEST(hyp_is_0_whatever_both_say)
{
	struct cmdqv_hw_info host = recorded;
	uint32_t idr[6];

	host.idr[0] |= 0x200;
	claim_all(idr);
	assert_int_equal(cmdqv_hw_info_limit_idr(&host, 0x1000, idr, NULL), 0);
	assert_int_equal(idr[0] & 0x200, 0);
	/* Nor S2P, BTM, HTTU, PRI, VMID16. */
	assert_int_equal(idr[0] & 0x000500E1 & ~0x10U, 0);
}

/*
 * Where every fault stalls (STALL_MODEL 2) a context descriptor that does not ask for it is
 * ILLEGAL, and a guest that is told of no stalls writes no other. 3 is reserved.
 */
TEST(an_smmu_that_stalls_every_fault_is_refused)
{
	for (uint32_t model = 0; model < 4; model++) {
		struct cmdqv_hw_info host = recorded;
		struct cmdqv_error why = {0};
		uint32_t before[6], idr[6];

		host.idr[0] = (host.idr[0] & ~0x03000000U) | model << 24;
		claim_all(idr);
		memcpy(before, idr, sizeof(idr));
		if (model < 2) {
			assert_int_equal(cmdqv_hw_info_limit_idr(&host, 0x1000, idr, &why), 0);
			assert_int_equal(idr[0] & 0x03000000, 0x01000000);
			continue;
		}
		assert_int_equal(cmdqv_hw_info_limit_idr(&host, 0x1000, idr, &why), -EOPNOTSUPP);
		assert_string_equal(why.id, "stalls-every-fault");
		assert_non_null(
			strstr(why.text, model == 2 ? "STALL_MODEL is 2:" : "STALL_MODEL is 3:"));
		assert_memory_equal(idr, before, sizeof(idr));
	}
}

TEST(streamids_never_have_more_than_20_bits)
{
	struct cmdqv_hw_info host = recorded;
	uint32_t idr[6];

	host.idr[1] = (host.idr[1] & ~0x3FU) | 32;
	claim_all(idr);
	assert_int_equal(cmdqv_hw_info_limit_idr(&host, 0x1000, idr, NULL), 0);
	assert_int_equal(idr[1] & 0x3F, 20);
}

TEST(nothing_in_common_is_said_and_changes_nothing)
{
	struct cmdqv_hw_info host = recorded;
	struct cmdqv_error why;
	uint32_t before[6];
	uint32_t idr[6];

	claim_all(idr);
	memcpy(before, idr, sizeof(idr));
	assert_int_equal(cmdqv_hw_info_limit_idr(&recorded, 0x1001, idr, &why), -EINVAL);
	assert_memory_equal(idr, before, sizeof(idr));
	host.idr[5] &= ~0x70U;
	assert_int_equal(cmdqv_hw_info_limit_idr(&host, 0x1000, idr, &why), -EOPNOTSUPP);
	assert_memory_equal(idr, before, sizeof(idr));
	host = recorded;
	host.idr[0] &= ~0x8U;
	assert_int_equal(cmdqv_hw_info_limit_idr(&host, 0x1000, idr, &why), -EOPNOTSUPP);
	host = recorded;
	host.idr[0] |= 0x00600000; /* big-endian */
	assert_int_equal(cmdqv_hw_info_limit_idr(&host, 0x1000, idr, &why), -EOPNOTSUPP);
	assert_memory_equal(idr, before, sizeof(idr));
	host.idr[0] &= ~0x00600000U; /* either */
	assert_int_equal(cmdqv_hw_info_limit_idr(&host, 0x1000, idr, &why), 0);
}
