/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the shared fixtures of tests/unit/ demand, for a static program: a demand that is not
 * met ends the process, which is that of one case alone.
 */
#ifndef TESTS_LINUX_SHIM_CMOCKA_H
#define TESTS_LINUX_SHIM_CMOCKA_H

/* Says on the console what was demanded and what was found. Does not return. */
_Noreturn void shim_demand_failed(const char *file, int line, const char *what, long long found);

#define assert_int_equal(found, wanted)                                                            \
	shim_demand_equal(__FILE__, __LINE__, #found, (long long)(found), (long long)(wanted))
#define assert_non_null(pointer)                                                                   \
	shim_demand_equal(__FILE__, __LINE__, #pointer, (pointer) != NULL, 1)

static inline void shim_demand_equal(const char *file, int line, const char *what, long long found,
				     long long wanted)
{
	if (found != wanted)
		shim_demand_failed(file, line, what, found);
}

#endif
