/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each command makes the SMMU forget, and what it leaves. Tables are emptied behind
 * the SMMU's back, so that an address is translated exactly as long as it is remembered.
 */
#include "smmu_fixture.h"

#define OUT 0x100000000ULL

/* Streams by VMID, ASID and regime; each has its own tables. */
enum { V1A1, V1A2, V2A1, EL2A1, EL2A2, STREAMS };

static const struct {
	uint16_t vmid;
	uint16_t asid;
	bool el2;
} streams[STREAMS] = {{1, 1, false}, {1, 2, false}, {2, 1, false}, {0, 1, true}, {0, 2, true}};

#define GLOBAL_VA 0x40000000ULL
#define GLOBAL_OF_V1 V1A1 /* the streams whose page there is global */

/* Two more: stage 2 alone, of VMID 1 and of VMID 2. */
#define STAGE2_OF_1 STREAMS
#define STAGE2_OF_2 (STREAMS + 1)
#define SIDS (STREAMS + 2)

struct set {
	struct bench *bench;
	uint64_t ttb[STREAMS];
};

static void map(const struct set *set, unsigned int stream, uint64_t va, uint64_t flags)
{
	bench_map(set->bench, set->ttb[stream], va, (OUT + va) | D_PAGE | flags);
}

/* Reads once and so remembers. */
static void touch(const struct set *set, uint32_t sid, uint64_t va)
{
	assert_int_equal(bench_read(set->bench, sid, va), OUT + va);
}

static void open_set(struct set *set)
{
	set->bench = bench_open();
	for (unsigned int i = 0; i < STREAMS; i++) {
		set->ttb[i] = bench_stream(set->bench, i, streams[i].vmid, streams[i].asid);
		if (streams[i].el2)
			bench_at(set->bench, PHYS + i * 64)[1] |= STE_EL2;
	}
	bench_ste(set->bench, STAGE2_OF_1, STE_S2, 0, STE_S2_GOOD | 1);
	bench_ste(set->bench, STAGE2_OF_2, STE_S2, 0, STE_S2_GOOD | 2);
}

static void forget_tables(const struct set *set)
{
	for (unsigned int i = 0; i < STREAMS; i++)
		memset(bench_at(set->bench, set->ttb[i]), 0, 4096);
	for (unsigned int i = 0; i < MOST_SPANS; i++)
		set->bench->spans[i].used = false;
}

/* One page each at 0x5000, in V1A1 a global one at GLOBAL_VA too. */
static void fill_set(struct set *set)
{
	for (unsigned int i = 0; i < STREAMS; i++) {
		map(set, i, 0x5000, D_USER);
		touch(set, i, 0x5000);
	}
	map(set, GLOBAL_OF_V1, GLOBAL_VA, D_USER & ~D_NG);
	touch(set, GLOBAL_OF_V1, GLOBAL_VA);
	bench_map_ipa(set->bench, 1, 0x5000, 0x1000, OUT + 0x5000);
	bench_map_ipa(set->bench, 2, 0x5000, 0x1000, OUT + 0x5000);
	touch(set, STAGE2_OF_1, 0x5000);
	touch(set, STAGE2_OF_2, 0x5000);
	forget_tables(set);
}

static bool is_kept(const struct set *set, uint32_t sid, uint64_t va)
{
	return bench_read(set->bench, sid, va) != 0;
}

/* Where an access of stream 0 that goes through its device's ATC leads, or 0. */
static uint64_t by_atc(const struct set *set, uint64_t address, bool write, bool privileged)
{
	const struct cmdqv_smmu_access access = {
		.address = address, .ats = true, .write = write, .privileged = privileged};
	uint64_t physical;

	return bench_access(set->bench, &access, &physical) == 0 ? physical : 0;
}

/* The ATC of stream 0 has the page at 0x5000. */
static void open_with_atc(struct set *set)
{
	open_set(set);
	map(set, 0, 0x5000, D_USER);
	assert_int_equal(by_atc(set, 0x5000, false, false), OUT + 0x5000);
}

/* By address, without a granule. */
#define VA(opcode_, vmid_, asid_, first, last_)                                                    \
	{                                                                                          \
		.opcode = opcode_, .vmid = vmid_, .asid = asid_, .address = first, .last = last_   \
	}

/* [HW-14] [HW-18] Columns: the streams in their order, stage 2 of 1 and 2, the global page. */
TEST(each_tlbi_forgets_what_it_names_and_nothing_else)
{
	static const struct {
		struct cmdqv_command command;
		const char *kept;
	} cases[] = {
		{VA(NH_VA, 1, 1, 0x5000, 0x5fff), "01111111"},
		{VA(NH_VA, 1, 2, 0x5000, 0x5fff), "10111111"},
		{VA(NH_VA, 2, 1, 0x5000, 0x5fff), "11011111"},
		{VA(NH_VA, 1, 1, 0x4000, 0x4fff), "11111111"},
		{VA(NH_VA, 1, 1, 0x6000, 0x6fff), "11111111"},
		{VA(NH_VA, 3, 1, 0, UINT64_MAX), "11111111"},
		{VA(NH_VA, 1, 9, GLOBAL_VA, GLOBAL_VA), "11111110"},
		{{NH_VA, .leaf = true, .ttl = 1, .granule = 12, .vmid = 1, .asid = 1,
		  .last = UINT64_MAX},
		 "01111110"},
		{VA(NH_VAA, 1, 0, 0x5000, 0x5fff), "00111111"},
		{VA(NH_VAA, 1, 0, 0, UINT64_MAX), "00111110"},
		{VA(NH_VAA, 1, 0, 0x6000, UINT64_MAX), "11111110"},
		{{.opcode = NH_ASID, .vmid = 1, .asid = 1}, "01111111"},
		{{.opcode = NH_ASID, .vmid = 2, .asid = 2}, "11111111"},
		{{.opcode = NH_ALL, .vmid = 1}, "00111110"},
		{{.opcode = NH_ALL, .vmid = 2}, "11011111"},
		{{.opcode = NH_ALL, .vmid = 0}, "11111111"},
		{{.opcode = EL2_ALL}, "11100111"},
		{{.opcode = EL2_ASID, .asid = 2}, "11110111"},
		{VA(EL2_VA, 0, 1, 0x5000, 0x5fff), "11101111"},
		{{.opcode = S12_VMALL, .vmid = 1}, "00111010"},
		{{.opcode = S12_VMALL, .vmid = 2}, "11011101"},
		{VA(S2_IPA, 1, 0, 0x5000, 0x5fff), "11111011"},
		{VA(S2_IPA, 1, 0, 0x6000, 0x6fff), "11111111"},
		{{.opcode = NSNH_ALL}, "00011000"},
		{{.opcode = SYNC}, "11111111"},
		{{.opcode = CFGI_ALL, .sid_count_log2 = 32}, "11111111"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char kept[SIDS + 2] = "";
		struct set set;

		open_set(&set);
		fill_set(&set);
		bench_do(set.bench, cases[i].command);
		for (unsigned int sid = 0; sid < SIDS; sid++)
			kept[sid] = is_kept(&set, sid, 0x5000) ? '1' : '0';
		kept[SIDS] = is_kept(&set, GLOBAL_OF_V1, GLOBAL_VA) ? '1' : '0';
		assert_string_equal(kept, cases[i].kept);
		bench_close(set.bench);
	}
}

/* [HW-18] */
TEST(a_global_page_serves_every_asid_of_its_vmid)
{
	struct set set;

	open_set(&set);
	fill_set(&set);
	assert_true(is_kept(&set, V1A2, GLOBAL_VA));
	assert_false(is_kept(&set, V2A1, GLOBAL_VA));
	assert_false(is_kept(&set, EL2A1, GLOBAL_VA));
	bench_close(set.bench);
}

/* [HW-14] A TLBI without a granule names 4 KiB; whatever holds them goes. */
TEST(one_page_of_a_block_takes_the_block_and_leaves_its_neighbours)
{
	static const struct {
		uint64_t tg;
		unsigned int granule;
		unsigned int level;
		uint64_t bytes;
	} cases[] = {
		{CD_4K, 12, 1, 0x40000000}, {CD_4K, 12, 2, 0x200000},	 {CD_16K, 14, 2, 0x2000000},
		{CD_16K, 14, 3, 0x4000},    {CD_64K, 16, 2, 0x20000000}, {CD_64K, 16, 3, 0x10000},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bench *bench = bench_open();
		uint64_t cd = bench_take(bench, 64);
		uint64_t ttb = bench_take(bench, 0x10000);
		uint64_t type = cases[i].level == 3 ? D_PAGE : D_BLOCK;
		uint64_t bytes = cases[i].bytes;

		bench_cd(bench, cd, CD_GOOD | cases[i].tg | CD_T0SZ(16) | CD_ASID(1), ttb);
		bench_ste(bench, 0, STE_S1 | cd, 0, 1);
		for (unsigned int n = 1; n <= 3; n++) {
			bench_map_level(bench, ttb, cases[i].granule, 16, n * bytes, cases[i].level,
					n * bytes | type | D_USER);
			assert_int_equal(bench_read(bench, 0, n * bytes), n * bytes);
		}
		memset(bench_at(bench, ttb), 0, 0x10000);
		bench_tlbi(bench, NH_VA, 1, 1, 3 * bytes - 0x1000, 3 * bytes - 1);
		assert_int_equal(bench_read(bench, 0, 2 * bytes - 1), 2 * bytes - 1);
		assert_int_equal(bench_read(bench, 0, 2 * bytes), 0);
		assert_int_equal(bench_read(bench, 0, 3 * bytes), 3 * bytes);
		bench_close(bench);
	}
}

/* [HW-14] The cost, as it can be seen: look-ups are not, but what is counted is. */
TEST(what_was_forgotten_is_counted_and_nothing_was_evicted)
{
	struct set set;
	struct cmdqv_smmu_state state;

	open_set(&set);
	for (uint64_t i = 0; i < 1000; i++) {
		map(&set, V1A1, i * 0x1000, D_USER);
		touch(&set, V1A1, i * 0x1000);
	}
	for (uint64_t i = 0; i < 500; i++)
		bench_tlbi(set.bench, NH_VA, 1, 1, i * 0x2000, i * 0x2000 + 0xfff);
	bench_op(set.bench, SYNC);
	state = bench_state(set.bench);
	assert_int_equal(state.tlb.entries, 500);
	assert_int_equal(state.tlb.invalidated, 500);
	assert_int_equal(state.tlb.evicted, 0);
	assert_int_equal(state.tlb.misses, 1000);
	assert_int_equal(state.commands, 501);
	assert_int_equal(state.syncs, 1);
	bench_close(set.bench);
}

/* [HW-18] An ATC answers until a command tells it, whatever the TLB was told. */
TEST(an_atc_is_stale_until_an_atc_inv_for_its_range)
{
	static const struct {
		struct cmdqv_command command;
		bool kept;
	} cases[] = {
		{{.opcode = NH_ALL, .vmid = 1}, true},
		/* A guest answers a device's page request, or its stalled access: ours have
		   neither. */
		{{.opcode = PRI_RESP}, true},
		{{.opcode = RESUME}, true},
		{{.opcode = ATC_INV, .sid = 0, .address = 0x4000, .last = 0x4fff}, true},
		{{.opcode = ATC_INV, .sid = 0, .address = 0x6000, .last = 0x7fff}, true},
		{{.opcode = ATC_INV, .sid = 1, .address = 0, .last = UINT64_MAX}, true},
		{{.opcode = ATC_INV, .sid = 0, .ssv = true, .ssid = 0, .last = UINT64_MAX}, true},
		{{.opcode = ATC_INV, .sid = 0, .address = 0x4000, .last = 0x7fff}, false},
		{{.opcode = ATC_INV, .sid = 0, .address = 0x5000, .last = 0x5fff}, false},
		{{.opcode = ATC_INV, .sid = 0, .ssv = true, .global = true, .last = UINT64_MAX},
		 false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct set set;

		open_set(&set);
		map(&set, 0, 0x5000, D_USER);
		assert_int_equal(by_atc(&set, 0x5432, false, false), OUT + 0x5432);
		forget_tables(&set);
		bench_tlbi(set.bench, NH_ALL, 1, 0, 0, 0);
		assert_int_equal(by_atc(&set, 0x5432, false, false), OUT + 0x5432);
		bench_do(set.bench, cases[i].command);
		assert_int_equal(by_atc(&set, 0x5432, false, false),
				 cases[i].kept ? OUT + 0x5432 : 0);
		/* a translation request that finds nothing is no event */
		assert_int_equal(set.bench->event_count, 0);
		assert_int_equal(bench_state(set.bench).atc.entries, cases[i].kept);
		bench_close(set.bench);
	}
}

/* [HW-18] */
TEST(an_atc_filled_from_a_stale_tlb_is_stale_too)
{
	struct set set;

	open_set(&set);
	map(&set, 0, 0x5000, D_USER);
	touch(&set, 0, 0x5000);
	forget_tables(&set);
	bench_atc_inv(set.bench, 0, UINT64_MAX);
	assert_int_equal(by_atc(&set, 0x5000, false, false), OUT + 0x5000);
	bench_tlbi(set.bench, NH_ASID, 1, 1, 0, 0);
	assert_int_equal(by_atc(&set, 0x5000, false, false), OUT + 0x5000);
	bench_atc_inv(set.bench, 0, UINT64_MAX);
	assert_int_equal(by_atc(&set, 0x5000, false, false), 0);
	bench_close(set.bench);
}

/* [HW-18] */
TEST(a_write_asks_again_where_the_atc_has_a_page_to_read_only)
{
	struct set set;

	open_set(&set);
	map(&set, 0, 0x5000, D_USER | D_RO);
	assert_int_equal(by_atc(&set, 0x5000, false, false), OUT + 0x5000);
	assert_int_equal(by_atc(&set, 0x5000, true, false), 0);
	assert_int_equal(set.bench->event_count, 0);
	map(&set, 0, 0x5000, D_USER);
	bench_tlbi(set.bench, NH_ASID, 1, 1, 0, 0);
	assert_int_equal(by_atc(&set, 0x5000, true, false), OUT + 0x5000);
	bench_close(set.bench);
}

/* [HW-18] Bad input: a process of the device, where its kernel has been before. */
TEST(an_unprivileged_access_has_no_use_of_what_the_atc_has_for_privileged_ones)
{
	struct set set;

	open_set(&set);
	map(&set, 0, 0x5000, D_AF | D_NG);
	assert_int_equal(by_atc(&set, 0x5000, false, false), 0);
	assert_int_equal(by_atc(&set, 0x5000, false, true), OUT + 0x5000);
	assert_int_equal(bench_state(set.bench).atc.entries, 1);
	assert_int_equal(by_atc(&set, 0x5000, false, false), 0);
	assert_int_equal(by_atc(&set, 0x5000, false, true), OUT + 0x5000);
	assert_int_equal(bench_state(set.bench).atc.hits, 1);
	assert_int_equal(set.bench->event_count, 0);
	/* as with a page to read only: it asks again, and once it may the answer is the page */
	map(&set, 0, 0x5000, D_USER);
	bench_tlbi(set.bench, NH_ASID, 1, 1, 0, 0);
	assert_int_equal(by_atc(&set, 0x5000, false, false), OUT + 0x5000);
	bench_close(set.bench);
}

/* [HW-18] */
TEST(two_sizes_in_an_atc_are_stale_until_an_atc_inv)
{
	struct set set;

	open_set(&set);
	map(&set, 0, 0x5000, D_USER | D_RO);
	assert_int_equal(by_atc(&set, 0x5000, false, false), OUT + 0x5000);
	bench_map_level(set.bench, set.ttb[0], 12, 25, 0, 2, 3 * OUT | D_BLOCK | D_USER);
	bench_tlbi(set.bench, NH_ASID, 1, 1, 0, 0);
	assert_int_equal(by_atc(&set, 0x5000, true, false), 3 * OUT + 0x5000);
	assert_int_equal(by_atc(&set, 0x5000, false, false), OUT + 0x5000);
	bench_atc_inv(set.bench, 0, 0x1fffff);
	assert_int_equal(by_atc(&set, 0x5000, false, false), 3 * OUT + 0x5000);
	bench_close(set.bench);
}

/* [HW-18] S1DSS 1: the page that an ATC has where stage 1 is skipped is the page itself. */
TEST(a_bypassed_page_goes_into_an_atc)
{
	struct set set;

	open_set(&set);
	bench_ste(set.bench, 0, STE_S1 | 1ULL << 59, STE_EATS | 1, 0);
	bench_cfgi_ste(set.bench, 0);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(by_atc(&set, OUT + 0x5678, false, false), OUT + 0x5678);
	assert_int_equal(bench_state(set.bench).atc.hits, 1);
	bench_close(set.bench);
}

/* [HW-18] Whatever EATS says. */
TEST(a_stream_in_bypass_answers_no_device)
{
	struct set set;

	open_with_atc(&set);
	bench_ste(set.bench, 0, STE_BYPASS, STE_EATS, 0);
	bench_cfgi_ste(set.bench, 0);
	assert_int_equal(by_atc(&set, 0x5000, false, false), 0);
	assert_int_equal(set.bench->events[0][0], 0x07); /* F_TRANSL_FORBIDDEN */
	bench_atc_inv(set.bench, 0, UINT64_MAX);
	assert_int_equal(by_atc(&set, 0x5000, false, false), 0);
	assert_int_equal(set.bench->events[1][0], 0x05); /* F_BAD_ATS_TREQ */
	bench_close(set.bench);
}

/* [HW-18] Config 000 aborts without an event, whatever an ATC still has. */
TEST(a_stream_that_lets_nothing_pass_answers_no_device)
{
	struct set set;

	open_with_atc(&set);
	bench_ste(set.bench, 0, STE_ABORT, STE_EATS, 0);
	bench_cfgi_ste(set.bench, 0);
	assert_int_equal(by_atc(&set, 0x5000, false, false), 0);
	assert_int_equal(bench_state(set.bench).atc.hits, 1);
	assert_int_equal(set.bench->event_count, 0);
	bench_close(set.bench);
}

/* [HW-18] */
TEST(a_stream_without_ats_answers_no_device)
{
	struct set set;

	open_with_atc(&set);
	bench_at(set.bench, PHYS)[1] &= ~STE_EATS;
	bench_cfgi_ste(set.bench, 0);
	assert_int_equal(by_atc(&set, 0x5000, false, false), 0);
	assert_int_equal(set.bench->events[0][0], 0x07); /* F_TRANSL_FORBIDDEN */
	assert_int_equal(set.bench->events[0][1], 1ULL << 35);
	assert_int_equal(set.bench->events[0][2], 0x5000);
	bench_atc_inv(set.bench, 0, UINT64_MAX);
	assert_int_equal(by_atc(&set, 0x5000, false, false), 0);
	assert_int_equal(set.bench->events[1][0], 0x05); /* F_BAD_ATS_TREQ */
	bench_close(set.bench);
}

/*
 * [HW-14] [HW-18] Random maps, unmaps, remaps and invalidations. Beside the SMMU there is
 * what each page may read as: what the table says now, and everything that it said since
 * the page was last invalidated. Where nothing is pending the SMMU must say what the table
 * says; where something was remembered and not invalidated it must say just that.
 */
#define PAGES 64
#define TURNS 60000

struct shadow {
	uint64_t now;	     /* output page, 0: not mapped */
	uint64_t remembered; /* what the SMMU must still have, 0: nothing */
};

struct world {
	struct set set;
	struct shadow pages[STREAMS][PAGES];
	uint64_t seed;
};

static uint64_t random_below(struct world *world, uint64_t limit)
{
	return (test_random(&world->seed) >> 16) % limit;
}

/* A page has two places far apart: every other one lies 8 GiB on. */
static uint64_t va_of(uint64_t page)
{
	return page % 2 * 0x200000000 + page / 2 * 0x1000;
}

static void change(struct world *world, unsigned int stream, uint64_t page)
{
	struct shadow *shadow = &world->pages[stream][page];

	shadow->now = random_below(world, 3) == 0 ? 0 : (1 + random_below(world, 1000)) << 12;
	bench_map(world->set.bench, world->set.ttb[stream], va_of(page),
		  shadow->now ? shadow->now | D_PAGE | D_USER : 0);
}

static void check(struct world *world, unsigned int stream, uint64_t page)
{
	struct shadow *shadow = &world->pages[stream][page];
	uint64_t got = bench_read(world->set.bench, stream, va_of(page));

	assert_int_equal(got, shadow->remembered ? shadow->remembered : shadow->now);
	shadow->remembered = got;
}

static bool names(const struct cmdqv_command *command, unsigned int stream, uint64_t page)
{
	bool el2 = command->opcode >= EL2_ALL && command->opcode <= EL2_VA;
	bool in_range = va_of(page) <= command->last && va_of(page) + 0xfff >= command->address;

	if (command->opcode == NSNH_ALL)
		return !streams[stream].el2;
	if (streams[stream].el2 != el2 || (!el2 && streams[stream].vmid != command->vmid))
		return false;
	switch (command->opcode) {
	case NH_VA:
	case EL2_VA:
		return streams[stream].asid == command->asid && in_range;
	case NH_VAA:
		return in_range;
	case NH_ASID:
	case EL2_ASID:
		return streams[stream].asid == command->asid;
	default:
		return true;
	}
}

static void invalidate(struct world *world)
{
	static const uint8_t opcodes[] = {NH_VA,    NH_VA,  NH_VA,   NH_VA,    NH_VA,
					  NH_VAA,   NH_VAA, NH_ASID, NH_ALL,   EL2_ALL,
					  EL2_ASID, EL2_VA, EL2_VA,  NSNH_ALL, S12_VMALL};
	static const uint64_t lengths[] = {1, 2, 3, 8, 16, 0x200000, 0x10000000};
	uint64_t first = va_of(random_below(world, PAGES)) & ~random_below(world, 2) * 0x7fff;
	struct cmdqv_command command = {
		.opcode = opcodes[random_below(world, sizeof(opcodes))],
		.vmid = (uint16_t)(1 + random_below(world, 2)),
		.asid = (uint16_t)(1 + random_below(world, 2)),
		.address = first,
		.last = first + lengths[random_below(world, 7)] * 0x1000 - 1,
		.granule = 12,
		.ttl = (uint8_t)random_below(world, 4),
		.leaf = random_below(world, 2),
	};

	bench_do(world->set.bench, command);
	for (unsigned int stream = 0; stream < STREAMS; stream++)
		for (uint64_t page = 0; page < PAGES; page++)
			if (names(&command, stream, page))
				world->pages[stream][page].remembered = 0;
}

TEST(a_translation_is_the_tables_or_one_that_nobody_invalidated)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->seed = 20260101;
	open_set(&world->set);
	world->set.bench->event_room = 1;
	for (unsigned int i = 0; i < TURNS; i++) {
		unsigned int stream = (unsigned int)random_below(world, STREAMS);
		uint64_t page = random_below(world, PAGES);

		switch (random_below(world, 8)) {
		case 0:
		case 1:
			change(world, stream, page);
			break;
		case 2:
			invalidate(world);
			break;
		default:
			check(world, stream, page);
			break;
		}
	}
	assert_int_equal(bench_state(world->set.bench).tlb.evicted, 0);
	bench_close(world->set.bench);
	free(world);
}
