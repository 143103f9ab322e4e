/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints docs/reasons.md from reasons.def; a test compares it with what is in the tree. */
#include <errno.h>
#include <stdio.h>

#include "reasons.h"

static const char *const names[] = {
#define REASON_CALL(call, id, name) name,
#include "reasons.def"
};

static const char *const ids[] = {
#define REASON_CALL(call, id, name) id,
#include "reasons.def"
};

static const struct reason reasons[] = {
#define REASON(call, err, since, until, cause, remedy)                                             \
	{REASON_##call, err, since, until, #err, cause, remedy},
#include "reasons.def"
};

static void print_kernels(const struct reason *reason)
{
	if (reason->since)
		printf("from %d.%d", reason->since >> 8, reason->since & 0xFF);
	if (reason->until)
		printf("%sbefore %d.%d", reason->since ? ", " : "", reason->until >> 8,
		       reason->until & 0xFF);
}

static void print_call(int call)
{
	printf("\n## %s\n\nStable id of the failure: `%s`.\n", names[call], ids[call]);
	for (size_t i = 0, rows = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].call != call)
			continue;
		if (rows++ == 0)
			puts("\n| errno | Linux | cause | remedy |\n|---|---|---|---|");
		printf("| %s | ", reasons[i].err_name);
		print_kernels(&reasons[i]);
		printf(" | %s | %s |\n", reasons[i].cause, reasons[i].remedy);
	}
}

int main(void)
{
	puts("# Why the host kernel refuses a call\n"
	     "\n"
	     "Made by `src/describe/generate.c` from `src/describe/reasons.def`; a test keeps it "
	     "current\n"
	     "(`make check`). The rows hold for Linux 6.17 to 7.3, unless the column Linux says "
	     "less. Rows of\n"
	     "one call and errno stand in the order of likelihood; the library's sentence names "
	     "the first one.\n"
	     "The rows of \"any ioctl\" hold for each ioctl that has no row of that errno.");
	for (int call = 0; call < REASON_CALLS; call++)
		print_call(call);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 2;
}
