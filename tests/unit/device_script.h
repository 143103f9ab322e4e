/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to a device, and what must be seen of it, as words in their order:
 *
 *	alloc1=3          the guest writes 4 bytes; d0.base:=0x100008 writes 8
 *	v1.status?1       the guest reads 4 bytes, and must get this; with :? 8 bytes
 *	page1.prod=5      a vCPU stores to the mapped page; with ? what the hardware's register is
 *	bound?2           anything else that can be asked for: see the table in device_script.c
 *	up=2 raise1=1     anything else that can be done: likewise
 *	[unmap unbind(0)] the calls that the last access made, as of fx_assert_calls()
 *
 * A register is one of the tables there, d<LVCMDQ>.<name> in the direct aperture,
 * v<LVCMDQ>.<name> in the VINTF's, or an offset in hexadecimal; +4 after it is its upper word.
 * Any counter may be asked for by its name. After each access the fixture checks the rules.
 */
#ifndef TESTS_UNIT_DEVICE_SCRIPT_H
#define TESTS_UNIT_DEVICE_SCRIPT_H

#include "device_fixture.h"

/* A test: ids and a sentence, LVCMDQs of the backend, what happens. */
struct script {
	const char *name;
	uint32_t lvcmdqs;
	const char *text;
};

/* Goes on with a device; the words may have printf's conversions. */
__attribute__((format(printf, 2, 3))) void fx_run(struct fixture *fx, const char *format, ...);

void script_run(void **state);

/* Each row of a table is a test. */
#define SCRIPTS(table) TEST_TABLE(table, script_run)

#endif
