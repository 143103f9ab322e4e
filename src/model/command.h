/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest may issue. */
#ifndef SRC_MODEL_COMMAND_H
#define SRC_MODEL_COMMAND_H

#include "state.h"

uint8_t command_restrict(const struct vintf *vintf, uint32_t num_sids,
			 struct cmdqv_command *command);

#endif
