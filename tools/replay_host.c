/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace of the physical map against the model alone: the file is the host's driver. */
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct host {
	struct cmdqv_model *model;
	struct replay_memory memory;
	struct replay_check *check;
};

static int host_read(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes)
{
	const struct host *host = user;
	const void *memory = replay_memory_at(&host->memory, address, bytes);

	(void)vintf;
	if (!memory)
		return -EFAULT;
	memcpy(buffer, memory, bytes);
	return 0;
}

static int host_execute(void *user, const struct cmdqv_command *command)
{
	const struct host *host = user;

	check_execute(host->check, command);
	return 0;
}

static void host_interrupt(void *user)
{
	const struct host *host = user;

	check_pulse(host->check);
}

/* The engine runs after each access, whether there is work or not. */
static void host_kick(void *user)
{
	(void)user;
}

static void host_trace(void *user, const struct cmdqv_trace_event *event)
{
	const struct host *host = user;

	if (event->kind == CMDQV_TRACE_COMMAND || event->kind == CMDQV_TRACE_REFUSED)
		check_event(host->check, event, event->queue);
}

static void host_destroy(void *self)
{
	struct host *host = self;

	cmdqv_model_destroy(host->model);
	replay_memory_destroy(&host->memory);
	free(host);
}

static int host_create(void **self, const struct trace_file *file,
		       const struct cmdqv_geometry *geometry, struct replay_check *check,
		       struct cmdqv_error *error)
{
	const struct cmdqv_model_ops ops = {
		.size = sizeof(ops),
		.read = host_read,
		.execute = host_execute,
		.interrupt = host_interrupt,
		.kick = host_kick,
		.trace = host_trace,
	};
	const struct cmdqv_model_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = geometry->log2_vcmdqs,
		.log2_vintfs = geometry->log2_vintfs,
		.log2_sids = geometry->log2_sids,
	};
	struct host *host = calloc(1, sizeof(*host));
	int err;

	if (!host)
		return -ENOMEM;
	host->check = check;
	err = replay_memory_create(&host->memory, file, geometry);
	if (err == 0)
		err = cmdqv_model_create(&host->model, &config, &ops, host, error);
	if (err != 0) {
		host_destroy(host);
		return err;
	}
	*self = host;
	return 0;
}

static uint64_t host_base(void *self, uint32_t queue)
{
	const struct host *host = self;
	struct cmdqv_model_queue_state state = {.size = sizeof(state)};

	return cmdqv_model_get_queue(host->model, queue, &state) ? 0 : state.base;
}

static struct replay_memory *host_memory(void *self)
{
	struct host *host = self;

	return &host->memory;
}

static void host_refuse(void *self, uint32_t queue, uint32_t index, uint8_t code)
{
	const struct host *host = self;

	cmdqv_model_refuse(host->model, queue, index, code);
}

static void host_access(void *self, struct cmdqv_mmio *access)
{
	const struct host *host = self;

	cmdqv_model_access(host->model, access);
}

static void host_reset(void *self)
{
	const struct host *host = self;

	cmdqv_model_reset(host->model);
}

static void host_settle(void *self)
{
	const struct host *host = self;

	while (cmdqv_model_run(host->model, UINT32_MAX) > 0)
		;
}

const struct replay_way replay_host = {
	.create = host_create,
	.destroy = host_destroy,
	.base = host_base,
	.memory = host_memory,
	.refuse = host_refuse,
	.access = host_access,
	.reset = host_reset,
	.settle = host_settle,
};
