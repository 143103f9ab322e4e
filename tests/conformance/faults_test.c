/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CMDQV that is wrong in one thing fails the cases that are about it, and each case fails for one
 * of them. What is wrong lies between the guest and our device: what a load reads, what a store
 * does.
 */
#include "in_process.h"

#include <string.h>

#include "../test.h"

#define MOST 20

/* Registers of queue 0, by which queues are told from each other too. */
enum {
	CONFIG = 0x0,
	STATUS = 0x8,
	VINTF_CONFIG = 0x1000,
	VINTF_STATUS = 0x1004,
	ALLOC = 0x200,
	DIRECT0 = 0x10000,
	PAGE0 = 0x30000,
	PAGE1 = 0x40000,
	STRIDE = 0x80,
	CONS = 0x0,
	PROD = 0x4,
	EN = 0x8,
	EN_OK = 0xC,
	GERROR = 0x10,
	GERRORN = 0x14,
	ENTRIES = 256,
};

struct broken {
	struct in_process process;
	struct carrier sound;
	const struct fault *fault;
	uint32_t count;
	uint64_t kept[0x50000 / 4];
	bool is_kept[0x50000 / 4];
};

struct fault {
	const char *name;
	uint32_t first, last; /* offsets of registers */
	uint32_t every;	      /* a step to the next one; 0: each 4 bytes */
	uint32_t clear, set;  /* bits of what a load reads */
	bool drops;	      /* stores */
	bool as_memory;	      /* a load reads what was stored */
	uint64_t (*load)(struct broken *broken, uint32_t offset, uint32_t size);
	void (*store)(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value);
	bool loses_interrupts, loses_second_interrupt, makes_interrupts;
	const char *cases[MOST]; /* that it fails, among others */
	bool only;		 /* and no others */
};

static uint64_t sound_load(struct broken *broken, uint32_t offset, uint32_t size)
{
	return broken->sound.load(broken->sound.user, offset, size);
}

static void sound_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	broken->sound.store(broken->sound.user, offset, size, value);
}

static uint32_t peek(struct broken *broken, uint32_t offset)
{
	return (uint32_t)sound_load(broken, offset, 4);
}

static bool is_at(uint32_t offset, uint32_t page, uint32_t reg)
{
	return offset >= page && offset < page + 4 * STRIDE && offset % STRIDE == reg;
}

/* ---- faults that are more than bits ---- */

/* An access of 8 bytes is one of the low half. */
static uint64_t low_load(struct broken *broken, uint32_t offset, uint32_t size)
{
	return sound_load(broken, offset, size == 8 ? 4 : size);
}

static void low_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	sound_store(broken, offset, size == 8 ? 4 : size, value);
}

/* The word around it, whatever its size and alignment. */
static uint64_t word_load(struct broken *broken, uint32_t offset, uint32_t size)
{
	return sound_load(broken, size < 8 ? offset & ~3U : offset, size < 8 ? 4 : 8);
}

static uint64_t enabled_alone_load(struct broken *broken, uint32_t offset, uint32_t size)
{
	return offset == VINTF_STATUS ? peek(broken, VINTF_CONFIG) & 1
				      : sound_load(broken, offset, size);
}

/* EN_OK is what was last stored to EN. */
static uint64_t obedient_load(struct broken *broken, uint32_t offset, uint32_t size)
{
	const uint32_t en = offset - EN_OK + EN;

	return is_at(offset, PAGE0, EN_OK) && broken->is_kept[en / 4]
		       ? broken->kept[en / 4] & 1
		       : sound_load(broken, offset, size);
}

static void keep(struct broken *broken, uint32_t offset, uint64_t value)
{
	broken->kept[offset / 4] = value;
	broken->is_kept[offset / 4] = true;
}

static void keeping_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	keep(broken, offset, value);
	sound_store(broken, offset, size, value);
}

/* What is disabled goes on. */
static void unstoppable_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	keep(broken, offset, value);
	if (!is_at(offset, PAGE0, EN) || value)
		sound_store(broken, offset, size, value);
}

static void early_en_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	const uint32_t slot = offset % 0x10000 & ~(STRIDE - 1U);

	if (!is_at(offset, PAGE0, EN) || sound_load(broken, PAGE1 + slot, 8))
		sound_store(broken, offset, size, value);
}

static void zeroing_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	sound_store(broken, offset, size, value);
	if (offset == ALLOC && !(value & 1))
		sound_store(broken, PAGE0 + STRIDE + PROD, 4, 0);
}

static bool is_base(uint32_t offset)
{
	return is_at(offset, PAGE1, 0) || is_at(offset, PAGE1, 4);
}

static void base_once_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (!is_base(offset) || !value || broken->count++ == 0)
		sound_store(broken, offset, size, value);
}

static void whole_base_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (!is_base(offset) || size == 8)
		sound_store(broken, offset, size, value);
}

static void same_base_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (is_at(offset, PAGE1, 0) && value && sound_load(broken, offset, 8) == value)
		sound_store(broken, PAGE0 + (offset - PAGE1) + EN, 4, 0);
	sound_store(broken, offset, size, value);
}

static void forgetful_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if ((offset == CONFIG || offset == VINTF_CONFIG) && !(value & 1))
		sound_store(broken, DIRECT0 + 0x10000, 8, 0);
	sound_store(broken, offset, size, value);
	if ((offset == CONFIG || offset == VINTF_CONFIG) && !(value & 1))
		sound_store(broken, DIRECT0 + 0x10000, 8, 0);
}

static void identity_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (offset >= ALLOC && offset < ALLOC + 16)
		value = (offset - ALLOC) / 4 << 1 | (value & 1);
	sound_store(broken, offset, size, value);
}

static void folded_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (offset >= PAGE0 && offset < PAGE1)
		offset = PAGE0 + offset % (2 * STRIDE);
	sound_store(broken, offset, size, value);
}

/* After so many changes of the allocation it takes none. */
static void tired_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (offset != ALLOC || broken->count++ < 30)
		sound_store(broken, offset, size, value);
}

/* BASE 0 frees nothing. */
static void unfreed_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (!is_at(offset, PAGE1, 0) || value)
		sound_store(broken, offset, size, value);
}

/* CONS of a running queue is what was stored. */
static void believing_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	const bool on = is_at(offset, PAGE0, CONS) && peek(broken, offset - CONS + EN_OK);

	if (on)
		sound_store(broken, offset - CONS + EN, 4, 0);
	if (on)
		broken->sound.wait(broken->sound.user);
	sound_store(broken, offset, size, value);
	if (on)
		sound_store(broken, offset - CONS + EN, 4, 1);
}

static void writing_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	sound_store(broken, offset, size, value);
	if (is_at(offset, PAGE0, PROD))
		broken->sound.memory[3 * CONFORMANCE_PLACE / 8] = value;
}

/* ---- commands ---- */

/* Each command of queue 0 that PROD makes known is looked at. */
static void edit(struct broken *broken, uint32_t prod, void (*change)(volatile uint64_t *command))
{
	const uint32_t cons = peek(broken, PAGE0 + CONS) & 0xFFFFF;

	for (uint32_t i = cons; i != prod; i = (i + 1) % (2 * ENTRIES))
		change(broken->sound.memory + 2 * (size_t)(i % ENTRIES));
}

static void make_legal(volatile uint64_t *command)
{
	const uint64_t opcode = command[0] & 0xFF;

	if (opcode != 0x11 && opcode != 0x12)
		command[0] = 0x46;
}

static void legal_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (offset == PAGE0 + PROD && value)
		edit(broken, (uint32_t)value, make_legal);
	sound_store(broken, offset, size, value);
}

static void make_illegal(volatile uint64_t *command)
{
	const uint64_t opcode = command[0] & 0xFF;

	if (opcode == 0x11 || opcode == 0x40)
		command[0] = 0x30;
}

static void illegal_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (offset == PAGE0 + PROD && value)
		edit(broken, (uint32_t)value, make_illegal);
	sound_store(broken, offset, size, value);
}

/* A ring of which one entry is never used. */
static void never_full_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	const uint64_t base = sound_load(broken, PAGE1, 8);

	if (offset != PAGE0 + PROD ||
	    (value ^ (peek(broken, PAGE0 + CONS) & 0xFFFFF)) != 1U << (base & 0x1F))
		sound_store(broken, offset, size, value);
}

static void no_wrap_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	sound_store(broken, offset, size, offset == PAGE0 + PROD ? value % ENTRIES : value);
}

static void one_size_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (is_at(offset, PAGE1, 0) && size == 8 && value & 0x1F)
		value = (value & ~0x1FULL) | 8;
	sound_store(broken, offset, size, value);
}

static void modest_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	const uint64_t cons = peek(broken, PAGE0 + CONS) & 0xFFFFF;

	if (offset != PAGE0 + PROD || value <= cons + ENTRIES)
		sound_store(broken, offset, size, value);
}

/* ---- errors ---- */

/* An error is acknowledged by the next PROD, and its command executed. */
static void goes_on_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	const uint32_t cons = peek(broken, PAGE0 + CONS);

	if (offset == PAGE0 + PROD && cons >> 24) {
		broken->sound.memory[2 * (size_t)(cons % ENTRIES)] = 0x46;
		sound_store(broken, PAGE0 + GERRORN, 4, peek(broken, PAGE0 + GERROR));
	}
	sound_store(broken, offset, size, value);
}

static uint64_t neighbour_load(struct broken *broken, uint32_t offset, uint32_t size)
{
	return sound_load(broken, offset == PAGE0 + GERROR ? offset + STRIDE : offset, size);
}

/* A queue that is set up gets GERRORN 0. */
static void phaseless_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	sound_store(broken, offset, size, value);
	if (is_at(offset, PAGE0, EN) && value)
		sound_store(broken, offset - EN + GERRORN, 4, 0);
}

/* An error that was there when the CMDQV was disabled stays for good. */
static void latching_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (offset == CONFIG && !(value & 1) &&
	    peek(broken, PAGE0 + GERROR) != peek(broken, PAGE0 + GERRORN))
		broken->count = 1;
	sound_store(broken, offset, size, value);
}

static uint64_t latching_load(struct broken *broken, uint32_t offset, uint32_t size)
{
	return offset == PAGE0 + GERROR && broken->count ? peek(broken, PAGE0 + GERRORN) ^ 1
							 : sound_load(broken, offset, size);
}

/* A queue that could not be set up says so for good once its allocation went. */
static void unset_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (offset == ALLOC && !(value & 1) &&
	    (peek(broken, PAGE0 + GERROR) ^ peek(broken, PAGE0 + GERRORN)) & 4)
		broken->count = 1;
	sound_store(broken, offset, size, value);
}

static uint64_t unset_load(struct broken *broken, uint32_t offset, uint32_t size)
{
	return offset == DIRECT0 + GERROR && broken->count ? 4 : sound_load(broken, offset, size);
}

static void losing_store(struct broken *broken, uint32_t offset, uint32_t size, uint64_t value)
{
	if (offset == ALLOC && !(value & 1))
		sound_store(broken, PAGE0 + STRIDE + GERRORN, 4,
			    peek(broken, PAGE0 + STRIDE + GERROR));
	sound_store(broken, offset, size, value);
}

/* CONS keeps its last code, as hardware may. */
static uint64_t stale_load(struct broken *broken, uint32_t offset, uint32_t size)
{
	const uint64_t value = sound_load(broken, offset, size);
	uint64_t *code = &broken->kept[(PAGE0 + offset % 0x10000) / 4];

	if (size != 4 || (!is_at(offset, PAGE0, CONS) && !is_at(offset, DIRECT0, CONS)))
		return value;
	if (value >> 24)
		*code = value >> 24 << 24;
	return value | *code;
}

static bool is_pending(struct broken *broken, uint32_t queue)
{
	return peek(broken, PAGE0 + queue + GERROR) != peek(broken, PAGE0 + queue + GERRORN);
}

static const struct fault faults[] = {
	{.name = "CONFIG has no batching",
	 .first = CONFIG,
	 .last = CONFIG,
	 .clear = 0xFFFFE,
	 .cases = {"reset-state", "kept-fields"}},
	{.name = "PARAM has another version",
	 .first = 0x4,
	 .last = 0x4,
	 .set = 2,
	 .cases = {"geometry"}},
	{.name = "PARAM has two VINTFs",
	 .first = 0x4,
	 .last = 0x4,
	 .set = 0x100,
	 .cases = {"geometry-one-vintf"}},
	{.name = "there is another VINTF",
	 .first = 0x1100,
	 .last = 0x11FF,
	 .as_memory = true,
	 .cases = {"geometry-beyond"}},
	{.name = "8 bytes are 4",
	 .load = low_load,
	 .store = low_store,
	 .cases = {"access-wide", "access-wide-base"}},
	{.name = "LVCMDQ_ERR_MAP reads 0",
	 .first = 0x10C0,
	 .last = 0x10CF,
	 .clear = UINT32_MAX,
	 .cases = {"access-wide-map", "error-maps", "life-base-error", "error-masked"}},
	{.name = "an access reads the word around it",
	 .load = word_load,
	 .cases = {"access-narrow", "access-unaligned"}},
	{.name = "holes are memory",
	 .first = 0xC,
	 .last = 0x10,
	 .as_memory = true,
	 .cases = {"access-hole"}},
	{.name = "error maps can be written",
	 .first = 0x14,
	 .last = 0x30,
	 .as_memory = true,
	 .cases = {"access-read-only"}},
	{.name = "STATUS of a queue can be written",
	 .first = DIRECT0 + EN_OK,
	 .last = DIRECT0 + EN_OK,
	 .as_memory = true,
	 .cases = {"access-read-only-queue"}},
	{.name = "VINTF_CONFIG has one more bit",
	 .first = VINTF_CONFIG,
	 .last = VINTF_CONFIG,
	 .set = 0x40000,
	 .cases = {"access-reserved"}},
	{.name = "VI_NUM_LVCMDQ counts",
	 .first = VINTF_STATUS,
	 .last = VINTF_STATUS,
	 .set = 0x20000,
	 .cases = {"access-numbers"}},
	{.name = "VINTF_STATUS.ENABLED sticks",
	 .first = VINTF_STATUS,
	 .last = VINTF_STATUS,
	 .set = 1,
	 .cases = {"enable-vintf"}},
	{.name = "STATUS sticks",
	 .first = STATUS,
	 .last = STATUS,
	 .set = 1,
	 .cases = {"enable-cmdqv"}},
	{.name = "VINTF_STATUS is ENABLE alone",
	 .load = enabled_alone_load,
	 .cases = {"enable-vintf-needs-cmdqv", "life-cmdqv-off"}},
	{.name = "HYP_OWN reads 1",
	 .first = VINTF_CONFIG,
	 .last = VINTF_CONFIG,
	 .set = 0x20000,
	 .cases = {"hyp-own"}},
	{.name = "CMDQ_ALLOC reads 0",
	 .first = ALLOC,
	 .last = ALLOC + 0xC,
	 .clear = UINT32_MAX,
	 .cases = {"kept-allocation", "life-linux", "life-waits"}},
	{.name = "EN_OK says what EN says",
	 .load = obedient_load,
	 .store = keeping_store,
	 .cases = {"life-en-ok", "life-base-bad", "life-waits", "life-lower-goes",
		   "life-vintf-off"}},
	{.name = "EN is lost before BASE", .store = early_en_store, .cases = {"life-en-kept"}},
	{.name = "a queue below zeroes PROD of the one above",
	 .store = zeroing_store,
	 .cases = {"life-lower-goes"}},
	{.name = "CMDQ_INIT_ERR is not shown",
	 .first = PAGE0 + GERROR,
	 .last = PAGE0 + GERROR,
	 .clear = 4,
	 .cases = {"life-base-error"}},
	{.name = "BASE can be written once",
	 .store = base_once_store,
	 .cases = {"life-base-mended", "life-base-other", "life-reboot"}},
	{.name = "BASE cannot be written by halves",
	 .store = whole_base_store,
	 .cases = {"life-base-halves", "life-base-half"}},
	{.name = "BASE reads what was written last",
	 .first = PAGE1,
	 .last = PAGE1 + 4,
	 .as_memory = true,
	 .cases = {"life-base-running", "life-unallocated"}},
	{.name = "the same BASE stops a queue",
	 .store = same_base_store,
	 .cases = {"life-base-same"}},
	{.name = "a disabled queue goes on",
	 .load = obedient_load,
	 .store = unstoppable_store,
	 .cases = {"life-stops", "life-base-other"}},
	{.name = "PROD outlives its queue",
	 .first = PAGE0 + PROD,
	 .last = PAGE0 + PROD,
	 .as_memory = true,
	 .cases = {"life-deallocate", "life-unallocated"}},
	{.name = "BASE does not outlive an enable",
	 .store = forgetful_store,
	 .cases = {"life-on-again"}},
	{.name = "entries name their own place",
	 .store = identity_store,
	 .cases = {"life-other-place"}},
	{.name = "direct page 0 reads 0",
	 .first = DIRECT0,
	 .last = DIRECT0 + 0xFFFF,
	 .clear = UINT32_MAX,
	 .cases = {"page0-apertures", "page0-direct"}},
	{.name = "direct page 1 drops stores",
	 .first = DIRECT0 + 0x10000,
	 .last = DIRECT0 + 0x1FFFF,
	 .drops = true,
	 .cases = {"life-any-order"}},
	{.name = "page 0 repeats itself", .store = folded_store, .cases = {"page0-scribbles"}},
	{.name = "allocation wears off", .store = tired_store, .cases = {"life-storm"}},
	{.name = "CONS stands",
	 .first = PAGE0 + CONS,
	 .last = PAGE0 + 3 * STRIDE,
	 .every = STRIDE,
	 .clear = 0xFFFFF,
	 .cases = {"life-linux", "life-linux-old", "life-reboot", "command-legal", "command-atc",
		   "command-wraps", "command-in-turns", "error-illegal", "error-recovery",
		   "error-many"}},
	{.name = "what is illegal is executed",
	 .store = legal_store,
	 .cases = {"command-atc-other", "command-atc-sids", "command-refused",
		   "command-sync-signals", "error-illegal", "error-maps", "error-interrupt",
		   "error-vintf-status"}},
	{.name = "legal commands are refused",
	 .store = illegal_store,
	 .cases = {"command-legal", "command-atc"}},
	{.name = "a full ring is an empty one",
	 .store = never_full_store,
	 .cases = {"command-full-ring", "command-small-rings", "command-large-ring"}},
	{.name = "PROD has no wrap bit",
	 .store = no_wrap_store,
	 .cases = {"command-full-ring", "command-wraps"}},
	{.name = "rings have one size",
	 .store = one_size_store,
	 .cases = {"command-small-rings", "command-large-ring", "life-base-bad"}},
	{.name = "PROD is believed only within the ring",
	 .store = modest_store,
	 .cases = {"command-over-ring"}},
	{.name = "PROD of queue 1 is lost",
	 .first = PAGE0 + STRIDE + PROD,
	 .last = PAGE0 + STRIDE + PROD,
	 .drops = true,
	 .cases = {"command-in-turns", "life-linux", "error-other-queue"}},
	{.name = "VINTF_STATUS shows no error",
	 .first = VINTF_STATUS,
	 .last = VINTF_STATUS,
	 .clear = 2,
	 .cases = {"error-vintf-status"}},
	{.name = "BASE 0 frees nothing", .store = unfreed_store, .cases = {"life-base-freed"}},
	{.name = "CONS is what was stored", .store = believing_store, .cases = {"page0-cons"}},
	{.name = "CONS goes to memory", .store = writing_store, .cases = {"kept-cons-in-memory"}},
	{.name = "CMDQ_INIT_ERR outlives the allocation",
	 .load = unset_load,
	 .store = unset_store,
	 .cases = {"life-base-error-ends"}},
	{.name = "interrupts are lost",
	 .loses_interrupts = true,
	 .cases = {"error-interrupt", "error-masked", "error-init-interrupt"}},
	{.name = "interrupts are lost while an error is pending",
	 .loses_second_interrupt = true,
	 .cases = {"error-interrupt-again"}},
	{.name = "CONS.ERR outlives its error",
	 .load = stale_load,
	 .cases = {"error-clean"},
	 .only = true},
	{.name = "interrupts come for nothing",
	 .makes_interrupts = true,
	 .cases = {"error-quiet", "error-masked", "error-init-once"}},
	{.name = "VI_INT_MASK is lost",
	 .first = 0x1C,
	 .last = 0x1C,
	 .drops = true,
	 .cases = {"error-masked", "kept-fields"}},
	{.name = "GERRORN is lost",
	 .first = PAGE0 + GERRORN,
	 .last = PAGE0 + GERRORN,
	 .drops = true,
	 .cases = {"error-recovery", "error-many", "error-phase"}},
	{.name = "a refused queue goes on by itself",
	 .store = goes_on_store,
	 .cases = {"error-stands"}},
	{.name = "a queue shows the error of another",
	 .load = neighbour_load,
	 .cases = {"error-other-queue"}},
	{.name = "GERRORN is 0 in a new queue",
	 .store = phaseless_store,
	 .cases = {"error-phase", "error-left-behind"}},
	{.name = "an error is for ever once CMDQV_EN was 0",
	 .load = latching_load,
	 .store = latching_store,
	 .cases = {"error-left-behind"}},
	{.name = "an error is lost with the queue below",
	 .store = losing_store,
	 .cases = {"error-held"}},
};

/* ---- between the cases and our device ---- */

static bool concerns(const struct fault *fault, uint32_t offset)
{
	return fault->last && offset >= fault->first && offset <= fault->last &&
	       (!fault->every || (offset - fault->first) % fault->every == 0);
}

/* The registers at 0 have no range that ends later. */
static bool is_wrong(const struct fault *fault, uint32_t offset)
{
	return concerns(fault, offset) ||
	       (fault->clear && !fault->first && !fault->last && offset == 0);
}

static uint64_t wrong_load(void *user, uint32_t offset, uint32_t size)
{
	struct broken *broken = user;
	const struct fault *fault = broken->fault;
	uint64_t value =
		fault->load ? fault->load(broken, offset, size) : sound_load(broken, offset, size);

	if (!is_wrong(fault, offset))
		return value;
	if (fault->as_memory && broken->is_kept[offset / 4])
		return broken->kept[offset / 4];
	return (value & ~(uint64_t)fault->clear) | fault->set;
}

static void wrong_store(void *user, uint32_t offset, uint32_t size, uint64_t value)
{
	struct broken *broken = user;
	const struct fault *fault = broken->fault;

	if (is_wrong(fault, offset)) {
		keep(broken, offset, value);
		if (fault->drops)
			return;
	}
	if (fault->store)
		fault->store(broken, offset, size, value);
	else
		sound_store(broken, offset, size, value);
}

static void wrong_wait(void *user)
{
	struct broken *broken = user;

	broken->sound.wait(broken->sound.user);
}

static bool wrong_interrupted(void *user)
{
	struct broken *broken = user;
	const bool came = broken->sound.interrupted(broken->sound.user);

	return broken->fault->makes_interrupts ||
	       (came && !broken->fault->loses_interrupts &&
		!(broken->fault->loses_second_interrupt && is_pending(broken, 0) &&
		  is_pending(broken, STRIDE)));
}

static void say_nothing(void *user, const char *line)
{
	(void)user;
	(void)line;
}

/* How many cases of this name fail on a device with this fault. */
static int failures(const struct fault *fault, const char *name)
{
	static struct broken broken;
	struct carrier wrong;
	int failed;

	memset(&broken, 0, sizeof(broken));
	in_process_open(&broken.process);
	broken.sound = broken.process.carrier;
	broken.fault = fault;
	wrong = broken.sound;
	wrong.load = wrong_load;
	wrong.store = wrong_store;
	wrong.wait = wrong_wait;
	wrong.interrupted = wrong_interrupted;
	wrong.print = say_nothing;
	wrong.user = &broken;
	failed = conformance_run(&wrong, name);
	in_process_close(&broken.process);
	return failed;
}

static void fails_its_cases(void **state)
{
	const struct fault *fault = *state;

	int count;

	for (count = 0; count < MOST && fault->cases[count]; count++) {
		if (failures(fault, fault->cases[count]) != 1)
			fail_msg("%s passes", fault->cases[count]);
	}
	if (fault->only)
		assert_int_equal(failures(fault, NULL), count);
}

TEST_TABLE(faults, fails_its_cases)

TEST(without_a_fault_no_case_fails)
{
	static const struct fault none = {.name = "none"};

	assert_int_equal(failures(&none, NULL), 0);
}

TEST(a_pattern_that_matches_no_case_is_an_error)
{
	static const struct fault none = {.name = "none"};

	assert_int_equal(failures(&none, "no-such-*"), -1);
	assert_int_equal(failures(&none, "life-*"), 0);
	assert_int_equal(failures(&none, "DEV-16"), 0);
}

/* ---- no case is left out ---- */

static void expect_a_fault(void *user, const char *line)
{
	const size_t length = strcspn(line, " ");

	(void)user;
	for (size_t i = 0; i < COUNT(faults); i++) {
		for (uint32_t j = 0; j < MOST && faults[i].cases[j]; j++) {
			if (strlen(faults[i].cases[j]) == length &&
			    strncmp(faults[i].cases[j], line, length) == 0)
				return;
		}
	}
	fail_msg("no fault for %s", line);
}

TEST(each_case_fails_for_some_fault)
{
	const struct carrier carrier = {.print = expect_a_fault};

	conformance_list(&carrier, NULL);
}
