/* SPDX-License-Identifier: BSD-2-Clause */
#include <unistd.h>

#include <cmdqv/iommufd.h>

#include "../test.h"
#include "../iommufd/front.h"
#include "../iommufd/uapi.h"
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
	const struct front_config config = {
		.log2_vcmdqs = (uint8_t)((uint32_t)__builtin_ctz(queues) + log2_vintfs),
		.log2_vintfs = (uint8_t)log2_vintfs,
		.log2_sids = 4,
		.cmdqs = 19,
		.execute = execute,
		.kick = kick,
		.trace = trace,
		.user = host,
	};

	*host = (struct host){.soft = NULL};
	pthread_mutex_init(&host->lock, NULL);
	front_open(&config);
}

void host_close(struct host *host)
{
	assert_int_equal(front_pages_in_ioas(), 0); /* [DEV-19] */
	front_close();
	pthread_mutex_destroy(&host->lock);
}

struct cmdqv_model *host_model(struct host *host)
{
	(void)host;
	return front_model();
}

int host_run(struct host *host, uint32_t budget)
{
	(void)host;
	return front_run(budget);
}

bool host_pending(struct host *host)
{
	(void)host;
	return front_pending();
}

/* One command at most: hardware may be that slow. */
void host_wait(struct host *host)
{
	(void)host;
	(void)front_run(1);
}

/* What a VMM has before it opens the backend. */
void client_open(struct client *client, struct host *host, struct cmdqv_backend *backend)
{
	struct cmdqv_iommufd_config config = {.size = sizeof(config)};
	struct cmdqv_error why = {0};

	*client = (struct client){.host = host};
	client->fd = front_iommufd();
	client->device = front_device(0x100 + host->clients++, 1);
	assert_int_equal(uapi_bind(client->device, client->fd, &config.dev_id), 0);
	assert_int_equal(uapi_ioas(client->fd, &client->ioas_id), 0);
	assert_int_equal(
		uapi_nest_parent(client->fd, config.dev_id, client->ioas_id, &client->parent_id),
		0);
	client->objects = front_objects(client->fd);
	config.iommufd = client->fd;
	config.hwpt_id = client->parent_id;
	if (cmdqv_iommufd_open(&client->viommu, &config, backend, &why))
		fail_msg("%s", why.text);
}

void client_close(struct client *client)
{
	cmdqv_viommu_close(client->viommu);
	assert_int_equal(front_objects(client->fd), client->objects);
	assert_int_equal(uapi_destroy(client->fd, client->parent_id), 0);
	assert_int_equal(uapi_destroy(client->fd, client->ioas_id), 0);
	assert_int_equal(close(client->device), 0);
	assert_int_equal(close(client->fd), 0);
}

int client_map_ram(struct client *client, cmdqv_gpa_t gpa, void *memory, uint64_t bytes)
{
	return uapi_map(client->fd, client->ioas_id, gpa.value, memory, bytes);
}

int client_unmap_ram(struct client *client, cmdqv_gpa_t gpa, uint64_t bytes)
{
	return uapi_unmap(client->fd, client->ioas_id, gpa.value, bytes);
}

uint32_t client_vintf(const struct client *client)
{
	uint32_t vintf;
	uint16_t vmid;

	front_viommu(client->fd, cmdqv_viommu_id(client->viommu), &vintf, &vmid);
	return vintf;
}
