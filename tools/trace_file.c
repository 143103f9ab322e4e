/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a trace.
 *
 * Beyond what each line must be, a file must be an order of events: what an access led to
 * (C, E, I) has an access before it, and a geometry comes once, before the first access.
 */
#include "trace_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct trace_file *file;
	struct trace_fault *fault;
	size_t room;
	unsigned long number;
	bool geometry;
	bool access;
};

__attribute__((format(printf, 4, 5))) static enum trace_file_status
fail(struct trace_fault *fault, enum trace_file_status status, unsigned long line,
     const char *format, ...)
{
	va_list arguments;

	fault->line = line;
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
	return status;
}

static enum trace_file_status malformed(const struct reader *reader, const char *text)
{
	return fail(reader->fault, TRACE_FILE_MALFORMED, reader->number, "%s", text);
}

static enum trace_file_status append(struct reader *reader, const struct cmdqv_trace_event *event)
{
	struct trace_file *file = reader->file;

	if (file->count == reader->room) {
		size_t room = reader->room ? reader->room * 2 : 1024;
		struct trace_line *lines = realloc(file->lines, room * sizeof(*lines));

		if (!lines)
			return fail(reader->fault, TRACE_FILE_UNREADABLE, 0,
				    "there is not enough memory for it; split it");
		file->lines = lines;
		reader->room = room;
	}
	file->lines[file->count++] = (struct trace_line){reader->number, *event};
	return TRACE_FILE_OK;
}

/* Is this the place for such an event? Returns NULL, or what is wrong. */
static const char *out_of_place(struct reader *reader, enum cmdqv_trace_kind kind)
{
	switch (kind) {
	case CMDQV_TRACE_READ:
	case CMDQV_TRACE_WRITE:
	case CMDQV_TRACE_RESET:
		reader->access = true;
		return NULL;
	case CMDQV_TRACE_GEOMETRY:
		if (reader->geometry)
			return "expected one geometry, this is a second G line";
		if (reader->access)
			return "expected the geometry before the first access";
		reader->geometry = true;
		return NULL;
	case CMDQV_TRACE_COMMAND:
	case CMDQV_TRACE_REFUSED:
	case CMDQV_TRACE_INTERRUPT:
		return reader->access ? NULL : "expected an access before what it led to";
	case CMDQV_TRACE_END:
	case CMDQV_TRACE_NOTHING:
		break;
	}
	return NULL;
}

static enum trace_file_status read_line(struct reader *reader, const char *line, size_t length)
{
	struct cmdqv_trace_event event;
	struct cmdqv_error error;
	const char *wrong;

	if (strlen(line) != length)
		return malformed(reader, "expected text, not a byte of zero");
	if (length > 0 && line[length - 1] == '\r')
		return malformed(reader, "expected a line feed alone, not a carriage return before "
					 "it: convert the file to Unix lines");
	if (cmdqv_trace_parse(line, &event, &error) != 0)
		return malformed(reader, error.text);
	if (event.kind == CMDQV_TRACE_NOTHING)
		return TRACE_FILE_OK;
	if (reader->file->whole)
		return malformed(reader, "expected nothing after the line that ends a trace");
	reader->file->whole = event.kind == CMDQV_TRACE_END;
	if (reader->file->whole)
		return TRACE_FILE_OK;
	wrong = out_of_place(reader, event.kind);
	return wrong ? malformed(reader, wrong) : append(reader, &event);
}

enum { LINE_BYTES = 4096 }; /* no event needs more than 80; comments may be longer */

/* Takes a line without its line feed. Returns its length, LINE_BYTES if it is too long, -1 at the
 * end. */
static int take_line(FILE *stream, char line[LINE_BYTES])
{
	int length = 0;
	int byte;

	while ((byte = getc(stream)) != EOF && byte != '\n') {
		if (length == LINE_BYTES - 1)
			return LINE_BYTES;
		line[length++] = (char)byte;
	}
	line[length] = 0;
	return byte == EOF && length == 0 ? -1 : length;
}

static enum trace_file_status read_lines(struct reader *reader, FILE *stream)
{
	enum trace_file_status status = TRACE_FILE_OK;
	char line[LINE_BYTES];
	int length;

	errno = 0;
	while (status == TRACE_FILE_OK && (length = take_line(stream, line)) >= 0) {
		reader->number++;
		status = length == LINE_BYTES
				 ? malformed(reader, "expected a line of less than 4096 bytes")
				 : read_line(reader, line, (size_t)length);
	}
	if (ferror(stream))
		return fail(reader->fault, TRACE_FILE_UNREADABLE, 0, "it cannot be read: %s",
			    strerror(errno));
	return status;
}

enum trace_file_status trace_file_read(const char *path, struct trace_file *file,
				       struct trace_fault *fault)
{
	struct reader reader = {.file = file, .fault = fault};
	enum trace_file_status status;
	FILE *stream;

	*file = (struct trace_file){0};
	stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (!stream)
		return fail(fault, TRACE_FILE_UNREADABLE, 0,
			    "it cannot be opened: %s; name a file that you may read",
			    strerror(errno));
	status = read_lines(&reader, stream);
	if (stream != stdin)
		fclose(stream);
	if (status == TRACE_FILE_OK && !reader.access)
		return fail(fault, TRACE_FILE_MALFORMED, reader.number ? reader.number : 1,
			    "expected at least one access%s",
			    reader.number ? "" : ", the file is empty");
	return status;
}

void trace_file_free(struct trace_file *file)
{
	free(file->lines);
	*file = (struct trace_file){0};
}
