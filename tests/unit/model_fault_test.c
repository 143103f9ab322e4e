/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on demand: the refusal of a chosen command, and those that strike by count. */
#include "model_script.h"

static const struct script scripts[] = {
	/* [HW-20] */
	{"the_index_has_no_wrap_bit_and_waits_for_its_turn",
	 "queue=2 #0-3=sync prod=2 run refuse=1.1 prod=6 run cons:0x01000005 done:5"},
	/* [HW-20] */
	{"a_later_order_replaces_and_code_zero_takes_back",
	 "queue=2 #0-3=sync refuse=0.1 refuse=1.4 prod=2 run cons:0x04000001 gerrorn=1 "
	 "refuse=1.1 refuse=0.0 run cons:2"},
	/* [HW-20] [HW-22] */
	{"another_queue_is_not_struck",
	 "queue=2 #0-3=sync [0.1] map=1 ring=2 [1] refuse=0.2 [0.0] prod=4 [0.1] prod=4 run "
	 "[0.0] cons:4 [0.1] cons:0x02000000"},
	/* [HW-20] [HW-13] Each time it is acknowledged and comes again, and then it is executed. */
	{"refusals_strike_as_often_as_ordered",
	 "queue=2 #0-3=sync fault.refuse=3 prod=4 "
	 "run cons:0x01000000 interrupts:1 fault.refuse:1 gerrorn=1 "
	 "run cons:0x01000000 interrupts:2 fault.refuse:2 gerrorn=0 "
	 "run cons:0x01000000 interrupts:3 fault.refuse:3 gerrorn=1 "
	 "traced:3 run done:4 fault.refuse:3"},
	/* [HW-20] [HW-13] Nothing is read, so nothing is traced. */
	{"aborts_strike_as_often_as_ordered",
	 "queue=2 #0-3=sync fault.fetch_abort=3 prod=4 "
	 "run cons:0x02000000 interrupts:1 fault.fetch_abort:1 gerrorn=1 "
	 "run cons:0x02000000 interrupts:2 fault.fetch_abort:2 gerrorn=0 "
	 "run cons:0x02000000 interrupts:3 fault.fetch_abort:3 gerrorn=1 "
	 "traced:0 run done:4 fault.fetch_abort:3"},
	/* [HW-20] [HW-13] */
	{"an_atc_time_out_on_demand_is_not_executed_and_told_at_the_sync",
	 "queue=2 #0-1=atc #2=sync fault.atc_time_out=1 prod=3 run done:1 last:1 "
	 "cons:0x03000002 gerrorn=1 run cons:3"},
	/* [HW-20] [HW-6] */
	{"a_refused_enable_is_an_init_error_until_it_is_tried_again",
	 "queue=2 config=0 fault.refused_enable=1 config=1 status:0 gerror:4 interrupts:1 "
	 "run status:0 config=0 config=1 status:1"},
	/* [HW-20] [HW-9] The error itself can be read. */
	{"a_lost_interrupt_leaves_the_error_to_be_found",
	 "queue=2 #0-1=bad fault.lost_interrupt=1 prod=2 run cons:0x01000000 gerror:1 0x14:1 "
	 "interrupts:0 #0=sync gerrorn=1 run cons:0x01000001 interrupts:1"},
	/* [HW-20] [HW-16] Its neighbour goes on. Eight visits of the engine found it stalled. */
	{"a_stalled_queue_executes_nothing_and_holds_up_nobody",
	 "queue=2 #0-3=sync fault.stalled_engine=-1 [0.1] map=1 ring=2 [0.0] prod=4 [0.1] prod=4 "
	 "run done:4 run run fault.stalled_engine:8 [0.0] cons:0 [0.1] cons:4 pending:1 "
	 "fault.stalled_engine=0 run done:8"},
	/* [HW-25] */
	{"an_invalidation_has_an_effect_the_second_of_two_times",
	 "queue=4 fault.repeat=-1 #0=va #1=sync #2=va #3=sync #4=va #5=sync #6=va #7=sync "
	 "prod=2 run done:1 opcode:0x46 prod=4 run done:3 opcode:0x46 "
	 "prod=6 run done:4 opcode:0x46 prod=8 run done:6 opcode:0x46 fault.repeat:2"},
	/* [HW-25] Only TLBI and CFGI: an ATC_INV is done the first time. */
	{"an_atc_inv_needs_no_second_time",
	 "queue=4 fault.repeat=-1 #0=atc #1=cfgi #2=sync prod=1 run done:1 opcode:0x40 "
	 "prod=3 run done:2 opcode:0x46"},
};

SCRIPTS(scripts)

/* [HW-20] [HW-13] Fetched again after the acknowledgement, and executed. */
TEST(each_code_refuses_the_chosen_command_once_and_shows_it)
{
	for (uint8_t code = 1; code <= 4; code++) {
		struct bench *bench = bench_with_queue(2);
		const struct cmdqv_trace_event *events;

		assert_int_equal(cmdqv_model_refuse(bench->model, 0, 2, code), 0);
		bench->event_count = 0;
		put(bench, RAM + 32, SYNC0, 2);
		play(bench, "#0-1=sync #3=sync @prod=4 run @gerror:1 done:2 interrupts:1");
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

/* [HW-20] [HW-6] */
TEST(an_enable_is_acknowledged_after_the_looks_that_were_ordered)
{
	struct bench *bench = bench_with_queue(2);
	uint32_t runs = 0;

	play(bench, "#0-1=sync config=0 fault.delayed_enable=20 prod=2 config=1");
	while (!r32(bench, page0(0, 0) + STATUS)) {
		play(bench, "pending:1 done:0");
		cmdqv_model_run(bench->model, 64);
		assert_true(++runs <= 20);
	}
	play_on(bench, "fault.delayed_enable:20 run done:2");
}

/* [HW-13] */
TEST(a_time_out_that_no_sync_told_of_is_forgotten_by_a_reset)
{
	struct bench *bench = bench_with_queue(2);

	play(bench, "#0=atc fault.atc_time_out=1 prod=1 run cons:1");
	assert_int_equal(cmdqv_model_reset(bench->model), 0);
	play_on(bench, "#0=sync host map=0 ring=2 prod=1 run cons:1 gerror:0");
}

/* [HW-20] */
TEST(orders_stand_through_a_reset_and_are_checked)
{
	struct bench *bench = bench_with_queue(2);

	assert_int_equal(cmdqv_model_refuse(bench->model, 2, 0, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, UINT32_MAX, 0, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 1 << 19, 1), -EINVAL);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, (1 << 19) - 1, 1), 0);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 0, 5), -EINVAL);
	assert_int_equal(cmdqv_model_inject(bench->model, 2, CMDQV_FAULT_REFUSE, 1), -EINVAL);
	assert_int_equal(cmdqv_model_exchange_time_out(bench->model, 2, true), -EINVAL);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULTS, 1), -EINVAL);
	assert_int_equal(cmdqv_model_struck(bench->model, 2, CMDQV_FAULT_REFUSE), 0);
	assert_int_equal(cmdqv_model_struck(bench->model, 0, CMDQV_FAULTS), 0);
	play(bench, "fault.refuse=1");
	assert_int_equal(cmdqv_model_reset(bench->model), 0);
	play_on(bench, "#0=sync host map=0 ring=2 prod=1 run cons:0x01000000");
}
