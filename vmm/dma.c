/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. The devices look for jobs in guest RAM, so a job costs no exit; they move
 * a piece at a time, under the lock, and let go of it in between, so that commands are
 * executed in the middle of jobs [HW-19]. How long the thread waits when there is nothing
 * to do is the library's poller to say.
 *
 * A physical address is an IPA plus PHYSICAL_RAM, so that one taken for the other reaches
 * nothing; the stream table lies at 0, in the VMM's own memory.
 *
 * A TLBI whose translation is not cached would prove nothing, so those are counted, and
 * the verdict wants none.
 */
#include "dma.h"

#include "guest/dma.h"

#include <cmdqv/model/dma.h>
#include <cmdqv/model/poller.h>
#include <cmdqv/model/smmu.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PHYSICAL_RAM 0x1000000000ULL

/* Stream table entries, as the architecture has them: IHI 0070 5.2. */
#define STE_WORDS 8U
#define STE0_NESTED 0xfULL		    /* V, Config: both stages */
#define STE2_GOOD (1ULL << 51 | 1ULL << 58) /* S2AA64, S2R; S2VMID in the low bits */
#define STREAMS_LOG2 4U			    /* vCPU c has StreamID c + 1 */

enum {
	STEP_BYTES = 256, /* of a job in one turn with the lock */
};

_Static_assert(VMM_MAX_VCPUS < 1U << STREAMS_LOG2, "each vCPU has a stream");

/* A vCPU's device. */
struct lane {
	struct cmdqv_dma *device;
	struct guest_dma_lane *shared;
	uint32_t rung; /* the job that was begun last */
	uint32_t done;
};

struct dma {
	const struct memory *memory;
	pthread_mutex_t *lock;
	uint32_t cpus;
	uint64_t rounds; /* over all vCPUs */
	uint16_t vmid;
	_Alignas(64) uint64_t streams[1U << STREAMS_LOG2][STE_WORDS];
	struct cmdqv_smmu *smmu;
	struct lane lanes[VMM_MAX_VCPUS];

	pthread_t thread;
	bool running;
	_Atomic bool stop;

	uint64_t drop; /* the number of the invalidation to lose, or 0 */
	struct vmm_dma_report report;
};

/* ---- what the SMMU asks for ---- */

static int stage2(void *user, uint16_t vmid, uint64_t ipa, struct cmdqv_smmu_span *span)
{
	const struct dma *dma = user;

	if (vmid != dma->vmid || !memory_contains(dma->memory, ipa, 1))
		return -EFAULT;
	*span = (struct cmdqv_smmu_span){
		.ipa = dma->memory->gpa,
		.bytes = dma->memory->bytes,
		.physical = PHYSICAL_RAM + dma->memory->gpa,
		.writable = true,
	};
	return 0;
}

static void *physical_memory(void *user, uint64_t physical, uint64_t bytes, bool write)
{
	struct dma *dma = user;

	if (physical < sizeof(dma->streams) && bytes <= sizeof(dma->streams) - physical)
		return write ? NULL : (char *)dma->streams + physical;
	if (physical < PHYSICAL_RAM)
		return NULL;
	return memory_at(dma->memory, physical - PHYSICAL_RAM, bytes);
}

/* ---- the devices ---- */

static void begin_job(struct lane *lane, uint32_t rung)
{
	const struct guest_dma_job *from = &lane->shared->job;
	struct cmdqv_dma_job job = {
		.size = sizeof(job),
		.operation =
			from->operation == GUEST_DMA_COPY ? CMDQV_DMA_COPY : CMDQV_DMA_CHECKSUM,
		.source = from->source,
		.destination = from->destination,
		.bytes = from->bytes,
	};

	lane->rung = rung;
	/* A job that wraps is one that comes to nothing. */
	(void)cmdqv_dma_start(lane->device, &job);
}

static void end_job(struct dma *dma, struct lane *lane, const struct cmdqv_dma_state *state)
{
	struct guest_dma_job *job = &lane->shared->job;

	job->aborted = state->status != CMDQV_DMA_DONE;
	job->fault_iova = state->fault_address;
	job->checksum = state->checksum;
	dma->report.jobs++;
	lane->done = lane->rung;
	atomic_store_explicit(&job->done, lane->done, memory_order_release);
}

/* Under the lock. Returns whether the device is busy with a job after it. */
static bool step(struct dma *dma, struct lane *lane)
{
	struct cmdqv_dma_state state = {.size = sizeof(state)};

	(void)cmdqv_dma_step(lane->device, STEP_BYTES);
	(void)cmdqv_dma_get_state(lane->device, &state);
	if (state.status == CMDQV_DMA_RUNNING)
		return true;
	end_job(dma, lane, &state);
	return false;
}

/* Gives a device a turn. Returns whether there was anything to do. */
static bool turn(struct dma *dma, struct lane *lane)
{
	uint32_t rung = atomic_load_explicit(&lane->shared->job.rung, memory_order_acquire);

	if (lane->rung == lane->done && rung == lane->rung)
		return false;
	pthread_mutex_lock(dma->lock);
	if (lane->rung == lane->done)
		begin_job(lane, rung);
	(void)step(dma, lane);
	pthread_mutex_unlock(dma->lock);
	return true;
}

static void *run_devices(void *argument)
{
	struct dma *dma = argument;
	struct cmdqv_poller poller;

	(void)cmdqv_poller_init(&poller, NULL); /* the defaults are in range */
	while (!atomic_load(&dma->stop)) {
		bool found = false;

		for (uint32_t i = 0; i < dma->cpus; i++)
			found |= turn(dma, &dma->lanes[i]);
		(void)cmdqv_poller_wait(&poller, found, NULL, 0);
	}
	return NULL;
}

int dma_start(struct dma *dma)
{
	int err;

	atomic_store(&dma->stop, false);
	err = -pthread_create(&dma->thread, NULL, run_devices, dma);
	dma->running = !err;
	return err;
}

void dma_stop(struct dma *dma)
{
	if (!dma->running)
		return;
	atomic_store(&dma->stop, true);
	pthread_join(dma->thread, NULL);
	dma->running = false;
}

/* ---- commands ---- */

static uint64_t entries_forgotten(const struct dma *dma)
{
	struct cmdqv_smmu_state state = {.size = sizeof(state)};

	(void)cmdqv_smmu_get_state(dma->smmu, &state);
	return state.tlb.invalidated;
}

static bool is_ours(const struct dma *dma, const struct cmdqv_command *command)
{
	return command->opcode == CMDQV_OP_TLBI_NH_VA && command->asid >= GUEST_DMA_FIRST_ASID &&
	       command->asid - GUEST_DMA_FIRST_ASID < dma->cpus;
}

static void invalidate(struct dma *dma, const struct cmdqv_command *command)
{
	struct vmm_dma_report *report = &dma->report;
	uint64_t before = entries_forgotten(dma);

	if (++report->invalidations == dma->drop) {
		report->dropped.number = dma->drop;
		report->dropped.iova = command->address;
		report->dropped.vcpu = command->asid - GUEST_DMA_FIRST_ASID;
		return;
	}
	(void)cmdqv_smmu_execute(dma->smmu, command);
	if (entries_forgotten(dma) != before + 1)
		report->idle_invalidations++;
}

bool dma_execute(struct dma *dma, const struct cmdqv_command *command)
{
	if (!is_ours(dma, command)) {
		(void)cmdqv_smmu_execute(dma->smmu, command);
		return false;
	}
	invalidate(dma, command);
	return true;
}

/* ---- making and unmaking ---- */

static int create_lane(struct dma *dma, uint32_t cpu, struct cmdqv_error *error)
{
	uint64_t gpa = GUEST_DMA + (uint64_t)cpu * GUEST_DMA_STRIDE;
	struct cmdqv_dma_config config = {.size = sizeof(config), .sid = cpu + 1};
	struct lane *lane = &dma->lanes[cpu];

	lane->shared = memory_at(dma->memory, gpa + GUEST_DMA_LANE, sizeof(*lane->shared));
	dma->streams[config.sid][0] = STE0_NESTED | (gpa + GUEST_DMA_CONTEXT);
	dma->streams[config.sid][2] = STE2_GOOD | dma->vmid;
	return cmdqv_dma_create(&lane->device, dma->smmu, &config, error);
}

static int create_parts(struct dma *dma, struct cmdqv_error *error)
{
	const struct cmdqv_smmu_config config = {.size = sizeof(config)};
	const struct cmdqv_smmu_ops ops = {
		.size = sizeof(ops), .stage2 = stage2, .memory = physical_memory};
	int err = cmdqv_smmu_create(&dma->smmu, &config, &ops, dma, error);

	if (!err)
		err = cmdqv_smmu_set_stream_table(dma->smmu, 0, STREAMS_LOG2);
	for (uint32_t cpu = 0; !err && cpu < dma->cpus; cpu++)
		err = create_lane(dma, cpu, error);
	return err;
}

int dma_create(struct dma **out, const struct vmm_config *config, const struct memory *memory,
	       uint16_t vmid, pthread_mutex_t *lock, struct cmdqv_error *error)
{
	struct dma *dma = aligned_alloc(_Alignof(struct dma), sizeof(*dma));
	int err;

	if (!dma)
		return -ENOMEM;
	memset(dma, 0, sizeof(*dma));
	dma->memory = memory;
	dma->vmid = vmid;
	dma->lock = lock;
	dma->cpus = config->vcpus;
	dma->rounds = config->dma_rounds;
	dma->drop = config->drop_invalidation;
	err = create_parts(dma, error);
	if (err) {
		dma_destroy(dma);
		return err;
	}
	*out = dma;
	return 0;
}

void dma_destroy(struct dma *dma)
{
	if (!dma)
		return;
	for (uint32_t cpu = 0; cpu < dma->cpus; cpu++)
		cmdqv_dma_destroy(dma->lanes[cpu].device);
	cmdqv_smmu_destroy(dma->smmu);
	free(dma);
}

/* ---- what it came to ---- */

/* The vCPUs take turns. */
static uint64_t rounds_of(const struct dma *dma, uint32_t cpu)
{
	return cpu < dma->rounds ? (dma->rounds - cpu - 1) / dma->cpus + 1 : 0;
}

/* Of several vCPUs the first one that failed stopped the others. */
static void report_stale(const struct dma *dma, uint32_t cpu, struct vmm_dma_report *report)
{
	const struct guest_dma_stale *stale = &dma->lanes[cpu].shared->stale;

	if (!stale->round || report->stale.round)
		return;
	report->stale.round = stale->round;
	report->stale.after_last = stale->round > rounds_of(dma, cpu);
	report->stale.vcpu = cpu;
	report->stale.iova = stale->iova;
	report->stale.expected = stale->expected;
	report->stale.found = stale->found;
}

void dma_report(struct dma *dma, struct vmm_dma_report *report)
{
	dma->report.ran = true;
	for (uint32_t cpu = 0; cpu < dma->cpus; cpu++) {
		struct cmdqv_dma_state state = {.size = sizeof(state)};

		(void)cmdqv_dma_get_state(dma->lanes[cpu].device, &state);
		dma->report.bytes += state.bytes_written;
		dma->report.rounds += dma->lanes[cpu].shared->rounds;
		report_stale(dma, cpu, &dma->report);
	}
	*report = dma->report;
}

static void tell_stale(struct vmm_report *report)
{
	const struct vmm_dma_report *dma = &report->dma;
	char cause[128] = "no invalidation was lost on purpose";
	char place[48] = "the check after the last round";

	if (dma->dropped.number)
		snprintf(cause, sizeof(cause),
			 "invalidation %" PRIu64 ", of IOVA 0x%" PRIx64 " by vCPU %" PRIu32
			 ", was lost on purpose",
			 dma->dropped.number, dma->dropped.iova, dma->dropped.vcpu);
	if (!dma->stale.after_last)
		snprintf(place, sizeof(place), "round %" PRIu64, dma->stale.round);
	snprintf(report->verdict, sizeof(report->verdict),
		 "in %s of vCPU %" PRIu32 " the device reached a former page at "
		 "IOVA 0x%" PRIx64 ": expected 0x%016" PRIx64 ", found 0x%016" PRIx64 "; %s",
		 place, dma->stale.vcpu, dma->stale.iova, dma->stale.expected, dma->stale.found,
		 cause);
}

void dma_judge(struct vmm_report *report)
{
	const struct vmm_dma_report *dma = &report->dma;
	bool was_ok = report->ok;

	if (dma->stale.round) {
		report->ok = false;
		tell_stale(report);
		return;
	}
	if (!was_ok)
		return;
	report->ok = !dma->dropped.number && !dma->idle_invalidations;
	if (dma->dropped.number)
		snprintf(report->verdict, sizeof(report->verdict),
			 "invalidation %" PRIu64
			 " was lost on purpose, and the data do not show it",
			 dma->dropped.number);
	else if (dma->idle_invalidations)
		snprintf(report->verdict, sizeof(report->verdict),
			 "%" PRIu64 " invalidation%s did not meet exactly one cached translation, "
			 "which proves nothing",
			 dma->idle_invalidations, vmm_plural(dma->idle_invalidations));
	else
		snprintf(report->verdict, sizeof(report->verdict),
			 "data and checksums were right in all of %" PRIu64
			 " round%s; each of %" PRIu64
			 " invalidations took away a translation that was cached, and the next "
			 "round depended on it%s",
			 dma->rounds, vmm_plural(dma->rounds), dma->invalidations,
			 report->vmm_refused_page0 ? "" : "; they cost no exit");
}
