/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries by group, member and page, in three structures over two pools.
 *
 *   slots      four for each entry that there can be. A slot holds the index of the first
 *              entry whose home it is, enough bits of its hash that the entry itself is
 *              hardly ever read in vain, and whether more entries are chained to it.
 *              Sixteen neighbouring pages have their homes in one line of memory, each in
 *              its place. So a row of pages costs one line, and neither a look-up nor a
 *              removal pays for its neighbours.
 *   entries    stay where they are while they live; linked by space.
 *   spaces     one for each group and member that has entries: the list of them, and how
 *              many of each size, so that only sizes that exist are looked for. They are
 *              chained by (group, member), and by group.
 *
 * A range is dropped by looking up each of its pages in each size that exists, or by
 * going through the list of the space, whichever is less. An entry may be a piece of
 * something larger; any byte of that drops it, so the look-ups of a space that has pieces
 * cover a wider range. To drop much of the whole, the slots are made anew from what stays.
 *
 * Software chooses addresses, ASIDs and SubstreamIDs, so it must not be able to choose
 * slots: the hashes are keyed with random numbers of each cache's own. Nothing
 * that a caller can see depends on them, neither hits nor evictions.
 *
 * Replacement. Nothing is evicted before the cache is full. Then entries are evicted in the
 * order of their places in the pool, round and round, which is about the order of age.
 */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE_BITS 3
#define SIZE_MASK ((1U << SIZE_BITS) - 1)
#define LINE_BITS 4 /* slots of a line of memory */
#define LINE_MASK ((1U << LINE_BITS) - 1)

/* A slot: index of its first entry + 1, whether others follow, bits of the first one's hash. */
#define SLOT_INDEX 0x007fffffU
#define SLOT_MORE 0x00800000U
#define SLOT_TAG 0xff000000U
#define TAG_SHIFT 24

#define MUCH_OF_SLOTS 32 /* from one slot in so many, making them anew pays */

static const uint8_t shifts[SMMU_SIZES] = {12, 14, 16, 21, 25, 29, 30};

unsigned int smmu_size_shift(enum smmu_size size)
{
	return shifts[size];
}

/* Of a set of sizes that is not empty. */
static unsigned int smallest(uint32_t sizes)
{
	return (unsigned int)__builtin_ctz(sizes);
}

static uint64_t key_of(uint64_t address, unsigned int size)
{
	return address >> shifts[size] << SIZE_BITS | size;
}

/*
 * Two products with secret odd numbers, and a third one of their sum folded, for a sum alone
 * would lay what is evenly spaced out evenly, and sometimes all in one place.
 */
static inline uint64_t hash_pair(const struct smmu_cache *cache, uint64_t a, uint64_t b)
{
	uint64_t hash = a * cache->secret[0] + b * cache->secret[1];

	hash ^= hash >> 32;
	return hash * cache->secret[2];
}

/*
 * Where an entry is at home, and what tells it from its neighbours. Pages that begin lines
 * are at home anywhere in theirs, so that pages far apart, evenly spaced, do not crowd.
 */
struct place {
	uint32_t home;
	uint32_t tag; /* in place */
};

static inline struct place place_of(const struct smmu_cache *cache, uint32_t space, uint64_t key)
{
	uint64_t line = key >> (SIZE_BITS + LINE_BITS) << SIZE_BITS | (key & SIZE_MASK);
	uint32_t within = (uint32_t)(key >> SIZE_BITS) & LINE_MASK;
	uint64_t hash = hash_pair(cache, line, space);

	return (struct place){
		.home = ((uint32_t)(hash >> 32) ^ within) & cache->slot_mask,
		.tag = (uint32_t)(hash >> 56) << TAG_SHIFT,
	};
}

static uint32_t hash_name(const struct smmu_cache *cache, uint32_t group, uint32_t member)
{
	return (uint32_t)(hash_pair(cache, group, member) >> 32) & (cache->slot_mask >> 2);
}

static uint32_t hash_group(const struct smmu_cache *cache, uint32_t group)
{
	return hash_name(cache, group, 0);
}

static void clear_slots(struct smmu_cache *cache)
{
	memset(cache->slots, 0, (cache->slot_mask + (size_t)1) * sizeof(*cache->slots));
}

static void clear_heads(struct smmu_cache *cache)
{
	for (uint32_t i = 0; i <= cache->slot_mask >> 2; i++)
		cache->by_name[i] = cache->by_group[i] = SMMU_NONE;
}

/* Empties it without counting; the counters stay. */
void smmu_cache_clear(struct smmu_cache *cache)
{
	clear_slots(cache);
	clear_heads(cache);
	cache->entries = 0;
	cache->spaces_used = 0;
	cache->entry_mark = 0;
	cache->space_mark = 0;
	cache->hand = 0;
	cache->free_entry = SMMU_NONE;
	cache->free_space = SMMU_NONE;
}

static int choose_secret(struct smmu_cache *cache)
{
	if (getentropy(cache->secret, sizeof(cache->secret)) != 0)
		return -EIO;
	for (unsigned int i = 0; i < sizeof(cache->secret) / sizeof(cache->secret[0]); i++)
		cache->secret[i] |= 1;
	return 0;
}

/* Returns: 0; -ENOMEM; -EIO: the system has no random numbers. */
int smmu_cache_init(struct smmu_cache *cache, uint32_t capacity)
{
	uint32_t slots = 1U << LINE_BITS;
	int err;

	while (slots < 4 * capacity)
		slots *= 2;
	*cache = (struct smmu_cache){
		.capacity = capacity,
		.slot_mask = slots - 1,
		.free_entry = SMMU_NONE,
		.free_space = SMMU_NONE,
		.slots = calloc(slots, sizeof(uint32_t)),
		.pool = calloc(capacity, sizeof(struct smmu_entry)),
		.spaces = calloc(capacity, sizeof(struct smmu_space)),
		.by_name = calloc(slots / 4, sizeof(uint32_t)),
		.by_group = calloc(slots / 4, sizeof(uint32_t)),
	};
	if (!cache->slots || !cache->pool || !cache->spaces || !cache->by_name ||
	    !cache->by_group) {
		smmu_cache_fini(cache);
		return -ENOMEM;
	}
	err = choose_secret(cache);
	if (err != 0) {
		smmu_cache_fini(cache);
		return err;
	}
	clear_heads(cache);
	return 0;
}

void smmu_cache_fini(struct smmu_cache *cache)
{
	free(cache->slots);
	free(cache->pool);
	free(cache->spaces);
	free(cache->by_name);
	free(cache->by_group);
	*cache = (struct smmu_cache){0};
}

static uint32_t find_space(const struct smmu_cache *cache, uint32_t group, uint32_t member)
{
	uint32_t s = cache->by_name[hash_name(cache, group, member)];

	while (s != SMMU_NONE &&
	       (cache->spaces[s].group != group || cache->spaces[s].member != member))
		s = cache->spaces[s].next_by_name;
	return s;
}

static uint32_t make_space(struct smmu_cache *cache, uint32_t group, uint32_t member)
{
	uint32_t *by_name = &cache->by_name[hash_name(cache, group, member)];
	uint32_t *by_group = &cache->by_group[hash_group(cache, group)];
	uint32_t s = cache->free_space;

	if (s != SMMU_NONE)
		cache->free_space = cache->spaces[s].next_by_name;
	else
		s = cache->space_mark++;
	cache->spaces_used++;
	cache->spaces[s] = (struct smmu_space){
		.group = group,
		.member = member,
		.first = SMMU_NONE,
		.next_by_name = *by_name,
		.next_by_group = *by_group,
		.previous_by_group = SMMU_NONE,
	};
	if (*by_group != SMMU_NONE)
		cache->spaces[*by_group].previous_by_group = s;
	*by_name = s;
	*by_group = s;
	return s;
}

static void free_space(struct smmu_cache *cache, uint32_t s)
{
	struct smmu_space *space = &cache->spaces[s];
	uint32_t *link = &cache->by_name[hash_name(cache, space->group, space->member)];

	while (*link != s)
		link = &cache->spaces[*link].next_by_name;
	*link = space->next_by_name;
	if (space->previous_by_group == SMMU_NONE)
		cache->by_group[hash_group(cache, space->group)] = space->next_by_group;
	else
		cache->spaces[space->previous_by_group].next_by_group = space->next_by_group;
	if (space->next_by_group != SMMU_NONE)
		cache->spaces[space->next_by_group].previous_by_group = space->previous_by_group;
	space->entries = 0; /* smmu_cache_drop_groups() tells by it what is free */
	space->next_by_name = cache->free_space;
	cache->free_space = s;
	cache->spaces_used--;
}

/* Returns the index of the entry, or SMMU_NONE. */
static uint32_t find_entry(const struct smmu_cache *cache, struct place place, uint32_t space,
			   uint64_t key)
{
	uint32_t slot = cache->slots[place.home];
	uint32_t index = (slot & SLOT_INDEX) - 1; /* SMMU_NONE of an empty slot */

	if ((slot & SLOT_TAG) != place.tag && !(slot & SLOT_MORE))
		return SMMU_NONE;
	while (index != SMMU_NONE &&
	       (cache->pool[index].key != key || cache->pool[index].space != space))
		index = cache->pool[index].chain;
	return index;
}

static uint32_t find_page(const struct smmu_cache *cache, uint32_t space, uint64_t key)
{
	return find_entry(cache, place_of(cache, space, key), space, key);
}

static uint32_t slot_word(const struct smmu_cache *cache, struct place place, uint32_t index)
{
	uint32_t more = cache->pool[index].chain == SMMU_NONE ? 0 : SLOT_MORE;

	return place.tag | more | (index + 1);
}

/* Makes it the first one at its home. */
static void chain_entry(struct smmu_cache *cache, uint32_t index)
{
	struct smmu_entry *entry = &cache->pool[index];
	struct place place = place_of(cache, entry->space, entry->key);
	uint32_t *slot = &cache->slots[place.home];

	entry->chain = (*slot & SLOT_INDEX) - 1; /* SMMU_NONE of an empty slot */
	*slot = slot_word(cache, place, index);
}

/* The one that is next of the first becomes the first. */
static void unchain_first(struct smmu_cache *cache, uint32_t *slot)
{
	uint32_t index = cache->pool[(*slot & SLOT_INDEX) - 1].chain;
	const struct smmu_entry *entry = &cache->pool[index];

	*slot = slot_word(cache, place_of(cache, entry->space, entry->key), index);
}

static void unchain_later(struct smmu_cache *cache, uint32_t *slot, uint32_t index)
{
	uint32_t first = (*slot & SLOT_INDEX) - 1;
	uint32_t before = first;

	while (cache->pool[before].chain != index)
		before = cache->pool[before].chain;
	cache->pool[before].chain = cache->pool[index].chain;
	if (cache->pool[first].chain == SMMU_NONE)
		*slot &= ~SLOT_MORE;
}

static void unchain_entry(struct smmu_cache *cache, struct place place, uint32_t index)
{
	uint32_t *slot = &cache->slots[place.home];

	if (!(*slot & SLOT_MORE))
		*slot = 0;
	else if ((*slot & SLOT_INDEX) == index + 1)
		unchain_first(cache, slot);
	else
		unchain_later(cache, slot, index);
}

static bool is_piece(const struct smmu_entry *entry)
{
	return entry->whole != smmu_entry_size(entry);
}

static void uncount_piece(struct smmu_space *space, const struct smmu_entry *entry)
{
	if (is_piece(entry) && --space->pieces == 0)
		space->wholes = 0;
}

static void set_whole(struct smmu_space *space, struct smmu_entry *entry, enum smmu_size whole)
{
	entry->whole = (uint8_t)whole;
	if (!is_piece(entry))
		return;
	space->pieces++;
	space->wholes |= (uint8_t)(1U << whole);
}

static void unlink_entry(struct smmu_cache *cache, struct smmu_entry *entry)
{
	struct smmu_space *space = &cache->spaces[entry->space];

	if (entry->previous == SMMU_NONE)
		space->first = entry->next;
	else
		cache->pool[entry->previous].next = entry->next;
	if (entry->next != SMMU_NONE)
		cache->pool[entry->next].previous = entry->previous;
	if (--space->by_size[smmu_entry_size(entry)] == 0)
		space->sizes &= (uint8_t) ~(1U << smmu_entry_size(entry));
	uncount_piece(space, entry);
	space->entries--;
}

static void free_entry(struct smmu_cache *cache, uint32_t index)
{
	cache->pool[index].space = SMMU_NONE;
	cache->pool[index].next = cache->free_entry;
	cache->free_entry = index;
	cache->entries--;
}

/* Takes an entry out; the space goes with its last one. */
static void drop_entry(struct smmu_cache *cache, uint32_t index)
{
	struct smmu_entry *entry = &cache->pool[index];
	uint32_t space = entry->space;

	unchain_entry(cache, place_of(cache, space, entry->key), index);
	unlink_entry(cache, entry);
	free_entry(cache, index);
	if (cache->spaces[space].entries == 0)
		free_space(cache, space);
}

struct smmu_entry *smmu_cache_find(const struct smmu_cache *cache, uint32_t group, uint32_t member,
				   uint64_t address)
{
	uint32_t s = find_space(cache, group, member);

	if (s == SMMU_NONE)
		return NULL;
	for (uint32_t sizes = cache->spaces[s].sizes; sizes != 0; sizes &= sizes - 1) {
		uint32_t index = find_page(cache, s, key_of(address, smallest(sizes)));

		if (index != SMMU_NONE)
			return &cache->pool[index];
	}
	return NULL;
}

/* Of a full cache: each place of the pool has an entry. */
static void evict(struct smmu_cache *cache)
{
	drop_entry(cache, cache->hand);
	cache->hand = (cache->hand + 1) % cache->capacity;
	cache->evicted++;
}

static uint32_t take_entry(struct smmu_cache *cache)
{
	uint32_t index;

	if (cache->entries == cache->capacity)
		evict(cache);
	cache->entries++;
	index = cache->free_entry;
	if (index == SMMU_NONE)
		return cache->entry_mark++;
	cache->free_entry = cache->pool[index].next;
	return index;
}

/*
 * A new entry, or the one that was there for this very page; the caller fills in the
 * rest. It goes with any byte of the `whole` that its address lies in. Valid until the next
 * insertion or removal.
 */
struct smmu_entry *smmu_cache_insert_piece(struct smmu_cache *cache, uint32_t group,
					   uint32_t member, uint64_t address, enum smmu_size size,
					   enum smmu_size whole)
{
	uint64_t key = key_of(address, size);
	uint32_t s = find_space(cache, group, member);
	uint32_t index = s == SMMU_NONE ? SMMU_NONE : find_page(cache, s, key);
	struct smmu_entry *entry;

	if (index != SMMU_NONE) {
		entry = &cache->pool[index];
		uncount_piece(&cache->spaces[s], entry);
		set_whole(&cache->spaces[s], entry, whole);
		return entry;
	}
	index = take_entry(cache);
	s = find_space(cache, group, member); /* an eviction may have taken it away */
	if (s == SMMU_NONE)
		s = make_space(cache, group, member);
	entry = &cache->pool[index];
	*entry = (struct smmu_entry){
		.key = key,
		.space = s,
		.previous = SMMU_NONE,
		.next = cache->spaces[s].first,
	};
	if (entry->next != SMMU_NONE)
		cache->pool[entry->next].previous = index;
	cache->spaces[s].first = index;
	cache->spaces[s].entries++;
	cache->spaces[s].by_size[size]++;
	cache->spaces[s].sizes |= (uint8_t)(1U << size);
	set_whole(&cache->spaces[s], entry, whole);
	chain_entry(cache, index);
	return entry;
}

struct smmu_entry *smmu_cache_insert(struct smmu_cache *cache, uint32_t group, uint32_t member,
				     uint64_t address, enum smmu_size size)
{
	return smmu_cache_insert_piece(cache, group, member, address, size, size);
}

static uint64_t low_bits(unsigned int size)
{
	return (UINT64_C(1) << shifts[size]) - 1;
}

/* Has it, or what it is a piece of, a byte in [first, last]? */
static bool touches(const struct smmu_entry *entry, uint64_t first, uint64_t last)
{
	uint64_t mask = low_bits(entry->whole);
	uint64_t address = entry->key >> SIZE_BITS << shifts[entry->key & SIZE_MASK];

	return (address & ~mask) <= last && (address | mask) >= first;
}

/* How far around a range pages of a size may be pieces of what lies in it, as a mask. */
static uint64_t around(const struct smmu_space *space, unsigned int size)
{
	bool has_larger = space->wholes >> size > 1;

	return has_larger ? low_bits(31 - (unsigned int)__builtin_clz(space->wholes)) : 0;
}

static void invalidate_entry(struct smmu_cache *cache, uint32_t index)
{
	drop_entry(cache, index);
	cache->invalidated++;
}

/* How many look-ups a range takes. */
static uint64_t lookups(const struct smmu_space *space, uint64_t first, uint64_t last)
{
	uint64_t sum = 0;

	for (uint32_t sizes = space->sizes; sizes != 0; sizes &= sizes - 1) {
		unsigned int size = smallest(sizes);
		uint64_t mask = around(space, size);

		sum += ((last | mask) >> shifts[size]) - ((first & ~mask) >> shifts[size]) + 1;
	}
	return sum;
}

static void drop_by_lookup(struct smmu_cache *cache, uint32_t s, uint64_t first, uint64_t last)
{
	for (uint32_t sizes = cache->spaces[s].sizes; sizes != 0; sizes &= sizes - 1) {
		unsigned int size = smallest(sizes);
		uint64_t mask = around(&cache->spaces[s], size);
		uint64_t end = key_of(last | mask, size);
		uint64_t key = key_of(first & ~mask, size);

		for (; key <= end; key += 1U << SIZE_BITS) {
			uint32_t index = find_page(cache, s, key);

			if (index != SMMU_NONE && touches(&cache->pool[index], first, last))
				invalidate_entry(cache, index);
		}
	}
}

static void drop_by_list(struct smmu_cache *cache, uint32_t s, uint64_t first, uint64_t last)
{
	uint32_t left = cache->spaces[s].entries;
	uint32_t index = cache->spaces[s].first;

	while (left-- > 0) {
		const struct smmu_entry *entry = &cache->pool[index];
		uint32_t next = entry->next;

		if (touches(entry, first, last))
			invalidate_entry(cache, index);
		index = next;
	}
}

/* Is a space most of what there is, and that much? */
static bool is_most(const struct smmu_cache *cache, const struct smmu_space *space)
{
	return space->entries >= cache->slot_mask / MUCH_OF_SLOTS &&
	       space->entries >= cache->entries - space->entries;
}

static void make_slots(struct smmu_cache *cache)
{
	clear_slots(cache);
	for (uint32_t i = 0; i < cache->entry_mark; i++)
		if (cache->pool[i].space != SMMU_NONE)
			chain_entry(cache, i);
}

/* A whole space without a look at where each of its entries is. */
static void drop_space(struct smmu_cache *cache, uint32_t s)
{
	struct smmu_space *space = &cache->spaces[s];
	uint32_t index = space->first;

	cache->invalidated += space->entries;
	while (index != SMMU_NONE) {
		uint32_t next = cache->pool[index].next;

		free_entry(cache, index);
		index = next;
	}
	free_space(cache, s);
	make_slots(cache);
}

static void drop_from_space(struct smmu_cache *cache, uint32_t s, uint64_t first, uint64_t last)
{
	const struct smmu_space *space = &cache->spaces[s];

	if (first == 0 && last == UINT64_MAX && is_most(cache, space))
		drop_space(cache, s);
	else if (lookups(space, first, last) <= space->entries)
		drop_by_lookup(cache, s, first, last);
	else
		drop_by_list(cache, s, first, last);
}

/* Drops what has a byte in [first, last]. */
void smmu_cache_drop_range(struct smmu_cache *cache, uint32_t group, uint32_t member,
			   uint64_t first, uint64_t last)
{
	uint32_t s = find_space(cache, group, member);

	if (s != SMMU_NONE)
		drop_from_space(cache, s, first, last);
}

void smmu_cache_drop_member(struct smmu_cache *cache, uint32_t group, uint32_t member)
{
	smmu_cache_drop_range(cache, group, member, 0, UINT64_MAX);
}

/* The range of every member. */
void smmu_cache_drop_group_range(struct smmu_cache *cache, uint32_t group, uint64_t first,
				 uint64_t last)
{
	uint32_t s = cache->by_group[hash_group(cache, group)];

	while (s != SMMU_NONE) {
		uint32_t next = cache->spaces[s].next_by_group;

		if (cache->spaces[s].group == group)
			drop_from_space(cache, s, first, last);
		s = next;
	}
}

/* All of the groups from `first` to `last`: group by group, or through all that there are. */
void smmu_cache_drop_groups(struct smmu_cache *cache, uint32_t first, uint32_t last)
{
	if (last - first < cache->spaces_used) {
		for (uint32_t group = first; group - first <= last - first; group++)
			smmu_cache_drop_group_range(cache, group, 0, UINT64_MAX);
		return;
	}
	for (uint32_t s = 0; s < cache->space_mark; s++)
		if (cache->spaces[s].entries != 0 && cache->spaces[s].group >= first &&
		    cache->spaces[s].group <= last)
			drop_from_space(cache, s, 0, UINT64_MAX);
}
