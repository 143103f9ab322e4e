/* SPDX-License-Identifier: BSD-2-Clause */
#include "test.h"

int main(void)
{
	return test_run_all(NULL, NULL);
}
