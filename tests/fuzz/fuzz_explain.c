/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cmdqv explain` of whatever log, as text and as JSON, and of its first line as words: it ends
 * with one of its exit statuses. Standard output is of no interest (-close_fd_mask=1). What an
 * expression became is kept from one input to the next: hundreds of them take most of the time.
 */
#include <regex.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tools/tool.h"
#include "fuzz.h"

enum { MOST_EXPRESSIONS = 4096 };

static struct {
	char *pattern;
	regex_t regex;
} kept[MOST_EXPRESSIONS];

int __real_regcomp(regex_t *regex, const char *pattern, int flags);
int __wrap_regcomp(regex_t *regex, const char *pattern, int flags);
void __wrap_regfree(regex_t *regex);

/* All are compiled with the same flags. */
int __wrap_regcomp(regex_t *regex, const char *pattern, int flags)
{
	size_t i = 0;
	int failed;

	while (i < MOST_EXPRESSIONS && kept[i].pattern && strcmp(kept[i].pattern, pattern) != 0)
		i++;
	must(i < MOST_EXPRESSIONS);
	if (!kept[i].pattern) {
		failed = __real_regcomp(&kept[i].regex, pattern, flags);
		if (failed)
			return failed;
		must((kept[i].pattern = strdup(pattern)) != NULL);
	}
	*regex = kept[i].regex;
	return 0;
}

void __wrap_regfree(regex_t *regex)
{
	(void)regex;
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
