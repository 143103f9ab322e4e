/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the host in software alone has: its configuration, its calls beside those of viommu.h, and
 * what the system refuses it. Linked with wrapped allocators, so that each thing that a call needs
 * of the system can be made to fail in turn. The rest is viommu_test.c and smmu_test.c.
 */
#include <dirent.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "fixture.h"

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

/* A VM and its vIOMMU; of a failure nothing is left. */
struct client {
	struct cmdqv_soft_vm *vm;
	struct cmdqv_viommu *viommu;
};

static int client_open(struct client *client, struct cmdqv_soft_host *host)
{
	struct cmdqv_backend backend;
	int err = cmdqv_soft_vm_create(&client->vm, host, NULL);

	if (err)
		return err;
	err = cmdqv_soft_open(&client->viommu, client->vm, &backend, NULL);
	if (err)
		cmdqv_soft_vm_destroy(client->vm);
	return err;
}

static void client_close(struct client *client)
{
	cmdqv_viommu_close(client->viommu);
	cmdqv_soft_vm_destroy(client->vm);
}

/* [HW-9] [HW-21]: an error that a trapped write raises is told at once, without a run. */
TEST(an_error_of_a_write_is_an_event_when_the_write_returns)
{
	struct cmdqv_mmio base = {.offset = 0x60000, .size = 8, .write = true};
	struct cmdqv_backend_event event;
	struct vmm vmm;

	vmm_open(&vmm, &soft_port);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	/* A host that programs nonsense: LOG2SIZE 31. */
	base.value = 31;
	assert_int_equal(cmdqv_model_access(cmdqv_soft_host_model(vmm.host->soft), &base), 0);
	vmm_write(&vmm, 0, CONFIG, 1);
	assert_int_equal(vmm_read(&vmm, 0, STATUS), 0);
	assert_true(vmm_is_readable(&vmm));
	assert_int_equal(vmm_event(&vmm, &event), 1);
	vmm_close(&vmm);
}

/* [HW-21] */
TEST(a_trapped_write_is_in_force_at_once_and_wakes_the_engine)
{
	struct vmm vmm;

	vmm_open(&vmm, &soft_port);
	vmm_put(&vmm, 0, 0, 0x46, 0);
	vmm_start(&vmm, 0, 1);
	assert_int_equal(vmm_read(&vmm, 0, STATUS), 1);
	assert_true(vmm.host->kicks > 0);
	vmm_close(&vmm);
}

static void run_again(void *context)
{
	struct host *host = context;

	assert_int_equal(cmdqv_soft_host_run(host->soft, 1), -EBUSY);
}

/* Memory is taken away, and the VM ends: the host invalidates, and the embedder executes. */
TEST(what_is_taken_away_is_executed_by_the_embedder)
{
	struct cmdqv_soft_vm *vm;
	struct vmm vmm;

	vmm_open(&vmm, &soft_port);
	assert_int_equal(cmdqv_soft_vm_create(&vm, vmm.host->soft, NULL), 0);
	assert_int_equal(cmdqv_soft_map_ram(vm, (cmdqv_gpa_t){0}, vmm.ram, 0x1000), 0);
	vmm.host->commands = 0;
	assert_int_equal(cmdqv_soft_unmap_ram(vm, (cmdqv_gpa_t){0}, 0x1000), 0);
	assert_int_equal(vmm.host->commands, 1);
	assert_int_equal(vmm.host->command[0].opcode, CMDQV_OP_TLBI_S12_VMALL);
	cmdqv_soft_vm_destroy(vm);
	assert_int_equal(vmm.host->commands, 2);
	assert_int_equal(vmm.host->command[1].opcode, CMDQV_OP_TLBI_S12_VMALL);
	vmm_close(&vmm);
}

/* The other queue's command executes after `bad` was refused, or before: in one of two orders it
 * is. */
static void run_beside_an_error(uint32_t bad)
{
	struct cmdqv_backend_event event;
	struct vmm vmm;

	vmm_open(&vmm, &soft_port);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(vmm_bind(&vmm, 1, NULL), 0);
	vmm_put(&vmm, bad, 0, 0x10, 0); /* not for guests */
	vmm_put(&vmm, !bad, 0, 0x46, 0);
	for (uint32_t queue = 0; queue < 2; queue++) {
		vmm_write(&vmm, queue, CONFIG, 1);
		vmm_write(&vmm, queue, PROD, 1);
	}
	vmm.host->in_execute = run_again;
	vmm.host->context = vmm.host;
	host_drain(vmm.host);
	assert_int_equal(vmm.host->commands, 1);
	assert_int_equal(vmm_event(&vmm, &event), 1);
	vmm.host->in_execute = NULL;
	vmm_unbind(&vmm, 1);
	vmm_unbind(&vmm, 0);
	vmm_close(&vmm);
}

/* [HW-12] The interrupt is handled once the run is over, not by a callback within it. */
TEST(a_run_within_a_run_takes_no_interrupt_away)
{
	run_beside_an_error(0);
	run_beside_an_error(1);
}

/* [HW-21] */
TEST(devices_and_memory_come_and_go_with_their_errnos)
{
	const cmdqv_gpa_t ram = {RAM_GPA};
	uint32_t dev_id, first;
	struct vmm vmm;

	vmm_open(&vmm, &soft_port);
	assert_int_equal(cmdqv_soft_bind_device(vmm.soft, (cmdqv_sid_t){8}, &first), 0);
	assert_int_equal(cmdqv_soft_bind_device(vmm.soft, (cmdqv_sid_t){8}, &dev_id), -EEXIST);
	assert_int_equal(cmdqv_soft_bind_device(vmm.soft, (cmdqv_sid_t){0x100000}, &dev_id),
			 -EINVAL);
	assert_int_equal(cmdqv_soft_unbind_device(vmm.soft, first), 0);
	assert_int_equal(cmdqv_soft_unbind_device(vmm.soft, first), -ENOENT);
	assert_int_equal(cmdqv_soft_unbind_device(vmm.soft, 1), -ENOENT); /* the bridge */
	assert_int_equal(cmdqv_soft_bind_device(vmm.soft, (cmdqv_sid_t){8}, &dev_id), 0);
	assert_int_equal(cmdqv_soft_unbind_device(vmm.soft, dev_id), 0);

	assert_int_equal(soft_port.map(&vmm, RAM_GPA, vmm.ram, 0x1000), -EEXIST);
	assert_int_equal(soft_port.map(&vmm, 0x800, vmm.ram, 0x1000), -EINVAL);
	assert_int_equal(soft_port.map(&vmm, 0, NULL, 0x1000), -EINVAL);
	assert_int_equal(soft_port.map(&vmm, ~0xFFFULL, vmm.ram, 0x2000), -EOVERFLOW);
	assert_int_equal(cmdqv_soft_unmap_ram(vmm.soft, ram, 0x1000), -ENOENT);
	assert_int_equal(cmdqv_soft_unmap_ram(vmm.soft, ram, 0), -ENOENT);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(cmdqv_soft_unmap_ram(vmm.soft, ram, RAM_BYTES), -EBUSY);
	vmm_unbind(&vmm, 0);
	assert_int_equal(cmdqv_soft_unmap_ram(vmm.soft, ram, RAM_BYTES), 0);
	assert_int_equal(cmdqv_soft_unmap_ram(vmm.soft, ram, RAM_BYTES), -ENOENT);
	vmm_close(&vmm);
}

/* [HW-21] A Grace has 16; the sentence holds for any. */
TEST(a_host_with_few_sid_slots_takes_as_many_devices)
{
	struct cmdqv_soft_host_config config = soft_config;
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	struct cmdqv_backend backend;
	struct cmdqv_viommu *viommu;
	struct cmdqv_error why = {0};
	struct cmdqv_soft_host *soft;
	struct cmdqv_soft_vm *vm;
	struct host host = {0};

	config.log2_sids = 1;
	assert_int_equal(cmdqv_soft_host_create(&soft, &config, &soft_ops, &host, NULL), 0);
	assert_int_equal(cmdqv_soft_vm_create(&vm, soft, NULL), 0);
	assert_int_equal(cmdqv_soft_open(&viommu, vm, &backend, NULL), 0);
	assert_int_equal(cmdqv_viommu_hw_info(viommu, &info), 0);
	assert_int_equal(info.num_sids, 2);
	for (uint32_t i = 0; i < 3; i++) {
		cmdqv_vsid_t vsid = {i};
		uint32_t dev_id;

		assert_int_equal(cmdqv_soft_bind_device(vm, (cmdqv_sid_t){FIRST_SID + i}, &dev_id),
				 0);
		assert_int_equal(cmdqv_viommu_add_device(viommu, vsid, dev_id, -1, &why),
				 i < 2 ? 0 : -ENOSPC);
	}
	assert_non_null(strstr(why.text, "all SID slots"));
	cmdqv_viommu_close(viommu);
	cmdqv_soft_vm_destroy(vm);
	cmdqv_soft_host_destroy(soft);
}

/* [HW-21]: embedders' mistakes. */
TEST(a_host_of_nonsense_is_refused_with_a_sentence)
{
	static const struct {
		uint8_t cmdqs;
		uint64_t granule;
	} good[] = {{7, 0}, {19, 0x1000}, {8, 1ULL << 40}};
	struct cmdqv_soft_host_config config[9];
	struct cmdqv_soft_ops ops = soft_ops;
	struct cmdqv_soft_host *soft = NULL;
	struct host host = {0};

	for (size_t i = 0; i < COUNT(config); i++)
		config[i] = soft_config;
	config[0].log2_vintfs = 0;
	config[1].log2_vintfs = 7;
	config[2].log2_vcmdqs = 8;
	config[3].cmdqs = 6;
	config[4].cmdqs = 20;
	config[5].granule_bytes = 0x3000;
	config[6].size = 4;
	config[7].granule_bytes = 0x800;
	config[8].errata = CMDQV_SMMU_REPEAT << 1;
	for (size_t i = 0; i < COUNT(config); i++) {
		struct cmdqv_error error = {0};

		assert_int_equal(
			cmdqv_soft_host_create(&soft, &config[i], &soft_ops, &host, &error),
			-EINVAL);
		assert_true(error.text[0] != 0);
	}
	ops.kick = NULL;
	assert_int_equal(cmdqv_soft_host_create(&soft, &soft_config, &ops, &host, NULL), -EINVAL);
	assert_int_equal(cmdqv_soft_host_create(NULL, &soft_config, &soft_ops, &host, NULL),
			 -EINVAL);
	assert_null(soft);
	for (size_t i = 0; i < COUNT(good); i++) {
		config[0] = soft_config;
		config[0].cmdqs = good[i].cmdqs;
		config[0].granule_bytes = good[i].granule;
		assert_int_equal(cmdqv_soft_host_create(&soft, &config[0], &soft_ops, &host, NULL),
				 0);
		cmdqv_soft_host_destroy(soft);
	}
	cmdqv_soft_host_destroy(NULL);
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
		err = cmdqv_soft_host_create(&soft, &soft_config, &soft_ops, &host, NULL);
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

static void get_queues(const struct host *host,
		       struct cmdqv_model_queue_state queues[1 << LOG2_VCMDQS])
{
	for (uint32_t q = 0; q < 1 << LOG2_VCMDQS; q++) {
		queues[q].size = sizeof(queues[q]);
		assert_int_equal(
			cmdqv_model_get_queue(cmdqv_soft_host_model(host->soft), q, &queues[q]), 0);
	}
}

/* [HW-21] [HW-22]: the same for a VM and its vIOMMU; the host then takes as many as before. */
TEST(a_failed_open_leaves_nothing_behind)
{
	struct cmdqv_model_queue_state before[1 << LOG2_VCMDQS], after[1 << LOG2_VCMDQS];
	struct client client;
	struct host host = {.port = &soft_port};
	uint32_t descriptors;
	int failures = 0;
	int err;

	assert_int_equal(cmdqv_soft_host_create(&host.soft, &soft_config, &soft_ops, &host, NULL),
			 0);
	descriptors = open_descriptors();
	get_queues(&host, before);
	do {
		asked = 0;
		fail_at = failures + 1;
		err = client_open(&client, host.soft);
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
	client_close(&client);
	assert_int_equal(open_descriptors(), descriptors);
	assert_int_equal(order_violations(&host), 0);
	get_queues(&host, after);
	assert_memory_equal(after, before, sizeof(after));
	cmdqv_soft_host_destroy(host.soft);
}

/* [HW-21]: a bind and a device that fail for want of memory leave nothing either. */
TEST(a_failed_bind_or_device_leaves_nothing_behind)
{
	struct vmm vmm;

	vmm_open(&vmm, &soft_port);
	asked = 0;
	fail_at = 1;
	assert_int_equal(vmm_bind(&vmm, 0, NULL), -ENOMEM);
	asked = 0;
	assert_int_equal(vmm_add(&vmm, 0, 1), -ENOMEM);
	asked = 0;
	assert_int_equal(cmdqv_soft_bind_device(vmm.soft, (cmdqv_sid_t){8}, &vmm.dev_id[1]),
			 -ENOMEM);
	fail_at = 0;
	assert_int_equal(vmm_add(&vmm, 0, 1), 0);
	assert_int_equal(cmdqv_soft_unmap_ram(vmm.soft, (cmdqv_gpa_t){RAM_GPA}, RAM_BYTES), 0);
	vmm_close(&vmm);
}
