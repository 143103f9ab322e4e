/* SPDX-License-Identifier: BSD-2-Clause */
/* The device as a whole: accesses, reset, create and destroy, re-entry. */
#include "device_script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct script scripts[] = {
	{"[DEV-3] [DEV-4] the halves of an 8-byte access are judged each by itself", 2,
	 "0x0:?0x0000401100020083 guest-hole?0 0x8:?1 guest-hole?1 " /* STATUS and a hole */
	 "mask=1 0x18:?0x100000000 0x10:?0 guest-hole?2 "	     /* a hole and VI_ERR_MAP */
	 "0x38:?0 guest-hole?4 0x38:=0xFFFFFFFFFFFFFFFF guest-hole?6 "
	 "0x0:=0xFFFFFFFF00000083 0x0:?0x0000401100000083 " /* CONFIG, and PARAM ignores */
	 "sid_match14:=0x200000003 sid_match14?3 sid_match15?2 "
	 "vconfig:=0xFFFFFFFF00020001 vconfig:?0x100000001 guest-errors?6"},
	{"[DEV-3] a 4-byte write ignores what lies above", 2,
	 "sid_match0=0xFFFFFFFF00000005 sid_match0?5 sid_match1?0"},
	{"[DEV-7] a reset withdraws first and unbinds from the top", 4,
	 "up=3 reset=1 [unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1) "
	 "write(0,config,0) unbind(0)] reset=1 []"},
	{"[DEV-7] [DEV-9] a driver comes up on what Linux up to 7.2 leaves behind", 2,
	 "up=2 page0.config=1 page1.config=1 config=0x20082 status?0 config=0x20083 "
	 "alloc0=0 alloc1=2 v1.config=0 v1.status?0 v1.prod=0 v1.cons=0 v1.base:=0 "
	 "v0.config=0 v0.status?0 v0.prod=0 v0.cons=0 v0.base:=0 "
	 "vconfig=0 vconfig=0x20000 vconfig=0x20001 vconfig?1 "
	 "alloc0=1 v0.config=0 v0.base:=0 v0.base:=0x400008 v0.config=1 v0.status?1 "
	 "alloc1=3 v1.config=0 v1.base:=0 v1.base:=0x500008 v1.config=1 v1.status?1 "
	 "mapped?1 guest-errors?0 bind-failures?0"},
};
SCRIPTS(scripts)

/* ---- accesses ---- */

/* [DEV-4] */
TEST(only_aligned_4_and_8_byte_accesses_reach_anything)
{
	static const uint64_t starts[] = {0x0, 0x1000, 0x10000, 0x20000, 0x30000, 0x40000, 0x4FFF0};
	struct fixture *fx = fixture_new(2);
	uint32_t bad_sizes = 0, unaligned = 0;

	fx_bring_up(fx, 2);
	for (uint32_t i = 0; i < 7 * 16 * 17; i++) {
		uint64_t at = starts[i / 17 / 16] + i / 17 % 16;
		uint8_t size = (uint8_t)(i % 17);
		bool bad_size = size != 4 && size != 8;

		if (!bad_size && at % size == 0)
			continue;
		fx_access(fx, at, size, true, UINT64_MAX);
		fx_run(fx, "[] reads?0");
		assert_int_equal(fx_access(fx, at, size, false, 0), 0);
		*(bad_size ? &bad_sizes : &unaligned) += 2;
		fx_run(fx, "reads?0 guest-bad-size?%u guest-unaligned?%u", bad_sizes, unaligned);
	}
	fx_run(fx, "mapped?1 config?0x20083");
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
	uint32_t errors = 0;

	fx_bring_up(fx, 2);
	for (size_t i = 0; i < COUNT(outside); i++)
		for (size_t s = 0; s < 3; s++) {
			assert_int_equal(fx_access(fx, outside[i], sizes[s], false, 0), 0);
			fx_access(fx, outside[i], sizes[s], true, UINT64_MAX);
			errors += 2;
			fx_run(fx, "[] guest-outside?%u", errors);
		}
	fx_run(fx, "guest-errors?%u 0x4FFFC?0 guest-hole?1 0x4FFFC:?0 guest-unaligned?1", errors);
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
		fx_run(fx, "0x%x=0xFFFFFFFF [] reads?0 guest-hole?%llu", at,
		       (unsigned long long)before + 2);
	}
	assert_int_equal(fx_guest_errors(fx), fx_counter(fx, CMDQV_COUNTER_GUEST_HOLE));
	fixture_free(fx);
}

/* ---- reset ---- */

/* What came before, and is undone for what comes after. */
static const char *const pasts[] = {
	"",
	"up=4 page1.config=1",
	"up=4 alloc1=0",
	"deny2=ENOSPC up=4 deny2=0",
	"deny_map=ENOMEM up=4 deny_map=0",
	"d0.base=0x100008 d1.base+4=1",
	"up=2 mask=1 raise0=1",
	"up=2 config=0",
	"up=2 stuck1=1 page1.config=1",
	NULL, /* everything is written */
};

static void live_through(struct fixture *fx, const char *past)
{
	if (past) {
		fx_run(fx, "%s", past);
		return;
	}
	for (uint32_t at = 0x1000; at < WINDOW_BYTES; at += 4)
		if (is_register(at))
			fx_write(fx, at, 0xFFFFFFFF);
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
	for (size_t i = 0; i < COUNT(pasts); i++) {
		struct fixture *fx = fixture_new(4);

		assert_reset_values(fx);
		live_through(fx, pasts[i]);
		fx_reset(fx);
		assert_int_equal(fx_count(fx, CALL_PULSE), 0);
		assert_reset_values(fx);
		/* Nothing is left staged. */
		fx_run(fx, "d0.base+4=0 d1.base=8 d0.base:?0 d1.base:?0 up=4 bound?4 mapped?1 "
			   "vi_err?0");
		fixture_free(fx);
	}
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

#define MEMBER(member) offsetof(struct fixture, member), sizeof(((struct fixture *)0)->member)

/* [DEV-2] [DEV-10] [DEV-19] and backend.h: what an embedder may get wrong, a member at a time. */
TEST(what_cannot_be_is_refused_with_a_sentence)
{
	static const struct {
		size_t at;
		size_t bytes;
		uint32_t count; /* each of so many values is refused */
		int64_t bad[7];
		const char *word;
		int code; /* 0: -EINVAL */
	} cases[] = {
		{MEMBER(config.num_lvcmdqs), 7, {3, 4, 5, 128, 256, 1 << 30, -1}, "num_lvcmdqs", 0},
		{MEMBER(config.num_sids), 5, {3, 12, 17, 32, -1}, "num_sids", 0},
		{MEMBER(config.cmdqs), 3, {0, 20, -1}, "cmdqs", 0},
		{MEMBER(geometry.num_lvcmdqs), 5, {0, 3, 129, 256, -1}, "backend", 0},
		{MEMBER(geometry.num_sids), 5, {0, 3, 17, 32, -1}, "SID", 0},
		{MEMBER(geometry.version), 3, {0, 2, -1}, "version", 0},
		{MEMBER(geometry_error), 1, {-ENODEV}, "geometry: ENODEV", -ENODEV},
		{MEMBER(view_error), 1, {-ENXIO}, "page 0: ENXIO", -ENXIO},
		{MEMBER(view.length), 1, {0x8000}, "page 0", 0},
		{MEMBER(view.host), 1, {0}, "page 0", 0},
		{MEMBER(config.size),
		 1,
		 {sizeof(struct cmdqv_config) - 1},
		 "struct cmdqv_config",
		 0},
		{MEMBER(backend_ops.size), 1, {0}, "struct cmdqv_backend_ops", 0},
		{MEMBER(vmm_ops.size), 1, {8}, "struct cmdqv_vmm_ops", 0},
		{MEMBER(backend.ops), 1, {0}, "struct cmdqv_backend_ops", 0},
		{MEMBER(backend_ops.geometry), 1, {0}, "geometry", 0},
		{MEMBER(backend_ops.queue_bind), 1, {0}, "queue_bind", 0},
		{MEMBER(backend_ops.queue_unbind), 1, {0}, "queue_unbind", 0},
		{MEMBER(backend_ops.queue_read), 1, {0}, "queue_read", 0},
		{MEMBER(backend_ops.queue_write), 1, {0}, "queue_write", 0},
		{MEMBER(backend_ops.page0_view), 1, {0}, "page0_view", 0},
		{MEMBER(backend_ops.event_fd), 1, {0}, "event_fd", 0},
		{MEMBER(backend_ops.event_read), 1, {0}, "event_read", 0},
		{MEMBER(backend_ops.broken), 1, {0}, "broken", 0},
		{MEMBER(backend_ops.claim), 1, {1}, "release", 0},
		{MEMBER(backend_ops.release), 1, {1}, "claim", 0},
		{MEMBER(vmm_ops.page0_map), 1, {0}, "page0_map", 0},
		{MEMBER(vmm_ops.page0_unmap), 1, {0}, "page0_unmap", 0},
		{MEMBER(vmm_ops.interrupt), 1, {0}, "interrupt", 0},
		{MEMBER(vmm_ops.is_guest_ram), 1, {0}, "is_guest_ram", 0},
		{MEMBER(vmm_ops.log), 1, {0}, "log", 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (uint32_t n = 0; n < cases[i].count; n++) {
			struct fixture *fx = fixture_prepare(2);

			memcpy((char *)fx + cases[i].at, &cases[i].bad[n], cases[i].bytes);
			assert_not_created(fx, cases[i].code ? cases[i].code : -EINVAL,
					   cases[i].word);
		}
}

static uint32_t times_asked;

static int count_broken(void *impl)
{
	(void)impl;
	times_asked++;
	return 0;
}

/* [DEV-27] */
TEST(an_access_that_changes_nothing_asks_the_backend_nothing)
{
	struct fixture *fx = fixture_prepare(2);
	struct cmdqv_mmio write = {.offset = AT_SID_MATCH, .size = 4, .write = true};

	fx->backend_ops.broken = count_broken;
	fixture_create(fx);
	fx_run(fx, "up=2");
	times_asked = 0;
	cmdqv_access(fx->dev, &write);
	assert_int_equal(times_asked, 0);
	fixture_free(fx);
}

/* [DEV-2] [DEV-10] */
TEST(each_number_in_range_is_taken)
{
	for (uint32_t cmdqs = 1; cmdqs <= 19; cmdqs++)
		for (uint32_t log2 = 0; log2 <= 7; log2++) {
			struct fixture *fx = fixture_prepare(1U << log2);

			fx->config.cmdqs = cmdqs;
			fx->config.num_sids = 1U << log2 % 5;
			fixture_create(fx);
			assert_int_equal(fx_read(fx, AT_PARAM), 1 | log2 << 4 | log2 % 5 << 12);
			fixture_free(fx);
		}
}

TEST(structs_that_are_missing_are_refused)
{
	struct fixture *fx = fixture_prepare(2);
	struct cmdqv_error error = {0};
	struct cmdqv *dev;

	assert_int_equal(cmdqv_create(&dev, NULL, &fx->backend, &fx->vmm_ops, fx, &error), -EINVAL);
	assert_non_null(strstr(error.text, "struct cmdqv_config"));
	assert_int_equal(cmdqv_create(&dev, &fx->config, NULL, &fx->vmm_ops, fx, &error), -EINVAL);
	assert_non_null(strstr(error.text, "struct cmdqv_backend"));
	assert_int_equal(cmdqv_create(&dev, &fx->config, &fx->backend, NULL, fx, &error), -EINVAL);
	assert_non_null(strstr(error.text, "struct cmdqv_vmm_ops"));
	assert_int_equal(cmdqv_create(NULL, &fx->config, &fx->backend, &fx->vmm_ops, fx, &error),
			 -EINVAL);
	assert_string_equal(error.id, "missing-out");
	free(fx);
}

TEST(no_memory_is_an_error_like_any_other)
{
	struct fixture *fx = fixture_prepare(2);

	memory.refuse = true;
	assert_not_created(fx, -ENOMEM, "memory");
	memory.refuse = false;
}

static struct {
	int err;
	uint32_t claims;
	uint32_t releases;
} owner;

static int count_claim(void *impl)
{
	(void)impl;
	owner.claims += owner.err == 0;
	return owner.err;
}

static void count_release(void *impl)
{
	const struct fixture *fx = impl;

	assert_int_equal(fx->num_bound, 0);
	owner.releases++;
}

static struct fixture *prepare_claimed(int err)
{
	struct fixture *fx = fixture_prepare(2);

	owner.err = err;
	owner.claims = owner.releases = 0;
	fx->backend_ops.claim = count_claim;
	fx->backend_ops.release = count_release;
	return fx;
}

TEST(a_backend_is_claimed_once_and_released_when_nothing_is_bound)
{
	struct fixture *fx = prepare_claimed(0);

	fixture_create(fx);
	fx_run(fx, "up=2");
	assert_int_equal(owner.claims, 1);
	cmdqv_reset(fx->dev);
	fx_run(fx, "up=2");
	assert_int_equal(owner.releases, 0);
	fixture_free(fx);
	assert_int_equal(owner.claims, 1);
	assert_int_equal(owner.releases, 1);
}

TEST(a_backend_that_refuses_a_device_says_why)
{
	assert_not_created(prepare_claimed(-EBUSY), -EBUSY, "has a device already (EBUSY)");
	/* Another errno does not say that there is one. */
	assert_not_created(prepare_claimed(-ENODEV), -ENODEV, "takes no device: ENODEV");
	assert_not_created(prepare_claimed(1), -EIO, "takes no device: EIO");
	assert_int_equal(owner.releases, 0);
}

TEST(a_device_that_cannot_be_created_claims_nothing)
{
	struct fixture *fx = prepare_claimed(0);

	fx->config.cmdqs = 0;
	assert_not_created(fx, -EINVAL, "cmdqs");
	fx = prepare_claimed(0);
	fx->vmm_ops.log = NULL;
	assert_not_created(fx, -EINVAL, "log");
	fx = prepare_claimed(0);
	fx->view_error = -ENXIO;
	assert_not_created(fx, -ENXIO, "page 0");
	fx = prepare_claimed(0);
	memory.refuse = true;
	assert_not_created(fx, -ENOMEM, "memory");
	memory.refuse = false;
	assert_int_equal(owner.claims, 0);
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

	fx_run(fx, "up=3");
	fx->num_calls = 0;
	cmdqv_destroy(fx->dev);
	fx_assert_calls(fx, "unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1) "
			    "write(0,config,0) unbind(0)");
	assert_false(fx->mapped);
	free(fx);
	cmdqv_destroy(NULL);
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
	fx_run(fx, "up=2 vconfig?1 raise0=1 record=0 poll?1 0x2C8?0");
	fx_access(fx, 1, 4, false, 0);
	fx_run(fx, "v1.base:=0x900008 reset=1");
	fx->hook = NULL;
	for (int kind = 0; kind < CALL_KINDS; kind++)
		if (tried[kind] == 0)
			fail_msg("operation %d was never re-entered", kind);
	fx_run(fx, "guest-errors?1 resets?1 param?0x4011");
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
	fx_run(fx, "up=2 v1.base:=9");
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
		{CMDQV_TRACE_WRITE, 0x40080, 0x123400200009, 8},
		{CMDQV_TRACE_RESET, 0, 0, 0},
	};
	struct fixture *fx = fixture_prepare(2);
	struct traced traced = {.count = 0};

	fx->vmm_ops.trace = take_trace;
	fx->hook_data = &traced;
	fixture_create(fx);
	fx_run(fx, "vconfig=0x20001 alloc0=0xFFFFFFFF00000001 vconfig?1 v0.base:=0x100009 "
		   "lvcmdq_err:?1 v1.base:=0x123400200009 reset=1");
	assert_int_equal(traced.count, COUNT(expected));
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
