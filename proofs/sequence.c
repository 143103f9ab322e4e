/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: sequence_gap() of any two numbers is 0 for the one expected, counts up to 2^30 missing
 * ones exactly, round the end too, and takes a step back for none; device_host_error() lets through
 * 0 and errnos of Linux and makes all else -EIO [DEV-35].
 *
 * Assumes: nothing.
 *
 * Bound: none; there is no loop.
 *
 * Takes: 0.1 s, 19 MiB.
 */
#include "proof.h"

#include "base/sequence.h"
#include "device/lvcmdq.h"

int main(void)
{
	uint32_t expected = nondet_u32(), missing = nondet_u32();
	int result = nondet_int(), err = device_host_error(result);

	ASSUME(expected <= INT32_MAX && missing <= INT32_MAX);
	PROVE(sequence_gap(expected, expected) == 0, "none is missing");
	PROVE(sequence_gap(expected, (expected + missing) & INT32_MAX) ==
		      (missing <= INT32_MAX / 2 ? missing : 0),
	      "so many are missing");
	PROVE(err <= 0 && err >= -4095, "0 or an errno");
	PROVE(err == result || err == -EIO, "as it was, or EIO");
	PROVE(err == result || result > 0 || result < -4095, "only what is none");
	COVER(expected + missing > INT32_MAX && missing == 5, "round the end");
	REACHED("the end");
}
