/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole runs on the iommufd backend: a guest in threads, on the front of tests/iommufd/. The
 * hardware is a thread of this test, which the VMM knows nothing of.
 */
#include "../iommufd/front.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "whole.h"

enum { TLBI_NH_VA = 0x12, CMD_SYNC = 0x46, VIOMMU_ALLOC = 0x3B90 };

struct hardware {
	struct cmdqv_soft_host *host;
	pthread_t thread;
	atomic_bool stop;
	_Atomic uint64_t tlbis;
	_Atomic uint64_t syncs;
	_Atomic uint64_t others;
	_Atomic uint64_t share; /* executed on a vIOMMU before its VM is to move; 0: it stays */
	_Atomic uint64_t slow_at;
};

static int execute(void *user, const struct cmdqv_command *command)
{
	struct hardware *hardware = user;

	/* VINTF 0 is the host's own: its CMD_SYNCs do not count. */
	if (command->vintf == 0)
		return 0;
	if (command->opcode == TLBI_NH_VA)
		hardware->tlbis++;
	else if (command->opcode == CMD_SYNC)
		hardware->syncs++;
	else
		hardware->others++;
	return 0;
}

/*
 * Once a move is due hardware executes a command in a millisecond until there is another vIOMMU:
 * the guest has work for minutes when the VMM comes to move it, however busy the machine is.
 */
static bool is_slow(const struct hardware *hardware)
{
	return hardware->share && hardware->tlbis + hardware->syncs > hardware->slow_at;
}

static void viommu_opened(void *context, unsigned long number, uint8_t *argument)
{
	struct hardware *hardware = context;

	(void)argument;
	if (number == VIOMMU_ALLOC)
		hardware->slow_at = hardware->tlbis + hardware->syncs + hardware->share;
}

static void *be_hardware(void *argument)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	struct hardware *hardware = argument;

	while (!atomic_load(&hardware->stop)) {
		bool slow = is_slow(hardware);

		if (slow)
			nanosleep(&moment, NULL);
		if (cmdqv_soft_host_pending(hardware->host))
			(void)front_run(hardware->host, slow ? 1 : 64);
		else
			sched_yield();
	}
	return NULL;
}

static void host_open(struct hardware *hardware)
{
	struct cmdqv_soft_host_config config = front_grace;

	config.granule_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	memset(hardware, 0, sizeof(*hardware));
	hardware->host = front_create(&config, execute, hardware);
	assert_int_equal(pthread_create(&hardware->thread, NULL, be_hardware, hardware), 0);
}

/* Fails unless all is closed and unmapped [DEV-19]. */
static void host_close(struct hardware *hardware)
{
	atomic_store(&hardware->stop, true);
	pthread_join(hardware->thread, NULL);
	front_fail(0, 0, 0);
	front_fail_ioctl(0, 0);
	assert_int_equal(front_pages_in_ioas(), 0);
	front_close(hardware->host);
	cmdqv_soft_host_destroy(hardware->host);
}

static struct vmm_config small_config(void)
{
	struct vmm_config config = whole_config(VMM_GUEST_THREAD);

	config.backend = VMM_BACKEND_IOMMUFD;
	config.device = "/dev/vfio/devices/vfio0";
	config.vcpus = 2;
	return config;
}

static void say_if_not_ok(const char *line)
{
	if (strncmp(line, "ok", 2) != 0)
		print_message("%s\n", line);
}

/* The cases of conformance/, in the guest's place. */
TEST(a_guest_that_judges_finds_no_fault)
{
	struct vmm_config config = small_config();
	struct hardware hardware;

	host_open(&hardware);
	config.vcpus = 1;
	config.judge_say = say_if_not_ok;
	(void)whole_run_well(&config);
	host_close(&hardware);
}

/* [DEV-29] Another vIOMMU of the same SMMU: CONS goes on, and the page costs no exit there either.
 */
TEST(a_guest_moves_to_another_viommu)
{
	struct vmm_config config = small_config();
	struct hardware hardware;
	struct vmm_report report;

	host_open(&hardware);
	config.batches = 20000;
	config.moves = 2;
	hardware.share = 2 * config.batches * config.batch_size / (config.moves + 1);
	front_tamper_with(viommu_opened, &hardware);
	report = whole_run_well(&config);
	front_tamper_with(NULL, NULL);
	assert_int_equal(report.moves.made, 2);
	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		assert_int_equal(report.phases[3].exits[page], 0);
	host_close(&hardware);
}

/* [DEV-18] [DEV-21] [DEV-24] What was sent is counted by the guest, what was executed here. */
TEST(a_guest_reaches_hardware_through_the_page_without_an_exit)
{
	struct vmm_config config = small_config();
	struct hardware hardware;
	struct vmm_report report;
	uint64_t tlbis = 0;
	uint64_t syncs = 0;

	host_open(&hardware);
	report = whole_run_well(&config);
	assert_true(report.by_hardware);
	assert_int_equal(report.phase_count, 8);
	assert_int_equal(report.phases[3].page0, CMDQV_PAGE0_MAPPED);
	assert_int_equal(report.phases[3].batches, 20);
	assert_int_equal(report.phases[3].sent_tlbis, 140);
	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		assert_int_equal(report.phases[3].exits[page], 0);
	for (size_t i = 0; i < report.phase_count; i++) {
		tlbis += report.phases[i].sent_tlbis;
		syncs += report.phases[i].sent_syncs;
	}
	assert_int_equal(hardware.tlbis, tlbis);
	assert_int_equal(hardware.syncs, syncs);
	assert_int_equal(hardware.others, 0);
	assert_non_null(strstr(report.verdict, "hardware"));
	assert_null(strstr(report.verdict, "exactly"));
	host_close(&hardware);
}

/* [DEV-20] */
TEST(a_page_that_is_not_mapped_traps_on_hardware_too)
{
	struct vmm_config config = small_config();
	struct hardware hardware;
	struct vmm_report report;

	config.map_page0 = false;
	host_open(&hardware);
	report = whole_run_well(&config);
	assert_int_equal(report.phases[3].page0, CMDQV_PAGE0_TRAPPED);
	assert_true(report.phases[3].exits[CMDQV_AT_VINTF0] >= 40);
	host_close(&hardware);
}

TEST(what_hardware_cannot_give_is_refused_before_the_guest_runs)
{
	struct vmm_config config;
	struct hardware hardware;

	host_open(&hardware);
	config = small_config();
	config.log2_queues = 2;
	whole_refused(&config, "gives a VM 2 queues, not 4");
	config = small_config();
	config.batch_size = 1024;
	if (sysconf(_SC_PAGESIZE) == 4096)
		whole_refused(&config, "room for 256 commands");
	config = small_config();
	config.device = NULL;
	whole_refused(&config, "no VFIO device");
	config = small_config();
	config.fault_count = 1;
	whole_refused(&config, "leave them out");
	config = small_config();
	config.dma_rounds = 1;
	whole_refused(&config, "leave them out");
	host_close(&hardware);
}

/* [DEV-17] */
TEST(a_queue_that_the_kernel_refuses_is_said_in_the_verdict)
{
	struct vmm_config config = small_config();
	struct hardware hardware;
	struct vmm_report report;

	config.patience_ms = 100; /* the guest would wait in vain */
	host_open(&hardware);
	front_fail_ioctl(0x3B94, EFAULT);
	report = whole_run(&config);
	assert_false(report.ok);
	assert_non_null(strstr(report.verdict, "in phase bring-up the guest found"));
	assert_non_null(strstr(report.verdict, "back the RAM with larger pages"));
	host_close(&hardware);
}

/* Lives to whichever end. Returns how many calls that took. */
static uint32_t live_with(uint32_t n, int error)
{
	struct vmm_config config = small_config();
	struct cmdqv_error why = {.text = ""};
	struct hardware hardware;
	struct vmm_report report;
	struct vmm *vmm;
	uint32_t calls;

	config.patience_ms = 100; /* a guest whose queue was not bound waits in vain */
	config.moves = 1;	  /* [DEV-29] a host that refuses it ends the run, with a reason */
	host_open(&hardware);
	front_fail(n, n, error);
	if (vmm_create(&vmm, &config, &why)) {
		assert_true(why.code < 0 && why.text[0] != 0);
	} else {
		(void)vmm_run(vmm, &report, &why);
		vmm_destroy(vmm);
	}
	calls = front_calls();
	host_close(&hardware);
	return calls;
}

/* [DEV-17] [DEV-31] How often events are polled for is not always the same. */
TEST(a_failure_of_any_call_in_a_run_leaves_nothing_behind)
{
	static const int errors[] = {EIO, EBUSY, ENOMEM};
	uint32_t calls = live_with(0, 0);

	assert_true(calls > 20);
	for (size_t e = 0; e < COUNT(errors); e++)
		for (uint32_t n = 1; n <= calls + 2; n++)
			(void)live_with(n, errors[e]);
}
