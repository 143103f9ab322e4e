/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the front share. */
#ifndef TESTS_IOMMUFD_FRONT_INTERNAL_H
#define TESTS_IOMMUFD_FRONT_INTERNAL_H

#include <cmdqv/types.h>

#include "front.h"
#include "kernel/kernel.h"

enum descriptor_kind {
	NO_DESCRIPTOR,
	IOMMUFD,
	DEVICE,
	EVENTS,
};

struct descriptor {
	enum descriptor_kind kind;
	int fd;
	bool lent;
	struct kernel_iommufd *kernel_fd; /* of a device: once it is bound */
	uint32_t id;			  /* dev_id or veventq_id */
	uint32_t sid;
	uint32_t num_sids;
	bool fed;
	uint8_t feed[64];
	size_t feed_length;
	int feed_error;
};

struct descriptor *front_descriptor(int fd);
struct descriptor *front_add_descriptor(enum descriptor_kind kind, int fd,
					struct kernel_iommufd *kernel_fd, uint32_t id);
/* Does a page 0 that is mapped lie in there? */
bool front_is_page0(uint64_t address, uint64_t bytes);

/* front_ioctl.c. Return 0 or a negative errno. */
int front_do_ioctl(struct descriptor *descriptor, unsigned long number, void *argument);

#endif
