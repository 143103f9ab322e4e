/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints a dictionary for libFuzzer: the offset of every register of two queues,
 *
 *	dictionary bytes   as fuzz_device reads one: bits 15:8, bits 7:0, page
 *	dictionary lines   as accesses of a trace, with what else its lines begin with
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmdqv/describe.h>

static const struct cmdqv_geometry geometry = {
	.log2_vcmdqs = 1, .log2_sids = 2, .guest_view = true};

static void print_as_bytes(uint64_t offset)
{
	printf("\"\\x%02x\\x%02x\\x%02x\"\n", (unsigned int)(offset >> 8 & 0xff),
	       (unsigned int)(offset & 0xff), (unsigned int)(offset >> 16));
}

static void print_as_line(uint64_t offset)
{
	printf("\"W4 %" PRIx64 " 1\"\n\"R4 %" PRIx64 " 0\"\n", offset, offset);
}

int main(int argc, char **argv)
{
	static const char *const others[] = {"W8 40000 10005", "C q0 0 46 0", "E q0 0 1",
					     "X reset",	       "G 1 0 4",     "G 7 6 4",
					     "\\x0aI\\x0a"};
	bool lines = argc == 2 && strcmp(argv[1], "lines") == 0;
	uint64_t offset = cmdqv_describe_next(&geometry, 0);

	for (; offset != UINT64_MAX; offset = cmdqv_describe_next(&geometry, offset + 4)) {
		if (lines)
			print_as_line(offset);
		else
			print_as_bytes(offset);
	}
	for (size_t i = 0; lines && i < sizeof(others) / sizeof(others[0]); i++)
		printf("\"%s\"\n", others[i]);
	return 0;
}
