/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "guest/dma.h"

#include <errno.h>
#include <inttypes.h>

/* The hardware counts faults by queue and kind, so a second order would replace the first. */
static bool is_ordered_before(const struct vmm_config *config, size_t fault)
{
	for (size_t i = 0; i < fault; i++)
		if (config->faults[i].kind == config->faults[fault].kind &&
		    config->faults[i].queue == config->faults[fault].queue)
			return true;
	return false;
}

static int check_faults(const struct vmm_config *config, struct cmdqv_error *error)
{
	if (config->fault_count > VMM_MAX_FAULTS)
		return cmdqv_error_set(error, -EINVAL, "faults", "more than %u faults",
				       VMM_MAX_FAULTS);
	if (config->record && config->fault_count)
		return cmdqv_error_set(error, -EINVAL, "faults",
				       "a trace has no word for faults: record a run without them");
	for (size_t i = 0; i < config->fault_count; i++) {
		const struct vmm_fault *fault = &config->faults[i];

		if (fault->queue >= 1U << config->log2_queues)
			return cmdqv_error_set(error, -EINVAL, "faults",
					       "there is no queue %" PRIu32 " to have a fault: the "
					       "guest has %u",
					       fault->queue, 1U << config->log2_queues);
		if (is_ordered_before(config, i))
			return cmdqv_error_set(error, -EINVAL, "faults",
					       "a fault of one kind is ordered twice for queue "
					       "%" PRIu32 ": give it once, with the sum",
					       fault->queue);
		if (fault->kind == CMDQV_FAULT_ATC_TIME_OUT && config->batch_size < 3)
			return cmdqv_error_set(
				error, -EINVAL, "faults",
				"an ATC_INV has no place in batches of 2 commands: make "
				"them larger");
	}
	return 0;
}

static bool has_other_fault(const struct vmm_config *config)
{
	for (size_t i = 0; i < config->fault_count; i++)
		if (config->faults[i].kind != CMDQV_FAULT_REPEAT)
			return true;
	return false;
}

static int check_dma(const struct vmm_config *config, struct cmdqv_error *error)
{
	uint64_t most = config->dma_rounds * GUEST_DMA_TLBIS;

	if (config->dma_rounds > UINT32_MAX)
		return cmdqv_error_set(error, -EINVAL, "dma", "more than %" PRIu32 " rounds",
				       UINT32_MAX);
	if (config->dma_rounds && (config->record || has_other_fault(config)))
		return cmdqv_error_set(
			error, -EINVAL, "dma",
			"with DMA nothing is recorded and no fault but 'repeat' is ordered: do one "
			"at a time");
	if (config->guest_repeats && (!config->dma_rounds || config->moves))
		return cmdqv_error_set(error, -EINVAL, "dma",
				       "a guest that repeats is one with DMA that does not move");
	if (config->drop_invalidation > most)
		return cmdqv_error_set(error, -EINVAL, "dma",
				       "invalidation %" PRIu64
				       " cannot be lost: the guest sends %" PRIu64,
				       config->drop_invalidation, most);
	return 0;
}

static int check_backend(const struct vmm_config *config, struct cmdqv_error *error)
{
	if (config->backend == VMM_BACKEND_SOFT)
		return 0;
	if (config->record || config->fault_count || config->dma_rounds)
		return cmdqv_error_set(
			error, -EINVAL, "backend",
			"traces, faults and DMA are those of software: leave them out on "
			"real hardware");
	if (!config->device)
		return cmdqv_error_set(error, -EINVAL, "backend",
				       "no VFIO device was named to find the hardware by");
	return 0;
}

static int check_moves(const struct vmm_config *config, struct cmdqv_error *error)
{
	if (config->moves > VMM_MAX_MOVES)
		return cmdqv_error_set(error, -EINVAL, "moves", "more than %u moves",
				       VMM_MAX_MOVES);
	if (config->moves && config->record)
		return cmdqv_error_set(error, -EINVAL, "moves",
				       "a trace has no word for a move: record a run without");
	return 0;
}

static int check_judge(const struct vmm_config *config, struct cmdqv_error *error)
{
	if (config->judge_say && (config->vcpus != 1 || config->record || config->fault_count ||
				  config->dma_rounds || config->moves))
		return cmdqv_error_set(error, -EINVAL, "judge",
				       "a guest that judges has one vCPU, and neither recording, "
				       "faults, DMA nor moves");
	return 0;
}

int config_check(const struct vmm_config *config, struct cmdqv_error *error)
{
	if (config->log2_queues > VMM_MAX_LOG2_QUEUES)
		return cmdqv_error_set(error, -EINVAL, "queues", "more than %u queues",
				       1U << VMM_MAX_LOG2_QUEUES);
	if (config->vcpus < 1 || config->vcpus > VMM_MAX_VCPUS)
		return cmdqv_error_set(error, -EINVAL, "vcpus", "vCPUs must be 1 to %u",
				       VMM_MAX_VCPUS);
	if (config->batch_size < VMM_MIN_BATCH || config->batch_size > VMM_MAX_BATCH)
		return cmdqv_error_set(error, -EINVAL, "batch-size",
				       "batches must have %u to %u commands", VMM_MIN_BATCH,
				       VMM_MAX_BATCH);
	if (config->record && config->map_page0)
		return cmdqv_error_set(error, -EINVAL, "record",
				       "what is mapped cannot be recorded");
	if (check_dma(config, error) || check_moves(config, error) || check_judge(config, error))
		return -EINVAL;
	if (check_backend(config, error))
		return -EINVAL;
	return check_faults(config, error);
}

bool config_has_fault(const struct vmm_config *config, enum cmdqv_fault kind)
{
	for (size_t i = 0; i < config->fault_count; i++)
		if (config->faults[i].kind == kind)
			return true;
	return false;
}

bool config_wants_atc(const struct vmm_config *config)
{
	return config->judge_say || config_has_fault(config, CMDQV_FAULT_ATC_TIME_OUT);
}
