/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HWPT_INVALIDATE on a vIOMMU: commands that a VMM trapped, made safe and issued by the
 * SMMU's own queue, in chunks of at most 63 with a CMD_SYNC behind each.
 *
 * The trap that the kernel has, and so has this: a command that cannot be made safe ends
 * the call with -EIO and its number in entry_num, but those before it in the same chunk
 * were not issued. A caller resubmits from the last multiple of 63.
 *
 * Not modelled: the checks of reserved and unsupported fields that Linux 7.3 added.
 */
#include <errno.h>
#include <string.h>

#include "object.h"
#include "regs/command.h"
#include "smmu.h"
#include "vdevice.h"

#define CHUNK 63
#define MAX_ENTRIES (1U << 19)

struct smmu_command {
	uint64_t word[2];
};

static int replace_sid(const struct kernel_iommufd *fd, const struct viommu *viommu,
		       struct smmu_command *command)
{
	uint32_t vsid = (uint32_t)CMDQV_GET(CMDQV_CMD0_SID, command->word[0]);
	const struct vdevice *vdevice = vdevice_find(fd, viommu, vsid);

	if (!vdevice)
		return -EIO;
	command->word[0] = command_replace(command->word[0], CMDQV_CMD0_SID, vdevice->device->sid);
	return 0;
}

/* Makes a guest's command safe to issue. Returns: 0; -EIO: it cannot be. */
static int convert(const struct kernel_iommufd *fd, const struct viommu *viommu,
		   struct smmu_command *command)
{
	const struct command_info *info = command_info(command->word[0]);

	if (!info->trapped)
		return -EIO;
	if (info->form == FORM_ATC || info->form == FORM_CD || info->form == FORM_CD_ALL)
		return replace_sid(fd, viommu, command);
	if (info->form == FORM_NONE) /* TLBI_NSNH_ALL: of the guest's VMID */
		*command = (struct smmu_command){.word = {CMDQV_OP_TLBI_NH_ALL, 0}};
	command->word[0] =
		command_replace(command->word[0], CMDQV_TLBI0_VMID, viommu->parent->vmid);
	return 0;
}

/*
 * Issues a chunk and its CMD_SYNC. A command is done when `execute` returns, so the
 * CMD_SYNC has nothing to wait for; it reports what timed out in this chunk, never what
 * did in a guest's VCMDQ. Returns: 0; -ETIMEDOUT.
 */
static int issue(struct kernel *kernel, struct viommu *viommu, const struct smmu_command *chunk,
		 uint32_t count)
{
	/* [HW-25] The kernel repeats what it issues for itself, not what it issues for a VM. */
	bool lost = kernel->config.smmu_flags && !viommu->repeats;
	int err = 0;

	viommu->repeats = !viommu->repeats;
	for (uint32_t i = 0; i < count; i++)
		if (!(lost && command_is_repeated(chunk[i].word[0])) &&
		    smmu_issue(kernel, chunk[i].word))
			err = -ETIMEDOUT;
	return err;
}

static const uint8_t *entry_at(const struct kernel_hwpt_invalidate *cmd, uint32_t index)
{
	return (const uint8_t *)cmd->data + (size_t)index * cmd->entry_len;
}

/* Entries longer than a command are of a later uAPI: what we do not know must be zero. */
static int check_tails(const struct kernel_hwpt_invalidate *cmd)
{
	for (uint32_t i = 0; i < cmd->entry_num; i++)
		for (uint32_t b = sizeof(struct smmu_command); b < cmd->entry_len; b++)
			if (entry_at(cmd, i)[b])
				return -E2BIG;
	return 0;
}

static int check_invalidate(const struct kernel_iommufd *fd,
			    const struct kernel_hwpt_invalidate *cmd, struct viommu **viommu)
{
	struct object *object;

	if (cmd->reserved)
		return -EOPNOTSUPP;
	if (cmd->entry_num && (!cmd->data || !cmd->entry_len))
		return -EINVAL;
	object = object_find_any(fd, cmd->hwpt_id);
	if (!object)
		return -ENOENT;
	if (object->type == OBJECT_NESTED)
		return -EOPNOTSUPP;
	if (object->type != OBJECT_VIOMMU)
		return -EINVAL;
	*viommu = (struct viommu *)object;
	if (cmd->data_type != KERNEL_INVALIDATE_VIOMMU_ARM_SMMUV3 || cmd->entry_num == 0 ||
	    cmd->entry_num > MAX_ENTRIES || cmd->entry_len > KERNEL_PAGE_BYTES)
		return -EINVAL;
	return check_tails(cmd);
}

/* An entry may be shorter than a command: the rest of the command is 0 then. */
static struct smmu_command command_at(const struct kernel_hwpt_invalidate *cmd, uint32_t index)
{
	struct smmu_command command = {.word = {0, 0}};

	memcpy(&command, entry_at(cmd, index),
	       cmd->entry_len < sizeof(command) ? cmd->entry_len : sizeof(command));
	return command;
}

/* Converts and issues the chunk at `first`; *done counts entries as the kernel does. */
static int invalidate_chunk(const struct kernel_iommufd *fd, struct viommu *viommu,
			    const struct kernel_hwpt_invalidate *cmd, uint32_t first,
			    uint32_t *done)
{
	uint32_t count = cmd->entry_num - first < CHUNK ? cmd->entry_num - first : CHUNK;
	struct smmu_command chunk[CHUNK];
	int err;

	for (uint32_t i = 0; i < count; i++) {
		chunk[i] = command_at(cmd, first + i);
		err = convert(fd, viommu, &chunk[i]);
		if (err) {
			*done = first + i;
			return err;
		}
	}
	err = issue(fd->kernel, viommu, chunk, count);
	*done = first + count - (err ? 1 : 0);
	return err;
}

/*
 * Returns: 0; -EOPNOTSUPP: reserved, or a nested HWPT; -ENOENT: hwpt_id; -EINVAL: another
 * object, data_type, entry_len, entry_num; -E2BIG: a longer entry; -EIO: an opcode that is
 * not for a guest, or an unknown vSID; -ETIMEDOUT: CMD_SYNC. entry_num is written from
 * -EIO on.
 */
int kernel_hwpt_invalidate(struct kernel_iommufd *fd, struct kernel_hwpt_invalidate *cmd)
{
	struct viommu *viommu;
	uint32_t done = 0;
	int err = check_invalidate(fd, cmd, &viommu);

	if (err)
		return err;
	while (!err && done < cmd->entry_num)
		err = invalidate_chunk(fd, viommu, cmd, done, &done);
	cmd->entry_num = done;
	return err;
}
