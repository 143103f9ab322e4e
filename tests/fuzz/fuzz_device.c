/* SPDX-License-Identifier: BSD-2-Clause */
/* The lives of tests/scenario/device_reference_test.c, by bytes that libFuzzer finds. */
#include <stdlib.h>

#include "../scenario/device_life.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct device_life_counts counts = {0};

	device_life(bytes, size, 0, abort, &counts);
	return 0;
}
