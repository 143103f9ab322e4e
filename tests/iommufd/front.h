/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls before a host in software: /dev/iommu and VFIO devices over its kernel, as on
 * a Grace. A test is linked with --wrap for open, ioctl, mmap, munmap, read, poll and close;
 * calls on descriptors of the front come here, all others go on.
 *
 * The front is transport: sizes, reserved tails, pointers, descriptors, mappings, by the
 * numbers of docs/iommufd.md, never by the backend's header. What the kernel says to
 * a call is src/kernel/'s. Pointers below 4096 fault, others are believed.
 *
 * /dev/iommu and /dev/vfio/devices/vfio0 to vfio9 are there once a host is; they are those of
 * the first one.
 *
 * Threads: system calls and front_run() may come from any, for one lock is around all of them,
 * which is the host's lock domain [HW-12]. The rest is for a test whose threads stand still.
 */
#ifndef TESTS_IOMMUFD_FRONT_H
#define TESTS_IOMMUFD_FRONT_H

#include <cmdqv/model/soft.h>
#include <stddef.h>
#include <stdint.h>

struct kernel_iommufd;

/* At most two hosts, each of which is as a machine of its own. */
void front_open(struct cmdqv_soft_host *host);
/* Creates a host, and opens the front on it; `execute` may be NULL. */
struct cmdqv_soft_host *front_create(const struct cmdqv_soft_host_config *config,
				     int (*execute)(void *user, const struct cmdqv_command *),
				     void *user);
extern const struct cmdqv_soft_host_config front_grace; /* whose sizes are Grace's */
/* Everything on the host must have been closed and unmapped: fails the test otherwise. */
void front_close(struct cmdqv_soft_host *host);

/* cmdqv_soft_host_run(), where a thread of its own is the hardware. */
int front_run(struct cmdqv_soft_host *host, uint32_t budget);

/* open() of /dev/iommu, and of a VFIO device with these StreamIDs. */
int front_iommufd(struct cmdqv_soft_host *host);
int front_device(uint32_t sid, uint32_t num_sids);

/* A descriptor for an iommufd that other code opened in src/kernel/, and its end. */
int front_lend(struct kernel_iommufd *kernel_fd);
int front_return(int fd);
/* Where the page 0 at a mmap offset is mapped, or NULL. */
void *front_mapping(int iommufd, uint64_t offset);
/* The descriptor of a vEVENTQ, or -1. */
int front_event_fd(int iommufd, uint32_t veventq_id);

/* VINTF and VMID behind a vIOMMU, which the ABI does not tell. */
void front_viommu(int iommufd, uint32_t viommu_id, uint32_t *vintf, uint16_t *vmid);

/* ---- what is counted: calls on the front's descriptors and mappings ---- */

void front_count_from_here(void);
uint32_t front_calls(void);

/* ---- what goes wrong on demand ---- */

/*
 * The first-th call from now on fails, or all up to the last-th; 0: none. An ioctl fails with
 * `error`, the others with their own: open EACCES, mmap ENOMEM, munmap ENOMEM, read EIO,
 * poll EINTR, close EINTR (and is closed, as Linux does it). Of more than one call only the ioctls
 * fail.
 */
void front_fail(uint32_t first, uint32_t last, int error);

/* One more call fails, counted as front_fail() does, which is to be called before. 0: none. */
void front_fail_also(uint32_t number, int error);

/* Every ioctl of this number fails. 0: none. */
void front_fail_ioctl(unsigned long number, int error);

/* Looks at what an ioctl that went well answers, and may change it. NULL: nothing does. */
typedef void (*front_tamper)(void *context, unsigned long number, uint8_t *argument);
void front_tamper_with(front_tamper tamper, void *context);

/* The next read() of this event descriptor gives these bytes, or this errno. */
void front_feed(int fd, const void *bytes, size_t length, int error);

/* How the last page 0 was mapped: PROT_...; the page is the model's, and does not show it. */
int front_last_prot(void);

/* ---- what is left ---- */

uint32_t front_objects(int iommufd); /* of every kind, in the kernel */
uint32_t front_mappings(void);	     /* of pages 0 */
uint32_t front_event_descriptors(void);
uint32_t front_pages_in_ioas(void); /* tries to map a page 0 for DMA since the last look [DEV-19] */

#endif
