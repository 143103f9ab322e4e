/* SPDX-License-Identifier: BSD-2-Clause */
/* A refusal reads the same on both ports, word for word: each one that both can make. */
#include <sys/resource.h>

#include "fixture.h"

struct refusal {
	int (*provoke)(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why);
	int expected;
	const char *id;
	const char *says;
	uint64_t arg[3];
};

/* ---- query and open ---- */

/* arg: is there a place for the answer, its size, a device that is not there */
static int query(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	struct cmdqv_hw_info info = {.size = arg[1]};

	return vmm->host->port->query(vmm, arg[2] ? (uint32_t)arg[2] : vmm->dev_id[0],
				      arg[0] ? &info : NULL, why);
}

/* arg: is there a place for the vIOMMU, and for the backend */
static int open_nowhere(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	struct cmdqv_viommu *viommu;
	struct cmdqv_backend backend;

	return vmm->host->port->open(vmm, arg[0] ? &viommu : NULL, arg[1] ? &backend : NULL, why);
}

/* The host has three VINTFs for guests. */
static int open_one_too_many(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	const struct port_fixture *port = vmm->host->port;
	struct cmdqv_viommu *more[3];
	struct cmdqv_backend backend;
	int err;

	(void)arg;
	for (int i = 0; i < 2; i++)
		assert_int_equal(port->open(vmm, &more[i], &backend, NULL), 0);
	err = port->open(vmm, &more[2], &backend, why);
	for (int i = 0; i < 2; i++)
		cmdqv_viommu_close(more[i]);
	return err;
}

/* The limit of descriptors itself, not its imitation. */
static int open_without_descriptors(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	struct rlimit limit, none;
	int err;

	(void)arg;
	vmm_close_viommu(vmm);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = vmm_open_viommu(vmm, why);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	vmm_check_clean(vmm);
	assert_int_equal(vmm_open_viommu(vmm, NULL), 0);
	return err;
}

/* [DEV-34] A host of its own, whose SMMU wants each invalidation twice. */
static int open_without_repetition(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	struct vmm other;
	int err;

	(void)arg;
	vmm_prepare_on_smmu(&other, vmm->host->port, CMDQV_SMMU_REPEAT);
	err = vmm_open_viommu(&other, why);
	vmm_check_objects(&other);
	vmm_finish(&other);
	return err;
}

/* ---- queues: arg is index, address and bytes ---- */

static int bind(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	int err = vmm_bind_at(vmm, (uint32_t)arg[0], arg[1], arg[2], NULL);

	assert_int_equal(vmm_bind_at(vmm, (uint32_t)arg[0], arg[1], arg[2], why), err);
	assert_int_equal(vmm_bind(vmm, 0, NULL), 0);
	return err;
}

static int bind_twice(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	(void)arg;
	assert_int_equal(vmm_bind(vmm, 0, NULL), 0);
	return vmm_bind(vmm, 0, why);
}

static int bind_when_broken(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	(void)arg;
	vmm_unbind(vmm, 0);
	return vmm_bind(vmm, 0, why);
}

/* ---- devices: device 0 is there as 0x10 ---- */

/* arg: device, or an id that no device has; StreamID */
static int add(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	uint32_t dev_id = arg[0] < DEVICES ? vmm->dev_id[arg[0]] : (uint32_t)arg[0];

	assert_int_equal(vmm_add(vmm, 0, 0x10), 0);
	return cmdqv_viommu_add_device(vmm->viommu, (cmdqv_vsid_t){(uint32_t)arg[1]}, dev_id,
				       vmm->device[1], why);
}

static int add_one_too_many(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	(void)arg;
	for (uint32_t i = 0; i < 16; i++)
		assert_int_equal(vmm_add(vmm, i, i), 0);
	return cmdqv_viommu_add_device(vmm->viommu, (cmdqv_vsid_t){16}, vmm->dev_id[16],
				       vmm->device[16], why);
}

static int remove_unknown(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	return cmdqv_viommu_remove_device(vmm->viommu, (cmdqv_vsid_t){(uint32_t)arg[0]}, why);
}

/* arg: StreamID, words of the entry */
static int set_ste(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	assert_int_equal(vmm_add(vmm, 0, 0x10), 0);
	return cmdqv_viommu_set_ste(vmm->viommu, (cmdqv_vsid_t){(uint32_t)arg[0]}, &arg[1], why);
}

/* As a VMM that closes the VFIO descriptor too early. */
static int set_ste_of_closed(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	assert_int_equal(vmm_add(vmm, 0, 0x10), 0);
	vmm->host->port->device_close(vmm, 0);
	return cmdqv_viommu_set_ste(vmm->viommu, (cmdqv_vsid_t){0x10}, &arg[1], why);
}

static int set_ste_over_msis(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	assert_int_equal(vmm->host->port->map(vmm, 0x080F0000, vmm->ram, 0x1000), 0);
	return set_ste(vmm, arg, why);
}

static int invalidate_late(struct vmm *vmm, const uint64_t *arg, struct cmdqv_error *why)
{
	const struct cmdqv_viommu_command command = {{0x10, 0}};
	struct cmdqv_viommu_result result;

	(void)arg;
	vmm->host->execute_result = -ETIMEDOUT;
	return cmdqv_viommu_invalidate(vmm->viommu, &command, 1, &result, why);
}

static const struct refusal refusals[] = {
	{query, -EINVAL, "bad-size", "sizeof", {0, 0, 0}},
	{query, -EINVAL, "bad-size", "sizeof", {1, 4, 0}},
	{query,
	 -ENOENT,
	 "iommufd-hw-info",
	 "bind it first",
	 {1, sizeof(struct cmdqv_hw_info), 999}},
	{open_nowhere, -EINVAL, "no-result", "out is NULL", {0, 1}},
	{open_nowhere, -EINVAL, "no-result", "backend is NULL", {1, 0}},
	{open_one_too_many, -ENOSPC, "iommufd-viommu", "stop another VM", {0}},
	{open_without_descriptors, -EMFILE, "iommufd-viommu", "IOMMU_VIOMMU_ALLOC", {0}},
	{open_without_repetition, -EOPNOTSUPP, "erratum-repeat", "nvidia,tegra264-smmu", {0}},
	{bind, -ENOENT, "queue-bind", "map the guest's RAM", {0, 0x80000000, 0x1000}},
	{bind, -EFAULT, "queue-bind", "larger pages", {0, RAM_GPA + 0xF000, 0x2000}},
	{bind, -EINVAL, "queue-bind", "IDR1.CMDQS", {0, RAM_GPA, 0x3000}},
	{bind, -EINVAL, "queue-bind", "IDR1.CMDQS", {0, RAM_GPA, 0x10000}},
	{bind, -EFAULT, "queue-bind", "not physically contiguous", {0, RAM_GPA, 0x20000}},
	{bind, -EINVAL, "queue-bind", "IDR1.CMDQS", {0, RAM_GPA, 0}},
	{bind, -EINVAL, "queue-bind", "no such queue", {4, RAM_GPA, 0x1000}},
	{bind, -EIO, "queue-bind", "ascending", {1, RAM_GPA, 0x1000}},
	{bind, -EOVERFLOW, "queue-bind", "wraps", {0, ~0xFFFULL, 0x2000}},
	{bind, -ERANGE, "queue-bind", "overflows", {0, 0x800, ~0xFFFULL}},
	{bind_twice, -EEXIST, "queue-bind", "allocated already", {0}},
	{bind_when_broken, -EIO, "backend-broken", "earlier", {0}},
	{add, -EEXIST, "iommufd-vdevice", "already", {1, 0x10}},
	{add, -EEXIST, "iommufd-vdevice", "already", {0, 0x11}},
	{add, -EINVAL, "iommufd-vdevice", "20 bits", {1, 0x100000}},
	{add, -ENOENT, "iommufd-vdevice", "no such device", {999, 0x12}},
	{add_one_too_many, -ENOSPC, "iommufd-vdevice", "SID slots", {0}},
	{remove_unknown, -ENOENT, "no-device", "StreamID 0x12", {0x12}},
	{set_ste, -ENOENT, "no-device", "StreamID 0x12", {0x12, STE_BYPASS, 0}},
	{set_ste, -EIO, "iommufd-ste", "C_BAD_STE", {0x10, 6 << 1 | 1, 0}},
	{set_ste, -EIO, "iommufd-ste", "C_BAD_STE", {0x10, STE_STAGE1, 2ULL << 28}},
	{set_ste_of_closed, -ENOENT, "iommufd-ste", "unplugged", {0x10, STE_STAGE1, 0}},
	{set_ste_over_msis,
	 -EADDRINUSE,
	 "iommufd-attach",
	 "0x08000000 to 0x080FFFFF",
	 {0x10, STE_BYPASS, 0}},
	{invalidate_late, -ETIMEDOUT, "iommufd-invalidate", "CMD_SYNC", {0}},
};

static struct cmdqv_error refuse(size_t number, const struct port_fixture *port)
{
	const struct refusal *refusal = &refusals[number];
	struct cmdqv_error why = {.id = ""};
	struct vmm vmm;
	int err;

	vmm_open(&vmm, port);
	err = refusal->provoke(&vmm, refusal->arg, &why);
	if (err != refusal->expected || why.code != err || strcmp(why.id, refusal->id) != 0 ||
	    !strstr(why.text, refusal->says))
		fail_msg("refusal %zu: %d, %s: %s", number, err, why.id, why.text);
	vmm_close_viommu(&vmm);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
	return why;
}

/* [HW-21] */
TEST(a_refusal_has_its_errno_and_words_and_both_ports_have_the_same)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct cmdqv_error soft = refuse(i, &soft_port);
		struct cmdqv_error front = refuse(i, &front_port);

		if (strcmp(soft.text, front.text) != 0)
			fail_msg("refusal %zu: \"%s\", but on the other port \"%s\"", i, soft.text,
				 front.text);
	}
}
