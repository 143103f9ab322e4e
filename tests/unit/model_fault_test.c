/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on demand: the refusal of a chosen command, and those that strike by count. */
#include "model_script.h"

static struct bench *bench_with_commands(void)
{
	struct bench *bench = bench_with_queue(2);

	for (uint32_t i = 0; i < 4; i++)
		put(bench, RAM + 16 * i, SYNC0, i);
	return bench;
}

static void refuse(struct bench *bench, uint32_t queue, uint32_t index, uint8_t code)
{
	assert_int_equal(cmdqv_model_refuse(bench->model, queue, index, code), 0);
}

static void inject(struct bench *bench, enum cmdqv_fault kind, uint32_t times)
{
	assert_int_equal(cmdqv_model_inject(bench->model, 0, kind, times), 0);
}

/* [HW-20] [HW-13] Fetched again after the acknowledgement, and executed. */
TEST(each_code_refuses_the_chosen_command_once_and_shows_it)
{
	for (uint8_t code = 1; code <= 4; code++) {
		struct bench *bench = bench_with_commands();
		const struct cmdqv_trace_event *events;

		refuse(bench, 0, 2, code);
		bench->event_count = 0;
		play(bench, "@prod=4 run @gerror:1 done:2 interrupts:1");
		assert_int_equal(load_word(bench, 0, 0, CONS), (uint32_t)code << 24 | 2);
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
		play(bench, "@gerrorn=1 run done:4 @cons:4 errors:1");
		assert_int_equal(bench->done[2].index, 2);
		assert_int_equal(state_of(bench).errors, 1);
		bench_close(bench);
	}
}

/* [HW-20] */
TEST(the_index_has_no_wrap_bit_and_waits_for_its_turn)
{
	struct bench *bench = bench_with_commands();

	play(bench, "prod=2 run");
	refuse(bench, 0, 1, 1);
	play_on(bench, "prod=6 run cons:0x01000005 done:5");
}

/* [HW-20] */
TEST(a_later_order_replaces_and_code_zero_takes_back)
{
	struct bench *bench = bench_with_commands();

	refuse(bench, 0, 0, 1);
	refuse(bench, 0, 1, 4);
	play(bench, "prod=2 run cons:0x04000001 gerrorn=1");
	refuse(bench, 0, 1, 1);
	refuse(bench, 0, 0, 0);
	play_on(bench, "run cons:2");
}

/* [HW-20] [HW-22] */
TEST(another_queue_is_not_struck)
{
	struct bench *bench = bench_with_commands();

	play(bench, "[0.1] map=1 ring=2");
	refuse(bench, 1, 0, 2);
	play_on(bench, "[0.0] prod=4 [0.1] prod=4 run [0.0] cons:4 [0.1] cons:0x02000000");
}

/* [HW-20] */
TEST(what_does_not_exist_cannot_be_refused)
{
	struct bench *bench = bench_with_commands();

	assert_int_equal(cmdqv_model_refuse(bench->model, 2, 0, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, UINT32_MAX, 0, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 1 << 19, 1), -EINVAL);
	refuse(bench, 0, (1 << 19) - 1, 1);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 0, 5), -EINVAL);
	bench_close(bench);
}

/* ---- by count ---- */

/* [HW-20] [HW-13] Each time it is acknowledged and comes again, and then it is executed. */
TEST(refusals_and_aborts_strike_as_often_as_ordered)
{
	static const struct {
		enum cmdqv_fault kind;
		const char *struck;
		const char *traced; /* an abort reads nothing */
	} kinds[] = {
		{CMDQV_FAULT_REFUSE, "run cons:0x01000000", "traced:3 run done:4"},
		{CMDQV_FAULT_FETCH_ABORT, "run cons:0x02000000", "traced:0 run done:4"},
	};

	for (size_t k = 0; k < 2; k++) {
		struct bench *bench = bench_with_commands();

		inject(bench, kinds[k].kind, 3);
		play(bench, "prod=4");
		for (uint32_t i = 1; i <= 3; i++) {
			play(bench, kinds[k].struck);
			assert_int_equal(bench->interrupts, i);
			assert_int_equal(cmdqv_model_struck(bench->model, 0, kinds[k].kind), i);
			play(bench, i % 2 ? "gerrorn=1" : "gerrorn=0");
		}
		play(bench, kinds[k].traced);
		assert_int_equal(cmdqv_model_struck(bench->model, 0, kinds[k].kind), 3);
		bench_close(bench);
	}
}

/* [HW-20] [HW-13] */
TEST(an_atc_time_out_on_demand_is_not_executed_and_told_at_the_sync)
{
	struct bench *bench = bench_with_commands();

	inject(bench, CMDQV_FAULT_ATC_TIME_OUT, 1);
	play_on(bench, "#0-1=atc prod=3 run done:1 last:1 cons:0x03000002 gerrorn=1 run cons:3");
}

/* [HW-20] [HW-6] */
TEST(an_enable_is_acknowledged_after_the_looks_that_were_ordered)
{
	struct bench *bench = bench_with_commands();
	uint32_t runs = 0;

	play(bench, "config=0");
	inject(bench, CMDQV_FAULT_DELAYED_ENABLE, 20);
	play(bench, "prod=2 config=1");
	while (!r32(bench, page0(0, 0) + STATUS)) {
		play(bench, "pending:1 done:0");
		cmdqv_model_run(bench->model, 64);
		assert_true(++runs <= 20);
	}
	assert_int_equal(cmdqv_model_struck(bench->model, 0, CMDQV_FAULT_DELAYED_ENABLE), 20);
	play_on(bench, "run done:2");
}

/* [HW-20] [HW-6] */
TEST(a_refused_enable_is_an_init_error_until_it_is_tried_again)
{
	struct bench *bench = bench_with_commands();

	play(bench, "config=0");
	inject(bench, CMDQV_FAULT_REFUSED_ENABLE, 1);
	play_on(bench, "config=1 status:0 gerror:4 interrupts:1 run status:0 "
		       "config=0 config=1 status:1");
}

/* [HW-20] [HW-9] The error itself can be read. */
TEST(a_lost_interrupt_leaves_the_error_to_be_found)
{
	struct bench *bench = bench_with_commands();

	inject(bench, CMDQV_FAULT_LOST_INTERRUPT, 1);
	play_on(bench, "#0-1=bad prod=2 run cons:0x01000000 gerror:1 0x14:1 interrupts:0 "
		       "#0=sync gerrorn=1 run cons:0x01000001 interrupts:1");
}

/* [HW-20] [HW-16] Its neighbour goes on, and it can still be disabled. */
TEST(a_stalled_queue_executes_nothing_and_holds_up_nobody)
{
	struct bench *bench = bench_with_commands();

	inject(bench, CMDQV_FAULT_STALLED_ENGINE, CMDQV_FAULT_FOR_EVER);
	play(bench, "[0.1] map=1 ring=2 [0.0] prod=4 [0.1] prod=4");
	for (uint32_t i = 0; i < 100; i++)
		run_all(bench);
	play(bench, "done:4 [0.0] cons:0 [0.1] cons:4 pending:1");
	assert_true(cmdqv_model_struck(bench->model, 0, CMDQV_FAULT_STALLED_ENGINE) >= 100);
	inject(bench, CMDQV_FAULT_STALLED_ENGINE, 0);
	play_on(bench, "run done:8");
}

/* [HW-20] */
TEST(orders_stand_through_a_reset_and_are_checked)
{
	struct bench *bench = bench_with_commands();

	assert_int_equal(cmdqv_model_inject(bench->model, 2, CMDQV_FAULT_REFUSE, 1), -EINVAL);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULTS, 1), -EINVAL);
	assert_int_equal(cmdqv_model_struck(bench->model, 2, CMDQV_FAULT_REFUSE), 0);
	assert_int_equal(cmdqv_model_struck(bench->model, 0, CMDQV_FAULTS), 0);
	inject(bench, CMDQV_FAULT_REFUSE, 1);
	assert_int_equal(cmdqv_model_reset(bench->model), 0);
	play_on(bench, "host map=0 ring=2 prod=1 run cons:0x01000000");
}

/* [HW-25] */
TEST(an_invalidation_has_an_effect_the_second_of_two_times)
{
	struct bench *bench = bench_with_queue(4);

	inject(bench, CMDQV_FAULT_REPEAT, CMDQV_FAULT_FOR_EVER);
	play(bench, "#0=va #1=sync #2=va #3=sync #4=va #5=sync #6=va #7=sync "
		    "prod=2 run done:1 opcode:0x46 prod=4 run done:3 opcode:0x46 "
		    "prod=6 run done:4 opcode:0x46 prod=8 run done:6 opcode:0x46");
	assert_int_equal(cmdqv_model_struck(bench->model, 0, CMDQV_FAULT_REPEAT), 2);
	bench_close(bench);
}

/* [HW-25] Only TLBI and CFGI: an ATC_INV is done the first time. */
TEST(an_atc_inv_needs_no_second_time)
{
	struct bench *bench = bench_with_queue(4);

	inject(bench, CMDQV_FAULT_REPEAT, CMDQV_FAULT_FOR_EVER);
	play_on(bench, "#0=atc #1=cfgi #2=sync prod=1 run done:1 opcode:0x40 "
		       "prod=3 run done:2 opcode:0x46");
}
