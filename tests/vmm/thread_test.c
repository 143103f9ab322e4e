/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads' substitute for a memslot, alone: the driver is a loop that stores into the
 * page as fast as it can, and the page is this test's.
 */
#include "upcall.h"

#include "guest/judge.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"

#define PROD 0x30004U
#define ROUNDS 50

static _Atomic uint64_t traps; /* stores that did not go to the page */

/* ---- what the driver and the VMM would be ---- */

void guest_driver_init(struct guest_driver *driver, struct guest_mailbox *mailbox)
{
	driver->mailbox = mailbox;
}

void guest_driver_run(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index)
{
	uint32_t value = 0;

	while (!atomic_load(&driver->mailbox->stop)) {
		guest_write32(cpu, PROD + 0x80 * index, ++value);
		(void)guest_read32(cpu, PROD + 0x80 * index);
	}
}

void vmm_access(struct vmm *vmm, struct cmdqv_mmio *access)
{
	(void)vmm;
	(void)access;
	atomic_fetch_add(&traps, 1);
}

void vmm_phase_ended(struct vmm *vmm, enum guest_phase phase)
{
	(void)vmm;
	(void)phase;
}

void guest_judge(struct guest_cpu *cpu)
{
	(void)cpu;
}

void vmm_say(struct vmm *vmm)
{
	(void)vmm;
}

void vmm_pause(struct vmm *vmm)
{
	(void)vmm;
}

void vmm_cpu_done(struct vmm *vmm)
{
	(void)vmm;
}

int cmdqv_error_set(struct cmdqv_error *error, int code, const char *id, const char *format, ...)
{
	(void)error;
	(void)id;
	(void)format;
	return code;
}

static void wait_for_store(_Atomic uint32_t *word)
{
	while (!atomic_load(word))
		sched_yield();
}

static void wait_for_trap(void)
{
	uint64_t before = atomic_load(&traps);

	while (atomic_load(&traps) == before)
		sched_yield();
}

/* [DEV-19] The plain stores of memset() race with any store that comes late. */
TEST(no_store_lands_once_the_page_was_withdrawn)
{
	struct guest_mailbox mailbox = {.cpus = 2};
	struct vmm vmm = {.config = {.vcpus = 2}, .mailbox = &mailbox};
	struct cmdqv_page_view view = {.fd = -1, .length = 0x10000};
	struct machine *machine;
	uint32_t *page = aligned_alloc(0x10000, 0x10000);

	assert_non_null(page);
	memset(page, 0, 0x10000);
	view.host = page;
	assert_int_equal(machine_thread.create(&machine, &vmm, NULL), 0);
	assert_int_equal(machine->ops->start(machine, NULL), 0);
	for (int round = 0; round < ROUNDS; round++) {
		assert_int_equal(machine->ops->map_page0(machine, &view), 0);
		wait_for_store((_Atomic uint32_t *)&page[1]);
		wait_for_store((_Atomic uint32_t *)&page[1 + 0x80 / 4]);
		machine->ops->unmap_page0(machine);
		memset(page, 0, 0x10000);
		wait_for_trap();
		assert_int_equal(page[1], 0);
		assert_int_equal(page[1 + 0x80 / 4], 0);
	}
	atomic_store(&mailbox.stop, 1);
	machine->ops->stop(machine);
	machine->ops->destroy(machine);
	free(page);
}
