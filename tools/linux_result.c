/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux.h"
#include "tool.h"

#include <json.h>
#include <stdarg.h>
#include <stdio.h>

bool linux_result_fail(struct linux_result *result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(result->why, sizeof(result->why), format, arguments);
	va_end(arguments);
	return false;
}

bool linux_result_judge_start(struct linux_result *result, unsigned long seconds)
{
	if (result->end == LINUX_INTERRUPTED)
		return linux_result_fail(result, "it was interrupted");
	if (result->end == LINUX_NOT_RUN)
		return linux_result_fail(result, "QEMU could not be run");
	if (result->log.boots && result->log.complaint[0])
		return linux_result_fail(result, "the kernel said: %s", result->log.complaint);
	if (result->end == LINUX_TIMED_OUT)
		return linux_result_fail(result, "%s more than %lu seconds and was ended",
					 result->log.boots ? "it took"
							   : "no kernel began to boot: it took",
					 seconds);
	if (!result->log.boots)
		return linux_result_fail(result, "no kernel began to boot%s%s",
					 result->log.first[0] ? ": " : "", result->log.first);
	return true;
}

bool linux_result_judge_end(struct linux_result *result, const char *who)
{
	if (result->end == LINUX_FAILED)
		return linux_result_fail(result, "QEMU ended with an error");
	if (!result->log.finished)
		return linux_result_fail(result, "the %s did not come to its end", who);
	return true;
}

void linux_result_read(struct linux_result *result, const struct linux_expected *expected)
{
	(void)linux_log_read(&result->log, result->place.console, expected);
	result->report = json_object_from_file(result->place.report);
}

void linux_result_print_end(const struct linux_result *result)
{
	if (result->end == LINUX_INTERRUPTED)
		printf("interrupted: this is what was seen until then\n");
	else if (result->why[0])
		printf("FAILED: %s; see %s\n", result->why, result->place.console);
	else
		printf("ok: in %.1f s\n", result->seconds);
}

struct json_object *linux_result_new_json(const struct linux_result *result, const char *guest)
{
	struct json_object *object = tool_json_new(LINUX_SCHEMA);

	if (result->why[0])
		tool_json_verdict(object,
				  result->end == LINUX_INTERRUPTED ? "interrupted" : "failed",
				  result->why);
	json_object_object_add(object, "guest", json_object_new_string(guest));
	return object;
}

void linux_result_end_json(const struct linux_result *result, struct json_object *object)
{
	json_object_object_add(object, "seconds", json_object_new_double(result->seconds));
	if (result->report)
		json_object_object_add(object, "machine", json_object_get(result->report));
	if (result->why[0] && result->end != LINUX_INTERRUPTED)
		json_object_object_add(object, "log",
				       json_object_new_string(result->place.console));
	tool_json_print(object);
}

int linux_result_end(struct linux_result *result, bool keep)
{
	json_object_put(result->report);
	if (keep)
		tool_complain("kept %s", result->place.directory);
	else if (!result->why[0] || result->end == LINUX_INTERRUPTED)
		linux_place_remove(&result->place);
	if (result->end == LINUX_INTERRUPTED)
		return TOOL_UNKNOWN;
	return result->why[0] ? TOOL_NO : TOOL_YES;
}
