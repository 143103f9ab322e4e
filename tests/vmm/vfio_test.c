/* SPDX-License-Identifier: BSD-2-Clause */
/* vmm/vfio.c on the front of tests/iommufd/: a Grace host behind system calls. */
#include "vfio.h"

#include "../iommufd/front.h"

#include <errno.h>
#include <string.h>

#include "../test.h"

#define CDEV "/dev/vfio/devices/vfio0"
#define GPA 0x40000000U
#define BYTES 0x100000U

enum { MOST_CALLS = 16 };

/* The ioctls that went well, in their order, and what was said of guest RAM. */
struct seen {
	size_t count;
	unsigned long numbers[MOST_CALLS];
	uint64_t mapped[3]; /* user_va, length, iova */
	unsigned long zero; /* of this one the answer names no object, */
	size_t at;	    /*   here */
};

static void look(void *context, unsigned long number, uint8_t *argument)
{
	struct seen *seen = context;

	if (seen->count < MOST_CALLS)
		seen->numbers[seen->count++] = number;
	if (number == 0x3B85)
		memcpy(seen->mapped, argument + 16, sizeof(seen->mapped));
	if (number == seen->zero)
		memset(argument + seen->at, 0, 4);
}

static struct cmdqv_soft_host *host;

static void host_open(struct memory *memory)
{
	host = front_create(&front_grace, NULL, NULL);
	assert_int_equal(memory_create(memory, GPA, BYTES), 0);
}

/* Fails unless all is closed and unmapped. */
static void host_close(struct memory *memory)
{
	front_fail(0, 0, 0);
	front_fail_ioctl(0, 0);
	front_tamper_with(NULL, NULL);
	memory_destroy(memory);
	front_close(host);
	cmdqv_soft_host_destroy(host);
}

TEST(opening_makes_one_call_for_each_step_and_closing_undoes_them_in_reverse)
{
	static const unsigned long numbers[] = {
		0x3B76, 0x3B81, 0x3B85, 0x3B8A, 0x3B8A, 0x3B89, 0x3B77, /* bind to attach */
		0x3B78, 0x3B80, 0x3B80,					/* detach, destroy twice */
	};
	struct seen seen = {.count = 0};
	struct cmdqv_error why;
	struct memory memory;
	struct vfio vfio;

	host_open(&memory);
	front_tamper_with(look, &seen);
	if (vfio_open(&vfio, CDEV, &memory, &why))
		fail_msg("%s", why.text);
	assert_int_equal(vfio.info.num_lvcmdqs, 2);
	assert_int_equal(seen.mapped[0], (uintptr_t)memory.host);
	assert_int_equal(seen.mapped[1], BYTES);
	assert_int_equal(seen.mapped[2], GPA);
	vfio_close(&vfio);
	assert_int_equal(seen.count, COUNT(numbers));
	assert_memory_equal(seen.numbers, numbers, sizeof(numbers));
	host_close(&memory);
}

static void assert_refused(const char *cdev, const struct memory *memory, int code,
			   const char *says)
{
	struct cmdqv_error why = {.text = ""};
	struct vfio vfio;

	assert_int_equal(vfio_open(&vfio, cdev, memory, &why), code);
	assert_int_equal(why.code, code);
	if (!strstr(why.text, says))
		fail_msg("'%s' does not say '%s'", why.text, says);
	if (!strstr(why.text, "cmdqv probe"))
		fail_msg("'%s' names no remedy", why.text);
	assert_null(strchr(why.text, '\n'));
}

TEST(a_device_that_is_not_there_or_not_of_vfio_is_called_that)
{
	struct memory memory;

	host_open(&memory);
	assert_refused("/dev/vfio/devices/none", &memory, -ENOENT, "vfio-pci");
	assert_refused("/dev/null", &memory, -ENOTTY, "not a VFIO character device");
	front_fail(1, 1, 0);
	assert_refused(CDEV, &memory, -EACCES,
		       "/dev/iommu cannot be opened: the process may not open it");
	front_fail(2, 2, 0);
	assert_refused(CDEV, &memory, -EACCES,
		       "the VFIO device cannot be opened: the process may not open it");
	host_close(&memory);
}

/* docs/iommufd.md: what each call may say. */
TEST(each_errno_of_a_call_has_a_remedy)
{
	static const struct {
		unsigned long number;
		int error;
		const char *says;
	} cases[] = {
		{0x3B76, EINVAL, "1:1"},
		{0x3B76, EPERM, "ITS"},
		{0x3B76, EBUSY, "same group"},
		{0x3B81, ENOTTY, "not an iommufd"},
		{0x3B85, ENOMEM, "ulimit -l"},
		{0x3B85, EFAULT, "pinned"},
		{0x3B8A, EOPNOTSUPP, "no CMDQV"},
		{0x3B89, EOPNOTSUPP, "nest"},
		{0x3B89, ENOSPC, "stop another VM"},
		{0x3B77, EADDRINUSE, "MSIs"},
		{0x3B77, EIO, "Input/output error"},
	};
	struct memory memory;

	host_open(&memory);
	for (size_t i = 0; i < COUNT(cases); i++) {
		front_fail_ioctl(cases[i].number, cases[i].error);
		assert_refused(CDEV, &memory, -cases[i].error, cases[i].says);
	}
	host_close(&memory);
}

TEST(an_answer_without_an_id_is_not_believed)
{
	static const struct {
		unsigned long number;
		size_t at;
	} cases[] = {{0x3B76, 12}, {0x3B81, 8}, {0x3B89, 16}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct seen seen = {.zero = cases[i].number, .at = cases[i].at};
		struct memory memory;

		host_open(&memory);
		front_tamper_with(look, &seen);
		assert_refused(CDEV, &memory, -EPROTO, "makes no sense");
		host_close(&memory);
	}
}

TEST(interruptions_are_not_noticed)
{
	struct cmdqv_error why;
	struct memory memory;
	struct vfio vfio;

	host_open(&memory);
	front_fail(3, 10, EINTR);
	if (vfio_open(&vfio, CDEV, &memory, &why))
		fail_msg("%s", why.text);
	vfio_close(&vfio);
	host_close(&memory);
}

TEST(a_failure_of_any_call_leaves_nothing_open)
{
	static const int errors[] = {EIO, ENOMEM, EBUSY, EBADF, ENOENT};
	enum { CALLS = 9 + 5 };

	for (size_t e = 0; e < COUNT(errors); e++) {
		for (uint32_t n = 1; n <= CALLS; n++) {
			struct cmdqv_error why = {.text = ""};
			struct memory memory;
			struct vfio vfio;
			int result;

			host_open(&memory);
			front_fail(n, n, errors[e]);
			result = vfio_open(&vfio, CDEV, &memory, &why);
			assert_int_equal(result != 0, n <= 9);
			assert_int_equal(why.code, result);
			if (!result)
				vfio_close(&vfio);
			host_close(&memory);
		}
	}
}
