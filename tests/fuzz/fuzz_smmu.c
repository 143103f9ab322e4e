/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables and commands of the SMMU: stream table entries, context descriptors and page tables that
 * are sound first, and change, even during a walk, and by DMA. After everything was invalidated
 * each access has the answer of a second SMMU that has cached nothing [HW-14] [HW-18].
 */
#include <errno.h>
#include <string.h>

#include <cmdqv/model/dma.h>
#include <cmdqv/model/smmu.h>

#include "fuzz.h"

enum {
	PAGES = 48,
	PAGE_BYTES = 4096,
	STREAMS = 8,
	MOST_ACCESSES = 16,
	VMIDS = 3,
};
#define PHYS 0x80000000ULL
#define PAGE(number) (PHYS + (uint64_t)(number)*PAGE_BYTES)

struct rig {
	struct fuzz_input in;
	struct cmdqv_smmu *warm;
	struct cmdqv_smmu *cold;
	struct cmdqv_dma *devices[2];
	uint64_t *ram;
	bool two_levels;
	uint32_t reads_until_change; /* of memory, during a walk; 0: none */
	struct cmdqv_smmu_access accesses[MOST_ACCESSES];
	uint32_t num_accesses;
};

static void change(struct rig *rig);

static void *memory(void *user, uint64_t physical, uint64_t bytes, bool write)
{
	struct rig *rig = user;

	(void)write;
	must(bytes >= 1 && (physical & 0xfff) + bytes <= PAGE_BYTES);
	if (rig->reads_until_change && --rig->reads_until_change == 0)
		change(rig);
	if (physical < PHYS || physical - PHYS > (uint64_t)PAGES * PAGE_BYTES - bytes)
		return NULL;
	return (char *)rig->ram + (physical - PHYS);
}

/* VMID 0 has all memory at its own address, 1 in pieces of a page, 2 a part of it to read only. */
static int stage2(void *user, uint16_t vmid, uint64_t ipa, struct cmdqv_smmu_span *span)
{
	uint64_t bytes = (uint64_t)PAGES * PAGE_BYTES;

	(void)user;
	if (vmid >= VMIDS || ipa < PHYS || ipa - PHYS >= bytes)
		return -EFAULT;
	*span = (struct cmdqv_smmu_span){
		.ipa = PHYS, .bytes = bytes, .physical = PHYS, .writable = vmid != 2};
	if (vmid == 1) {
		span->ipa = span->physical = ipa & ~0xfffULL;
		span->bytes = PAGE_BYTES;
	}
	return 0;
}

/* Classes and codes that there are, of a stream that there may be; the queue is full at times. */
static int take_event(void *user, const uint64_t record[4])
{
	struct rig *rig = user;

	must((record[0] & 0xff) > 0 && record[0] >> 32 < 2 * STREAMS);
	return fuzz_byte(&rig->in) % 4 == 1 ? -ENOSPC : 0;
}

static uint64_t *at(struct rig *rig, uint32_t page, uint32_t index)
{
	return &rig->ram[(page % PAGES * 512 + index % 512)];
}

static uint64_t some_page(struct rig *rig)
{
	uint8_t byte = fuzz_byte(&rig->in);

	return byte < 250 ? PAGE(byte % PAGES) : (uint64_t)byte << 40;
}

static uint64_t noise(struct rig *rig)
{
	return fuzz_byte(&rig->in) % 8 ? 0 : 1ULL << fuzz_byte(&rig->in) % 64;
}

/*
 * Pages: 0 the stream table, 1 its second level, 2 to 6 context descriptors, 7 their first level,
 * then tables of the four levels, and from 32 on what they map.
 */
static void put_ste(struct rig *rig, uint32_t sid, uint8_t what)
{
	static const uint64_t configs[] = {0xf, 0xb, 0xf, 0xd, 0xf, 0xb, 0x1, 0x9};
	uint64_t *ste = at(rig, rig->two_levels, sid % STREAMS * 8);

	ste[0] = (configs[what % 8] | PAGE(2 + what / 8 % 6)) ^ noise(rig);
	ste[1] = (what & 0x40 ? 1ULL << 28 : 0) ^ noise(rig);
	ste[2] = (1ULL << 51 | 1ULL << 58 | sid % (VMIDS + 1)) ^ noise(rig);
	if (sid == 0xff && rig->two_levels)
		*at(rig, 0, 0) = (PAGE(1) | 7) ^ noise(rig);
	if (what & 0x80) { /* 64 substreams, in one of three formats, and what counts without one */
		ste[0] |= 6ULL << 59 | (uint64_t)(sid % 3) << 4;
		ste[1] |= what % 3;
	}
}

/* A third of them has granules of 16 or 64 KiB. */
static void put_cd(struct rig *rig, uint32_t page, uint32_t ssid, uint8_t what)
{
	static const uint8_t sizes[] = {25, 25, 16, 25, 16, 0x80 | 28, 0x40 | 22, 39};
	uint64_t *cd = at(rig, 2 + page % 5, ssid % 4 * 8);

	cd[0] = (sizes[what % 8] | 1ULL << 30 | 1ULL << 31 | 5ULL << 32 | 1ULL << 41 |
		 (uint64_t)(what >> 3 & 3) << 45 | (uint64_t)(what >> 5) << 48) ^
		noise(rig);
	cd[1] = (sizes[what % 8] == 16 ? PAGE(8 + what % 2) : PAGE(10 + what % 6)) ^ noise(rig);
	*at(rig, 7, page % 4) = (PAGE(2 + what % 5) | (what != 0xff)) ^ noise(rig);
}

static void put_descriptor(struct rig *rig)
{
	uint8_t what = fuzz_byte(&rig->in);
	uint64_t *descriptor =
		at(rig, 8 + fuzz_byte(&rig->in) % (PAGES - 8), fuzz_byte(&rig->in) % 4);
	uint64_t address = some_page(rig);

	if (what < 64) /* a table, with or without APTable */
		*descriptor = address | 3 | (uint64_t)(what & 3) << 61;
	else if (what <
		 200) /* a page, with AF and nG or not, for EL0 or not, to read only or not */
		*descriptor = address | 3 | (uint64_t)(what & 3) << 6 |
			      (uint64_t)((what >> 2 & 3) ^ 3) << 10;
	else if (what < 220) /* a block, of whatever size */
		*descriptor = (address & ~0x1fffffULL) | 0xc41;
	else if (what < 240)
		*descriptor = 0;
	else
		*descriptor = fuzz_take(&rig->in, 8);
}

/* Each table of a level leads to those of the next one, and the last to pages. */
static void lay_tables(struct rig *rig)
{
	static const uint32_t firsts[] = {8, 10, 16, 24, 32, PAGES};

	for (uint32_t level = 0; level < 4; level++)
		for (uint32_t page = firsts[level]; page < firsts[level + 1]; page++)
			for (uint32_t i = 0; i < 4; i++)
				*at(rig, page, i) =
					PAGE(firsts[level + 1] +
					     (page + i) % (firsts[level + 2] - firsts[level + 1])) |
					(level < 3 ? 3 : 0xc43);
	for (uint32_t i = 0; i < 4 * STREAMS; i++)
		put_cd(rig, i / 4, i, (uint8_t)(i * 41));
	for (uint32_t sid = 0; sid < STREAMS; sid++)
		put_ste(rig, sid, (uint8_t)(sid * 0x2b | (sid & 4 ? 0x80 : 0)));
}

static void change(struct rig *rig)
{
	uint8_t what;

	switch (fuzz_byte(&rig->in) % 4) {
	case 0:
		what = fuzz_byte(&rig->in);
		put_ste(rig, what, fuzz_byte(&rig->in));
		break;
	case 1:
		what = fuzz_byte(&rig->in);
		put_cd(rig, what, what >> 4, fuzz_byte(&rig->in));
		break;
	default:
		put_descriptor(rig);
	}
}

static void access_memory(struct rig *rig)
{
	uint64_t address = fuzz_take(&rig->in, 2);
	uint8_t how = fuzz_byte(&rig->in);
	/* Two bits of each level's index, and where in the page. */
	struct cmdqv_smmu_access access = {
		.address = (address & 3) << 12 | (address >> 2 & 3) << 21 |
			   (address >> 4 & 3) << 30 | (address >> 6 & 1) << 39 |
			   (address >> 8 & 0xff) << 4 | (how >= 252 ? 1ULL << 60 : 0),
		.sid = how % STREAMS | (address >> 12 == 13 ? STREAMS : 0),
		.ssid = (how >> 3 & 3U) << (address >> 12 == 14 ? 5 : 0),
		.ssv = how >> 3 & 3,
		.write = how & 0x20,
		.privileged = how & 0x40,
		.ats = how & 0x80,
	};
	struct cmdqv_smmu_translation result;

	rig->reads_until_change = address >> 12 == 15 ? 1 + how % 8 : 0;
	(void)cmdqv_smmu_translate(rig->warm, &access, &result);
	rig->reads_until_change = 0;
	rig->accesses[rig->num_accesses++ % MOST_ACCESSES] = access;
}

/* A device that goes on with its job, or begins one. */
static void move_memory(struct rig *rig)
{
	uint8_t what = fuzz_byte(&rig->in);
	struct cmdqv_dma *dma = rig->devices[what & 1];
	uint64_t address = fuzz_take(&rig->in, 2);
	const struct cmdqv_dma_job job = {
		.size = sizeof(job),
		.operation = (enum cmdqv_dma_operation)(what >> 1 & 3),
		.source = (address & 3) << 12 | (address >> 2 & 3) << 21 | address >> 4,
		.destination = (address >> 8 & 3) << 12 | (address >> 10 & 3) << 21 | what >> 4,
		.bytes = address >> 5,
		.pattern = PAGE(address % PAGES) | 0xc43,
	};

	(void)cmdqv_dma_start(dma, &job);
	must(cmdqv_dma_step(dma, 0x400) <= 0x400);
	if (what >= 192)
		cmdqv_dma_stop(dma);
}

static void command(struct rig *rig)
{
	static const uint8_t opcodes[] = {0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13,
					  0x20, 0x21, 0x22, 0x28, 0x2a, 0x30, 0x40, 0x46};
	uint8_t what = fuzz_byte(&rig->in);
	uint64_t address = fuzz_take(&rig->in, 2);
	const struct cmdqv_command command = {
		.opcode = opcodes[what % 16],
		.vmid = what / 16 % VMIDS,
		.asid = what / 64,
		.sid = fuzz_byte(&rig->in) % STREAMS,
		.ssid = address & 3,
		.ssv = address & 4,
		.address =
			(address & 3) << 12 | (address >> 2 & 3) << 21 | (address >> 4 & 3) << 30,
		.last = ((address & 3) << 12 | (address >> 2 & 3) << 21 |
			 (address >> 4 & 3) << 30) +
			(1ULL << (12 + (address >> 6) % 40)) - 1,
		.sid_count_log2 = what % 5,
	};

	must(cmdqv_smmu_execute(rig->warm, &command) == 0);
}

static void invalidate_all(struct cmdqv_smmu *smmu)
{
	const struct cmdqv_command commands[] = {
		{.opcode = 0x04, .sid_count_log2 = 32}, {.opcode = 0x30}, {.opcode = 0x20}};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		must(cmdqv_smmu_execute(smmu, &commands[i]) == 0);
	for (uint32_t sid = 0; sid < STREAMS; sid++) {
		const struct cmdqv_command atc = {
			.opcode = 0x40, .sid = sid, .global = true, .last = UINT64_MAX};

		must(cmdqv_smmu_execute(smmu, &atc) == 0);
	}
}

static void set_stream_table(const struct rig *rig, struct cmdqv_smmu *smmu)
{
	/* 8 StreamIDs; of two levels with 64 of them in a second one. */
	must(cmdqv_smmu_set_stream_table(smmu, PHYS,
					 rig->two_levels ? 1U << 16 | 6U << 6 | 7 : 3) == 0);
}

/* Nothing is cached in the one, nor in the other; two tables may have one ASID. */
static void compare(struct rig *rig)
{
	for (uint32_t i = 0; i < MOST_ACCESSES && i < rig->num_accesses; i++) {
		struct cmdqv_smmu_translation warm = {0}, cold = {0};
		const struct cmdqv_smmu_access *access = &rig->accesses[i];
		int err;

		invalidate_all(rig->warm);
		must(cmdqv_smmu_reset(rig->cold) == 0);
		set_stream_table(rig, rig->cold);
		err = cmdqv_smmu_translate(rig->warm, access, &warm);
		must(cmdqv_smmu_translate(rig->cold, access, &cold) == err);
		must(warm.physical == cold.physical && warm.bytes == cold.bytes &&
		     warm.writable == cold.writable);
		must(err || (warm.bytes > 0 && warm.physical + warm.bytes > warm.physical));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint64_t ram[PAGES * PAGE_BYTES / 8];
	struct rig rig = {.in = {bytes, size}, .ram = ram};
	uint8_t first = fuzz_byte(&rig.in);
	const struct cmdqv_smmu_config config = {.size = sizeof(config),
						 .tlb_entries = 1 + (first >> 1 & 7),
						 .atc_entries = 1 + (first >> 2 & 7),
						 .ste_entries = 1 + (first >> 3 & 7),
						 .cd_entries = 1 + (first >> 4 & 7),
						 .output_bits = first & 0x80 ? 36 : 0};
	const struct cmdqv_smmu_ops ops = {
		.size = sizeof(ops), .stage2 = stage2, .memory = memory, .event = take_event};

	memset(ram, 0, sizeof(ram));
	must(cmdqv_smmu_create(&rig.warm, &config, &ops, &rig, NULL) == 0);
	must(cmdqv_smmu_create(&rig.cold, &config, &ops, &rig, NULL) == 0);
	for (uint32_t i = 0; i < 2; i++) {
		const struct cmdqv_dma_config dma = {
			.size = sizeof(dma), .sid = i, .ats = i == 1, .privileged = i == 0};

		must(cmdqv_dma_create(&rig.devices[i], rig.warm, &dma, NULL) == 0);
	}
	rig.two_levels = first & 1;
	lay_tables(&rig);
	if (rig.two_levels)
		ram[0] = PAGE(1) | 7;
	set_stream_table(&rig, rig.warm);
	while (rig.in.left > 0) {
		uint8_t what = fuzz_byte(&rig.in) % 16;

		if (what < 8)
			change(&rig);
		else if (what < 12)
			access_memory(&rig);
		else if (what < 13)
			move_memory(&rig);
		else if (what < 15)
			command(&rig);
		else
			compare(&rig);
	}
	compare(&rig);
	for (uint32_t i = 0; i < 2; i++)
		cmdqv_dma_destroy(rig.devices[i]);
	cmdqv_smmu_destroy(rig.warm);
	cmdqv_smmu_destroy(rig.cold);
	return 0;
}
