/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: a message of any kind at any count is told if and only if the count is a power of two
 * [DEV-27], with level, id and a text that ends within its room; a guest's error counts under its
 * kind and in the sum, whatever the kind.
 *
 * Assumes: vsnprintf() ends its text.
 *
 * Bound: none; there is no loop.
 *
 * Takes: 0.4 to 0.4 s each of 2 proofs, at most 27 MiB.
 */
#include "proof.h"

#include "device/log.c"

static uint32_t told;

int vsnprintf(char *text, size_t bytes, const char *format, va_list args)
{
	PROVE(bytes == 256, "the room");
	text[nondet_u8() % 255] = '\0';
	return nondet_int();
}

static void take(void *vmm, const struct cmdqv_log *log)
{
	PROVE(log->text && log->id && (log->count & (log->count - 1)) == 0,
	      "[DEV-27] 1st, 2nd, 4th");
	PROVE(log->level == CMDQV_LOG_GUEST || log->level == CMDQV_LOG_HOST, "a level");
	told++;
}

int main(void)
{
	static struct cmdqv dev;
	enum log_kind kind = (enum log_kind)nondet_u32();
	uint64_t count = nondet_u64(), errors = nondet_u64(), sum = nondet_u64();

	ASSUME((unsigned int)kind < LOG_KINDS && count < UINT64_MAX);
	dev.links.vmm.log = take;
	dev.logs[kind] = count;
	device_log(&dev, kind, "%u", 1U);
	PROVE(dev.logs[kind] == count + 1, "counted");
	PROVE(told == (((count + 1) & count) == 0), "told at powers of two alone");
	dev.counters[KIND] = errors;
	dev.counters[CMDQV_COUNTER_GUEST_ERRORS] = sum;
	device_guest_error(&dev, KIND, "%u", 1U);
	PROVE(dev.counters[KIND] == errors + 1 &&
		      dev.counters[CMDQV_COUNTER_GUEST_ERRORS] == sum + 1,
	      "both");
	COVER(told == 2, "told twice");
	REACHED("the end");
}
