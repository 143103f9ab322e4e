/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges a CMDQV from the guest's side, in TAP. A case is one rule of docs/spec.md that a guest can
 * test, marked
 *
 *	required	a driver of Linux, or the meaning of a register, depends on it
 *	ours		docs/spec.md decided it where there was a choice
 *
 * A line of the result is "ok NUMBER - RULE MARK NAME: WORDS". Each case begins with a CMDQV that
 * the guest has taken down and cleared, so a case that failed or gave up spoils no other.
 */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

#include "carrier.h"

/*
 * Runs the cases of which the rule or the name matches `only`, in which '*' is any text; NULL: all.
 * Returns how many failed, or -1 if there was none.
 */
int conformance_run(const struct carrier *carrier, const char *only);

/* Prints a line for each case instead: NAME MARK RULE WORDS. Returns how many there are. */
int conformance_list(const struct carrier *carrier, const char *only);

#endif
