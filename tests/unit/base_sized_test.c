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

static int copy_in(struct known *to, const void *from, struct cmdqv_error *error)
{
	return sized_in(to, &grown, from, error);
}

static int copy_out(void *to, const struct known *from)
{
	return sized_out(to, &grown, from);
}

TEST(a_struct_of_the_same_version_is_copied)
{
	const struct known from = {sizeof(from), 1, 2, 3};
	struct known to;

	assert_int_equal(copy_in(&to, &from, NULL), 0);
	assert_memory_equal(&to, &from, sizeof(to));
}

TEST(what_an_older_caller_lacks_becomes_zero)
{
	const struct first from = {sizeof(from), 1, 2};
	struct known to = {.c = 99};

	assert_int_equal(copy_in(&to, &from, NULL), 0);
	assert_int_equal(to.a, 1);
	assert_int_equal(to.b, 2);
	assert_int_equal(to.c, 0);
}

TEST(a_later_struct_is_taken_while_its_tail_is_zero)
{
	const struct later from = {sizeof(from), 1, 2, 3, 0};
	struct known to;

	assert_int_equal(copy_in(&to, &from, NULL), 0);
	assert_int_equal(to.c, 3);
}

TEST(a_later_struct_that_asks_for_the_unknown_is_too_big)
{
	struct later from = {sizeof(from), 1, 2, 3, 0};
	struct cmdqv_error error = {0};
	struct known to;

	for (size_t i = 0; i < sizeof(from.d); i++) {
		from.d = UINT64_C(1) << (8 * i);
		assert_int_equal(copy_in(&to, &from, &error), -E2BIG);
		assert_int_equal(error.code, -E2BIG);
		assert_string_equal(error.id, "unknown-members");
	}
}

TEST(a_struct_below_its_first_size_is_refused_by_name)
{
	const struct known from = {sizeof(struct first) - 1, 1, 2, 3};
	struct cmdqv_error error = {0};
	struct known to;

	assert_int_equal(copy_in(&to, &from, &error), -EINVAL);
	assert_string_equal(error.id, "bad-size");
	assert_non_null(strstr(error.text, "struct known"));
}

TEST(a_missing_struct_is_refused_by_name)
{
	struct cmdqv_error error = {0};
	struct known to;

	assert_int_equal(copy_in(&to, NULL, &error), -EINVAL);
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

TEST(a_caller_of_the_same_version_gets_everything)
{
	const struct known from = {0, 1, 2, 3};
	struct known to = {.size = sizeof(to)};

	assert_int_equal(copy_out(&to, &from), 0);
	assert_int_equal(to.size, sizeof(to));
	assert_int_equal(to.a, 1);
	assert_int_equal(to.c, 3);
}

TEST(an_older_caller_gets_no_more_than_it_has_room_for)
{
	const struct known from = {0, 1, 2, 3};
	struct {
		struct first first;
		uint64_t guard;
	} to = {{sizeof(struct first), 0, 0}, 0x5a5a5a5a};

	assert_int_equal(copy_out(&to, &from), 0);
	assert_int_equal(to.first.size, sizeof(struct first));
	assert_int_equal(to.first.b, 2);
	assert_int_equal(to.guard, 0x5a5a5a5a);
}

TEST(a_later_caller_gets_zero_for_what_is_not_known)
{
	const struct known from = {0, 1, 2, 3};
	struct later to = {.size = sizeof(to), .d = 99};

	assert_int_equal(copy_out(&to, &from), 0);
	assert_int_equal(to.size, sizeof(to));
	assert_int_equal(to.c, 3);
	assert_int_equal(to.d, 0);
}

TEST(nothing_is_written_to_a_caller_below_the_first_size)
{
	const struct known from = {0, 1, 2, 3};
	struct known to = {.size = sizeof(struct first) - 1, .a = 7};

	assert_int_equal(copy_out(&to, &from), -EINVAL);
	assert_int_equal(to.a, 7);
	assert_int_equal(copy_out(NULL, &from), -EINVAL);
}
