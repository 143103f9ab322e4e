/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cmdqv explain` of whatever log, as text and as JSON, and of its first line as words: it ends
 * with one of its exit statuses. Standard output is of no interest (-close_fd_mask=1). What an
 * expression became is kept from one input to the next: hundreds of them take most of the time.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <pcre2.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tools/tool.h"
#include "fuzz.h"

enum { MOST_EXPRESSIONS = 4096 };

static struct {
	PCRE2_SPTR pattern;
	pcre2_code *code;
} kept[MOST_EXPRESSIONS];

pcre2_code *__real_pcre2_compile_8(PCRE2_SPTR pattern, size_t length, uint32_t options, int *error,
				   size_t *at, pcre2_compile_context *context);
pcre2_code *__wrap_pcre2_compile_8(PCRE2_SPTR pattern, size_t length, uint32_t options, int *error,
				   size_t *at, pcre2_compile_context *context);
void __wrap_pcre2_code_free_8(pcre2_code *code);

/* Expressions are in static storage, and all are compiled with the same options. */
pcre2_code *__wrap_pcre2_compile_8(PCRE2_SPTR pattern, size_t length, uint32_t options, int *error,
				   size_t *at, pcre2_compile_context *context)
{
	size_t i = 0;

	while (i < MOST_EXPRESSIONS && kept[i].pattern && kept[i].pattern != pattern)
		i++;
	must(i < MOST_EXPRESSIONS);
	if (!kept[i].pattern) {
		kept[i].pattern = pattern;
		kept[i].code = __real_pcre2_compile_8(pattern, length, options, error, at, context);
		must(kept[i].code != NULL);
	}
	return kept[i].code;
}

void __wrap_pcre2_code_free_8(pcre2_code *code)
{
	(void)code;
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
