/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host for examples/embed_viommu.c, which opens its devices by name: it is there before
 * the program begins, and when that ends, everything must have been closed.
 */
#include <stdlib.h>

#include "front.h"

__attribute__((constructor)) static void boot(void)
{
	static const struct front_config grace = {
		.log2_vcmdqs = 7, .log2_vintfs = 6, .log2_sids = 4, .cmdqs = 19};

	front_open(&grace);
	(void)atexit(front_close);
}
