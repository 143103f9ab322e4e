/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints docs/reasons.md from reasons.def, or docs/errors.md from that and ids.def; a test compares
 * them with what is in the tree.
 *
 *	generate-reasons reasons|errors
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static void print_reasons(void)
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
}

static void print_errors(void)
{
	puts("# Stable ids of errors and log lines\n"
	     "\n"
	     "Made by `src/describe/generate.c` from `src/describe/ids.def` and `reasons.def`; a "
	     "test keeps it\n"
	     "current (`make check`). An id never changes its meaning; the sentences may.\n"
	     "\n"
	     "## Errors (`id` of struct cmdqv_error)\n"
	     "\n"
	     "| id | meaning | remedy |\n|---|---|---|");
#define ERROR_ID(id, meaning, remedy) puts("| `" id "` | " meaning " | " remedy " |");
#include "ids.def"
	puts("\n## Failed calls of the host kernel\n"
	     "\n"
	     "[reasons.md](reasons.md) has the causes and remedies of each.\n"
	     "\n"
	     "| id | call |\n|---|---|");
	for (int call = 0; call < REASON_CALLS; call++)
		printf("| `%s` | %s |\n", ids[call], names[call]);
	puts("\n## Log lines (`id` of struct cmdqv_log)\n"
	     "\n"
	     "| id | meaning | remedy |\n|---|---|---|");
#define LOG_ID(id, meaning, remedy) puts("| `" id "` | " meaning " | " remedy " |");
#include "ids.def"
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "reasons") == 0)
		print_reasons();
	else if (argc == 2 && strcmp(argv[1], "errors") == 0)
		print_errors();
	else
		return 2;
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 2;
}
