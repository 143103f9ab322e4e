/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an SMMU remembers: entries by group, member and page. Four of them make its TLB, a
 * device's ATC, and the caches of stream table entries and of context descriptors.
 *
 *		group		member		page
 *	TLB	VMID, regime	ASID, global	input address
 *	ATC	StreamID	SubstreamID	IOVA
 *	STEs	StreamID	0		0
 *	CDs	StreamID	SubstreamID	0
 */
#ifndef SRC_SMMU_CACHE_H
#define SRC_SMMU_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMMU_NONE UINT32_MAX

/* Sizes of pages and blocks; 4 KiB first, larger ones later. */
enum smmu_size {
	SMMU_4K,
	SMMU_16K,
	SMMU_64K,
	SMMU_2M,
	SMMU_32M,
	SMMU_512M,
	SMMU_1G,
	SMMU_SIZES,
};

struct smmu_entry {
	uint64_t key; /* page number in its size, then the size */
	uint64_t physical;
	uint32_t space;
	uint32_t previous; /* neighbours in the space's list */
	uint32_t next;
	uint32_t chain; /* next one of the same home */
	uint16_t flags; /* the owner's */
	uint8_t whole;	/* enum smmu_size: of what it is a piece of, or its own */
};

/* One member of a group, as long as it has entries. */
struct smmu_space {
	uint32_t group;
	uint32_t member;
	uint32_t first; /* entry */
	uint32_t entries;
	uint32_t by_size[SMMU_SIZES];
	uint32_t pieces;       /* entries that are smaller than what they are of */
	uint8_t sizes;	       /* bit for each of by_size that is not 0 */
	uint8_t wholes;	       /* sizes that pieces were of, since there were none */
	uint32_t next_by_name; /* chain of the hash table by group and member */
	uint32_t next_by_group;
	uint32_t previous_by_group;
};

struct smmu_cache {
	uint32_t capacity;
	uint32_t slot_mask;
	uint32_t entries; /* in use */
	uint32_t spaces_used;
	uint32_t entry_mark; /* entries from here on were never used */
	uint32_t space_mark;
	uint32_t free_entry; /* list of those that were, by `next` */
	uint32_t free_space;
	uint32_t hand; /* where eviction goes on */
	uint64_t secret[3];
	uint32_t *slots;
	struct smmu_entry *pool;
	struct smmu_space *spaces;
	uint32_t *by_name;
	uint32_t *by_group;
	uint64_t hits;
	uint64_t misses;
	uint64_t invalidated;
	uint64_t evicted;
};

int smmu_cache_init(struct smmu_cache *cache, uint32_t capacity);
void smmu_cache_fini(struct smmu_cache *cache);
unsigned int smmu_size_shift(enum smmu_size size);
struct smmu_entry *smmu_cache_find(const struct smmu_cache *cache, uint32_t group, uint32_t member,
				   uint64_t address);
struct smmu_entry *smmu_cache_insert(struct smmu_cache *cache, uint32_t group, uint32_t member,
				     uint64_t address, enum smmu_size size);
struct smmu_entry *smmu_cache_insert_piece(struct smmu_cache *cache, uint32_t group,
					   uint32_t member, uint64_t address, enum smmu_size size,
					   enum smmu_size whole);
void smmu_cache_drop_range(struct smmu_cache *cache, uint32_t group, uint32_t member,
			   uint64_t first, uint64_t last);
void smmu_cache_drop_member(struct smmu_cache *cache, uint32_t group, uint32_t member);
void smmu_cache_drop_group_range(struct smmu_cache *cache, uint32_t group, uint64_t first,
				 uint64_t last);
void smmu_cache_drop_groups(struct smmu_cache *cache, uint32_t first, uint32_t last);
void smmu_cache_clear(struct smmu_cache *cache);

static inline uint32_t smmu_entry_index(const struct smmu_cache *cache,
					const struct smmu_entry *entry)
{
	return (uint32_t)(entry - cache->pool);
}

static inline enum smmu_size smmu_entry_size(const struct smmu_entry *entry)
{
	return (enum smmu_size)(entry->key & 7);
}

#endif
