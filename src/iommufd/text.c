/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures of the kernel's calls in words: what it means, and what to do about it. */
#include "call.h"
#include "describe/failure.h"

int iommufd_failed(struct cmdqv_error *error, enum iommufd_call call, int err)
{
	static const enum reason_call calls[IOMMUFD_CALLS] = {
		[CALL_HW_INFO] = REASON_HW_INFO,
		[CALL_VIOMMU_ALLOC] = REASON_VIOMMU_ALLOC,
		[CALL_MAP_PAGE] = REASON_MAP_PAGE,
		[CALL_VEVENTQ_ALLOC] = REASON_VEVENTQ_ALLOC,
		[CALL_HW_QUEUE_ALLOC] = REASON_HW_QUEUE_ALLOC,
		[CALL_VDEVICE_ALLOC] = REASON_VDEVICE_ALLOC,
		[CALL_HWPT_ALLOC] = REASON_HWPT_ALLOC,
		[CALL_ATTACH] = REASON_ATTACH,
		[CALL_DETACH] = REASON_DETACH,
		[CALL_INVALIDATE] = REASON_INVALIDATE,
		[CALL_DESTROY] = REASON_DESTROY,
	};

	return failure_set(error, calls[call], err);
}
