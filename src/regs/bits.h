/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of 64-bit words, for CMDQV_GET() and CMDQV_SET(). */
#ifndef SRC_REGS_BITS_H
#define SRC_REGS_BITS_H

#include <cmdqv/regs.h>

#include <stdint.h>

/* Bits `msb` to `lsb` of a 64-bit word. */
#define WORD_BITS(msb, lsb) ((UINT64_MAX >> (63 - (msb))) & (UINT64_MAX << (lsb)))

#endif
