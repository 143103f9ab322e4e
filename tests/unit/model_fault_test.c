/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on demand: the refusal of a chosen command, and those that strike by count. */
#include "model_fixture.h"

static struct bench *bench_with_commands(void)
{
	struct bench *bench = bench_with_queue(2);

	for (uint32_t i = 0; i < 4; i++)
		put(bench, RAM + 16 * i, SYNC0, i);
	return bench;
}

/* [HW-20] [HW-13] */
TEST(each_code_refuses_the_chosen_command_once_and_shows_it)
{
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
TEST(the_index_has_no_wrap_bit_and_waits_for_its_turn)
{
	struct bench *bench = bench_with_commands();

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
TEST(a_later_order_replaces_and_code_zero_takes_back)
{
	struct bench *bench = bench_with_commands();

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
TEST(another_queue_is_not_struck)
{
	struct bench *bench = bench_with_commands();

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
TEST(what_does_not_exist_cannot_be_refused)
{
	struct bench *bench = bench_with_commands();

	assert_int_equal(cmdqv_model_refuse(bench->model, 2, 0, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, UINT32_MAX, 0, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 1 << 19, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, (1 << 19) - 1, 1), 0);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 0, 5), -EINVAL);
	bench_close(bench);
}

/* ---- by count ---- */

/* [HW-20] [HW-13] Each time it is acknowledged and comes again, and then it is executed. */
TEST(refusals_and_aborts_strike_as_often_as_ordered)
{
	static const struct {
		enum cmdqv_fault kind;
		uint32_t cons;
		size_t traced; /* an abort reads nothing */
	} kinds[] = {{CMDQV_FAULT_REFUSE, 0x01000000, 3}, {CMDQV_FAULT_FETCH_ABORT, 0x02000000, 0}};

	for (size_t k = 0; k < 2; k++) {
		struct bench *bench = bench_with_commands();

		assert_int_equal(cmdqv_model_inject(bench->model, 0, kinds[k].kind, 3), 0);
		w32(bench, page0(0, 0) + PROD, 4);
		for (uint32_t i = 0; i < 3; i++) {
			run_all(bench);
			assert_int_equal(r32(bench, page0(0, 0) + CONS), kinds[k].cons);
			assert_int_equal(bench->interrupts, i + 1);
			assert_int_equal(cmdqv_model_struck(bench->model, 0, kinds[k].kind), i + 1);
			w32(bench, page0(0, 0) + GERRORN, r32(bench, page0(0, 0) + GERROR));
		}
		assert_int_equal(count_events(bench, CMDQV_TRACE_COMMAND), kinds[k].traced);
		run_all(bench);
		assert_int_equal(bench->done_count, 4);
		assert_int_equal(cmdqv_model_struck(bench->model, 0, kinds[k].kind), 3);
		bench_close(bench);
	}
}

/* [HW-20] [HW-13] */
TEST(an_atc_time_out_on_demand_is_not_executed_and_told_at_the_sync)
{
	struct bench *bench = bench_with_commands();

	put(bench, RAM, 0x0000001000000040, 0x34);
	put(bench, RAM + 16, 0x0000001000000040, 0x34);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULT_ATC_TIME_OUT, 1), 0);
	w32(bench, page0(0, 0) + PROD, 3);
	run_all(bench);
	assert_int_equal(bench->done_count, 1);
	assert_int_equal(bench->done[0].index, 1);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x03000002);
	w32(bench, page0(0, 0) + GERRORN, 1);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 3);
	bench_close(bench);
}

/* [HW-20] [HW-6] */
TEST(an_enable_is_acknowledged_after_the_looks_that_were_ordered)
{
	struct bench *bench = bench_with_commands();
	uint32_t runs = 0;

	w32(bench, page0(0, 0) + CONFIG, 0);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULT_DELAYED_ENABLE, 20), 0);
	w32(bench, page0(0, 0) + PROD, 2);
	w32(bench, page0(0, 0) + CONFIG, 1);
	while (!r32(bench, page0(0, 0) + STATUS)) {
		assert_true(cmdqv_model_pending(bench->model));
		assert_int_equal(bench->done_count, 0);
		cmdqv_model_run(bench->model, 64);
		assert_true(++runs <= 20);
	}
	assert_int_equal(cmdqv_model_struck(bench->model, 0, CMDQV_FAULT_DELAYED_ENABLE), 20);
	run_all(bench);
	assert_int_equal(bench->done_count, 2);
	bench_close(bench);
}

/* [HW-20] [HW-6] */
TEST(a_refused_enable_is_an_init_error_until_it_is_tried_again)
{
	struct bench *bench = bench_with_commands();

	w32(bench, page0(0, 0) + CONFIG, 0);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULT_REFUSED_ENABLE, 1), 0);
	w32(bench, page0(0, 0) + CONFIG, 1);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 0);
	assert_int_equal(r32(bench, page0(0, 0) + GERROR), 4);
	assert_int_equal(bench->interrupts, 1);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 0);
	w32(bench, page0(0, 0) + CONFIG, 0);
	w32(bench, page0(0, 0) + CONFIG, 1);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 1);
	bench_close(bench);
}

/* [HW-20] [HW-9] The error itself can be read. */
TEST(a_lost_interrupt_leaves_the_error_to_be_found)
{
	struct bench *bench = bench_with_commands();

	put(bench, RAM, 0xff, 0);
	put(bench, RAM + 16, 0xff, 0);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULT_LOST_INTERRUPT, 1), 0);
	w32(bench, page0(0, 0) + PROD, 2);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x01000000);
	assert_int_equal(r32(bench, page0(0, 0) + GERROR), 1);
	assert_int_equal(r32(bench, 0x14), 1);
	assert_int_equal(bench->interrupts, 0);
	put(bench, RAM, SYNC0, 0);
	w32(bench, page0(0, 0) + GERRORN, 1);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x01000001);
	assert_int_equal(bench->interrupts, 1);
	bench_close(bench);
}

/* [HW-20] [HW-16] Its neighbour goes on, and it can still be disabled. */
TEST(a_stalled_queue_executes_nothing_and_holds_up_nobody)
{
	struct bench *bench = bench_with_commands();

	map_queue(bench, 1, 0, 1);
	start(bench, 0, 1, RAM, 2);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULT_STALLED_ENGINE,
					    CMDQV_FAULT_FOR_EVER),
			 0);
	w32(bench, page0(0, 0) + PROD, 4);
	w32(bench, page0(0, 1) + PROD, 4);
	for (uint32_t i = 0; i < 100; i++)
		run_all(bench);
	assert_int_equal(bench->done_count, 4);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0);
	assert_int_equal(r32(bench, page0(0, 1) + CONS), 4);
	assert_true(cmdqv_model_pending(bench->model));
	assert_true(cmdqv_model_struck(bench->model, 0, CMDQV_FAULT_STALLED_ENGINE) >= 100);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULT_STALLED_ENGINE, 0), 0);
	run_all(bench);
	assert_int_equal(bench->done_count, 8);
	bench_close(bench);
}

/* [HW-20] */
TEST(orders_stand_through_a_reset_and_are_checked)
{
	struct bench *bench = bench_with_commands();

	assert_int_equal(cmdqv_model_inject(bench->model, 2, CMDQV_FAULT_REFUSE, 1), -EINVAL);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULTS, 1), -EINVAL);
	assert_int_equal(cmdqv_model_struck(bench->model, 2, CMDQV_FAULT_REFUSE), 0);
	assert_int_equal(cmdqv_model_struck(bench->model, 0, CMDQV_FAULTS), 0);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULT_REFUSE, 1), 0);
	assert_int_equal(cmdqv_model_reset(bench->model), 0);
	own_by_host(bench, 0);
	map_queue(bench, 0, 0, 0);
	start(bench, 0, 0, RAM, 2);
	w32(bench, page0(0, 0) + PROD, 1);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x01000000);
	bench_close(bench);
}

/* [HW-25] */
TEST(an_invalidation_has_an_effect_the_second_of_two_times)
{
	struct bench *bench = bench_with_queue(4);

	for (uint32_t i = 0; i < 8; i += 2) {
		put(bench, RAM + 16 * i, VA0, VA1);
		put(bench, RAM + 16 * (i + 1), SYNC0, 0);
	}
	assert_int_equal(
		cmdqv_model_inject(bench->model, 0, CMDQV_FAULT_REPEAT, CMDQV_FAULT_FOR_EVER), 0);
	for (uint32_t batch = 0; batch < 4; batch++) {
		size_t before = bench->done_count;

		w32(bench, page0(0, 0) + PROD, 2 * (batch + 1));
		run_all(bench);
		assert_int_equal(bench->done_count - before, batch % 2 ? 2 : 1);
		assert_int_equal(bench->done[bench->done_count - 1].opcode, 0x46);
	}
	assert_int_equal(cmdqv_model_struck(bench->model, 0, CMDQV_FAULT_REPEAT), 2);
	bench_close(bench);
}

/* [HW-25] Only TLBI and CFGI: an ATC_INV is done the first time. */
TEST(an_atc_inv_needs_no_second_time)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, 0x40, 52);
	put(bench, RAM + 16, 0x05, 0); /* CFGI_CD */
	put(bench, RAM + 32, SYNC0, 0);
	assert_int_equal(
		cmdqv_model_inject(bench->model, 0, CMDQV_FAULT_REPEAT, CMDQV_FAULT_FOR_EVER), 0);
	w32(bench, page0(0, 0) + PROD, 3);
	run_all(bench);
	assert_int_equal(bench->done_count, 2);
	assert_int_equal(bench->done[0].opcode, 0x40);
	assert_int_equal(bench->done[1].opcode, 0x46);
	bench_close(bench);
}
