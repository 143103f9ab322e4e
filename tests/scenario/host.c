/* SPDX-License-Identifier: BSD-2-Clause */
#include "host.h"

#include "../test.h"

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

void host_open_with(struct host *host, const struct cmdqv_soft_host_config *config)
{
	const struct cmdqv_soft_ops ops = {
		.size = sizeof(ops), .execute = execute, .kick = kick, .trace = trace};

	*host = (struct host){.soft = NULL};
	pthread_mutex_init(&host->lock, NULL);
	assert_int_equal(cmdqv_soft_host_create(&host->soft, config, &ops, host, NULL), 0);
	host_offer(host);
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
	host_open_with(host, &config);
}

void host_close(struct host *host)
{
	host_withdraw(host);
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

void client_add_device(struct client *client, cmdqv_vsid_t vsid)
{
	assert_int_equal(
		cmdqv_viommu_add_device(client->viommu, vsid, client->dev_id, client->device, NULL),
		0);
}

void host_drain(struct host *host)
{
	int ran;

	do {
		pthread_mutex_lock(&host->lock);
		ran = host_run(host, 64);
		pthread_mutex_unlock(&host->lock);
		assert_true(ran >= 0);
	} while (ran > 0);
}
