/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cmdqv explain` of whatever log, as text and as JSON, and of its first line as words: it ends
 * with one of its exit statuses. Standard output is of no interest (-close_fd_mask=1). What
 * explain_compile() made is kept from one input to the next: it takes longer than most of them.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tools/explain.h"
#include "../../tools/tool.h"
#include "fuzz.h"

struct explain_patterns *__real_explain_compile(void);
struct explain_patterns *__wrap_explain_compile(void);
void __wrap_explain_free(struct explain_patterns *patterns);

struct explain_patterns *__wrap_explain_compile(void)
{
	static struct explain_patterns *kept;

	if (!kept)
		kept = __real_explain_compile();
	return kept;
}

void __wrap_explain_free(struct explain_patterns *patterns)
{
	(void)patterns;
}

static void explain(char *option, char *word)
{
	char *argv[] = {"explain", option, word, NULL};
	int status;

	must(lseek(STDIN_FILENO, 0, SEEK_SET) == 0);
	status = tool_explain.run(word ? 3 : 2, argv);
	must(status >= TOOL_YES && status <= TOOL_UNKNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	char words[256] = "";

	must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	must(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	close(fd);
	explain("--json", NULL);
	explain("--host", NULL);
	memcpy(words, bytes, size < sizeof(words) - 1 ? size : sizeof(words) - 1);
	words[strcspn(words, "\n")] = 0;
	if (words[0] && words[0] != '-')
		explain("--json", words);
	return 0;
}
