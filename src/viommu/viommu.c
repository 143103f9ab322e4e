/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend on Linux: its life, and the operations that the device asks for.
 *
 *	iommufd.c	open, adopt, close; bind, unbind, registers of page 0, events
 *	iommufd_smmu.c	devices, stream table entries, invalidations, events of the SMMU
 *	iommufd_idr.c	what a guest's SMMUv3 may say
 *	iommufd_call.c	the system calls; nothing else knows the kernel's ABI
 *	iommufd_text.c	their failures in words
 *
 * Bind and unbind are one ioctl each: the kernel pins the queue's memory, maps the VCMDQ
 * and sets BASE, and before it lets go of the memory it disables the queue and waits. The
 * other registers are loads and stores to page 0, which costs no system call.
 *
 * What is undone goes in the kernel's order, or it would be busy: queues from the top,
 * nested HWPTs (detached first), vDEVICEs, event queues (descriptor first), the mapping of
 * page 0, the vIOMMU. An unbind that fails marks the backend as broken for good: the queue
 * and its memory are the kernel's until the iommufd is closed [DEV-31].
 */
#include <errno.h>
#include <stdlib.h>

#include "base/shared.h"
#include "base/sized.h"
#include "internal.h"

/* Of any host. */
enum { SMALLEST_PAGE = 4096 };

/* ---- the operations of a backend ---- */

static int backend_geometry(void *impl, struct cmdqv_backend_geometry *geometry)
{
	const struct cmdqv_iommufd *backend = impl;

	*geometry = (struct cmdqv_backend_geometry){
		.num_lvcmdqs = backend->info.num_lvcmdqs,
		.num_sids = backend->info.num_sids,
		.version = backend->info.version,
	};
	return 0;
}

static int backend_bind(void *impl, uint32_t index, cmdqv_gpa_t base, uint64_t bytes,
			struct cmdqv_error *error)
{
	struct cmdqv_iommufd *backend = impl;
	uint32_t id;
	int err;

	if (backend->broken)
		return cmdqv_error_set(
			error, -EIO, "backend-broken",
			"queue %u is not bound: an earlier unbind failed (errno %d); stop "
			"the VM",
			index, -backend->broken);
	if (index >= backend->info.num_lvcmdqs)
		return iommufd_failed(error, CALL_HW_QUEUE_ALLOC, -EINVAL);
	if (backend->queue_ids[index])
		return iommufd_failed(error, CALL_HW_QUEUE_ALLOC, -EEXIST);
	err = iommufd_hw_queue_alloc(backend->fd, backend->viommu_id, index, base, bytes, &id);
	/* There may be a queue now that nobody can name: as if its unbind had failed. */
	if (err == -EPROTO)
		backend->broken = err;
	if (err)
		return iommufd_failed(error, CALL_HW_QUEUE_ALLOC, err);
	backend->queue_ids[index] = id;
	return 0;
}

/* [DEV-31] */
static void backend_unbind(void *impl, uint32_t index)
{
	struct cmdqv_iommufd *backend = impl;
	int err = -ENOENT;

	if (index < CMDQV_MAX_VCMDQS && backend->queue_ids[index])
		err = iommufd_destroy(backend->fd, backend->queue_ids[index]);
	if (!err)
		backend->queue_ids[index] = 0;
	else if (!backend->broken)
		backend->broken = err;
}

static shared32 *register_at(const struct cmdqv_iommufd *backend, uint32_t index, uint32_t reg)
{
	char *page = backend->page;

	if (index >= backend->info.num_lvcmdqs || reg >= CMDQV_SLOT_STRIDE ||
	    reg % sizeof(shared32))
		return NULL;
	return (shared32 *)(void *)(page + (size_t)index * CMDQV_SLOT_STRIDE + reg);
}

/* Acquire and release: see rule 5 of base/shared.h. */
static uint32_t backend_read(void *impl, uint32_t index, uint32_t reg)
{
	const shared32 *word = register_at(impl, index, reg);

	return word ? shared_load_acquire(word) : 0;
}

static void backend_write(void *impl, uint32_t index, uint32_t reg, uint32_t value)
{
	shared32 *word = register_at(impl, index, reg);

	if (word)
		shared_store_release(word, value);
}

static int backend_page(void *impl, struct cmdqv_page_view *view)
{
	const struct cmdqv_iommufd *backend = impl;

	*view = (struct cmdqv_page_view){
		.host = backend->page,
		.fd = backend->fd,
		.fd_offset = backend->mmap_offset,
		.length = CMDQV_PAGE_BYTES,
	};
	return 0;
}

static int backend_event_fd(void *impl)
{
	const struct cmdqv_iommufd *backend = impl;

	return backend->events[EVENTS_CMDQV].fd;
}

static int backend_event(void *impl, struct cmdqv_backend_event *event)
{
	const struct cmdqv_iommufd *backend = impl;
	struct iommufd_record record;
	int result = iommufd_read_record(&backend->events[EVENTS_CMDQV], EVENTS_CMDQV, &record);

	if (result == 1)
		*event = (struct cmdqv_backend_event){
			.sequence = record.sequence,
			.lost = record.lost,
		};
	return result;
}

static int backend_broken(void *impl)
{
	const struct cmdqv_iommufd *backend = impl;

	return backend->broken;
}

static const struct cmdqv_backend_ops backend_ops = {
	.size = sizeof(struct cmdqv_backend_ops),
	.geometry = backend_geometry,
	.queue_bind = backend_bind,
	.queue_unbind = backend_unbind,
	.queue_read = backend_read,
	.queue_write = backend_write,
	.page0_view = backend_page,
	.event_fd = backend_event_fd,
	.event_read = backend_event,
	.broken = backend_broken,
};

/* ---- open, adopt ---- */

static struct cmdqv_iommufd *new_backend(struct cmdqv_error *error)
{
	struct cmdqv_iommufd *backend = calloc(1, sizeof(*backend));

	if (!backend) {
		(void)cmdqv_error_set(error, -ENOMEM, "no-memory", "no memory for a backend");
		return NULL;
	}
	for (int type = 0; type < IOMMUFD_EVENTS; type++)
		backend->events[type].fd = -1;
	return backend;
}

static int query(struct cmdqv_iommufd *backend, uint32_t dev_id, struct cmdqv_error *error)
{
	int err = iommufd_get_hw_info(backend->fd, dev_id, &backend->info);

	backend->info.size = sizeof(backend->info);
	return err ? iommufd_failed(error, CALL_HW_INFO, err) : 0;
}

static int allocate_viommu(struct cmdqv_iommufd *backend, uint32_t dev_id, uint32_t hwpt_id,
			   struct cmdqv_error *error)
{
	struct iommufd_viommu viommu;
	int err = iommufd_viommu_alloc(backend->fd, dev_id, hwpt_id, &viommu);

	if (err)
		return iommufd_failed(error, CALL_VIOMMU_ALLOC, err);
	backend->viommu_id = viommu.id;
	backend->mmap_offset = viommu.mmap_offset;
	return 0;
}

static int map_page(struct cmdqv_iommufd *backend, struct cmdqv_error *error)
{
	int err = iommufd_map_page(backend->fd, backend->mmap_offset, &backend->page);

	return err ? iommufd_failed(error, CALL_MAP_PAGE, err) : 0;
}

static int allocate_events(struct cmdqv_iommufd *backend, enum iommufd_events type,
			   struct cmdqv_error *error)
{
	int err = iommufd_veventq_alloc(backend->fd, backend->viommu_id, type,
					&backend->events[type]);

	return err ? iommufd_failed(error, CALL_VEVENTQ_ALLOC, err) : 0;
}

static void publish(struct cmdqv_iommufd *backend, struct cmdqv_iommufd **out,
		    struct cmdqv_backend *operations)
{
	*operations = (struct cmdqv_backend){.ops = &backend_ops, .impl = backend};
	*out = backend;
}

static int check_results(struct cmdqv_iommufd *const *out, const struct cmdqv_backend *operations,
			 struct cmdqv_error *error)
{
	if (out && operations)
		return 0;
	return cmdqv_error_set(error, -EINVAL, "no-result", "there is no place for the backend");
}

int cmdqv_iommufd_open(struct cmdqv_iommufd **out, const struct cmdqv_iommufd_config *config,
		       struct cmdqv_backend *operations, struct cmdqv_error *error)
{
	struct cmdqv_iommufd_config c;
	struct cmdqv_iommufd *backend;
	int err = check_results(out, operations, error);

	if (err)
		return err;
	err = sized_copy_in(&c, sizeof(c), sizeof(c), config, "struct cmdqv_iommufd_config", error);
	if (err)
		return err;
	backend = new_backend(error);
	if (!backend)
		return -ENOMEM;
	backend->fd = c.iommufd;
	err = query(backend, c.dev_id, error);
	if (err)
		goto err_free;
	err = allocate_viommu(backend, c.dev_id, c.hwpt_id, error);
	if (err)
		goto err_free;
	err = map_page(backend, error);
	if (err)
		goto err_destroy_viommu;
	err = allocate_events(backend, EVENTS_CMDQV, error);
	if (err)
		goto err_unmap_page;
	err = allocate_events(backend, EVENTS_SMMU, error);
	if (err)
		goto err_free_cmdqv_events;
	publish(backend, out, operations);
	return 0;

err_free_cmdqv_events:
	iommufd_veventq_free(backend->fd, &backend->events[EVENTS_CMDQV]);
err_unmap_page:
	iommufd_unmap_page(backend->page);
err_destroy_viommu:
	(void)iommufd_destroy_surely(backend->fd, backend->viommu_id);
err_free:
	free(backend);
	return err;
}

static int check_adopted(const struct cmdqv_iommufd_adopted *adopted, struct cmdqv_error *error)
{
	const char *what = NULL;

	if (!adopted->viommu_id)
		what = "viommu_id is 0";
	else if (adopted->cmdqv_event_fd < 0)
		what = "cmdqv_event_fd is negative";
	else if (!adopted->mmap_offset || adopted->mmap_offset % SMALLEST_PAGE)
		what = "mmap_offset is 0 or no multiple of a page";
	else if (adopted->mmap_length != CMDQV_PAGE_BYTES)
		what = "mmap_length is not 64 KiB";
	if (!what)
		return 0;
	return cmdqv_error_set(
		error, -EINVAL, "bad-adoption",
		"%s; hand over what IOMMU_VIOMMU_ALLOC and IOMMU_VEVENTQ_ALLOC answered", what);
}

int cmdqv_iommufd_adopt(struct cmdqv_iommufd **out, const struct cmdqv_iommufd_adopted *adopted,
			struct cmdqv_backend *operations, struct cmdqv_error *error)
{
	struct cmdqv_iommufd_adopted a;
	struct cmdqv_iommufd *backend;
	int err = check_results(out, operations, error);

	if (err)
		return err;
	err = sized_copy_in(&a, sizeof(a), sizeof(a), adopted, "struct cmdqv_iommufd_adopted",
			    error);
	if (err)
		return err;
	err = check_adopted(&a, error);
	if (err)
		return err;
	backend = new_backend(error);
	if (!backend)
		return -ENOMEM;
	backend->adopted = true;
	backend->fd = a.iommufd;
	backend->viommu_id = a.viommu_id;
	backend->mmap_offset = a.mmap_offset;
	backend->events[EVENTS_CMDQV].fd = a.cmdqv_event_fd;
	backend->events[EVENTS_SMMU].fd = a.smmu_event_fd < 0 ? -1 : a.smmu_event_fd;
	err = query(backend, a.dev_id, error);
	if (err)
		goto err_free;
	err = map_page(backend, error);
	if (err)
		goto err_free;
	publish(backend, out, operations);
	return 0;

err_free:
	free(backend);
	return err;
}

/* ---- close ---- */

static void close_queues(struct cmdqv_iommufd *backend)
{
	for (uint32_t i = CMDQV_MAX_VCMDQS; i-- > 0;)
		if (backend->queue_ids[i])
			(void)iommufd_destroy_surely(backend->fd, backend->queue_ids[i]);
}

void cmdqv_iommufd_close(struct cmdqv_iommufd *backend)
{
	if (!backend)
		return;
	close_queues(backend);
	iommufd_smmu_close(backend);
	if (!backend->adopted) {
		iommufd_veventq_free(backend->fd, &backend->events[EVENTS_SMMU]);
		iommufd_veventq_free(backend->fd, &backend->events[EVENTS_CMDQV]);
	}
	iommufd_unmap_page(backend->page);
	if (!backend->adopted)
		(void)iommufd_destroy_surely(backend->fd, backend->viommu_id);
	free(backend);
}

/* ---- hw info ---- */

int cmdqv_iommufd_query(int iommufd, uint32_t dev_id, struct cmdqv_iommufd_hw_info *info,
			struct cmdqv_error *error)
{
	struct cmdqv_iommufd_hw_info answer = {.size = sizeof(answer)};
	int err;

	/* Before the kernel is asked. */
	if (sized_copy_out(info, &answer, sizeof(answer), sizeof(answer)))
		return cmdqv_error_set(error, -EINVAL, "bad-size",
				       "set size of struct cmdqv_iommufd_hw_info to its sizeof");
	err = iommufd_get_hw_info(iommufd, dev_id, &answer);
	if (err)
		return iommufd_failed(error, CALL_HW_INFO, err);
	return sized_copy_out(info, &answer, sizeof(answer), sizeof(answer));
}

int cmdqv_iommufd_hw_info(const struct cmdqv_iommufd *backend, struct cmdqv_iommufd_hw_info *info)
{
	return sized_copy_out(info, &backend->info, sizeof(backend->info), sizeof(backend->info));
}

uint32_t cmdqv_iommufd_viommu_id(const struct cmdqv_iommufd *backend)
{
	return backend->viommu_id;
}
