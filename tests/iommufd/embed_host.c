/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host for examples/embed_viommu.c, which opens its devices by name: it is there before
 * the program begins, and when that ends, everything must have been closed.
 */
#include <stdlib.h>

#include "front.h"

static struct cmdqv_soft_host *host;

static void kick(void *user)
{
	(void)user;
}

static void shut_down(void)
{
	front_close(host);
	cmdqv_soft_host_destroy(host);
}

__attribute__((constructor)) static void boot(void)
{
	const struct cmdqv_soft_host_config grace = {.size = sizeof(grace),
						     .log2_vcmdqs = 7,
						     .log2_vintfs = 6,
						     .log2_sids = 4,
						     .cmdqs = 19};
	const struct cmdqv_soft_ops ops = {.size = sizeof(ops), .kick = kick};

	if (cmdqv_soft_host_create(&host, &grace, &ops, NULL, NULL))
		abort();
	front_open(host);
	(void)atexit(shut_down);
}
