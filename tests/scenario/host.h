/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host under the scenarios: a model with an engine, and a client of it for each VM. Each
 * program is built twice, with another port each time:
 *
 *	host_soft.c	the host in software, on the shared libraries as a user has them
 *	host_iommufd.c	the same host behind system calls, on tests/iommufd/front.c
 */
#ifndef TESTS_SCENARIO_HOST_H
#define TESTS_SCENARIO_HOST_H

#include <pthread.h>
#include <stdatomic.h>

#include <cmdqv/model/soft.h>
#include <cmdqv/trace.h>

enum { HOST_FIRST_SID = 0x100 }; /* of the first client's device; the next has the next */

/* Shared by the VMs on it. The one lock of [HW-12] is `lock`. */
struct host {
	pthread_mutex_t lock;
	struct cmdqv_soft_host *soft;
	uint32_t clients; /* that were opened by now */
	_Atomic bool kicked;
	void (*executed)(void *context, const struct cmdqv_command *command);
	void (*traced)(void *context, const struct cmdqv_trace_event *event);
	void *context;
};

/* `queues` logical queues for each of the host's VINTFs but the kernel's. */
void host_open(struct host *host, uint32_t queues, uint32_t log2_vintfs);
void host_open_with(struct host *host, const struct cmdqv_soft_host_config *config);
void host_close(struct host *host);
struct cmdqv_model *host_model(struct host *host);

/* Under the lock; host_pending() without. */
int host_run(struct host *host, uint32_t budget);
bool host_pending(struct host *host);

/* Runs the engine until there is nothing to do. Under no lock. */
void host_drain(struct host *host);

/* One VM's client: a vIOMMU with a VINTF, the memory that is mapped for DMA, and a device. */
struct client {
	struct host *host;
	struct cmdqv_viommu *viommu;
	uint32_t vintf;
	uint16_t vmid;
	uint32_t dev_id;

	struct cmdqv_soft_vm *vm;

	int fd; /* iommufd */
	int device;
	uint32_t ioas_id;
	uint32_t parent_id;
	uint32_t objects; /* in the kernel before the client was opened */
};

/* The client's device comes to the guest by this StreamID. */
void client_add_device(struct client *client, cmdqv_vsid_t vsid);

/* ---- what the ports differ in ---- */

/* Makes a host that is there one for clients, and the contrary. */
void host_offer(struct host *host);
void host_withdraw(struct host *host);

/*
 * A thread that holds the lock waits for the hardware, which on silicon goes on meanwhile:
 * gives it a turn where it needs one. Under the lock.
 */
void host_wait(struct host *host);

/* A register of a queue was stored: the hardware looks at it now, not some time later. */
void host_look(struct client *client, uint32_t lvcmdq, uint32_t reg, uint32_t value);

/* Returns as cmdqv_iommufd_open(); of a failure nothing is left. */
int client_open(struct client *client, struct host *host, struct cmdqv_backend *backend,
		struct cmdqv_error *error);
/* Fails the test if anything is left in the host. */
void client_close(struct client *client);
int client_map_ram(struct client *client, cmdqv_gpa_t gpa, void *memory, uint64_t bytes);

#endif
