/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vEVENTQ: error maps of the CMDQV and events of the SMMU on their way to a VMM.
 *
 * A ring of `depth` records, allocated with the queue and touched only as it fills, so
 * that posting allocates nothing. Every event takes a sequence number. When
 * the ring is full, an event leaves one lost-events record behind the others, with its number.
 * The next event that fits replaces that record, and leaves only a gap in the sequence.
 *
 * The descriptor is an eventfd that is readable exactly while a record waits.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "object.h"
#include "veventq.h"

#define MAX_DEPTH (1U << 19)

static struct veventq *veventq_find(const struct kernel_iommufd *fd, uint32_t id)
{
	return (struct veventq *)object_find(fd, id, OBJECT_VEVENTQ);
}

static struct veventq *queue_of_type(const struct viommu *viommu, uint32_t type)
{
	struct veventq *queue = viommu->event_queue;

	while (queue && queue->type != type)
		queue = queue->next;
	return queue;
}

/* Of a record after its header. */
static size_t veventq_data_bytes(const struct veventq *queue)
{
	return queue->type == KERNEL_VEVENTQ_ARM_SMMUV3 ? sizeof(struct kernel_vevent_smmuv3)
							: sizeof(struct kernel_vevent_cmdqv);
}

static int veventq_init(struct veventq *queue, struct viommu *viommu,
			const struct kernel_veventq_alloc *cmd)
{
	queue->ring = calloc(cmd->veventq_depth, sizeof(*queue->ring));
	if (!queue->ring)
		return -ENOMEM;
	queue->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (queue->fd < 0) {
		int err = -errno;

		free(queue->ring);
		return err;
	}
	queue->viommu = viommu;
	queue->type = cmd->type;
	queue->depth = cmd->veventq_depth;
	queue->next = viommu->event_queue;
	viommu->event_queue = queue;
	return 0;
}

int kernel_veventq_alloc(struct kernel_iommufd *fd, struct kernel_veventq_alloc *cmd)
{
	struct veventq *queue;
	struct viommu *viommu;
	int err;

	if (cmd->flags || cmd->reserved || cmd->type == 0)
		return -EOPNOTSUPP;
	if (cmd->veventq_depth == 0 || cmd->veventq_depth > MAX_DEPTH)
		return -EINVAL;
	viommu = (struct viommu *)object_find(fd, cmd->viommu_id, OBJECT_VIOMMU);
	if (!viommu)
		return -ENOENT;
	if (queue_of_type(viommu, cmd->type))
		return -EEXIST;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	err = veventq_init(queue, viommu, cmd);
	if (err) {
		free(queue);
		return err;
	}
	viommu->object.users++;
	queue->object.users = 1; /* the descriptor */
	object_add(fd, &queue->object, OBJECT_VEVENTQ);
	cmd->out_veventq_id = queue->object.id;
	cmd->out_veventq_fd = queue->fd;
	return 0;
}

void veventq_fini(struct veventq *queue)
{
	struct veventq **link = &queue->viommu->event_queue;

	while (*link != queue)
		link = &(*link)->next;
	*link = queue->next;
	queue->viommu->object.users--;
	free(queue->ring);
}

int kernel_veventq_close(struct kernel_iommufd *fd, uint32_t veventq_id)
{
	struct veventq *queue = veventq_find(fd, veventq_id);

	if (!queue || queue->fd < 0)
		return -ENOENT;
	(void)close(queue->fd);
	queue->fd = -1;
	queue->object.users--;
	return 0;
}

static bool is_empty(const struct veventq *queue)
{
	return queue->count == 0 && !queue->lost;
}

static void make_readable(const struct veventq *queue)
{
	uint64_t one = 1;

	if (queue->fd >= 0 && write(queue->fd, &one, sizeof(one)) < 0)
		return; /* the counter is at its end: readable already */
}

static void make_unreadable(const struct veventq *queue)
{
	uint64_t count;

	if (queue->fd >= 0 && read(queue->fd, &count, sizeof(count)) < 0)
		return; /* it was read elsewhere: unreadable already */
}

void veventq_post(struct viommu *viommu, uint32_t type, const uint64_t *words)
{
	struct veventq *queue = queue_of_type(viommu, type);
	struct vevent *event;
	uint32_t sequence;

	if (!queue)
		return;
	if (is_empty(queue))
		make_readable(queue);
	sequence = queue->sequence;
	queue->sequence = (sequence + 1) & INT32_MAX;
	queue->lost = queue->count == queue->depth;
	if (queue->lost) {
		queue->lost_sequence = sequence;
		return;
	}
	event = &queue->ring[(queue->head + queue->count) % queue->depth];
	event->sequence = sequence;
	memcpy(event->data, words, veventq_data_bytes(queue));
	queue->count++;
}

/* Takes the first record if it fits. Returns: its bytes, 0: it does not fit. */
static size_t take_record(struct veventq *queue, uint8_t *to, size_t room)
{
	struct kernel_vevent_header header = {0};
	bool lost = queue->count == 0;
	size_t bytes = sizeof(header) + (lost ? 0 : veventq_data_bytes(queue));

	if (room < bytes)
		return 0;
	if (lost) {
		header.flags = KERNEL_VEVENT_LOST;
		header.sequence = queue->lost_sequence;
		queue->lost = false;
	} else {
		const struct vevent *event = &queue->ring[queue->head];

		header.sequence = event->sequence;
		memcpy(to + sizeof(header), event->data, veventq_data_bytes(queue));
		queue->head = (queue->head + 1) % queue->depth;
		queue->count--;
	}
	memcpy(to, &header, sizeof(header));
	return bytes;
}

ssize_t kernel_veventq_read(struct kernel_iommufd *fd, uint32_t veventq_id, void *buffer,
			    size_t bytes)
{
	struct veventq *queue = veventq_find(fd, veventq_id);
	size_t done = 0;

	if (!queue)
		return -ENOENT;
	if (bytes < sizeof(struct kernel_vevent_header))
		return -EINVAL;
	while (!is_empty(queue)) {
		size_t taken = take_record(queue, (uint8_t *)buffer + done, bytes - done);

		if (!taken)
			return done ? (ssize_t)done : -EINVAL;
		done += taken;
		if (is_empty(queue))
			make_unreadable(queue);
	}
	return (ssize_t)done;
}
