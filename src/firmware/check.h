/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SRC_FIRMWARE_CHECK_H
#define SRC_FIRMWARE_CHECK_H

#include <cmdqv/firmware.h>

/* Copies what the caller says and checks it. Returns 0, -EINVAL or -E2BIG. */
int firmware_check(struct cmdqv_firmware *to, const struct cmdqv_firmware *from,
		   struct cmdqv_error *error);

#endif
