/* SPDX-License-Identifier: BSD-2-Clause */
/* Event records, word by word: Arm IHI 0070 section 7.3. */
#include "smmu/event.h"
#include "smmu_fixture.h"

#define ADDRESS 0x0123456789ABCDEFULL
#define CLASS_S2 (2ULL << 40 | 1ULL << 39)
#define PNU (1ULL << 33)
#define RNW (1ULL << 35)
#define IPA 0x000FFFFFFFFFF000ULL
#define FETCH 0x000FFFFFFFFFFFF8ULL

/* [HW-18] */
TEST(each_kind_of_event_has_its_own_words)
{
	static const struct {
		uint8_t id;
		bool has_address;
		uint64_t third;
	} kinds[] = {
		{0x02, false, IPA}, {0x03, false, FETCH}, {0x04, false, IPA}, {0x05, true, IPA},
		{0x06, false, IPA}, {0x07, true, IPA},	  {0x08, false, IPA}, {0x09, false, FETCH},
		{0x0A, false, IPA}, {0x0B, true, FETCH},  {0x10, true, IPA},  {0x11, true, IPA},
		{0x12, true, IPA},  {0x13, true, IPA},
	};

	for (size_t i = 0; i < 4 * COUNT(kinds); i++) {
		const struct cmdqv_smmu_access access = {.sid = 0x89ABCDEF,
							 .ssid = 0xFEDCB,
							 .ssv = true,
							 .address = ADDRESS,
							 .privileged = i & 1};
		struct smmu_request request = {.access = &access, .write = i & 2};
		struct bench *bench = bench_open();
		uint8_t id = kinds[i / 4].id;
		uint64_t second = CLASS_S2 | (i & 1 ? PNU : 0) | (i & 2 ? 0 : RNW);
		uint64_t first = 0x89ABCDEF00000000 | id;

		/* SubstreamID, if it has one, and SSV, if that is not always 1. */
		if (id != 0x06)
			first |= 0xFEDCB000;
		if (id != 0x06 && id != 0x08)
			first |= 0x800;
		if (id == 0x07)
			second &= RNW;
		request.ste.record = true;
		request.fault = (struct smmu_fault){
			.id = id, .class = 2, .stage2 = true, .ipa = ~0ULL, .fetch = ~0ULL};
		smmu_report(bench->smmu, &request);
		if (kinds[i / 4].has_address)
			bench_expect_event(bench, first, second, ADDRESS, kinds[i / 4].third);
		else
			bench_expect_event(bench, first, 0, 0, kinds[i / 4].third);
		bench_close(bench);
	}
}

/* [HW-18] R and S2R silence what a translation finds, of their own stage alone. */
TEST(only_faults_of_a_translation_can_be_silenced)
{
	for (uint8_t id = 0x02; id <= 0x13; id++)
		for (unsigned int stage = 1; stage <= 2; stage++)
			for (unsigned int silent = 0; silent <= 1; silent++) {
				const struct cmdqv_smmu_access access = {.sid = 1};
				struct smmu_request request = {.access = &access, .stage1 = true};
				struct bench *bench = bench_open();
				bool of_translation = id >= 0x10;

				request.ste.record = !silent == (stage == 2);
				request.cd.record = !silent == (stage == 1);
				request.fault.id = id;
				request.fault.stage2 = stage == 2;
				smmu_report(bench->smmu, &request);
				assert_int_equal(bench->event_count, !(silent && of_translation));
				assert_int_equal(cmdqv_smmu_faults(bench->smmu, id), 1);
				bench_close(bench);
			}
}
