/* SPDX-License-Identifier: BSD-2-Clause */
#include "smmu.h"

#include <errno.h>

#include <cmdqv/regs.h>

#include "regs/command.h"

/* SIZE of an ATC_INV that concerns all addresses. */
#define ATC_EVERYTHING 52U

int smmu_issue(struct kernel *kernel, const uint64_t word[2])
{
	struct cmdqv_command command;

	(void)command_decode(word, &command); /* reserved values are not refused */
	command.queue = CMDQV_SMMU_QUEUE;
	return kernel->ops.execute(kernel->user, &command) ? -ETIMEDOUT : 0;
}

static void smmu_forget_atc(struct kernel *kernel, uint32_t sid)
{
	const uint64_t word[2] = {CMDQV_OP_ATC_INV | CMDQV_SET(CMDQV_CMD0_SID, (uint64_t)sid),
				  ATC_EVERYTHING};

	(void)smmu_issue(kernel, word);
}

void smmu_forget_stream(struct kernel *kernel, uint32_t sid)
{
	const uint64_t word[2] = {CMDQV_OP_CFGI_STE | CMDQV_SET(CMDQV_CMD0_SID, (uint64_t)sid),
				  CMDQV_CFGI1_LEAF};

	(void)smmu_issue(kernel, word);
	smmu_forget_atc(kernel, sid);
}

void smmu_forget_vmid(struct kernel *kernel, uint16_t vmid)
{
	const uint64_t word[2] = {
		CMDQV_OP_TLBI_S12_VMALL | CMDQV_SET(CMDQV_TLBI0_VMID, (uint64_t)vmid), 0};

	(void)smmu_issue(kernel, word);
}

/* Does the device translate by this IOAS, by what it is attached to or by its vIOMMU? */
static bool device_is_on(const struct device *device, const struct ioas *ioas)
{
	const struct object *pt = device->attached;

	if (device->vdevice && device->vdevice->viommu->parent->ioas == ioas)
		return true;
	if (!pt)
		return false;
	if (pt->type == OBJECT_HWPT)
		return ((const struct hwpt *)pt)->ioas == ioas;
	if (pt->type == OBJECT_NESTED)
		return ((const struct nested *)pt)->viommu->parent->ioas == ioas;
	return &ioas->object == pt;
}

static void smmu_forget_for(struct kernel *kernel, const struct object *object,
			    const struct ioas *ioas)
{
	if (object->type == OBJECT_HWPT) {
		const struct hwpt *hwpt = (const struct hwpt *)object;

		if (hwpt->nest_parent && hwpt->ioas == ioas)
			smmu_forget_vmid(kernel, hwpt->vmid);
	} else if (object->type == OBJECT_DEVICE) {
		const struct device *device = (const struct device *)object;

		for (uint32_t i = 0; i < device->num_sids && device_is_on(device, ioas); i++)
			smmu_forget_atc(kernel, device->sid + i);
	}
}

void smmu_forget_memory(struct kernel *kernel, const struct ioas *ioas)
{
	for (const struct kernel_iommufd *fd = kernel->fds; fd; fd = fd->next)
		for (const struct object *object = fd->objects; object; object = object->next)
			smmu_forget_for(kernel, object, ioas);
}
