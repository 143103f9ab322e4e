/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

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

int test_run_all(int (*set_up)(void **state), int (*tear_down)(void **state))
{
	return _cmocka_run_group_tests("tests", tests, count, set_up, tear_down);
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
