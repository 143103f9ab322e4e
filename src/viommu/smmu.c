/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a VMM's SMMUv3 needs of the host: its devices, their stream table entries, and the
 * commands that the VMM traps.
 *
 * A device has a vDEVICE from the moment it is added, for the kernel wants one before it
 * attaches a stage 1 entry. A stream table entry is a nested HWPT. A new one is allocated
 * and attached before the former one is destroyed, so that a failure on the way leaves
 * what was, and the device is translated all the time. A former one that cannot be
 * destroyed is remembered and stands in the way of the next: never more than one is left.
 *
 * Descriptors of devices are borrowed, and the VMM may close one too early: its number may
 * then be another device's. Before a device is detached its vDEVICE is destroyed, for the
 * kernel tells by that whether the descriptor is still open: closing it destroys the vDEVICE,
 * and the id is nobody else's until the iommufd is closed. What is gone is not detached.
 *
 * Invalidations. The kernel takes them in chunks of 63, and has a trap: a bad command drops
 * those before it in its chunk, and the number that it answers counts them as done. So
 * each call carries at most 63 commands, which is one chunk: if it is refused at k, then
 * none of it was issued, and [0, k) is issued again by itself. Should a later kernel issue
 * them, or cut its chunks elsewhere, they are repeated: harmless, because opcodes are
 * looked at before, and only commands that forget something get through.
 */
#include <errno.h>

#include "base/sequence.h"
#include "internal.h"
#include "regs/command.h"
#include "regs/ste.h"

enum { CHUNK = 63 };

/* ---- devices ---- */

static struct iommufd_device *find_device(struct cmdqv_iommufd *backend, cmdqv_vsid_t vsid)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++)
		if (backend->devices[i].used && backend->devices[i].vsid.value == vsid.value)
			return &backend->devices[i];
	return NULL;
}

static struct iommufd_device *free_device(struct cmdqv_iommufd *backend)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++)
		if (!backend->devices[i].used)
			return &backend->devices[i];
	return NULL;
}

static int no_such_device(cmdqv_vsid_t vsid, struct cmdqv_error *error)
{
	return cmdqv_error_set(
		error, -ENOENT, "no-device",
		"no device was added with StreamID 0x%x; call cmdqv_iommufd_add_device()",
		vsid.value);
}

/* The VFIO descriptor was closed: neither its number nor the device's id is the device's. */
static void forget(struct iommufd_device *device)
{
	device->fd = -1;
	device->dev_id = 0;
}

/*
 * A device that gets a vDEVICE has none yet. So whoever else goes by its descriptor or
 * its id had one that was closed.
 */
static void forget_namesakes(struct cmdqv_iommufd *backend, uint32_t dev_id, int device_fd)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++) {
		struct iommufd_device *device = &backend->devices[i];

		if (device->used && (device->dev_id == dev_id || device->fd == device_fd))
			forget(device);
	}
}

int cmdqv_iommufd_add_device(struct cmdqv_iommufd *backend, cmdqv_vsid_t vsid, uint32_t dev_id,
			     int device_fd, struct cmdqv_error *error)
{
	struct iommufd_device *device = free_device(backend);
	uint32_t id;
	int err;

	if (find_device(backend, vsid))
		return iommufd_failed(error, CALL_VDEVICE_ALLOC, -EEXIST);
	if (!device)
		return iommufd_failed(error, CALL_VDEVICE_ALLOC, -ENOSPC);
	err = iommufd_vdevice_alloc(backend->fd, backend->viommu_id, dev_id, vsid, &id);
	if (err)
		return iommufd_failed(error, CALL_VDEVICE_ALLOC, err);
	forget_namesakes(backend, dev_id, device_fd);
	*device = (struct iommufd_device){
		.used = true,
		.vsid = vsid,
		.dev_id = dev_id,
		.fd = device_fd,
		.vdevice_id = id,
	};
	return 0;
}

/* Destroys what *id names. On failure it stays named, to be tried again. */
static int let_go(const struct cmdqv_iommufd *backend, uint32_t *id)
{
	int err = *id ? iommufd_destroy_surely(backend->fd, *id) : 0;

	if (!err)
		*id = 0;
	return err;
}

/* Destroys the vDEVICE. One that is gone went with the device's descriptor. */
static int let_go_of_vdevice(const struct cmdqv_iommufd *backend, struct iommufd_device *device)
{
	int err = device->vdevice_id ? iommufd_destroy(backend->fd, device->vdevice_id) : 0;

	if (err == -ENOENT)
		forget(device);
	if (!err || err == -ENOENT)
		device->vdevice_id = 0;
	return device->vdevice_id ? err : 0;
}

/* A descriptor that was closed took the attachment with it. */
static int detach(const struct iommufd_device *device)
{
	int err = device->hwpt_id && device->fd >= 0 ? iommufd_detach(device->fd) : 0;

	return err == -EBADF || err == -ENOTTY || err == -ENODEV ? 0 : err;
}

static int remove_device(const struct cmdqv_iommufd *backend, struct iommufd_device *device,
			 struct cmdqv_error *error)
{
	int err = let_go_of_vdevice(backend, device);

	if (err)
		err = let_go_of_vdevice(backend, device); /* as iommufd_destroy_surely() */
	if (err)
		return iommufd_failed(error, CALL_DESTROY, err);
	err = detach(device);
	if (err)
		return iommufd_failed(error, CALL_DETACH, err);
	err = let_go(backend, &device->hwpt_id);
	if (!err)
		err = let_go(backend, &device->former_hwpt_id);
	if (err)
		return iommufd_failed(error, CALL_DESTROY, err);
	device->used = false;
	return 0;
}

int cmdqv_iommufd_remove_device(struct cmdqv_iommufd *backend, cmdqv_vsid_t vsid,
				struct cmdqv_error *error)
{
	struct iommufd_device *device = find_device(backend, vsid);

	if (!device)
		return no_such_device(vsid, error);
	return remove_device(backend, device, error);
}

void iommufd_smmu_close(struct cmdqv_iommufd *backend)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++) {
		struct iommufd_device *device = &backend->devices[i];

		if (device->used && remove_device(backend, device, NULL))
			(void)remove_device(backend, device, NULL);
	}
}

/* ---- stream table entries ---- */

/* Attaches the device to a new HWPT and lets go of the former one. */
static int replace_hwpt(const struct cmdqv_iommufd *backend, struct iommufd_device *device,
			uint32_t id, struct cmdqv_error *error)
{
	int err = iommufd_attach(device->fd, id);

	if (err) {
		device->former_hwpt_id = id;
		(void)let_go(backend, &device->former_hwpt_id);
		return iommufd_failed(error, CALL_ATTACH, err);
	}
	device->former_hwpt_id = device->hwpt_id;
	device->hwpt_id = id;
	(void)let_go(backend, &device->former_hwpt_id);
	return 0;
}

int cmdqv_iommufd_set_ste(struct cmdqv_iommufd *backend, cmdqv_vsid_t vsid, const uint64_t ste[2],
			  struct cmdqv_error *error)
{
	const uint64_t taken[2] = {ste[0] & STE0_GUEST, ste[1] & STE1_GUEST};
	struct iommufd_device *device = find_device(backend, vsid);
	uint32_t id;
	int err;

	if (!device)
		return no_such_device(vsid, error);
	if (device->fd < 0)
		return iommufd_failed(error, CALL_HWPT_ALLOC, -ENOENT);
	err = let_go(backend, &device->former_hwpt_id);
	if (err)
		return iommufd_failed(error, CALL_DESTROY, err);
	err = iommufd_nested_alloc(backend->fd, backend->viommu_id, device->dev_id, taken, &id);
	if (err)
		return iommufd_failed(error, CALL_HWPT_ALLOC, err);
	return replace_hwpt(backend, device, id, error);
}

/* ---- invalidation ---- */

/* How many of the next commands make a chunk: up to 63, none of them one to refuse. */
static uint32_t next_chunk(const struct cmdqv_iommufd_command *commands, size_t count)
{
	uint32_t n = 0;

	while (n < CHUNK && n < count && command_info(commands[n].word[0])->trapped)
		n++;
	return n;
}

/*
 * Issues a chunk, or what comes before the command that is refused. *count is then how
 * many were issued. Each turn has fewer commands than the one before, so it ends.
 */
static int issue_chunk(const struct cmdqv_iommufd *backend,
		       const struct cmdqv_iommufd_command *commands, uint32_t *count)
{
	int err = 0;

	while (*count > 0) {
		err = iommufd_issue(backend->fd, backend->viommu_id, commands, count);
		if (err != -EIO)
			break;
		err = 0;
	}
	if (err)
		*count = 0;
	return err;
}

int cmdqv_iommufd_invalidate(struct cmdqv_iommufd *backend,
			     const struct cmdqv_iommufd_command *commands, size_t count,
			     struct cmdqv_iommufd_result *result, struct cmdqv_error *error)
{
	*result = (struct cmdqv_iommufd_result){.issued = 0};
	while (result->issued < count) {
		const struct cmdqv_iommufd_command *next = &commands[result->issued];
		uint32_t wanted = next_chunk(next, count - result->issued);
		uint32_t issued = wanted;
		int err = issue_chunk(backend, next, &issued);

		if (err)
			return iommufd_failed(error, CALL_INVALIDATE, err);
		result->issued += issued;
		if (wanted == 0 || issued < wanted) {
			result->error = CMDQV_CERROR_ILL;
			break;
		}
	}
	return 0;
}

/* ---- events of the SMMU ---- */

int cmdqv_iommufd_smmu_event_fd(const struct cmdqv_iommufd *backend)
{
	return backend->events[EVENTS_SMMU].fd;
}

/* The first sequence number that is seen may be any. */
static uint32_t count_missed(struct cmdqv_iommufd *backend, const struct iommufd_record *record)
{
	uint32_t missed = 0;

	if (backend->smmu_sequence_known)
		missed = sequence_gap(backend->next_smmu_sequence, record->sequence);
	backend->smmu_sequence_known = true;
	backend->next_smmu_sequence = (record->sequence + 1) & INT32_MAX;
	return missed + record->lost;
}

int cmdqv_iommufd_smmu_event(struct cmdqv_iommufd *backend, struct cmdqv_iommufd_smmu_event *event)
{
	struct iommufd_record record;
	int result;

	if (backend->events[EVENTS_SMMU].fd < 0)
		return -ENOENT;
	result = iommufd_read_record(&backend->events[EVENTS_SMMU], EVENTS_SMMU, &record);
	if (result != 1)
		return result;
	*event = (struct cmdqv_iommufd_smmu_event){
		.sequence = record.sequence,
		.missed = count_missed(backend, &record),
		.lost = record.lost,
	};
	for (int i = 0; i < 4; i++)
		event->word[i] = record.data[i];
	return 1;
}
