/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a proof is made of. A harness has one main(): it assumes, calls and asserts.
 *
 * Every value that a harness does not set is any value. An assertion that begins with "reached"
 * must fail: it shows that there is a way to it, so that nothing was assumed away. scripts/prove
 * sees to that.
 */
#ifndef PROOFS_PROOF_H
#define PROOFS_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool nondet_bool(void);
uint8_t nondet_u8(void);
uint16_t nondet_u16(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
int nondet_int(void);
size_t nondet_size(void);

#define ASSUME(condition) __CPROVER_assume(condition)
#define PROVE(condition, text) __CPROVER_assert(condition, text)
#define REACHED(text) __CPROVER_assert(0, "reached: " text)
/* The case can happen. */
#define COVER(condition, text) __CPROVER_assert(!(condition), "reached: " text)

#endif
