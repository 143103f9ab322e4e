/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel, as the other files of the iommufd backend see it: one function for each
 * system call, in types of ours. Each returns 0 or a negative errno; what an answer says is
 * checked here, and -EPROTO is an answer that makes no sense.
 */
#ifndef SRC_IOMMUFD_CALL_H
#define SRC_IOMMUFD_CALL_H

#include <cmdqv/backend.h>
#include <cmdqv/iommufd.h>

/* The calls, for sentences about their failures. */
enum iommufd_call {
	CALL_HW_INFO,
	CALL_VIOMMU_ALLOC,
	CALL_MAP_PAGE,
	CALL_VEVENTQ_ALLOC,
	CALL_HW_QUEUE_ALLOC,
	CALL_VDEVICE_ALLOC,
	CALL_HWPT_ALLOC,
	CALL_ATTACH,
	CALL_DETACH,
	CALL_INVALIDATE,
	CALL_DESTROY,
	IOMMUFD_CALLS,
};

/* Puts a failure into words, with the remedy; returns `err`. */
int iommufd_failed(struct cmdqv_error *error, enum iommufd_call call, int err);

/* Both ioctls; fills in everything but `size`. */
int iommufd_get_hw_info(int fd, uint32_t dev_id, struct cmdqv_iommufd_hw_info *info);

struct iommufd_viommu {
	uint32_t id;
	uint64_t mmap_offset;
};

int iommufd_viommu_alloc(int fd, uint32_t dev_id, uint32_t hwpt_id, struct iommufd_viommu *viommu);

int iommufd_map_page(int fd, uint64_t offset, void **page);

/* Cannot fail but by a mistake of ours or for want of memory: tried twice. */
void iommufd_unmap_page(void *page);

enum iommufd_events {
	EVENTS_CMDQV,
	EVENTS_SMMU,
	IOMMUFD_EVENTS,
};

struct iommufd_veventq {
	uint32_t id; /* 0: adopted */
	int fd;	     /* -1: there is none */
};

int iommufd_veventq_alloc(int fd, uint32_t viommu_id, enum iommufd_events type,
			  struct iommufd_veventq *queue);

/* Closes the descriptor, then destroys the queue: the kernel wants it in this order. */
void iommufd_veventq_free(int fd, struct iommufd_veventq *queue);

/* One record. Returns: as event_read of backend.h, with `words` 64-bit words of data. */
struct iommufd_record {
	uint32_t sequence;
	bool lost;
	uint64_t data[4];
};

int iommufd_read_record(const struct iommufd_veventq *queue, enum iommufd_events type,
			struct iommufd_record *record);

int iommufd_hw_queue_alloc(int fd, uint32_t viommu_id, uint32_t index, cmdqv_gpa_t base,
			   uint64_t bytes, uint32_t *id);

int iommufd_vdevice_alloc(int fd, uint32_t viommu_id, uint32_t dev_id, cmdqv_vsid_t vsid,
			  uint32_t *id);

int iommufd_nested_alloc(int fd, uint32_t viommu_id, uint32_t dev_id, const uint64_t ste[2],
			 uint32_t *id);

int iommufd_attach(int device_fd, uint32_t pt_id);
int iommufd_detach(int device_fd);

/*
 * Issues *count commands. Returns: 0; -EIO with *count: the number of the one that is
 * refused, less than it was; another errno, with *count as it was.
 */
int iommufd_issue(int fd, uint32_t viommu_id, const struct cmdqv_iommufd_command *commands,
		  uint32_t *count);

int iommufd_destroy(int fd, uint32_t id);

/*
 * For undoing: an object may be held for a moment by whatever else the process does, so
 * what fails is tried once more. One that is gone is as good as destroyed.
 */
int iommufd_destroy_surely(int fd, uint32_t id);

#endif
