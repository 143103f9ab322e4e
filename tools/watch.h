/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that runs, once a second: for a person a screen, or a line where there is no terminal; for a
 * program a line of JSON.
 */
#ifndef TOOLS_WATCH_H
#define TOOLS_WATCH_H

#include "vmm.h"

#include <stdbool.h>
#include <stdio.h>

struct watch;

/*
 * Begins to look at the VM, in a thread. `stats` gets the lines of JSON, NULL: none; it stays the
 * caller's. Returns NULL if that cannot be.
 */
struct watch *watch_begin(struct vmm *vmm, bool for_person, FILE *stats);

/* The same of what another process writes, by lines of such JSON; for a person. */
struct watch *watch_begin_file(const char *path);

/* Looks for a last time, and ends; the VM must still be there. NULL is allowed. */
void watch_end(struct watch *watch);

#endif
