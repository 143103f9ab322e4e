/* SPDX-License-Identifier: BSD-2-Clause */
/* Making a model, resetting it, and calling it from its own callbacks. */
#include "model_script.h"

static const struct cmdqv_model_config grace = {
	.size = sizeof(grace), .log2_vcmdqs = 7, .log2_vintfs = 6, .log2_sids = 4};

static int create(const struct cmdqv_model_config *config, const struct cmdqv_model_ops *ops,
		  struct cmdqv_error *error)
{
	struct cmdqv_model *model = NULL;
	int rc = cmdqv_model_create(&model, config, ops, NULL, error);

	assert_true((rc == 0) == (model != NULL));
	cmdqv_model_destroy(model);
	return rc;
}

static bool no_memory;

void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
	return no_memory ? NULL : __real_aligned_alloc(alignment, bytes);
}

TEST(no_memory_is_an_error_like_any_other)
{
	struct cmdqv_model_ops ops = bench_ops();
	struct cmdqv_error error = {.code = 0};

	no_memory = true;
	assert_int_equal(create(&grace, &ops, &error), -ENOMEM);
	no_memory = false;
	assert_string_equal(error.id, "no-memory");
}

/* [HW-1] */
TEST(grace_reads_as_64_vintfs_128_vcmdqs_and_16_sids)
{
	struct bench *bench = bench_open(7, 6, 4);

	assert_int_equal(cmdqv_model_window_bytes(bench->model), 0x830000);
	play_on(bench, "4:0x4671");
}

/* [HW-1] */
TEST(every_geometry_in_range_is_made_and_no_other)
{
	struct cmdqv_model_ops ops = bench_ops();
	struct cmdqv_error error;

	for (uint8_t q = 0; q < 10; q++) {
		for (uint8_t v = 0; v < 9; v++) {
			for (uint8_t s = 0; s < 7; s++) {
				struct cmdqv_model_config config = {.size = sizeof(config),
								    .log2_vcmdqs = q,
								    .log2_vintfs = v,
								    .log2_sids = s};
				bool good = q <= 7 && v <= 6 && v <= q && s <= 4;

				memset(&error, 0, sizeof(error));
				assert_int_equal(create(&config, &ops, &error), good ? 0 : -EINVAL);
				if (!good)
					assert_string_equal(error.id, "bad-geometry");
			}
		}
	}
}

/* [HW-17] */
TEST(a_missing_operation_is_refused_by_name)
{
	const struct cmdqv_model_ops good = bench_ops();
	struct cmdqv_model_ops ops[5] = {good, good, good, good, good};
	static const char *const missing[] = {"read", "execute", "interrupt", "kick"};
	struct cmdqv_error error;

	ops[0].read = NULL;
	ops[1].execute = NULL;
	ops[2].interrupt = NULL;
	ops[3].kick = NULL;
	ops[4].trace = NULL; /* the one that may be missing */
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(create(&grace, &ops[i], &error), -EINVAL);
		assert_non_null(strstr(error.text, missing[i]));
	}
	assert_int_equal(create(&grace, &ops[4], &error), 0);
	assert_int_equal(create(&grace, &ops[0], NULL), -EINVAL);
}

/* [HW-17] */
TEST(structs_of_a_wrong_size_are_refused_and_larger_zeros_are_not)
{
	struct {
		struct cmdqv_model_ops known;
		uint64_t later;
	} ops = {bench_ops(), 0};
	struct cmdqv_model_config config = grace;

	ops.known.size = sizeof(ops);
	assert_int_equal(create(&grace, &ops.known, NULL), 0);
	ops.later = 1;
	assert_int_equal(create(&grace, &ops.known, NULL), -E2BIG);
	ops.known.size = sizeof(size_t);
	assert_int_equal(create(&grace, &ops.known, NULL), -EINVAL);
	assert_int_equal(create(&grace, NULL, NULL), -EINVAL);
	ops.known = bench_ops();
	config.size = sizeof(size_t);
	assert_int_equal(create(&config, &ops.known, NULL), -EINVAL);
	assert_int_equal(create(NULL, &ops.known, NULL), -EINVAL);
	cmdqv_model_destroy(NULL);
}

static void interrupt_after_its_trace(void *user)
{
	struct bench *bench = user;

	assert_int_equal(bench->events[bench->event_count - 1].kind, CMDQV_TRACE_INTERRUPT);
	bench->interrupts++;
}

/* [HW-17] What a VMM does at an interrupt stands behind it in the trace. */
TEST(an_interrupt_is_traced_before_it_is_told)
{
	struct cmdqv_model_ops ops = bench_ops();
	struct bench *bench;

	ops.interrupt = interrupt_after_its_trace;
	bench = bench_open_as(&grace, &ops);
	play_on(bench, "host map=0 #0=bad ring=4 prod=1 run interrupts:1");
}

/* Calls everything that takes the model, and finds each refused. */
static void call_again(struct bench *bench)
{
	struct cmdqv_mmio read = {.offset = 0, .value = 7, .size = 4};
	struct cmdqv_mmio write = {.offset = 0, .value = 0, .size = 4, .write = true};

	assert_int_equal(cmdqv_model_access(bench->model, &read), -EBUSY);
	assert_int_equal(read.value, 0);
	assert_int_equal(cmdqv_model_access(bench->model, &write), -EBUSY);
	assert_int_equal(cmdqv_model_reset(bench->model), -EBUSY);
	assert_int_equal(cmdqv_model_run(bench->model, 1), -EBUSY);
	assert_int_equal(cmdqv_model_smmu_sync(bench->model), -EBUSY);
	assert_int_equal(cmdqv_model_renew_page(bench->model, 1), -EBUSY);
	assert_int_equal(cmdqv_model_refuse(bench->model, 0, 0, 1), -EBUSY);
	assert_int_equal(cmdqv_model_inject(bench->model, 0, CMDQV_FAULT_REFUSE, 1), -EBUSY);
	assert_int_equal(cmdqv_model_exchange_time_out(bench->model, 0, true), -EBUSY);
	cmdqv_model_destroy(bench->model);
}

/* [HW-12] [HW-17] */
TEST(calls_from_callbacks_are_refused_and_do_nothing)
{
	struct bench *bench = bench_open(1, 1, 4);

	play(bench, "host map=0 ring=4 #0=va #1=bad");
	bench->in_any = call_again;
	play(bench, "prod=2 run");
	bench->in_any = NULL;
	play_on(bench, "kicks:1 reads:2 done:1 interrupts:1 0:0x20083");
}

/* [HW-6] [HW-9] */
TEST(reset_stops_everything_and_clears_gerror_too)
{
	static const uint64_t zero[] = {0x14,	0x18,	0x1c,	0x24,	0x200, 0x204,
					0x1000, 0x1004, 0x1040, 0x1080, 0x10c0};
	struct bench *bench = bench_open(1, 0, 4);

	play(bench, "host map=0 0x1c=1 0x1040=0x21 0x1080=8 0=0x1fffff #0=bad ring=4 prod=1 run "
		    "[0.1] map=1 base=0x40001000 config=1 0x24:3");
	assert_int_equal(count_events(bench, CMDQV_TRACE_RESET), 0);
	assert_int_equal(cmdqv_model_reset(bench->model), 0);
	assert_int_equal(count_events(bench, CMDQV_TRACE_RESET), 1);
	play(bench, "0:0x20083 8:1");
	for (size_t i = 0; i < COUNT(zero); i++)
		assert_int_equal(r32(bench, zero[i]), 0);
	for (uint32_t q = 0; q < 2; q++) {
		for (uint32_t reg = 0; reg <= GERRORN; reg += 4) {
			assert_int_equal(r32(bench, direct0(q) + reg), 0);
			assert_int_equal(load_word(bench, 0, q, reg), 0);
		}
		assert_int_equal(r64(bench, direct1(q)), 0);
		assert_int_equal(r64(bench, direct1(q) + 8), 0);
	}
	play_on(bench, "pending:0");
}

/* [HW-3] What was written to a queue that is mapped nowhere goes too. */
TEST(reset_clears_a_queue_that_is_mapped_nowhere)
{
	struct bench *bench = bench_open(1, 0, 4);

	w32(bench, direct0(1) + PROD, 7);
	w32(bench, direct0(1) + CONS, 5);
	assert_int_equal(r32(bench, direct0(1) + PROD), 7);
	assert_int_equal(cmdqv_model_reset(bench->model), 0);
	assert_int_equal(r32(bench, direct0(1) + PROD), 0);
	assert_int_equal(r32(bench, direct0(1) + CONS), 0);
	bench_close(bench);
}

/* [HW-1] [HW-10] */
TEST(all_128_queues_of_64_vintfs_execute_their_own)
{
	struct bench *bench = bench_open(7, 6, 4);
	uint32_t seen[128] = {0};

	for (uint32_t q = 0; q < 128; q++) {
		uint32_t v = q / 2, l = q % 2;
		uint64_t ring = RAM + q * 0x1000;

		if (l == 0)
			own_by_guest(bench, v, v + 100);
		map_queue(bench, q, v, l);
		put(bench, ring, VA0 | (uint64_t)q << 48, VA1);
		put(bench, ring + 16, SYNC0, 0);
		start(bench, v, l, ring, 8);
		assert_int_equal(r32(bench, page0(v, l) + STATUS), 1);
		w32(bench, page0(v, l) + PROD, 2);
	}
	run_all(bench);
	assert_int_equal(bench->done_count, 256);
	for (size_t i = 0; i < bench->done_count; i++) {
		const struct cmdqv_command *c = &bench->done[i];

		assert_true(c->queue < 128);
		assert_int_equal(c->vintf, c->queue / 2);
		assert_int_equal(c->index, seen[c->queue]++);
		if (c->opcode == 0x12)
			assert_int_equal(c->vmid, c->vintf + 100);
	}
	for (uint32_t q = 0; q < 128; q++)
		assert_int_equal(r32(bench, page0(q / 2, q % 2) + CONS), 2);
	assert_int_equal(state_of(bench).commands, 256);
	bench_close(bench);
}
