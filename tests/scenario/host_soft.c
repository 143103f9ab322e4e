/* SPDX-License-Identifier: BSD-2-Clause */
#include "../test.h"
#include "host.h"

void host_offer(struct host *host)
{
	(void)host;
}

void host_withdraw(struct host *host)
{
	(void)host;
}

void host_wait(struct host *host)
{
	(void)host; /* the port stores by a trapped write, which takes effect at once */
}

void host_look(struct client *client, uint32_t lvcmdq, uint32_t reg, uint32_t value)
{
	(void)client;
	(void)lvcmdq;
	(void)reg;
	(void)value;
}

int client_open(struct client *client, struct host *host, struct cmdqv_backend *backend,
		struct cmdqv_error *error)
{
	const cmdqv_sid_t sid = {HOST_FIRST_SID + host->clients++};
	int err;

	*client = (struct client){.host = host, .device = -1};
	assert_int_equal(cmdqv_soft_vm_create(&client->vm, host->soft, NULL), 0);
	assert_int_equal(cmdqv_soft_bind_device(client->vm, sid, &client->dev_id), 0);
	err = cmdqv_soft_open(&client->viommu, client->vm, backend, error);
	if (err) {
		cmdqv_soft_vm_destroy(client->vm);
		return err;
	}
	client->vintf = cmdqv_soft_vintf(client->viommu);
	client->vmid = cmdqv_soft_vmid(client->viommu);
	return 0;
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
