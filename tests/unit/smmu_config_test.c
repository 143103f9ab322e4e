/* SPDX-License-Identifier: BSD-2-Clause */
/* Stream tables, contexts and substreams; what is cached of them; what random bits do. */
#include "smmu_fixture.h"

#define SID 5
#define OUT 0x100000000ULL

struct stream {
	struct bench *bench;
	uint64_t cd;
	uint64_t ttb;
};

static struct stream open_stream(void)
{
	struct stream s = {.bench = bench_open()};

	s.ttb = bench_stream(s.bench, SID, 1, 1);
	s.cd = *bench_at(s.bench, PHYS + SID * 64) & ~0x3fULL;
	bench_map(s.bench, s.ttb, 0x1000, OUT | D_PAGE | D_USER);
	return s;
}

/* Reads through SubstreamID `ssid`, or none if it is negative. */
static int try(struct bench *bench, uint32_t sid, int ssid)
{
	const struct cmdqv_smmu_access access = {
		.sid = sid,
		.address = 0x1000,
		.ssv = ssid >= 0,
		.ssid = ssid >= 0 ? (uint32_t)ssid : 0,
	};

	return bench_access(bench, &access, NULL);
}

/* The same aborts, with an event of these words. */
static void faults(struct bench *bench, uint32_t sid, int ssid, uint64_t w0, uint64_t w3)
{
	assert_int_equal(try(bench, sid, ssid), -EFAULT);
	assert_int_equal(bench->event_count, 1);
	assert_int_equal(bench->events[0][0], w0);
	assert_int_equal(bench->events[0][3], w3);
	bench->event_count = 0;
}

static void forget_all(struct bench *bench)
{
	bench_cfgi_all(bench);
	bench_op(bench, NSNH_ALL);
	bench_op(bench, EL2_ALL);
}

/* [HW-18] */
TEST(a_disabled_smmu_aborts_without_a_word)
{
	struct stream s = open_stream();

	assert_int_equal(try(s.bench, SID, -1), 0);
	assert_int_equal(cmdqv_smmu_reset(s.bench->smmu), 0);
	assert_int_equal(try(s.bench, SID, -1), -EFAULT);
	assert_int_equal(s.bench->event_count, 0);
	assert_int_equal(bench_state(s.bench).tlb.entries, 0);
	assert_int_equal(cmdqv_smmu_set_stream_table(s.bench->smmu, PHYS, STREAMS_LOG2), 0);
	assert_int_equal(try(s.bench, SID, -1), 0);
	bench_close(s.bench);
}

/* [HW-18] SMMU_STRTAB_BASE_CFG: FMT 17:16, SPLIT 10:6, LOG2SIZE 5:0. */
TEST(a_stream_table_of_a_reserved_shape_is_refused)
{
	static const struct {
		uint32_t cfg;
		int rc;
	} cases[] = {
		{0x00000, 0},	    {0x00020, 0},	{0x00021, -EINVAL}, {0x0003f, -EINVAL},
		{0x10190, 0},	    {0x10210, 0},	{0x10290, 0},	    {0x10010, -EINVAL},
		{0x101d0, -EINVAL}, {0x20010, -EINVAL}, {0x30010, -EINVAL}, {0x00190, 0},
	};
	struct bench *bench = bench_open();

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(cmdqv_smmu_set_stream_table(bench->smmu, PHYS, cases[i].cfg),
				 cases[i].rc);
	bench_close(bench);
}

/* [HW-18] */
TEST(a_stream_beyond_the_table_is_a_bad_stream)
{
	struct stream s = open_stream();

	faults(s.bench, 256, -1, 0x0000010000000002, 0);
	faults(s.bench, UINT32_MAX, 3, 0xffffffff00003802, 0);
	bench_close(s.bench);
}

/* [HW-18] Level 1: Span 4:0, L2Ptr 51:6; streams of 64 each here. */
TEST(a_two_level_stream_table_is_followed_as_far_as_its_spans)
{
	struct stream s = open_stream();
	uint64_t l1 = bench_take(s.bench, 8192);
	uint64_t l2 = bench_take(s.bench, 4096);
	uint64_t *ste = bench_at(s.bench, l2 + 3 * 64);

	memcpy(ste, bench_at(s.bench, PHYS + SID * 64), 64);
	*bench_at(s.bench, l1 + 2 * 8) = l2 | 3; /* four streams */
	*bench_at(s.bench, l1 + 3 * 8) = l2 | 8; /* more than there is room for */
	*bench_at(s.bench, l1 + 4 * 8) = 0x10000000 | 7;
	assert_int_equal(cmdqv_smmu_set_stream_table(s.bench->smmu, l1, 0x10190), 0);
	forget_all(s.bench);
	assert_int_equal(try(s.bench, 2 * 64 + 3, -1), 0);
	faults(s.bench, 2 * 64 + 2, -1, 0x0000008200000004, 0); /* not valid */
	faults(s.bench, 2 * 64 + 4, -1, 0x0000008400000002, 0);
	faults(s.bench, 1 * 64, -1, 0x0000004000000002, 0);
	faults(s.bench, 3 * 64 + 3, -1, 0x000000c300000002, 0);
	faults(s.bench, 4 * 64 + 63, -1, 0x0000013f00000003,
	       0x10000fc0); /* the entry cannot be read */
	assert_int_equal(cmdqv_smmu_set_stream_table(s.bench->smmu, 0x10000000, 0x10190), 0);
	forget_all(s.bench);
	faults(s.bench, 2 * 64 + 3, -1, 0x0000008300000003,
	       0x10000010); /* nor can the descriptor that says where it is */
	bench_close(s.bench);
}

/* [HW-18] Whatever lower bits an address has. */
TEST(a_table_of_streams_is_aligned_to_its_size)
{
	struct stream s = open_stream();
	uint64_t l1 = bench_take(s.bench, 4096);
	uint64_t l2 = bench_take(s.bench, 4096);

	assert_int_equal(
		cmdqv_smmu_set_stream_table(s.bench->smmu, PHYS + (64 << STREAMS_LOG2) - 64, 8), 0);
	assert_int_equal(try(s.bench, SID, -1), 0);
	memcpy(bench_at(s.bench, l2 + 3 * 64), bench_at(s.bench, PHYS + SID * 64), 64);
	*bench_at(s.bench, l1 + 15 * 8) = (l2 + 128) | 3; /* four streams */
	assert_int_equal(cmdqv_smmu_set_stream_table(s.bench->smmu, l1 + 64, 0x1018a), 0);
	assert_int_equal(try(s.bench, 15 * 64 + 3, -1), 0);
	/* a first level of one descriptor, to 64 bytes */
	*bench_at(s.bench, l1 + 64) = l2 | 3;
	assert_int_equal(cmdqv_smmu_set_stream_table(s.bench->smmu, l1 + 64 + 63, 0x10183), 0);
	assert_int_equal(try(s.bench, 3, -1), 0);
	bench_close(s.bench);
}

/* [HW-18] */
TEST(an_illegal_stream_table_entry_is_a_bad_ste)
{
	static const struct {
		uint64_t word0, word1, word2;
		bool bad;
	} cases[] = {
		{0, 0, 0, true},	       /* not valid */
		{STE_S1, 2ULL << 28, 0, true}, /* EATS: split stages */
		{STE_S2, 2ULL << 28, STE_S2_GOOD, true},
		{STE_S1, 1ULL << 27, 0, true}, /* S1STALLD, where nothing stalls */
		{STE_S1, 1ULL << 30, 0, true}, /* STRW */
		{STE_S1, 3ULL << 30, 0, true},
		{STE_S1 | 21ULL << 59, 0, 0, true},	     /* S1CDMax over SSIDSIZE */
		{STE_S2, 0, 0, true},			     /* not AArch64 */
		{STE_S2, 0, STE_S2_GOOD | 1ULL << 57, true}, /* S2S: stalls */
		/* what belongs to a stage that is not there */
		{STE_BYPASS, 0, 0, false},
		{STE_BYPASS, 2ULL << 28, 0, false},
		{STE_BYPASS, 3ULL << 28, 0, false},
		{STE_BYPASS | 21ULL << 59, 1ULL << 27 | 3ULL << 30, 1ULL << 57, false},
	};
	struct stream s = open_stream();

	for (size_t i = 0; i < COUNT(cases); i++) {
		bench_ste(s.bench, SID, cases[i].word0, cases[i].word1, cases[i].word2);
		forget_all(s.bench);
		if (cases[i].bad)
			faults(s.bench, SID, -1, 0x0000000500000004, 0);
		else
			assert_int_equal(try(s.bench, SID, -1), 0);
	}
	/* EATS 3 is 0; stage 1 alone has no use of words of stage 2, nor that one of STRW */
	bench_ste(s.bench, SID, STE_S1 | s.cd, 3ULL << 28, 1ULL << 57);
	forget_all(s.bench);
	assert_int_equal(try(s.bench, SID, -1), 0);
	bench_map_ipa(s.bench, 0, 0, 1ULL << 48, 0);
	bench_ste(s.bench, SID, STE_NESTED | s.cd, 3ULL << 30, STE_S2_GOOD);
	forget_all(s.bench);
	assert_int_equal(try(s.bench, SID, -1), 0);
	bench_ste(s.bench, SID, STE_S2 | 21ULL << 59, 1ULL << 27, STE_S2_GOOD);
	forget_all(s.bench);
	assert_int_equal(try(s.bench, SID, -1), 0);
	bench_close(s.bench);
}

/* [HW-18] Config 0, and the reserved values 1 to 3. */
TEST(an_entry_that_lets_nothing_pass_aborts_without_a_word)
{
	struct stream s = open_stream();

	for (uint64_t config = 0; config < 4; config++)
		for (unsigned int ats = 0; ats < 2; ats++) {
			const struct cmdqv_smmu_access access = {.sid = SID, .ats = ats};

			bench_ste(s.bench, SID, s.cd | config << 1 | 1, STE_EATS, 0);
			forget_all(s.bench);
			assert_int_equal(bench_access(s.bench, &access, NULL), -EFAULT);
			assert_int_equal(s.bench->event_count, 0);
		}
	bench_close(s.bench);
}

/* [HW-18] A device that asks by ATS hears of a broken configuration by the answer. */
TEST(what_a_translation_request_finds_broken_is_no_event)
{
	const struct {
		uint64_t word0, word1, cd;
		uint8_t fault;
	} cases[] = {
		{0, 0, 0, 0x04},
		{STE_S1, STE_EATS | 1ULL << 27, 0, 0x04},
		{STE_S1 | 1ULL << 59, STE_EATS, 0, 0x06}, /* S1DSS 0, and no SubstreamID */
		{STE_S1, STE_EATS, 0, 0x0a},
		{STE_S1, STE_EATS, CD_GOOD | CD_T0SZ(25), 0x10},
	};
	const struct cmdqv_smmu_access access = {.sid = SID, .address = 0x5000, .ats = true};
	const struct cmdqv_smmu_access stranger = {.sid = 1U << STREAMS_LOG2, .ats = true};
	struct stream s = open_stream();

	for (size_t i = 0; i < COUNT(cases); i++) {
		bench_ste(s.bench, SID, cases[i].word0 | s.cd, cases[i].word1, 0);
		bench_cd(s.bench, s.cd, cases[i].cd, s.ttb);
		forget_all(s.bench);
		assert_int_equal(bench_access(s.bench, &access, NULL), -EFAULT);
		assert_true(cmdqv_smmu_faults(s.bench->smmu, cases[i].fault) > 0);
	}
	assert_int_equal(bench_access(s.bench, &stranger, NULL), -EFAULT);
	assert_int_equal(cmdqv_smmu_faults(s.bench->smmu, 0x02), 1);
	assert_int_equal(s.bench->event_count, 0);
	bench_close(s.bench);
}

/* [HW-18] */
TEST(an_illegal_context_descriptor_is_a_bad_cd)
{
	const uint64_t good = CD_GOOD | CD_T0SZ(25);
	const struct {
		uint64_t word0;
		uint64_t ttb_or;
		bool bad;
	} cases[] = {
		{good, 0, false},
		{good & ~(1ULL << 31), 0, true}, /* not valid */
		{good & ~(1ULL << 41), 0, true}, /* AArch32 */
		{good | 1ULL << 44, 0, true},	 /* stalls */
		{good | 1ULL << 43, 0, true},	 /* HA: tables are not updated */
		{good | 1ULL << 42, 0, true},	 /* HD */
		{good | 1ULL << 15, 0, true},	 /* big-endian */
		{good | 3ULL << 6, 0, true},	 /* TG0 */
		{CD_GOOD | CD_T0SZ(15), 0, true},
		{CD_GOOD | CD_T0SZ(40), 0, true},
		{CD_GOOD | CD_T0SZ(0), 0, true},
		{good, 1ULL << 48, true}, /* TTB0 beyond IPS */
		{good & ~(7ULL << 32), 1ULL << 32, true},
	};
	struct stream s = open_stream();

	for (size_t i = 0; i < COUNT(cases); i++) {
		bench_cd(s.bench, s.cd, cases[i].word0, s.ttb | cases[i].ttb_or);
		forget_all(s.bench);
		if (cases[i].bad)
			faults(s.bench, SID, -1, 0x000000050000000a, 0);
		else
			assert_int_equal(try(s.bench, SID, -1), 0);
	}
	bench_ste(s.bench, SID, STE_S1 | 0x40000000, 0, 0);
	forget_all(s.bench);
	faults(s.bench, SID, -1, 0x0000000500000009, 0x40000000); /* cannot be read */
	bench_close(s.bench);
}

/* [HW-18] */
TEST(bypass_and_abort_need_no_tables)
{
	struct bench *bench = bench_open();
	const struct cmdqv_smmu_access high = {.sid = SID, .address = 1ULL << 48};
	const struct cmdqv_smmu_access low = {.sid = SID, .address = 0x12345};
	struct cmdqv_smmu_translation translation;

	bench_ste(bench, SID, STE_BYPASS, 0, 0);
	assert_int_equal(cmdqv_smmu_translate(bench->smmu, &low, &translation), 0);
	assert_int_equal(translation.physical, 0x12345);
	assert_int_equal(translation.bytes, 0x1000 - 0x345);
	assert_true(translation.writable);
	assert_int_equal(bench_access(bench, &high, NULL), -EFAULT);
	bench_expect_event(bench, 0x0000000500000011, 1ULL << 35 | 2ULL << 40, 1ULL << 48, 0);
	faults(bench, SID, 1, 0x0000000500001008, 0); /* no substreams here */
	bench_ste(bench, SID, STE_ABORT, 0, 0);
	forget_all(bench);
	assert_int_equal(try(bench, SID, -1), -EFAULT);
	assert_int_equal(bench->event_count, 0);
	bench_close(bench);
}

/* Contexts of a stream whose every SubstreamID reads its own page. */
static void write_context(struct bench *bench, uint64_t at, uint16_t asid)
{
	uint64_t ttb = bench_take(bench, 4096);

	bench_cd(bench, at, CD_GOOD | CD_T0SZ(25) | CD_ASID(asid), ttb);
	bench_map(bench, ttb, 0x1000, (OUT + asid * 0x1000ULL) | D_PAGE | D_USER);
}

static uint64_t read_substream(struct bench *bench, uint32_t ssid)
{
	const struct cmdqv_smmu_access access = {
		.sid = SID, .address = 0x1000, .ssv = true, .ssid = ssid};
	uint64_t physical;

	return bench_access(bench, &access, &physical) == 0 ? physical : 0;
}

/* [HW-18] S1Fmt 0: a line; 1: level 2 in 4 KiB, 64 each; 2: in 64 KiB, 1024 each. */
TEST(substreams_are_found_in_tables_of_every_format)
{
	struct bench *bench = bench_open();

	for (unsigned int format = 0; format < 3; format++) {
		static const unsigned int split[] = {0, 6, 10};
		uint64_t l1 = bench_take(bench, 0x100000);
		uint64_t l2 = bench_take(bench, 0x10000);
		uint32_t ssid = format == 0 ? 77 : (2U << split[format]) + 37;
		uint64_t at = format == 0 ? l1 + 77 * 64 : l2 + 37 * 64;

		if (format != 0)
			*bench_at(bench, l1 + 2 * 8) = l2 | 1;
		write_context(bench, at, (uint16_t)(10 + format));
		bench_ste(bench, SID, STE_S1 | l1 | format << 4 | 12ULL << 59, 0, 0);
		forget_all(bench);
		assert_int_equal(read_substream(bench, ssid), OUT + 0x1000 * (10 + format));
		bench->event_count = 0;
		faults(bench, SID, 4096, 0x0000000501000008, 0);
		assert_int_equal(try(bench, SID, 1), -EFAULT);
		/* a descriptor that is not valid; no table at all */
		assert_int_equal(bench->events[0][0] & 0xff, format == 0 ? 0x0a : 0x08);
	}
	bench_close(bench);
}

/* [HW-18] S1DSS: 0 terminate, 1 bypass stage 1, 2 SubstreamID 0. */
TEST(an_access_without_a_substream_does_what_s1dss_says)
{
	struct bench *bench = bench_open();
	uint64_t table = bench_take(bench, 4096);

	write_context(bench, table, 10);
	write_context(bench, table + 64, 11);
	bench_ste(bench, SID, STE_S1 | table | 1ULL << 59, 0, 0);
	faults(bench, SID, -1, 0x0000000500000006, 0);
	assert_int_equal(read_substream(bench, 0), OUT + 0xa000);
	bench_ste(bench, SID, STE_S1 | table | 1ULL << 59, 1, 0);
	forget_all(bench);
	assert_int_equal(bench_read(bench, SID, 0x1000), 0x1000);
	assert_int_equal(read_substream(bench, 1), OUT + 0xb000);
	bench_ste(bench, SID, STE_S1 | table | 1ULL << 59, 2, 0);
	forget_all(bench);
	assert_int_equal(bench_read(bench, SID, 0x1000), OUT + 0xa000);
	faults(bench, SID, 0, 0x0000000500000006, 0);
	/* the reserved value of S1DSS is 0, and so is that of S1Fmt */
	bench_ste(bench, SID, STE_S1 | table | 3 << 4 | 1ULL << 59, 3, 0);
	forget_all(bench);
	faults(bench, SID, -1, 0x0000000500000006, 0);
	assert_int_equal(read_substream(bench, 0), OUT + 0xa000);
	assert_int_equal(read_substream(bench, 1), OUT + 0xb000);
	/* without any substreams a SubstreamID is a mistake */
	bench_ste(bench, SID, STE_S1 | table, 0, 0);
	forget_all(bench);
	faults(bench, SID, 0, 0x0000000500000008, 0);
	bench_close(bench);
}

/* [HW-14] [HW-18] S1DSS 1 over stage 2: a translation of stage 2, which is of no ASID, not even 0.
 */
TEST(what_bypasses_stage_1_is_kept_as_a_translation_of_stage_2)
{
	struct bench *bench = bench_open();
	uint64_t table = bench_take(bench, 4096);

	write_context(bench, table + 64, 0);
	bench_ste(bench, SID, STE_NESTED | table | 1ULL << 59, 1, STE_S2_GOOD | 3);
	bench_map_ipa(bench, 3, PHYS, PHYS_BYTES, PHYS);
	bench_map_ipa(bench, 3, 0x1000, 0x1000, 0x70000000);
	bench_map_ipa(bench, 3, OUT, 0x1000, 0x60000000);
	assert_int_equal(bench_read(bench, SID, 0x1000), 0x70000000);
	assert_int_equal(read_substream(bench, 1), 0x60000000);
	assert_int_equal(bench_read(bench, SID, 0x1000), 0x70000000);
	assert_int_equal(bench_state(bench).tlb.entries, 2);
	bench_tlbi(bench, NH_ALL, 3, 0, 0, 0);
	assert_int_equal(bench_state(bench).tlb.entries, 1);
	bench_tlbi(bench, S2_IPA, 3, 0, 0x1000, 0x1fff);
	assert_int_equal(bench_state(bench).tlb.entries, 0);
	bench_close(bench);
}

/* [HW-18] */
TEST(an_entry_is_remembered_until_a_cfgi_names_its_stream)
{
	static const struct {
		struct cmdqv_command command;
		bool kept;
	} cases[] = {
		{{.opcode = CFGI_STE, .sid = SID}, false},
		{{.opcode = CFGI_STE, .sid = SID, .leaf = true}, false},
		{{.opcode = CFGI_STE, .sid = SID + 1}, true},
		{{.opcode = CFGI_ALL, .sid_count_log2 = 32}, false},
		{{.opcode = CFGI_ALL, .sid = 4, .sid_count_log2 = 1}, false},
		{{.opcode = CFGI_ALL, .sid = 6, .sid_count_log2 = 1}, true},
		{{.opcode = CFGI_ALL, .sid = 0, .sid_count_log2 = 2}, true},
		{{.opcode = CFGI_ALL, .sid = 0, .sid_count_log2 = 3}, false},
		{{.opcode = CFGI_CD_ALL, .sid = SID}, true},
		{{.opcode = NSNH_ALL}, true},
		{{.opcode = SYNC}, true},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stream s = open_stream();

		assert_int_equal(bench_read(s.bench, SID, 0x1000), OUT);
		bench_ste(s.bench, SID, STE_BYPASS, 0, 0);
		assert_int_equal(bench_read(s.bench, SID, 0x1000), OUT);
		bench_do(s.bench, cases[i].command);
		assert_int_equal(bench_read(s.bench, SID, 0x1000), cases[i].kept ? OUT : 0x1000);
		bench_close(s.bench);
	}
}

/* [HW-18] */
TEST(a_context_is_remembered_until_a_cfgi_names_it_or_its_stream)
{
	static const struct {
		struct cmdqv_command command;
		bool kept;
	} cases[] = {
		{{.opcode = CFGI_CD, .sid = SID, .ssid = 1, .ssv = true}, false},
		{{.opcode = CFGI_CD, .sid = SID, .ssid = 0, .ssv = true}, true},
		{{.opcode = CFGI_CD, .sid = SID + 1, .ssid = 1, .ssv = true}, true},
		{{.opcode = CFGI_CD_ALL, .sid = SID}, false},
		{{.opcode = CFGI_CD_ALL, .sid = SID - 1}, true},
		{{.opcode = CFGI_STE, .sid = SID}, false},
		{{.opcode = CFGI_ALL, .sid_count_log2 = 32}, false},
		{{.opcode = NSNH_ALL}, true},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bench *bench = bench_open();
		uint64_t table = bench_take(bench, 4096);

		write_context(bench, table + 64, 10);
		bench_ste(bench, SID, STE_S1 | table | 1ULL << 59, 0, 0);
		assert_int_equal(read_substream(bench, 1), OUT + 0xa000);
		write_context(bench, table + 64, 11);
		assert_int_equal(read_substream(bench, 1), OUT + 0xa000);
		bench_do(bench, cases[i].command);
		assert_int_equal(read_substream(bench, 1), OUT + (cases[i].kept ? 0xa000 : 0xb000));
		bench_close(bench);
	}
}

/* [HW-18] Bad input. */
TEST(random_entries_and_contexts_end_in_a_fault_or_an_address)
{
	struct bench *bench = bench_open();
	uint64_t seed = 7;

	bench_map_ipa(bench, 0, 0, PHYS_BYTES, PHYS);
	bench->event_room = 1;
	for (unsigned int i = 0; i < 100000; i++) {
		const struct cmdqv_smmu_access access = {
			.sid = (uint32_t)(test_random(&seed) % 300),
			.ssid = (uint32_t)(test_random(&seed) & 0x3),
			.address = test_random(&seed),
			.ssv = test_random(&seed) & 1,
			.ats = test_random(&seed) & 1,
			.write = test_random(&seed) & 1,
		};
		uint64_t *ste = bench_at(bench, PHYS + access.sid % 256 * 64);
		int rc;

		for (unsigned int w = 0; w < 8; w++)
			ste[w] = test_random(&seed);
		if (test_random(&seed) & 1) { /* closer to something */
			ste[0] = (ste[0] & 0x083f) | 1 | PHYS;
			ste[1] &= ~(7ULL << 29);
			ste[2] = STE_S2_GOOD;
		}
		if (test_random(&seed) & 1)
			bench_cfgi_all(bench);
		bench->reads = 0;
		bench->event_count = 0;
		rc = bench_access(bench, &access, NULL);
		assert_true(rc == 0 || rc == 1 || rc == -EFAULT);
		assert_true(bench->reads <= 8);
	}
	bench_close(bench);
}

/* [HW-18] Bad input: a million faults in a row fill the queue, and are counted. */
TEST(a_million_faults_cost_a_million_counts_and_a_queue_of_events)
{
	struct stream s = open_stream();
	struct cmdqv_smmu_state state;

	for (unsigned int i = 0; i < 1000000; i++)
		assert_int_equal(bench_read(s.bench, SID, 0x2000), 0);
	state = bench_state(s.bench);
	assert_int_equal(cmdqv_smmu_faults(s.bench->smmu, CMDQV_SMMU_F_TRANSLATION), 1000000);
	assert_int_equal(state.aborts, 1000000);
	assert_int_equal(state.events, MOST_EVENTS);
	assert_int_equal(state.events_lost, 1000000 - MOST_EVENTS);
	assert_int_equal(state.tlb.entries, 0);
	bench_close(s.bench);
}

/* [HW-18] */
TEST(more_streams_than_the_caches_hold_replace_each_other)
{
	const struct cmdqv_smmu_config config = {.size = sizeof(config),
						 .tlb_entries = 4,
						 .atc_entries = 4,
						 .ste_entries = 2,
						 .cd_entries = 2};
	struct bench *bench = bench_open_with(&config);
	uint64_t ttb[16];

	for (uint32_t i = 0; i < 16; i++) {
		ttb[i] = bench_stream(bench, i, 1, (uint16_t)i);
		bench_map(bench, ttb[i], 0x1000, (OUT + i * 0x1000) | D_PAGE | D_USER);
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(bench_read(bench, i * 7 % 16, 0x1000), OUT + i * 7 % 16 * 0x1000);
	assert_int_equal(bench_state(bench).tlb.capacity, 4);
	assert_int_equal(bench_state(bench).tlb.entries, 4);
	assert_int_equal(bench_state(bench).stes.entries, 2);
	assert_int_equal(bench_state(bench).cds.entries, 2);
	assert_true(bench_state(bench).tlb.evicted > 0);
	bench_close(bench);
}
