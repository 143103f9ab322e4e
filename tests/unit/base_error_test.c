/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include <cmdqv/types.h>

#include "../test.h"
#include "base/error.h"

TEST(an_error_has_a_code_an_id_and_a_sentence)
{
	struct cmdqv_error error;

	memset(&error, 0xff, sizeof(error));
	assert_int_equal(cmdqv_error_set(&error, -EINVAL, "bad-size", "%s is %d", "x", 7), -EINVAL);
	assert_int_equal(error.reserved, 0);
	assert_int_equal(error.code, -EINVAL);
	assert_string_equal(error.id, "bad-size");
	assert_string_equal(error.text, "x is 7");
}

TEST(a_caller_may_take_no_error)
{
	assert_int_equal(cmdqv_error_set(NULL, -EIO, "broken", "%s", "x"), -EIO);
}

TEST(a_sentence_that_is_too_long_is_cut_off)
{
	struct cmdqv_error error;
	char letters[400];

	memset(letters, 'a', sizeof(letters));
	letters[sizeof(letters) - 1] = '\0';
	cmdqv_error_set(&error, -EIO, "broken", "%s", letters);
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
}

TEST(an_errno_is_named_whatever_its_sign)
{
	assert_string_equal(error_name(-EIO).text, "EIO");
	assert_string_equal(error_name(EOPNOTSUPP).text, "EOPNOTSUPP");
	assert_string_equal(error_name(-524).text, "errno 524");
}

TEST(the_version_is_that_of_the_header)
{
	assert_string_equal(cmdqv_version(), "0.2.0");
	assert_int_equal(cmdqv_version_number(), 0x000200);
	assert_int_equal(CMDQV_VERSION, 0x000200);
#if CMDQV_VERSION < 0x000200 || CMDQV_VERSION >= 0x010000
	fail_msg("the preprocessor reads another version");
#endif
}
