/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VMM or a host lends where a test wants nothing of it. */
#ifndef TESTS_IDLE_H
#define TESTS_IDLE_H

#include <cmdqv/vmm.h>

static inline void idle(void *user)
{
	(void)user;
}

static inline void idle_log(void *user, const struct cmdqv_log *log)
{
	(void)user;
	(void)log;
}

#endif
