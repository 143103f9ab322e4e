/* SPDX-License-Identifier: BSD-2-Clause */
/* Stream table entries that a guest fills in, [HW-21]: words as Arm IHI 0070 section 5.2 has them.
 */
#include "../test.h"
#include "regs/ste.h"

#define CONTEXT 0x000FFFFFFFFFFFC0ULL /* S1ContextPtr */

/* [HW-21] */
TEST(an_entry_of_a_guest_is_judged_by_what_it_may_set)
{
	static const struct {
		uint64_t words[2];
		enum ste_fault fault;
		bool is_stage1;
	} cases[] = {
		{{0, 0}, STE_GOOD, false},
		{{~1ULL, ~0ULL}, STE_GOOD, false}, /* without V */
		{{0xA, 0}, STE_GOOD, false},
		{{0x1, 0}, STE_GOOD, false}, /* abort */
		{{0x9, 0}, STE_GOOD, false}, /* bypass */
		{{0xB, 0}, STE_GOOD, true},  /* stage 1 */
		{{0xB | 3 << 4 | CONTEXT | 0x1FULL << 59, 0x180000FF}, STE_GOOD, true},
		{{0xD, 0}, STE_BAD_CONFIG, false}, /* stage 2 */
		{{0xF, 0}, STE_BAD_CONFIG, false}, /* both */
		{{0x3, 0}, STE_BAD_CONFIG, false},
		{{0x5, 0}, STE_BAD_CONFIG, false},
		{{0x7, 0}, STE_BAD_CONFIG, false},
		{{0xB | 1ULL << 52, 0}, STE_FOREIGN_BITS, true},
		{{0xB | 1ULL << 58, 0}, STE_FOREIGN_BITS, true},
		{{0xB, 1ULL << 8}, STE_FOREIGN_BITS, true},
		{{0xB, 1ULL << 26}, STE_FOREIGN_BITS, true},
		{{0xB, 1ULL << 30}, STE_FOREIGN_BITS, true}, /* STRW */
		{{0xD, 1ULL << 30}, STE_FOREIGN_BITS, false},
		{{0xB, 0x10000000}, STE_GOOD, true}, /* EATS 1 */
		{{0xB, 0x20000000}, STE_BAD_EATS, true},
		{{0xB, 0x30000000}, STE_BAD_EATS, true},
		{{0xD, 0x20000000}, STE_BAD_CONFIG, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (ste_check_guest(cases[i].words) != cases[i].fault)
			fail_msg("case %zu", i);
		assert_int_equal(ste_is_stage1(cases[i].words), cases[i].is_stage1);
	}
}
