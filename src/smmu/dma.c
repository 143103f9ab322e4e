/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA device: one job at a time, in pieces that lie in one page at either end.
 *
 * A piece is translated, moved and forgotten within a step, so that a CMD_SYNC, which is
 * executed under the same lock, never finds one under way [HW-14]. Memory is shared with
 * its owner: it is read and written by atomics, each byte once, in words where both
 * ends allow.
 */
#include <cmdqv/model/dma.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "access.h"
#include "base/sized.h"

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
#define WORD_MASK (sizeof(uint64_t) - 1)

struct cmdqv_dma {
	struct cmdqv_smmu *smmu;
	struct cmdqv_dma_config config;
	struct cmdqv_dma_job job;
	struct cmdqv_dma_state state;
};

/* One end of a piece. */
struct dma_end {
	unsigned char *memory; /* NULL: reads are zeros, writes are ignored */
	uint64_t bytes;
};

typedef _Atomic unsigned char dma_byte;
typedef _Atomic uint64_t dma_word;

int cmdqv_dma_create(struct cmdqv_dma **out, struct cmdqv_smmu *smmu,
		     const struct cmdqv_dma_config *config, struct cmdqv_error *error)
{
	struct cmdqv_dma_config known;
	struct cmdqv_dma *dma;
	int err = sized_in(&known, SIZED_STRUCT(cmdqv_dma_config), config, error);

	if (err != 0)
		return err;
	dma = calloc(1, sizeof(*dma));
	if (!dma)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "no memory for the DMA device");
	dma->smmu = smmu;
	dma->config = known;
	dma->state.version = 1;
	*out = dma;
	return 0;
}

void cmdqv_dma_destroy(struct cmdqv_dma *dma)
{
	free(dma);
}

static bool wraps(uint64_t address, uint64_t bytes)
{
	return bytes != 0 && address > UINT64_MAX - (bytes - 1);
}

static bool reads(const struct cmdqv_dma_job *job)
{
	return job->operation != CMDQV_DMA_FILL;
}

static bool writes(const struct cmdqv_dma_job *job)
{
	return job->operation != CMDQV_DMA_CHECKSUM;
}

static bool is_possible(const struct cmdqv_dma_job *job)
{
	if ((unsigned int)job->operation > CMDQV_DMA_CHECKSUM)
		return false;
	if (reads(job) && wraps(job->source, job->bytes))
		return false;
	return !writes(job) || !wraps(job->destination, job->bytes);
}

static void finish(struct cmdqv_dma *dma)
{
	dma->state.status = CMDQV_DMA_DONE;
	dma->state.jobs_done++;
}

int cmdqv_dma_start(struct cmdqv_dma *dma, const struct cmdqv_dma_job *job)
{
	struct cmdqv_dma_job known;
	int err;

	if (dma->state.status == CMDQV_DMA_RUNNING)
		return -EBUSY;
	err = sized_in(&known, SIZED_STRUCT(cmdqv_dma_job), job, NULL);
	if (err != 0)
		return err;
	if (!is_possible(&known))
		return -EINVAL;
	dma->job = known;
	dma->state.status = CMDQV_DMA_RUNNING;
	dma->state.jobs++;
	dma->state.done_bytes = 0;
	dma->state.checksum = FNV_BASIS;
	dma->state.fault_address = 0;
	dma->state.fault_write = false;
	if (known.bytes == 0)
		finish(dma);
	return 0;
}

static bool stop_at(struct cmdqv_dma *dma, uint64_t address, bool write)
{
	dma->state.status = CMDQV_DMA_FAULTED;
	dma->state.fault_address = address;
	dma->state.fault_write = write;
	dma->state.faults++;
	return false;
}

/* Where `address` lies, and how much of it at most `bytes` in its page. */
static bool reach(struct cmdqv_dma *dma, uint64_t address, bool write, uint64_t bytes,
		  struct dma_end *end)
{
	const struct cmdqv_smmu_access access = {
		.address = address,
		.sid = dma->config.sid,
		.ssid = dma->config.ssid,
		.ssv = dma->config.ssv,
		.write = write,
		.privileged = dma->config.privileged,
		.ats = dma->config.ats,
	};
	struct cmdqv_smmu_translation translation;
	uint64_t in_page = SMMU_PAGE_BYTES - (address & (SMMU_PAGE_BYTES - 1));
	int err = smmu_access(dma->smmu, &access, &translation);

	dma->state.translations++;
	*end = (struct dma_end){.bytes = bytes < in_page ? bytes : in_page};
	if (err < 0)
		return stop_at(dma, address, write);
	if (err > 0)
		return true;
	end->memory =
		dma->smmu->ops.memory(dma->smmu->user, translation.physical, end->bytes, write);
	return end->memory != NULL || stop_at(dma, address, write);
}

static unsigned char load_byte(const unsigned char *from)
{
	return atomic_load_explicit((const dma_byte *)from, memory_order_relaxed);
}

static void store_byte(unsigned char *to, unsigned char value)
{
	atomic_store_explicit((dma_byte *)to, value, memory_order_relaxed);
}

static bool is_aligned(const unsigned char *at)
{
	return ((uintptr_t)at & WORD_MASK) == 0;
}

static void copy(unsigned char *to, const unsigned char *from, uint64_t bytes)
{
	uint64_t i = 0;

	if (is_aligned(to) && is_aligned(from))
		for (; bytes - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
			const dma_word *word = (const dma_word *)(const void *)(from + i);

			atomic_store_explicit((dma_word *)(void *)(to + i),
					      atomic_load_explicit(word, memory_order_relaxed),
					      memory_order_relaxed);
		}
	for (; i < bytes; i++)
		store_byte(to + i, load_byte(from + i));
}

/* `done` bytes of the pattern came before. */
static void fill(unsigned char *to, uint64_t pattern, uint64_t done, uint64_t bytes)
{
	uint64_t i = 0;

	if (is_aligned(to) && (done & WORD_MASK) == 0)
		for (; bytes - i >= sizeof(uint64_t); i += sizeof(uint64_t))
			atomic_store_explicit((dma_word *)(void *)(to + i), pattern,
					      memory_order_relaxed);
	for (; i < bytes; i++)
		store_byte(to + i, (unsigned char)(pattern >> (done + i) % 8 * 8));
}

static uint64_t sum(const unsigned char *from, uint64_t bytes, uint64_t hash)
{
	for (uint64_t i = 0; i < bytes; i++)
		hash = (hash ^ (from ? load_byte(from + i) : 0)) * FNV_PRIME;
	return hash;
}

static void move(struct cmdqv_dma *dma, const struct dma_end *from, const struct dma_end *to,
		 uint64_t bytes)
{
	const struct cmdqv_dma_job *job = &dma->job;

	switch (job->operation) {
	case CMDQV_DMA_COPY:
		if (to->memory && from->memory)
			copy(to->memory, from->memory, bytes);
		else if (to->memory)
			fill(to->memory, 0, 0, bytes);
		break;
	case CMDQV_DMA_FILL:
		if (to->memory)
			fill(to->memory, job->pattern, dma->state.done_bytes, bytes);
		break;
	case CMDQV_DMA_CHECKSUM:
		dma->state.checksum = sum(from->memory, bytes, dma->state.checksum);
		break;
	}
	if (reads(job))
		dma->state.bytes_read += bytes;
	if (writes(job))
		dma->state.bytes_written += bytes;
}

/* One piece; returns its bytes, 0 where a fault stopped the job. */
static uint64_t move_piece(struct cmdqv_dma *dma, uint64_t most)
{
	const struct cmdqv_dma_job *job = &dma->job;
	uint64_t left = job->bytes - dma->state.done_bytes;
	uint64_t bytes = most < left ? most : left;
	struct dma_end from = {0};
	struct dma_end to = {0};

	if (reads(job)) {
		if (!reach(dma, job->source + dma->state.done_bytes, false, bytes, &from))
			return 0;
		bytes = from.bytes;
	}
	if (writes(job)) {
		if (!reach(dma, job->destination + dma->state.done_bytes, true, bytes, &to))
			return 0;
		bytes = to.bytes;
	}
	move(dma, &from, &to, bytes);
	dma->state.done_bytes += bytes;
	if (dma->state.done_bytes == job->bytes)
		finish(dma);
	return bytes;
}

uint64_t cmdqv_dma_step(struct cmdqv_dma *dma, uint64_t budget_bytes)
{
	uint64_t done = 0;

	if (smmu_enter(dma->smmu) != 0)
		return 0;
	while (dma->state.status == CMDQV_DMA_RUNNING && done < budget_bytes)
		done += move_piece(dma, budget_bytes - done);
	smmu_leave(dma->smmu);
	return done;
}

void cmdqv_dma_stop(struct cmdqv_dma *dma)
{
	if (dma->state.status == CMDQV_DMA_RUNNING)
		dma->state.status = CMDQV_DMA_STOPPED;
}

int cmdqv_dma_get_state(const struct cmdqv_dma *dma, struct cmdqv_dma_state *state)
{
	return sized_out(state, SIZED_STRUCT(cmdqv_dma_state), &dma->state);
}
