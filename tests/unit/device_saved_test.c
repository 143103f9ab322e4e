/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [DEV-29] What a guest left in a device is found again in another one, and a stream that is not
 * what was saved changes nothing.
 *
 * Offsets of the stream are literals of docs/saved-state.md.
 */
#include "device_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROOM = 65536,
	AT_LENGTH = 12,
	HEADER = 32,
	FIELD = 12, /* with a payload of 4 */
	SUM = 4,
	SID_SLOTS = 16,
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

static void save(struct fixture *fx, struct saved *saved)
{
	saved->length = fx_save(fx, saved->bytes, ROOM);
	assert_int_equal(word(saved->bytes + AT_LENGTH), saved->length);
	assert_int_equal(word(saved->bytes + saved->length - SUM),
			 checksum(saved->bytes, saved->length - SUM));
}

/* The place of a field, or NULL. */
static uint8_t *field(struct saved *saved, uint32_t id)
{
	for (size_t at = HEADER; at + SUM < saved->length; at += FIELD)
		if (word(saved->bytes + at) == id)
			return saved->bytes + at;
	return NULL;
}

/* Every register of both must read the same, whatever page it is in. */
static void assert_same_registers(struct fixture *a, struct fixture *b, uint32_t queues)
{
	static const uint32_t config_page[] = {
		AT_CONFIG,	 AT_PARAM,	     AT_STATUS,	      AT_VI_ERR_MAP,
		AT_VI_INT_MASK,	 AT_VI_INT_MASK + 4, AT_CMDQ_ERR_MAP, AT_VINTF_CONFIG,
		AT_VINTF_STATUS, AT_LVCMDQ_ERR_MAP};

	for (size_t i = 0; i < sizeof(config_page) / sizeof(config_page[0]); i++)
		assert_int_equal(fx_read(a, config_page[i]), fx_read(b, config_page[i]));
	for (uint32_t sid = 0; sid < SID_SLOTS; sid++) {
		assert_int_equal(fx_read(a, AT_SID_MATCH + 4 * sid),
				 fx_read(b, AT_SID_MATCH + 4 * sid));
		assert_int_equal(fx_read(a, AT_SID_REPLACE + 4 * sid),
				 fx_read(b, AT_SID_REPLACE + 4 * sid));
	}
	for (uint32_t q = 0; q < queues; q++) {
		assert_int_equal(fx_read(a, at_alloc(q)), fx_read(b, at_alloc(q)));
		for (uint32_t reg = CONS; reg <= GERRORN; reg += 4)
			if (reg < GERROR) /* the phase is the hardware's; compared below */
				assert_int_equal(fx_read(a, at_queue(DIRECT, q, reg)) &
							 (reg == QSTATUS ? 0 : UINT32_MAX),
						 fx_read(b, at_queue(DIRECT, q, reg)) &
							 (reg == QSTATUS ? 0 : UINT32_MAX));
		assert_int_equal(fx_read(a, at_queue(DIRECT, q, GERROR)) ^
					 fx_read(a, at_queue(DIRECT, q, GERRORN)),
				 fx_read(b, at_queue(DIRECT, q, GERROR)) ^
					 fx_read(b, at_queue(DIRECT, q, GERRORN)));
		for (uint32_t at = 0; at < 16; at += 4)
			assert_int_equal(fx_read(a, at_base(DIRECT, q) + at),
					 fx_read(b, at_base(DIRECT, q) + at));
	}
}

/* ---- situations that a guest can leave ---- */

static void untouched(struct fixture *fx)
{
	(void)fx;
}

static void plain_registers(struct fixture *fx)
{
	fx_write(fx, AT_CONFIG, 0x20083);
	fx_write(fx, AT_VI_INT_MASK, 1);
	fx_write(fx, AT_VI_INT_MASK + 4, 0xF0);
	fx_write(fx, AT_VINTF_CONFIG, 0x20000 | 5 << 1);
	fx_write(fx, AT_SID_MATCH + 4 * 3, 0x1235);
	fx_write(fx, AT_SID_REPLACE + 4 * 15, 0x77);
	fx_write(fx, at_alloc(1), 0x8003);
	fx_write8(fx, at_base(DIRECT, 1) + 8, 0x123456789000);
	fx_write(fx, at_queue(DIRECT, 1, CONS), 7);
}

static void two_running(struct fixture *fx)
{
	fx_bring_up(fx, 2);
	for (uint32_t q = 0; q < 2; q++) {
		fx_store(fx, q, CONS, 3 + q);
		fx_store(fx, q, PROD, 3 + q);
		fx_store(fx, q, QCONFIG, 1);
	}
}

static void in_the_middle_of_a_batch(struct fixture *fx)
{
	two_running(fx);
	fx_store(fx, 1, PROD, 200);
}

static void halves_staged(struct fixture *fx)
{
	fx_bring_up(fx, 1);
	fx_write(fx, at_base(DIRECT, 0), 0x700008);
	fx_write(fx, at_base(DIRECT, 1) + 4, 1);
}

static void error_in_the_lower_one(struct fixture *fx)
{
	two_running(fx);
	fx_raise(fx, 0, CMDQ_ERR);
	fx->live[0].reg[CONS / 4] = 3 | 2 << 24;
}

static void error_in_the_upper_one(struct fixture *fx)
{
	two_running(fx);
	fx_raise(fx, 1, CMDQ_ERR);
	fx->live[1].reg[CONS / 4] = 4 | 3 << 24;
}

static void error_masked(struct fixture *fx)
{
	fx_write(fx, AT_VI_INT_MASK, 1);
	error_in_the_upper_one(fx);
}

/* The lower one moved while the upper one had an error [DEV-32]. */
static void upper_one_held(struct fixture *fx)
{
	error_in_the_upper_one(fx);
	fx_store(fx, 0, QCONFIG, 0);
	fx_write8(fx, at_base(DIRECT, 0), base_of(5));
}

static void bad_base(struct fixture *fx)
{
	fx_bring_up(fx, 1);
	fx_write(fx, at_alloc(1), alloc_of(1));
	fx_write8(fx, at_base(DIRECT, 1), 0x100000 | 12);
}

static void bad_base_acknowledged(struct fixture *fx)
{
	bad_base(fx);
	fx_write(fx, at_queue(DIRECT, 1, GERRORN), fx_read(fx, at_queue(DIRECT, 1, GERROR)));
}

static void upper_one_waits(struct fixture *fx)
{
	fx_bring_up(fx, 2);
	fx_write(fx, at_alloc(0), 0);
}

/* What a restore may ask of VMM and backend, and which life each LVCMDQ has then. */
static const struct situation {
	const char *name;
	void (*lead)(struct fixture *fx);
	const char *calls;
	enum cmdqv_queue_life lives[2];
} situations[] = {
	{"untouched", untouched, "", {CMDQV_QUEUE_IDLE, CMDQV_QUEUE_IDLE}},
	{"plain registers", plain_registers, "", {CMDQV_QUEUE_IDLE, CMDQV_QUEUE_IDLE}},
	{"two running",
	 two_running,
	 "bind(0) write(0,cons,3) write(0,prod,3) write(0,gerrorn,0) write(0,config,1) "
	 "bind(1) write(1,cons,4) write(1,prod,4) write(1,gerrorn,0) write(1,config,1) map",
	 {CMDQV_QUEUE_BOUND, CMDQV_QUEUE_BOUND}},
	{"in the middle of a batch",
	 in_the_middle_of_a_batch,
	 "bind(0) write(0,cons,3) write(0,prod,3) write(0,gerrorn,0) write(0,config,1) "
	 "bind(1) write(1,cons,4) write(1,prod,200) write(1,gerrorn,0) write(1,config,1) map",
	 {CMDQV_QUEUE_BOUND, CMDQV_QUEUE_BOUND}},
	{"halves staged",
	 halves_staged,
	 "bind(0) write(0,cons,0) write(0,prod,0) write(0,gerrorn,0) write(0,config,0) map",
	 {CMDQV_QUEUE_BOUND, CMDQV_QUEUE_IDLE}},
	{"an error in the lower one",
	 error_in_the_lower_one,
	 "pulse",
	 {CMDQV_QUEUE_HELD, CMDQV_QUEUE_WAITING}},
	{"an error in the upper one",
	 error_in_the_upper_one,
	 "bind(0) write(0,cons,3) write(0,prod,3) write(0,gerrorn,0) write(0,config,1) pulse",
	 {CMDQV_QUEUE_BOUND, CMDQV_QUEUE_HELD}},
	{"an error that is masked",
	 error_masked,
	 "bind(0) write(0,cons,3) write(0,prod,3) write(0,gerrorn,0) write(0,config,1)",
	 {CMDQV_QUEUE_BOUND, CMDQV_QUEUE_HELD}},
	{"the upper one held",
	 upper_one_held,
	 "bind(0) write(0,cons,3) write(0,prod,3) write(0,gerrorn,0) write(0,config,0) pulse",
	 {CMDQV_QUEUE_BOUND, CMDQV_QUEUE_HELD}},
	{"a bad BASE",
	 bad_base,
	 "bind(0) write(0,cons,0) write(0,prod,0) write(0,gerrorn,0) write(0,config,0) pulse",
	 {CMDQV_QUEUE_BOUND, CMDQV_QUEUE_FAILED}},
	{"a bad BASE, acknowledged",
	 bad_base_acknowledged,
	 "bind(0) write(0,cons,0) write(0,prod,0) write(0,gerrorn,0) write(0,config,0)",
	 {CMDQV_QUEUE_BOUND, CMDQV_QUEUE_FAILED}},
	{"the upper one waits", upper_one_waits, "", {CMDQV_QUEUE_IDLE, CMDQV_QUEUE_WAITING}},
};

enum { SITUATIONS = sizeof(situations) / sizeof(situations[0]) };

/* [DEV-29] [DEV-32] [DEV-18] [DEV-24] */
TEST(a_guest_finds_what_it_left)
{
	static struct saved saved;

	for (size_t i = 0; i < SITUATIONS; i++) {
		const struct situation *s = &situations[i];
		struct fixture *from = fixture_new(2);
		struct fixture *to = fixture_new(2);

		print_message("%s\n", s->name);
		s->lead(from);
		save(from, &saved);
		assert_in_range(saved.length, 1, 4095);
		assert_int_equal(fx_restore(to, from, saved.bytes, saved.length, NULL), 0);
		fx_assert_calls(to, s->calls);
		for (uint32_t q = 0; q < 2; q++)
			assert_int_equal(to->queues[q].life, s->lives[q]);
		assert_same_registers(from, to, 2);
		fixture_free(to);
		fixture_free(from);
	}
}

/* [DEV-32] The guest acknowledges on the new host, and both queues go on. */
TEST(a_held_error_is_let_go_on_the_new_host)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);

	error_in_the_lower_one(from);
	save(from, &saved);
	assert_int_equal(fx_restore(to, from, saved.bytes, saved.length, NULL), 0);
	assert_int_equal(fx_read(to, at_queue(DIRECT, 0, CONS)), 3 | 2 << 24);
	fx_write(to, at_queue(VINTF, 0, GERRORN), fx_read(to, at_queue(VINTF, 0, GERROR)));
	assert_int_equal(to->num_bound, 2);
	assert_true(to->mapped);
	assert_int_equal(to->live[0].reg[CONS / 4], 3);
	assert_int_equal(to->live[1].reg[PROD / 4], 4);
	fixture_free(to);
	fixture_free(from);
}

/* [DEV-11] A half that was written before is completed by the one that comes after. */
TEST(a_staged_half_is_completed_on_the_new_host)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);

	halves_staged(from);
	save(from, &saved);
	assert_int_equal(fx_restore(to, from, saved.bytes, saved.length, NULL), 0);
	fx_write(to, at_base(DIRECT, 0) + 4, 0);
	assert_int_equal(to->live[0].gpa, 0x700000);
	fixture_free(to);
	fixture_free(from);
}

/* [DEV-29] As the issue of every size: under 64 KiB for 128 queues. */
TEST(a_stream_is_small)
{
	static struct saved saved;
	struct fixture *from = fixture_new(128);
	struct fixture *to = fixture_new(128);
	size_t room = cmdqv_save_bytes(from->dev);

	print_message("128 LVCMDQs: at most %zu bytes\n", room);
	assert_in_range(room, 1, 65535);
	fx_bring_up(from, 128);
	save(from, &saved);
	assert_in_range(saved.length, 1, room);
	assert_int_equal(fx_restore(to, from, saved.bytes, saved.length, NULL), 0);
	assert_int_equal(to->num_bound, 128);
	assert_same_registers(from, to, 128);
	fixture_free(to);
	fixture_free(from);
}

/* ---- what is refused ---- */

static void assert_refused(struct fixture *to, const struct fixture *from,
			   const struct saved *saved, int errno_expected, const char *id)
{
	struct cmdqv_error error = {0};
	int err = fx_restore(to, from, saved->bytes, saved->length, &error);

	if (err != errno_expected || strcmp(error.id, id) != 0 || !error.text[0])
		fail_msg("%d %s: %s", err, error.id ? error.id : "", error.text);
	fx_assert_calls(to, "");
}

/* [DEV-29] Every prefix, every single flipped bit. */
TEST(a_damaged_stream_is_refused_and_changes_nothing)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);
	size_t whole;

	in_the_middle_of_a_batch(from);
	save(from, &saved);
	whole = saved.length;
	for (saved.length = 0; saved.length < whole; saved.length++)
		assert_refused(to, from, &saved, -EBADMSG, "saved-damaged");
	for (size_t bit = 0; bit < 8 * whole; bit++) {
		bool of_version = bit / 8 >= 8 && bit / 8 < 12;

		saved.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_refused(to, from, &saved, of_version ? -EPROTONOSUPPORT : -EBADMSG,
			       of_version ? "saved-version" : "saved-damaged");
		saved.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(fx_restore(to, from, saved.bytes, saved.length, NULL), 0);
	fixture_free(to);
	fixture_free(from);
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
	} rows[] = {
		{"big-endian", 8, 1U << 24, -EPROTONOSUPPORT, "saved-version"},
		{"version 0", 8, 0, -EPROTONOSUPPORT, "saved-version"},
		{"version 2", 8, 2, -EPROTONOSUPPORT, "saved-version"},
		{"four queues", 16, 0x4021, -EOPNOTSUPP, "saved-geometry"},
		{"one queue", 16, 0x4001, -EOPNOTSUPP, "saved-geometry"},
		{"8 SIDs", 16, 0x3011, -EOPNOTSUPP, "saved-geometry"},
		{"a larger cap", 20, 9, -EOPNOTSUPP, "saved-cmdqs"},
		{"a cap of nonsense", 20, UINT32_MAX, -EOPNOTSUPP, "saved-cmdqs"},
		{"a reserved word", 28, 1, -EBADMSG, "saved-damaged"},
	};
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);

	two_running(from);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		save(from, &saved);
		put(saved.bytes + rows[i].at, rows[i].value);
		seal(&saved);
		assert_refused(to, from, &saved, rows[i].err, rows[i].id);
	}
	fixture_free(to);
	fixture_free(from);
}

/* [DEV-34] A guest that knows of an erratum may go where there is none, not the other way. */
TEST(an_erratum_that_the_guest_does_not_know_of_refuses)
{
	static struct saved saved;
	struct fixture *sound = fixture_new(2);
	struct fixture *erratic = fixture_prepare(2);

	erratic->geometry.errata = CMDQV_SMMU_REPEAT;
	fixture_create(erratic);
	two_running(sound);
	save(sound, &saved);
	assert_refused(erratic, sound, &saved, -EOPNOTSUPP, "saved-errata");
	two_running(erratic);
	save(erratic, &saved);
	fx_reset(sound);
	assert_int_equal(fx_restore(sound, erratic, saved.bytes, saved.length, NULL), 0);
	fixture_free(erratic);
	fixture_free(sound);
}

/* A smaller cap on the old host is fine: its guest asks for less. */
TEST(a_larger_cap_here_is_fine)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);

	two_running(from);
	save(from, &saved);
	put(saved.bytes + 20, 7);
	seal(&saved);
	assert_int_equal(fx_restore(to, from, saved.bytes, saved.length, NULL), 0);
	fixture_free(to);
	fixture_free(from);
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
		{"empty", AT_SID_MATCH, 4, 0},
		{"reserved bits of CONFIG", AT_CONFIG, 8, UINT32_MAX},
		{"reserved bits of CONS", 0x10000, 8, 1U << 31},
		{"reserved bits of GERROR", 0x10010, 8, 8},
		{"reserved bits of BASE", 0x20004, 8, 1U << 16},
		{"a life that is none", 0x80010000, 8, CMDQV_QUEUE_HELD + 1},
		{"an errno that is none", 0x80020000, 8, 4096},
	};
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);

	two_running(from);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *place;

		print_message("%s\n", rows[i].name);
		save(from, &saved);
		place = field(&saved, rows[i].id);
		assert_non_null(place);
		put(place + rows[i].at, rows[i].value);
		seal(&saved);
		assert_refused(to, from, &saved, -EBADMSG, "saved-damaged");
	}
	fixture_free(to);
	fixture_free(from);
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
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);

	two_running(from);
	save(from, &saved);
	append(&saved, 0x90000000, 1, 0);
	append(&saved, 0x90000001, 1, 1000);
	assert_int_equal(fx_restore(to, from, saved.bytes, saved.length, NULL), 0);
	fx_reset(to);
	append(&saved, 0x90000002, 0, 4);
	assert_refused(to, from, &saved, -EBADMSG, "saved-damaged");
	fixture_free(to);
	fixture_free(from);
}

/* The last field may not reach into the checksum, nor be longer than it can be. */
TEST(the_last_field_is_as_long_as_it_says)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);
	uint8_t *last;

	two_running(from);
	save(from, &saved);
	append(&saved, 0x90000000, 1, 0);
	put(saved.bytes + saved.length - SUM - 4, 1 | 4 << 16);
	seal(&saved);
	assert_refused(to, from, &saved, -EBADMSG, "saved-damaged");
	save(from, &saved);
	last = saved.bytes + saved.length - SUM - FIELD;
	put(last + 4, 8 << 16);
	put(last + FIELD, 0);
	saved.length += 4;
	seal(&saved);
	assert_refused(to, from, &saved, -EBADMSG, "saved-damaged");
	fixture_free(to);
	fixture_free(from);
}

/* Whoever writes the stream, the device is one that a guest could have made. */
TEST(a_stream_that_no_device_wrote_does_no_harm)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);

	for (uint32_t life = CMDQV_QUEUE_IDLE; life <= CMDQV_QUEUE_HELD; life++) {
		two_running(from);
		save(from, &saved);
		put(field(&saved, 0x80010000) + 8, life);
		put(field(&saved, 0x20080) + 8, 0); /* the upper one is not ready */
		put(field(&saved, 0x80010001) + 8, life);
		seal(&saved);
		assert_int_equal(cmdqv_restore(to->dev, saved.bytes, saved.length, NULL), 0);
		fx_reset(to);
		fx_reset(from);
	}
	fixture_free(to);
	fixture_free(from);
}

/* ---- the calls ---- */

TEST(a_device_in_use_is_not_restored_into)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);

	for (size_t i = 1; i < SITUATIONS; i++) {
		struct cmdqv_error error = {0};

		print_message("%s\n", situations[i].name);
		situations[i].lead(from);
		save(from, &saved);
		assert_int_equal(cmdqv_restore(from->dev, saved.bytes, saved.length, &error),
				 -EEXIST);
		assert_string_equal(error.id, "device-in-use");
		fx_check(from);
		fx_reset(from);
	}
	fixture_free(from);
}

TEST(there_must_be_room)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct cmdqv_error error = {0};
	size_t room = cmdqv_save_bytes(from->dev) - 1;

	print_message("2 LVCMDQs: at most %zu bytes\n", room + 1);
	assert_int_equal(cmdqv_save(from->dev, saved.bytes, &room, &error), -ENOSPC);
	assert_string_equal(error.id, "no-room");
	fixture_free(from);
}

static void save_and_restore_inside(struct fixture *fx, const struct call *call)
{
	static struct saved saved;
	size_t room = ROOM;

	(void)call;
	assert_int_equal(cmdqv_save(fx->dev, saved.bytes, &room, NULL), -EBUSY);
	assert_int_equal(cmdqv_restore(fx->dev, saved.bytes, 100, NULL), -EBUSY);
	fx->hook_count++;
}

TEST(neither_call_is_for_a_callback)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);

	two_running(from);
	save(from, &saved);
	fx_reset(from);
	from->hook = save_and_restore_inside;
	two_running(from);
	saved.length = ROOM;
	assert_int_equal(cmdqv_save(from->dev, saved.bytes, &saved.length, NULL), 0);
	from->hook = NULL;
	assert_in_range(from->hook_count, 10, 100000);
	fixture_free(from);
}

/* The n-th call that can fail does, for every n: a refused bind undoes all; a refused map traps. */
TEST(any_call_of_a_restore_may_fail)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);

	two_running(from);
	save(from, &saved);
	for (uint32_t n = 1; n <= 3; n++) {
		struct fixture *to = fixture_new(2);
		struct cmdqv_error error = {0};
		int err;

		to->fail_call = n;
		to->fail_error = -ENOSPC;
		err = fx_restore(to, from, saved.bytes, saved.length, &error);
		assert_int_equal(err, n < 3 ? -ENOSPC : 0);
		if (n < 3)
			assert_string_equal(error.id, "bind-failed");
		else
			assert_int_equal(to->state.page0, CMDQV_PAGE0_TRAPPED);
		assert_int_equal(to->num_bound, n < 3 ? 0 : 2);
		if (n < 3) /* and again */
			assert_int_equal(fx_restore(to, from, saved.bytes, saved.length, NULL), 0);
		fixture_free(to);
	}
	fixture_free(from);
}

TEST(a_broken_backend_takes_nothing)
{
	static struct saved saved;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);

	two_running(from);
	save(from, &saved);
	to->broken = -EIO;
	assert_refused(to, from, &saved, -EIO, "backend-broken");
	fixture_free(to);
	fixture_free(from);
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
	static struct saved saved;
	struct fixture *from = fixture_new(2);

	two_running(from);
	fx_store(from, 0, PROD, 9);
	from->hook = execute_one;
	save(from, &saved);
	from->hook = NULL;
	assert_int_equal(word(field(&saved, 0x10000) + 8), 9);
	assert_int_equal(fx_counter(from, CMDQV_COUNTER_UNDRAINED), 0);
	fx_store(from, 1, PROD, 9);
	save(from, &saved);
	assert_int_equal(word(field(&saved, 0x10080) + 8), 4);
	assert_int_equal(fx_counter(from, CMDQV_COUNTER_UNDRAINED), 1);
	fixture_free(from);
}

/* The queue stops at an error just as its CONS is read for the `hook_count`th time. */
static void stop_at_an_error(struct fixture *fx, const struct call *call)
{
	if (call->kind != CALL_READ || call->queue != 1 || call->reg != CONS || --fx->hook_count)
		return;
	fx->live[1].reg[CONS / 4] = 5 | 2 << 24;
	fx_raise(fx, 1, CMDQ_ERR);
}

/* CONS and GERROR are of one moment, be it during the drain or in the middle of the save. */
TEST(an_error_that_comes_meanwhile_is_saved_whole)
{
	static struct saved saved;

	for (uint32_t look = 900; look <= 1001; look++) {
		struct fixture *from = fixture_new(2);

		two_running(from);
		fx_store(from, 1, PROD, 9);
		from->hook_count = look;
		from->hook = stop_at_an_error;
		save(from, &saved);
		from->hook = NULL;
		assert_int_equal(word(field(&saved, 0x10090) + 8), CMDQ_ERR);
		assert_int_equal(word(field(&saved, 0x10080) + 8), 5 | 2 << 24);
		fixture_free(from);
	}
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

/* What the sample was made of; the hex of what it makes now is printed if it differs. */
static void make_sample(struct fixture *fx)
{
	plain_registers(fx);
	error_in_the_upper_one(fx);
	fx_write(fx, at_base(DIRECT, 0), 0x700008);
}

TEST(the_sample_is_read)
{
	static struct saved sample, now;
	struct fixture *from = fixture_new(2);
	struct fixture *to = fixture_new(2);

	make_sample(from);
	save(from, &now);
	read_sample(&sample);
	if (sample.length != now.length || memcmp(sample.bytes, now.bytes, now.length) != 0)
		for (size_t i = 0; i < now.length; i++)
			print_message("%02x%s", now.bytes[i], i % 32 == 31 ? "\n" : "");
	assert_int_equal(fx_restore(to, from, sample.bytes, sample.length, NULL), 0);
	assert_same_registers(from, to, 2);
	assert_int_equal(sample.length, now.length);
	assert_memory_equal(sample.bytes, now.bytes, now.length);
	fixture_free(to);
	fixture_free(from);
}
