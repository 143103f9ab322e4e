/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters and state for the embedder. */
#include "model_fixture.h"

/* [HW-1] [HW-9] */
static void the_state_tells_geometry_counters_and_every_queue(void **unused)
{
	struct bench *bench = bench_open(3, 1, 2);
	struct cmdqv_model_state state;

	(void)unused;
	own_by_guest(bench, 1, 9);
	map_queue(bench, 6, 1, 0);
	map_queue(bench, 5, 1, 1);
	put(bench, RAM, SYNC0, 0);
	put(bench, RAM + 16, 0x04, 0); /* not for a guest */
	start(bench, 1, 1, RAM, 4);
	w32(bench, page0(1, 1) + PROD, 2);
	run_all(bench);
	state = state_of(bench);
	assert_int_equal(state.version, 1);
	assert_int_equal(state.num_vcmdqs, 8);
	assert_int_equal(state.num_vintfs, 2);
	assert_int_equal(state.num_sids, 4);
	assert_int_equal(state.commands, 1);
	assert_int_equal(state.errors, 1);
	assert_int_equal(state.interrupts, 1);
	assert_true(state.queues[5].mapped);
	assert_int_equal(state.queues[5].vintf, 1);
	assert_int_equal(state.queues[5].lvcmdq, 1);
	assert_true(state.queues[5].enabled);
	assert_true(state.queues[5].standing);
	assert_int_equal(state.queues[5].cons, 0x01000001);
	assert_int_equal(state.queues[5].prod, 2);
	assert_int_equal(state.queues[5].gerror, 1);
	assert_int_equal(state.queues[5].gerrorn, 0);
	assert_int_equal(state.queues[5].base, RAM | 4);
	assert_int_equal(state.queues[5].commands, 1);
	assert_int_equal(state.queues[5].errors, 1);
	assert_true(state.queues[6].mapped);
	assert_false(state.queues[6].enabled);
	assert_false(state.queues[7].mapped);
	bench_close(bench);
}

/* [HW-17] */
static void a_state_that_is_too_small_is_refused_and_a_larger_one_is_zero_filled(void **unused)
{
	struct bench *bench = bench_open(1, 0, 0);
	struct {
		struct cmdqv_model_state known;
		uint64_t later;
	} *state = calloc(1, sizeof(*state));

	(void)unused;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_tells_geometry_counters_and_every_queue),
		cmocka_unit_test(
			a_state_that_is_too_small_is_refused_and_a_larger_one_is_zero_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
