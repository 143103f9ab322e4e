/* SPDX-License-Identifier: BSD-2-Clause */
/* Expected: what Linux' calls return and why, as the host recording and the kernel's uAPI say. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <cmdqv/describe.h>

#include "../test.h"
#include "describe/failure.h"

/* Is `word` in a cause of this failure, and does every cause have a remedy? */
static bool has_cause(const char *call, int error, const char *word)
{
	const char *cause;
	const char *remedy;
	bool found = false;

	for (unsigned int n = 0; cmdqv_describe_errno(call, error, n, &cause, &remedy) == 0; n++) {
		assert_true(strlen(cause) > 5 && strlen(remedy) > 4);
		found = found || strstr(cause, word) != NULL;
	}
	return found;
}

TEST(each_failure_of_each_call_has_its_cause)
{
	static const struct {
		const char *call;
		int error;
		const char *word;
	} cases[] = {
		/* EBUSY */
		{"IOMMU_DESTROY", EBUSY, "mapped page"},
		{"IOMMU_DESTROY", EBUSY, "the one above"},
		{"IOMMU_DESTROY", EBUSY, "open descriptor"},
		{"IOMMU_DESTROY", EBUSY, "attached"},
		{"IOMMU_IOAS_UNMAP", EBUSY, "HW queue"},
		{"VFIO_DEVICE_ATTACH_IOMMUFD_PT", EBUSY, "SubstreamIDs"},
		{"VFIO_DEVICE_ATTACH_IOMMUFD_PT", EBUSY, "being reset"},
		{"VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, "of its group"},
		{"IOMMU_HWPT_ALLOC", EADDRINUSE, "whole pages of the host"},
		{"VFIO_DEVICE_BIND_IOMMUFD", EBUSY, "owner"},
		{"VFIO_DEVICE_BIND_IOMMUFD", EINVAL, "1:1 mapping"},
		{"IOMMU_IOAS_MAP", EFAULT, "BAR of a device"},
		/* EEXIST */
		{"IOMMU_IOAS_MAP", EEXIST, "already"},
		{"IOMMU_VDEVICE_ALLOC", EEXIST, "StreamID"},
		{"IOMMU_HW_QUEUE_ALLOC", EEXIST, "index"},
		{"IOMMU_VEVENTQ_ALLOC", EEXIST, "of this type"},
		/* EIO */
		{"IOMMU_HW_QUEUE_ALLOC", EIO, "below it"},
		{"IOMMU_HWPT_ALLOC", EIO, "stream table entry"},
		{"IOMMU_HWPT_INVALIDATE", EIO, "not for guests"},
		{"IOMMU_HWPT_INVALIDATE", EIO, "without a vDEVICE"},
		/* EINVAL */
		{"IOMMU_VEVENTQ_ALLOC", EINVAL, "depth"},
		{"IOMMU_HW_QUEUE_ALLOC", EINVAL, "power of two"},
		{"IOMMU_HW_QUEUE_ALLOC", EINVAL, "aligned"},
		{"IOMMU_HW_QUEUE_ALLOC", EINVAL, "index"},
		{"IOMMU_VIOMMU_ALLOC", EINVAL, "nest parent"},
		{"IOMMU_VIOMMU_ALLOC", EINVAL, "another SMMU"},
		{"IOMMU_VIOMMU_ALLOC", EINVAL, "16 bytes"},
		{"mmap", EINVAL, "MAP_PRIVATE"},
		{"IOMMU_HWPT_ALLOC", EINVAL, "pt_id"},
		{"VFIO_DEVICE_BIND_IOMMUFD", EINVAL, "not coherent"},
		{"IOMMU_VDEVICE_ALLOC", EINVAL, "20 bits"},
		{"IOMMU_IOAS_MAP", EINVAL, "0x08000000"},
		{"IOMMU_HWPT_INVALIDATE", EINVAL, "entry_len"},
		{"read", EINVAL, "smaller"},
		/* EOPNOTSUPP */
		{"IOMMU_VIOMMU_ALLOC", EOPNOTSUPP, "type 0"},
		{"IOMMU_VIOMMU_ALLOC", EOPNOTSUPP, "CANWBS"},
		{"IOMMU_VIOMMU_ALLOC", EOPNOTSUPP, "CONFIG_ARM_SMMU_V3_IOMMUFD"},
		{"IOMMU_VIOMMU_ALLOC", EOPNOTSUPP, "no CMDQV"},
		{"IOMMU_VDEVICE_ALLOC", EOPNOTSUPP, "exactly one StreamID"},
		{"IOMMU_GET_HW_INFO", EOPNOTSUPP, "no CMDQV"},
		{"IOMMU_HWPT_ALLOC", EOPNOTSUPP, "both stages"},
		{"IOMMU_HW_QUEUE_ALLOC", EOPNOTSUPP, "another type"},
		{"IOMMU_HWPT_INVALIDATE", EOPNOTSUPP, "nested HWPT"},
		/* ENOSPC */
		{"IOMMU_VIOMMU_ALLOC", ENOSPC, "every VINTF"},
		{"IOMMU_VDEVICE_ALLOC", ENOSPC, "SID slots"},
		{"IOMMU_HWPT_ALLOC", ENOSPC, "every VMID"},
		/* ENOENT */
		{"IOMMU_HW_QUEUE_ALLOC", ENOENT, "not all mapped"},
		{"VFIO_DEVICE_ATTACH_IOMMUFD_PT", ENOENT, "no vDEVICE"},
		{"IOMMU_VIOMMU_ALLOC", ENOENT, "no such device"},
		{"IOMMU_IOAS_UNMAP", ENOENT, "part of an area"},
		{"IOMMU_VEVENTQ_ALLOC", ENOENT, "no such object"},
		/* ENXIO, EPERM */
		{"mmap", ENXIO, "0x10000"},
		{"mmap", EPERM, "PROT_EXEC"},
		{"VFIO_DEVICE_BIND_IOMMUFD", EPERM, "ITS"},
		{"IOMMU_HW_QUEUE_ALLOC", EPERM, "not readable"},
		/* EFAULT, EOVERFLOW, ERANGE, ETIMEDOUT */
		{"IOMMU_HW_QUEUE_ALLOC", EFAULT, "not physically contiguous"},
		{"IOMMU_HW_QUEUE_ALLOC", EFAULT, "pinned"},
		{"IOMMU_GET_HW_INFO", EFAULT, "pointer"},
		{"IOMMU_IOAS_MAP", EOVERFLOW, "wraps"},
		{"IOMMU_HW_QUEUE_ALLOC", EOVERFLOW, "wraps"},
		{"IOMMU_HW_QUEUE_ALLOC", ERANGE, "overflows"},
		{"IOMMU_VIOMMU_ALLOC", ETIMEDOUT, "VINTF did not enable"},
		{"IOMMU_HWPT_INVALIDATE", ETIMEDOUT, "CMD_SYNC"},
		/* an older kernel */
		{"IOMMU_HW_QUEUE_ALLOC", ENOTTY, "too old"},
		{"IOMMU_HW_QUEUE_ALLOC", E2BIG, "newer than the kernel"},
		{"IOMMU_IOAS_MAP", ENOMEM, "lock"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (!has_cause(cases[i].call, cases[i].error, cases[i].word))
			fail_msg("%s %d has no cause with '%s'", cases[i].call, cases[i].error,
				 cases[i].word);
	}
}

TEST(a_call_is_known_with_and_without_its_prefix)
{
	assert_true(has_cause("HW_QUEUE_ALLOC", EIO, "below it"));
	assert_true(has_cause("hw_queue_alloc", -EIO, "below it"));
	assert_true(has_cause("BIND", EPERM, "ITS"));
	assert_true(has_cause("BIND_IOMMUFD", EPERM, "ITS"));
}

TEST(the_likeliest_cause_comes_first)
{
	const char *cause;
	const char *remedy;

	assert_int_equal(cmdqv_describe_errno("HW_QUEUE_ALLOC", EFAULT, 0, &cause, &remedy), 0);
	assert_string_equal(cause, "its memory is not physically contiguous");
	assert_non_null(strstr(remedy, "larger pages"));
	assert_int_equal(cmdqv_describe_errno("HW_QUEUE_ALLOC", EFAULT, 2, &cause, &remedy),
			 -ENOENT);
}

TEST(what_is_unknown_is_told_apart)
{
	const char *cause = NULL;
	const char *remedy = NULL;

	assert_int_equal(cmdqv_describe_errno("FROBNICATE", EIO, 0, &cause, &remedy), -EINVAL);
	assert_int_equal(cmdqv_describe_errno("", EIO, 0, &cause, &remedy), -EINVAL);
	assert_int_equal(cmdqv_describe_errno("HW_QUEUE_ALLOC", 0, 0, &cause, &remedy), -ENOENT);
	assert_int_equal(cmdqv_describe_errno("DESTROY", EXDEV, 0, &cause, &remedy), -ENOENT);
	assert_int_equal(cmdqv_describe_errno("DESTROY", INT_MIN, 0, &cause, &remedy), -ENOENT);
	assert_int_equal(cmdqv_describe_errno("DESTROY", 256 + EBUSY, 0, &cause, &remedy), -ENOENT);
	assert_int_equal(cmdqv_describe_errno("mmap", ENOTTY, 0, &cause, &remedy), -ENOENT);
	assert_null(cause);
	assert_null(remedy);
}

TEST(a_failed_call_is_a_sentence_with_its_stable_id)
{
	struct cmdqv_error error = {0};

	assert_int_equal(failure_set(&error, REASON_HW_QUEUE_ALLOC, -EFAULT), -EFAULT);
	assert_int_equal(error.code, -EFAULT);
	assert_string_equal(error.id, "queue-bind");
	assert_string_equal(
		error.text,
		"IOMMU_HW_QUEUE_ALLOC: EFAULT: its memory is not physically contiguous; "
		"back the RAM with larger pages or lower IDR1.CMDQS to "
		"log2(smallest backing page) - 4");
	assert_int_equal(failure_set(NULL, REASON_HW_QUEUE_ALLOC, -EFAULT), -EFAULT);
	failure_set(&error, REASON_MAP_PAGE, -ENXIO);
	assert_non_null(strstr(error.text, "mmap of VINTF page 0: ENXIO: no page begins"));
	failure_set(&error, REASON_VDEVICE_ALLOC, -EXDEV);
	assert_string_equal(error.id, "iommufd-vdevice");
	assert_string_equal(error.text,
			    "IOMMU_VDEVICE_ALLOC: EXDEV: the kernel refused it; see its log");
}

TEST(what_a_call_can_say_is_listed_with_the_kernels_it_holds_for)
{
	struct cmdqv_reason reason;
	bool bounded = false;
	unsigned int n = 0;

	assert_int_equal(cmdqv_describe_reason("HW_QUEUE_ALLOC", 0, 0, &reason), 0);
	assert_string_equal(reason.call, "IOMMU_HW_QUEUE_ALLOC");
	assert_int_equal(reason.error, EFAULT);
	assert_string_equal(reason.error_name, "EFAULT");
	for (; cmdqv_describe_reason("ATTACH", 0, n, &reason) == 0; n++)
		bounded = bounded || (reason.error == ENOENT && reason.until == (6 << 8 | 19));
	assert_true(bounded && n > 5);
	assert_int_equal(cmdqv_describe_reason("open", 0, 0, &reason), 0);
	assert_string_equal(reason.call, "open");
	assert_int_equal(cmdqv_describe_reason("FROBNICATE", 0, 0, &reason), -EINVAL);
}

TEST(what_an_errno_can_mean_is_listed_by_call)
{
	struct cmdqv_reason reason;
	unsigned int n = 0;

	for (; cmdqv_describe_reason(NULL, -EIO, n, &reason) == 0; n++) {
		assert_int_equal(reason.error, EIO);
		assert_int_equal(cmdqv_describe_reason(NULL, EIO, n, &reason), 0);
		assert_int_equal(reason.error, EIO);
	}
	assert_true(n > 3);
	assert_int_equal(cmdqv_describe_reason(NULL, 0, n, &reason), 0); /* of all errnos */
	assert_int_equal(cmdqv_describe_reason("DESTROY", ENOTTY, 0, &reason), 0);
	assert_string_equal(reason.call, "IOMMU_DESTROY"); /* a row of any ioctl */
	assert_int_equal(cmdqv_describe_reason(NULL, EXDEV, 0, &reason), -ENOENT);
	/* what holds for any call is none's own */
	assert_int_equal(cmdqv_describe_reason(NULL, EBADF, 0, &reason), -ENOENT);
	assert_int_equal(cmdqv_describe_reason("DESTROY", EBADF, 0, &reason), 0);
}

/* Each row could be the likeliest one some day, and stand after the longest name it may have. */
TEST(every_sentence_fits)
{
	for (enum reason_call call = 0; call < REASON_CALLS; call++) {
		for (int err = 1; err < 256; err++) {
			const struct reason *reason;

			for (unsigned int n = 0; (reason = reason_find(call, err, n)); n++) {
				size_t bytes = strlen(reason_call_name(call)) +
					       strlen(reason->err_name) + strlen(reason->cause) +
					       strlen(reason->remedy) + strlen(": : ; ");

				if (bytes >= sizeof(((struct cmdqv_error *)0)->text))
					fail_msg("%s %s has %zu bytes: %s", reason_call_name(call),
						 reason->err_name, bytes, reason->cause);
			}
		}
	}
}
