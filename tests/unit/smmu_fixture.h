/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An SMMU on a bench: memory with a stream table in it, stage 2 maps, an event queue, and
 * a writer of page tables. Layouts are literals of the architecture (IHI 0070, and the
 * VMSAv8-64 chapter of the Arm ARM), never the library's constants.
 */
#ifndef TESTS_UNIT_SMMU_FIXTURE_H
#define TESTS_UNIT_SMMU_FIXTURE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/model/dma.h>
#include <cmdqv/model/smmu.h>

#include "../test.h"

#define PHYS 0x80000000ULL
#define PHYS_BYTES (32ULL << 20)
#define STREAMS_LOG2 8
#define MOST_SPANS 64
#define MOST_EVENTS 64

/* Opcodes. */
enum {
	CFGI_STE = 0x03,
	CFGI_ALL = 0x04,
	CFGI_CD = 0x05,
	CFGI_CD_ALL = 0x06,
	NH_ALL = 0x10,
	NH_ASID = 0x11,
	NH_VA = 0x12,
	NH_VAA = 0x13,
	EL2_ALL = 0x20,
	EL2_ASID = 0x21,
	EL2_VA = 0x22,
	S12_VMALL = 0x28,
	S2_IPA = 0x2a,
	NSNH_ALL = 0x30,
	ATC_INV = 0x40,
	PRI_RESP = 0x41,
	RESUME = 0x44,
	SYNC = 0x46,
};

/* Words of a stream table entry: V, and Config in bits 3:1. */
#define STE_ABORT 0x1ULL
#define STE_BYPASS 0x9ULL
#define STE_S1 0xbULL
#define STE_S2 0xdULL
#define STE_NESTED 0xfULL
#define STE_EATS (1ULL << 28)		      /* word 1 */
#define STE_EL2 (2ULL << 30)		      /* word 1 */
#define STE_S2_GOOD (1ULL << 51 | 1ULL << 58) /* word 2: AArch64, record */

/* Word 0 of a context descriptor: V, IPS 48 bits, AA64, R, A. */
#define CD_GOOD (1ULL << 31 | 5ULL << 32 | 1ULL << 41 | 1ULL << 45 | 1ULL << 46)
#define CD_T0SZ(t0sz) ((uint64_t)(t0sz))
#define CD_4K (0ULL << 6)
#define CD_64K (1ULL << 6)
#define CD_16K (2ULL << 6)
#define CD_ASID(asid) ((uint64_t)(asid) << 48)

/* Descriptors: valid, table or page, AP, AF, nG. */
#define D_BLOCK 0x1ULL
#define D_TABLE 0x3ULL
#define D_PAGE 0x3ULL
#define D_EL0 (1ULL << 6)
#define D_RO (1ULL << 7)
#define D_AF (1ULL << 10)
#define D_NG (1ULL << 11)
#define D_USER (D_EL0 | D_AF | D_NG)

struct bench_span {
	bool used;
	uint16_t vmid;
	struct cmdqv_smmu_span span;
};

struct bench {
	struct cmdqv_smmu *smmu;
	unsigned char *ram;
	uint64_t next; /* free memory */
	struct bench_span spans[MOST_SPANS];
	const struct cmdqv_smmu_span *lie; /* what stage 2 answers in their place, or NULL */
	uint64_t events[MOST_EVENTS][4];
	size_t event_count;
	size_t event_room; /* 0: MOST_EVENTS */
	size_t reads;	   /* of memory */
	size_t stage2s;
};

static inline void *bench_memory(void *user, uint64_t physical, uint64_t bytes, bool write)
{
	struct bench *bench = user;

	(void)write;
	bench->reads++;
	assert_true(bytes >= 1 && (physical & 0xfff) + bytes <= 0x1000);
	if (physical < PHYS || physical - PHYS > PHYS_BYTES - bytes)
		return NULL;
	return bench->ram + (physical - PHYS);
}

static inline int bench_stage2(void *user, uint16_t vmid, uint64_t ipa,
			       struct cmdqv_smmu_span *span)
{
	struct bench *bench = user;

	bench->stage2s++;
	if (bench->lie) {
		*span = *bench->lie;
		return 0;
	}
	for (size_t i = 0; i < MOST_SPANS; i++) {
		const struct bench_span *s = &bench->spans[i];

		if (s->used && s->vmid == vmid && ipa >= s->span.ipa &&
		    ipa - s->span.ipa < s->span.bytes) {
			*span = s->span;
			return 0;
		}
	}
	return -EFAULT;
}

static inline int bench_event(void *user, const uint64_t record[4])
{
	struct bench *bench = user;
	size_t room = bench->event_room ? bench->event_room : MOST_EVENTS;

	if (bench->event_count == room)
		return -ENOSPC;
	memcpy(bench->events[bench->event_count++], record, 32);
	return 0;
}

static inline uint64_t *bench_at(struct bench *bench, uint64_t physical)
{
	assert_true(physical >= PHYS && physical - PHYS <= PHYS_BYTES - 8);
	return (uint64_t *)(void *)(bench->ram + (physical - PHYS));
}

/* Zeroed memory, aligned to its size rounded up to a power of two. */
static inline uint64_t bench_take(struct bench *bench, uint64_t bytes)
{
	uint64_t align = 4096;
	uint64_t at;

	while (align < bytes)
		align *= 2;
	at = (bench->next + align - 1) & ~(align - 1);
	bench->next = at + bytes;
	assert_true(bench->next <= PHYS + PHYS_BYTES);
	memset(bench->ram + (at - PHYS), 0, bytes);
	return at;
}

static inline struct bench *bench_open_with(const struct cmdqv_smmu_config *config)
{
	const struct cmdqv_smmu_ops ops = {
		.size = sizeof(ops),
		.stage2 = bench_stage2,
		.memory = bench_memory,
		.event = bench_event,
	};
	struct bench *bench = calloc(1, sizeof(*bench));
	struct cmdqv_error error;

	assert_non_null(bench);
	bench->ram = test_ram(PHYS_BYTES);
	bench->next = PHYS;
	assert_int_equal(bench_take(bench, 64ULL << STREAMS_LOG2), PHYS);
	assert_int_equal(cmdqv_smmu_create(&bench->smmu, config, &ops, bench, &error), 0);
	assert_int_equal(cmdqv_smmu_set_stream_table(bench->smmu, PHYS, STREAMS_LOG2), 0);
	return bench;
}

/* Fails unless there was one event since the last check, with these words. */
static inline void bench_expect_event(struct bench *bench, uint64_t w0, uint64_t w1, uint64_t w2,
				      uint64_t w3)
{
	const uint64_t expected[4] = {w0, w1, w2, w3};

	assert_int_equal(bench->event_count, 1);
	assert_memory_equal(bench->events[0], expected, sizeof(expected));
	bench->event_count = 0;
}

static inline struct bench *bench_open(void)
{
	const struct cmdqv_smmu_config config = {.size = sizeof(config)};

	return bench_open_with(&config);
}

static inline void bench_close(struct bench *bench)
{
	cmdqv_smmu_destroy(bench->smmu);
	test_ram_free(bench->ram, PHYS_BYTES);
	free(bench);
}

static inline void bench_ste(struct bench *bench, uint32_t sid, uint64_t word0, uint64_t word1,
			     uint64_t word2)
{
	uint64_t *ste = bench_at(bench, PHYS + sid * 64ULL);

	ste[0] = word0;
	ste[1] = word1;
	ste[2] = word2;
}

static inline void bench_cd(struct bench *bench, uint64_t at, uint64_t word0, uint64_t ttb)
{
	uint64_t *cd = bench_at(bench, at);

	memset(cd, 0, 64);
	cd[0] = word0;
	cd[1] = ttb;
}

/* A stage 2 that adds `offset`: IPA 0 to `bytes` lie from PHYS + offset on. */
static inline struct bench_span *bench_map_ipa(struct bench *bench, uint16_t vmid, uint64_t ipa,
					       uint64_t bytes, uint64_t physical)
{
	for (size_t i = 0; i < MOST_SPANS; i++) {
		struct bench_span *s = &bench->spans[i];

		if (s->used)
			continue;
		*s = (struct bench_span){
			.used = true,
			.vmid = vmid,
			.span = {.ipa = ipa,
				 .bytes = bytes,
				 .physical = physical,
				 .writable = true},
		};
		return s;
	}
	fail();
	return NULL;
}

/*
 * Writes `descriptor` for `va` at `level` of the tables at `ttb`, making those above.
 * `granule` is log2. Table addresses are physical ones. Returns where it was written.
 */
static inline uint64_t bench_map_level(struct bench *bench, uint64_t ttb, unsigned int granule,
				       unsigned int t0sz, uint64_t va, unsigned int level,
				       uint64_t descriptor)
{
	unsigned int stride = granule - 3;
	unsigned int levels = (64 - t0sz - granule + stride - 1) / stride;
	uint64_t table = ttb;

	for (unsigned int at = 4 - levels;; at++) {
		unsigned int shift = granule + stride * (3 - at);
		uint64_t entry = table + (va >> shift & ((1ULL << stride) - 1)) * 8;

		if (at == level) {
			*bench_at(bench, entry) = descriptor;
			return entry;
		}
		if (!(*bench_at(bench, entry) & 1))
			*bench_at(bench, entry) = bench_take(bench, 1ULL << granule) | D_TABLE;
		table = *bench_at(bench, entry) & 0xfffffffff000ULL & ~((1ULL << granule) - 1);
	}
}

/* A stream with stage 1 alone: 4 KiB granule, 39 bits, tables of its own. Returns its TTB. */
static inline uint64_t bench_stream(struct bench *bench, uint32_t sid, uint16_t vmid, uint16_t asid)
{
	uint64_t cd = bench_take(bench, 64);
	uint64_t ttb = bench_take(bench, 4096);

	bench_cd(bench, cd, CD_GOOD | CD_4K | CD_T0SZ(25) | CD_ASID(asid), ttb);
	bench_ste(bench, sid, STE_S1 | cd, STE_EATS, vmid);
	return ttb;
}

static inline void bench_map(struct bench *bench, uint64_t ttb, uint64_t va, uint64_t descriptor)
{
	bench_map_level(bench, ttb, 12, 25, va, 3, descriptor);
}

static inline int bench_access(struct bench *bench, const struct cmdqv_smmu_access *access,
			       uint64_t *physical)
{
	struct cmdqv_smmu_translation translation;
	int rc = cmdqv_smmu_translate(bench->smmu, access, &translation);

	if (rc != 0) /* it goes nowhere */
		assert_int_equal(translation.physical | translation.bytes, 0);
	if (physical)
		*physical = translation.physical;
	return rc;
}

/* What a read by stream `sid` reaches, or 0. */
static inline uint64_t bench_read(struct bench *bench, uint32_t sid, uint64_t va)
{
	const struct cmdqv_smmu_access access = {.sid = sid, .address = va};
	uint64_t physical;

	return bench_access(bench, &access, &physical) == 0 ? physical : 0;
}

static inline void bench_do(struct bench *bench, struct cmdqv_command command)
{
	assert_int_equal(cmdqv_smmu_execute(bench->smmu, &command), 0);
}

/* One without operands. */
static inline void bench_op(struct bench *bench, uint8_t opcode)
{
	bench_do(bench, (struct cmdqv_command){.opcode = opcode});
}

static inline void bench_cfgi_ste(struct bench *bench, uint32_t sid)
{
	bench_do(bench, (struct cmdqv_command){.opcode = CFGI_STE, .sid = sid});
}

static inline void bench_cfgi_all(struct bench *bench)
{
	bench_do(bench, (struct cmdqv_command){.opcode = CFGI_ALL, .sid_count_log2 = 32});
}

/* Without a granule, for all levels. */
static inline void bench_tlbi(struct bench *bench, uint8_t opcode, uint16_t vmid, uint16_t asid,
			      uint64_t first, uint64_t last)
{
	bench_do(bench, (struct cmdqv_command){.opcode = opcode,
					       .vmid = vmid,
					       .asid = asid,
					       .address = first,
					       .last = last});
}

/* Up to `last`. */
static inline void bench_atc_inv(struct bench *bench, uint32_t sid, uint64_t last)
{
	bench_do(bench, (struct cmdqv_command){.opcode = ATC_INV, .sid = sid, .last = last});
}

static inline struct cmdqv_smmu_state bench_state(struct bench *bench)
{
	struct cmdqv_smmu_state state = {.size = sizeof(state)};

	assert_int_equal(cmdqv_smmu_get_state(bench->smmu, &state), 0);
	return state;
}

#endif
