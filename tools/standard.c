/* SPDX-License-Identifier: BSD-2-Clause */
#include "standard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * After some first bytes not every second one makes a character: overlong forms, surrogates and
 * what is above U+10FFFF are none.
 */
size_t standard_utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char first;
		unsigned char last;
		unsigned char second_first;
		unsigned char second_last;
		size_t length;
	} heads[] = {
		{0x01, 0x7F, 0x00, 0xFF, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2},
		{0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
		{0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
		{0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
		{0xF4, 0xF4, 0x80, 0x8F, 4},
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t n = 1;

		if (text[0] < heads[i].first || text[0] > heads[i].last)
			continue;
		if (heads[i].length > 1 &&
		    (text[1] < heads[i].second_first || text[1] > heads[i].second_last))
			return 0;
		while (n < heads[i].length && (text[n] & 0xC0) == 0x80)
			n++;
		return n == heads[i].length ? n : 0;
	}
	return 0;
}

static bool is_control(const unsigned char *text)
{
	return text[0] < ' ' || text[0] == 0x7F || (text[0] == 0xC2 && text[1] < 0xA0);
}

void standard_make_printable(char *text)
{
	size_t length;

	for (; *text; text += length) {
		unsigned char *at = (unsigned char *)text;

		length = standard_utf8_length(at);
		if (length == 0 || is_control(at)) {
			memset(text, '?', length ? length : 1);
			length = length ? length : 1;
		}
	}
}

void standard_complain(const char *program, const char *format, va_list arguments)
{
	char text[8192]; /* a path and the words around it */

	vsnprintf(text, sizeof(text), format, arguments);
	standard_make_printable(text);
	fprintf(stderr, "%s: %s\n", program, text);
}

/* A VINTF takes a descriptor, and so does a queue of events: as many as the process may have. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * A descriptor 0, 1 or 2 that is closed would be the next one that is opened: a trace, say,
 * into which messages are then written. Reading it finds the end, writing it fails.
 */
bool standard_begin(void)
{
	int fd;

	allow_descriptors();
	signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of the write, like a full disk */
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* What could not be written was not told: a success without its words is none. */
int standard_end(const char *program, int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	/* The reason of a write that failed long ago is gone: one byte more finds it again. */
	errno = 0;
	putchar('\n');
	(void)fflush(stdout);
	fprintf(stderr, "%s: the result cannot be written: %s; give it a place that takes it\n",
		program, strerror(errno ? errno : EIO));
	return STANDARD_CANNOT;
}
