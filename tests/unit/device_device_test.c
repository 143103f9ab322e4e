/* SPDX-License-Identifier: BSD-2-Clause */
/* The device as a whole: accesses, reset, create and destroy, re-entry. */
#include "device_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- accesses ---- */

/* [DEV-4] */
TEST(only_aligned_4_and_8_byte_accesses_reach_anything)
{
	static const uint64_t starts[] = {0x0, 0x1000, 0x10000, 0x20000, 0x30000, 0x40000, 0x4FFF0};
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		for (uint64_t within = 0; within < 16; within++)
			for (uint32_t size = 0; size <= 16; size++) {
				uint64_t at = starts[i] + within;
				uint64_t bad_sizes = fx_counter(fx, CMDQV_COUNTER_GUEST_BAD_SIZE);
				uint64_t unaligned = fx_counter(fx, CMDQV_COUNTER_GUEST_UNALIGNED);
				bool bad_size = size != 4 && size != 8;

				if (!bad_size && at % size == 0)
					continue;
				fx_access(fx, at, (uint8_t)size, true, UINT64_MAX);
				assert_int_equal(fx_count(fx, CALL_READ), 0);
				fx_assert_calls(fx, "");
				assert_int_equal(fx_access(fx, at, (uint8_t)size, false, 0), 0);
				assert_int_equal(fx_count(fx, CALL_READ), 0);
				assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_BAD_SIZE),
						 bad_sizes + (bad_size ? 2 : 0));
				assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_UNALIGNED),
						 unaligned + (bad_size ? 0 : 2));
			}
	assert_true(fx->mapped);
	assert_int_equal(fx_read(fx, AT_CONFIG), 0x00020083);
	fixture_free(fx);
}

/* [DEV-1] [DEV-4] */
TEST(past_the_end_is_an_error_and_the_last_word_is_inside)
{
	static const uint64_t outside[] = {0x50000,	   0x50004,	      0x50008,
					   0x60000,	   0x830000,	      0xFFFFFFFC,
					   0x100000000,	   UINT64_MAX,	      UINT64_MAX - 3,
					   UINT64_MAX - 7, 0x8000000000000000};
	static const uint8_t sizes[] = {1, 4, 8};
	struct fixture *fx = fixture_new(2);
	uint64_t errors = 0;

	fx_bring_up(fx, 2);
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		for (size_t s = 0; s < 3; s++) {
			assert_int_equal(fx_access(fx, outside[i], sizes[s], false, 0), 0);
			fx_access(fx, outside[i], sizes[s], true, UINT64_MAX);
			fx_assert_calls(fx, "");
			errors += 2;
			assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_OUTSIDE), errors);
		}
	assert_int_equal(fx_guest_errors(fx), errors);
	assert_int_equal(fx_read(fx, 0x4FFFC), 0);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE), 1);
	fx_access(fx, 0x4FFFC, 8, false, 0);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_UNALIGNED), 1);
	fixture_free(fx);
}

/* Is there a register at this word of the guest's map, by the facts' tables? */
static bool is_register(uint32_t at)
{
	uint32_t page = at / 0x10000;
	uint32_t within = at % 0x10000;
	uint32_t block = within % 0x100;

	if (page == 1 || page == 3)
		return within < 128 * 0x80 && within % 0x80 <= 0x14;
	if (page == 2 || page == 4)
		return within < 128 * 0x80 && within % 0x80 <= 0xC;
	if (within < 0x1000)
		return within <= 0x8 || (within >= 0x14 && within <= 0x30) ||
		       (within >= 0x200 && within < 0x400);
	if (within >= 0x1000 + 64 * 0x100)
		return false;
	return block <= 0x4 || block == 0xC || block == 0x10 || (block >= 0x40 && block < 0xD0);
}

/* [DEV-4] [DEV-2] */
TEST(every_word_of_the_window_is_a_register_or_a_hole)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	for (uint32_t at = 0; at < WINDOW_BYTES; at += 4) {
		uint64_t before = fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE);
		uint32_t value = fx_read(fx, at);
		bool counted = fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE) == before + 1;

		if (counted == is_register(at))
			fail_msg("0x%x is%s taken for a hole", at, counted ? "" : " not");
		if (!counted)
			continue;
		assert_int_equal(value, 0);
		assert_int_equal(fx->num_calls > 1, 0); /* a message at most */
		fx_write(fx, at, 0xFFFFFFFF);
		fx_assert_calls(fx, "");
		assert_int_equal(fx_count(fx, CALL_READ), 0);
		assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE), before + 2);
	}
	assert_int_equal(fx_guest_errors(fx), fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE));
	fixture_free(fx);
}

/* [DEV-3] [DEV-4] */
TEST(the_halves_of_an_8_byte_access_are_judged_each_by_itself)
{
	struct fixture *fx = fixture_new(2);

	assert_true(fx_read8(fx, 0x0) == 0x0000401100020083);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE), 0);
	assert_true(fx_read8(fx, 0x8) == 1); /* STATUS and a hole */
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE), 1);
	fx_write(fx, AT_VI_INT_MASK, 1);
	assert_true(fx_read8(fx, 0x18) == 0x100000000);
	assert_int_equal(fx_read8(fx, 0x10), 0); /* a hole and VI_ERR_MAP */
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE), 2);
	assert_int_equal(fx_read8(fx, 0x38), 0);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE), 4);
	fx_write8(fx, 0x38, UINT64_MAX);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE), 6);
	fx_write8(fx, 0x0, 0xFFFFFFFF00000083); /* CONFIG, and PARAM ignores */
	assert_true(fx_read8(fx, 0x0) == 0x0000401100000083);
	fx_write8(fx, AT_SID_MATCH + 56, 0x0000000200000003);
	assert_int_equal(fx_read(fx, AT_SID_MATCH + 56), 3);
	assert_int_equal(fx_read(fx, AT_SID_MATCH + 60), 2);
	fx_write8(fx, AT_VINTF_CONFIG, 0xFFFFFFFF00020001);
	assert_true(fx_read8(fx, AT_VINTF_CONFIG) == 0x0000000100000001);
	assert_int_equal(fx_guest_errors(fx), 6);
	fixture_free(fx);
}

/* [DEV-3] */
TEST(a_4_byte_write_ignores_what_lies_above)
{
	struct fixture *fx = fixture_new(2);

	fx_access(fx, AT_SID_MATCH, 4, true, 0xFFFFFFFF00000005);
	assert_int_equal(fx_read(fx, AT_SID_MATCH), 5);
	assert_int_equal(fx_read(fx, AT_SID_MATCH + 4), 0);
	fixture_free(fx);
}

/* ---- reset ---- */

enum past {
	FRESH,
	MAPPED,
	WAITING,
	FAILED,
	TRAPPED,
	STAGED,
	MASKED_ERROR,
	DISABLED,
	STUCK,
	EVERYTHING_WRITTEN,
	PASTS,
};

static void live_through(struct fixture *fx, enum past past)
{
	switch (past) {
	case MAPPED:
		fx_bring_up(fx, 4);
		fx_store(fx, 1, QCONFIG, 1);
		break;
	case WAITING:
		fx_bring_up(fx, 4);
		fx_write(fx, at_alloc(1), 0);
		break;
	case FAILED:
		fx->bind_errors[2] = -ENOSPC;
		fx_bring_up(fx, 4);
		fx->bind_errors[2] = 0;
		break;
	case TRAPPED:
		fx->map_error = -ENOMEM;
		fx_bring_up(fx, 4);
		fx->map_error = 0;
		break;
	case STAGED:
		fx_write(fx, at_base(DIRECT, 0), 0x100008);
		fx_write(fx, at_base(DIRECT, 1) + 4, 0x1);
		break;
	case MASKED_ERROR:
		fx_bring_up(fx, 2);
		fx_write(fx, AT_VI_INT_MASK, 1);
		fx_raise(fx, 0, CMDQ_ERR);
		break;
	case DISABLED:
		fx_bring_up(fx, 2);
		fx_write(fx, AT_CONFIG, 0);
		break;
	case STUCK:
		fx_bring_up(fx, 2);
		fx->live[1].never_disables = true;
		fx_store(fx, 1, QCONFIG, 1);
		break;
	case EVERYTHING_WRITTEN:
		for (uint32_t at = 0; at < WINDOW_BYTES; at += 4)
			if (is_register(at) && at >= 0x1000)
				fx_write(fx, at, 0xFFFFFFFF);
		break;
	default:
		break;
	}
}

static void assert_reset_values(struct fixture *fx)
{
	for (uint32_t at = 0; at < WINDOW_BYTES; at += 4) {
		uint32_t expected = at == 0x0 ? 0x00020083 : at == 0x4 ? 0x4021 : at == 0x8;

		if (is_register(at) && fx_read(fx, at) != expected)
			fail_msg("0x%x is 0x%x after a reset", at, fx_read(fx, at));
	}
}

/* [DEV-7] */
TEST(a_reset_is_complete_from_every_state)
{
	for (int past = FRESH; past < PASTS; past++) {
		struct fixture *fx = fixture_new(4);

		live_through(fx, (enum past)past);
		fx_reset(fx);
		assert_int_equal(fx_count(fx, CALL_PULSE), 0);
		assert_reset_values(fx);
		fx_write(fx, at_base(DIRECT, 0) + 4, 0); /* nothing is left staged */
		fx_write(fx, at_base(DIRECT, 1), 8);
		assert_int_equal(fx_read8(fx, at_base(DIRECT, 0)), 0);
		assert_int_equal(fx_read8(fx, at_base(DIRECT, 1)), 0);
		fx_bring_up(fx, 4);
		assert_int_equal(fx->num_bound, 4);
		assert_true(fx->mapped);
		assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
		fixture_free(fx);
	}
}

/* [DEV-7] */
TEST(a_reset_withdraws_first_and_unbinds_from_the_top)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 3);
	fx_reset(fx);
	fx_assert_calls(fx, "unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1) "
			    "write(0,config,0) unbind(0)");
	fx_reset(fx);
	fx_assert_calls(fx, "");
	fixture_free(fx);
}

/* [DEV-7] [DEV-9]: what Linux up to 7.2 leaves behind, and how the next one starts. */
TEST(a_driver_that_finds_everything_enabled_comes_up)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_store(fx, 0, QCONFIG, 1);
	fx_store(fx, 1, QCONFIG, 1);
	fx_write(fx, AT_CONFIG, 0x00020082);
	assert_int_equal(fx_read(fx, AT_STATUS), 0);
	fx_write(fx, AT_CONFIG, 0x00020083);
	fx_write(fx, at_alloc(0), 0x0);
	fx_write(fx, at_alloc(1), 0x2);
	for (uint32_t q = 2; q-- > 0;) {
		fx_write(fx, at_queue(VINTF, q, QCONFIG), 0);
		assert_int_equal(fx_read(fx, at_queue(VINTF, q, QSTATUS)), 0);
		fx_write(fx, at_queue(VINTF, q, PROD), 0);
		fx_write(fx, at_queue(VINTF, q, CONS), 0);
		fx_write8(fx, at_base(VINTF, q), 0);
	}
	fx_write(fx, AT_VINTF_CONFIG, 0);
	fx_write(fx, AT_VINTF_CONFIG, 0x00020000);
	fx_write(fx, AT_VINTF_CONFIG, 0x00020001);
	assert_int_equal(fx_read(fx, AT_VINTF_CONFIG), 1);
	for (uint32_t q = 0; q < 2; q++) {
		fx_write(fx, at_alloc(q), alloc_of(q));
		fx_write(fx, at_queue(VINTF, q, QCONFIG), 0);
		fx_write8(fx, at_base(VINTF, q), 0);
		fx_write8(fx, at_base(VINTF, q), base_of(q + 3));
		fx_write(fx, at_queue(VINTF, q, QCONFIG), 1);
		assert_int_equal(fx_read(fx, at_queue(VINTF, q, QSTATUS)), 1);
	}
	assert_true(fx->mapped);
	assert_int_equal(fx_guest_errors(fx), 0);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_BIND_FAILURES), 0);
	fixture_free(fx);
}

/* ---- create ---- */

/* malloc's refusal is switched on here; the linker's wrap has no other place for it. */
static struct {
	bool refuse;
	size_t last_bytes;
} memory;

void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);

void *__wrap_calloc(size_t count, size_t bytes)
{
	memory.last_bytes = count * bytes;
	return memory.refuse ? NULL : __real_calloc(count, bytes);
}

static void assert_not_created(struct fixture *fx, int expected, const char *word)
{
	struct cmdqv_error error = {0};
	struct cmdqv *dev = (struct cmdqv *)fx;
	int result = cmdqv_create(&dev, &fx->config, &fx->backend, &fx->vmm_ops, fx, &error);

	assert_int_equal(result, expected);
	assert_int_equal(error.code, expected);
	assert_non_null(error.id);
	if (!strstr(error.text, word))
		fail_msg("\"%s\" does not name %s", error.text, word);
	assert_null(dev);
	dev = (struct cmdqv *)fx;
	assert_int_equal(cmdqv_create(&dev, &fx->config, &fx->backend, &fx->vmm_ops, fx, NULL),
			 expected);
	free(fx);
}

/* [DEV-2] [DEV-10] and backend.h: what an embedder may get wrong. */
TEST(numbers_out_of_range_are_refused_with_a_sentence)
{
	static const uint32_t bad_queues[] = {3, 4, 5, 128, 256, 0x80000000, UINT32_MAX};
	static const uint32_t bad_sids[] = {3, 12, 17, 32, UINT32_MAX};
	static const uint32_t bad_cmdqs[] = {0, 20, UINT32_MAX};
	static const uint32_t bad_backend[] = {0, 3, 129, 256, UINT32_MAX};
	static const uint32_t bad_backend_sids[] = {0, 3, 17, 32, UINT32_MAX};
	static const uint32_t bad_versions[] = {0, 2, UINT32_MAX};
	struct fixture *fx;

	for (size_t i = 0; i < 7; i++) { /* [DEV-2] */
		fx = fixture_prepare(2);
		fx->config.num_lvcmdqs = bad_queues[i];
		assert_not_created(fx, -EINVAL, "num_lvcmdqs");
	}
	for (size_t i = 0; i < 5; i++) {
		fx = fixture_prepare(2);
		fx->config.num_sids = bad_sids[i];
		assert_not_created(fx, -EINVAL, "num_sids");
	}
	for (size_t i = 0; i < 3; i++) { /* [DEV-10] */
		fx = fixture_prepare(2);
		fx->config.cmdqs = bad_cmdqs[i];
		assert_not_created(fx, -EINVAL, "cmdqs");
	}
	for (size_t i = 0; i < 5; i++) {
		fx = fixture_prepare(bad_backend[i]);
		assert_not_created(fx, -EINVAL, "backend");
	}
	for (size_t i = 0; i < 5; i++) {
		fx = fixture_prepare(2);
		fx->geometry.num_sids = bad_backend_sids[i];
		assert_not_created(fx, -EINVAL, "SID");
	}
	for (size_t i = 0; i < 3; i++) {
		fx = fixture_prepare(2);
		fx->geometry.version = bad_versions[i];
		assert_not_created(fx, -EINVAL, "version");
	}
}

TEST(each_missing_operation_is_named)
{
	static const struct {
		size_t offset;
		const char *name;
	} backend[] =
		{
			{offsetof(struct cmdqv_backend_ops, geometry), "geometry"},
			{offsetof(struct cmdqv_backend_ops, queue_bind), "queue_bind"},
			{offsetof(struct cmdqv_backend_ops, queue_unbind), "queue_unbind"},
			{offsetof(struct cmdqv_backend_ops, queue_read), "queue_read"},
			{offsetof(struct cmdqv_backend_ops, queue_write), "queue_write"},
			{offsetof(struct cmdqv_backend_ops, page0_view), "page0_view"},
			{offsetof(struct cmdqv_backend_ops, event_fd), "event_fd"},
			{offsetof(struct cmdqv_backend_ops, event_read), "event_read"},
			{offsetof(struct cmdqv_backend_ops, broken), "broken"},
		},
	  vmm[] = {
		  {offsetof(struct cmdqv_vmm_ops, page0_map), "page0_map"},
		  {offsetof(struct cmdqv_vmm_ops, page0_unmap), "page0_unmap"},
		  {offsetof(struct cmdqv_vmm_ops, interrupt), "interrupt"},
		  {offsetof(struct cmdqv_vmm_ops, is_guest_ram), "is_guest_ram"},
		  {offsetof(struct cmdqv_vmm_ops, log), "log"},
	  };

	for (size_t i = 0; i < sizeof(backend) / sizeof(backend[0]); i++) {
		struct fixture *fx = fixture_prepare(2);

		memset((char *)&fx->backend_ops + backend[i].offset, 0, sizeof(void (*)(void)));
		assert_not_created(fx, -EINVAL, backend[i].name);
	}
	for (size_t i = 0; i < sizeof(vmm) / sizeof(vmm[0]); i++) {
		struct fixture *fx = fixture_prepare(2);

		memset((char *)&fx->vmm_ops + vmm[i].offset, 0, sizeof(void (*)(void)));
		assert_not_created(fx, -EINVAL, vmm[i].name);
	}
}

TEST(structs_that_are_too_small_or_missing_are_refused)
{
	struct fixture *fx;
	struct cmdqv_error error = {0};
	struct cmdqv *dev;

	fx = fixture_prepare(2);
	fx->config.size--;
	assert_not_created(fx, -EINVAL, "struct cmdqv_config");
	fx = fixture_prepare(2);
	fx->backend_ops.size = 0;
	assert_not_created(fx, -EINVAL, "struct cmdqv_backend_ops");
	fx = fixture_prepare(2);
	fx->vmm_ops.size = 8;
	assert_not_created(fx, -EINVAL, "struct cmdqv_vmm_ops");
	fx = fixture_prepare(2);
	fx->backend.ops = NULL;
	assert_not_created(fx, -EINVAL, "struct cmdqv_backend_ops");

	fx = fixture_prepare(2);
	assert_int_equal(cmdqv_create(&dev, NULL, &fx->backend, &fx->vmm_ops, fx, &error), -EINVAL);
	assert_non_null(strstr(error.text, "struct cmdqv_config"));
	assert_int_equal(cmdqv_create(&dev, &fx->config, NULL, &fx->vmm_ops, fx, &error), -EINVAL);
	assert_non_null(strstr(error.text, "struct cmdqv_backend"));
	assert_int_equal(cmdqv_create(&dev, &fx->config, &fx->backend, NULL, fx, &error), -EINVAL);
	assert_non_null(strstr(error.text, "struct cmdqv_vmm_ops"));
	free(fx);
}

/* A struct of a later version: one member more. */
struct later_config {
	struct cmdqv_config known;
	uint64_t unknown;
};

struct later_backend_ops {
	struct cmdqv_backend_ops known;
	uint64_t unknown;
};

struct later_vmm_ops {
	struct cmdqv_vmm_ops known;
	uint64_t unknown;
};

static int create_later(struct fixture *fx, uint64_t config_tail, uint64_t backend_tail,
			uint64_t vmm_tail, struct cmdqv_error *error)
{
	struct later_config config = {fx->config, config_tail};
	struct later_backend_ops backend_ops = {fx->backend_ops, backend_tail};
	struct later_vmm_ops vmm_ops = {fx->vmm_ops, vmm_tail};
	struct cmdqv_backend backend = {&backend_ops.known, fx};

	config.known.size = sizeof(config);
	backend_ops.known.size = sizeof(backend_ops);
	vmm_ops.known.size = sizeof(vmm_ops);
	return cmdqv_create(&fx->dev, &config.known, &backend, &vmm_ops.known, fx, error);
}

TEST(larger_structs_are_taken_while_their_tail_is_zero)
{
	struct fixture *fx = fixture_prepare(2);
	struct cmdqv_error error = {0};

	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(create_later(fx, i == 0, i == 1, i == 2, &error), -E2BIG);
		assert_int_equal(error.code, -E2BIG);
		assert_true(strlen(error.text) > 0);
		assert_null(fx->dev);
	}
	assert_int_equal(create_later(fx, 0, 0, 0, &error), 0);
	fx_check(fx);
	fx_bring_up(fx, 2);
	assert_int_equal(fx->num_bound, 2);
	fixture_free(fx);
}

static int no_geometry(void *impl, struct cmdqv_backend_geometry *geometry)
{
	(void)impl;
	(void)geometry;
	return -ENODEV;
}

static int no_view(void *impl, struct cmdqv_page_view *view)
{
	(void)impl;
	(void)view;
	return -ENXIO;
}

TEST(what_the_backend_refuses_is_returned)
{
	struct fixture *fx = fixture_prepare(2);

	fx->backend_ops.geometry = no_geometry;
	assert_not_created(fx, -ENODEV, "geometry");
	fx = fixture_prepare(2);
	fx->backend_ops.page0_view = no_view;
	assert_not_created(fx, -ENXIO, "page 0");
	fx = fixture_prepare(2);
	fx->view.length = 0x8000; /* [DEV-19]: 64 KiB and nothing else */
	assert_not_created(fx, -EINVAL, "page 0");
	fx = fixture_prepare(2);
	fx->view.host = NULL;
	assert_not_created(fx, -EINVAL, "page 0");
}

TEST(no_memory_is_an_error_like_any_other)
{
	struct fixture *fx = fixture_prepare(2);

	memory.refuse = true;
	assert_not_created(fx, -ENOMEM, "memory");
	memory.refuse = false;
}

/* "At most 16 KiB for two queues", by what is really allocated, and all of it at once [DEV-6]. */
TEST(the_size_in_the_state_is_what_was_allocated)
{
	for (uint32_t queues = 1; queues <= 128; queues *= 2) {
		struct fixture *fx = fixture_new(queues);
		size_t bytes = memory.last_bytes;

		assert_int_equal(fx->state.device_bytes, bytes);
		if (queues == 2)
			assert_in_range(bytes, 1, 16384);
		memory.refuse = true;
		memory.last_bytes = 0;
		fx_bring_up(fx, queues);
		fx_reset(fx);
		assert_int_equal(memory.last_bytes, 0);
		memory.refuse = false;
		fixture_free(fx);
	}
}

/* [DEV-31] */
TEST(destroy_withdraws_and_unbinds_from_the_top)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 3);
	fx->num_calls = 0;
	cmdqv_destroy(fx->dev);
	fx_assert_calls(fx, "unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1) "
			    "write(0,config,0) unbind(0)");
	assert_false(fx->mapped);
	free(fx);
	cmdqv_destroy(NULL);
}

TEST(two_devices_in_one_process_never_meet)
{
	struct fixture *one = fixture_new(2);
	struct fixture *two = fixture_new(4);

	fx_bring_up(one, 2);
	fx_bring_up(two, 1);
	fx_reset(one);
	fx_check(two);
	assert_int_equal(two->num_bound, 1);
	fixture_free(one);
	fx_write(two, AT_CONFIG, 0);
	fixture_free(two);
}

/* ---- re-entry ---- */

/* Calls everything from inside an operation; hook_data counts by kind of operation. */
static void re_enter(struct fixture *fx, const struct call *call)
{
	struct cmdqv_mmio read = {.offset = AT_PARAM, .size = 4, .value = UINT64_MAX};
	struct cmdqv_mmio write = {
		.offset = AT_VINTF_CONFIG, .size = 4, .write = true, .value = 0x4E};
	struct cmdqv_mmio bad = {.offset = 3, .size = 3, .value = UINT64_MAX};
	uint32_t *tried = fx->hook_data;

	assert_int_equal(cmdqv_access(fx->dev, &read), -EBUSY);
	assert_int_equal(read.value, 0);
	assert_int_equal(cmdqv_access(fx->dev, &write), -EBUSY);
	assert_int_equal(cmdqv_access(fx->dev, &bad), -EBUSY);
	assert_int_equal(bad.value, 0);
	assert_int_equal(cmdqv_reset(fx->dev), -EBUSY);
	assert_int_equal(cmdqv_events(fx->dev), -EBUSY);
	cmdqv_destroy(fx->dev);
	tried[call->kind]++;
}

/* vmm.h: an operation must not call the device again. */
TEST(re_entry_from_every_operation_is_refused_and_does_nothing)
{
	struct fixture *fx = fixture_new(2);
	uint32_t tried[CALL_KINDS] = {0};

	fx->hook = re_enter;
	fx->hook_data = tried;
	fx_bring_up(fx, 2);
	assert_int_equal(fx_read(fx, AT_VINTF_CONFIG), 1);
	fx_raise(fx, 0, CMDQ_ERR);
	fx_push_event(fx, 1, 0, false);
	assert_int_equal(fx_events(fx), 1);
	fx_read(fx, 0x2C8);
	fx_access(fx, 1, 4, false, 0);
	fx_write8(fx, at_base(VINTF, 1), 0x900008);
	fx_reset(fx);
	fx->hook = NULL;
	for (int kind = 0; kind < CALL_KINDS; kind++)
		if (tried[kind] == 0)
			fail_msg("operation %d was never re-entered", kind);
	assert_int_equal(fx_guest_errors(fx), 1);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_RESETS), 1);
	assert_int_equal(fx_read(fx, AT_PARAM), 0x4011);
	fixture_free(fx);
}

/* Asks from inside the VMM's operations, where it is allowed. */
static void ask(struct fixture *fx, const struct call *call)
{
	struct cmdqv_state now = {.size = sizeof(now)};
	uint32_t *asked = fx->hook_data;

	if (call->kind != CALL_MAP && call->kind != CALL_UNMAP && call->kind != CALL_PULSE &&
	    call->kind != CALL_RAM && call->kind != CALL_LOG)
		return;
	fx->in_operation = false; /* reading registers from here is what is allowed */
	fx->checking = true;
	assert_int_equal(cmdqv_get_state(fx->dev, &now), 0);
	assert_int_equal(cmdqv_range_in_use(fx->dev, (cmdqv_gpa_t){0x100000}, 4096),
			 fx->num_bound > 0);
	fx->checking = false;
	fx->in_operation = true;
	(*asked)++;
}

/* [DEV-28] */
TEST(a_vmm_may_ask_for_the_state_from_its_operations)
{
	struct fixture *fx = fixture_new(2);
	uint32_t asked = 0;

	fx->hook = ask;
	fx->hook_data = &asked;
	fx_bring_up(fx, 2);
	fx_write8(fx, at_base(VINTF, 1), 0x9);
	fx->hook = NULL;
	assert_true(asked >= 6);
	fixture_free(fx);
}

/* ---- trace ---- */

struct traced {
	struct cmdqv_trace_event events[16];
	uint32_t calls_before[16]; /* operations that came before the event, in this call */
	uint32_t count;
};

static void take_trace(void *vmm, const struct cmdqv_trace_event *event)
{
	struct fixture *fx = vmm;
	struct traced *traced = fx->hook_data;

	assert_in_range(traced->count, 0, 15);
	assert_int_equal(cmdqv_reset(fx->dev), -EBUSY);
	traced->events[traced->count] = *event;
	traced->calls_before[traced->count++] = fx->num_calls;
}

/* [DEV-30] */
TEST(accesses_interrupts_and_resets_are_traced_in_order)
{
	static const struct {
		enum cmdqv_trace_kind kind;
		uint64_t offset;
		uint64_t value;
		uint8_t size;
	} expected[] = {
		{CMDQV_TRACE_WRITE, 0x1000, 0x20001, 4},
		{CMDQV_TRACE_WRITE, 0x200, 1, 4},
		{CMDQV_TRACE_READ, 0x1000, 1, 4},
		{CMDQV_TRACE_WRITE, 0x40000, 0x100009, 8},
		{CMDQV_TRACE_INTERRUPT, 0, 0, 0},
		{CMDQV_TRACE_READ, 0x10C0, 1, 8},
		{CMDQV_TRACE_RESET, 0, 0, 0},
	};
	struct fixture *fx = fixture_prepare(2);
	struct traced traced = {.count = 0};

	fx->vmm_ops.trace = take_trace;
	fx->hook_data = &traced;
	fixture_create(fx);
	fx_write(fx, AT_VINTF_CONFIG, 0x20001);
	fx_access(fx, at_alloc(0), 4, true, 0xFFFFFFFF00000001);
	fx_read(fx, AT_VINTF_CONFIG);
	fx_write8(fx, at_base(VINTF, 0), 0x100009);
	fx_read8(fx, AT_LVCMDQ_ERR_MAP);
	fx_reset(fx);
	assert_int_equal(traced.count, sizeof(expected) / sizeof(expected[0]));
	for (uint32_t i = 0; i < traced.count; i++) {
		assert_int_equal(traced.events[i].kind, expected[i].kind);
		assert_int_equal(traced.events[i].offset, expected[i].offset);
		assert_int_equal(traced.events[i].value[0], expected[i].value);
		assert_int_equal(traced.events[i].size, expected[i].size);
		if (expected[i].kind == CMDQV_TRACE_WRITE)
			assert_int_equal(traced.calls_before[i], 0);
	}
	fx->vmm_ops.trace = NULL;
	fixture_free(fx);
}
