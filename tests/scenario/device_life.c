/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three witnesses stand around the device: the VMM below it, the backend between it and the
 * host (a real one, with a look at every call), and the SMMU that executes. Each knows what
 * must never be asked of it. The reference knows what must have come of an access.
 *
 * What the reference does not say is compared with itself: registers of an LVCMDQ that an
 * access has nothing to do with are the same before and after it, whatever was unbound and
 * bound meanwhile [DEV-9].
 *
 * Not modelled: more than one vCPU; time-outs of ATC_INV, which are many_test.c's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/cmdqv.h>

#include "device_life.h"
#include "device_reference.h"
#include "host.h"
#include "journal.h"

enum {
	LVCMDQS = REFERENCE_LVCMDQS,

	CONFIG_AT = 0x0,
	VI_ERR_MAP = 0x14,
	CMDQ_ERR_MAP = 0x24,
	ALLOC_AT = 0x200,
	VINTF_CONFIG_AT = 0x1000,
	VINTF_STATUS = 0x1004,
	LVCMDQ_ERR_MAP = 0x10c0,
	DIRECT0 = 0x10000,
	DIRECT1 = 0x20000,
	VINTF0 = 0x30000,
	VINTF1 = 0x40000,
	VCMDQ_STRIDE = 0x80,

	CONS = 0x00,
	PROD = 0x04,
	CONFIG = 0x08,
	STATUS = 0x0c,
	GERROR = 0x10,
	GERRORN = 0x14,
	REGISTERS = 6, /* of an LVCMDQ in a page 0, 4 bytes apart */

	CMDQ_ERR = 1,
	INIT_ERR = 4,
	CONFIG_ON = 0x20083, /* as reset leaves it */
	VSID = 9,
	RAM_ENTRIES = REFERENCE_RAM / 16,
	MOST_LOGS = 64 * 10,
};

struct lvcmdq_registers {
	uint32_t at[REGISTERS];
};

#define AT(registers, reg) ((registers).at[(reg) / 4])

/* In a function that has a `life`. */
#define EXPECT(...) journal_expect(&life->journal, __VA_ARGS__)

/* What one access asked of VMM and backend. */
struct asked {
	uint32_t maps;
	uint32_t unmaps;
	uint32_t binds;
	uint32_t unbinds;
	uint32_t pulses;
};

struct life {
	struct journal journal;
	struct reference reference;
	struct device_life_counts *counts;
	const uint8_t *bytes;
	size_t size;
	size_t read;

	struct host host;
	struct client client;
	struct cmdqv_backend real;
	struct cmdqv_backend_ops ops; /* with a look at every call */
	struct cmdqv *dev;
	uint64_t *ram;
	_Atomic uint32_t *page; /* as the VMM was offered it */
	bool mapped;
	bool resting; /* withdrawn on the VMM's wish, and no write since [DEV-36] */
	bool cannot_map;
	bool in_call;
	uint32_t bound;
	uint32_t fresh; /* bit q: LVCMDQ q was bound in this access */
	uint32_t logs;
	struct asked asked;

	/* Commands are executed in their order [HW-10]. */
	bool order_known[LVCMDQS];
	uint32_t next_index[LVCMDQS];
};

/* ---- the VMM ---- */

static int vmm_map(void *vmm, const struct cmdqv_page0_map *map)
{
	struct life *life = vmm;

	life->asked.maps++;
	EXPECT(life->in_call, "a map out of nothing");
	EXPECT(!life->mapped, "a map of the mapped page");
	EXPECT(map->guest_offset == VINTF0, "a map at %" PRIx64, map->guest_offset);
	if (life->cannot_map)
		return -ENOSPC;
	life->page = map->view.host;
	life->mapped = true;
	life->counts->maps++;
	return 0;
}

static void vmm_unmap(void *vmm)
{
	struct life *life = vmm;

	life->asked.unmaps++;
	EXPECT(life->mapped, "an unmap of nothing");
	life->mapped = false;
}

static void vmm_interrupt(void *vmm)
{
	struct life *life = vmm;

	life->asked.pulses++;
	life->counts->pulses++;
}

static bool vmm_is_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	struct life *life = vmm;

	EXPECT(gpa.value + bytes > gpa.value, "a range that wraps");
	return gpa.value + bytes <= REFERENCE_CLAIMED;
}

/* [DEV-27] */
static void vmm_log(void *vmm, const struct cmdqv_log *log)
{
	struct life *life = vmm;

	life->logs++;
	EXPECT((log->count & (log->count - 1)) == 0, "%s was logged for the %" PRIu64 "th time",
	       log->id, log->count);
}

/* ---- the SMMU ---- */

static bool is_own(const struct life *life, const struct cmdqv_command *command)
{
	switch (command->opcode) {
	case 0x11: /* TLBI_NH_ASID */
		return command->vmid == life->client.vmid;
	case 0x40: /* ATC_INV */
		return command->sid == HOST_FIRST_SID;
	default:
		return command->opcode == 0x46; /* CMD_SYNC */
	}
}

static void smmu_execute(void *context, const struct cmdqv_command *command)
{
	struct life *life = context;
	uint32_t lvcmdq, entries;

	if (command->queue == CMDQV_SMMU_QUEUE)
		return; /* what the host invalidates by itself [HW-24] */
	lvcmdq = command->queue - life->client.vintf * LVCMDQS;
	EXPECT(lvcmdq < life->bound, "LVCMDQ %u is not bound and executes", lvcmdq);
	EXPECT(is_own(life, command), "opcode %x, VMID %u, SID %x was executed", command->opcode,
	       command->vmid, command->sid);
	entries = (reference_ring_mask(life->reference.lvcmdqs[lvcmdq].base) >> 1) + 1;
	if (life->order_known[lvcmdq])
		EXPECT(command->index == life->next_index[lvcmdq] % entries,
		       "LVCMDQ %u executes entry %u, not %u", lvcmdq, command->index,
		       life->next_index[lvcmdq] % entries);
	life->order_known[lvcmdq] = true;
	life->next_index[lvcmdq] = command->index + 1;
	life->counts->commands++;
}

/* ---- the backend ---- */

static struct life *life_of(void *impl)
{
	return impl;
}

static int look_geometry(void *impl, struct cmdqv_backend_geometry *geometry)
{
	return life_of(impl)->real.ops->geometry(life_of(impl)->real.impl, geometry);
}

/* [DEV-10] What is not good by the device's own rules never reaches the host. */
static void check_base(struct life *life, uint64_t gpa, uint64_t bytes)
{
	EXPECT(bytes >= 32 && bytes <= 16 << REFERENCE_CMDQS && gpa % bytes == 0 &&
		       gpa + bytes <= REFERENCE_CLAIMED,
	       "a bind of %" PRIx64 " bytes at %" PRIx64, bytes, gpa);
}

/* Nothing resets GERROR and GERRORN, so a queue may come with an error pending [DEV-15]. */
static void leave_error_pending(struct life *life, uint32_t lvcmdq)
{
	uint32_t gerror = life->real.ops->queue_read(life->real.impl, lvcmdq, GERROR);

	life->real.ops->queue_write(life->real.impl, lvcmdq, GERRORN, gerror ^ CMDQ_ERR);
}

static int look_bind(void *impl, uint32_t lvcmdq, cmdqv_gpa_t base, uint64_t bytes,
		     struct cmdqv_error *error)
{
	struct life *life = impl;
	int result = -ENOMEM;

	life->asked.binds++;
	EXPECT(!life->mapped, "a bind while the page is mapped");
	EXPECT(lvcmdq == life->bound, "a bind of LVCMDQ %u, not %u", lvcmdq, life->bound);
	check_base(life, base.value, bytes);
	if (life->reference.broken)
		result = -EIO;
	else if (!life->reference.refuses)
		result = life->real.ops->queue_bind(life->real.impl, lvcmdq, base, bytes, error);
	life->counts->failed_binds += result != 0;
	if (result != 0)
		return result;
	leave_error_pending(life, lvcmdq);
	life->counts->binds++;
	life->bound++;
	life->fresh |= 1U << lvcmdq;
	return 0;
}

static void look_unbind(void *impl, uint32_t lvcmdq)
{
	struct life *life = impl;

	life->asked.unbinds++;
	EXPECT(!life->mapped, "an unbind while the page is mapped");
	EXPECT(lvcmdq + 1 == life->bound, "an unbind of LVCMDQ %u of %u", lvcmdq, life->bound);
	life->real.ops->queue_unbind(life->real.impl, lvcmdq);
	life->bound--;
	EXPECT(life->real.ops->broken(life->real.impl) == 0, "the backend is broken");
}

static uint32_t look_read(void *impl, uint32_t lvcmdq, uint32_t reg)
{
	struct life *life = impl;

	EXPECT(lvcmdq < life->bound, "a read of unbound LVCMDQ %u", lvcmdq);
	return life->real.ops->queue_read(life->real.impl, lvcmdq, reg);
}

static void look_write(void *impl, uint32_t lvcmdq, uint32_t reg, uint32_t value)
{
	struct life *life = impl;

	EXPECT(lvcmdq < life->bound, "a write to unbound LVCMDQ %u", lvcmdq);
	life->real.ops->queue_write(life->real.impl, lvcmdq, reg, value);
	host_look(&life->client, lvcmdq, reg, value);
}

static int look_page0_view(void *impl, struct cmdqv_page_view *view)
{
	return life_of(impl)->real.ops->page0_view(life_of(impl)->real.impl, view);
}

static int look_event_fd(void *impl)
{
	return life_of(impl)->real.ops->event_fd(life_of(impl)->real.impl);
}

static int look_event_read(void *impl, struct cmdqv_backend_event *event)
{
	return life_of(impl)->real.ops->event_read(life_of(impl)->real.impl, event);
}

/* The host is told to break by the reference, and did with the unbind that came after. */
static int look_broken(void *impl)
{
	return life_of(impl)->reference.broken ? -EIO : 0;
}

static const struct cmdqv_backend_ops looks = {
	.size = sizeof(looks),
	.geometry = look_geometry,
	.queue_bind = look_bind,
	.queue_unbind = look_unbind,
	.queue_read = look_read,
	.queue_write = look_write,
	.page0_view = look_page0_view,
	.event_fd = look_event_fd,
	.event_read = look_event_read,
	.broken = look_broken,
};

/* ---- accesses ---- */

static uint64_t perform(struct life *life, struct cmdqv_mmio access)
{
	int result;

	life->in_call = true;
	result = cmdqv_access(life->dev, &access);
	life->in_call = false;
	EXPECT(result == 0, "an access returned %d", result);
	if (access.write && (access.size == 4 || access.size == 8) &&
	    access.offset % access.size == 0 && access.offset < 0x50000)
		life->resting = false;
	return access.value;
}

static uint32_t read32(struct life *life, uint64_t offset)
{
	return (uint32_t)perform(life, (struct cmdqv_mmio){.offset = offset, .size = 4});
}

static uint64_t lvcmdq_at(uint64_t page, uint32_t lvcmdq)
{
	return page + (uint64_t)lvcmdq * VCMDQ_STRIDE;
}

static uint32_t read_lvcmdq(struct life *life, uint32_t lvcmdq, uint32_t reg)
{
	return read32(life, lvcmdq_at(DIRECT0, lvcmdq) + reg);
}

static void read_all(struct life *life, struct lvcmdq_registers registers[LVCMDQS])
{
	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++)
		for (uint32_t reg = 0; reg < REGISTERS * 4; reg += 4)
			AT(registers[lvcmdq], reg) = read_lvcmdq(life, lvcmdq, reg);
}

static uint32_t ring_mask(const struct life *life, uint32_t lvcmdq)
{
	uint64_t base = life->reference.lvcmdqs[lvcmdq].base;

	return base ? reference_ring_mask(base) : 0xfffff;
}

static uint32_t pending(const struct lvcmdq_registers *registers)
{
	return AT(*registers, GERROR) ^ AT(*registers, GERRORN);
}

/* ---- what must hold after each access ---- */

/* [DEV-8] [DEV-9] [DEV-11] [DEV-12] [DEV-16] [DEV-17] */
static void check_lvcmdqs(struct life *life, const struct lvcmdq_registers registers[LVCMDQS])
{
	const struct reference *r = &life->reference;

	EXPECT(life->bound == r->bound, "%u LVCMDQs are bound, not %u", life->bound, r->bound);
	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++) {
		struct cmdqv_queue_state queue = {.size = sizeof(queue)};
		bool failed;

		(void)cmdqv_get_queue(life->dev, lvcmdq, &queue);
		failed = queue.life == CMDQV_QUEUE_FAILED;
		EXPECT((queue.life == CMDQV_QUEUE_HELD) == r->lvcmdqs[lvcmdq].held,
		       "LVCMDQ %u: held is not %d", lvcmdq, r->lvcmdqs[lvcmdq].held);
		EXPECT(queue.base == r->lvcmdqs[lvcmdq].base,
		       "LVCMDQ %u: BASE %" PRIx64 ", not %" PRIx64, lvcmdq, queue.base,
		       r->lvcmdqs[lvcmdq].base);
		EXPECT(failed == r->lvcmdqs[lvcmdq].failed, "LVCMDQ %u: failed is %d, not %d",
		       lvcmdq, failed, r->lvcmdqs[lvcmdq].failed);
		EXPECT(lvcmdq < r->bound || AT(registers[lvcmdq], STATUS) == 0,
		       "LVCMDQ %u: EN_OK without a queue", lvcmdq);
		if (r->failed_now >> lvcmdq & 1)
			EXPECT(pending(&registers[lvcmdq]) & INIT_ERR,
			       "LVCMDQ %u: a failed bind is not pending", lvcmdq);
	}
}

/* [DEV-18] [DEV-20] [DEV-31] [DEV-36] */
static void check_page(struct life *life, const struct cmdqv_state *state)
{
	bool wanted = reference_wants_page(&life->reference);
	bool trapped = state->page0 == CMDQV_PAGE0_TRAPPED;

	EXPECT(life->mapped == (state->page0 == CMDQV_PAGE0_MAPPED),
	       "page 0 is in state %d, mapped is %d", state->page0, life->mapped);
	wanted = wanted && !life->resting;
	EXPECT(trapped || life->mapped == wanted, "mapped is %d, not %d", life->mapped, wanted);
	EXPECT((state->backend_broken != 0) == life->reference.broken, "broken is %d",
	       state->backend_broken);
}

/* [DEV-23] Error maps are views. */
static void check_maps(struct life *life, const struct lvcmdq_registers registers[LVCMDQS])
{
	uint32_t map = 0;

	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++)
		if (pending(&registers[lvcmdq]))
			map |= 1U << lvcmdq;
	EXPECT(read32(life, LVCMDQ_ERR_MAP) == map, "LVCMDQ_ERR_MAP is not %x", map);
	EXPECT(read32(life, CMDQ_ERR_MAP) == map, "CMDQ_ERR_MAP is not %x", map);
	EXPECT(read32(life, VI_ERR_MAP) == (map != 0), "VI_ERR_MAP is not %d", map != 0);
	EXPECT(read32(life, VINTF_STATUS) >> 1 == (map != 0), "VINTF_STATUS.STATUS is not %d",
	       map != 0);
}

/* [DEV-14] [DEV-21] */
static void check_apertures(struct life *life, const struct lvcmdq_registers registers[LVCMDQS])
{
	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++) {
		bool allocated = reference_allocated(&life->reference, lvcmdq);

		for (uint32_t reg = 0; reg < REGISTERS * 4; reg += 4) {
			uint32_t got = read32(life, lvcmdq_at(VINTF0, lvcmdq) + reg);
			uint32_t want = allocated ? AT(registers[lvcmdq], reg) : 0;

			EXPECT(got == want, "LVCMDQ %u, register %x: %x through the VINTF, not %x",
			       lvcmdq, reg, got, want);
		}
	}
}

/* [DEV-13] [DEV-15] */
static void check_bound_anew(struct life *life, const struct lvcmdq_registers registers[LVCMDQS])
{

	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++) {
		const struct lvcmdq_registers *at = &registers[lvcmdq];

		if (lvcmdq >= life->bound && life->reference.cleared >> lvcmdq & 1)
			EXPECT(!(AT(*at, CONS) | AT(*at, PROD) | AT(*at, CONFIG)),
			       "LVCMDQ %u: its shadow survives", lvcmdq);
		if (lvcmdq >= life->bound || !(life->fresh >> lvcmdq & 1))
			continue;
		EXPECT(pending(at) == 0, "LVCMDQ %u: an error out of nothing", lvcmdq);
		EXPECT(AT(*at, STATUS) == AT(*at, CONFIG),
		       "LVCMDQ %u: CONFIG %x, STATUS %x after a bind", lvcmdq, AT(*at, CONFIG),
		       AT(*at, STATUS));
	}
}

/* [DEV-9] What is unbound on another's behalf loses nothing. */
static void check_untouched(struct life *life, const struct lvcmdq_registers before[LVCMDQS],
			    const struct lvcmdq_registers after[LVCMDQS])
{

	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++) {
		const struct lvcmdq_registers *was = &before[lvcmdq];
		const struct lvcmdq_registers *is = &after[lvcmdq];

		if (life->reference.touched >> lvcmdq & 1)
			continue;
		EXPECT(!((AT(*was, CONS) ^ AT(*is, CONS)) & ring_mask(life, lvcmdq) & 0xfffff),
		       "LVCMDQ %u: CONS %x became %x", lvcmdq, AT(*was, CONS), AT(*is, CONS));
		EXPECT(AT(*was, PROD) == AT(*is, PROD), "LVCMDQ %u: PROD %x became %x", lvcmdq,
		       AT(*was, PROD), AT(*is, PROD));
		EXPECT(AT(*was, CONFIG) == AT(*is, CONFIG), "LVCMDQ %u: CONFIG %x became %x",
		       lvcmdq, AT(*was, CONFIG), AT(*is, CONFIG));
	}
}

/* [DEV-32] What is held shows the error that it had. */
static void check_held(struct life *life, const struct lvcmdq_registers before[LVCMDQS],
		       const struct lvcmdq_registers after[LVCMDQS])
{
	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++) {
		if (!life->reference.lvcmdqs[lvcmdq].held || life->reference.touched >> lvcmdq & 1)
			continue;
		life->counts->held++;
		EXPECT(pending(&after[lvcmdq]) != 0 &&
			       pending(&after[lvcmdq]) == pending(&before[lvcmdq]) &&
			       AT(after[lvcmdq], CONS) >> 24 == AT(before[lvcmdq], CONS) >> 24,
		       "LVCMDQ %u: its error is not what it was", lvcmdq);
	}
}

/* [DEV-27] And a look changes nothing. */
static void check_asked(struct life *life, const struct asked *asked, bool write)
{

	EXPECT(memcmp(asked, &life->asked, sizeof(*asked)) == 0, "a read changed something");
	EXPECT(asked->maps <= 1 && asked->unmaps <= 1 && asked->pulses <= 1 &&
		       asked->binds <= LVCMDQS && asked->unbinds <= LVCMDQS,
	       "one access: %u maps, %u unmaps, %u pulses, %u binds, %u unbinds", asked->maps,
	       asked->unmaps, asked->pulses, asked->binds, asked->unbinds);
	EXPECT(write || asked->maps + asked->unmaps + asked->pulses + asked->binds +
					asked->unbinds ==
				0,
	       "a read asked for something");
}

static void check_all(struct life *life, bool write)
{
	struct asked asked = life->asked;
	struct cmdqv_state state = {.size = sizeof(state)};
	struct lvcmdq_registers registers[LVCMDQS];

	read_all(life, registers);
	(void)cmdqv_get_state(life->dev, &state);
	check_lvcmdqs(life, registers);
	check_page(life, &state);
	check_maps(life, registers);
	check_apertures(life, registers);
	check_bound_anew(life, registers);
	check_asked(life, &asked, write);
}

static uint32_t enabled_lvcmdqs(const struct life *life, const struct lvcmdq_registers now[LVCMDQS])
{
	uint32_t enabled = 0;

	for (uint32_t lvcmdq = 0; lvcmdq < life->bound; lvcmdq++)
		if (AT(now[lvcmdq], CONFIG) | AT(now[lvcmdq], STATUS))
			enabled |= 1U << lvcmdq;
	return enabled;
}

static void forget_order(struct life *life, uint32_t lvcmdqs)
{
	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++)
		if (lvcmdqs >> lvcmdq & 1)
			life->order_known[lvcmdq] = false;
}

static void begin_step(struct life *life, struct lvcmdq_registers before[LVCMDQS])
{
	read_all(life, before);
	reference_begin(&life->reference);
	life->asked = (struct asked){0};
	life->fresh = 0;
	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++) {
		life->reference.lvcmdqs[lvcmdq].gerror = AT(before[lvcmdq], GERROR);
		life->reference.lvcmdqs[lvcmdq].gerrorn = AT(before[lvcmdq], GERRORN);
	}
}

/* One access of the guest, and all that must hold after it. */
static void act(struct life *life, struct cmdqv_mmio access)
{
	struct lvcmdq_registers before[LVCMDQS];
	struct lvcmdq_registers after[LVCMDQS];
	uint64_t answer;

	life->journal.step++;
	journal_note(&life->journal, "%c%u %" PRIx64 " %" PRIx64, access.write ? 'W' : 'R',
		     access.size, access.offset, access.value);
	begin_step(life, before);
	if (access.write)
		reference_write(&life->reference, access.offset, access.size, access.value,
				enabled_lvcmdqs(life, before));
	answer = perform(life, access);
	EXPECT(access.write || access.size != 4 || answer <= UINT32_MAX, "4 bytes are %" PRIx64,
	       answer);
	check_all(life, access.write);
	read_all(life, after);
	check_untouched(life, before, after);
	check_held(life, before, after);
	forget_order(life, life->reference.moved);
}

static void write32(struct life *life, uint64_t offset, uint32_t value)
{
	act(life, (struct cmdqv_mmio){.offset = offset, .value = value, .size = 4, .write = true});
}

static void write64(struct life *life, uint64_t offset, uint64_t value)
{
	act(life, (struct cmdqv_mmio){.offset = offset, .value = value, .size = 8, .write = true});
}

/* ---- steps ---- */

static uint32_t next_byte(struct life *life)
{
	return life->read < life->size ? life->bytes[life->read++] : 0;
}

static bool reaches_page(const struct life *life, uint32_t lvcmdq)
{
	return life->mapped && lvcmdq < life->bound;
}

/* As a vCPU does, without an exit. */
static void store(struct life *life, uint32_t lvcmdq, uint32_t reg, uint32_t value)
{
	life->journal.step++;
	journal_note(&life->journal, "store to LVCMDQ %u: %x = %x", lvcmdq, reg, value);
	atomic_store(&life->page[(lvcmdq * VCMDQ_STRIDE + reg) / 4], value);
	host_look(&life->client, lvcmdq, reg, value);
}

static void step_ring(struct life *life, uint32_t lvcmdq)
{
	uint32_t how = next_byte(life);
	uint32_t prod = (read_lvcmdq(life, lvcmdq, PROD) + 1 + how % 5) & ring_mask(life, lvcmdq);

	if (how & 32 && reaches_page(life, lvcmdq))
		store(life, lvcmdq, PROD, prod);
	else
		write32(life, lvcmdq_at(how & 64 ? DIRECT0 : VINTF0, lvcmdq) + PROD, prod);
}

/* As a driver does: a CMD_SYNC over the command that was refused. */
static void repair(struct life *life, uint32_t lvcmdq)
{
	uint64_t base = life->reference.lvcmdqs[lvcmdq].base;
	uint64_t entry = read_lvcmdq(life, lvcmdq, CONS) & ring_mask(life, lvcmdq) >> 1;
	uint64_t address = (base & UINT64_C(0xffffffffffe0)) + entry * 16;

	if (base == 0 || address >= REFERENCE_RAM)
		return;
	life->ram[address / 8] = 0x46;
	life->ram[address / 8 + 1] = 0;
}

static void step_acknowledge(struct life *life, uint32_t lvcmdq)
{
	uint32_t how = next_byte(life);
	uint32_t gerror = read_lvcmdq(life, lvcmdq, GERROR);

	if (how % 8)
		repair(life, lvcmdq);
	if (how & 16 && reaches_page(life, lvcmdq))
		store(life, lvcmdq, GERRORN, gerror);
	else
		write32(life, lvcmdq_at(DIRECT0, lvcmdq) + GERRORN, gerror);
}

static void run_to_rest(struct life *life)
{
	uint32_t turns = 0;

	journal_note(&life->journal, "the engine runs to rest");
	while (host_run(&life->host, 4096) > 0)
		EXPECT(++turns < 10000, "the engine never rests");
	(void)host_run(&life->host, 64);
}

/* [HW-9] [HW-10] At rest nothing is left to do. */
static void check_rest(struct life *life)
{
	struct lvcmdq_registers now[LVCMDQS];

	read_all(life, now);
	for (uint32_t lvcmdq = 0; lvcmdq < life->bound; lvcmdq++) {
		const struct lvcmdq_registers *at = &now[lvcmdq];

		EXPECT(AT(*at, CONFIG) == AT(*at, STATUS),
		       "LVCMDQ %u at rest: CONFIG %x, STATUS %x", lvcmdq, AT(*at, CONFIG),
		       AT(*at, STATUS));
		if (!AT(*at, STATUS) || pending(at) & CMDQ_ERR)
			continue;
		EXPECT(((AT(*at, CONS) ^ AT(*at, PROD)) & ring_mask(life, lvcmdq)) == 0,
		       "LVCMDQ %u at rest: CONS %x, PROD %x", lvcmdq, AT(*at, CONS), AT(*at, PROD));
		EXPECT(AT(*at, CONS) >> 24 == 0, "LVCMDQ %u at rest: CONS.ERR without an error",
		       lvcmdq);
	}
	EXPECT(!host_pending(&life->host), "pending at rest");
}

static void step_rest(struct life *life, uint32_t lvcmdq)
{
	(void)lvcmdq;
	life->journal.step++;
	run_to_rest(life);
	check_rest(life);
}

static void step_run(struct life *life, uint32_t lvcmdq)
{
	uint32_t budget = 1 + next_byte(life) % 8;

	(void)lvcmdq;
	life->journal.step++;
	journal_note(&life->journal, "the engine runs %u commands", budget);
	(void)host_run(&life->host, budget);
}

/* What a driver does to have a queue elsewhere. */
static void step_move_queue(struct life *life, uint32_t lvcmdq)
{
	uint32_t how = next_byte(life);
	uint64_t log2size = 1 + how % (how & 64 ? 8 : 6);
	/* At times in what is not mapped for DMA, or in no RAM at all. */
	uint64_t address = how % 16 == 15   ? 0x48000
			   : how % 16 == 14 ? REFERENCE_CLAIMED
					    : ((uint64_t)(how >> 3) + 1) << 12;
	uint32_t was = read_lvcmdq(life, lvcmdq, CONFIG);

	write32(life, lvcmdq_at(DIRECT0, lvcmdq) + CONFIG, 0);
	write64(life, lvcmdq_at(DIRECT1, lvcmdq), address | log2size);
	if (was || how & 1)
		write32(life, lvcmdq_at(DIRECT0, lvcmdq) + CONFIG, 1);
}

static void step_allocate(struct life *life, uint32_t lvcmdq)
{
	static const uint32_t others[] = {0, 1, 0x8001, 3};
	uint32_t how = next_byte(life);

	write32(life, ALLOC_AT + 4 * lvcmdq, how % 8 < 5 ? 1 | lvcmdq << 1 : others[how >> 3 & 3]);
}

static void step_base(struct life *life, uint32_t lvcmdq)
{
	uint32_t how = next_byte(life);
	uint64_t log2size = how % 10 ? 1 + how % 7 : how % 32;
	uint64_t address = (uint64_t)(next_byte(life) % 0x60) << 10;
	uint32_t kind = next_byte(life);
	uint64_t at = lvcmdq_at(kind & 1 ? DIRECT1 : VINTF1, lvcmdq);
	bool high = kind & 8;
	uint64_t base;

	if (kind & 64)
		address |= (kind & 0x30) << 4;
	if (how & 0x80)
		address &= ~((UINT64_C(16) << log2size % 16) - 1);
	base = (how & 0x70) == 0x70 ? 0 : address | log2size;
	if ((kind & 6) == 6)
		write32(life, at + (high ? 4 : 0), high ? 0 : (uint32_t)base);
	else
		write64(life, at, base);
}

static void step_cmdqv(struct life *life, uint32_t lvcmdq)
{
	uint32_t how = next_byte(life);
	uint32_t value = next_byte(life) % 4 ? CONFIG_ON : CONFIG_ON & ~1U;

	(void)lvcmdq;
	if (how % 16)
		write32(life, CONFIG_AT, value);
	else
		write64(life, CONFIG_AT, value);
}

static void step_vintf(struct life *life, uint32_t lvcmdq)
{
	static const uint32_t values[] = {0, 1, 0x20001, 1};

	(void)lvcmdq;
	write32(life, VINTF_CONFIG_AT, values[next_byte(life) % 4]);
}

/* A value for a page-0 register that is worth trying. */
static uint32_t page0_value(struct life *life, uint32_t lvcmdq, uint32_t reg)
{
	uint32_t byte = next_byte(life);

	if (reg == CONFIG)
		return byte & 1;
	if (reg == GERRORN)
		return read_lvcmdq(life, lvcmdq, GERROR);
	return byte == 255 ? UINT32_MAX : byte % 0x90;
}

static void step_page0(struct life *life, uint32_t lvcmdq)
{
	uint32_t reg = next_byte(life) % REGISTERS * 4;
	uint32_t value = page0_value(life, lvcmdq, reg);

	write32(life, lvcmdq_at(next_byte(life) % 2 ? DIRECT0 : VINTF0, lvcmdq) + reg, value);
}

static void step_store(struct life *life, uint32_t lvcmdq)
{
	uint32_t reg = next_byte(life) % REGISTERS * 4;
	uint32_t value = page0_value(life, lvcmdq, reg);

	if (!life->mapped)
		return;
	store(life, lvcmdq, reg, value);
	if (reg == CONS || reg == CONFIG)
		forget_order(life, 1U << lvcmdq);
}

/* [DEV-24] */
static void step_events(struct life *life, uint32_t lvcmdq)
{
	int taken;

	(void)lvcmdq;
	life->journal.step++;
	journal_note(&life->journal, "events");
	life->asked = (struct asked){0};
	life->in_call = true;
	taken = cmdqv_events(life->dev);
	life->in_call = false;
	EXPECT(taken >= 0 && taken <= 64, "events returned %d", taken);
	EXPECT(life->asked.pulses <= 1, "%u pulses", life->asked.pulses);
}

/* Anything. Three bytes in a row are an offset: bits 15:8, bits 7:0, page. */
static void step_access(struct life *life, uint32_t lvcmdq)
{
	static const uint8_t sizes[] = {4, 4, 8, 8, 1, 2, 16, 0};
	uint32_t how = next_byte(life);
	uint64_t offset = (uint64_t)next_byte(life) << 8;
	uint64_t value;

	(void)lvcmdq;
	offset |= next_byte(life);
	offset |= (uint64_t)(next_byte(life) % 6) << 16;
	if (how & 16)
		offset &= ~UINT64_C(3);
	if ((how & 0xe0) == 0xe0)
		offset |= UINT64_C(0xffffffff00000000);
	value = (uint64_t)next_byte(life) << 32;
	value |= next_byte(life);
	act(life, (struct cmdqv_mmio){.offset = offset,
				      .value = how & 8 ? value : 0,
				      .size = sizes[how % 8],
				      .write = how & 8});
}

/* TLBI_NH_ASID, CMD_SYNC, ATC_INV of a device that is there, and what is not for guests. */
static void fill_ram(struct life *life, uint32_t seed)
{
	for (uint32_t i = 0; i < RAM_ENTRIES; i++) {
		uint32_t kind = (i * 2654435761U + seed) >> 24;
		uint64_t word0 = 0x11 | UINT64_C(0x1234) << 32 | UINT64_C(5) << 48;

		if (kind % 8 == 0)
			word0 = 0x46;
		else if (kind % 31 == 1)
			word0 = 0x30;
		else if (kind % 37 == 2)
			word0 = 0x40 | (uint64_t)VSID << 32;
		else if (kind % 37 == 3)
			word0 = 0x40 | (uint64_t)(VSID - 1) << 32;
		life->ram[2 * i] = word0;
		life->ram[2 * i + 1] = 0;
	}
}

static void reset(struct life *life)
{
	int result;

	reference_reset(&life->reference);
	life->asked = (struct asked){0};
	life->in_call = true;
	result = cmdqv_reset(life->dev);
	life->in_call = false;
	EXPECT(result == 0, "a reset returned %d", result);
	life->resting = false;
	check_all(life, true);
	forget_order(life, life->reference.moved);
}

static int save_reset_restore(struct life *life)
{
	uint8_t saved[8192];
	size_t bytes = sizeof(saved);
	struct asked asked = life->asked;
	int err = cmdqv_save(life->dev, saved, &bytes, NULL);

	EXPECT(err == 0, "saving returned %d", err);
	EXPECT(memcmp(&asked, &life->asked, sizeof(asked)) == 0, "saving changed something");
	(void)cmdqv_reset(life->dev);
	life->resting = false;
	life->asked = (struct asked){0};
	return cmdqv_restore(life->dev, saved, bytes, NULL);
}

/* [DEV-29] Nothing is lost by it, or the device is as after reset. */
static void move_vm(struct life *life)
{
	struct lvcmdq_registers before[LVCMDQS];
	struct lvcmdq_registers after[LVCMDQS];
	bool expected;
	int err;

	begin_step(life, before);
	expected = reference_restore(&life->reference);
	life->in_call = true;
	err = save_reset_restore(life);
	life->in_call = false;
	EXPECT(expected == (err == 0), "a restore returned %d", err);
	check_all(life, true);
	if (expected) {
		read_all(life, after);
		check_untouched(life, before, after);
		check_held(life, before, after);
		life->counts->restored++;
	} else {
		forget_order(life, life->reference.moved);
		life->counts->not_restored++;
	}
}

/* [DEV-36] Nothing but the page goes. */
static void step_withdraw(struct life *life, uint32_t lvcmdq)
{
	struct lvcmdq_registers before[LVCMDQS];
	struct lvcmdq_registers after[LVCMDQS];
	bool was_mapped = life->mapped;
	int withdrawn;

	(void)lvcmdq;
	life->journal.step++;
	journal_note(&life->journal, "withdraw");
	begin_step(life, before);
	life->in_call = true;
	withdrawn = cmdqv_page0_withdraw(life->dev);
	life->in_call = false;
	EXPECT(withdrawn == was_mapped && life->asked.unmaps == was_mapped,
	       "a withdrawal returned %d", withdrawn);
	if (was_mapped)
		life->resting = true;
	life->counts->withdrawn += was_mapped;
	read_all(life, after);
	check_untouched(life, before, after);
	check_all(life, true);
}

/* What is not the guest's to decide. */
static void step_circumstance(struct life *life, uint32_t lvcmdq)
{
	struct reference *r = &life->reference;
	uint32_t which = next_byte(life);

	(void)lvcmdq;
	life->journal.step++;
	journal_note(&life->journal, "circumstance %u", which % 8);
	switch (which % 8) {
	case 0:
		reset(life);
		break;
	case 1:
		move_vm(life);
		break;
	case 2:
		life->cannot_map = !life->cannot_map;
		break;
	case 3:
	case 4:
	case 5:
		fill_ram(life, which * 77);
		break;
	case 6:
		r->refuses = !r->refuses;
		break;
	default:
		r->breaks = r->breaks || which > 192;
		break;
	}
}

static void (*const steps[])(struct life *life, uint32_t lvcmdq) = {
	step_allocate, step_allocate, step_base,       step_base,	 step_base,
	step_cmdqv,    step_vintf,    step_page0,      step_page0,	 step_page0,
	step_store,    step_store,    step_run,	       step_events,	 step_access,
	step_ring,     step_ring,     step_ring,       step_acknowledge, step_acknowledge,
	step_rest,     step_rest,     step_move_queue, step_move_queue,	 step_circumstance,
	step_withdraw,
};

/* ---- birth and death ---- */

static void open_host(struct life *life)
{
	const struct cmdqv_soft_host_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = 4,
		.log2_vintfs = 2,
		.log2_sids = 2,
		.cmdqs = 19,
		.granule_bytes = REFERENCE_GRANULE,
	};

	host_open_with(&life->host, &config);
	life->host.executed = smmu_execute;
	life->host.context = life;
	EXPECT(client_open(&life->client, &life->host, &life->real, NULL) == 0, "no client");
	EXPECT(client_map_ram(&life->client, (cmdqv_gpa_t){0}, life->ram, REFERENCE_RAM) == 0,
	       "no memory");
	client_add_device(&life->client, (cmdqv_vsid_t){VSID});
}

static void open_device(struct life *life)
{
	const struct cmdqv_config config = {.size = sizeof(config),
					    .num_lvcmdqs = LVCMDQS,
					    .num_sids = 4,
					    .cmdqs = REFERENCE_CMDQS,
					    .guest_is_coherent = true};
	const struct cmdqv_vmm_ops ops = {
		.size = sizeof(ops),
		.page0_map = vmm_map,
		.page0_unmap = vmm_unmap,
		.interrupt = vmm_interrupt,
		.is_guest_ram = vmm_is_ram,
		.log = vmm_log,
	};
	const struct cmdqv_backend backend = {&looks, life};

	EXPECT(cmdqv_create(&life->dev, &config, &backend, &ops, life, NULL) == 0, "no device");
}

/* Most lives begin with all that a driver does. */
static void bring_up(struct life *life)
{
	write32(life, VINTF_CONFIG_AT, 1);
	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++) {
		write32(life, ALLOC_AT + 4 * lvcmdq, 1 | lvcmdq << 1);
		write64(life, lvcmdq_at(VINTF1, lvcmdq),
			(uint64_t)(lvcmdq + 1) << 13 | (3 + lvcmdq % 3));
		write32(life, lvcmdq_at(VINTF0, lvcmdq) + CONFIG, 1);
	}
	EXPECT(life->bound == LVCMDQS, "%u LVCMDQs after bring-up", life->bound);
}

static void bury(struct life *life)
{
	life->in_call = true;
	cmdqv_destroy(life->dev);
	life->in_call = false;
	EXPECT(life->bound == 0 && !life->mapped, "something is left");
	EXPECT(life->logs <= MOST_LOGS, "%u messages", life->logs);
	client_close(&life->client);
	host_close(&life->host);
	free(life->ram);
}

void device_life(const uint8_t *bytes, size_t size, uint64_t seed, void (*give_up)(void),
		 struct device_life_counts *counts)
{
	struct life life = {.bytes = bytes, .size = size, .counts = counts};

	journal_begin(&life.journal, seed, give_up);
	life.ram = aligned_alloc(4096, REFERENCE_RAM);
	journal_expect(&life.journal, life.ram != NULL, "no memory for the guest");
	fill_ram(&life, 1);
	reference_reset(&life.reference);
	open_host(&life);
	open_device(&life);
	if (next_byte(&life) % 4)
		bring_up(&life);
	while (life.read < life.size) {
		uint32_t what = next_byte(&life);
		uint32_t lvcmdq = next_byte(&life) % LVCMDQS;

		steps[what % (sizeof(steps) / sizeof(steps[0]))](&life, lvcmdq);
	}
	step_rest(&life, 0);
	bury(&life);
}
