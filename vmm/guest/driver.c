/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. Probe, reset and bring-up make the accesses that Linux 7.2 makes, in its
 * order, and none besides: a test compares them with a recording. So does the interrupt handler
 * (steps.c). docs/spec.md section 2.1 has all of it in words.
 *
 * Unlike Linux
 *  - a vCPU owns the queue while it sends a batch, and batches go round all queues, so
 *    that each is used whatever the number of vCPUs; Linux lets CPUs share a queue
 *    without a lock and picks it by the CPU's number;
 *  - there is no SMMU beside the CMDQV, so the CMD_SYNC on the SMMU's own queue that
 *    follows the disabling of a queue is missing;
 *  - time-outs are the VMM's, which sets mailbox->stop: the guest has no clock.
 */
#include "driver.h"
#include "dma.h"
#include "steps.h"

/*
 * Waits until all vCPUs have come here. Returns false if a vCPU failed; that vCPU reports the
 * reason, not those that wait for it.
 */
static bool meet(struct guest_driver *driver, struct guest_cpu *cpu)
{
	uint32_t turn = atomic_load(&driver->turn);

	if (atomic_fetch_add(&driver->arrived, 1) + 1 == driver->mailbox->cpus) {
		atomic_store(&driver->arrived, 0);
		atomic_store(&driver->turn, turn + 1);
	}
	while (atomic_load(&driver->turn) == turn) {
		if (!driver_keep_waiting(driver, cpu))
			return false;
	}
	return !driver_given_up(driver);
}

/* ---- probe, reset, bring-up ---- */

static bool probe(struct guest_driver *driver, struct guest_cpu *cpu)
{
	const struct guest_mailbox *mailbox = driver->mailbox;
	uint32_t wanted = CMDQV_SET(CMDQV_PARAM_VER, 1U) |
			  CMDQV_SET(CMDQV_PARAM_NUM_VCMDQ_LOG2, mailbox->log2_queues) |
			  CMDQV_SET(CMDQV_PARAM_NUM_SID_PER_VM_LOG2, mailbox->log2_sids);

	(void)guest_read32(cpu, CMDQV_REG_CONFIG);
	return driver_expect(driver, cpu, GUEST_CHECK_PARAM, CMDQV_REG_PARAM, UINT32_MAX, wanted);
}

static bool enable_cmdqv(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t config)
{
	guest_write32(cpu, CMDQV_REG_CONFIG, config | CMDQV_CONFIG_CMDQV_EN);
	return driver_wait_for(driver, cpu, CMDQV_REG_STATUS, CMDQV_STATUS_CMDQV_ENABLED, 1);
}

static bool disable_cmdqv(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t config)
{
	guest_write32(cpu, CMDQV_REG_CONFIG, config & ~CMDQV_CONFIG_CMDQV_EN);
	return driver_wait_for(driver, cpu, CMDQV_REG_STATUS, CMDQV_STATUS_CMDQV_ENABLED, 0);
}

static bool disable_vintf(struct guest_driver *driver, struct guest_cpu *cpu)
{
	guest_write32(cpu, at_vintf(CMDQV_REG_VINTF_CONFIG), 0);
	return driver_wait_for(driver, cpu, at_vintf(CMDQV_REG_VINTF_STATUS),
			       CMDQV_VINTF_STATUS_ENABLED, 0);
}

/* Asks for ownership as a host would, and checks that it was not given. */
static bool enable_vintf(struct guest_driver *driver, struct guest_cpu *cpu)
{
	uint32_t config = at_vintf(CMDQV_REG_VINTF_CONFIG);

	guest_write32(cpu, config, CMDQV_VINTF_CONFIG_HYP_OWN);
	guest_write32(cpu, config, CMDQV_VINTF_CONFIG_HYP_OWN | CMDQV_VINTF_CONFIG_ENABLE);
	return driver_wait_for(driver, cpu, at_vintf(CMDQV_REG_VINTF_STATUS),
			       CMDQV_VINTF_STATUS_ENABLED, 1) &&
	       driver_expect(driver, cpu, GUEST_CHECK_HYP_OWN, config,
			     CMDQV_VINTF_CONFIG_HYP_OWN | CMDQV_VINTF_CONFIG_ENABLE,
			     CMDQV_VINTF_CONFIG_ENABLE);
}

/* Brings a queue into a known state, whatever it was in. */
static bool clear_queue(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t queue)
{
	uint32_t gerrorn;
	uint32_t gerror;

	guest_write32(cpu, at_page0(queue, CMDQV_REG_VCMDQ_CONFIG), 0);
	if (!driver_wait_for(driver, cpu, at_page0(queue, CMDQV_REG_VCMDQ_STATUS),
			     CMDQV_VCMDQ_STATUS_EN_OK, 0))
		return false;
	guest_write32(cpu, at_page0(queue, CMDQV_REG_VCMDQ_PROD), 0);
	guest_write32(cpu, at_page0(queue, CMDQV_REG_VCMDQ_CONS), 0);
	guest_write64(cpu, at_page1(queue, CMDQV_REG_VCMDQ_BASE), 0);
	guest_write64(cpu, at_page1(queue, CMDQV_REG_VCMDQ_CONS_INDX_BASE), 0);
	gerrorn = guest_read32(cpu, at_page0(queue, CMDQV_REG_VCMDQ_GERRORN));
	gerror = guest_read32(cpu, at_page0(queue, CMDQV_REG_VCMDQ_GERROR));
	if (gerror != gerrorn)
		guest_write32(cpu, at_page0(queue, CMDQV_REG_VCMDQ_GERRORN), gerror);
	return true;
}

static void unmap_queue(struct guest_cpu *cpu, uint32_t queue)
{
	uint32_t alloc = guest_read32(cpu, at_alloc(queue));

	guest_write32(cpu, at_alloc(queue), alloc & ~CMDQV_CMDQ_ALLOC_ALLOCATED);
}

static void map_queue(struct guest_cpu *cpu, uint32_t queue)
{
	uint32_t alloc = guest_read32(cpu, at_alloc(queue));

	guest_write32(cpu, at_alloc(queue), alloc | CMDQV_CMDQ_ALLOC_ALLOCATED);
}

static bool enable_queue(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t queue)
{
	guest_write32(cpu, at_page0(queue, CMDQV_REG_VCMDQ_CONFIG), CMDQV_VCMDQ_CONFIG_EN);
	return driver_wait_for(driver, cpu, at_page0(queue, CMDQV_REG_VCMDQ_STATUS),
			       CMDQV_VCMDQ_STATUS_EN_OK, 1);
}

static void clear_sids(struct guest_driver *driver, struct guest_cpu *cpu)
{
	for (uint32_t s = 0; s < 1U << driver->mailbox->log2_sids; s++) {
		guest_write32(cpu, at_vintf(CMDQV_REG_SID_MATCH + 4 * s), 0);
		guest_write32(cpu, at_vintf(CMDQV_REG_SID_REPLACE + 4 * s), 0);
	}
}

static bool reset(struct guest_driver *driver, struct guest_cpu *cpu)
{
	uint32_t config = guest_read32(cpu, CMDQV_REG_CONFIG);

	if (!disable_cmdqv(driver, cpu, config) || !enable_cmdqv(driver, cpu, config))
		return false;
	for (uint32_t q = 0; q < driver->queue_count; q++)
		guest_write32(cpu, at_alloc(q), CMDQV_SET(CMDQV_CMDQ_ALLOC_LVCMDQ, q));
	for (uint32_t q = driver->queue_count; q-- > 0;) {
		if (!clear_queue(driver, cpu, q))
			return false;
		unmap_queue(cpu, q);
	}
	if (!disable_vintf(driver, cpu))
		return false;
	clear_sids(driver, cpu);
	return true;
}

static bool bring_up(struct guest_driver *driver, struct guest_cpu *cpu)
{
	if (!enable_vintf(driver, cpu))
		return false;
	for (uint32_t q = 0; q < driver->queue_count; q++) {
		map_queue(cpu, q);
		if (!clear_queue(driver, cpu, q))
			return false;
		guest_write64(cpu, at_page1(q, CMDQV_REG_VCMDQ_BASE),
			      driver->queues[q].gpa | driver->mailbox->log2size);
		if (!enable_queue(driver, cpu, q))
			return false;
	}
	return true;
}

/* ---- invalidations and errors ---- */

/* This vCPU's share of the batches, round all queues. */
static bool invalidate(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index,
		       uint32_t page)
{
	for (uint64_t b = index; b < driver->mailbox->batches; b += driver->mailbox->cpus) {
		struct batch batch = {.page = page, .queue = (uint32_t)(b % driver->queue_count)};

		if (!driver_send_batch(driver, cpu, index, &batch))
			return false;
	}
	return true;
}

/* The handler saw no error so far that this driver provoked. */
static void forget_interrupts(struct guest_driver *driver)
{
	atomic_store(&driver->interrupts, 0);
	for (uint32_t m = 0; m < CMDQV_MAX_VCMDQS / 32; m++)
		atomic_store(&driver->error_map[m], 0);
	for (uint32_t m = 0; m < CMDQV_MAX_VCMDQS / 64; m++)
		atomic_store(&driver->lvcmdq_map[m], 0);
}

/* Did the handler run, and did it find exactly this queue's bit in both maps? */
static bool check_interrupt(struct guest_driver *driver, uint32_t queue)
{
	if (!atomic_load(&driver->interrupts))
		return driver_fail(driver, GUEST_CHECK_NO_INTERRUPT, GUEST_NOWHERE, 1, 0);
	for (uint32_t m = 0; m < CMDQV_MAX_VCMDQS / 32; m++) {
		uint32_t wanted = queue / 32 == m ? 1U << queue % 32 : 0;
		uint32_t found = atomic_load(&driver->error_map[m]);

		if (found != wanted)
			return driver_fail(driver, GUEST_CHECK_ERROR_MAPS,
					   CMDQV_REG_CMDQ_ERR_MAP + 4 * m, wanted, found);
	}
	for (uint32_t m = 0; m < CMDQV_MAX_VCMDQS / 64; m++) {
		uint64_t wanted = queue / 64 == m ? 1ULL << queue % 64 : 0;
		uint64_t found = atomic_load(&driver->lvcmdq_map[m]);

		if (found != wanted)
			return driver_fail(driver, GUEST_CHECK_ERROR_MAPS,
					   at_vintf(CMDQV_REG_LVCMDQ_ERR_MAP + 8 * m), wanted,
					   found);
	}
	return true;
}

/* An illegal command in the last queue, then ordinary batches in that one and the others. */
static bool provoke_error(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index)
{
	uint32_t last = driver->queue_count - 1;
	struct batch batch = {.page = CMDQV_VINTF_PAGE0, .queue = last, .illegal = true};

	forget_interrupts(driver);
	if (!driver_send_batch(driver, cpu, index, &batch) || !check_interrupt(driver, last) ||
	    !driver_expect(driver, cpu, GUEST_CHECK_ERROR_STAYS, CMDQV_REG_VI_ERR_MAP, UINT32_MAX,
			   0) ||
	    !driver_expect(driver, cpu, GUEST_CHECK_CONS_ERROR,
			   at_page0(last, CMDQV_REG_VCMDQ_CONS), CMDQV_VCMDQ_CONS_ERR, 0))
		return false;
	batch.illegal = false;
	for (uint32_t b = 0; b < GUEST_BATCHES_AFTER_ERROR; b++) {
		batch.queue = (last + b) % driver->queue_count;
		if (!driver_send_batch(driver, cpu, index, &batch))
			return false;
	}
	return true;
}

/* ---- disable ---- */

static bool expect_queues_dead(struct guest_driver *driver, struct guest_cpu *cpu)
{
	for (uint32_t q = 0; q < driver->queue_count; q++) {
		if (!driver_expect(driver, cpu, GUEST_CHECK_QUEUE_LIVES,
				   at_page0(q, CMDQV_REG_VCMDQ_STATUS), UINT32_MAX, 0))
			return false;
	}
	return true;
}

static bool end_vintf(struct guest_driver *driver, struct guest_cpu *cpu)
{
	return disable_vintf(driver, cpu) && expect_queues_dead(driver, cpu);
}

/*
 * Enables the VINTF again, which must bring back the queues, sends one batch to the one
 * that had an error, and then takes everything away at once.
 */
static bool end_cmdqv(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index)
{
	struct batch batch = {.page = CMDQV_VINTF_PAGE0, .queue = driver->queue_count - 1};

	if (!enable_vintf(driver, cpu))
		return false;
	driver->queues[batch.queue].prod = 0;
	if (!enable_queue(driver, cpu, batch.queue) ||
	    !driver_send_batch(driver, cpu, index, &batch))
		return false;
	return disable_cmdqv(driver, cpu, guest_read32(cpu, CMDQV_REG_CONFIG)) &&
	       expect_queues_dead(driver, cpu) &&
	       driver_expect(driver, cpu, GUEST_CHECK_VINTF_LIVES, at_vintf(CMDQV_REG_VINTF_STATUS),
			     CMDQV_VINTF_STATUS_ENABLED, 0);
}

/* ---- phases ---- */

static bool do_once(struct guest_driver *driver, struct guest_cpu *cpu, enum guest_phase phase)
{
	switch (phase) {
	case GUEST_PHASE_PROBE:
		return probe(driver, cpu);
	case GUEST_PHASE_RESET:
		return reset(driver, cpu);
	case GUEST_PHASE_BRING_UP:
		return bring_up(driver, cpu);
	case GUEST_PHASE_ERROR:
		return provoke_error(driver, cpu, 0);
	case GUEST_PHASE_DISABLE_VINTF:
		return end_vintf(driver, cpu);
	case GUEST_PHASE_DISABLE_CMDQV:
		return end_cmdqv(driver, cpu, 0);
	default:
		return true;
	}
}

static bool do_phase(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index,
		     enum guest_phase phase)
{
	if (phase == GUEST_PHASE_INVALIDATE_VINTF && driver->mailbox->rounds)
		return guest_dma_run(driver, cpu, index);
	if (phase == GUEST_PHASE_INVALIDATE_DIRECT && driver->mailbox->rounds)
		return true;
	if (phase == GUEST_PHASE_INVALIDATE_VINTF)
		return invalidate(driver, cpu, index, CMDQV_VINTF_PAGE0);
	if (phase == GUEST_PHASE_INVALIDATE_DIRECT)
		return invalidate(driver, cpu, index, CMDQV_DIRECT_PAGE0);
	return index == 0 ? do_once(driver, cpu, phase) : true;
}

/* Tells the VMM what the phase came to, and begins to count anew. */
static void report(struct guest_driver *driver, struct guest_cpu *cpu, enum guest_phase phase)
{
	struct guest_outcome *outcome = &driver->mailbox->outcome;

	/* The vCPU that has failed is about to say how. */
	while (driver_is_failing(driver))
		(void)guest_relax(cpu);
	if (driver_has_failed(driver)) {
		*outcome = driver->failure;
	} else if (atomic_load(&driver->mailbox->stop)) {
		/* Member by member: there is no memset() here. */
		outcome->check = GUEST_CHECK_STOPPED;
		outcome->offset = GUEST_NOWHERE;
	}
	outcome->batches = atomic_exchange(&driver->batches, 0);
	outcome->tlbis = atomic_exchange(&driver->tlbis, 0);
	outcome->syncs = atomic_exchange(&driver->syncs, 0);
	for (uint32_t e = 0; e < GUEST_CONS_ERRORS; e++)
		outcome->errors[e] = atomic_exchange(&driver->errors[e], 0);
	guest_report(cpu, phase);
}

void guest_driver_init(struct guest_driver *driver, struct guest_mailbox *mailbox)
{
	driver->mailbox = mailbox;
	driver->queue_count = 1U << mailbox->log2_queues;
}

/* vCPU 0 knows where the rings are before the others use them: phases begin with a meeting. */
static void place_rings(struct guest_driver *driver, struct guest_cpu *cpu)
{
	uint64_t bytes = (uint64_t)CMDQV_ENTRY_BYTES << driver->mailbox->log2size;

	for (uint32_t q = 0; q < driver->queue_count; q++) {
		driver->queues[q].gpa = driver->mailbox->rings + q * bytes;
		driver->queues[q].ring = guest_memory(cpu, driver->queues[q].gpa);
	}
}

void guest_driver_run(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index)
{
	if (index == 0)
		place_rings(driver, cpu);
	for (enum guest_phase phase = 0; phase < GUEST_PHASE_COUNT; phase++) {
		bool fine = meet(driver, cpu) && do_phase(driver, cpu, index, phase) &&
			    meet(driver, cpu);

		if (index == 0)
			report(driver, cpu, phase);
		if (!fine)
			return;
	}
}
