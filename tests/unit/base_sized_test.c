/* SPDX-License-Identifier: BSD-2-Clause */
/* Structs that say their size, between callers and libraries of different versions. */
#include <errno.h>
#include <string.h>

#include <cmdqv/firmware.h>

#include "../test.h"
#include "base/sized.h"

/* The struct as its first version had it, as this library has it, and as a later one will. */
struct first {
	size_t size;
	uint32_t a;
	uint32_t b;
};

struct known {
	size_t size;
	uint32_t a;
	uint32_t b;
	uint64_t c;
};

struct later {
	size_t size;
	uint32_t a;
	uint32_t b;
	uint64_t c;
	uint64_t d;
};

static const struct sized grown = {"struct known", sizeof(struct known), sizeof(struct first), 0,
				   0};

/* By the size that the caller says: an older one lacks members, a later one may have more. */
TEST(a_struct_is_taken_as_far_as_it_goes_and_refused_if_it_asks_for_the_unknown)
{
	static const struct {
		size_t size;
		uint64_t d;
		int err;
		const char *id;
		uint64_t c;
	} cases[] = {
		{sizeof(struct known), UINT64_MAX, 0, NULL, 3},
		{sizeof(struct first), UINT64_MAX, 0, NULL, 0},
		{sizeof(struct later), 0, 0, NULL, 3},
		{sizeof(struct later), 1, -E2BIG, "unknown-members", 99},
		{sizeof(struct later), 1ULL << 24, -E2BIG, "unknown-members", 99},
		{sizeof(struct later), 1ULL << 56, -E2BIG, "unknown-members", 99},
		{sizeof(struct first) - 1, 0, -EINVAL, "bad-size", 99},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct later from = {cases[i].size, 1, 2, 3, cases[i].d};
		struct cmdqv_error error = {0};
		struct known to = {.c = 99};

		assert_int_equal(sized_in(&to, &grown, &from, &error), cases[i].err);
		assert_int_equal(error.code, cases[i].err);
		if (cases[i].id)
			assert_string_equal(error.id, cases[i].id);
		if (error.code == -EINVAL)
			assert_non_null(strstr(error.text, "struct known"));
		if (error.code)
			continue;
		assert_int_equal(to.a, 1);
		assert_int_equal(to.b, 2);
		assert_int_equal(to.c, cases[i].c);
	}
}

TEST(a_missing_struct_is_refused_by_name)
{
	struct cmdqv_error error = {0};
	struct known to;

	assert_int_equal(sized_in(&to, &grown, NULL, &error), -EINVAL);
	assert_string_equal(error.id, "missing-struct");
	assert_non_null(strstr(error.text, "struct known"));
}

TEST(a_reserved_member_must_be_zero)
{
	struct cmdqv_firmware from = {.size = sizeof(from), .instance = 1};
	struct cmdqv_firmware to;

	assert_int_equal(sized_in(&to, SIZED_STRUCT(cmdqv_firmware), &from, NULL), 0);
	for (size_t i = 0; i < sizeof(from.reserved); i++) {
		struct cmdqv_error error = {0};

		from.reserved[i] = 1;
		assert_int_equal(sized_in(&to, SIZED_STRUCT(cmdqv_firmware), &from, &error),
				 -E2BIG);
		assert_string_equal(error.id, "unknown-members");
		from.reserved[i] = 0;
	}
}

/* No more than the caller has room for, zero for what is not known, nothing below the first size.
 */
TEST(a_caller_gets_what_its_struct_has_room_for)
{
	static const struct {
		size_t size;
		int err;
		struct later expected;
	} cases[] = {
		{sizeof(struct known), 0, {sizeof(struct known), 1, 2, 3, 99}},
		{sizeof(struct first), 0, {sizeof(struct first), 1, 2, 99, 99}},
		{sizeof(struct later), 0, {sizeof(struct later), 1, 2, 3, 0}},
		{sizeof(struct first) - 1, -EINVAL, {sizeof(struct first) - 1, 99, 99, 99, 99}},
	};
	const struct known from = {0, 1, 2, 3};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct later to = {cases[i].size, 99, 99, 99, 99};

		assert_int_equal(sized_out(&to, &grown, &from), cases[i].err);
		assert_memory_equal(&to, &cases[i].expected, sizeof(to));
	}
	assert_int_equal(sized_out(NULL, &grown, &from), -EINVAL);
}
