/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test announces itself: a file of tests is linked with test.c, whose main() runs them in
 * the order of the file, and keeps no list of them.
 *
 *	TEST(a_sentence_about_the_code)
 *	{
 *		assert_true(...);
 *	}
 *
 * A file that needs the command line or a fixture of all its tests has its own main().
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct CMUnitTest;

void test_add(const struct CMUnitTest *test);

/* Runs the tests between two functions of the group, each of which may be NULL. Returns the exit
 * status. */
int test_run_all(int (*set_up)(void **state), int (*tear_down)(void **state));

/* The linker sorts constructors by priority. Those up to 100 are reserved. */
#define TEST_BETWEEN(name, set_up, tear_down)                                                      \
	static void name(void **test_state);                                                       \
	static void __attribute__((constructor(101 + __LINE__))) add_##name(void)                  \
	{                                                                                          \
		test_add(&(struct CMUnitTest)cmocka_unit_test_setup_teardown(name, set_up,         \
									     tear_down));          \
	}                                                                                          \
	static void name(void **test_state __attribute__((unused)))

#define TEST(name) TEST_BETWEEN(name, NULL, NULL)

/* Each row of a table is a test: `run` gets the row, which has a name, as its state. */
#define TEST_TABLE(table, run)                                                                     \
	static void __attribute__((constructor(101 + __LINE__))) add_##table(void)                 \
	{                                                                                          \
		for (size_t row = 0; row < COUNT(table); row++)                                    \
			test_add(&(struct CMUnitTest){                                             \
				.name = (table)[row].name,                                         \
				.test_func = (run),                                                \
				.initial_state = (void *)(uintptr_t) & (table)[row],               \
			});                                                                        \
	}

/*
 * A guest's RAM: whole pages of zeroes that take no time until they are used, between pages that
 * nothing may touch. malloc() would fill all of it, as Meson tells it to.
 */
void *test_ram(size_t bytes);
void test_ram_free(void *ram, size_t bytes);

/* A host of 64 VINTFs takes a descriptor for each: as many as the process may have. Returns them.
 */
static inline uint64_t test_raise_descriptors(void)
{
	struct rlimit limit = {.rlim_cur = 0};

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_max;
}

/* The same numbers everywhere; the first seed is not 0. */
static inline uint64_t test_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * 0x2545f4914f6cdd1dULL;
}

#endif
