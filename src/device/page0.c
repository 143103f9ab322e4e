/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of page 0 in the guest's address space [DEV-18] [DEV-20] [DEV-36].
 *
 * state    what it means                        left for
 * -------  -----------------------------------  ----------------------------------------
 * NONE     not mapped, by the rule              MAPPED or TRAPPED when the rule asks for
 *                                               the page
 * MAPPED   every vCPU reaches it without exit   NONE when the rule no longer holds, or
 *                                               before any bind or unbind; RESTING when the
 *                                               VMM wishes it
 * RESTING  withdrawn while queues are quiet     MAPPED or TRAPPED by the next write; NONE as
 *                                               from MAPPED
 * TRAPPED  the rule asks for it, but the VMM    NONE when the last queue is unbound: the
 *          could not map it                     next first bind tries again
 *
 * The rule: CMDQV and VINTF are enabled, at least one queue is bound, every ready LVCMDQ is
 * bound, and the backend is sound: after a failed unbind an unknown queue may be alive in the
 * page [DEV-31]. It holds for the page at the end of every access, and
 * at no other time does the guest look.
 *
 * Who moves it: page0_withdraw() inside an access, at most once, because the page is
 * mapped at the end only; page0_settle() at the end, at most once each way;
 * page0_last_unbound(); cmdqv_page0_withdraw(), which leaves the device unsettled, so that the
 * next write settles it. Forbidden: a bind or an unbind while MAPPED.
 */
#include "page0.h"

#include <assert.h>

#include "base/error.h"

static void page0_move(struct cmdqv *dev, enum cmdqv_page0_life to)
{
	static const uint8_t allowed[] = {
		[CMDQV_PAGE0_NONE] = 1U << CMDQV_PAGE0_MAPPED | 1U << CMDQV_PAGE0_TRAPPED,
		[CMDQV_PAGE0_MAPPED] = 1U << CMDQV_PAGE0_NONE | 1U << CMDQV_PAGE0_RESTING,
		[CMDQV_PAGE0_RESTING] = 1U << CMDQV_PAGE0_NONE | 1U << CMDQV_PAGE0_MAPPED |
					1U << CMDQV_PAGE0_TRAPPED,
		[CMDQV_PAGE0_TRAPPED] = 1U << CMDQV_PAGE0_NONE,
	};

	assert(allowed[dev->page0] & 1U << to);
	(void)allowed;
	dev->page0 = to;
	dev->page0_error = 0;
}

static bool page0_ready_are_bound(const struct cmdqv *dev)
{
	for (uint32_t index = dev->num_bound; index < num_lvcmdqs(dev); index++)
		if (dev->lvcmdqs[index].life != CMDQV_QUEUE_IDLE)
			return false;
	return true;
}

static bool page0_wanted(const struct cmdqv *dev)
{
	return !backend_broken(dev) && vintf_enabled(dev) && dev->num_bound > 0 &&
	       page0_ready_are_bound(dev);
}

/*
 * [HW-5] On arm64 a guest may map a window with Device attributes, and its stores then pass by the
 * cache through which software reads the page. Hardware has no such cache, nor has x86 such stores.
 */
static bool page0_may_be_stale(const struct cmdqv *dev)
{
#if defined(__aarch64__)
	return dev->links.page0.flags & CMDQV_PAGE_IS_MEMORY && !dev->guest_is_coherent;
#else
	(void)dev;
	return false;
#endif
}

static int page0_ask_vmm(struct cmdqv *dev)
{
	const struct cmdqv_page0_map page = {
		.view = dev->links.page0,
		.guest_offset = CMDQV_VINTF_PAGE0,
	};

	if (page0_may_be_stale(dev))
		return -EOPNOTSUPP;
	return device_host_error(dev->links.vmm.page0_map(dev->links.vmm_impl, &page));
}

static void page0_map(struct cmdqv *dev)
{
	int err = page0_ask_vmm(dev);

	if (!err) {
		dev->counters[CMDQV_COUNTER_PAGE0_MAPS]++;
		page0_move(dev, CMDQV_PAGE0_MAPPED);
		return;
	}
	dev->counters[CMDQV_COUNTER_PAGE0_MAP_FAILURES]++;
	page0_move(dev, CMDQV_PAGE0_TRAPPED);
	dev->page0_error = err;
	device_log(dev, LOG_PAGE0_TRAPPED,
		   "VINTF page 0 could not be mapped: %s; every access will exit",
		   error_name(err).text);
}

static void page0_unmap(struct cmdqv *dev, enum cmdqv_page0_life to)
{
	dev->links.vmm.page0_unmap(dev->links.vmm_impl);
	dev->counters[CMDQV_COUNTER_PAGE0_UNMAPS]++;
	page0_move(dev, to);
}

void page0_withdraw(struct cmdqv *dev)
{
	if (dev->page0 == CMDQV_PAGE0_MAPPED)
		page0_unmap(dev, CMDQV_PAGE0_NONE);
	else if (dev->page0 == CMDQV_PAGE0_RESTING)
		page0_move(dev, CMDQV_PAGE0_NONE);
}

int cmdqv_page0_withdraw(struct cmdqv *dev)
{
	if (dev->inside)
		return -EBUSY;
	if (dev->page0 != CMDQV_PAGE0_MAPPED)
		return 0;
	dev->inside = true;
	page0_unmap(dev, CMDQV_PAGE0_RESTING);
	dev->counters[CMDQV_COUNTER_PAGE0_RESTS]++;
	dev->unsettled = true;
	dev->inside = false;
	return 1;
}

void page0_last_unbound(struct cmdqv *dev)
{
	if (dev->page0 == CMDQV_PAGE0_TRAPPED)
		page0_move(dev, CMDQV_PAGE0_NONE);
}

void page0_settle(struct cmdqv *dev)
{
	if (!page0_wanted(dev))
		page0_withdraw(dev);
	else if (dev->page0 == CMDQV_PAGE0_NONE || dev->page0 == CMDQV_PAGE0_RESTING)
		page0_map(dev);
}
