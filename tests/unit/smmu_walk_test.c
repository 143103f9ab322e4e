/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks: every granule, level and fault, with and without a stage 2. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "smmu_fixture.h"

#define SID 5
#define VMID 7
#define ASID 3

struct stream {
	struct bench *bench;
	uint64_t cd;
	uint64_t ttb;
	unsigned int granule;
	unsigned int t0sz;
};

static uint64_t tg(unsigned int granule)
{
	return granule == 12 ? CD_4K : granule == 14 ? CD_16K : CD_64K;
}

/* `nested` streams have IPAs that are 2 GiB below what they stand for. */
#define BELOW 0x80000000ULL

static struct stream open_stream(unsigned int granule, unsigned int t0sz)
{
	struct stream s = {.bench = bench_open(), .granule = granule, .t0sz = t0sz};

	s.cd = bench_take(s.bench, 64);
	s.ttb = bench_take(s.bench, 1ULL << granule);
	bench_cd(s.bench, s.cd, CD_GOOD | tg(granule) | CD_T0SZ(t0sz) | CD_ASID(ASID), s.ttb);
	bench_ste(s.bench, SID, STE_S1 | s.cd, 0, 0);
	return s;
}

static uint64_t map(const struct stream *s, uint64_t va, unsigned int level, uint64_t descriptor)
{
	return bench_map_level(s->bench, s->ttb, s->granule, s->t0sz, va, level, descriptor);
}

static int try(const struct stream *s, uint64_t va, bool write, bool privileged)
{
	const struct cmdqv_smmu_access access = {
		.sid = SID, .address = va, .write = write, .privileged = privileged};

	s->bench->event_count = 0;
	return bench_access(s->bench, &access, NULL);
}

/* Records: the event's number and StreamID 5; RnW bit 35, PnU 33, S2 39, CLASS 41:40. */
#define RECORD(number) (0x0000000500000000ULL | (number))
#define READ (1ULL << 35)
#define S2 (1ULL << 39)
#define TTD (1ULL << 40)
#define IN (2ULL << 40)

/* The access aborts, with this event. */
static void faults(const struct stream *s, uint64_t va, bool write, bool privileged,
		   uint64_t number, uint64_t w1, uint64_t w3)
{
	assert_int_equal(try(s, va, write, privileged), -EFAULT);
	bench_expect_event(s->bench, RECORD(number), w1, va, w3);
}

/* [HW-18] */
TEST(a_page_or_block_of_every_size_is_found_at_both_ends)
{
	static const struct {
		unsigned int granule;
		unsigned int t0sz;
		unsigned int level;
		uint64_t va;
		uint64_t out;
		uint64_t bytes;
	} cases[] = {
		{12, 16, 3, 0x0000123456789000, 0xabcdef000, 0x1000},
		{12, 16, 3, 0x0000fffffffff000, 0xabcdef000, 0x1000},
		{12, 16, 2, 0x0000123456600000, 0xabce00000, 0x200000},
		{12, 16, 1, 0x0000123440000000, 0xa40000000, 0x40000000},
		{12, 25, 3, 0x0000007ffffff000, 0xabcdef000, 0x1000},
		{12, 25, 2, 0x0000007fffe00000, 0xabce00000, 0x200000},
		{12, 25, 1, 0x0000007fc0000000, 0xa40000000, 0x40000000},
		{12, 34, 3, 0x000000003ffff000, 0xabcdef000, 0x1000},
		{12, 39, 3, 0x0000000001fff000, 0xabcdef000, 0x1000},
		{12, 39, 2, 0x0000000001e00000, 0xabce00000, 0x200000},
		{14, 16, 3, 0x0000ffffffffc000, 0xabcdec000, 0x4000},
		{14, 16, 2, 0x0000fffffe000000, 0xab2000000, 0x2000000},
		{14, 17, 3, 0x00007fffffffc000, 0xabcdec000, 0x4000},
		{14, 28, 3, 0x0000000fffffc000, 0xabcdec000, 0x4000},
		{14, 28, 2, 0x0000000ffe000000, 0xab2000000, 0x2000000},
		{14, 39, 3, 0x0000000001ffc000, 0xabcdec000, 0x4000},
		{16, 16, 3, 0x0000ffffffff0000, 0xabcde0000, 0x10000},
		{16, 16, 2, 0x0000ffffe0000000, 0xae0000000, 0x20000000},
		{16, 22, 3, 0x000003ffffff0000, 0xabcde0000, 0x10000},
		{16, 22, 2, 0x000003ffe0000000, 0xae0000000, 0x20000000},
		{16, 39, 3, 0x0000000001ff0000, 0xabcde0000, 0x10000},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stream s = open_stream(cases[i].granule, cases[i].t0sz);
		uint64_t type = cases[i].level == 3 ? D_PAGE : D_BLOCK;
		uint64_t va = cases[i].va;
		uint64_t last = va + cases[i].bytes - 1;
		struct cmdqv_smmu_access access = {.sid = SID, .address = va, .write = true};
		struct cmdqv_smmu_translation t;

		map(&s, va, cases[i].level, cases[i].out | type | D_USER);
		assert_int_equal(cmdqv_smmu_translate(s.bench->smmu, &access, &t), 0);
		assert_int_equal(t.physical, cases[i].out);
		assert_int_equal(t.bytes, cases[i].bytes);
		assert_true(t.writable);
		access.address = last;
		assert_int_equal(cmdqv_smmu_translate(s.bench->smmu, &access, &t), 0);
		assert_int_equal(t.physical, cases[i].out + cases[i].bytes - 1);
		assert_int_equal(t.bytes, 1);
		assert_int_equal(bench_state(s.bench).walks, 1);
		assert_int_equal(bench_state(s.bench).tlb.hits, 1);
		/* its neighbours are not there */
		assert_int_equal(try(&s, va - 1, false, false), -EFAULT);
		assert_int_equal(try(&s, last + 1, false, false), -EFAULT);
		bench_close(s.bench);
	}
}

/* [HW-18] */
TEST(nothing_is_at_an_invalid_descriptor_at_any_level)
{
	static const unsigned int granules[] = {12, 14, 16};

	for (size_t g = 0; g < 3; g++)
		for (unsigned int level = granules[g] == 16 ? 1 : 0; level <= 3; level++)
			for (uint64_t type = 0; type < 4; type++) {
				struct stream s = open_stream(granules[g], 16);
				bool valid = level == 3	 ? type == 3
					     : type == 1 ? level == 2 || (level == 1 && g == 0)
							 : type == 3;

				if (valid) {
					bench_close(s.bench);
					continue;
				}
				map(&s, 0x123456789000, level, 0x80000000 | D_USER | type);
				faults(&s, 0x123456789123, false, false, 0x10, IN | READ, 0);
				assert_int_equal(bench_state(s.bench).tlb.entries, 0);
				bench_close(s.bench);
			}
}

/* [HW-18] */
TEST(an_address_over_t0sz_or_a_disabled_table_is_not_translated)
{
	struct stream s = open_stream(12, 25);

	map(&s, 0, 3, PHYS | D_PAGE | D_USER);
	assert_int_equal(try(&s, 0, false, false), 0);
	for (unsigned int bit = 39; bit < 64; bit++) {
		faults(&s, 1ULL << bit, true, true, 0x10, IN | 1ULL << 33, 0);
	}
	bench_cd(s.bench, s.cd, CD_GOOD | CD_4K | CD_T0SZ(25) | CD_ASID(9) | 1ULL << 14, s.ttb);
	bench_do(s.bench, (struct cmdqv_command){.opcode = CFGI_CD, .sid = SID, .ssv = true});
	faults(&s, 0, false, false, 0x10, IN | READ, 0);
	bench_close(s.bench);
}

/* [HW-18] Not T0SZ, not the granule, and nothing is computed from them. */
TEST(nothing_else_of_a_disabled_table_counts)
{
	struct stream s = open_stream(12, 25);

	for (uint64_t granule = 0; granule < 4; granule++)
		for (uint64_t t0sz = 0; t0sz < 64; t0sz++) {
			bench_cd(s.bench, s.cd, CD_GOOD | granule << 6 | CD_T0SZ(t0sz) | 1ULL << 14,
				 UINT64_MAX);
			bench_cfgi_ste(s.bench, SID);
			faults(&s, 0, false, false, 0x10, IN | READ, 0);
			faults(&s, UINT64_MAX, false, false, 0x10, IN | READ, 0);
		}
	bench_close(s.bench);
}

/* [HW-18] */
TEST(an_access_flag_of_0_faults_unless_the_context_says_otherwise)
{
	struct stream s = open_stream(12, 25);

	map(&s, 0x1000, 3, PHYS | D_PAGE | D_EL0 | D_NG);
	map(&s, 0x200000, 2, PHYS | D_BLOCK | D_EL0 | D_NG);
	faults(&s, 0x1008, false, false, 0x12, IN | READ, 0);
	faults(&s, 0x200008, true, false, 0x12, IN, 0);
	bench_cd(s.bench, s.cd, CD_GOOD | CD_4K | CD_T0SZ(25) | 1ULL << 35, s.ttb);
	bench_cfgi_ste(s.bench, SID);
	assert_int_equal(try(&s, 0x1008, false, false), 0);
	assert_int_equal(try(&s, 0x200008, true, false), 0);
	bench_close(s.bench);
}

/* [HW-18] Rows: AP[2:1] of the page, APTable[1:0] above it; who may read and write. */
TEST(permissions_are_those_of_the_page_and_of_the_tables_above_it)
{
	static const struct {
		uint64_t ap;
		uint64_t aptable;
		bool flat; /* HAD0 */
		bool user_reads, user_writes, kernel_writes;
	} cases[] = {
		{0, 0, false, false, false, true},  {1, 0, false, true, true, true},
		{2, 0, false, false, false, false}, {3, 0, false, true, false, false},
		{1, 1, false, false, false, true},  {1, 2, false, true, false, false},
		{1, 3, false, false, false, false}, {1, 3, true, true, true, true},
		{0, 3, true, false, false, true},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (unsigned int above = 1; above <= 2; above++) {
			struct stream s = open_stream(12, 25);
			uint64_t table = map(&s, 0x1000, above, 0);

			map(&s, 0x1000, 3, PHYS | D_PAGE | D_AF | D_NG | cases[i].ap << 6);
			*bench_at(s.bench, table) |= cases[i].aptable << 61;
			bench_at(s.bench, s.cd)[1] |= cases[i].flat ? 2 : 0;

			assert_int_equal(try(&s, 0x1000, false, true), 0);
			assert_int_equal(try(&s, 0x1000, true, true),
					 cases[i].kernel_writes ? 0 : -EFAULT);
			if (!cases[i].kernel_writes)
				bench_expect_event(s.bench, RECORD(0x13), IN | 1ULL << 33, 0x1000,
						   0);
			assert_int_equal(try(&s, 0x1000, false, false),
					 cases[i].user_reads ? 0 : -EFAULT);
			if (!cases[i].user_reads)
				bench_expect_event(s.bench, RECORD(0x13), IN | READ, 0x1000, 0);
			assert_int_equal(try(&s, 0x1000, true, false),
					 cases[i].user_writes ? 0 : -EFAULT);
			bench_close(s.bench);
		}
}

/* [HW-18] IPS 0 is 32 bits. */
TEST(an_output_over_ips_is_an_address_size_fault_at_a_table_and_at_a_page)
{
	struct stream s = open_stream(12, 25);
	uint64_t table;

	bench_cd(s.bench, s.cd, (CD_GOOD & ~(7ULL << 32)) | CD_4K | CD_T0SZ(25), s.ttb);
	map(&s, 0x1000, 3, 0xfffff000 | D_PAGE | D_USER);
	map(&s, 0x2000, 3, 0x100000000 | D_PAGE | D_USER);
	map(&s, 0x40000000, 1, 0x100000000 | D_BLOCK | D_USER);
	table = map(&s, 0x80000000, 1, 0x100000000 | D_TABLE);
	assert_int_equal(try(&s, 0x1000, false, false), 0);
	faults(&s, 0x2000, false, false, 0x11, IN | READ, 0);
	faults(&s, 0x40000000, false, false, 0x11, IN | READ, 0);
	faults(&s, 0x80000000, false, false, 0x11, IN | READ, 0);
	*bench_at(s.bench, table) = 0;
	faults(&s, 0x80000000, false, false, 0x10, IN | READ, 0);
	bench_close(s.bench);
}

/* [HW-18] IPS by its value; 6 and 7 are reserved, and as 48 bits here. */
TEST(each_ips_lets_out_so_many_bits)
{
	static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 48, 48};

	for (uint64_t ips = 0; ips < COUNT(bits); ips++) {
		struct stream s = open_stream(12, 25);

		bench_cd(s.bench, s.cd, (CD_GOOD & ~(7ULL << 32)) | ips << 32 | CD_4K | CD_T0SZ(25),
			 s.ttb);
		map(&s, 0x1000, 3, ((1ULL << bits[ips]) - 0x1000) | D_PAGE | D_USER);
		assert_int_equal(try(&s, 0x1000, false, false), 0);
		if (bits[ips] < 48) {
			map(&s, 0x2000, 3, 1ULL << bits[ips] | D_PAGE | D_USER);
			faults(&s, 0x2000, false, false, 0x11, IN | READ, 0);
		}
		bench_close(s.bench);
	}
}

/* [HW-18] */
TEST(a_table_outside_of_memory_is_an_abort_of_the_walk)
{
	struct stream s = open_stream(12, 25);

	map(&s, 0x1000, 2, 0x40000000 | D_TABLE);
	faults(&s, 0x1008, false, false, 0x0b, TTD | READ, 0x40000008);
	bench_close(s.bench);
}

/* [HW-18] Bad input: a table that is its own next level. */
TEST(a_table_that_loops_costs_a_walk_of_four_reads)
{
	static const unsigned int granules[] = {12, 14, 16};

	for (size_t g = 0; g < 3; g++) {
		struct stream s = open_stream(granules[g], 16);
		size_t reads;

		for (unsigned int i = 0; i < (1U << granules[g]) / 8; i++)
			bench_at(s.bench, s.ttb)[i] = s.ttb | D_TABLE | D_USER;
		s.bench->reads = 0;
		assert_int_equal(try(&s, 0, false, false), 0); /* the table, taken for a page */
		reads = s.bench->reads;
		/* entry, context, and one descriptor a level */
		assert_int_equal(reads, 2 + (g == 2 ? 3 : 4));
		bench_close(s.bench);
	}
}

/* A nested stream: what it calls X lies at X + BELOW. */
static struct stream open_nested(void)
{
	struct stream s = open_stream(12, 25);

	bench_cd(s.bench, s.cd, CD_GOOD | CD_4K | CD_T0SZ(25) | CD_ASID(ASID), s.ttb - BELOW);
	bench_ste(s.bench, SID, STE_NESTED | (s.cd - BELOW), 0, STE_S2_GOOD | VMID);
	return s;
}

/* Makes the tables hold IPAs: they were written with physical addresses. */
static void relocate(const struct stream *s, uint64_t table, unsigned int level)
{
	for (unsigned int i = 0; level < 3 && i < 512; i++) {
		uint64_t *entry = bench_at(s->bench, table + i * 8);

		if ((*entry & 3) != D_TABLE)
			continue;
		relocate(s, *entry & 0xfffffffff000, level + 1);
		*entry -= BELOW;
	}
}

/* [HW-18] */
TEST(a_nested_stream_goes_through_the_memory_map_for_all_it_reads)
{
	struct stream s = open_nested();

	bench_map_ipa(s.bench, VMID, 0, PHYS_BYTES, PHYS);
	bench_map_ipa(s.bench, VMID, 0x10000000, 0x400000, 0x70000000);
	bench_map_ipa(s.bench, VMID + 1, 0x30000000, 0x1000, 0x60000000);
	map(&s, 0x5000, 3, 0x10003000 | D_PAGE | D_USER);
	map(&s, 0x200000, 2, 0x10200000 | D_BLOCK | D_USER);
	map(&s, 0x6000, 3, 0x30000000 | D_PAGE | D_USER);
	relocate(&s, s.ttb, 1);
	assert_int_equal(bench_read(s.bench, SID, 0x5123), 0x70003123);
	assert_int_equal(bench_read(s.bench, SID, 0x201123), 0x70201123);
	assert_int_equal(bench_state(s.bench).tlb.entries, 2);
	/* another VMID's memory is not this one's */
	faults(&s, 0x6008, false, false, 0x10, S2 | IN | READ, 0x30000000);
	bench_close(s.bench);
}

/* [HW-18] */
TEST(stage_2_faults_say_what_was_on_its_way)
{
	struct stream s = open_nested();
	struct bench_span *ram;

	/* the context descriptor */
	faults(&s, 0x5008, true, false, 0x10, S2, (s.cd - BELOW) & ~0xfffULL);
	/* a table */
	ram = bench_map_ipa(s.bench, VMID, 0, PHYS_BYTES, PHYS);
	map(&s, 0x5000, 2, 0x50000000 | D_TABLE);
	relocate(&s, s.ttb, 1);
	*bench_at(s.bench, (*bench_at(s.bench, s.ttb) & 0xfffffffff000) + BELOW) =
		0x50000000 | D_TABLE;
	faults(&s, 0x5008, true, false, 0x10, S2 | TTD, 0x50000000);
	/* the embedder's nonsense is no memory either */
	ram->span.physical += 0x800;
	bench_cfgi_ste(s.bench, SID);
	faults(&s, 0x5008, true, false, 0x10, S2, (s.cd - BELOW) & ~0xfffULL);
	bench_close(s.bench);
}

/* [HW-18] Nothing of it reaches the TLB. */
TEST(an_answer_of_stage_2_that_makes_no_sense_is_a_fault)
{
	static const struct {
		struct cmdqv_smmu_span span;
		uint64_t block; /* 0: a fault */
	} answers[] = {
		{{.ipa = 0x40345000, .bytes = 0x1000, .physical = 0x1000}, 0x1000},
		{{.ipa = 0x40344000, .bytes = 0x2000, .physical = 0x1000}, 0x1000},
		{{.ipa = 0x40200000, .bytes = 0x200000, .physical = 0}, 0x200000},
		{{.ipa = 0x40200000, .bytes = 0x1FF000, .physical = 0}, 0x1000},
		{{.ipa = 0x40201000, .bytes = 0x1FF000, .physical = 0}, 0x1000},
		{{.ipa = 0x40000000, .bytes = 0x40000000, .physical = 0}, 0x40000000},
		{{.ipa = 0x40001000, .bytes = 0x40000000, .physical = 0}, 0x200000},
		{{.ipa = 0, .bytes = ~0xfffULL, .physical = 0}, 0x40000000},
		{{.ipa = 0x1000, .bytes = ~0xfffULL, .physical = 0}, 0x40000000},
		{{.ipa = 0x40345000, .bytes = 0x1000, .physical = ~0xfffULL}, 0x1000},
		{{.ipa = 0x40345000, .bytes = 0x2000, .physical = ~0xfffULL}, 0},
		{{.ipa = 0x2000, .bytes = ~0xfffULL, .physical = 0}, 0},
		{{.ipa = 0x40344000, .bytes = 0x1000, .physical = 0x1000}, 0},
		{{.ipa = 0x40346000, .bytes = 0x1000, .physical = 0x1000}, 0},
		{{.ipa = 0x40345000, .bytes = 0, .physical = 0x1000}, 0},
		{{.ipa = 0x40344800, .bytes = 0x2000, .physical = 0x1000}, 0},
		{{.ipa = 0x40345000, .bytes = 0x1800, .physical = 0x1000}, 0},
		{{.ipa = 0x40345000, .bytes = 0x1000, .physical = 0x1800}, 0},
	};
	struct cmdqv_smmu_translation t;

	for (size_t i = 0; i < 2 * COUNT(answers); i++) {
		const uint64_t address = i % 2 ? 0x40345678 : 0x40345000;
		const struct cmdqv_smmu_access access = {.sid = SID, .address = address};
		const struct cmdqv_smmu_span *span = &answers[i / 2].span;
		uint64_t block = answers[i / 2].block;
		struct bench *bench = bench_open();

		bench_ste(bench, SID, STE_S2, 0, STE_S2_GOOD | VMID);
		bench->lie = span;
		if ((cmdqv_smmu_translate(bench->smmu, &access, &t) == 0) != (block != 0))
			fail_msg("answer %zu", i / 2);
		assert_int_equal(bench_state(bench).tlb.entries, block != 0);
		if (block) {
			assert_int_equal(t.physical, span->physical + address - span->ipa);
			assert_int_equal(t.bytes, block - address % block);
		}
		bench_close(bench);
	}
}

/* [HW-18] */
TEST(memory_that_stage_2_does_not_let_write_is_read_only)
{
	const struct cmdqv_smmu_access access = {.sid = SID, .address = 0x234560};
	struct cmdqv_smmu_translation translation;
	struct stream s = open_nested();

	bench_map_ipa(s.bench, VMID, 0, PHYS_BYTES, PHYS);
	bench_map_ipa(s.bench, VMID, 0x10000000, 0x400000, 0x70000000)->span.writable = false;
	map(&s, 0x200000, 2, 0x10200000 | D_BLOCK | D_USER);
	relocate(&s, s.ttb, 1);
	assert_int_equal(cmdqv_smmu_translate(s.bench->smmu, &access, &translation), 0);
	assert_false(translation.writable);
	faults(&s, 0x234560, true, false, 0x13, S2 | IN, 0x10234000);
	bench_close(s.bench);
}

/* [HW-18] A block of stage 1 over two pieces of memory is cached page by page. */
TEST(a_block_over_a_patchwork_of_memory_is_taken_page_by_page)
{
	struct stream s = open_nested();

	bench_map_ipa(s.bench, VMID, 0, PHYS_BYTES, PHYS);
	bench_map_ipa(s.bench, VMID, 0x10000000, 0x5000, 0x70000000);
	bench_map_ipa(s.bench, VMID, 0x10005000, 0x400000, 0x68000000);
	map(&s, 0x200000, 2, 0x10000000 | D_BLOCK | D_USER);
	relocate(&s, s.ttb, 1);
	assert_int_equal(bench_read(s.bench, SID, 0x204fff), 0x70004fff);
	assert_int_equal(bench_read(s.bench, SID, 0x205000), 0x68000000);
	assert_int_equal(bench_read(s.bench, SID, 0x3fffff), 0x681fafff);
	assert_int_equal(bench_state(s.bench).tlb.entries, 3);
	/* a TLBI of the block's range takes all of them */
	bench_tlbi(s.bench, NH_VA, VMID, ASID, 0x200000, 0x3fffff);
	assert_int_equal(bench_state(s.bench).tlb.entries, 0);
	bench_close(s.bench);
}

/*
 * A nested stream whose stage 2 gives back each IPA, but in two pieces that meet at `seam`;
 * at `VA_OF_SPLIT` a page or block of stage 1 that lies across it. Returns its descriptor.
 */
#define VA_OF_SPLIT 0x40000000

static uint64_t open_split(struct bench *bench, uint64_t cd_granule, unsigned int level,
			   uint64_t output, uint64_t seam)
{
	const unsigned int granule = cd_granule == CD_64K ? 16 : cd_granule == CD_16K ? 14 : 12;
	const uint64_t cd = bench_take(bench, 64);
	const uint64_t ttb = bench_take(bench, 1ULL << granule);

	bench_cd(bench, cd, CD_GOOD | cd_granule | CD_T0SZ(25) | CD_ASID(ASID), ttb);
	bench_ste(bench, SID, STE_NESTED | cd, STE_EATS, STE_S2_GOOD | VMID);
	bench_map_ipa(bench, VMID, PHYS, seam - PHYS, PHYS);
	bench_map_ipa(bench, VMID, seam, PHYS + 0x80000000 - seam, seam);
	return bench_map_level(bench, ttb, granule, 25, VA_OF_SPLIT, level,
			       output | (level == 3 ? D_PAGE : D_BLOCK) | D_USER);
}

static const struct split {
	uint64_t cd_granule;
	unsigned int level;
	uint64_t bytes;
} splits[] = {
	{CD_4K, 2, 0x200000},	{CD_4K, 1, 0x40000000}, {CD_16K, 3, 0x4000},
	{CD_16K, 2, 0x2000000}, {CD_64K, 3, 0x10000},	{CD_64K, 2, 0x20000000},
};

static void check_split(const struct split *split, uint8_t opcode, uint64_t at)
{
	const uint64_t output = PHYS + (split->bytes < 0x1000000 ? 0x1000000 : 0x40000000);
	const uint64_t last = split->bytes - 1;
	struct bench *bench = bench_open();
	uint64_t descriptor = open_split(bench, split->cd_granule, split->level, output,
					 output + split->bytes / 2);

	assert_int_equal(bench_read(bench, SID, VA_OF_SPLIT), output);
	assert_int_equal(bench_read(bench, SID, VA_OF_SPLIT + 0x1000), output + 0x1000);
	assert_int_equal(bench_read(bench, SID, VA_OF_SPLIT + last), output + last);
	assert_int_equal(bench_state(bench).tlb.entries, 3);
	*bench_at(bench, descriptor) = 0;
	/* what software sends that has no ranges: one page, and it is anywhere in the block */
	bench_do(bench, (struct cmdqv_command){.opcode = opcode,
					       .vmid = VMID,
					       .asid = ASID,
					       .leaf = true,
					       .address = VA_OF_SPLIT + at,
					       .last = VA_OF_SPLIT + at + 0xfff});
	assert_int_equal(bench_state(bench).tlb.entries, 0);
	assert_int_equal(bench_state(bench).tlb.invalidated, 3);
	assert_int_equal(bench_read(bench, SID, VA_OF_SPLIT), 0);
	assert_int_equal(bench_read(bench, SID, VA_OF_SPLIT + 0x1000), 0);
	assert_int_equal(bench_read(bench, SID, VA_OF_SPLIT + last), 0);
	bench_close(bench);
}

/* [HW-14] */
TEST(a_tlbi_of_any_page_of_what_stage_2_took_to_pieces_takes_them_all)
{
	for (size_t i = 0; i < COUNT(splits); i++) {
		check_split(&splits[i], NH_VA, 0);
		check_split(&splits[i], NH_VA, 0x2000);
		check_split(&splits[i], NH_VA, splits[i].bytes - 0x1000);
		check_split(&splits[i], NH_VAA, 0);
		check_split(&splits[i], NH_VAA, splits[i].bytes - 0x1000);
	}
}

/* [HW-14] The same where all pieces are cached, so many that they are looked up one by one. */
TEST(a_tlbi_of_one_page_takes_every_piece_of_a_block)
{
	const uint64_t output = PHYS + 0x1000000;
	static const uint64_t at[] = {0, 0x100000, 0x1ff000};

	for (size_t i = 0; i < COUNT(at); i++) {
		struct bench *bench = bench_open();

		open_split(bench, CD_4K, 2, output, output + 0x100000);
		for (uint64_t page = 0; page < 0x200000; page += 0x1000)
			assert_int_equal(bench_read(bench, SID, VA_OF_SPLIT + page), output + page);
		assert_int_equal(bench_state(bench).tlb.entries, 512);
		bench_tlbi(bench, NH_VA, VMID, ASID, VA_OF_SPLIT + at[i],
			   VA_OF_SPLIT + at[i] + 0xfff);
		assert_int_equal(bench_state(bench).tlb.entries, 0);
		bench_close(bench);
	}
}

/* [HW-14] [HW-18] */
TEST(a_tlbi_beside_what_stage_2_took_to_pieces_leaves_it)
{
	const uint64_t output = PHYS + 0x1000000;
	struct bench *bench = bench_open();

	open_split(bench, CD_4K, 2, output, output + 0x100000);
	for (uint64_t page = 0; page < 0x200000; page += 0x1000)
		assert_int_equal(bench_read(bench, SID, VA_OF_SPLIT + page), output + page);
	bench_tlbi(bench, NH_VA, VMID, ASID, VA_OF_SPLIT - 0x1000, VA_OF_SPLIT - 1);
	bench_tlbi(bench, NH_VA, VMID, ASID, VA_OF_SPLIT + 0x200000, VA_OF_SPLIT + 0x7fffff);
	assert_int_equal(bench_state(bench).tlb.entries, 512);
	bench_tlbi(bench, NH_VA, VMID, ASID, VA_OF_SPLIT + 0x1ff000, VA_OF_SPLIT + 0x3fffff);
	assert_int_equal(bench_state(bench).tlb.entries, 0);
	bench_close(bench);
}

/* [HW-18] An ATC knows that it may not write, whichever stage says so. */
TEST(a_device_does_not_write_by_its_atc_where_stage_2_lets_it_read)
{
	struct bench *bench = bench_open();
	struct cmdqv_smmu_access access = {.sid = SID, .address = 0x1000, .ats = true};

	bench_ste(bench, SID, STE_S2, STE_EATS, STE_S2_GOOD | VMID);
	bench_map_ipa(bench, VMID, 0x1000, 0x1000, 0x70000000)->span.writable = false;
	for (unsigned int i = 0; i < 2; i++) {
		access.write = false;
		assert_int_equal(bench_access(bench, &access, NULL), 0);
		assert_int_equal(bench_state(bench).atc.hits, i);
		access.write = true;
		assert_int_equal(bench_access(bench, &access, NULL), -EFAULT);
	}
	bench_close(bench);
}

/* [HW-18] */
TEST(stage_2_alone_takes_the_largest_block_that_fits)
{
	struct bench *bench = bench_open();
	struct cmdqv_smmu_access access = {.sid = SID, .address = 0x40345678};
	struct cmdqv_smmu_translation t;

	bench_ste(bench, SID, STE_S2, 0, STE_S2_GOOD | VMID);
	bench_map_ipa(bench, VMID, 0x3fe01000, 0x80000000, 0x100000000);
	assert_int_equal(cmdqv_smmu_translate(bench->smmu, &access, &t), 0);
	assert_int_equal(t.physical, 0x100544678);
	assert_int_equal(t.bytes, 0x40000000 - 0x345678);
	access.address = 0x3fe01fff;
	assert_int_equal(cmdqv_smmu_translate(bench->smmu, &access, &t), 0);
	assert_int_equal(t.bytes, 1);
	access.address = 0x3fe00fff;
	assert_int_equal(cmdqv_smmu_translate(bench->smmu, &access, &t), -EFAULT);
	assert_int_equal(bench->events[0][0], RECORD(0x10));
	assert_int_equal(bench->events[0][1], S2 | IN | READ);
	assert_int_equal(bench->events[0][3], 0x3fe00000);
	bench_close(bench);
}

/* [HW-18] An input that is no IPA never comes to stage 2, and the fault is stage 1's. */
TEST(an_address_around_stage_1_is_not_over_the_size_of_an_ipa)
{
	const struct cmdqv_smmu_config config = {.size = sizeof(config), .output_bits = 40};
	struct bench *bench = bench_open_with(&config);

	bench_ste(bench, SID, STE_S2, 0, STE_S2_GOOD | VMID);
	bench_map_ipa(bench, VMID, 0, 1ULL << 50, 0);
	assert_int_equal(bench_read(bench, SID, (1ULL << 40) - 8), (1ULL << 40) - 8);
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t address = i ? UINT64_MAX : 1ULL << 40;

		assert_int_equal(bench_read(bench, SID, address), 0);
		bench_expect_event(bench, RECORD(0x11), IN | READ, address, 0);
	}
	bench_close(bench);
}

/* [HW-18] CD.R and CD.A, and STE.S2R */
TEST(faults_are_silent_or_end_as_zeros_where_software_wishes)
{
	struct stream s = open_stream(12, 25);

	for (unsigned int ra = 0; ra < 4; ra++) {
		bench_cd(s.bench, s.cd,
			 (CD_GOOD & ~(3ULL << 45)) | (uint64_t)ra << 45 | CD_4K | CD_T0SZ(25),
			 s.ttb);
		bench_cfgi_ste(s.bench, SID);
		assert_int_equal(try(&s, 0x1000, false, false), ra & 2 ? -EFAULT : 1);
		assert_int_equal(s.bench->event_count, ra & 1);
	}
	/* an abort of the walk is never silent */
	map(&s, 0x1000, 2, 0x40000000 | D_TABLE);
	bench_cd(s.bench, s.cd, (CD_GOOD & ~(3ULL << 45)) | CD_4K | CD_T0SZ(25), s.ttb);
	bench_cfgi_ste(s.bench, SID);
	assert_int_equal(try(&s, 0x1000, false, false), -EFAULT);
	assert_int_equal(s.bench->event_count, 1);
	bench_ste(s.bench, SID, STE_S2, 0, 1ULL << 51 | VMID);
	bench_cfgi_ste(s.bench, SID);
	assert_int_equal(try(&s, 0x1000, false, false), -EFAULT);
	assert_int_equal(s.bench->event_count, 0);
	bench_close(s.bench);
}

/* [HW-18] Bad input: tables of random bits, all over memory. */
TEST(random_tables_end_in_a_fault_or_an_address)
{
	struct bench *bench = bench_open();
	uint64_t seed = 42;

	for (uint64_t at = PHYS; at < PHYS + (1 << 20); at += 8)
		*bench_at(bench, at) = (test_random(&seed) & 0xe00000000fffff) | PHYS | D_TABLE |
				       (test_random(&seed) % 8 ? D_AF : 0);
	for (unsigned int i = 0; i < 100000; i++) {
		uint64_t cd = CD_GOOD | (test_random(&seed) & 0xffff000000ffff3f) |
			      (test_random(&seed) % 3) << 6;
		const struct cmdqv_smmu_access access = {
			.sid = SID,
			.address = test_random(&seed) >> test_random(&seed) % 64,
			.write = test_random(&seed) & 1,
		};
		int rc;

		bench_cd(bench, PHYS + 0x100000, cd, PHYS | (test_random(&seed) & 0xff000));
		bench_ste(bench, SID, STE_S1 | (PHYS + 0x100000), 0, 0);
		bench_cfgi_ste(bench, SID);
		bench->reads = 0;
		bench->event_count = 0;
		rc = bench_access(bench, &access, NULL);
		assert_true(rc == 0 || rc == -EFAULT);
		assert_true(bench->reads <= 6);
		assert_int_equal(bench->event_count, rc == 0 ? 0 : 1);
	}
	bench_close(bench);
}

struct scribbler {
	_Atomic uint64_t *page;	 /* descriptor of a page */
	_Atomic uint64_t *table; /* and of the table that holds it */
	uint64_t good;
	atomic_bool stop;
};

#define HERE 0x0000000111111000ULL
#define THERE 0x0000000222222000ULL

static void *scribble(void *arg)
{
	struct scribbler *s = arg;

	for (uint64_t i = 0; !atomic_load(&s->stop); i++) {
		atomic_store_explicit(s->page, (i & 1 ? HERE : THERE) | D_PAGE | D_USER,
				      memory_order_relaxed);
		atomic_store_explicit(s->table, i % 16 ? s->good : i << 20 | D_TABLE,
				      memory_order_relaxed);
	}
	return NULL;
}

/* [HW-18] Bad input: tables that change under the walk. Each descriptor is one or the other. */
TEST(tables_that_change_under_the_walk_are_seen_whole)
{
	struct stream s = open_stream(12, 25);
	struct scribbler scribbler = {.stop = false};
	uint64_t last = HERE;
	pthread_t thread;

	scribbler.page = (_Atomic uint64_t *)(void *)bench_at(
		s.bench, map(&s, 0x1000, 3, HERE | D_PAGE | D_USER));
	scribbler.table = (_Atomic uint64_t *)(void *)bench_at(s.bench, *bench_at(s.bench, s.ttb) &
										0xfffffffff000);
	scribbler.good = atomic_load(scribbler.table);
	assert_int_equal(pthread_create(&thread, NULL, scribble, &scribbler), 0);
	/* Until it has changed often enough, however seldom the thread runs. */
	for (unsigned int i = 0, changes = 0; i < 20000 || changes < 30; i++) {
		uint64_t got = bench_read(s.bench, SID, 0x1000);

		assert_true(got == HERE || got == THERE || got == 0);
		changes += got != last;
		last = got;
		bench_op(s.bench, NH_ALL);
		if (i % 64 == 0)
			sched_yield();
	}
	atomic_store(&scribbler.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	bench_close(s.bench);
}
