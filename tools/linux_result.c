/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux.h"
#include "page_file.h"
#include "tool.h"
#include "wrap.h"

#include <json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

static void failure_print(const struct linux_result *result)
{
	char text[sizeof(result->why) + sizeof(result->place.console) + 16];

	snprintf(text, sizeof(text), "%s; see %s", result->why, result->place.console);
	wrap("FAILED: ", "    ", text);
}

static void result_print(const struct linux_result *result, const struct linux_guest *guest)
{
	linux_log_print(&result->log);
	guest->print(result);
	if (result->end == LINUX_INTERRUPTED)
		printf("interrupted: this is what was seen until then\n");
	else if (result->why[0])
		failure_print(result);
	else
		printf("ok: in %.1f s\n", result->seconds);
}

static void result_print_json(const struct linux_result *result, const struct linux_guest *guest)
{
	struct json_object *object = tool_json_new(LINUX_SCHEMA);

	if (result->why[0])
		tool_json_verdict(object,
				  result->end == LINUX_INTERRUPTED ? "interrupted" : "failed",
				  result->why);
	json_object_object_add(object, "guest", json_object_new_string(guest->name));
	guest->add_json(result, object);
	json_object_object_add(object, "seconds", json_object_new_double(result->seconds));
	if (result->report)
		json_object_object_add(object, "machine", json_object_get(result->report));
	if (result->why[0] && result->end != LINUX_INTERRUPTED)
		json_object_object_add(object, "log", tool_json_text(result->place.console));
	tool_json_print(object);
}

/* Removes what is not kept. Returns the tool's status. */
static int result_end(struct linux_result *result, bool keep)
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

int linux_run(const struct linux_guest *guest, struct linux_config *config, const void *options,
	      bool json, bool keep)
{
	struct linux_result result = {.seconds = 0};
	const char *name = config->record, *why;
	struct page_file record;
	int err;

	why = linux_record_begin(config, &record);
	if (why)
		return tool_give_up(json, LINUX_SCHEMA, "cannot write '%s': %s", name, why);
	tool_hold_interrupts();
	err = linux_place_create(&result.place);
	if (!err && guest->pattern)
		err = linux_place_fill(&result.place, guest->pattern);
	if (!err) {
		result.end = linux_machine_run(config, &result.place, &result.seconds);
		why = linux_record_end(&record);
	}
	if (!err)
		(void)linux_log_read(&result.log, result.place.console, &guest->expected);
	if (err || why || config->interactive || result.end == LINUX_NOT_RUN ||
	    result.log.unwritten[0])
		linux_place_remove(&result.place);
	if (err)
		return tool_give_up(json, LINUX_SCHEMA,
				    "cannot make a disk in '%s': %s; TMPDIR names a place for it",
				    result.place.directory, strerror(-err));
	if (why)
		return tool_give_up(json, LINUX_SCHEMA, "cannot write '%s': %s", name, why);
	if (result.log.unwritten[0])
		return tool_give_up(json, LINUX_SCHEMA, "%s: is there space left?",
				    result.log.unwritten);
	if (result.end == LINUX_NOT_RUN)
		return tool_give_up(json, LINUX_SCHEMA,
				    "QEMU '%s' could not be run; make linux, or --qemu",
				    config->qemu);
	if (config->interactive)
		return result.end == LINUX_INTERRUPTED ? TOOL_UNKNOWN
		       : result.end == LINUX_ENDED     ? TOOL_YES
						       : TOOL_NO;
	result.report = json_object_from_file(result.place.report);
	(void)guest->judge(options, &result);
	(json ? result_print_json : result_print)(&result, guest);
	return result_end(&result, keep);
}
