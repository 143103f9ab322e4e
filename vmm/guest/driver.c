/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. Probe, reset and bring-up make the accesses that Linux 7.2 makes, in its
 * order, and none besides: a test compares them with a recording. A batch is written into
 * the ring of a queue, PROD is stored, CONS is read until it has reached PROD. The interrupt
 * handler is Linux' as well. docs/spec.md section 2.1 has all of it in words.
 *
 * Unlike Linux
 *  - a vCPU owns the queue while it sends a batch, and batches go round all queues, so
 *    that each is used whatever the number of vCPUs; Linux lets CPUs share a queue
 *    without a lock and picks it by the CPU's number;
 *  - there is no SMMU beside the CMDQV, so the CMD_SYNC on the SMMU's own queue that
 *    follows the disabling of a queue is missing;
 *  - time-outs are counted, in looks (mailbox->patience), or the VMM's, which sets
 *    mailbox->stop: the guest has no clock.
 */
#include "driver.h"
#include "dma.h"
#include "platform.h"

/* ---- where registers are ---- */

static uint32_t vintf_register(uint32_t reg)
{
	return CMDQV_VINTF_BLOCK + reg;
}

static uint32_t queue_register(uint32_t page, uint32_t queue, uint32_t reg)
{
	return page + queue * CMDQV_SLOT_STRIDE + reg;
}

/* A page-0 register of a logical queue, as the driver reaches it. */
static uint32_t page0(uint32_t queue, uint32_t reg)
{
	return queue_register(CMDQV_VINTF_PAGE0, queue, reg);
}

static uint32_t page1(uint32_t queue, uint32_t reg)
{
	return queue_register(CMDQV_VINTF_PAGE1, queue, reg);
}

static uint32_t alloc_register(uint32_t queue)
{
	return CMDQV_REG_CMDQ_ALLOC + 4 * queue;
}

/* ---- failing, waiting, meeting ---- */

enum failing { NOT_FAILED, FAILING, FAILED };

/* Takes down the first failure of all vCPUs; the others only learn that there was one. */
static bool fail(struct guest_driver *driver, enum guest_check check, uint32_t offset,
		 uint64_t expected, uint64_t found)
{
	uint32_t state = NOT_FAILED;

	if (!atomic_compare_exchange_strong(&driver->failed, &state, FAILING))
		return false;
	driver->failure.check = check;
	driver->failure.offset = offset;
	driver->failure.expected = expected;
	driver->failure.found = found;
	atomic_store(&driver->failed, FAILED);
	return false;
}

static bool given_up(struct guest_driver *driver)
{
	return atomic_load(&driver->failed) != NOT_FAILED || atomic_load(&driver->mailbox->stop);
}

/* In each turn of a loop that waits. Returns false if waiting has become pointless. */
static bool keep_waiting(struct guest_driver *driver, struct guest_cpu *cpu)
{
	guest_relax(cpu);
	return !given_up(driver);
}

/* Has it looked so often that whatever it waits for must be taken for lost? */
static bool is_late(const struct guest_driver *driver, uint32_t looks)
{
	return driver->mailbox->patience && looks >= driver->mailbox->patience;
}

bool guest_driver_fail(struct guest_driver *driver, enum guest_check check, uint64_t expected,
		       uint64_t found)
{
	return fail(driver, check, GUEST_NOWHERE, expected, found);
}

bool guest_driver_wait(struct guest_driver *driver, struct guest_cpu *cpu)
{
	return keep_waiting(driver, cpu);
}

/* Waits for bits of a register to read `wanted`. */
static bool wait_for(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t offset,
		     uint32_t mask, uint32_t wanted)
{
	uint32_t value = guest_read32(cpu, offset);
	uint32_t looks = 0;

	while ((value & mask) != wanted) {
		if (is_late(driver, ++looks) || !keep_waiting(driver, cpu))
			return fail(driver, GUEST_CHECK_STOPPED, offset, wanted, value & mask);
		value = guest_read32(cpu, offset);
	}
	return true;
}

/* Checks bits of a register that is read once. */
static bool expect(struct guest_driver *driver, struct guest_cpu *cpu, enum guest_check check,
		   uint32_t offset, uint32_t mask, uint32_t wanted)
{
	uint32_t value = guest_read32(cpu, offset);

	if ((value & mask) != wanted)
		return fail(driver, check, offset, wanted, value & mask);
	return true;
}

/*
 * Returns when all vCPUs have come here; false: that is pointless. Whoever does not come
 * says why, not those who wait for it.
 */
static bool meet(struct guest_driver *driver, struct guest_cpu *cpu)
{
	uint32_t turn = atomic_load(&driver->turn);

	if (atomic_fetch_add(&driver->arrived, 1) + 1 == driver->mailbox->cpus) {
		atomic_store(&driver->arrived, 0);
		atomic_store(&driver->turn, turn + 1);
	}
	while (atomic_load(&driver->turn) == turn) {
		if (!keep_waiting(driver, cpu))
			return false;
	}
	return !given_up(driver);
}

/* ---- probe, reset, bring-up ---- */

static bool probe(struct guest_driver *driver, struct guest_cpu *cpu)
{
	const struct guest_mailbox *mailbox = driver->mailbox;
	uint32_t wanted = CMDQV_SET(CMDQV_PARAM_VER, 1U) |
			  CMDQV_SET(CMDQV_PARAM_NUM_VCMDQ_LOG2, mailbox->log2_queues) |
			  CMDQV_SET(CMDQV_PARAM_NUM_SID_PER_VM_LOG2, mailbox->log2_sids);

	(void)guest_read32(cpu, CMDQV_REG_CONFIG);
	return expect(driver, cpu, GUEST_CHECK_PARAM, CMDQV_REG_PARAM, UINT32_MAX, wanted);
}

static bool enable_cmdqv(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t config)
{
	guest_write32(cpu, CMDQV_REG_CONFIG, config | CMDQV_CONFIG_CMDQV_EN);
	return wait_for(driver, cpu, CMDQV_REG_STATUS, CMDQV_STATUS_CMDQV_ENABLED, 1);
}

static bool disable_cmdqv(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t config)
{
	guest_write32(cpu, CMDQV_REG_CONFIG, config & ~CMDQV_CONFIG_CMDQV_EN);
	return wait_for(driver, cpu, CMDQV_REG_STATUS, CMDQV_STATUS_CMDQV_ENABLED, 0);
}

static bool disable_vintf(struct guest_driver *driver, struct guest_cpu *cpu)
{
	guest_write32(cpu, vintf_register(CMDQV_REG_VINTF_CONFIG), 0);
	return wait_for(driver, cpu, vintf_register(CMDQV_REG_VINTF_STATUS),
			CMDQV_VINTF_STATUS_ENABLED, 0);
}

/* Asks for ownership as a host would, and checks that it was not given. */
static bool enable_vintf(struct guest_driver *driver, struct guest_cpu *cpu)
{
	uint32_t config = vintf_register(CMDQV_REG_VINTF_CONFIG);

	guest_write32(cpu, config, CMDQV_VINTF_CONFIG_HYP_OWN);
	guest_write32(cpu, config, CMDQV_VINTF_CONFIG_HYP_OWN | CMDQV_VINTF_CONFIG_ENABLE);
	return wait_for(driver, cpu, vintf_register(CMDQV_REG_VINTF_STATUS),
			CMDQV_VINTF_STATUS_ENABLED, 1) &&
	       expect(driver, cpu, GUEST_CHECK_HYP_OWN, config,
		      CMDQV_VINTF_CONFIG_HYP_OWN | CMDQV_VINTF_CONFIG_ENABLE,
		      CMDQV_VINTF_CONFIG_ENABLE);
}

/* Brings a queue into a known state, whatever it was in. */
static bool clear_queue(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t queue)
{
	uint32_t gerrorn;
	uint32_t gerror;

	guest_write32(cpu, page0(queue, CMDQV_REG_VCMDQ_CONFIG), 0);
	if (!wait_for(driver, cpu, page0(queue, CMDQV_REG_VCMDQ_STATUS), CMDQV_VCMDQ_STATUS_EN_OK,
		      0))
		return false;
	guest_write32(cpu, page0(queue, CMDQV_REG_VCMDQ_PROD), 0);
	guest_write32(cpu, page0(queue, CMDQV_REG_VCMDQ_CONS), 0);
	guest_write64(cpu, page1(queue, CMDQV_REG_VCMDQ_BASE), 0);
	guest_write64(cpu, page1(queue, CMDQV_REG_VCMDQ_CONS_INDX_BASE), 0);
	gerrorn = guest_read32(cpu, page0(queue, CMDQV_REG_VCMDQ_GERRORN));
	gerror = guest_read32(cpu, page0(queue, CMDQV_REG_VCMDQ_GERROR));
	if (gerror != gerrorn)
		guest_write32(cpu, page0(queue, CMDQV_REG_VCMDQ_GERRORN), gerror);
	return true;
}

static void unmap_queue(struct guest_cpu *cpu, uint32_t queue)
{
	uint32_t alloc = guest_read32(cpu, alloc_register(queue));

	guest_write32(cpu, alloc_register(queue), alloc & ~CMDQV_CMDQ_ALLOC_ALLOCATED);
}

static void map_queue(struct guest_cpu *cpu, uint32_t queue)
{
	uint32_t alloc = guest_read32(cpu, alloc_register(queue));

	guest_write32(cpu, alloc_register(queue), alloc | CMDQV_CMDQ_ALLOC_ALLOCATED);
}

static bool enable_queue(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t queue)
{
	guest_write32(cpu, page0(queue, CMDQV_REG_VCMDQ_CONFIG), CMDQV_VCMDQ_CONFIG_EN);
	return wait_for(driver, cpu, page0(queue, CMDQV_REG_VCMDQ_STATUS), CMDQV_VCMDQ_STATUS_EN_OK,
			1);
}

static void clear_sids(struct guest_driver *driver, struct guest_cpu *cpu)
{
	for (uint32_t s = 0; s < 1U << driver->mailbox->log2_sids; s++) {
		guest_write32(cpu, vintf_register(CMDQV_REG_SID_MATCH + 4 * s), 0);
		guest_write32(cpu, vintf_register(CMDQV_REG_SID_REPLACE + 4 * s), 0);
	}
}

static bool reset(struct guest_driver *driver, struct guest_cpu *cpu)
{
	uint32_t config = guest_read32(cpu, CMDQV_REG_CONFIG);

	if (!disable_cmdqv(driver, cpu, config) || !enable_cmdqv(driver, cpu, config))
		return false;
	for (uint32_t q = 0; q < driver->queue_count; q++)
		guest_write32(cpu, alloc_register(q), CMDQV_SET(CMDQV_CMDQ_ALLOC_LVCMDQ, q));
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
		guest_write64(cpu, page1(q, CMDQV_REG_VCMDQ_BASE),
			      driver->queues[q].gpa | driver->mailbox->log2size);
		if (!enable_queue(driver, cpu, q))
			return false;
	}
	return true;
}

/* ---- batches ---- */

/* What a command consists of. */
struct command {
	uint64_t word[2];
};

static struct command sync_command(void)
{
	/* MSH and MSIATTR as Linux sets them; without CS they mean nothing. */
	return (struct command){{CMDQV_OP_CMD_SYNC | CMDQV_SET(CMDQV_SYNC0_MSH, 3ULL) |
					 CMDQV_SET(CMDQV_SYNC0_MSIATTR, 15ULL),
				 0}};
}

static struct command illegal_command(void)
{
	return (struct command){{GUEST_ILLEGAL_OPCODE, 0}};
}

/* The next page of this vCPU's own address space: leaf, level 3, a range of one page. */
static struct command tlbi_command(struct guest_driver *driver, uint32_t index)
{
	uint64_t va = GUEST_FIRST_VA + GUEST_VA_STRIDE * driver->sent_by_cpu[index]++;

	return (struct command){{CMDQV_OP_TLBI_NH_VA | CMDQV_SET(CMDQV_TLBI0_ASID, index + 1ULL),
				 va | CMDQV_TLBI1_LEAF | CMDQV_SET(CMDQV_TLBI1_TTL, 3ULL) |
					 CMDQV_SET(CMDQV_TLBI1_TG, 1ULL)}};
}

/* Everything that the device has cached. */
static struct command atc_command(void)
{
	return (struct command){{CMDQV_OP_ATC_INV | CMDQV_SET(CMDQV_CMD0_SID, (uint64_t)GUEST_VSID),
				 CMDQV_SET(CMDQV_ATC1_SIZE, 52ULL)}};
}

static void store_command(struct guest_driver *driver, uint32_t queue, uint32_t index,
			  struct command command)
{
	uint32_t entry = index & ((1U << driver->mailbox->log2size) - 1);
	_Atomic uint64_t *slot = &driver->queues[queue].ring[2 * (uint64_t)entry];

	atomic_store_explicit(&slot[0], command.word[0], memory_order_relaxed);
	atomic_store_explicit(&slot[1], command.word[1], memory_order_relaxed);
}

/* How PROD and CONS count: the index and a wrap bit above it. */
static uint32_t advance(const struct guest_driver *driver, uint32_t index, uint32_t by)
{
	return (index + by) & ((2U << driver->mailbox->log2size) - 1);
}

static bool take_queue(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t queue)
{
	while (atomic_exchange(&driver->queues[queue].taken, 1)) {
		if (!keep_waiting(driver, cpu))
			return fail(driver, GUEST_CHECK_STOPPED, GUEST_NOWHERE, 0, 0);
	}
	return true;
}

static void give_queue(struct guest_driver *driver, uint32_t queue)
{
	atomic_store(&driver->queues[queue].taken, 0);
}

/* Stores PROD and waits for CONS, through one of the two pages that show them. */
static bool ring(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t page, uint32_t queue)
{
	uint32_t prod = driver->queues[queue].prod;
	uint32_t cons = queue_register(page, queue, CMDQV_REG_VCMDQ_CONS);

	guest_write32(cpu, queue_register(page, queue, CMDQV_REG_VCMDQ_PROD), prod);
	return wait_for(driver, cpu, cons, CMDQV_VCMDQ_CONS_INDEX, prod);
}

struct batch {
	uint32_t page; /* the aperture: CMDQV_VINTF_PAGE0 or CMDQV_DIRECT_PAGE0 */
	uint32_t queue;
	bool illegal; /* one command in the middle must be refused */
};

static void fill_batch(struct guest_driver *driver, uint32_t index, const struct batch *batch)
{
	struct guest_queue *queue = &driver->queues[batch->queue];
	uint32_t before_sync = driver->mailbox->batch_size - 1;
	bool atc = driver->mailbox->atc;

	for (uint32_t i = 0; i < before_sync; i++) {
		bool illegal = batch->illegal && i == before_sync / 2;
		bool last = i == before_sync - 1;

		store_command(driver, batch->queue, advance(driver, queue->prod, i),
			      illegal	    ? illegal_command()
			      : atc && last ? atc_command()
					    : tlbi_command(driver, index));
	}
	store_command(driver, batch->queue, advance(driver, queue->prod, before_sync),
		      sync_command());
	queue->prod = advance(driver, queue->prod, before_sync + 1);

	atomic_fetch_add(&driver->tlbis,
			 before_sync - (batch->illegal ? 1U : 0U) - (atc ? 1U : 0U));
	atomic_fetch_add(&driver->syncs, 1);
}

static bool send_batch(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index,
		       const struct batch *batch)
{
	bool done;

	if (!take_queue(driver, cpu, batch->queue))
		return false;
	fill_batch(driver, index, batch);
	done = ring(driver, cpu, batch->page, batch->queue);
	give_queue(driver, batch->queue);
	atomic_fetch_add(&driver->batches, 1);
	return done;
}

bool guest_driver_send(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t queue,
		       const uint64_t *tlbis, uint32_t count)
{
	struct guest_queue *to = &driver->queues[queue];
	bool done;

	if (!take_queue(driver, cpu, queue))
		return false;
	for (uint32_t i = 0; i < count; i++)
		store_command(driver, queue, advance(driver, to->prod, i),
			      (struct command){{tlbis[2 * i], tlbis[2 * i + 1]}});
	store_command(driver, queue, advance(driver, to->prod, count), sync_command());
	to->prod = advance(driver, to->prod, count + 1);
	atomic_fetch_add(&driver->tlbis, count);
	atomic_fetch_add(&driver->syncs, 1);
	done = ring(driver, cpu, CMDQV_VINTF_PAGE0, queue);
	give_queue(driver, queue);
	atomic_fetch_add(&driver->batches, 1);
	return done;
}

/* This vCPU's share of the batches, round all queues. */
static bool invalidate(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index,
		       uint32_t page)
{
	for (uint64_t b = index; b < driver->mailbox->batches; b += driver->mailbox->cpus) {
		struct batch batch = {.page = page, .queue = (uint32_t)(b % driver->queue_count)};

		if (!send_batch(driver, cpu, index, &batch))
			return false;
	}
	return true;
}

/* ---- errors ---- */

/*
 * A command that can never succeed is replaced by one that does; others are fetched
 * again. The acknowledgement lets the queue go on.
 */
static void handle_queue_error(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t queue)
{
	uint32_t gerror = guest_read32(cpu, page0(queue, CMDQV_REG_VCMDQ_GERROR));
	uint32_t cons = guest_read32(cpu, page0(queue, CMDQV_REG_VCMDQ_CONS));
	uint32_t error = (uint32_t)CMDQV_GET(CMDQV_VCMDQ_CONS_ERR, cons);

	atomic_fetch_add(&driver->errors[error < GUEST_CONS_ERRORS ? error : 0], 1);
	switch (error) {
	case CMDQV_CERROR_NONE:
	case CMDQV_CERROR_ABT:
	case CMDQV_CERROR_ATC_INV_SYNC:
		break;
	default:
		store_command(driver, queue, CMDQV_GET(CMDQV_VCMDQ_CONS_INDEX, cons),
			      (struct command){{CMDQV_OP_CMD_SYNC, 0}});
		atomic_fetch_add(&driver->syncs, 1);
	}
	guest_write32(cpu, page0(queue, CMDQV_REG_VCMDQ_GERRORN), gerror);
}

static void handle_vintf_errors(struct guest_driver *driver, struct guest_cpu *cpu)
{
	for (uint32_t m = 0; m < CMDQV_MAX_VCMDQS / 64; m++) {
		uint64_t map = guest_read64(cpu, vintf_register(CMDQV_REG_LVCMDQ_ERR_MAP + 8 * m));

		atomic_fetch_or(&driver->lvcmdq_map[m], map);
		for (uint32_t bit = 0; bit < 64; bit++) {
			if (map >> bit & 1 && 64 * m + bit < driver->queue_count)
				handle_queue_error(driver, cpu, 64 * m + bit);
		}
	}
}

void guest_driver_interrupt(struct guest_driver *driver, struct guest_cpu *cpu)
{
	uint32_t vintfs;

	(void)guest_read32(cpu, CMDQV_REG_VI_ERR_MAP + 4);
	vintfs = guest_read32(cpu, CMDQV_REG_VI_ERR_MAP);
	for (uint32_t m = CMDQV_MAX_VCMDQS / 32; m-- > 0;)
		atomic_fetch_or(&driver->error_map[m],
				guest_read32(cpu, CMDQV_REG_CMDQ_ERR_MAP + 4 * m));
	if (!(vintfs & 1))
		return;
	handle_vintf_errors(driver, cpu);
	atomic_fetch_add(&driver->interrupts, 1);
}

/* What the handler saw so far, it saw of errors that nobody provoked. */
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
		return fail(driver, GUEST_CHECK_NO_INTERRUPT, GUEST_NOWHERE, 1, 0);
	for (uint32_t m = 0; m < CMDQV_MAX_VCMDQS / 32; m++) {
		uint32_t wanted = queue / 32 == m ? 1U << queue % 32 : 0;
		uint32_t found = atomic_load(&driver->error_map[m]);

		if (found != wanted)
			return fail(driver, GUEST_CHECK_ERROR_MAPS, CMDQV_REG_CMDQ_ERR_MAP + 4 * m,
				    wanted, found);
	}
	for (uint32_t m = 0; m < CMDQV_MAX_VCMDQS / 64; m++) {
		uint64_t wanted = queue / 64 == m ? 1ULL << queue % 64 : 0;
		uint64_t found = atomic_load(&driver->lvcmdq_map[m]);

		if (found != wanted)
			return fail(driver, GUEST_CHECK_ERROR_MAPS,
				    vintf_register(CMDQV_REG_LVCMDQ_ERR_MAP + 8 * m), wanted,
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
	if (!send_batch(driver, cpu, index, &batch) || !check_interrupt(driver, last) ||
	    !expect(driver, cpu, GUEST_CHECK_ERROR_STAYS, CMDQV_REG_VI_ERR_MAP, UINT32_MAX, 0) ||
	    !expect(driver, cpu, GUEST_CHECK_CONS_ERROR, page0(last, CMDQV_REG_VCMDQ_CONS),
		    CMDQV_VCMDQ_CONS_ERR, 0))
		return false;
	batch.illegal = false;
	for (uint32_t b = 0; b < GUEST_BATCHES_AFTER_ERROR; b++) {
		batch.queue = (last + b) % driver->queue_count;
		if (!send_batch(driver, cpu, index, &batch))
			return false;
	}
	return true;
}

/* ---- disable ---- */

static bool expect_queues_dead(struct guest_driver *driver, struct guest_cpu *cpu)
{
	for (uint32_t q = 0; q < driver->queue_count; q++) {
		if (!expect(driver, cpu, GUEST_CHECK_QUEUE_LIVES, page0(q, CMDQV_REG_VCMDQ_STATUS),
			    UINT32_MAX, 0))
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
	if (!enable_queue(driver, cpu, batch.queue) || !send_batch(driver, cpu, index, &batch))
		return false;
	return disable_cmdqv(driver, cpu, guest_read32(cpu, CMDQV_REG_CONFIG)) &&
	       expect_queues_dead(driver, cpu) &&
	       expect(driver, cpu, GUEST_CHECK_VINTF_LIVES, vintf_register(CMDQV_REG_VINTF_STATUS),
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

	/* Whoever has failed is about to say how. */
	while (atomic_load(&driver->failed) == FAILING)
		guest_relax(cpu);
	if (atomic_load(&driver->failed) == FAILED) {
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
