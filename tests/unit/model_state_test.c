/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters and state for the embedder. */
#include "model_script.h"

/* [HW-1] [HW-9] */
TEST(the_state_tells_geometry_counters_and_every_queue)
{
	struct bench *bench = bench_open(3, 1, 2);
	struct cmdqv_model_queue_state queue;
	struct cmdqv_model_state state;

	put(bench, RAM + 16, 0x04, 0); /* not for a guest */
	play(bench, "[1.0] guest=9 map=6 [1.1] map=5 #0=sync ring=4 prod=2 run");
	state = state_of(bench);
	queue = queue_of(bench, 5);
	assert_int_equal(state.version, 1);
	assert_int_equal(state.num_vcmdqs, 8);
	assert_int_equal(state.num_vintfs, 2);
	assert_int_equal(state.num_sids, 4);
	assert_int_equal(state.commands, 1);
	assert_int_equal(state.errors, 1);
	assert_int_equal(state.interrupts, 1);
	assert_true(queue.mapped);
	assert_int_equal(queue.vintf, 1);
	assert_int_equal(queue.lvcmdq, 1);
	assert_true(queue.enabled);
	assert_true(queue.standing);
	assert_int_equal(queue.cons, 0x01000001);
	assert_int_equal(queue.prod, 2);
	assert_int_equal(queue.gerror, 1);
	assert_int_equal(queue.gerrorn, 0);
	assert_int_equal(queue.base, RAM | 4);
	assert_int_equal(queue.commands, 1);
	assert_int_equal(queue.errors, 1);
	assert_true(queue_of(bench, 6).mapped);
	assert_false(queue_of(bench, 6).enabled);
	assert_false(queue_of(bench, 7).mapped);
	assert_int_equal(cmdqv_model_get_queue(bench->model, 8, &queue), -ENOENT);
	queue.size = sizeof(queue) - 1;
	assert_int_equal(cmdqv_model_get_queue(bench->model, 5, &queue), -EINVAL);
	assert_int_equal(cmdqv_model_accesses(bench->model, CMDQV_AT_PAGES), 0);
	bench_close(bench);
}

/* [HW-17] */
TEST(a_state_that_is_too_small_is_refused_and_a_larger_one_is_zero_filled)
{
	struct bench *bench = bench_open(1, 0, 0);
	struct {
		struct cmdqv_model_state known;
		uint64_t later;
	} *state = calloc(1, sizeof(*state));

	assert_non_null(state);
	state->known.size = sizeof(size_t);
	assert_int_equal(cmdqv_model_get_state(bench->model, &state->known), -EINVAL);
	state->known.size = sizeof(*state);
	state->later = 7;
	assert_int_equal(cmdqv_model_get_state(bench->model, &state->known), 0);
	assert_int_equal(state->known.size, sizeof(*state));
	assert_int_equal(state->known.num_vcmdqs, 2);
	assert_int_equal(state->later, 0);
	free(state);
	bench_close(bench);
}
