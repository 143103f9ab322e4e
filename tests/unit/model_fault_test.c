/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on demand: the refusal of a chosen command. */
#include "model_fixture.h"

static struct bench *bench_with_commands(void)
{
	struct bench *bench = bench_with_queue(2);

	for (uint32_t i = 0; i < 4; i++)
		put(bench, RAM + 16 * i, SYNC0, i);
	return bench;
}

/* [HW-20] [HW-13] */
static void each_code_refuses_the_chosen_command_once_and_shows_it(void **unused)
{
	(void)unused;
	for (uint8_t code = 1; code <= 4; code++) {
		struct bench *bench = bench_with_commands();
		const struct cmdqv_trace_event *events;

		w32(bench, page0(0, 0) + GERRORN, 0);
		assert_int_equal(cmdqv_model_refuse(bench->model, 0, 2, code), 0);
		bench->event_count = 0;
		store_word(bench, 0, 0, PROD, 4);
		run_all(bench);
		assert_int_equal(load_word(bench, 0, 0, CONS), (uint32_t)code << 24 | 2);
		assert_int_equal(load_word(bench, 0, 0, GERROR), 1);
		assert_int_equal(bench->done_count, 2);
		assert_int_equal(bench->interrupts, 1);
		events = bench->events;
		assert_int_equal(bench->event_count, 5);
		assert_int_equal(events[2].kind, CMDQV_TRACE_COMMAND);
		assert_int_equal(events[2].index, 2);
		assert_int_equal(events[2].value[0], SYNC0);
		assert_int_equal(events[2].value[1], 2);
		assert_int_equal(events[3].kind, CMDQV_TRACE_REFUSED);
		assert_int_equal(events[3].queue, 0);
		assert_int_equal(events[3].index, 2);
		assert_int_equal(events[3].code, code);
		assert_int_equal(events[4].kind, CMDQV_TRACE_INTERRUPT);

		/* Fetched again after the acknowledgement, and executed. */
		store_word(bench, 0, 0, GERRORN, 1);
		run_all(bench);
		assert_int_equal(bench->done_count, 4);
		assert_int_equal(bench->done[2].index, 2);
		assert_int_equal(load_word(bench, 0, 0, CONS), 4);
		assert_int_equal(state_of(bench).errors, 1);
		bench_close(bench);
	}
}

/* [HW-20] */
static void the_index_has_no_wrap_bit_and_waits_for_its_turn(void **unused)
{
	struct bench *bench = bench_with_commands();

	(void)unused;
	w32(bench, page0(0, 0) + PROD, 2);
	run_all(bench);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 1, 1), 0);
	w32(bench, page0(0, 0) + PROD, 6);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x01000005);
	assert_int_equal(bench->done_count, 5);
	bench_close(bench);
}

/* [HW-20] */
static void a_later_order_replaces_and_code_zero_takes_back(void **unused)
{
	struct bench *bench = bench_with_commands();

	(void)unused;
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 0, 1), 0);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 1, 4), 0);
	w32(bench, page0(0, 0) + PROD, 2);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x04000001);
	w32(bench, page0(0, 0) + GERRORN, 1);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 1, 1), 0);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 0, 0), 0);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 2);
	bench_close(bench);
}

/* [HW-20] [HW-22] */
static void another_queue_is_not_struck(void **unused)
{
	struct bench *bench = bench_with_commands();

	(void)unused;
	map_queue(bench, 1, 0, 1);
	start(bench, 0, 1, RAM, 2);
	assert_int_equal(cmdqv_model_refuse(bench->model, 1, 0, 2), 0);
	w32(bench, page0(0, 0) + PROD, 4);
	w32(bench, page0(0, 1) + PROD, 4);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 4);
	assert_int_equal(r32(bench, page0(0, 1) + CONS), 0x02000000);
	bench_close(bench);
}

/* [HW-20] */
static void what_does_not_exist_cannot_be_refused(void **unused)
{
	struct bench *bench = bench_with_commands();

	(void)unused;
	assert_int_equal(cmdqv_model_refuse(bench->model, 2, 0, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, UINT32_MAX, 0, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 1 << 19, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, (1 << 19) - 1, 1), 0);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 0, 5), -EINVAL);
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_code_refuses_the_chosen_command_once_and_shows_it),
		cmocka_unit_test(the_index_has_no_wrap_bit_and_waits_for_its_turn),
		cmocka_unit_test(a_later_order_replaces_and_code_zero_takes_back),
		cmocka_unit_test(another_queue_is_not_struck),
		cmocka_unit_test(what_does_not_exist_cannot_be_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
