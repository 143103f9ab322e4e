/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_IOMMUFD_FILTER_H
#define TESTS_IOMMUFD_FILTER_H

#include <stdbool.h>

/* How a process ends whose library made a system call that is not listed. */
enum { FILTER_REFUSED = 99 };

/* Was everything used that docs/embedding.md lists? Prints what was not. */
bool filter_is_as_short_as_can_be(void);

/*
 * From here on this thread may do what is listed for libc's allocator when a vIOMMU is closed,
 * print to standard error, and end the process.
 */
void filter_all_but_the_allocator(void);

#endif
