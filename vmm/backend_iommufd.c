/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queues of a Grace host, by Linux.
 *
 * How it works. vfio.c does what every VMM does, the library's iommufd backend the rest.
 * Hardware executes the commands, so no engine runs here and nothing compares them. A thread
 * waits for events and hands them to the device. CONS shows that the guest lives.
 *
 * A queue must lie in one page of the host. Guest RAM is ordinary memory, so that is the
 * system's page size, and the guest's queues are cut to it.
 *
 * Not done: there is no SMMUv3 for the guest, so no stream table and no vDEVICE, and the
 * SMMU's own events are not read.
 */
#include "backend.h"

#include "vfio.h"
#include "state.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct iommufd_host {
	struct vfio vfio;
	struct cmdqv_viommu *viommu;
	pthread_t listener;
	bool listening;
	int stop_fd; /* an eventfd */
};

/* ---- events ---- */

static void *listen_to_events(void *argument)
{
	struct vmm *vmm = argument;
	struct pollfd fds[] = {
		{.fd = cmdqv_event_fd(vmm->device), .events = POLLIN},
		{.fd = vmm->iommufd->stop_fd, .events = POLLIN},
	};

	while (!fds[1].revents) {
		if (poll(fds, 2, -1) < 0) {
			fds[1].revents = 0; /* not filled in */
			continue;
		}
		if (!fds[0].revents)
			continue;
		vmm_lock(vmm);
		if (cmdqv_events(vmm->device) < 0)
			fds[0].fd = -1; /* failed for good; poll() passes over it */
		pthread_mutex_unlock(&vmm->lock);
	}
	return NULL;
}

static int iommufd_start(struct vmm *vmm, struct cmdqv_error *error)
{
	int code = pthread_create(&vmm->iommufd->listener, NULL, listen_to_events, vmm);

	if (code)
		return cmdqv_error_set(error, -code, "no-thread", "the thread for events: %s",
				       strerror(code));
	vmm->iommufd->listening = true;
	return 0;
}

static void iommufd_stop(struct vmm *vmm)
{
	struct iommufd_host *host = vmm->iommufd;
	eventfd_t stops;

	if (!host->listening)
		return;
	(void)eventfd_write(host->stop_fd, 1);
	pthread_join(host->listener, NULL);
	(void)eventfd_read(host->stop_fd, &stops); /* the next listener shall not stop at once */
	host->listening = false;
}

/* ---- making and unmaking ---- */

static int check_queues(const struct vmm *vmm, struct cmdqv_error *error)
{
	uint32_t most = vmm->iommufd->vfio.info.num_lvcmdqs;

	if (1U << vmm->config.log2_queues <= most)
		return 0;
	return cmdqv_error_set(error, -EINVAL, "queues",
			       "the hardware gives a VM %u queues, not %u: ask for no more", most,
			       1U << vmm->config.log2_queues);
}

static int open_backend(struct vmm *vmm, struct cmdqv_error *error)
{
	struct iommufd_host *host = vmm->iommufd;
	const struct cmdqv_iommufd_config config = {
		.size = sizeof(config),
		.iommufd = host->vfio.iommufd,
		.dev_id = host->vfio.dev_id,
		.hwpt_id = host->vfio.nest_parent,
	};
	int cmdqs = cmdqv_hw_info_cmdqs(&host->vfio.info, (uint64_t)sysconf(_SC_PAGESIZE));

	if (cmdqs < 0)
		return cmdqv_error_set(
			error, cmdqs, "cmdqs",
			"the SMMU has no command queue to speak of; see 'cmdqv probe'");
	vmm->cmdqs = (uint32_t)cmdqs;
	return cmdqv_iommufd_open(&host->viommu, &config, &vmm->backend, error);
}

static int new_host(struct iommufd_host **out, struct cmdqv_error *error)
{
	struct iommufd_host *host = calloc(1, sizeof(*host));
	int err;

	if (!host)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "out of memory");
	host->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (host->stop_fd < 0) {
		err = -errno;
		free(host);
		return cmdqv_error_set(error, err, "no-descriptor", "an eventfd: %s",
				       strerror(-err));
	}
	*out = host;
	return 0;
}

static int iommufd_create(struct vmm *vmm, struct cmdqv_error *error)
{
	struct iommufd_host *host = NULL;
	int err = new_host(&host, error);

	if (err)
		return err;
	err = vfio_open(&host->vfio, vmm->config.device, &vmm->memory, error);
	if (err)
		goto err_free;
	vmm->iommufd = host;
	err = check_queues(vmm, error);
	if (!err)
		err = open_backend(vmm, error);
	if (err)
		goto err_close_vfio;
	return 0;

err_close_vfio:
	vmm->iommufd = NULL;
	vfio_close(&host->vfio);
err_free:
	close(host->stop_fd);
	free(host);
	return err;
}

/* Another vIOMMU on the same SMMU: with luck another VINTF, in any case other queues. */
static int iommufd_move(struct vmm *vmm, struct cmdqv_error *error)
{
	cmdqv_viommu_close(vmm->iommufd->viommu);
	vmm->iommufd->viommu = NULL;
	return open_backend(vmm, error);
}

static void iommufd_destroy(struct vmm *vmm)
{
	struct iommufd_host *host = vmm->iommufd;

	if (!host)
		return;
	cmdqv_viommu_close(host->viommu);
	vfio_close(&host->vfio);
	close(host->stop_fd);
	free(host);
	vmm->iommufd = NULL;
}

/* ---- the rest ---- */

/* Hardware goes on by itself. */
static void iommufd_accessed(struct vmm *vmm)
{
	(void)vmm;
}

/* As the guest sees it: who looks at CONS from time to time does not see a queue go round. */
static uint64_t iommufd_progress(struct vmm *vmm)
{
	return atomic_load(&vmm->mailbox->executed);
}

/* Nor does it stop. */
static void iommufd_limit(struct vmm *vmm, uint64_t progress)
{
	(void)vmm;
	(void)progress;
}

/* Hardware executes: this process sees nothing. */
static void iommufd_count(struct vmm *vmm, struct backend_counts *counts)
{
	(void)vmm;
	*counts = (struct backend_counts){.tlbis = 0};
}

/* Hardware executes unseen. */
static bool iommufd_count_queue(struct vmm *vmm, uint32_t index, uint64_t *commands,
				uint64_t *errors)
{
	(void)vmm;
	(void)index;
	(void)commands;
	(void)errors;
	return false;
}

/* The device looks only so often whether a queue is disabled, and hardware may take longer: the
 * kernel waits for it. That is no mistake of the guest. */
static void iommufd_report(struct vmm *vmm)
{
	vmm->report.guest_errors -= cmdqv_get_counter(vmm->device, CMDQV_COUNTER_GUEST_STUCK_QUEUE);
	vmm->report.by_hardware = true;
}

const struct backend_ops backend_iommufd = {
	.create = iommufd_create,
	.start = iommufd_start,
	.stop = iommufd_stop,
	.move = iommufd_move,
	.destroy = iommufd_destroy,
	.accessed = iommufd_accessed,
	.progress = iommufd_progress,
	.limit = iommufd_limit,
	.count = iommufd_count,
	.count_queue = iommufd_count_queue,
	.report = iommufd_report,
};
