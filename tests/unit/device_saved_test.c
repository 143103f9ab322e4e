/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [DEV-29] What a guest left in a device is found again in another one, and a stream that is not
 * what was saved changes nothing.
 *
 * Offsets of the stream are literals of docs/saved-state.md.
 */
#include "device_script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROOM = 65536,
	AT_LENGTH = 12,
	AT_ERRATA = 24,
	HEADER = 32,
	FIELD = 12, /* with a payload of 4 */
	SUM = 4,
};

struct saved {
	uint8_t bytes[ROOM];
	size_t length;
};

static uint32_t word(const uint8_t *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static void put(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

/* The checksum of the document, by its table form: another way than the device's. */
static uint32_t checksum(const uint8_t *bytes, size_t length)
{
	static const uint32_t nibbles[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
					     0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
					     0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
					     0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
	uint32_t sum = UINT32_MAX;

	for (size_t i = 0; i < length; i++) {
		sum = nibbles[(sum ^ bytes[i]) & 15] ^ sum >> 4;
		sum = nibbles[(sum ^ bytes[i] >> 4) & 15] ^ sum >> 4;
	}
	return ~sum;
}

/* Makes length and checksum right again, so that what was changed is what is looked at. */
static void seal(struct saved *saved)
{
	put(saved->bytes + AT_LENGTH, (uint32_t)saved->length);
	put(saved->bytes + saved->length - SUM, checksum(saved->bytes, saved->length - SUM));
}

/* The place of a field, or NULL. */
static uint8_t *field(struct saved *saved, uint32_t id)
{
	for (size_t at = HEADER; at + SUM < saved->length; at += FIELD)
		if (word(saved->bytes + at) == id)
			return saved->bytes + at;
	return NULL;
}

/* Two hosts with a backend each, and what is on its way from one to the other. */
struct pair {
	struct fixture *from;
	struct fixture *to;
	struct saved saved;
};

static void pair_save(struct pair *pair)
{
	struct saved *saved = &pair->saved;

	memset(saved->bytes, 0xA5, ROOM);
	saved->length = fx_save(pair->from, saved->bytes, ROOM);
	assert_int_equal(word(saved->bytes + AT_LENGTH), saved->length);
	assert_int_equal(word(saved->bytes + saved->length - SUM),
			 checksum(saved->bytes, saved->length - SUM));
}

/* The guest of the first one did this, and was saved. */
static struct pair *pair_new(uint32_t lvcmdqs, const char *script)
{
	struct pair *pair = malloc(sizeof(*pair));

	assert_non_null(pair);
	pair->from = fixture_new(lvcmdqs);
	pair->to = fixture_new(lvcmdqs);
	fx_run(pair->from, "%s", script);
	pair_save(pair);
	return pair;
}

static void pair_free(struct pair *pair)
{
	fixture_free(pair->to);
	fixture_free(pair->from);
	free(pair);
}

static void restore(struct pair *pair)
{
	assert_int_equal(
		fx_restore(pair->to, pair->from, pair->saved.bytes, pair->saved.length, NULL), 0);
}

static struct cmdqv_error last_refusal;

static void assert_failed(struct pair *pair, int errno_expected, const char *id)
{
	struct cmdqv_error error = {0};
	int err = fx_restore(pair->to, pair->from, pair->saved.bytes, pair->saved.length, &error);

	if (err != errno_expected || strcmp(error.id, id) != 0 || !error.text[0])
		fail_msg("%d %s: %s", err, error.id ? error.id : "", error.text);
	last_refusal = error;
}

/* And nothing was asked of backend or VMM. */
static void assert_refused(struct pair *pair, int errno_expected, const char *id)
{
	assert_failed(pair, errno_expected, id);
	fx_assert_calls(pair->to, "");
}

static uint32_t pending(struct fixture *fx, uint32_t q)
{
	return fx_read(fx, at_queue(DIRECT, q, GERROR)) ^ fx_read(fx, at_queue(DIRECT, q, GERRORN));
}

/* Every register of both must read the same, but STATUS, and GERROR, whose phase is the hardware's.
 */
static void assert_same_registers(struct pair *pair, uint32_t lvcmdqs)
{
	struct fixture *a = pair->from, *b = pair->to;

	for (uint32_t at = 0; at < 0x1100; at += 4) /* what is no register reads 0 */
		assert_int_equal(fx_read(a, at), fx_read(b, at));
	for (uint32_t q = 0; q < lvcmdqs; q++) {
		for (uint32_t reg = CONS; reg <= QCONFIG; reg += 4)
			assert_int_equal(fx_read(a, at_queue(DIRECT, q, reg)),
					 fx_read(b, at_queue(DIRECT, q, reg)));
		assert_int_equal(pending(a, q), pending(b, q));
		for (uint32_t at = 0; at < 16; at += 4)
			assert_int_equal(fx_read(a, at_base(DIRECT, q) + at),
					 fx_read(b, at_base(DIRECT, q) + at));
	}
}

/* ---- situations that a guest can leave ---- */

#define PLAIN                                                                                      \
	"config=0x20083 mask=1 mask+4=0xF0 vconfig=0x2000A sid_match3=0x1235 sid_replace15=0x77 "  \
	"alloc1=0x8003 d1.indx:=0x123456789000 d1.cons=7 "
#define RUNNING                                                                                    \
	"up=2 page0.cons=3 page0.prod=3 page0.config=1 page1.cons=4 page1.prod=4 page1.config=1 "
#define BATCH RUNNING "page1.prod=200 "
#define STAGED "up=1 d0.base=0x700008 d1.base+4=1 "
#define LOWER_ERROR RUNNING "raise0=1 page0.cons=0x2000003 "
#define UPPER_ERROR RUNNING "raise1=1 page1.cons=0x3000004 "
#define BAD_BASE "up=1 alloc1=3 d1.base:=0x10000C "

/* What a restore may ask of VMM and backend, and which life each LVCMDQ has then. */
static const struct situation {
	const char *name;
	const char *script;
	const char *calls;
	const char *lives;
} situations[] = {
	{"untouched", "", "", "life0?idle life1?idle"},
	{"plain registers", PLAIN, "", "life0?idle life1?idle"},
	{"two running", RUNNING,
	 "bind(0) write(0,cons,3) write(0,prod,3) write(0,gerrorn,0) write(0,config,1) "
	 "bind(1) write(1,cons,4) write(1,prod,4) write(1,gerrorn,0) write(1,config,1) map",
	 "life0?bound life1?bound"},
	{"in the middle of a batch", BATCH,
	 "bind(0) write(0,cons,3) write(0,prod,3) write(0,gerrorn,0) write(0,config,1) "
	 "bind(1) write(1,cons,4) write(1,prod,200) write(1,gerrorn,0) write(1,config,1) map",
	 "life0?bound life1?bound"},
	{"halves staged", STAGED,
	 "bind(0) write(0,cons,0) write(0,prod,0) write(0,gerrorn,0) write(0,config,0) map",
	 "life0?bound life1?idle"},
	{"an error in the lower one", LOWER_ERROR, "pulse", "life0?held life1?waiting"},
	{"an error in the upper one", UPPER_ERROR,
	 "bind(0) write(0,cons,3) write(0,prod,3) write(0,gerrorn,0) write(0,config,1) pulse",
	 "life0?bound life1?held"},
	{"an error that is masked", "mask=1 " UPPER_ERROR,
	 "bind(0) write(0,cons,3) write(0,prod,3) write(0,gerrorn,0) write(0,config,1)",
	 "life0?bound life1?held"},
	{"the upper one held", UPPER_ERROR "page0.config=0 d0.base:=0x600008",
	 "bind(0) write(0,cons,3) write(0,prod,3) write(0,gerrorn,0) write(0,config,0) pulse",
	 "life0?bound life1?held"},
	{"a bad BASE", BAD_BASE,
	 "bind(0) write(0,cons,0) write(0,prod,0) write(0,gerrorn,0) write(0,config,0) pulse",
	 "life0?bound life1?failed"},
	{"a bad BASE, acknowledged", BAD_BASE "d1.gerrorn=4",
	 "bind(0) write(0,cons,0) write(0,prod,0) write(0,gerrorn,0) write(0,config,0)",
	 "life0?bound life1?failed"},
	{"the upper one waits", "up=2 alloc0=0", "", "life0?idle life1?waiting"},
	{"the upper one waits, with a GERRORN of the guest's own", "up=2 alloc0=0 d1.gerrorn=2",
	 "pulse", "life0?idle life1?waiting"},
};

enum { SITUATIONS = COUNT(situations) };

/* [DEV-29] [DEV-32] [DEV-18] [DEV-24] */
TEST(a_guest_finds_what_it_left)
{
	for (size_t i = 0; i < SITUATIONS; i++) {
		const struct situation *s = &situations[i];
		struct pair *pair = pair_new(2, s->script);

		print_message("%s\n", s->name);
		assert_in_range(pair->saved.length, 1, 4095);
		assert_int_equal(word(pair->saved.bytes + 8), 1);
		assert_int_equal(word(pair->saved.bytes + 16), 0x4011);
		assert_int_equal(word(pair->saved.bytes + 20), 8);
		assert_int_equal(word(pair->saved.bytes + 24), 0);
		assert_int_equal(word(pair->saved.bytes + 28), 0);
		restore(pair);
		fx_run(pair->to, "[%s] %s", s->calls, s->lives);
		assert_same_registers(pair, 2);
		pair_free(pair);
	}
}

/* [DEV-32] The guest acknowledges on the new host, and both queues go on. */
TEST(a_held_error_is_let_go_on_the_new_host)
{
	struct pair *pair = pair_new(2, LOWER_ERROR);

	restore(pair);
	fx_run(pair->to, "d0.cons?0x2000003");
	fx_write(pair->to, at_queue(VINTF, 0, GERRORN),
		 fx_read(pair->to, at_queue(VINTF, 0, GERROR)));
	fx_run(pair->to, "bound?2 mapped?1 page0.cons?3 page1.prod?4");
	pair_free(pair);
}

/* [DEV-11] A half that was written before is completed by the one that comes after. */
TEST(a_staged_half_is_completed_on_the_new_host)
{
	struct pair *pair = pair_new(2, STAGED);

	restore(pair);
	fx_run(pair->to, "d0.base+4=0 gpa0?0x700000");
	pair_free(pair);
}

/* [DEV-29] As the issue of every size: under 64 KiB for 128 queues. */
TEST(a_stream_is_small)
{
	struct pair *pair = pair_new(128, "up=128");
	size_t room = cmdqv_save_bytes(pair->from->dev);

	print_message("128 LVCMDQs: at most %zu bytes\n", room);
	assert_in_range(room, 1, 65535);
	assert_in_range(pair->saved.length, 1, room);
	restore(pair);
	fx_run(pair->to, "bound?128");
	assert_same_registers(pair, 128);
	pair_free(pair);
}

/* ---- what is refused ---- */

/* [DEV-29] Every prefix, every single flipped bit. */
TEST(a_damaged_stream_is_refused_and_changes_nothing)
{
	struct pair *pair = pair_new(2, BATCH);
	struct saved *saved = &pair->saved;
	size_t whole = saved->length;
	char sentence[240];

	for (saved->length = 0; saved->length < whole; saved->length++)
		assert_refused(pair, -EBADMSG, "saved-damaged");
	for (size_t bit = 0; bit < 8 * whole; bit++) {
		bool of_version = bit / 8 >= 8 && bit / 8 < 12;

		saved->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_refused(pair, of_version ? -EPROTONOSUPPORT : -EBADMSG,
			       of_version ? "saved-version" : "saved-damaged");
		saved->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	saved->length = whole + 1;
	assert_refused(pair, -EBADMSG, "saved-damaged");
	snprintf(sentence, sizeof(sentence),
		 "the saved state is %zu bytes long, and %zu were given: hand over what "
		 "cmdqv_save() wrote",
		 whole, whole + 1);
	assert_string_equal(last_refusal.text, sentence);
	saved->length = whole;
	/* all 32 bits of the length, where the sum is right */
	put(saved->bytes + AT_LENGTH, (uint32_t)whole | 1U << 31);
	put(saved->bytes + whole - SUM, checksum(saved->bytes, whole - SUM));
	assert_refused(pair, -EBADMSG, "saved-damaged");
	seal(saved);
	restore(pair);
	pair_free(pair);
}

/* Words of the header, with a checksum that is right. */
TEST(a_stream_of_another_host_is_refused)
{
	static const struct {
		const char *name;
		uint32_t at;
		uint32_t value;
		int err;
		const char *id;
		const char *text;
	} rows[] = {
		{"big-endian", 8, 1U << 24, -EPROTONOSUPPORT, "saved-version",
		 "has version 16777216 and this library reads 1:"},
		{"version 0", 8, 0, -EPROTONOSUPPORT, "saved-version",
		 "has version 0 and this library reads 1:"},
		{"version 2", 8, 2, -EPROTONOSUPPORT, "saved-version",
		 "has version 2 and this library reads 1:"},
		{"four queues", 16, 0x4021, -EOPNOTSUPP, "saved-geometry",
		 "shows PARAM 0x4021 and this one 0x4011: create it with num_lvcmdqs 4 and "
		 "num_sids 16,"},
		{"one queue", 16, 0x4001, -EOPNOTSUPP, "saved-geometry",
		 "shows PARAM 0x4001 and this one 0x4011: create it with num_lvcmdqs 1 and "
		 "num_sids 16,"},
		{"8 SIDs", 16, 0x3011, -EOPNOTSUPP, "saved-geometry",
		 "shows PARAM 0x3011 and this one 0x4011: create it with num_lvcmdqs 2 and "
		 "num_sids 8,"},
		{"a larger cap", 20, 9, -EOPNOTSUPP, "saved-cmdqs",
		 "takes queues of 2^9 entries and this one of 2^8: create it with cmdqs 9,"},
		{"a cap of nonsense", 20, UINT32_MAX, -EOPNOTSUPP, "saved-cmdqs",
		 "2^4294967295 entries"},
		{"a reserved word", 28, 1, -EBADMSG, "saved-damaged",
		 "is damaged at byte 28: a reserved word is not 0;"},
	};
	struct pair *pair = pair_new(2, RUNNING);

	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("%s\n", rows[i].name);
		pair_save(pair);
		put(pair->saved.bytes + rows[i].at, rows[i].value);
		seal(&pair->saved);
		assert_refused(pair, rows[i].err, rows[i].id);
		if (!strstr(last_refusal.text, rows[i].text))
			fail_msg("%s", last_refusal.text);
	}
	pair_free(pair);
}

/* [DEV-34] A guest that knows of an erratum may go where there is none, not the other way. */
TEST(an_erratum_that_the_guest_does_not_know_of_refuses)
{
	struct pair *pair = pair_new(2, RUNNING);
	struct fixture *sound = pair->to;

	fixture_free(sound);
	pair->to = fixture_prepare(2);
	pair->to->geometry.errata = CMDQV_SMMU_REPEAT;
	fixture_create(pair->to);
	assert_refused(pair, -EOPNOTSUPP, "saved-errata");
	sound = pair->from;
	pair->from = pair->to;
	pair->to = sound;
	fx_run(pair->from, RUNNING);
	pair_save(pair);
	fx_reset(sound);
	restore(pair);
	pair_free(pair);
}

/* A smaller cap on the old host is fine: its guest asks for less. */
TEST(a_larger_cap_here_is_fine)
{
	struct pair *pair = pair_new(2, RUNNING);

	put(pair->saved.bytes + 20, 7);
	seal(&pair->saved);
	restore(pair);
	pair_free(pair);
}

/* Fields, each changed in one way, with a checksum that is right. */
TEST(a_field_that_cannot_be_is_refused)
{
	static const struct {
		const char *name;
		uint32_t id;
		uint32_t at; /* within the field */
		uint32_t value;
	} rows[] = {
		{"no such register", AT_SID_MATCH, 0, AT_SID_MATCH + 1},
		{"twice", AT_SID_MATCH + 4, 0, AT_SID_MATCH},
		{"out of order", AT_SID_MATCH + 4, 0, 0},
		{"a view", AT_VI_INT_MASK, 0, AT_STATUS},
		{"a queue beyond", 0x80010001, 0, 0x80010002},
		{"longer", AT_SID_MATCH, 4, 8U << 16},
		{"longer than the rest", AT_SID_MATCH, 4, 0xFFFFU << 16},
		{"an unknown flag", AT_SID_MATCH, 4, 4U << 16 | 2},
		{"empty", AT_SID_MATCH, 4, 0},
		{"reserved bits of CONFIG", AT_CONFIG, 8, UINT32_MAX},
		{"reserved bits of CONS", 0x10000, 8, 1U << 31},
		{"reserved bits of GERROR", 0x10010, 8, 8},
		{"reserved bits of BASE", 0x20004, 8, 1U << 16},
		{"a life that is none", 0x80010000, 8, CMDQV_QUEUE_HELD + 1},
		{"an errno that is none", 0x80020000, 8, 4096},
	};
	struct pair *pair = pair_new(2, RUNNING);

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t *place;

		print_message("%s\n", rows[i].name);
		pair_save(pair);
		place = field(&pair->saved, rows[i].id);
		assert_non_null(place);
		put(place + rows[i].at, rows[i].value);
		seal(&pair->saved);
		assert_refused(pair, -EBADMSG, "saved-damaged");
	}
	pair_free(pair);
}

static void append(struct saved *saved, uint32_t id, uint32_t flags, uint32_t bytes)
{
	uint8_t *at = saved->bytes + saved->length - SUM;

	put(at, id);
	put(at + 4, flags | bytes << 16);
	memset(at + 8, 0x5A, bytes);
	saved->length += 8 + bytes;
	seal(saved);
}

/* What a later version may add, if the field says that it can be done without. */
TEST(an_unknown_field_is_skipped_if_it_may_be)
{
	struct pair *pair = pair_new(2, RUNNING);

	append(&pair->saved, 0x90000000, 1, 1000);
	append(&pair->saved, 0x90000001, 1, 0);
	restore(pair);
	fx_reset(pair->to);
	append(&pair->saved, 0x90000002, 0, 4);
	assert_refused(pair, -EBADMSG, "saved-damaged");
	pair_free(pair);
}

/* The last field may not reach into the checksum, nor be longer than it can be. */
TEST(the_last_field_is_as_long_as_it_says)
{
	struct pair *pair = pair_new(2, RUNNING);
	struct saved *saved = &pair->saved;
	uint8_t *last;

	append(saved, 0x90000000, 1, 0);
	put(saved->bytes + saved->length - SUM - 4, 1 | 4 << 16);
	seal(saved);
	assert_refused(pair, -EBADMSG, "saved-damaged");
	pair_save(pair);
	last = saved->bytes + saved->length - SUM - FIELD;
	put(last + 4, 8 << 16);
	put(last + FIELD, 0);
	saved->length += 4;
	seal(saved);
	assert_refused(pair, -EBADMSG, "saved-damaged");
	pair_free(pair);
}

/* From any stream, the device is one that a guest could have made. */
TEST(a_stream_that_no_device_wrote_does_no_harm)
{
	for (uint32_t life = CMDQV_QUEUE_IDLE; life <= CMDQV_QUEUE_HELD; life++) {
		struct pair *pair = pair_new(2, RUNNING);
		struct saved *saved = &pair->saved;

		put(field(saved, 0x80010000) + 8, life);
		put(field(saved, 0x20080) + 8, 0); /* the upper one is not ready */
		put(field(saved, 0x80010001) + 8, life);
		seal(saved);
		assert_int_equal(cmdqv_restore(pair->to->dev, saved->bytes, saved->length, NULL),
				 0);
		fx_reset(pair->to); /* for the fixture does not know of that guest */
		pair_free(pair);
	}
}

/* ---- the calls ---- */

static void refuse_as_in_use(const char *script)
{
	struct pair *pair = pair_new(2, script);
	struct cmdqv_error error = {0};

	assert_int_equal(
		cmdqv_restore(pair->from->dev, pair->saved.bytes, pair->saved.length, &error),
		-EEXIST);
	assert_string_equal(error.id, "device-in-use");
	pair->saved.bytes[0] ^= 1;
	assert_int_equal(
		cmdqv_restore(pair->from->dev, pair->saved.bytes, pair->saved.length, &error),
		-EBADMSG);
	fx_check(pair->from);
	pair_free(pair);
}

TEST(a_device_in_use_is_not_restored_into)
{
	for (size_t i = 1; i < SITUATIONS; i++) {
		print_message("%s\n", situations[i].name);
		refuse_as_in_use(situations[i].script);
	}
	/* nothing but one half */
	refuse_as_in_use("d0.base=0x700008");
	refuse_as_in_use("d1.base+4=1");
}

TEST(there_must_be_room)
{
	struct pair *pair = pair_new(2, "");
	struct cmdqv_error error = {0};
	size_t room = cmdqv_save_bytes(pair->from->dev) - 1;

	print_message("2 LVCMDQs: at most %zu bytes\n", room + 1);
	assert_int_equal(cmdqv_save(pair->from->dev, pair->saved.bytes, &room, &error), -ENOSPC);
	assert_string_equal(error.id, "no-room");
	room++;
	assert_int_equal(cmdqv_save(pair->from->dev, pair->saved.bytes, &room, &error), 0);
	pair_free(pair);
}

static void insert(struct saved *saved, uint32_t id, uint32_t value)
{
	uint8_t *at = saved->bytes + HEADER;

	while (word(at) < id)
		at += FIELD;
	memmove(at + FIELD, at, saved->length - (size_t)(at - saved->bytes));
	put(at, id);
	put(at + 4, 4U << 16);
	put(at + 8, value);
	saved->length += FIELD;
	seal(saved);
}

/* Every field that there is: a stream may have both halves of a BASE, which wait for a write. */
TEST(the_largest_state_fills_the_room)
{
	struct pair *pair = pair_new(2, "");

	for (uint32_t half = 0; half < 4; half++)
		insert(&pair->saved, 0x80000000 + half, 0);
	restore(pair);
	assert_int_equal(pair->saved.length, cmdqv_save_bytes(pair->to->dev));
	assert_int_equal(fx_save(pair->to, pair->saved.bytes, ROOM), pair->saved.length);
	pair_free(pair);
}

static void save_and_restore_inside(struct fixture *fx, const struct call *call)
{
	static uint8_t bytes[ROOM];
	size_t room = ROOM;

	(void)call;
	assert_int_equal(cmdqv_save(fx->dev, bytes, &room, NULL), -EBUSY);
	assert_int_equal(cmdqv_restore(fx->dev, bytes, 100, NULL), -EBUSY);
	fx->hook_count++;
}

TEST(neither_call_is_for_a_callback)
{
	struct pair *pair = pair_new(2, "");
	size_t room = ROOM;

	pair->from->hook = save_and_restore_inside;
	fx_run(pair->from, RUNNING);
	assert_int_equal(cmdqv_save(pair->from->dev, pair->saved.bytes, &room, NULL), 0);
	pair->from->hook = NULL;
	assert_in_range(pair->from->hook_count, 10, 100000);
	pair->to->hook = save_and_restore_inside;
	restore(pair);
	pair->to->hook = NULL;
	assert_in_range(pair->to->hook_count, 10, 100000);
	pair_free(pair);
}

/* The n-th call that can fail does, for every n: a refused bind undoes all; a refused map traps. */
TEST(any_call_of_a_restore_may_fail)
{
	for (uint32_t n = 1; n <= 3; n++) {
		struct pair *pair = pair_new(2, RUNNING);
		struct fixture *to = pair->to;

		to->fail_call = n;
		to->fail_error = -ENOSPC;
		if (n < 3) {
			assert_failed(pair, -ENOSPC, "bind-failed");
			fx_run(to, "bound?0");
			restore(pair); /* and again */
		} else {
			restore(pair);
			fx_run(to, "page?trapped");
		}
		fx_run(to, "bound?2");
		pair_free(pair);
	}
}

TEST(a_broken_backend_takes_nothing)
{
	struct pair *pair = pair_new(2, RUNNING);

	pair->to->broken = -EIO;
	assert_refused(pair, -EIO, "backend-broken");
	pair_free(pair);
}

/* [DEV-33] A queue that executes is waited for, and one that does not is counted. */
static void execute_one(struct fixture *fx, const struct call *call)
{
	if (call->kind == CALL_READ && call->queue == 0 && call->reg == CONS &&
	    fx->live[0].reg[CONS / 4] < 9)
		fx->live[0].reg[CONS / 4]++;
}

TEST(a_running_queue_drains_before_it_is_saved)
{
	struct pair *pair = pair_new(2, RUNNING "page0.prod=9");

	fx_run(pair->from, "undrained?1");
	pair->from->hook = execute_one;
	pair_save(pair);
	pair->from->hook = NULL;
	assert_int_equal(word(field(&pair->saved, 0x10000) + 8), 9);
	fx_run(pair->from, "undrained?1 page1.prod=9");
	pair_save(pair);
	assert_int_equal(word(field(&pair->saved, 0x10080) + 8), 4);
	fx_run(pair->from, "undrained?2");
	pair_free(pair);
}

/* The queue stops at an error just as a register is read for the `hook_count`th time. */
static void stop_at_an_error(struct fixture *fx, const struct call *call)
{
	const uint32_t *reg = fx->hook_data;

	if (call->kind != CALL_READ || call->queue != 1 || call->reg != *reg || --fx->hook_count)
		return;
	fx->live[1].reg[CONS / 4] = 5 | 2 << 24;
	fx_raise(fx, 1, CMDQ_ERR);
}

/*
 * CONS and GERROR are of one moment, be it during the drain or in the middle of the save, and
 * whichever phase the device remembers from before the bind.
 */
static void stop_while_saved(const char *script)
{
	for (uint32_t look = 897; look <= 1001; look++) {
		struct pair *pair = pair_new(2, script);
		uint32_t reg = look < 900 ? GERROR : CONS;

		fx_run(pair->from, "page1.prod=9");
		pair->from->hook_count = look < 900 ? look - 896 : look;
		pair->from->hook_data = &reg;
		pair->from->hook = stop_at_an_error;
		pair_save(pair);
		pair->from->hook = NULL;
		assert_int_equal(word(field(&pair->saved, 0x10090) + 8), CMDQ_ERR);
		assert_int_equal(word(field(&pair->saved, 0x10080) + 8), 5 | 2 << 24);
		pair_free(pair);
	}
}

TEST(an_error_that_comes_meanwhile_is_saved_whole)
{
	stop_while_saved(RUNNING);
	stop_while_saved("d1.gerrorn=1 " RUNNING);
}

/* ---- a stream of the first version, which every later one must read ---- */

static void read_sample(struct saved *saved)
{
	FILE *file = fopen(SAVED_DIR "/version-1.hex", "r");
	unsigned int byte;

	assert_non_null(file);
	saved->length = 0;
	while (fscanf(file, "%2x", &byte) == 1)
		saved->bytes[saved->length++] = (uint8_t)byte;
	assert_true(feof(file));
	fclose(file);
}

/* The hex of what is made now is printed if it differs. */
TEST(the_sample_is_read)
{
	struct pair *pair = pair_new(2, PLAIN UPPER_ERROR "d0.base=0x700008");
	struct saved now = pair->saved;

	read_sample(&pair->saved);
	if (pair->saved.length != now.length ||
	    memcmp(pair->saved.bytes, now.bytes, now.length) != 0)
		for (size_t n = 0; n < now.length; n++)
			print_message("%02x%s", now.bytes[n], n % 32 == 31 ? "\n" : "");
	restore(pair);
	assert_same_registers(pair, 2);
	assert_int_equal(pair->saved.length, now.length);
	assert_memory_equal(pair->saved.bytes, now.bytes, now.length);
	pair_free(pair);
}

/* ---- what a review found untested ---- */

/* [DEV-11] [DEV-29] [DEV-32] */
TEST(an_error_that_was_acknowledged_is_not_held)
{
	struct pair *pair = pair_new(2, RUNNING "raise1=1 page1.gerrorn=1");
	restore(pair);
	fx_run(pair->to, "life1?bound mapped?1");
	pair_free(pair);
}

TEST(a_staged_half_is_committed_by_what_commits_it)
{
	struct pair *pair = pair_new(2, STAGED);
	restore(pair);
	fx_run(pair->to, "alloc1=3 d1.base+4?1");
	pair_free(pair);
}

TEST(a_half_alone_makes_a_device_in_use)
{
	struct pair *pair = pair_new(2, "");
	struct cmdqv_error error = {0};
	fx_run(pair->to, "d1.base+4=1");
	assert_int_equal(
		cmdqv_restore(pair->to->dev, pair->saved.bytes, pair->saved.length, &error),
		-EEXIST);
	pair_free(pair);
}

TEST(reserved_bits_of_a_half_are_refused)
{
	struct pair *pair = pair_new(2, STAGED);
	put(field(&pair->saved, 0x80000003) + 8, 1U << 16);
	seal(&pair->saved);
	assert_refused(pair, -EBADMSG, "saved-damaged");
	pair_free(pair);
}

/* [DEV-34] What the guest was told goes with it, so it may go back. */
TEST(a_guest_may_go_back_where_it_came_from)
{
	struct pair pair = {.from = fixture_prepare(2), .to = fixture_prepare(2)};
	struct fixture *first = pair.from;

	first->geometry.errata = CMDQV_SMMU_REPEAT;
	fixture_create(first);
	fixture_create(pair.to);
	fx_run(first, RUNNING);
	pair_save(&pair);
	restore(&pair);
	fx_reset(first);
	pair.from = pair.to;
	pair.to = first;
	pair_save(&pair);
	restore(&pair);
	fixture_free(pair.from);
	fixture_free(pair.to);
}

/* [DEV-34] Also of errata that the host on its way has no name for. */
TEST(every_bit_of_the_errata_goes_on_with_the_guest)
{
	struct pair *pair = pair_new(2, RUNNING);

	put(pair->saved.bytes + AT_ERRATA, 0x80402010);
	seal(&pair->saved);
	restore(pair);
	pair->saved.length = fx_save(pair->to, pair->saved.bytes, ROOM);
	assert_int_equal(word(pair->saved.bytes + AT_ERRATA), 0x80402010);
	pair_free(pair);
}

/* [DEV-34] The saved state has the errata of former hosts, also if this host has some. */
TEST(the_errata_of_this_host_and_of_former_ones_are_saved_together)
{
	struct pair pair = {.from = fixture_new(2), .to = fixture_prepare(2)};

	pair.to->geometry.errata = CMDQV_SMMU_REPEAT;
	fixture_create(pair.to);
	fx_run(pair.from, RUNNING);
	pair_save(&pair);
	put(pair.saved.bytes + AT_ERRATA, 0x80402011);
	seal(&pair.saved);
	restore(&pair);
	pair.saved.length = fx_save(pair.to, pair.saved.bytes, ROOM);
	assert_int_equal(word(pair.saved.bytes + AT_ERRATA), 0x80402011);
	fixture_free(pair.from);
	fixture_free(pair.to);
}

/*
 * [DEV-29] [DEV-34] Another guest may be restored into the device later. The device must then say
 * what that guest was told.
 */
TEST(a_restore_that_failed_leaves_no_errata_behind)
{
	struct pair *pair = pair_new(2, RUNNING);

	put(pair->saved.bytes + AT_ERRATA, CMDQV_SMMU_REPEAT);
	seal(&pair->saved);
	pair->to->bind_errors[1] = -ENOSPC;
	assert_failed(pair, -ENOSPC, "bind-failed");
	pair->saved.length = fx_save(pair->to, pair->saved.bytes, ROOM);
	assert_int_equal(word(pair->saved.bytes + AT_ERRATA), 0);
	pair_free(pair);
}

/* The errno of a bind is that of one that failed, whatever a stream says. */
TEST(only_a_failed_bind_has_an_errno)
{
	static const char *const leads[] = {"", BAD_BASE};

	for (uint32_t i = 0; i < 2; i++) {
		struct pair *pair = pair_new(2, leads[i]);

		put(field(&pair->saved, 0x80020001) + 8, i ? 0 : 5);
		seal(&pair->saved);
		restore(pair);
		assert_int_equal(pair->to->queues[1].bind_error, i ? -EIO : 0);
		pair_free(pair);
	}
}

/* Nor may a stream leave it out. */
TEST(a_failed_bind_has_an_errno_whatever_is_missing)
{
	struct pair *pair = pair_new(2, BAD_BASE);
	uint8_t *last = field(&pair->saved, 0x80020001);

	assert_int_equal(word(last + 8), EINVAL);
	pair->saved.length -= FIELD;
	seal(&pair->saved);
	restore(pair);
	fx_run(pair->to, "life1?failed bind_error1?EIO");
	pair_free(pair);
}

/* [DEV-33] [HW-9] A bit of the guest's own that does not stop the queue does not keep it from
 * draining. */
TEST(a_queue_that_is_not_stopped_drains)
{
	struct pair *pair = pair_new(2, RUNNING "page1.gerrorn=2 page1.prod=9");

	fx_run(pair->from, "undrained?1");
	pair_free(pair);
}
