/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of logs. A pattern is words that a line contains; prefixes of any kind (time, host,
 * driver, device) do not matter. Lines of one family that follow each other by rank are one
 * incident: an interrupt, the error that it was for, the command that was skipped. A few lines
 * of others may stand between them. Lines that are none of these may still hold values or a
 * call and its errno.
 *
 * Not done: telling incidents of two SMMUs apart that are mixed line by line.
 */
#include "explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmdqv/regs.h>

enum family {
	FAMILY_ERROR,
	FAMILY_ENABLE,
	FAMILY_EVENT,
	FAMILY_ALONE,
};

enum {
	MOST_SILENCE = 8, /* lines of others within an incident */
	WEIGHT_DETAIL = 1,
	WEIGHT_CAUSE = 5,
	MSI_WINDOW = 0x08000000,
	MSI_WINDOW_END = 0x080fffff,
};

/* What stands behind `words` in a line, and the line. */
struct match {
	const char *line;
	const char *at;
	const char *after;
};

struct pattern {
	const char *words;
	const char *besides; /* another that the line must contain, or NULL */
	uint8_t family;
	uint8_t rank;
	uint8_t words_wanted;
	uint8_t weight;
	const char *advice; /* or NULL: `tell` takes one */
	void (*tell)(const struct match *match, struct explain_log *log);
};

/* ---- pieces ---- */

/* A hexadecimal number with or without 0x, and moves behind it. */
static bool take_hex(const char **text, uint64_t *value)
{
	const char *at = *text;
	size_t length;

	if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
		at += 2;
	length = strspn(at, "0123456789abcdefABCDEF");
	if (length == 0 || length > 16)
		return false;
	*value = 0;
	for (size_t i = 0; i < length; i++) {
		unsigned int digit = (unsigned char)at[i];

		*value = *value << 4 | (digit <= '9' ? digit - '0' : (digit & 0xf) + 9);
	}
	*text = at + length;
	return true;
}

/* The number behind `name` in a text, such as "sid: 0x10". */
static bool number_behind(const char *text, const char *name, uint64_t *value)
{
	const char *at = strstr(text, name);

	if (!at)
		return false;
	at += strlen(name);
	at += strspn(at, " :=");
	return take_hex(&at, value);
}

/* ---- errors of commands ---- */

static void tell_map(const char *what, uint64_t bits, unsigned int first,
		     struct explain_finding *finding)
{
	for (unsigned int bit = 0; bit < 64; bit++)
		if (bits >> bit & 1)
			explain_add(finding, "%s %u has a pending error.", what, first + bit);
}

/* "vintf_map: 0000000000000001, vcmdq_map 00000000:00000000:00000000:00000002" */
static void tell_isr(const struct match *match, struct explain_log *log)
{
	struct explain_finding *finding = &log->incident;
	const char *queues = strstr(match->after, "vcmdq_map");
	uint64_t vintfs = 0;
	uint64_t bits;

	if (number_behind(match->after, "vintf_map", &vintfs))
		tell_map("VINTF", vintfs, 0, finding);
	if (!queues)
		return;
	queues += strlen("vcmdq_map");
	queues += strspn(queues, " :");
	for (unsigned int word = 4; word-- > 0 && take_hex(&queues, &bits);) {
		tell_map("VCMDQ", bits, word * 32, finding);
		queues += *queues == ':';
	}
	if (vintfs >> 1)
		explain_add(finding,
			    "VINTFs above 0 are virtual machines: the guest acknowledges.");
}

/* "CMDQ error (cons 0x0200003c): Abort on command fetch" */
static void tell_cons(const struct match *match, struct explain_log *log)
{
	const char *at = match->after;
	uint64_t cons;

	if (take_hex(&at, &cons))
		explain_cons((uint32_t)cons, &log->incident);
	else
		explain_take_advice(&log->incident, "cons-illegal", WEIGHT_CAUSE);
}

/* ---- bring-up ---- */

/* The "VINTF0: VCMDQ0/LVCMDQ0: " before the words, into `place`. */
static void find_place(const struct match *match, char *place, size_t bytes)
{
	const char *at = strstr(match->line, "VINTF");

	if (!at || at > match->at) {
		snprintf(place, bytes, "The CMDQV");
		return;
	}
	snprintf(place, bytes, "%.*s", (int)strcspn(at, " "), at);
	if (strncmp(at + strlen(place), " VCMDQ", 6) == 0)
		snprintf(place, bytes, "%.*s",
			 (int)(strlen(place) + 1 + strcspn(at + strlen(place) + 1, " ")), at);
	if (place[0] && place[strlen(place) - 1] == ':')
		place[strlen(place) - 1] = '\0';
}

static void tell_enable(const struct match *match, struct explain_log *log)
{
	bool disable = strstr(match->at, "failed to disable") == match->at;
	char place[64];

	find_place(match, place, sizeof(place));
	explain_add(&log->incident,
		    "%s did not follow CONFIG within a second: STATUS still says %s.", place,
		    disable ? "enabled" : "disabled");
}

static void tell_registers(const struct match *match, struct explain_log *log)
{
	explain_values(match->line, true, &log->incident);
}

/* ---- others ---- */

static void tell_allocated(const struct match *match, struct explain_log *log)
{
	const char *at = match->after;
	uint64_t entries;
	uint64_t kib;

	if (!explain_number(&at, &entries) || entries == 0 || entries > UINT32_MAX) {
		explain_add(&log->incident, "A queue was allocated.");
		return;
	}
	kib = (entries * CMDQV_ENTRY_BYTES + 1023) / 1024;
	explain_add(&log->incident,
		    "Good: a command queue of the CMDQV with %" PRIu64 " entries, %" PRIu64
		    " KiB of contiguous memory.",
		    entries, kib);
}

static void tell_own_queue(const struct match *match, struct explain_log *log)
{
	const char *at = match->after;
	uint64_t entries;

	if (!explain_number(&at, &entries))
		entries = 0;
	explain_add(&log->incident,
		    "Good: the SMMU's own command queue, with %" PRIu64
		    " entries. It is no queue of the CMDQV: those are vcmdq0 and above.",
		    entries);
}

static void tell_queue_memory(const struct match *match, struct explain_log *log)
{
	const char *at = match->after;
	uint64_t bytes;

	if (take_hex(&at, &bytes))
		explain_add(&log->incident,
			    "There is no contiguous memory of %" PRIu64 " bytes for a queue.",
			    bytes);
	else
		explain_add(&log->incident, "There is no memory for a queue.");
}

/* Of the four causes that "gerror-smmu" has, those of bits that are set; all if none is known. */
static void keep_causes(uint64_t gerror, struct explain_finding *finding)
{
	static const uint64_t bits_of[EXPLAIN_REASONS] = {0x201, 0xc, 0xf0, 0x100};
	struct explain_reason kept[EXPLAIN_REASONS] = {{NULL, NULL}};
	size_t count = 0;

	for (size_t i = 0; i < EXPLAIN_REASONS; i++)
		if (gerror & bits_of[i])
			kept[count++] = finding->reasons[i];
	if (count > 0)
		memcpy(finding->reasons, kept, sizeof(kept));
}

static void tell_gerror(const struct match *match, struct explain_log *log)
{
	static const char *const bits[] = {
		"a command was refused",
		NULL,
		"an event could not be written",
		"a page request could not be written",
		"the MSI of a CMD_SYNC failed",
		"the MSI of the event queue failed",
		"the MSI of page requests failed",
		"the MSI of errors failed",
		"the SMMU is in service failure mode",
		NULL,
	};
	const char *at = match->after;
	uint64_t gerror = 0;

	explain_add(&log->incident, "The SMMU itself reports an error.");
	at = strncmp(at, " reported", 9) == 0 ? at + 9 : at;
	at += strspn(at, " (");
	if (!take_hex(&at, &gerror))
		return;
	keep_causes(gerror, &log->incident);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (bits[i] && (gerror >> i & 1))
			explain_add(&log->incident, "Bit %zu: %s.", i, bits[i]);
}

/* The causes of an error that stopped the queue, before those of a timeout without one. */
static void put_causes_first(const struct explain_finding *error, struct explain_finding *finding)
{
	struct explain_reason all[EXPLAIN_REASONS] = {{NULL, NULL}};
	size_t count = 0;

	for (; count < EXPLAIN_REASONS && error->reasons[count].cause; count++)
		all[count] = error->reasons[count];
	for (size_t i = 0; count < EXPLAIN_REASONS; i++)
		all[count++] = finding->reasons[i];
	memcpy(finding->reasons, all, sizeof(all));
}

/* "CMD_SYNC timeout at 0x00000012 [hwprod 0x00000013, hwcons 0x02000010]" */
static void tell_sync(const struct match *match, struct explain_log *log)
{
	struct explain_finding *finding = &log->incident;
	struct explain_finding error = {0};
	uint64_t prod;
	uint64_t cons;

	if (!number_behind(match->after, "hwprod", &prod) ||
	    !number_behind(match->after, "hwcons", &cons))
		return;
	if (CMDQV_GET(CMDQV_VCMDQ_CONS_ERR, cons) != CMDQV_CERROR_NONE) {
		explain_cons((uint32_t)cons, &error);
		explain_add(finding, "%s", error.what);
		put_causes_first(&error, finding);
		return;
	}
	prod = CMDQV_GET(CMDQV_VCMDQ_CONS_INDEX, prod);
	cons = CMDQV_GET(CMDQV_VCMDQ_CONS_INDEX, cons);
	if (prod == cons)
		explain_add(finding, "hwcons has no error, and the queue is empty: all commands "
				     "were taken.");
	else
		explain_add(finding,
			    "hwcons has no error: the queue stands at 0x%" PRIx64
			    ", before its end at 0x%" PRIx64 ".",
			    cons, prod);
}

static void tell_coherency(const struct match *match, struct explain_log *log)
{
	explain_add(&log->incident, "Firmware says that the SMMU is %scoherent.",
		    strstr(match->after, "false") ? "not " : "");
}

static void tell_sizes(const struct match *match, struct explain_log *log)
{
	const char *at = match->after;
	uint64_t bits;

	if (explain_number(&at, &bits))
		explain_add(&log->incident,
			    "The SMMU's output addresses have %" PRIu64
			    " bits: a virtual SMMU's oas may be no more.",
			    bits);
}

/* ---- events ---- */

static const struct {
	const char *name;
	const char *text;
	uint8_t id;
	bool of_translation;
} events[] = {
	{"F_UUT", "an unsupported transaction", 0x01, false},
	{"C_BAD_STREAMID", "a StreamID beyond the stream table", 0x02, false},
	{"F_STE_FETCH", "the stream table entry could not be read", 0x03, false},
	{"C_BAD_STE", "an invalid stream table entry", 0x04, false},
	{"F_STREAM_DISABLED", "the stream is disabled", 0x06, false},
	{"F_TRANSL_FORBIDDEN", "a translated access that is not allowed", 0x07, false},
	{"C_BAD_SUBSTREAMID", "a SubstreamID beyond the context table", 0x08, false},
	{"F_CD_FETCH", "the context descriptor could not be read", 0x09, false},
	{"C_BAD_CD", "an invalid context descriptor", 0x0a, false},
	{"F_WALK_EABT", "a translation table could not be read", 0x0b, true},
	{"F_TRANSLATION", "no translation for the address", 0x10, true},
	{"F_ADDR_SIZE", "an address, or one in a table, is too large", 0x11, true},
	{"F_ACCESS", "the access flag is not set", 0x12, true},
	{"F_PERMISSION", "the access is not permitted", 0x13, true},
};

enum { EVENTS = sizeof(events) / sizeof(events[0]) };

static void take_event(size_t i, struct explain_finding *finding)
{
	explain_add(finding, "The SMMU aborted an access of a device: %s, %s.", events[i].name,
		    events[i].text);
	explain_take_advice(finding, events[i].of_translation ? "event" : "event-config",
			    WEIGHT_CAUSE);
}

static void tell_event_id(const struct match *match, struct explain_log *log)
{
	const char *at = match->after;
	uint64_t id = 0;

	take_hex(&at, &id);
	for (size_t i = 0; i < EVENTS; i++) {
		if (events[i].id == id) {
			take_event(i, &log->incident);
			return;
		}
	}
	explain_add(&log->incident, "The SMMU recorded event 0x%" PRIx64 " for a device.", id);
	explain_take_advice(&log->incident, "event-config", WEIGHT_CAUSE);
}

/* Where MSIs go the driver of the device did nothing wrong: that cause comes first. */
static void tell_address(uint64_t address, struct explain_finding *finding)
{
	struct explain_reason first = finding->reasons[0];

	explain_add(finding, "Address 0x%" PRIx64 ".", address);
	if (address < MSI_WINDOW || address > MSI_WINDOW_END || !finding->id ||
	    strcmp(finding->id, "event") != 0)
		return;
	explain_add(finding, "It is in the window where Linux puts MSIs.");
	finding->reasons[0] = finding->reasons[1];
	finding->reasons[1] = first;
}

/* "event: F_TRANSLATION client: 0000:01:00.0 sid: 0x100 ssid: 0x0 iova: 0x1000 ipa: 0x0" */
static void tell_event_name(const struct match *match, struct explain_log *log)
{
	struct explain_finding *finding = &log->incident;
	const char *name = match->after;
	const char *client = strstr(name, "client: ");
	uint64_t value;

	for (size_t i = 0; i < EVENTS && !finding->id; i++) {
		size_t length = strlen(events[i].name);

		if (strncmp(name, events[i].name, length) == 0 && name[length] == ' ')
			take_event(i, finding);
	}
	if (!finding->id) {
		explain_add(finding, "The SMMU recorded an event for a device.");
		explain_take_advice(finding, "event-config", WEIGHT_CAUSE);
	}
	if (client && strncmp(client + 8, "(unassigned", 11) == 0)
		explain_add(finding, "No device that Linux knows has that StreamID.");
	else if (client)
		explain_add(finding, "Device %.*s.", (int)strcspn(client + 8, " "), client + 8);
	if (number_behind(name, " sid:", &value))
		explain_add(finding, "StreamID 0x%" PRIx64 ".", value);
	if (number_behind(name, " iova:", &value))
		tell_address(value, finding);
}

static void tell_event_words(const uint64_t *word, unsigned int words,
			     struct explain_finding *finding)
{
	explain_add(finding, "StreamID 0x%" PRIx64 ".", word[0] >> 32);
	if (words > 2)
		tell_address(word[2], finding);
}

/* ---- patterns ---- */

static const struct pattern patterns[] = {
	{"unexpected error reported.", NULL, FAMILY_ERROR, 1, 0, WEIGHT_CAUSE, "isr", tell_isr},
	{"CMDQ error (cons ", NULL, FAMILY_ERROR, 2, 0, 0, NULL, tell_cons},
	{"retrying command fetch", NULL, FAMILY_ERROR, 3, 0, WEIGHT_DETAIL, "retry", NULL},
	{"skipping command in error state", NULL, FAMILY_ERROR, 4, 2, WEIGHT_DETAIL, "skip", NULL},

	{"failed to enable, STATUS=", NULL, FAMILY_ENABLE, 1, 0, WEIGHT_CAUSE, "enable",
	 tell_enable},
	{"failed to disable, STATUS=", NULL, FAMILY_ENABLE, 1, 0, WEIGHT_CAUSE, "enable",
	 tell_enable},
	{"GERRORN=0x", "GERROR=0x", FAMILY_ENABLE, 2, 0, 0, NULL, tell_registers},
	{"failed to reset impl", NULL, FAMILY_ENABLE, 3, 0, WEIGHT_DETAIL + 1, "reset-impl", NULL},
	{"probe with driver arm-smmu-v3 failed", NULL, FAMILY_ENABLE, 4, 0, WEIGHT_DETAIL,
	 "probe-failed", NULL},

	{"unexpected global error", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "gerror-smmu",
	 tell_gerror},
	{"event: ", " client: ", FAMILY_EVENT, 2, 0, 0, NULL, tell_event_name},
	{"event 0x", " received", FAMILY_EVENT, 1, 4, 0, NULL, tell_event_id},

	{"no more available vintf", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "no-vintf", NULL},
	{"Falling back to standard SMMU CMDQ", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "fallback",
	 NULL},
	{"found companion CMDQV device", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "companion", NULL},
	{"allocated ", " entries for vcmdq", FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "allocated",
	 tell_allocated},
	{"allocated ", " entries for cmdq", FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "allocated",
	 tell_own_queue},
	{"failed to allocate queue (", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "queue-memory",
	 tell_queue_memory},
	{"CMD_SYNC timeout", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "sync-timeout", tell_sync},
	{"CMDQ timeout", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "sync-timeout", NULL},
	{"no interrupt. errors will not be reported", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE,
	 "no-interrupt", NULL},
	{"failed to request irq (", "cmdqv", FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "irq", NULL},
	{"failed to request irq (", "NVDA200C", FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "irq", NULL},
	{"failed to get memory resource", "NVDA200C", FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "resource",
	 NULL},
	{"failed to get memory resource", "cmdqv", FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "resource",
	 NULL},
	{"SMMU not responding", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "not-responding", NULL},
	{"failed to clear cr0", "smmu", FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "not-responding", NULL},
	{"GBPA not responding to update", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "gbpa", NULL},
	{"failed to ioremap", "smmu", FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "ioremap", NULL},
	{"Detected disable_cmdqv", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "disabled", NULL},
	{"failed to init vintf0", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "vintf0", NULL},
	{"uncleared error detected, resetting", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "uncleared",
	 NULL},
	{"command queue size <=", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "queue-too-small", NULL},
	{"entered Service Failure Mode", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "service-failure",
	 NULL},
	{" write aborted", "smmu", FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "write-aborted", NULL},
	{"EVTQ overflow detected", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "event-overflow", NULL},
	{"IDR0.COHACC overridden by FW configuration", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE,
	 "coherency", tell_coherency},
	{"-bit, oas ", "smmu", FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "sizes", tell_sizes},
	{"vEVENTQ(type", NULL, FAMILY_ALONE, 0, 0, WEIGHT_CAUSE, "veventq", NULL},
};

static const struct pattern *find_pattern(const char *line, struct match *match)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		const char *at = strstr(line, patterns[i].words);

		if (!at || (patterns[i].besides && !strstr(line, patterns[i].besides)))
			continue;
		*match = (struct match){line, at, at + strlen(patterns[i].words)};
		return &patterns[i];
	}
	return NULL;
}

/* ---- incidents ---- */

/* The words that came after the last line of the incident. */
static void take_words(struct explain_log *log)
{
	if (log->words > 0 && log->family == FAMILY_ERROR)
		explain_command(log->word, log->words, &log->incident);
	if (log->words > 0 && log->family == FAMILY_EVENT)
		tell_event_words(log->word, log->words, &log->incident);
	log->words = 0;
	log->words_wanted = 0;
}

static void close_incident(struct explain_log *log)
{
	if (!log->open)
		return;
	take_words(log);
	explain_report_add(log->report, &log->incident);
	log->open = false;
}

static void open_incident(struct explain_log *log, const char *line)
{
	log->incident = (struct explain_finding){.line = log->line};
	snprintf(log->incident.quote, sizeof(log->incident.quote), "%s", line);
	log->open = true;
}

/* The word at the end of a line, if all but the prefix is that word. */
static bool take_last_word(struct explain_log *log, const char *line)
{
	const char *at = strrchr(line, ' ');
	uint64_t value;

	at = at ? at + 1 : line;
	if (log->words == log->words_wanted || strncmp(at, "0x", 2) != 0 || strlen(at) != 18 ||
	    !take_hex(&at, &value) || *at != '\0')
		return false;
	log->word[log->words++] = value;
	if (log->words == log->words_wanted)
		take_words(log);
	return true;
}

static void take_pattern(struct explain_log *log, const struct pattern *pattern,
			 const struct match *match)
{
	bool joins = log->open && pattern->family != FAMILY_ALONE &&
		     pattern->family == log->family && pattern->rank > log->rank;

	if (joins) {
		take_words(log);
	} else {
		close_incident(log);
		open_incident(log, match->line);
	}
	log->family = pattern->family;
	log->rank = pattern->rank;
	log->silence = 0;
	if (pattern->advice)
		explain_take_advice(&log->incident, pattern->advice, pattern->weight);
	if (pattern->tell)
		pattern->tell(match, log);
	log->words_wanted = pattern->words_wanted;
	take_last_word(log, match->line);
	if (pattern->family == FAMILY_ALONE)
		close_incident(log);
}

static bool take_values(struct explain_log *log, const char *line)
{
	struct explain_finding finding = {.line = log->line};

	if (!explain_errno(line, log->piped, &finding) &&
	    !explain_values(line, log->piped, &finding))
		return false;
	snprintf(finding.quote, sizeof(finding.quote), "%s", line);
	close_incident(log);
	explain_report_add(log->report, &finding);
	return true;
}

void explain_log_line(struct explain_log *log, const char *line)
{
	const struct pattern *pattern;
	struct match match;

	log->line++;
	if (line[strspn(line, " ")] == '\0')
		return;
	log->report->lines++;
	pattern = find_pattern(line, &match);
	if (pattern) {
		take_pattern(log, pattern, &match);
		log->report->recognised++;
	} else if (log->open && take_last_word(log, line)) {
		log->report->recognised++;
	} else if (take_values(log, line)) {
		log->report->recognised++;
	} else if (log->open && ++log->silence > MOST_SILENCE) {
		close_incident(log);
	}
}

void explain_log_end(struct explain_log *log)
{
	close_incident(log);
}
