/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

#include <stdlib.h>

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
