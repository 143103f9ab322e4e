/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a queue, and its page. */
#include "steps.h"

#define ALL UINT32_MAX
#define INDEX CMDQV_VCMDQ_CONS_INDEX
#define STATUS(queue) AT_PAGE0(queue, CMDQV_REG_VCMDQ_STATUS)
#define BASE(queue) AT_PAGE1(queue, CMDQV_REG_VCMDQ_BASE)
#define NO_SECOND "there is one queue"

static bool linux_order(struct run *run)
{
	return bring_up(run) && batch_send_all(run);
}

/* 6.12 to 6.16 set the allocation bit with the place, and leave it. */
static bool old_linux_order(struct run *run)
{
	put(run, CMDQV_REG_CONFIG, get(run, CMDQV_REG_CONFIG) | 1);
	for (uint32_t queue = 0; queue < run->queues; queue++)
		put(run, AT_ALLOC(queue), queue << 1 | 1);
	for (uint32_t queue = 0; queue < run->queues; queue++) {
		if (!queue_clear(run, queue))
			return false;
	}
	if (!vintf_enable(run))
		return false;
	for (uint32_t queue = 0; queue < queues_used(run); queue++) {
		if (!queue_clear(run, queue) ||
		    !queue_start(run, queue, queue, CONFORMANCE_LOG2SIZE))
			return false;
	}
	return batch_send_all(run);
}

/*
 * A kernel up to 7.2 leaves all as it is, PROD and BASE included; the next one has its rings
 * elsewhere, and memory of the former's is anything by then.
 */
static bool reboot(struct run *run)
{
	for (uint32_t place = 0; place < 4; place += 2) {
		if (!restart(run) || !vintf_enable(run))
			return false;
		for (uint32_t queue = 0; queue < queues_used(run); queue++) {
			allocate(run, queue);
			if (!queue_clear(run, queue) ||
			    !queue_start(run, queue, place + queue, CONFORMANCE_LOG2SIZE))
				return false;
		}
		if (!batch_send_all(run))
			return false;
		for (uint32_t i = 0; i < 8 * queues_used(run); i++)
			run->queue[i % queues_used(run)].ring[2 * (size_t)(i / queues_used(run))] =
				ILLEGAL;
	}
	return true;
}

/* ---- any order ---- */

enum { STEP_ALLOCATE, STEP_BASE, STEP_VINTF, STEP_EN, STEPS };

static void take_step(struct run *run, uint32_t step)
{
	switch (step) {
	case STEP_ALLOCATE:
		allocate(run, 0);
		break;
	case STEP_BASE:
		put64(run, AT_DIRECT1(0, CMDQV_REG_VCMDQ_BASE),
		      queue_base(run, 0, 0, CONFORMANCE_LOG2SIZE));
		break;
	case STEP_VINTF:
		put(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG), CMDQV_VINTF_CONFIG_ENABLE);
		break;
	default:
		put(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_CONFIG), 1);
	}
}

/* The order with this number: one digit to base STEPS for each step. False: it is none. */
static bool order_of(uint32_t number, uint32_t order[STEPS])
{
	uint32_t seen = 0;

	for (uint32_t i = 0; i < STEPS; i++, number /= STEPS) {
		order[i] = number % STEPS;
		seen |= 1U << order[i];
	}
	return seen == (1U << STEPS) - 1;
}

static bool any_order(struct run *run)
{
	uint32_t order[STEPS];

	for (uint32_t number = 0; number < STEPS * STEPS * STEPS * STEPS; number++) {
		if (!order_of(number, order))
			continue;
		if (!take_down(run))
			return false;
		for (uint32_t i = 0; i < STEPS; i++) {
			if (!reads(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_STATUS), ALL, 0))
				return false;
			take_step(run, order[i]);
		}
		if (!becomes(run, STATUS(0), 1, 1) || !batch_send(run, 0, 3))
			return false;
	}
	return true;
}

/* ---- EN_OK ---- */

static bool ready_but_base(struct run *run, uint32_t queue)
{
	if (!vintf_enable(run))
		return false;
	allocate(run, queue);
	queue_begin(run, queue);
	return true;
}

static bool never_enabled_unbound(struct run *run)
{
	return ready_but_base(run, 0) && stays(run, STATUS(0), ALL, 0);
}

static bool enable_is_kept(struct run *run)
{
	if (!ready_but_base(run, 0) || !reads(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONFIG), 1, 1))
		return false;
	put64(run, BASE(0), queue_base(run, 0, 0, CONFORMANCE_LOG2SIZE));
	return becomes(run, STATUS(0), 1, 1) && batch_send(run, 0, 3);
}

/* ---- several queues ---- */

static bool waits_for_lower(struct run *run)
{
	if (run->queues < 2)
		return skip(run, NO_SECOND);
	if (!ready_but_base(run, 1))
		return false;
	put64(run, BASE(1), queue_base(run, 1, 1, CONFORMANCE_LOG2SIZE));
	if (!stays(run, STATUS(1), ALL, 0) || !pending(run, 1, 0))
		return false;
	allocate(run, 0);
	return queue_start(run, 0, 0, CONFORMANCE_LOG2SIZE) && becomes(run, STATUS(1), 1, 1) &&
	       batch_send_all(run);
}

static bool lower_goes(struct run *run)
{
	if (run->queues < 2)
		return skip(run, NO_SECOND);
	if (!bring_up(run) || !batch_send_all(run))
		return false;
	deallocate(run, 0);
	if (!becomes(run, STATUS(1), ALL, 0) ||
	    !reads(run, AT_PAGE0(1, CMDQV_REG_VCMDQ_PROD), ALL, run->queue[1].prod) ||
	    !reads(run, AT_PAGE0(1, CMDQV_REG_VCMDQ_CONS), INDEX, run->queue[1].prod))
		return false;
	allocate(run, 0);
	return queue_clear(run, 0) && queue_start(run, 0, 0, CONFORMANCE_LOG2SIZE) &&
	       becomes(run, STATUS(1), 1, 1) && batch_send_all(run);
}

/* ---- BASE ---- */

/* Of queue 0, none of them good: size, alignment, range. */
static uint64_t bad_base(const struct run *run, uint32_t number)
{
	const uint64_t bus = run->carrier->bus;

	switch (number) {
	case 0:
		return bus;
	case 1:
		return bus | (CMDQV_MAX_LOG2SIZE + 1);
	case 2:
		return (bus + 0x20) | CONFORMANCE_LOG2SIZE;
	case 3:
		return 0x7FFFFFF00000ULL | CONFORMANCE_LOG2SIZE;
	default:
		return 0;
	}
}

static bool bad_base_is_refused(struct run *run)
{
	for (uint32_t number = 0; bad_base(run, number); number++) {
		if (!take_down(run) || !ready_but_base(run, 0))
			return false;
		put64(run, BASE(0), bad_base(run, number));
		queue_begin(run, 0);
		if (!stays(run, STATUS(0), ALL, 0))
			return false;
	}
	return true;
}

static bool bad_base_is_an_error(struct run *run)
{
	for (uint32_t number = 0; bad_base(run, number); number++) {
		if (!take_down(run) || !ready_but_base(run, 0))
			return false;
		put64(run, BASE(0), bad_base(run, number));
		if (!pending(run, 0, CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR) ||
		    !becomes(run, AT_VINTF(CMDQV_REG_LVCMDQ_ERR_MAP), ALL, 1))
			return false;
		put64(run, BASE(0), 0);
		if (!pending(run, 0, 0))
			return false;
	}
	return true;
}

static bool good_base_after_bad(struct run *run)
{
	if (!ready_but_base(run, 0))
		return false;
	put64(run, BASE(0), bad_base(run, 3));
	put64(run, BASE(0), queue_base(run, 0, 0, CONFORMANCE_LOG2SIZE));
	return becomes(run, STATUS(0), 1, 1) && pending(run, 0, 0) && batch_send(run, 0, 3);
}

/* Each of what ends the error of a bad BASE, by the register that it is written to. */
static bool error_ends(struct run *run)
{
	static const uint32_t ends[] = {AT_ALLOC(0), CMDQV_REG_CONFIG,
					AT_VINTF(CMDQV_REG_VINTF_CONFIG)};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (!take_down(run) || !ready_but_base(run, 0))
			return false;
		put64(run, BASE(0), bad_base(run, 3));
		put(run, ends[i], get(run, ends[i]) & ~1U);
		if (!becomes(run, AT_VINTF(CMDQV_REG_LVCMDQ_ERR_MAP), ALL, 0) ||
		    !reads(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_GERROR), ALL,
			   get(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_GERRORN))))
			return false;
	}
	return true;
}

/* The other half is 0, and CONFIG commits. */
static bool one_half(struct run *run)
{
	const uint64_t base = queue_base(run, 0, 0, CONFORMANCE_LOG2SIZE);

	if (base >> 32)
		return skip(run, "the memory is above 4 GiB");
	if (!vintf_enable(run))
		return false;
	allocate(run, 0);
	put(run, BASE(0), (uint32_t)base);
	queue_begin(run, 0);
	return becomes(run, STATUS(0), ALL, 1) && reads64(run, BASE(0), base) &&
	       batch_send(run, 0, 3);
}

static bool halves(struct run *run)
{
	for (uint32_t high_first = 0; high_first < 2; high_first++) {
		const uint64_t base = queue_base(run, 0, 0, CONFORMANCE_LOG2SIZE);

		if (!take_down(run) || !ready_but_base(run, 0))
			return false;
		for (uint32_t i = 0; i < 2; i++) {
			const uint32_t half = i ^ high_first;

			put(run, BASE(0) + 4 * half, (uint32_t)(base >> 32 * half));
			if (i == 0 && !reads64(run, BASE(0), 0))
				return false;
		}
		if (!reads64(run, BASE(0), base) || !becomes(run, STATUS(0), 1, 1) ||
		    !batch_send(run, 0, 3))
			return false;
	}
	return true;
}

static bool running_queue_keeps_base(struct run *run)
{
	uint64_t base;

	if (!bring_up(run))
		return false;
	base = get64(run, BASE(0));
	put64(run, BASE(0), base + CONFORMANCE_PLACE);
	put64(run, BASE(0), 0);
	return reads64(run, BASE(0), base) && reads(run, STATUS(0), ALL, 1) && batch_send_all(run);
}

static bool same_base_changes_nothing(struct run *run)
{
	if (!bring_up(run) || !batch_send_all(run))
		return false;
	put64(run, BASE(0), get64(run, BASE(0)));
	return reads(run, STATUS(0), ALL, 1) &&
	       reads(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONS), INDEX, run->queue[0].prod) &&
	       batch_send_all(run);
}

static bool freed(struct run *run)
{
	if (!bring_up(run) || !batch_send_all(run) || !queue_clear(run, 0))
		return false;
	queue_begin(run, 0);
	return stays(run, STATUS(0), ALL, 0);
}

static bool other_ring(struct run *run)
{
	if (!bring_up(run) || !batch_send_all(run) || !queue_clear(run, 0))
		return false;
	/* What is executed from the former ring now, or still, is an error. */
	for (uint32_t i = 0; i < 8; i++)
		run->queue[0].ring[2 * (size_t)i] = ILLEGAL;
	return queue_start(run, 0, 2, CONFORMANCE_LOG2SIZE) && batch_send_all(run) &&
	       pending(run, 0, 0);
}

/* ---- ends ---- */

static bool disabled_queue_stands(struct run *run)
{
	const uint32_t cons = AT_PAGE0(0, CMDQV_REG_VCMDQ_CONS);
	uint32_t before;

	if (!bring_up(run) || !batch_send_all(run))
		return false;
	before = run->queue[0].prod;
	put(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONFIG), 0);
	if (!becomes(run, STATUS(0), ALL, 0))
		return false;
	command_put(run, 0, SYNC, 0);
	command_ring(run, 0);
	if (!stays(run, cons, INDEX, before))
		return false;
	queue_begin(run, 0);
	return becomes(run, STATUS(0), ALL, 1) && command_done(run, 0);
}

static bool deallocated(struct run *run)
{
	uint64_t base;

	if (!bring_up(run) || !batch_send_all(run))
		return false;
	base = get64(run, BASE(0));
	put(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONFIG), 0);
	if (!becomes(run, STATUS(0), ALL, 0))
		return false;
	deallocate(run, 0);
	allocate(run, 0);
	return reads(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_PROD), ALL, 0) &&
	       reads(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONS), INDEX, 0) &&
	       reads64(run, BASE(0), base);
}

/* The enabling register's bit 0 goes and comes; the queue is dead meanwhile. */
static bool goes_off(struct run *run, uint32_t enable)
{
	const uint32_t value = get(run, enable);

	put(run, enable, value & ~1U);
	return becomes(run, STATUS(0), ALL, 0) &&
	       becomes(run, AT_VINTF(CMDQV_REG_VINTF_STATUS), 1, 0);
}

static bool cmdqv_off(struct run *run)
{
	return bring_up(run) && goes_off(run, CMDQV_REG_CONFIG);
}

static bool vintf_off(struct run *run)
{
	return bring_up(run) && goes_off(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG));
}

static bool comes_again(struct run *run)
{
	static const uint32_t enables[] = {CMDQV_REG_CONFIG, AT_VINTF(CMDQV_REG_VINTF_CONFIG)};

	for (uint32_t i = 0; i < 2; i++) {
		uint64_t base;

		if (!bring_up(run) || !batch_send_all(run))
			return false;
		base = get64(run, BASE(0));
		if (!goes_off(run, enables[i]))
			return false;
		put(run, enables[i], get(run, enables[i]) | 1);
		if (!reads64(run, BASE(0), base) || !reads(run, AT_ALLOC(0), ALL, 1))
			return false;
		queue_base(run, 0, 0, CONFORMANCE_LOG2SIZE);
		queue_begin(run, 0);
		if (!becomes(run, STATUS(0), ALL, 1) || !batch_send(run, 0, 3))
			return false;
	}
	return true;
}

/* ---- places ---- */

static bool unallocated(struct run *run)
{
	static const uint32_t offsets[] = {
		AT_PAGE0(0, CMDQV_REG_VCMDQ_PROD),
		AT_PAGE0(0, CMDQV_REG_VCMDQ_CONFIG),
		AT_PAGE1(0, CMDQV_REG_VCMDQ_BASE),
	};

	if (!vintf_enable(run))
		return false;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		put(run, offsets[i], 0x21);
		if (!reads(run, offsets[i], ALL, 0))
			return false;
	}
	allocate(run, 0);
	return reads(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_PROD), ALL, 0) &&
	       reads(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONFIG), ALL, 0);
}

static bool other_place(struct run *run)
{
	static const uint32_t entries[] = {
		0x8001, /* VINTF 1 */
		0x0003, /* LVCMDQ 1 */
	};

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		if (!take_down(run) || !vintf_enable(run))
			return false;
		put(run, AT_ALLOC(0), entries[i]);
		put64(run, AT_DIRECT1(0, CMDQV_REG_VCMDQ_BASE),
		      queue_base(run, 0, 0, CONFORMANCE_LOG2SIZE));
		put(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_CONFIG), 1);
		if (!reads(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_STATUS), ALL, 0) ||
		    !reads(run, STATUS(0), ALL, 0))
			return false;
	}
	return true;
}

/* ---- page 0 ---- */

static bool apertures_agree(struct run *run)
{
	if (!bring_up(run) || !batch_send_all(run))
		return false;
	for (uint32_t reg = CMDQV_REG_VCMDQ_CONS; reg <= CMDQV_REG_VCMDQ_GERRORN; reg += 4) {
		for (uint32_t queue = 0; queue < queues_used(run); queue++) {
			if (!reads(run, AT_DIRECT0(queue, reg), ALL,
				   get(run, AT_PAGE0(queue, reg))))
				return false;
		}
	}
	return reads(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_CONS), INDEX, run->queue[0].prod);
}

static bool direct_works(struct run *run)
{
	if (!bring_up(run))
		return false;
	for (uint32_t i = 0; i < 7; i++)
		command_put(run, 0, TLBI_VA, 0);
	command_put(run, 0, SYNC, 0);
	put(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_PROD), run->queue[0].prod);
	return becomes(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_CONS), INDEX, run->queue[0].prod) &&
	       command_done(run, 0) && batch_send_all(run);
}

static bool cons_is_not_taken(struct run *run)
{
	if (!bring_up(run) || !batch_send_all(run))
		return false;
	/* What would be executed again is an error now. */
	for (uint32_t i = 3; i < 8; i++)
		run->queue[0].ring[2 * (size_t)i] = ILLEGAL;
	put(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONS), 3);
	return batch_send(run, 0, 7) && pending(run, 0, 0);
}

/* The rest of the page may be memory: no queue takes notice of what is stored there. */
static bool scribbles(struct run *run)
{
	if (!bring_up(run))
		return false;
	for (uint32_t at = CMDQV_VCMDQ_STRIDE * queues_used(run); at < CMDQV_PAGE_BYTES; at += 4)
		put(run, CMDQV_VINTF_PAGE0 + at, 0xA5A5A5A5);
	return batch_send_all(run) && pending(run, 0, 0);
}

static bool storm(struct run *run)
{
	if (!bring_up(run))
		return false;
	for (uint32_t i = 0; i < 100; i++) {
		const uint32_t queue = i % queues_used(run);

		put(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG), i % 3 != 0);
		put(run, AT_ALLOC(queue), queue << 1 | (i % 5 != 0));
		put64(run, BASE(queue), i % 7 ? bad_base(run, i % 4) : 0);
		put(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_CONFIG), i & 1);
		put(run, CMDQV_REG_CONFIG, (get(run, CMDQV_REG_CONFIG) & ~1U) | (i % 11 != 0));
	}
	return take_down(run) && bring_up(run) && batch_send_all(run);
}

static const struct conformance_case cases[] = {
	REQUIRED("DEV-8", "life-linux", "queues come up in the order of Linux 6.17 and newer",
		 linux_order),
	REQUIRED("DEV-8", "life-linux-old", "queues come up in the order of Linux 6.12 to 6.16",
		 old_linux_order),
	REQUIRED("DEV-12", "life-reboot", "a kernel starts on what the last one left enabled",
		 reboot),
	OURS("DEV-8", "life-any-order", "what makes a queue ready may come in any order",
	     any_order),
	REQUIRED("DEV-16", "life-en-ok", "EN_OK never reads 1 where no queue executes",
		 never_enabled_unbound),
	OURS("DEV-16", "life-en-kept", "EN that came before BASE takes effect with it",
	     enable_is_kept),
	OURS("DEV-9", "life-waits", "a queue waits, without an error, until the one below runs",
	     waits_for_lower),
	OURS("DEV-9", "life-lower-goes",
	     "a queue waits and keeps its place while the one below is away", lower_goes),
	REQUIRED("DEV-16", "life-base-bad", "EN_OK stays 0 where BASE cannot be used",
		 bad_base_is_refused),
	OURS("DEV-17", "life-base-error",
	     "a BASE that cannot be used is CMDQ_INIT_ERR until BASE is 0", bad_base_is_an_error),
	OURS("DEV-17", "life-base-mended", "a good BASE ends the error of a bad one",
	     good_base_after_bad),
	OURS("DEV-17", "life-base-error-ends", "so it is until allocation, CMDQV_EN or ENABLE goes",
	     error_ends),
	OURS("DEV-11", "life-base-half", "one half of BASE takes effect with CONFIG", one_half),
	OURS("DEV-11", "life-base-halves", "BASE by halves, in either order, takes effect whole",
	     halves),
	OURS("DEV-12", "life-base-running", "BASE of a queue that runs cannot be changed",
	     running_queue_keeps_base),
	OURS("DEV-12", "life-base-same", "writing the same BASE again changes nothing",
	     same_base_changes_nothing),
	OURS("DEV-12", "life-base-freed", "a disabled queue with BASE 0 is gone: EN_OK stays 0",
	     freed),
	REQUIRED("DEV-12", "life-base-other", "a disabled queue takes another ring", other_ring),
	REQUIRED("HW-16", "life-stops", "nothing executes after STATUS reads 0; EN goes on at CONS",
		 disabled_queue_stands),
	OURS("DEV-13", "life-deallocate",
	     "taking the allocation away zeroes PROD and CONS, not BASE", deallocated),
	OURS("DEV-13", "life-cmdqv-off", "with CMDQV_EN 0 queues and VINTF read disabled",
	     cmdqv_off),
	OURS("DEV-13", "life-vintf-off", "with ENABLE 0 queues and VINTF read disabled", vintf_off),
	OURS("DEV-13", "life-on-again", "BASE and allocation survive CMDQV_EN and ENABLE",
	     comes_again),
	OURS("DEV-14", "life-unallocated",
	     "a VINTF's registers of a queue without allocation are not there", unallocated),
	OURS("DEV-14", "life-other-place", "an entry that names another place allocates nothing",
	     other_place),
	OURS("DEV-21", "page0-apertures", "a queue reads equal through both apertures",
	     apertures_agree),
	OURS("DEV-21", "page0-direct", "PROD through the direct aperture is executed",
	     direct_works),
	OURS("HW-2", "page0-cons",
	     "CONS of a running queue is what it executed, whatever is stored", cons_is_not_taken),
	OURS("HW-2", "page0-scribbles", "stores beside the queues of page 0 disturb none of them",
	     scribbles),
	OURS("DEV-27", "life-storm", "after any storm of writes a driver's bring-up works", storm),
};

const struct case_table life_cases = CASE_TABLE(cases);
