/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A batch is written into the ring of a queue, PROD is stored, CONS is read until it has reached
 * PROD. Where a vCPU waits it also takes interrupts, on machines that have no way to interrupt it.
 */
#include "steps.h"

/* ---- failing, waiting ---- */

enum failing { NOT_FAILED, FAILING, FAILED };

bool driver_fail(struct guest_driver *driver, enum guest_check check, uint32_t offset,
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

bool driver_is_failing(const struct guest_driver *driver)
{
	return atomic_load(&driver->failed) == FAILING;
}

bool driver_has_failed(const struct guest_driver *driver)
{
	return atomic_load(&driver->failed) == FAILED;
}

bool driver_given_up(struct guest_driver *driver)
{
	return atomic_load(&driver->failed) != NOT_FAILED || atomic_load(&driver->mailbox->stop);
}

bool driver_keep_waiting(struct guest_driver *driver, struct guest_cpu *cpu)
{
	if (guest_relax(cpu))
		guest_driver_interrupt(driver, cpu);
	return !driver_given_up(driver);
}

bool guest_driver_fail(struct guest_driver *driver, enum guest_check check, uint64_t expected,
		       uint64_t found)
{
	return driver_fail(driver, check, GUEST_NOWHERE, expected, found);
}

/* For the hardware, not for another vCPU. */
bool guest_driver_wait(struct guest_driver *driver, struct guest_cpu *cpu)
{
	atomic_fetch_add(&driver->mailbox->polls, 1);
	return driver_keep_waiting(driver, cpu);
}

bool driver_wait_for(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t offset,
		     uint32_t mask, uint32_t wanted)
{
	uint32_t value = guest_read32(cpu, offset);

	while ((value & mask) != wanted) {
		if (!guest_driver_wait(driver, cpu))
			return driver_fail(driver, GUEST_CHECK_STOPPED, offset, wanted,
					   value & mask);
		value = guest_read32(cpu, offset);
	}
	return true;
}

bool driver_expect(struct guest_driver *driver, struct guest_cpu *cpu, enum guest_check check,
		   uint32_t offset, uint32_t mask, uint32_t wanted)
{
	uint32_t value = guest_read32(cpu, offset);

	if ((value & mask) != wanted)
		return driver_fail(driver, check, offset, wanted, value & mask);
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
	_Atomic uint64_t *at = &driver->queues[queue].ring[2 * (uint64_t)entry];

	atomic_store_explicit(&at[0], command.word[0], memory_order_relaxed);
	atomic_store_explicit(&at[1], command.word[1], memory_order_relaxed);
}

/* How PROD and CONS count: the index and a wrap bit above it. */
static uint32_t advance(const struct guest_driver *driver, uint32_t index, uint32_t by)
{
	return (index + by) & ((2U << driver->mailbox->log2size) - 1);
}

static bool take_queue(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t queue)
{
	/* Where batches never wait, this is where a guest that is told to stop notices. */
	if (driver_given_up(driver))
		return false;
	while (atomic_exchange(&driver->queues[queue].taken, 1)) {
		/* The vCPU that has the queue waits for more, and says for what. */
		if (!driver_keep_waiting(driver, cpu))
			return false;
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
	uint32_t cons = at_queue(page, queue, CMDQV_REG_VCMDQ_CONS);

	guest_write32(cpu, at_queue(page, queue, CMDQV_REG_VCMDQ_PROD), prod);
	return driver_wait_for(driver, cpu, cons, CMDQV_VCMDQ_CONS_INDEX, prod);
}

static void fill_batch(struct guest_driver *driver, uint32_t index, const struct batch *batch)
{
	struct guest_queue *queue = &driver->queues[batch->queue];
	uint32_t before_sync = driver->mailbox->batch_size - 1;
	bool atc = driver->mailbox->atc;
	uint32_t middle = (before_sync - (atc ? 1U : 0U)) / 2; /* not where the ATC_INV is */

	for (uint32_t i = 0; i < before_sync; i++) {
		bool illegal = batch->illegal && i == middle;
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

bool driver_send_batch(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index,
		       const struct batch *batch)
{
	bool done;

	if (!take_queue(driver, cpu, batch->queue))
		return false;
	fill_batch(driver, index, batch);
	done = ring(driver, cpu, batch->page, batch->queue);
	give_queue(driver, batch->queue);
	atomic_fetch_add(&driver->batches, 1);
	atomic_fetch_add(&driver->mailbox->executed, driver->mailbox->batch_size);
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

/* ---- errors ---- */

/*
 * A command that can never succeed is replaced by one that does; others are fetched
 * again. The acknowledgement lets the queue go on.
 */
static void handle_queue_error(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t queue)
{
	uint32_t gerror = guest_read32(cpu, at_page0(queue, CMDQV_REG_VCMDQ_GERROR));
	uint32_t cons = guest_read32(cpu, at_page0(queue, CMDQV_REG_VCMDQ_CONS));
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
	guest_write32(cpu, at_page0(queue, CMDQV_REG_VCMDQ_GERRORN), gerror);
}

static void handle_vintf_errors(struct guest_driver *driver, struct guest_cpu *cpu)
{
	for (uint32_t m = 0; m < CMDQV_MAX_VCMDQS / 64; m++) {
		uint64_t map = guest_read64(cpu, at_vintf(CMDQV_REG_LVCMDQ_ERR_MAP + 8 * m));

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
