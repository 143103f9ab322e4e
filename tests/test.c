/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static struct CMUnitTest tests[256];
static size_t count;

void test_add(const struct CMUnitTest *test)
{
	if (count == COUNT(tests))
		abort();
	tests[count++] = *test;
}

enum { DESCRIPTORS = 512 }; /* of a host with many VINTFs and of its VMs */

int test_run_all(int (*set_up)(void **state), int (*tear_down)(void **state))
{
	const uint64_t descriptors = test_raise_descriptors();
	int failed = _cmocka_run_group_tests("tests", tests, count, set_up, tear_down);

	if (failed && descriptors < DESCRIPTORS)
		fprintf(stderr, "tests need up to %d descriptors, and there are %d: ulimit -n %d\n",
			DESCRIPTORS, (int)descriptors, DESCRIPTORS);
	return failed;
}

enum { GUARD = 0x10000 }; /* whole pages, however large they are */

void *test_ram(size_t bytes)
{
	char *at = mmap(NULL, bytes + 2 * GUARD, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_true(at != MAP_FAILED);
	assert_int_equal(mprotect(at + GUARD, bytes, PROT_READ | PROT_WRITE), 0);
	return at + GUARD;
}

void test_ram_free(void *ram, size_t bytes)
{
	assert_int_equal(munmap((char *)ram - GUARD, bytes + 2 * GUARD), 0);
}
