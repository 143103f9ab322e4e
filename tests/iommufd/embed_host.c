/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host for examples/embed_viommu.c, which opens its devices by name: it is there before
 * the program begins, and when that ends, everything must have been closed.
 */
#include <stdlib.h>

#include "front.h"

static struct cmdqv_soft_host *host;

static void shut_down(void)
{
	front_close(host);
	cmdqv_soft_host_destroy(host);
}

__attribute__((constructor)) static void boot(void)
{
	host = front_create(&front_grace, NULL, NULL);
	(void)atexit(shut_down);
}
