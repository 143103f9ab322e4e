/* SPDX-License-Identifier: BSD-2-Clause */
/* What an SMMU remembers, against a list that is searched from end to end. */
#include <stdlib.h>

#include "../test.h"
#include "smmu/cache.h"

#define CAPACITY 256
#define GROUPS 3
#define MEMBERS 3

static const unsigned int shifts[] = {12, 14, 16, 21, 25, 29, 30};

struct naive {
	bool used;
	uint32_t group;
	uint32_t member;
	unsigned int size;
	unsigned int whole; /* what it goes with a byte of */
	uint64_t page;
	uint64_t physical;
};

struct pair {
	struct smmu_cache cache;
	struct naive list[CAPACITY];
	uint64_t seed;
	uint64_t rarity; /* of pieces of something larger */
};

static uint64_t next(struct pair *pair)
{
	return test_random(&pair->seed) >> 8;
}

static size_t used(const struct pair *pair)
{
	size_t count = 0;

	for (size_t i = 0; i < CAPACITY; i++)
		count += pair->list[i].used;
	return count;
}

static struct naive *naive_find(struct pair *pair, uint32_t group, uint32_t member, uint64_t va)
{
	struct naive *found = NULL;

	for (size_t i = 0; i < CAPACITY; i++) {
		struct naive *n = &pair->list[i];

		if (n->used && n->group == group && n->member == member &&
		    n->page == va >> shifts[n->size] && (!found || n->size < found->size))
			found = n;
	}
	return found;
}

static void naive_insert(struct pair *pair, const struct naive *what)
{
	struct naive *empty = NULL;

	for (size_t i = 0; i < CAPACITY; i++) {
		struct naive *n = &pair->list[i];

		if (!n->used)
			empty = n;
		else if (n->group == what->group && n->member == what->member &&
			 n->size == what->size && n->page == what->page) {
			*n = *what;
			return;
		}
	}
	assert_non_null(empty);
	*empty = *what;
}

/* `member` UINT32_MAX: all of them. */
static void naive_drop(struct pair *pair, uint32_t first_group, uint32_t last_group,
		       uint32_t member, uint64_t first, uint64_t last)
{
	for (size_t i = 0; i < CAPACITY; i++) {
		struct naive *n = &pair->list[i];
		uint64_t from = n->page << shifts[n->size] >> shifts[n->whole] << shifts[n->whole];
		uint64_t to = from + (1ULL << shifts[n->whole]) - 1;

		if (n->used && n->group >= first_group && n->group <= last_group &&
		    (member == UINT32_MAX || n->member == member) && from <= last && to >= first)
			n->used = false;
	}
}

static uint64_t some_address(struct pair *pair)
{
	return next(pair) % 4 * 0x40000000 + next(pair) % 8 * 0x200000 + next(pair) % 40 * 0x1000;
}

static void insert(struct pair *pair)
{
	uint64_t va = some_address(pair);
	unsigned int size = next(pair) % 3 != 0 ? 0 : (unsigned int)(next(pair) % 7);
	unsigned int whole = next(pair) % pair->rarity != 0
				     ? size
				     : size + (unsigned int)(next(pair) % (7 - size));
	struct naive what = {
		.used = true,
		.group = (uint32_t)(next(pair) % GROUPS),
		.member = (uint32_t)(next(pair) % MEMBERS),
		.size = size,
		.whole = whole,
		.page = va >> shifts[size],
		.physical = next(pair),
	};
	struct smmu_entry *entry;

	if (used(pair) == CAPACITY)
		return;
	naive_insert(pair, &what);
	entry = smmu_cache_insert_piece(&pair->cache, what.group, what.member, va,
					(enum smmu_size)size, (enum smmu_size)whole);
	entry->physical = what.physical;
}

static void look(struct pair *pair)
{
	uint32_t group = (uint32_t)(next(pair) % GROUPS);
	uint32_t member = (uint32_t)(next(pair) % MEMBERS);
	uint64_t va = some_address(pair);
	const struct naive *expected = naive_find(pair, group, member, va);
	const struct smmu_entry *got = smmu_cache_find(&pair->cache, group, member, va);

	assert_int_equal(got != NULL, expected != NULL);
	if (got)
		assert_int_equal(got->physical, expected->physical);
}

static void drop(struct pair *pair)
{
	static const uint64_t lengths[] = {1, 0x1000, 0x3000, 0x20000, 0x400000, 0x80000000, 0};
	uint32_t group = (uint32_t)(next(pair) % GROUPS);
	uint32_t member = (uint32_t)(next(pair) % MEMBERS);
	uint64_t first = some_address(pair);
	uint64_t length = lengths[next(pair) % 7];
	uint64_t last = length == 0 ? UINT64_MAX : first + length - 1;

	if (next(pair) % 128 == 0) {
		smmu_cache_clear(&pair->cache);
		naive_drop(pair, 0, UINT32_MAX, UINT32_MAX, 0, UINT64_MAX);
		return;
	}
	switch (next(pair) % 12) {
	case 0:
		smmu_cache_drop_member(&pair->cache, group, member);
		naive_drop(pair, group, group, member, 0, UINT64_MAX);
		break;
	case 1:
		smmu_cache_drop_group_range(&pair->cache, group, first, last);
		naive_drop(pair, group, group, UINT32_MAX, first, last);
		break;
	case 2:
		smmu_cache_drop_groups(&pair->cache, 0, group);
		naive_drop(pair, 0, group, UINT32_MAX, 0, UINT64_MAX);
		break;
	default:
		smmu_cache_drop_range(&pair->cache, group, member, first, last);
		naive_drop(pair, group, group, member, first, last);
		break;
	}
}

/* ---- what the structures say of each other ---- */

/* The list of a space, against its counters. */
static void check_space(const struct smmu_cache *cache, uint32_t s)
{
	const struct smmu_space *space = &cache->spaces[s];
	uint32_t by_size[SMMU_SIZES] = {0}, entries = 0, pieces = 0, sizes = 0, wholes = 0;
	uint32_t previous = SMMU_NONE;

	for (uint32_t i = space->first; i != SMMU_NONE; i = cache->pool[i].next) {
		const struct smmu_entry *entry = &cache->pool[i];
		unsigned int size = entry->key & 7;

		assert_int_equal(entry->space, s);
		assert_int_equal(entry->previous, previous);
		previous = i;
		entries++;
		by_size[size]++;
		sizes |= 1U << size;
		pieces += entry->whole != size;
		wholes |= entry->whole != size ? 1U << entry->whole : 0;
	}
	assert_int_not_equal(entries, 0);
	assert_int_equal(space->entries, entries);
	assert_memory_equal(space->by_size, by_size, sizeof(by_size));
	assert_int_equal(space->sizes, sizes);
	assert_int_equal(space->pieces, pieces);
	assert_int_equal(space->wholes & wholes, wholes);
	assert_true(pieces != 0 || space->wholes == 0);
}

/* Every space is found by its name and by its group. */
static void check_spaces(const struct smmu_cache *cache)
{
	uint32_t by_name = 0, by_group = 0, with_entries = 0, entries = 0;

	for (uint32_t i = 0; i <= cache->slot_mask / 4; i++) {
		uint32_t previous = SMMU_NONE;

		for (uint32_t s = cache->by_name[i]; s != SMMU_NONE;
		     s = cache->spaces[s].next_by_name) {
			check_space(cache, s);
			entries += cache->spaces[s].entries;
			by_name++;
		}
		for (uint32_t s = cache->by_group[i]; s != SMMU_NONE;
		     s = cache->spaces[s].next_by_group) {
			assert_int_equal(cache->spaces[s].previous_by_group, previous);
			previous = s;
			by_group++;
		}
	}
	for (uint32_t s = 0; s < cache->space_mark; s++)
		with_entries += cache->spaces[s].entries != 0;
	assert_int_equal(by_name, cache->spaces_used);
	assert_int_equal(by_group, cache->spaces_used);
	assert_int_equal(with_entries, cache->spaces_used);
	assert_int_equal(entries, cache->entries);
}

/* Every entry is chained at one home, whose slot says whether there are more. */
static void check_structure(const struct smmu_cache *cache)
{
	uint32_t chained = 0;

	check_spaces(cache);
	for (uint32_t i = 0; i <= cache->slot_mask; i++) {
		uint32_t entry = (cache->slots[i] & 0x7fffff) - 1;

		if (entry == SMMU_NONE) {
			assert_int_equal(cache->slots[i], 0);
			continue;
		}
		assert_int_equal(!!(cache->slots[i] & 0x800000),
				 cache->pool[entry].chain != SMMU_NONE);
		for (; entry != SMMU_NONE; entry = cache->pool[entry].chain)
			chained++;
	}
	assert_int_equal(chained, cache->entries);
}

static void compare_with_a_plain_list(uint64_t rarity)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	assert_non_null(pair);
	pair->seed = 0x1234567;
	pair->rarity = rarity;
	assert_int_equal(smmu_cache_init(&pair->cache, CAPACITY), 0);
	for (unsigned int i = 0; i < 200000; i++) {
		uint64_t choice = next(pair) % 16;

		if (choice < 8)
			insert(pair);
		else if (choice < 14)
			look(pair);
		else
			drop(pair);
		assert_int_equal(pair->cache.entries, used(pair));
		assert_int_equal(pair->cache.evicted, 0);
		if (i % 64 == 0)
			check_structure(&pair->cache);
	}
	smmu_cache_fini(&pair->cache);
	free(pair);
}

/* [HW-14] [HW-18] With pieces of something larger hardly ever, and often. */
TEST(it_has_what_a_plain_list_would_have)
{
	compare_with_a_plain_list(5000);
	compare_with_a_plain_list(100);
	compare_with_a_plain_list(3);
}

/* [HW-18] */
TEST(nothing_goes_before_it_is_full_and_then_the_oldest_place)
{
	struct smmu_cache cache;

	assert_int_equal(smmu_cache_init(&cache, CAPACITY), 0);
	for (uint64_t i = 0; i < CAPACITY; i++)
		smmu_cache_insert(&cache, 1, (uint32_t)(i % 5), i << 12, SMMU_4K)->physical = i;
	assert_int_equal(cache.evicted, 0);
	for (uint64_t i = 0; i < CAPACITY; i++)
		assert_int_equal(smmu_cache_find(&cache, 1, (uint32_t)(i % 5), i << 12)->physical,
				 i);
	for (uint64_t i = 0; i < 10; i++) {
		smmu_cache_insert(&cache, 2, 0, i << 12, SMMU_4K);
		assert_null(smmu_cache_find(&cache, 1, (uint32_t)(i % 5), i << 12));
		assert_int_equal(cache.entries, CAPACITY);
		assert_int_equal(cache.evicted, i + 1);
		check_structure(&cache);
	}
	assert_non_null(smmu_cache_find(&cache, 1, 10 % 5, 10 << 12));
	smmu_cache_clear(&cache);
	assert_int_equal(cache.entries, 0);
	assert_null(smmu_cache_find(&cache, 1, 10 % 5, 10 << 12));
	smmu_cache_insert(&cache, 1, 0, 1 << 12, SMMU_4K);
	assert_int_equal(cache.entries, 1);
	check_structure(&cache);
	for (uint64_t i = 2; i < CAPACITY; i++)
		assert_null(smmu_cache_find(&cache, 1, 0, i << 12));
	smmu_cache_fini(&cache);
}

/* [HW-18] One entry for each of many members: they come and go with their entries. */
TEST(a_cache_of_one_entry_works)
{
	struct smmu_cache cache;

	assert_int_equal(smmu_cache_init(&cache, 1), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		smmu_cache_insert(&cache, i, i, 0x1000, SMMU_4K);
		assert_int_equal(cache.entries, 1);
		check_structure(&cache);
		assert_int_equal(cache.spaces_used, 1);
		assert_non_null(smmu_cache_find(&cache, i, i, 0x1fff));
		assert_null(smmu_cache_find(&cache, i, i, 0x2000));
	}
	smmu_cache_drop_groups(&cache, 0, UINT32_MAX);
	assert_int_equal(cache.entries, 0);
	assert_int_equal(cache.spaces_used, 0);
	smmu_cache_fini(&cache);
}

#define MANY 65536U
#define MOST_CHAIN 12U /* longer ones come by chance, less than once in 10,000 runs */

/* Neither a look-up nor a removal ever sees more entries than the longest chain has. */
static uint32_t longest_chain(const struct smmu_cache *cache)
{
	uint32_t longest = 0;

	for (uint32_t i = 0; i <= cache->slot_mask; i++) {
		uint32_t chain = 0;

		for (uint32_t e = (cache->slots[i] & 0x7fffff) - 1; e != SMMU_NONE;
		     e = cache->pool[e].chain)
			chain++;
		longest = chain > longest ? chain : longest;
	}
	return longest;
}

/* Ends a test of what could make long chains. */
static void check_chains(struct smmu_cache *cache)
{
	assert_true(longest_chain(cache) <= MOST_CHAIN);
	assert_int_equal(cache->evicted, 0);
	smmu_cache_fini(cache);
}

/* The line of a page without a secret: what software would compute that knows the rest. */
static uint32_t line_without_a_secret(uint64_t va)
{
	uint64_t hash = (va >> 16 << 3) * 0x9e3779b97f4a7c15ULL;

	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93ULL;
	return (uint32_t)(hash >> 32) & 0x3fff0;
}

/* [HW-22] */
TEST(pages_that_would_collide_without_a_secret_do_not)
{
	struct smmu_cache cache;

	assert_int_equal(smmu_cache_init(&cache, MANY), 0);
	for (uint64_t va = 0; cache.entries < MANY; va += 0x10000)
		for (uint64_t page = 0; page < 16 && line_without_a_secret(va) == 0; page++)
			smmu_cache_insert(&cache, 0, 7, va + page * 0x1000, SMMU_4K);
	check_chains(&cache);
}

static void check_distance(uint64_t distance, uint32_t row)
{
	struct smmu_cache cache;

	assert_int_equal(smmu_cache_init(&cache, MANY), 0);
	for (uint32_t i = 0; i < MANY; i++)
		smmu_cache_insert(&cache, 0, 7, i / row * distance + i % row * 0x1000, SMMU_4K);
	check_chains(&cache);
}

/* [HW-22] Bad input: what hashes that are only multiplied tend to lay in one place. */
TEST(evenly_spaced_pages_make_no_long_chains)
{
	for (unsigned int log2 = 16; log2 <= 34; log2++) {
		check_distance(1ULL << log2, 16);
		check_distance((1ULL << log2) + 0x10000, 16);
		check_distance(0x9e370000ULL >> 16 << (log2 - 2) & ~0xffffULL, 16);
	}
	for (unsigned int log2 = 12; log2 <= 31; log2++)
		check_distance(1ULL << log2, 1);
}

/* [HW-22] Bad input: the further on the member, the further back the page. */
TEST(pages_and_members_that_run_against_each_other_make_no_long_chain)
{
	struct smmu_cache cache;

	assert_int_equal(smmu_cache_init(&cache, MANY), 0);
	for (uint64_t member = 0; member < MANY; member++) {
		uint64_t line = member % 8 ? MANY + member : (MANY - member) / 8;

		smmu_cache_insert(&cache, 0, (uint32_t)member, line << 16, SMMU_4K);
	}
	check_chains(&cache);
}

/* [HW-22] The same page of each of as many members as there is room for. */
TEST(a_page_of_every_member_makes_no_long_chain)
{
	struct smmu_cache cache;

	assert_int_equal(smmu_cache_init(&cache, MANY), 0);
	for (uint32_t i = 0; i < MANY; i++)
		smmu_cache_insert(&cache, 0, i, 0x5000, SMMU_4K);
	check_chains(&cache);
}

static uint32_t longest_name_chain(const struct smmu_cache *cache)
{
	uint32_t longest = 0;

	for (uint32_t i = 0; i <= cache->slot_mask >> 2; i++) {
		uint32_t chain = 0;

		for (uint32_t s = cache->by_name[i]; s != SMMU_NONE;
		     s = cache->spaces[s].next_by_name)
			chain++;
		longest = chain > longest ? chain : longest;
	}
	return longest;
}

/* [HW-22] Bad input: contexts by their numbers. */
TEST(names_that_would_collide_without_a_secret_do_not)
{
	struct smmu_cache cache;

	assert_int_equal(smmu_cache_init(&cache, MANY), 0);
	for (uint64_t name = 0; cache.entries < 256; name++) {
		uint64_t group = name >> 20;
		uint64_t member = name & 0xfffff;
		uint64_t hash = (group << 32 | member) * 0x9e3779b97f4a7c15ULL;

		if ((hash >> 32 & 0xffff) == 0)
			smmu_cache_insert(&cache, (uint32_t)group, (uint32_t)member, 0, SMMU_4K);
	}
	assert_true(longest_name_chain(&cache) <= 8);
	smmu_cache_fini(&cache);
}

/* [HW-22] */
TEST(two_caches_do_not_lay_the_same_pages_in_the_same_places)
{
	struct smmu_cache one;
	struct smmu_cache two;

	assert_int_equal(smmu_cache_init(&one, MANY), 0);
	assert_int_equal(smmu_cache_init(&two, MANY), 0);
	for (uint64_t i = 0; i < 64; i++) {
		smmu_cache_insert(&one, 0, 0, i << 16, SMMU_4K);
		smmu_cache_insert(&two, 0, 0, i << 16, SMMU_4K);
	}
	assert_memory_not_equal(one.slots, two.slots,
				(one.slot_mask + (size_t)1) * sizeof(*one.slots));
	smmu_cache_fini(&one);
	smmu_cache_fini(&two);
}

/* [HW-14] [HW-22] */
TEST(most_of_all_goes_at_once_and_the_rest_is_found)
{
	struct smmu_cache cache;

	assert_int_equal(smmu_cache_init(&cache, MANY), 0);
	for (uint64_t i = 0; i < 40000; i++) {
		/* The first place of all is one of those that stay. */
		if (i % 40 == 0)
			smmu_cache_insert(&cache, 0, 2, i << 12, SMMU_4K)->physical = i;
		smmu_cache_insert(&cache, 0, 1, i << 12, SMMU_4K)->physical = 1;
	}
	smmu_cache_drop_member(&cache, 0, 1);
	assert_int_equal(cache.entries, 1000);
	assert_int_equal(cache.spaces_used, 1);
	assert_int_equal(cache.invalidated, 40000);
	check_structure(&cache);
	for (uint64_t i = 0; i < 40000; i++) {
		const struct smmu_entry *entry = smmu_cache_find(&cache, 0, 2, i << 12);

		assert_null(smmu_cache_find(&cache, 0, 1, i << 12));
		assert_int_equal(entry != NULL, i % 40 == 0);
		if (entry)
			assert_int_equal(entry->physical, i);
	}
	for (uint64_t i = 0; i < MANY - 1000; i++)
		smmu_cache_insert(&cache, 0, 1, i << 12, SMMU_4K);
	assert_int_equal(cache.entries, MANY);
	assert_int_equal(cache.evicted, 0);
	/* What went at once is not met again by what goes through all there are. */
	smmu_cache_drop_member(&cache, 0, 1);
	smmu_cache_drop_groups(&cache, 0, UINT32_MAX);
	assert_int_equal(cache.entries, 0);
	assert_int_equal(cache.invalidated, 40000 + MANY);
	check_structure(&cache);
	smmu_cache_fini(&cache);
}
