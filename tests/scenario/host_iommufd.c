/* SPDX-License-Identifier: BSD-2-Clause */
#include <unistd.h>

#include <cmdqv/iommufd.h>

#include "../test.h"
#include "../iommufd/front.h"
#include "../iommufd/uapi.h"
#include "host.h"

void host_offer(struct host *host)
{
	front_open(host->soft);
}

void host_withdraw(struct host *host)
{
	assert_int_equal(front_pages_in_ioas(), 0); /* [DEV-19] */
	front_close(host->soft);
}

/* One command at most: hardware may be that slow. */
void host_wait(struct host *host)
{
	(void)host_run(host, 1);
}

/*
 * By a trapped write of the same value. The page is memory here and registers on silicon: what a
 * register does not keep does not stay in the page either.
 */
void host_look(struct client *client, uint32_t lvcmdq, uint32_t reg, uint32_t value)
{
	const uint32_t at = 0x80 * lvcmdq + reg;
	struct cmdqv_mmio access = {
		.offset = 0x30000 + 0x20000 * client->vintf + at,
		.value = value,
		.size = 4,
		.write = true,
	};
	struct cmdqv_page_view view;

	assert_int_equal(cmdqv_model_access(host_model(client->host), &access), 0);
	access.write = false;
	assert_int_equal(cmdqv_model_access(host_model(client->host), &access), 0);
	assert_int_equal(cmdqv_model_page(host_model(client->host), client->vintf, &view), 0);
	((_Atomic uint32_t *)view.host)[at / 4] = (uint32_t)access.value;
}

/* What a VMM has before it opens the vIOMMU, and its end. */

static void prepare(struct client *client)
{
	client->fd = front_iommufd(client->host->soft);
	client->device = front_device(HOST_FIRST_SID + client->host->clients++, 1);
	assert_int_equal(uapi_bind(client->device, client->fd, &client->dev_id), 0);
	assert_int_equal(uapi_ioas(client->fd, &client->ioas_id), 0);
	assert_int_equal(
		uapi_nest_parent(client->fd, client->dev_id, client->ioas_id, &client->parent_id),
		0);
	client->objects = front_objects(client->fd);
}

static void finish(struct client *client)
{
	assert_int_equal(front_objects(client->fd), client->objects);
	assert_int_equal(uapi_destroy(client->fd, client->parent_id), 0);
	assert_int_equal(uapi_destroy(client->fd, client->ioas_id), 0);
	assert_int_equal(close(client->device), 0);
	assert_int_equal(close(client->fd), 0);
}

int client_open(struct client *client, struct host *host, struct cmdqv_backend *backend,
		struct cmdqv_error *error)
{
	struct cmdqv_iommufd_config config = {.size = sizeof(config)};
	int err;

	*client = (struct client){.host = host};
	prepare(client);
	config.iommufd = client->fd;
	config.dev_id = client->dev_id;
	config.hwpt_id = client->parent_id;
	err = cmdqv_iommufd_open(&client->viommu, &config, backend, error);
	if (err) {
		finish(client);
		return err;
	}
	front_viommu(client->fd, cmdqv_viommu_id(client->viommu), &client->vintf, &client->vmid);
	return 0;
}

void client_close(struct client *client)
{
	cmdqv_viommu_close(client->viommu);
	finish(client);
}

int client_map_ram(struct client *client, cmdqv_gpa_t gpa, void *memory, uint64_t bytes)
{
	return uapi_map(client->fd, client->ioas_id, gpa.value, memory, bytes);
}
