/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "base/sized.h"

#include <cmdqv/regs.h>

#include <errno.h>
#include <inttypes.h>

enum {
	WINDOW_ALIGNMENT = 0x10000,
	FIRST_SPI = 32,
	LAST_SPI = 1019,
};

static int check_window(const struct cmdqv_firmware *firmware, struct cmdqv_error *error)
{
	if (firmware->base % WINDOW_ALIGNMENT)
		return cmdqv_error_set(error, -EINVAL, "bad-window",
				       "base is 0x%" PRIx64
				       ": a window of a CMDQV begins at a multiple of 0x10000",
				       firmware->base);
	if (firmware->bytes < CMDQV_GUEST_BYTES || firmware->bytes % WINDOW_ALIGNMENT ||
	    firmware->base > UINT64_MAX - (firmware->bytes - 1))
		return cmdqv_error_set(error, -EINVAL, "bad-window",
				       "bytes is 0x%" PRIx64
				       ": a multiple of 0x10000 from 0x50000 that ends before "
				       "2^64 is possible",
				       firmware->bytes);
	return 0;
}

int firmware_check(struct cmdqv_firmware *to, const struct cmdqv_firmware *from,
		   struct cmdqv_error *error)
{
	int err = sized_in(to, SIZED_STRUCT(cmdqv_firmware), from, error);

	if (!err)
		err = check_window(to, error);
	if (!err && (to->gsiv < FIRST_SPI || to->gsiv > LAST_SPI))
		return cmdqv_error_set(error, -EINVAL, "bad-interrupt",
				       "gsiv is %" PRIu32 ": an SPI of a GIC is 32 to 1019",
				       to->gsiv);
	return err;
}
