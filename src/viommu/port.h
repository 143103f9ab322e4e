/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a vIOMMU asks of a host kernel: one function for each call, in types of ours. There is
 * one port for Linux (src/iommufd/) and one for the host in software (src/soft/).
 *
 * Each call returns 0 or the kernel's negative errno. A port checks what an answer says as it
 * would check any input: -EPROTO is an answer that makes no sense. What the kernel made for such
 * an answer is destroyed again where it can be named.
 *
 * Threads and blocking: as include/cmdqv/viommu.h says for the function that makes the call. Only
 * load and store never block.
 */
#ifndef SRC_VIOMMU_PORT_H
#define SRC_VIOMMU_PORT_H

#include <cmdqv/backend.h>
#include <cmdqv/viommu.h>

/* A vIOMMU with a VINTF, and the VINTF's page 0. */
struct port_viommu {
	uint32_t id;
	uint64_t mmap_offset;
	uint32_t vintf; /* 0 where the kernel does not tell */
	struct cmdqv_page_view page;
};

/* A passed-through device, as the VMM bound it. */
struct port_device {
	uint32_t id; /* in the iommufd */
	int fd;	     /* VFIO descriptor; -1 where the host has none */
};

enum port_events {
	PORT_EVENTS_CMDQV,
	PORT_EVENTS_SMMU,
	PORT_EVENTS,
};

struct port_veventq {
	uint32_t id; /* 0: the VMM owns it, or there is none */
	int fd;	     /* to poll; -1: there is none */
};

struct port_record {
	uint32_t sequence; /* 0 to INT32_MAX, wrapping */
	bool lost;	   /* a record of lost events, without data */
	uint64_t data[4];  /* 2 words of the CMDQV's, 4 of the SMMU's */
};

struct port {
	const struct port_ops *ops;
	int fd;		    /* the iommufd; unused where the host has no descriptors */
	void *host;	    /* what the port works on besides; NULL on Linux */
	bool guest_repeats; /* what the VMM says of its guest [DEV-34] */
};

struct port_ops {
	/* Everything of `info` but its size. */
	int (*hw_info)(const struct port *port, uint32_t dev_id, struct cmdqv_hw_info *info);

	/* Fills in id, mmap_offset and vintf. */
	int (*viommu_alloc)(const struct port *port, uint32_t dev_id, uint32_t hwpt_id,
			    struct port_viommu *viommu);

	/* Fills in viommu->page. */
	int (*page_map)(const struct port *port, struct port_viommu *viommu);
	void (*page_unmap)(const struct port *port, const struct port_viommu *viommu);

	/* One access of 32 bits to the register at `offset` bytes of page 0, with acquire or
	 * release order. */
	uint32_t (*load)(const struct port *port, const struct port_viommu *viommu,
			 uint32_t offset);
	void (*store)(const struct port *port, const struct port_viommu *viommu, uint32_t offset,
		      uint32_t value);

	int (*veventq_alloc)(const struct port *port, uint32_t viommu_id, enum port_events type,
			     struct port_veventq *queue);
	/* Closes the descriptor, then destroys the queue: the kernel wants this order. */
	void (*veventq_free)(const struct port *port, const struct port_veventq *queue);
	/* One record. Returns as event_read of backend.h does. */
	int (*veventq_read)(const struct port *port, const struct port_veventq *queue,
			    enum port_events type, struct port_record *record);

	int (*hw_queue_alloc)(const struct port *port, uint32_t viommu_id, uint32_t index,
			      cmdqv_gpa_t base, uint64_t bytes, uint32_t *id);
	int (*vdevice_alloc)(const struct port *port, uint32_t viommu_id, uint32_t dev_id,
			     cmdqv_vsid_t vsid, uint32_t *id);
	int (*nested_alloc)(const struct port *port, uint32_t viommu_id, uint32_t dev_id,
			    const uint64_t ste[2], uint32_t *id);
	int (*attach)(const struct port *port, const struct port_device *device, uint32_t hwpt_id);
	int (*detach)(const struct port *port, const struct port_device *device);

	/*
	 * Issues *count commands. Returns: 0; -EIO with *count: the number of the one that is
	 * refused, less than it was; another errno, with *count as it was.
	 */
	int (*invalidate)(const struct port *port, uint32_t viommu_id,
			  const struct cmdqv_viommu_command *commands, uint32_t *count);

	int (*destroy)(const struct port *port, uint32_t id);
};

#endif
