/* SPDX-License-Identifier: BSD-2-Clause */
#include <cmdqv/model/soft.h>

#include "../test.h"
#include "host.h"

static int execute(void *user, const struct cmdqv_command *command)
{
	struct host *host = user;

	if (host->executed)
		host->executed(host->context, command);
	return 0;
}

static void kick(void *user)
{
	atomic_store(&((struct host *)user)->kicked, true);
}

static void trace(void *user, const struct cmdqv_trace_event *event)
{
	struct host *host = user;

	if (host->traced)
		host->traced(host->context, event);
}

void host_open(struct host *host, uint32_t queues, uint32_t log2_vintfs)
{
	const struct cmdqv_soft_host_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = (uint8_t)((uint32_t)__builtin_ctz(queues) + log2_vintfs),
		.log2_vintfs = (uint8_t)log2_vintfs,
		.log2_sids = 4,
		.cmdqs = 19,
	};
	const struct cmdqv_soft_ops ops = {
		.size = sizeof(ops), .execute = execute, .kick = kick, .trace = trace};

	*host = (struct host){.soft = NULL};
	pthread_mutex_init(&host->lock, NULL);
	assert_int_equal(cmdqv_soft_host_create(&host->soft, &config, &ops, host, NULL), 0);
}

void host_close(struct host *host)
{
	cmdqv_soft_host_destroy(host->soft);
	pthread_mutex_destroy(&host->lock);
}

struct cmdqv_model *host_model(struct host *host)
{
	return cmdqv_soft_host_model(host->soft);
}

int host_run(struct host *host, uint32_t budget)
{
	return cmdqv_soft_host_run(host->soft, budget);
}

bool host_pending(struct host *host)
{
	return cmdqv_soft_host_pending(host->soft);
}

void host_wait(struct host *host)
{
	(void)host; /* a trapped write takes effect at once */
}

void client_open(struct client *client, struct host *host, struct cmdqv_backend *backend)
{
	*client = (struct client){.host = host};
	assert_int_equal(cmdqv_soft_vm_create(&client->vm, host->soft, NULL), 0);
	assert_int_equal(cmdqv_soft_open(&client->viommu, client->vm, backend, NULL), 0);
}

void client_close(struct client *client)
{
	cmdqv_viommu_close(client->viommu);
	cmdqv_soft_vm_destroy(client->vm);
}

int client_map_ram(struct client *client, cmdqv_gpa_t gpa, void *memory, uint64_t bytes)
{
	return cmdqv_soft_map_ram(client->vm, gpa, memory, bytes);
}

int client_unmap_ram(struct client *client, cmdqv_gpa_t gpa, uint64_t bytes)
{
	return cmdqv_soft_unmap_ram(client->vm, gpa, bytes);
}

uint32_t client_vintf(const struct client *client)
{
	return cmdqv_soft_vintf(client->viommu);
}
