/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host in software: the model as its hardware, and src/kernel/ as its kernel.
 *
 * The kernel's interrupt handler runs after each call on the model that may have raised the
 * interrupt, never from within the model's callback.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/regs.h>

#include "base/error.h"
#include "base/sized.h"
#include "soft/smmu.h"

#define VMID_BITS 16

/* ---- what the model and the kernel ask for ---- */

static int host_read(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes)
{
	const struct cmdqv_soft_host *host = user;

	return kernel_read_memory(host->kernel, vintf, address, buffer, bytes);
}

static int host_execute(void *user, const struct cmdqv_command *command)
{
	const struct cmdqv_soft_host *host = user;

	if (host->smmu)
		return cmdqv_smmu_execute(host->smmu, command);
	return host->ops.execute(host->user, command);
}

static void host_interrupt(void *user)
{
	const struct cmdqv_soft_host *host = user;

	kernel_raise_interrupt(host->kernel);
}

static void host_kick(void *user)
{
	const struct cmdqv_soft_host *host = user;

	host->ops.kick(host->user);
}

static void host_trace(void *user, const struct cmdqv_trace_event *event)
{
	const struct cmdqv_soft_host *host = user;

	host->ops.trace(host->user, event);
}

/* ---- the host ---- */

static int check_host_config(const struct cmdqv_soft_host_config *config, struct cmdqv_error *error)
{
	uint64_t granule = config->granule_bytes;

	if (config->log2_vintfs < 1)
		return cmdqv_error_set(error, -EINVAL, "bad-geometry",
				       "log2_vintfs is 0: from 1, for VINTF 0 is the host's, to %u",
				       CMDQV_MAX_LOG2_VINTFS);
	if (config->cmdqs < 7 || config->cmdqs > CMDQV_MAX_LOG2SIZE)
		return cmdqv_error_set(error, -EINVAL, "bad-cmdqs", "cmdqs is %u: from 7 to %u",
				       config->cmdqs, CMDQV_MAX_LOG2SIZE);
	if (config->errata & ~CMDQV_SMMU_REPEAT)
		return cmdqv_error_set(error, -EINVAL, "bad-errata",
				       "errata is 0x%x: 0 or CMDQV_SMMU_REPEAT is possible",
				       config->errata);
	if (granule && (granule < 4096 || (granule & (granule - 1))))
		return cmdqv_error_set(
			error, -EINVAL, "bad-granule",
			"granule_bytes is 0x%llx: 0 or a power of two from 0x1000 is possible",
			(unsigned long long)granule);
	return 0;
}

static int check_host_ops(const struct cmdqv_soft_ops *ops, struct cmdqv_error *error)
{
	if (!ops->kick)
		return cmdqv_error_set(error, -EINVAL, "missing-operation",
				       "struct cmdqv_soft_ops lacks kick");
	return 0;
}

static int create_model(struct cmdqv_soft_host *host, struct cmdqv_error *error)
{
	const struct cmdqv_model_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = host->config.log2_vcmdqs,
		.log2_vintfs = host->config.log2_vintfs,
		.log2_sids = host->config.log2_sids,
	};
	const struct cmdqv_model_ops ops = {
		.size = sizeof(ops),
		.read = host_read,
		.execute = host_execute,
		.interrupt = host_interrupt,
		.kick = host_kick,
		.trace = host->ops.trace ? host_trace : NULL,
		.read_entries = host_read,
	};

	int err = cmdqv_model_create(&host->model, &config, &ops, host, error);

	/* [HW-25] In the queues; src/kernel/ has the same for what it issues for a VM. */
	for (uint32_t q = 0; !err && host->config.errata && q < 1U << config.log2_vcmdqs; q++)
		err = cmdqv_model_inject(host->model, q, CMDQV_FAULT_REPEAT, CMDQV_FAULT_FOR_EVER);
	return err;
}

static int boot_kernel(struct cmdqv_soft_host *host, struct cmdqv_error *error)
{
	const struct kernel_config config = {
		.cmdqs = host->config.cmdqs,
		.vmid_bits = VMID_BITS,
		.granule_bytes = host->config.granule_bytes,
		.smmu_flags = host->config.errata,
	};
	const struct kernel_ops ops = {.execute = host_execute};
	int err = kernel_create(&host->kernel, host->model, &config, &ops, host);

	if (err)
		return cmdqv_error_set(error, err, "kernel",
				       "the software host kernel did not boot: %s",
				       error_name(err).text);
	return 0;
}

static int host_init(struct cmdqv_soft_host *host, const struct cmdqv_soft_host_config *config,
		     const struct cmdqv_soft_ops *ops, struct cmdqv_error *error)
{
	int err = sized_in(&host->config, SIZED_STRUCT(cmdqv_soft_host_config), config, error);

	if (!err)
		err = sized_in(&host->ops, SIZED_TABLE(cmdqv_soft_ops), ops, error);
	if (!err)
		err = check_host_config(&host->config, error);
	if (!err)
		err = check_host_ops(&host->ops, error);
	if (!err)
		err = create_model(host, error);
	if (!err && !host->ops.execute)
		err = soft_smmu_create(host, error);
	return err ? err : boot_kernel(host, error);
}

int cmdqv_soft_host_create(struct cmdqv_soft_host **out,
			   const struct cmdqv_soft_host_config *config,
			   const struct cmdqv_soft_ops *ops, void *user, struct cmdqv_error *error)
{
	struct cmdqv_soft_host *host;
	int err;

	if (!out)
		return cmdqv_error_set(error, -EINVAL, "no-result", "out is NULL");
	host = calloc(1, sizeof(*host));
	if (!host)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "no memory for a host");
	host->user = user;
	err = host_init(host, config, ops, error);
	if (err) {
		cmdqv_soft_host_destroy(host);
		return err;
	}
	*out = host;
	return 0;
}

void cmdqv_soft_host_destroy(struct cmdqv_soft_host *host)
{
	if (!host)
		return;
	kernel_destroy(host->kernel);
	cmdqv_smmu_destroy(host->smmu);
	cmdqv_model_destroy(host->model);
	free(host);
}

int cmdqv_soft_host_run(struct cmdqv_soft_host *host, uint32_t budget)
{
	int fetched = cmdqv_model_run(host->model, budget);

	if (fetched != -EBUSY)
		kernel_handle_interrupt(host->kernel);
	return fetched;
}

bool cmdqv_soft_host_pending(const struct cmdqv_soft_host *host)
{
	return cmdqv_model_pending(host->model) || kernel_interrupt_pending(host->kernel);
}

struct cmdqv_model *cmdqv_soft_host_model(struct cmdqv_soft_host *host)
{
	return host->model;
}

struct cmdqv_smmu *cmdqv_soft_host_smmu(struct cmdqv_soft_host *host)
{
	return host->smmu;
}
