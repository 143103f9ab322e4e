/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices that are added, removed and unplugged in any order while calls of the kernel fail: each
 * reaches what its own entry says, and no call moves another one. A VMM keeps to viommu.h but for
 * one thing: it may close a device before it removes it.
 */
#include "fixture.h"

enum {
	CROWDS = 150,
	STEPS = 300,
	VSIDS = 20,
	NO_DEVICE = -1,
	NO_VSID = -1,
};

struct crowd {
	struct vmm vmm;
	uint64_t seed;
	int holder[VSIDS];		 /* the device that has this StreamID */
	int name[DEVICES];		 /* the last StreamID that it was added with */
	bool is_stuck[DEVICES];		 /* a removal of it failed */
	const uint8_t *reaches[DEVICES]; /* at IOVA; NULL: it is blocked */
};

static uint32_t draw(struct crowd *crowd, uint32_t count)
{
	return (uint32_t)(test_random(&crowd->seed) >> 32) % count;
}

static void crowd_open(struct crowd *crowd, uint64_t seed)
{
	*crowd = (struct crowd){.seed = seed};
	for (int v = 0; v < VSIDS; v++)
		crowd->holder[v] = NO_DEVICE;
	for (int d = 0; d < DEVICES; d++)
		crowd->name[d] = NO_VSID;
	vmm_prepare_on_smmu(&crowd->vmm, &front_port, 0);
	assert_int_equal(vmm_open_viommu(&crowd->vmm, NULL), 0);
	vmm_write_tables(&crowd->vmm);
}

/* Of the next calls, or none. */
static void let_calls_fail(struct crowd *crowd)
{
	static const int errors[] = {EIO, ENOMEM, EBUSY, EINTR};
	uint32_t first = draw(crowd, 2) ? 1 + draw(crowd, 5) : 0;
	uint32_t more = draw(crowd, 3) * draw(crowd, 20);

	front_fail(first, first ? first + more : 0, errors[draw(crowd, COUNT(errors))]);
}

/* Another one at the same place, which gets the numbers that are free. */
static void plug(struct crowd *crowd, uint32_t device)
{
	struct vmm *vmm = &crowd->vmm;

	if (vmm->device[device] >= 0)
		return;
	vmm->device[device] = front_device(FIRST_SID + device, 1);
	assert_int_equal(uapi_bind(vmm->device[device], vmm->iommufd, &vmm->dev_id[device]), 0);
}

static void unplug(struct crowd *crowd, uint32_t device)
{
	if (crowd->vmm.device[device] < 0 || crowd->is_stuck[device])
		return;
	front_port.device_close(&crowd->vmm, device);
	crowd->name[device] = NO_VSID;
	crowd->reaches[device] = NULL;
}

static void add(struct crowd *crowd, uint32_t device, uint32_t vsid)
{
	plug(crowd, device);
	let_calls_fail(crowd);
	if (vmm_add(&crowd->vmm, device, vsid))
		return;
	assert_int_equal(crowd->holder[vsid], NO_DEVICE);
	crowd->holder[vsid] = (int)device;
	crowd->name[device] = (int)vsid;
}

/* A removal that fails may have blocked the device or not. */
static int take_away(struct crowd *crowd, uint32_t vsid)
{
	int device = crowd->holder[vsid];
	bool is_here = device != NO_DEVICE && crowd->name[device] == (int)vsid;
	int err = vmm_remove(&crowd->vmm, vsid);

	assert_true(device != NO_DEVICE || err == -ENOENT);
	if (!err)
		crowd->holder[vsid] = NO_DEVICE;
	if (is_here && !err)
		crowd->name[device] = NO_VSID;
	if (is_here) {
		crowd->is_stuck[device] = err;
		crowd->reaches[device] =
			err ? vmm_reached(&crowd->vmm, FIRST_SID + (uint32_t)device, false) : NULL;
	}
	return err;
}

static void set_entry(struct crowd *crowd, uint32_t vsid)
{
	const struct {
		uint64_t word;
		const uint8_t *reaches;
	} entries[] = {{0, NULL},
		       {STE_ABORT, NULL},
		       {STE_BYPASS, crowd->vmm.ram + PAGE},
		       {STE_TABLES, crowd->vmm.ram + PAGE_A}};
	uint32_t i = draw(crowd, COUNT(entries));

	if (!vmm_set_ste(&crowd->vmm, vsid, entries[i].word, 0))
		crowd->reaches[crowd->holder[vsid]] = entries[i].reaches;
}

static void step(struct crowd *crowd)
{
	uint32_t device = draw(crowd, DEVICES);
	uint32_t vsid = draw(crowd, VSIDS);
	uint32_t what = draw(crowd, 20);

	if (what < 5) {
		add(crowd, device, vsid);
	} else if (what == 5) {
		unplug(crowd, device);
	} else if (what < 9) {
		let_calls_fail(crowd);
		(void)take_away(crowd, vsid);
	} else {
		let_calls_fail(crowd);
		set_entry(crowd, vsid);
	}
	front_fail(0, 0, 0);
}

static void check(const struct crowd *crowd, uint64_t seed, int steps)
{
	for (uint32_t device = 0; device < DEVICES; device++)
		if (vmm_reached(&crowd->vmm, FIRST_SID + device, false) != crowd->reaches[device])
			fail_msg("crowd %u, step %d: device %u", (unsigned int)seed, steps, device);
}

/* [HW-24] */
TEST(each_device_reaches_what_its_own_entry_says)
{
	for (uint64_t seed = 1; seed <= CROWDS; seed++) {
		struct crowd crowd;

		crowd_open(&crowd, seed);
		for (int i = 0; i < STEPS; i++) {
			step(&crowd);
			check(&crowd, seed, i);
		}
		for (uint32_t vsid = 0; vsid < VSIDS; vsid++)
			if (crowd.holder[vsid] != NO_DEVICE)
				assert_int_equal(take_away(&crowd, vsid), 0);
		check(&crowd, seed, STEPS);
		vmm_close_viommu(&crowd.vmm);
		front_port.check_clean();
		vmm_finish(&crowd.vmm);
	}
}
