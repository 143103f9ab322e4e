/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/soft/: a host, its VMs and their vIOMMUs. Linked with wrapped allocators, so that
 * each thing that a call needs of the system can be made to fail in turn.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cmdqv/model/soft.h>

#include "../test.h"

#define RAM_GPA 0x40000000U
#define RAM_BYTES 0x10000U
#define MOST_COMMANDS 64

/* page-0 registers: docs/registers.md */
#define CONS 0x00
#define PROD 0x04
#define CONFIG 0x08
#define STATUS 0x0C
#define GERROR 0x10
#define GERRORN 0x14

/* The n-th thing asked of the system fails; 0: none does. */
static int fail_at;
static int asked;

static bool fails_now(void)
{
	return fail_at && ++asked == fail_at;
}

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
int __real_memfd_create(const char *name, unsigned flags);
void *__real_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset);
void *__real_mmap64(void *address, size_t length, int prot, int flags, int fd, off_t offset);
int __real_eventfd(unsigned count, int flags);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
int __wrap_memfd_create(const char *name, unsigned flags);
void *__wrap_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *address, size_t length, int prot, int flags, int fd, off_t offset);
int __wrap_eventfd(unsigned count, int flags);

static void *no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

void *__wrap_malloc(size_t bytes)
{
	return fails_now() ? no_memory() : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
	return fails_now() ? no_memory() : __real_calloc(count, bytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
	return fails_now() ? no_memory() : __real_aligned_alloc(alignment, bytes);
}

int __wrap_memfd_create(const char *name, unsigned flags)
{
	if (!fails_now())
		return __real_memfd_create(name, flags);
	errno = EMFILE;
	return -1;
}

void *__wrap_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset)
{
	if (!fails_now())
		return __real_mmap(address, length, prot, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}

/* What mmap is called where files may be large. */
void *__wrap_mmap64(void *address, size_t length, int prot, int flags, int fd, off_t offset)
{
	if (!fails_now())
		return __real_mmap64(address, length, prot, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}

int __wrap_eventfd(unsigned count, int flags)
{
	if (!fails_now())
		return __real_eventfd(count, flags);
	errno = EMFILE;
	return -1;
}

struct host {
	struct cmdqv_soft_host *soft;
	uint32_t kicks;
	uint32_t traced;
	uint32_t commands;
	int answer; /* of execute() */
	struct cmdqv_command command[MOST_COMMANDS];
};

static int host_execute(void *user, const struct cmdqv_command *command)
{
	struct host *host = user;

	if (host->commands < MOST_COMMANDS)
		host->command[host->commands] = *command;
	host->commands++;
	return host->answer;
}

static void host_kick(void *user)
{
	struct host *host = user;

	host->kicks++;
}

static void host_trace(void *user, const struct cmdqv_trace_event *event)
{
	struct host *host = user;

	(void)event;
	host->traced++;
}

static const struct cmdqv_soft_host_config small_config = {
	.size = sizeof(small_config),
	.log2_vcmdqs = 3,
	.log2_vintfs = 2,
	.log2_sids = 1,
	.cmdqs = 8,
	.granule_bytes = 0x4000,
};

static const struct cmdqv_soft_ops host_ops = {
	.size = sizeof(host_ops),
	.execute = host_execute,
	.kick = host_kick,
	.trace = host_trace,
};

static void host_create(struct host *host)
{
	memset(host, 0, sizeof(*host));
	assert_int_equal(cmdqv_soft_host_create(&host->soft, &small_config, &host_ops, host, NULL),
			 0);
}

struct client {
	struct cmdqv_soft_vm *vm;
	struct cmdqv_viommu *viommu;
	struct cmdqv_backend backend;
	uint8_t *ram;
};

/* A VM and its vIOMMU; of a failure nothing is left. */
static int client_try(struct client *client, struct host *host, struct cmdqv_error *error)
{
	int err = cmdqv_soft_vm_create(&client->vm, host->soft, error);

	if (err)
		return err;
	err = cmdqv_soft_open(&client->viommu, client->vm, &client->backend, error);
	if (err)
		cmdqv_soft_vm_destroy(client->vm);
	return err;
}

static void client_end(struct client *client)
{
	cmdqv_viommu_close(client->viommu);
	cmdqv_soft_vm_destroy(client->vm);
}

/* Binds a device and adds it; of a failure nothing is left. */
static int add(struct client *client, uint32_t vsid, uint32_t sid)
{
	uint32_t dev_id;
	int err = cmdqv_soft_bind_device(client->vm, (cmdqv_sid_t){sid}, &dev_id);

	if (err)
		return err;
	err = cmdqv_viommu_add_device(client->viommu, (cmdqv_vsid_t){vsid}, dev_id, -1, NULL);
	if (err)
		assert_int_equal(cmdqv_soft_unbind_device(client->vm, dev_id), 0);
	return err;
}

static void client_open(struct client *client, struct host *host)
{
	memset(client, 0, sizeof(*client));
	assert_int_equal(client_try(client, host, NULL), 0);
	client->ram = aligned_alloc(4096, RAM_BYTES);
	assert_non_null(client->ram);
	memset(client->ram, 0, RAM_BYTES);
	assert_int_equal(
		cmdqv_soft_map_ram(client->vm, (cmdqv_gpa_t){RAM_GPA}, client->ram, RAM_BYTES), 0);
}

static void client_close(struct client *client)
{
	client_end(client);
	free(client->ram);
}

static int bind(struct client *client, uint32_t index, uint64_t gpa, uint64_t bytes,
		struct cmdqv_error *error)
{
	return client->backend.ops->queue_bind(client->backend.impl, index, (cmdqv_gpa_t){gpa},
					       bytes, error);
}

static void unbind(struct client *client, uint32_t index)
{
	client->backend.ops->queue_unbind(client->backend.impl, index);
}

static uint32_t get(struct client *client, uint32_t index, uint32_t reg)
{
	return client->backend.ops->queue_read(client->backend.impl, index, reg);
}

static void put(struct client *client, uint32_t index, uint32_t reg, uint32_t value)
{
	client->backend.ops->queue_write(client->backend.impl, index, reg, value);
}

static int read_event(struct client *client, struct cmdqv_backend_event *event)
{
	return client->backend.ops->event_read(client->backend.impl, event);
}

static bool is_readable(struct client *client)
{
	struct pollfd poll_fd = {.fd = client->backend.ops->event_fd(client->backend.impl),
				 .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

static void put_command(struct client *client, uint64_t offset, uint64_t word0, uint64_t word1)
{
	memcpy(client->ram + offset, &word0, sizeof(word0));
	memcpy(client->ram + offset + sizeof(word0), &word1, sizeof(word1));
}

static void run_to_end(struct host *host)
{
	while (cmdqv_soft_host_run(host->soft, 64) > 0)
		continue;
}

static uint32_t open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	uint32_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	assert_int_equal(closedir(directory), 0);
	return count;
}

/* [HW-21] */
TEST(a_client_has_the_geometry_of_its_vintf)
{
	struct cmdqv_backend_geometry geometry;
	struct cmdqv_page_view view;
	struct client client;
	struct host host;

	host_create(&host);
	client_open(&client, &host);
	assert_int_equal(client.backend.ops->geometry(client.backend.impl, &geometry), 0);
	assert_int_equal(geometry.num_lvcmdqs, 2);
	assert_int_equal(geometry.num_sids, 2);
	assert_int_equal(geometry.version, 1);
	assert_int_equal(client.backend.ops->page0_view(client.backend.impl, &view), 0);
	assert_non_null(view.host);
	assert_int_equal(view.length, 0x10000);
	assert_int_equal(cmdqv_soft_vintf(client.viommu), 1);
	assert_int_equal(cmdqv_soft_vmid(client.viommu), 1);
	assert_true(host.traced > 0);
	client_close(&client);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-13] [HW-21] */
TEST(a_bound_queue_executes_what_is_stored_and_enables_nothing_itself)
{
	struct client client;
	struct host host;

	host_create(&host);
	client_open(&client, &host);
	assert_int_equal(add(&client, 0x10, 8), 0);
	assert_int_equal(bind(&client, 0, RAM_GPA, 0x1000, NULL), 0);
	assert_int_equal(get(&client, 0, CONFIG), 0);
	assert_int_equal(get(&client, 0, STATUS), 0);
	put_command(&client, 0x00, 0x12 | 2ULL << 48, 0xFFFFC701);
	put_command(&client, 0x10, 0x40 | 0x10ULL << 32, 52);
	put_command(&client, 0x20, 0x46, 0);
	put(&client, 0, CONFIG, 1);
	assert_int_equal(get(&client, 0, STATUS), 1);
	put(&client, 0, PROD, 3);
	assert_true(host.kicks > 0);
	run_to_end(&host);
	assert_int_equal(get(&client, 0, CONS), 3);
	assert_int_equal(host.commands, 3);
	assert_int_equal(host.command[0].vmid, 1);
	assert_int_equal(host.command[1].sid, 8);
	unbind(&client, 0);
	assert_int_equal(client.backend.ops->broken(client.backend.impl), 0);
	client_close(&client);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-22] [HW-17] */
TEST(two_clients_neither_see_nor_disturb_each_other)
{
	struct cmdqv_page_view view_a, view_b;
	struct cmdqv_backend_event event;
	struct client a, b;
	struct host host;

	host_create(&host);
	client_open(&a, &host);
	client_open(&b, &host);
	assert_int_not_equal(cmdqv_soft_vintf(a.viommu), cmdqv_soft_vintf(b.viommu));
	assert_int_not_equal(cmdqv_soft_vmid(a.viommu), cmdqv_soft_vmid(b.viommu));
	assert_int_equal(a.backend.ops->page0_view(a.backend.impl, &view_a), 0);
	assert_int_equal(b.backend.ops->page0_view(b.backend.impl, &view_b), 0);
	assert_ptr_not_equal(view_a.host, view_b.host);

	/* The same guest address is other memory, other VMID, other StreamID. */
	assert_int_equal(add(&a, 0x10, 8), 0);
	assert_int_equal(add(&b, 0x10, 8), -EEXIST);
	assert_int_equal(add(&b, 0x10, 9), 0);
	assert_int_equal(bind(&a, 0, RAM_GPA, 0x1000, NULL), 0);
	assert_int_equal(bind(&b, 0, RAM_GPA, 0x1000, NULL), 0);
	put_command(&a, 0, 0x04, 0); /* refused */
	put_command(&b, 0, 0x40 | 0x10ULL << 32, 52);
	put_command(&b, 0x10, 0x46, 0);
	put(&a, 0, CONFIG, 1);
	put(&b, 0, CONFIG, 1);
	put(&a, 0, PROD, 1);
	put(&b, 0, PROD, 2);
	run_to_end(&host);
	assert_int_equal(get(&a, 0, GERROR), 1);
	assert_int_equal(get(&b, 0, GERROR), 0);
	assert_int_equal(get(&b, 0, CONS), 2);
	assert_int_equal(host.command[0].sid, 9);
	assert_true(is_readable(&a));
	assert_false(is_readable(&b));
	assert_int_equal(read_event(&b, &event), 0);
	assert_int_equal(read_event(&a, &event), 1);
	assert_false(event.lost);

	/* A client that goes takes nothing with it. */
	client_close(&a);
	put_command(&b, 0x20, 0x46, 0);
	put(&b, 0, PROD, 3);
	run_to_end(&host);
	assert_int_equal(get(&b, 0, CONS), 3);
	client_close(&b);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-13] [HW-22] A bind issues a CMD_SYNC on the SMMU's queue; what timed out is not its. */
TEST(a_bind_of_a_neighbour_takes_no_time_out_away)
{
	struct client a, b;
	struct host host;

	host_create(&host);
	client_open(&a, &host);
	client_open(&b, &host);
	assert_int_equal(add(&a, 0x10, 8), 0);
	assert_int_equal(bind(&a, 0, RAM_GPA, 0x1000, NULL), 0);
	put_command(&a, 0, 0x40 | 0x10ULL << 32, 52);
	put_command(&a, 0x10, 0x46, 0);
	put(&a, 0, CONFIG, 1);
	host.answer = -ETIMEDOUT;
	put(&a, 0, PROD, 1);
	run_to_end(&host);
	host.answer = 0;
	assert_int_equal(bind(&b, 0, RAM_GPA, 0x1000, NULL), 0);
	unbind(&b, 0);
	put(&a, 0, PROD, 2);
	run_to_end(&host);
	assert_int_equal(get(&a, 0, CONS), 0x03000001);
	assert_int_equal(get(&a, 0, GERROR), 1);
	unbind(&a, 0);
	client_close(&a);
	client_close(&b);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-21] [HW-22]: one interrupt may tell of several VINTFs. */
TEST(errors_of_two_clients_at_once_reach_both)
{
	struct cmdqv_backend_event event;
	struct client clients[2];
	struct host host;

	host_create(&host);
	for (int i = 0; i < 2; i++) {
		client_open(&clients[i], &host);
		assert_int_equal(bind(&clients[i], 0, RAM_GPA, 0x1000, NULL), 0);
		assert_int_equal(bind(&clients[i], 1, RAM_GPA + 0x1000, 0x1000, NULL), 0);
		put_command(&clients[i], 0x1000, 0x04, 0);
		put(&clients[i], 1, CONFIG, 1);
		put(&clients[i], 1, PROD, 1);
	}
	assert_int_equal(cmdqv_soft_host_run(host.soft, 64), 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(read_event(&clients[i], &event), 1);
	}
	for (int i = 0; i < 2; i++)
		client_close(&clients[i]);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-22] */
TEST(a_client_too_many_is_refused_and_one_that_goes_makes_room)
{
	struct client clients[3], more;
	struct cmdqv_error error = {0};
	struct host host;

	host_create(&host);
	for (int i = 0; i < 3; i++)
		client_open(&clients[i], &host);
	assert_int_equal(client_try(&more, &host, &error), -ENOSPC);
	assert_int_equal(error.code, -ENOSPC);
	assert_non_null(strstr(error.text, "VINTF"));
	client_close(&clients[1]);
	client_open(&clients[1], &host);
	assert_int_equal(cmdqv_soft_vintf(clients[1].viommu), 2);
	for (int i = 0; i < 3; i++)
		client_close(&clients[i]);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-22]: Grace has 63 for guests. */
TEST(grace_takes_63_clients)
{
	static const struct cmdqv_soft_host_config grace = {.size = sizeof(grace),
							    .log2_vcmdqs = 7,
							    .log2_vintfs = 6,
							    .log2_sids = 4,
							    .cmdqs = 19};
	static struct client clients[64];
	struct host host = {0};

	assert_int_equal(cmdqv_soft_host_create(&host.soft, &grace, &host_ops, &host, NULL), 0);
	for (int i = 0; i < 63; i++)
		assert_int_equal(client_try(&clients[i], &host, NULL), 0);
	assert_int_equal(client_try(&clients[63], &host, NULL), -ENOSPC);
	for (int i = 0; i < 63; i++)
		client_end(&clients[i]);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-21] */
TEST(a_bind_that_fails_says_why)
{
	static const struct {
		uint32_t index;
		uint64_t gpa;
		uint64_t bytes;
		int expected;
		const char *word;
	} cases[] = {
		{0, 0x70000000, 0x1000, -ENOENT, "mapped"},
		{0, RAM_GPA + 0x2000, 0x4000, -EFAULT, "contiguous"},
		{0, RAM_GPA, 0x2000, -EINVAL, "CMDQS"},
		{2, RAM_GPA, 0x1000, -EINVAL, "no such queue"},
		{1, RAM_GPA, 0x1000, -EIO, "ascending"},
		{0, ~0xFFFULL, 0x2000, -EOVERFLOW, "wraps"},
	};
	struct client client;
	struct host host;

	host_create(&host);
	client_open(&client, &host);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cmdqv_error error = {0};

		assert_int_equal(
			bind(&client, cases[i].index, cases[i].gpa, cases[i].bytes, &error),
			cases[i].expected);
		assert_int_equal(error.code, cases[i].expected);
		assert_non_null(strstr(error.text, cases[i].word));
		assert_int_equal(bind(&client, cases[i].index, cases[i].gpa, cases[i].bytes, NULL),
				 cases[i].expected);
	}
	assert_int_equal(bind(&client, 0, RAM_GPA, 0x1000, NULL), 0);
	client_close(&client);
	cmdqv_soft_host_destroy(host.soft);
}

/* [DEV-31] */
TEST(a_backend_that_cannot_undo_is_broken_and_binds_no_more)
{
	struct cmdqv_error error = {0};
	struct client client;
	struct host host;

	host_create(&host);
	client_open(&client, &host);
	assert_int_equal(bind(&client, 0, RAM_GPA, 0x1000, NULL), 0);
	assert_int_equal(bind(&client, 1, RAM_GPA + 0x1000, 0x1000, NULL), 0);
	unbind(&client, 0); /* queue 1 holds on to it */
	assert_int_equal(client.backend.ops->broken(client.backend.impl), -EBUSY);
	unbind(&client, 1);
	assert_int_equal(client.backend.ops->broken(client.backend.impl), -EBUSY);
	assert_int_equal(bind(&client, 1, RAM_GPA + 0x1000, 0x1000, &error), -EIO);
	assert_non_null(strstr(error.text, "earlier"));
	client_close(&client);
	client_open(&client, &host);
	assert_int_equal(client.backend.ops->broken(client.backend.impl), 0);
	assert_int_equal(bind(&client, 0, RAM_GPA, 0x1000, NULL), 0);
	unbind(&client, 1);
	assert_int_equal(client.backend.ops->broken(client.backend.impl), -ENOENT);
	client_close(&client);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-21] [DEV-25] */
TEST(events_that_overflow_are_told_as_lost)
{
	struct cmdqv_backend_event event;
	struct client client;
	struct host host;
	uint32_t taken = 0;

	host_create(&host);
	client_open(&client, &host);
	assert_int_equal(bind(&client, 0, RAM_GPA, 0x1000, NULL), 0);
	put_command(&client, 0, 0x04, 0);
	put(&client, 0, CONFIG, 1);
	put(&client, 0, PROD, 1);
	run_to_end(&host);
	for (int i = 1; i < 200; i++) {
		put(&client, 0, GERRORN, get(&client, 0, GERROR));
		run_to_end(&host);
	}
	while (read_event(&client, &event) == 1 && !event.lost) {
		assert_int_equal(event.sequence, taken);
		taken++;
	}
	assert_true(taken > 0 && taken < 200);
	assert_true(event.lost);
	assert_int_equal(event.sequence, 199);
	assert_int_equal(read_event(&client, &event), 0);
	assert_false(is_readable(&client));
	client_close(&client);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-9] [HW-21]: an error that a trapped write raises is told at once, without a run. */
TEST(an_error_of_a_write_is_an_event_when_the_write_returns)
{
	struct cmdqv_backend_event event;
	struct cmdqv_mmio base = {.offset = 0x60000, .size = 8, .write = true};
	struct client client;
	struct host host;

	host_create(&host);
	client_open(&client, &host);
	assert_int_equal(bind(&client, 0, RAM_GPA, 0x1000, NULL), 0);
	/* A host that programs nonsense: LOG2SIZE 31. */
	base.value = 31;
	assert_int_equal(cmdqv_model_access(cmdqv_soft_host_model(host.soft), &base), 0);
	put(&client, 0, CONFIG, 1);
	assert_int_equal(get(&client, 0, STATUS), 0);
	assert_true(is_readable(&client));
	assert_int_equal(read_event(&client, &event), 1);
	client_close(&client);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-4] */
TEST(a_client_gets_a_page_without_its_predecessors_traces)
{
	struct cmdqv_page_view view;
	struct client client;
	struct host host;

	host_create(&host);
	client_open(&client, &host);
	assert_int_equal(client.backend.ops->page0_view(client.backend.impl, &view), 0);
	memset(view.host, 0xA5, view.length);
	client_close(&client);
	client_open(&client, &host);
	assert_int_equal(cmdqv_soft_vintf(client.viommu), 1);
	assert_int_equal(client.backend.ops->page0_view(client.backend.impl, &view), 0);
	for (size_t i = 0; i < view.length; i++)
		assert_int_equal(((const uint8_t *)view.host)[i], 0);
	client_close(&client);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-21] */
TEST(devices_and_memory_come_and_go_with_their_errnos)
{
	struct client client;
	struct host host;
	cmdqv_gpa_t ram = {RAM_GPA};
	uint32_t dev_id, first;

	host_create(&host);
	client_open(&client, &host);
	assert_int_equal(cmdqv_soft_bind_device(client.vm, (cmdqv_sid_t){8}, &first), 0);
	assert_int_equal(cmdqv_viommu_add_device(client.viommu, (cmdqv_vsid_t){1}, first, -1, NULL),
			 0);
	assert_int_equal(add(&client, 1, 9), -EEXIST);
	assert_int_equal(add(&client, 2, 8), -EEXIST);
	assert_int_equal(add(&client, 0x100000, 9), -EINVAL);
	assert_int_equal(add(&client, 2, 0x100000), -EINVAL);
	assert_int_equal(add(&client, 2, 9), 0);
	assert_int_equal(add(&client, 3, 10), -ENOSPC);
	assert_int_equal(cmdqv_viommu_remove_device(client.viommu, (cmdqv_vsid_t){3}, NULL),
			 -ENOENT);
	assert_int_equal(cmdqv_viommu_remove_device(client.viommu, (cmdqv_vsid_t){1}, NULL), 0);
	assert_int_equal(cmdqv_soft_bind_device(client.vm, (cmdqv_sid_t){8}, &dev_id), -EEXIST);
	assert_int_equal(cmdqv_soft_unbind_device(client.vm, first), 0);
	assert_int_equal(cmdqv_soft_unbind_device(client.vm, first), -ENOENT);
	assert_int_equal(cmdqv_soft_unbind_device(client.vm, 1), -ENOENT); /* the bridge */
	assert_int_equal(add(&client, 3, 8), 0);

	assert_int_equal(cmdqv_soft_map_ram(client.vm, ram, client.ram, 0x1000), -EEXIST);
	assert_int_equal(cmdqv_soft_map_ram(client.vm, (cmdqv_gpa_t){0x800}, client.ram, 0x1000),
			 -EINVAL);
	assert_int_equal(
		cmdqv_soft_map_ram(client.vm, (cmdqv_gpa_t){~0xFFFULL}, client.ram, 0x2000),
		-EOVERFLOW);
	assert_int_equal(cmdqv_soft_unmap_ram(client.vm, ram, 0x1000), -ENOENT);
	assert_int_equal(cmdqv_soft_unmap_ram(client.vm, ram, 0), -ENOENT);
	assert_int_equal(bind(&client, 0, RAM_GPA, 0x1000, NULL), 0);
	assert_int_equal(cmdqv_soft_unmap_ram(client.vm, ram, RAM_BYTES), -EBUSY);
	unbind(&client, 0);
	assert_int_equal(cmdqv_soft_unmap_ram(client.vm, ram, RAM_BYTES), 0);
	assert_int_equal(cmdqv_soft_unmap_ram(client.vm, ram, RAM_BYTES), -ENOENT);
	client_close(&client);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-21]: embedders' mistakes. */
TEST(a_host_of_nonsense_is_refused_with_a_sentence)
{
	struct cmdqv_soft_host_config config[7];
	struct cmdqv_soft_ops ops = host_ops;
	struct cmdqv_soft_host *soft = NULL;
	struct host host = {0};

	for (int i = 0; i < 7; i++)
		config[i] = small_config;
	config[0].log2_vintfs = 0;
	config[1].log2_vintfs = 7;
	config[2].log2_vcmdqs = 8;
	config[3].cmdqs = 6;
	config[4].cmdqs = 20;
	config[5].granule_bytes = 0x3000;
	config[6].size = 4;
	for (int i = 0; i < 7; i++) {
		struct cmdqv_error error = {0};

		assert_int_equal(
			cmdqv_soft_host_create(&soft, &config[i], &host_ops, &host, &error),
			-EINVAL);
		assert_true(error.text[0] != 0);
	}
	ops.kick = NULL;
	assert_int_equal(cmdqv_soft_host_create(&soft, &small_config, &ops, &host, NULL), -EINVAL);
	assert_int_equal(cmdqv_soft_host_create(NULL, &small_config, &host_ops, &host, NULL),
			 -EINVAL);
	assert_null(soft);
	cmdqv_soft_host_destroy(NULL);
	cmdqv_viommu_close(NULL);
	cmdqv_soft_vm_destroy(NULL);
}

/* [HW-21]: whatever the system refuses, a create that fails leaves nothing behind. */
TEST(a_failed_create_leaves_nothing_behind)
{
	uint32_t descriptors = open_descriptors();
	struct host host = {0};
	int failures = 0;
	int err;

	do {
		struct cmdqv_soft_host *soft = NULL;

		asked = 0;
		fail_at = failures + 1;
		err = cmdqv_soft_host_create(&soft, &small_config, &host_ops, &host, NULL);
		fail_at = 0;
		if (err) {
			assert_true(err == -ENOMEM || err == -EMFILE);
			failures++;
		}
		cmdqv_soft_host_destroy(soft);
		assert_int_equal(open_descriptors(), descriptors);
	} while (err);
	assert_true(failures >= 3);
}

static uint64_t order_violations(const struct host *host)
{
	struct cmdqv_model_state state = {.size = sizeof(state)};

	assert_int_equal(cmdqv_model_get_state(cmdqv_soft_host_model(host->soft), &state), 0);
	return state.order_violations;
}

static void get_queues(const struct host *host, struct cmdqv_model_queue_state queues[8])
{
	for (uint32_t q = 0; q < 8; q++) {
		queues[q].size = sizeof(queues[q]);
		assert_int_equal(
			cmdqv_model_get_queue(cmdqv_soft_host_model(host->soft), q, &queues[q]), 0);
	}
}

/* [HW-21] [HW-22]: the same for a client; the host then takes as many as before. */
TEST(a_failed_open_leaves_nothing_behind)
{
	struct cmdqv_model_queue_state before[8], after[8];
	struct client client;
	struct host host;
	uint32_t descriptors;
	int failures = 0;
	int err;

	host_create(&host);
	descriptors = open_descriptors();
	get_queues(&host, before);
	do {
		asked = 0;
		fail_at = failures + 1;
		err = client_try(&client, &host, NULL);
		fail_at = 0;
		if (!err)
			break;
		assert_true(err == -ENOMEM || err == -EMFILE);
		failures++;
		assert_int_equal(open_descriptors(), descriptors);
	} while (failures < 100);
	assert_int_equal(err, 0);
	assert_true(failures >= 8);
	assert_int_equal(cmdqv_soft_vintf(client.viommu), 1);
	assert_int_equal(cmdqv_soft_vmid(client.viommu), 1);
	client_end(&client);
	assert_int_equal(open_descriptors(), descriptors);
	assert_int_equal(order_violations(&host), 0);
	get_queues(&host, after);
	assert_memory_equal(after, before, sizeof(after));
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-21]: the limit of descriptors itself, not its imitation. */
TEST(an_open_without_descriptors_is_emfile)
{
	struct rlimit limit, none;
	struct client client;
	struct host host;
	int err;

	host_create(&host);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = client_try(&client, &host, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(err, -EMFILE);
	assert_int_equal(client_try(&client, &host, NULL), 0);
	client_end(&client);
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-21]: a bind and a device that fail for want of memory leave nothing either. */
TEST(a_failed_bind_or_device_leaves_nothing_behind)
{
	struct client client;
	struct host host;

	host_create(&host);
	client_open(&client, &host);
	asked = 0;
	fail_at = 1;
	assert_int_equal(bind(&client, 0, RAM_GPA, 0x1000, NULL), -ENOMEM);
	for (int n = 1; n <= 2; n++) {
		asked = 0;
		fail_at = n;
		assert_int_equal(add(&client, 1, 8), -ENOMEM);
	}
	fail_at = 0;
	assert_int_equal(add(&client, 1, 8), 0);
	assert_int_equal(cmdqv_soft_unmap_ram(client.vm, (cmdqv_gpa_t){RAM_GPA}, RAM_BYTES), 0);
	client_close(&client);
	cmdqv_soft_host_destroy(host.soft);
}

/* A guest that writes commands and PROD while the engine runs, as a vCPU does. */
struct vcpu {
	struct client *client;
	_Atomic bool *stop;
};

static void *scribble(void *argument)
{
	struct vcpu *vcpu = argument;
	_Atomic uint64_t *ring = (_Atomic uint64_t *)(void *)vcpu->client->ram;
	uint64_t random = 1;

	while (!atomic_load_explicit(vcpu->stop, memory_order_relaxed)) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		atomic_store_explicit(&ring[random >> 55], random, memory_order_relaxed);
	}
	return NULL;
}

/* [HW-17] [DEV-22]: under ThreadSanitizer, fetching races with nothing. */
TEST(memory_is_fetched_while_the_guest_writes_it)
{
	_Atomic bool stop = false;
	struct client client;
	struct vcpu vcpu = {&client, &stop};
	struct host host;
	pthread_t thread;

	host_create(&host);
	client_open(&client, &host);
	assert_int_equal(bind(&client, 0, RAM_GPA, 0x1000, NULL), 0);
	put(&client, 0, CONFIG, 1);
	assert_int_equal(pthread_create(&thread, NULL, scribble, &vcpu), 0);
	for (uint32_t i = 1; i < 20000; i++) {
		put(&client, 0, PROD, (get(&client, 0, CONS) + 17) & 0x1FF);
		run_to_end(&host);
		put(&client, 0, GERRORN, get(&client, 0, GERROR));
	}
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	client_close(&client);
	cmdqv_soft_host_destroy(host.soft);
}
