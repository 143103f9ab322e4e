/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ordered access to memory that a guest, hardware or another thread writes at the same time.
 *
 * 1. Every load and store of a shared word is one access of its full width: never torn,
 *    never repeated, never invented. Load once into a local, check the local, use the
 *    local [DEV-22].
 * 2. shared_load_acquire(): what the other side stored before it stored the value that
 *    is read, is seen by what follows.
 *	guest: command; PROD = 1 (release)	engine: PROD == 1 (acquire); command is there
 * 3. shared_store_release(): a reader of the value sees what was done before it.
 *	engine: effects; CONS = 1 (release)	guest: CONS == 1 (acquire); effects are done
 * 4. The plain ones order nothing.
 * 5. A page of registers (page 0 on iommufd) is mapped as device memory: each access to it
 *    happens once, in program order with the others to it. Between it and ordinary memory
 *    there is no order but by 2 and 3, so registers are read by acquire and written by
 *    release. Loads and stores only: a read-modify-write of device memory may fault.
 *
 * C11 atomics, so ThreadSanitizer and compilers know; no volatile, no fence elsewhere.
 */
#ifndef SRC_BASE_SHARED_H
#define SRC_BASE_SHARED_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef _Atomic uint32_t shared32;
typedef _Atomic uint64_t shared64;

_Static_assert(sizeof(shared32) == 4 && sizeof(shared64) == 8, "shared words are plain words");

static inline uint32_t shared_load(const shared32 *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static inline uint32_t shared_load_acquire(const shared32 *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

static inline void shared_store(shared32 *word, uint32_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

static inline void shared_store_release(shared32 *word, uint32_t value)
{
	atomic_store_explicit(word, value, memory_order_release);
}

static inline uint64_t shared_load64(const shared64 *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

#endif
