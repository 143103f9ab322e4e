/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include <cmdqv/types.h>

static void an_error_has_a_code_an_id_and_a_sentence(void **state)
{
	struct cmdqv_error error = {0};

	(void)state;
	assert_int_equal(cmdqv_error_set(&error, -EINVAL, "bad-size", "%s is %d", "x", 7), -EINVAL);
	assert_int_equal(error.code, -EINVAL);
	assert_string_equal(error.id, "bad-size");
	assert_string_equal(error.text, "x is 7");
}

static void a_caller_may_take_no_error(void **state)
{
	(void)state;
	assert_int_equal(cmdqv_error_set(NULL, -EIO, "broken", "%s", "x"), -EIO);
}

static void a_sentence_that_is_too_long_is_cut_off(void **state)
{
	struct cmdqv_error error;
	char letters[400];

	(void)state;
	memset(letters, 'a', sizeof(letters));
	letters[sizeof(letters) - 1] = '\0';
	cmdqv_error_set(&error, -EIO, "broken", "%s", letters);
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
}

static void the_version_is_that_of_the_header(void **state)
{
	(void)state;
	assert_string_equal(cmdqv_version(), "0.2.0");
	assert_int_equal(cmdqv_version_number(), 0x000200);
	assert_int_equal(CMDQV_VERSION, 0x000200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_has_a_code_an_id_and_a_sentence),
		cmocka_unit_test(a_caller_may_take_no_error),
		cmocka_unit_test(a_sentence_that_is_too_long_is_cut_off),
		cmocka_unit_test(the_version_is_that_of_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
