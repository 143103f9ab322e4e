/* SPDX-License-Identifier: BSD-2-Clause */
#include "device_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const reg_names[] = {"cons", "prod", "config", "status", "gerror", "gerrorn"};

/* ---- calls ---- */

static bool same_read(const struct call *a, const struct call *b)
{
	return a->kind == CALL_READ && b->kind == CALL_READ && a->queue == b->queue &&
	       a->reg == b->reg;
}

static struct call *remember(struct fixture *fx, struct call call)
{
	struct call *last = fx->num_calls ? &fx->calls[fx->num_calls - 1] : NULL;

	fx->totals[call.kind]++;
	if (last && same_read(last, &call)) {
		last->times++;
		return last;
	}
	if (fx->num_calls == MOST_CALLS)
		fail_msg("more calls than one access can need");
	call.times = 1;
	fx->calls[fx->num_calls] = call;
	return &fx->calls[fx->num_calls++];
}

/* Every operation begins so: none runs inside another. What a check asks is not remembered. */
static struct call *enter(struct fixture *fx, struct call call)
{
	if (fx->in_operation)
		fail_msg("an operation was called from inside an operation");
	fx->in_operation = true;
	if (fx->checking)
		return NULL;
	if (fx->hook)
		fx->hook(fx, &call);
	return remember(fx, call);
}

static void leave(struct fixture *fx)
{
	fx->in_operation = false;
}

static bool fails_now(struct fixture *fx)
{
	fx->fallible_calls++;
	return fx->fallible_calls == fx->fail_call || fx->fallible_calls == fx->fail_call_too;
}

/* ---- the backend ---- */

static int fake_geometry(void *impl, struct cmdqv_backend_geometry *geometry)
{
	struct fixture *fx = impl;

	*geometry = fx->geometry;
	return fx->geometry_error;
}

static void check_bind(const struct fixture *fx, uint32_t index, uint64_t gpa, uint64_t bytes)
{
	if (fx->mapped)
		fail_msg("LVCMDQ %u bound while the page is mapped", index);
	if (index != fx->num_bound)
		fail_msg("LVCMDQ %u bound while %u are: not ascending", index, fx->num_bound);
	if (bytes < 32 || bytes > 16ULL << fx->config.cmdqs || (bytes & (bytes - 1)) != 0)
		fail_msg("LVCMDQ %u bound with %llu bytes", index, (unsigned long long)bytes);
	if (gpa % bytes != 0 || gpa < fx->ram_gpa || gpa + bytes > fx->ram_gpa + fx->ram_bytes)
		fail_msg("LVCMDQ %u bound at 0x%llx", index, (unsigned long long)gpa);
}

static int fake_bind(void *impl, uint32_t index, cmdqv_gpa_t base, uint64_t bytes,
		     struct cmdqv_error *error)
{
	struct fixture *fx = impl;
	struct live_queue *q = &fx->live[index];
	struct call *call = enter(fx, (struct call){.kind = CALL_BIND, .queue = index});

	check_bind(fx, index, base.value, bytes);
	call->result = fails_now(fx) ? fx->fail_error : fx->bind_errors[index];
	if (fx->broken)
		call->result = -EIO;
	if (call->result) {
		fx->bind_failures++;
		if (error && fx->bind_reason)
			snprintf(error->text, sizeof(error->text), "%s", fx->bind_reason);
	} else {
		q->reg[CONS / 4] = 0;
		q->reg[PROD / 4] = 0;
		q->reg[QCONFIG / 4] = q->handed_over_config;
		q->reg[QSTATUS / 4] = q->handed_over_status;
		q->gpa = base.value;
		q->bytes = bytes;
		fx->num_bound++;
	}
	leave(fx);
	return call->result;
}

static void fake_unbind(void *impl, uint32_t index)
{
	struct fixture *fx = impl;

	enter(fx, (struct call){.kind = CALL_UNBIND, .queue = index});
	if (fx->mapped)
		fail_msg("LVCMDQ %u unbound while the page is mapped", index);
	if (fx->num_bound == 0 || index != fx->num_bound - 1)
		fail_msg("LVCMDQ %u unbound while %u are bound: not descending", index,
			 fx->num_bound);
	fx->num_bound--;
	fx->live[index].reg[QSTATUS / 4] = 0;
	if (fx->break_on_unbind)
		fx->broken = -ETIMEDOUT;
	leave(fx);
}

static void check_register(const struct fixture *fx, uint32_t index, uint32_t reg)
{
	if (index >= fx->num_bound)
		fail_msg("register 0x%x of LVCMDQ %u, which is not bound", reg, index);
	if (reg > GERRORN || reg % 4 != 0)
		fail_msg("0x%x is none of the six registers", reg);
}

static uint32_t fake_read(void *impl, uint32_t index, uint32_t reg)
{
	struct fixture *fx = impl;

	enter(fx, (struct call){.kind = CALL_READ, .queue = index, .reg = reg});
	check_register(fx, index, reg);
	leave(fx);
	return fx->live[index].reg[reg / 4] | fx->noise;
}

/* What a store does, whether it comes by a trap or by the mapped page. */
static void store(struct live_queue *q, uint32_t reg, uint32_t value)
{
	if (reg == QSTATUS || reg == GERROR)
		return;
	q->reg[reg / 4] = value;
	if (reg == QCONFIG && ((value & 1) || !q->never_disables))
		q->reg[QSTATUS / 4] = value & 1;
}

static void fake_write(void *impl, uint32_t index, uint32_t reg, uint32_t value)
{
	struct fixture *fx = impl;

	enter(fx, (struct call){.kind = CALL_WRITE, .queue = index, .reg = reg, .value = value});
	check_register(fx, index, reg);
	if (reg == QSTATUS || reg == GERROR)
		fail_msg("a write to register 0x%x, which is read-only", reg);
	if (fx->checking)
		fail_msg("asking for the state wrote register 0x%x", reg);
	store(&fx->live[index], reg, value);
	leave(fx);
}

static int fake_view(void *impl, struct cmdqv_page_view *view)
{
	struct fixture *fx = impl;

	*view = fx->view;
	return fx->view_error;
}

static int fake_event_fd(void *impl)
{
	(void)impl;
	return 77;
}

static int fake_event_read(void *impl, struct cmdqv_backend_event *event)
{
	struct fixture *fx = impl;
	int result = 0;

	enter(fx, (struct call){.kind = CALL_EVENT});
	if (fails_now(fx)) {
		result = fx->fail_error;
	} else if (fx->next_event < fx->num_events) {
		*event = fx->events[fx->next_event].event;
		result = fx->events[fx->next_event].result;
		fx->next_event++;
	}
	leave(fx);
	return result;
}

static int fake_broken(void *impl)
{
	const struct fixture *fx = impl;

	return fx->broken;
}

/* ---- the VMM ---- */

static int fake_map(void *vmm, const struct cmdqv_page0_map *page)
{
	struct fixture *fx = vmm;
	struct call *call = enter(fx, (struct call){.kind = CALL_MAP});

	if (fx->mapped)
		fail_msg("the page was mapped twice");
	if (page->guest_offset != 0x30000 || page->view.length != 0x10000)
		fail_msg("mapped at 0x%llx, 0x%llx bytes", (unsigned long long)page->guest_offset,
			 (unsigned long long)page->view.length);
	if (page->view.host != fx->view.host || page->view.fd != fx->view.fd ||
	    page->view.fd_offset != fx->view.fd_offset)
		fail_msg("what was mapped is not the backend's page");
	call->result = fails_now(fx) ? fx->fail_error : fx->map_error;
	fx->mapped = !call->result;
	fx->map_failures += !fx->mapped;
	fx->map_refused = fx->map_refused || !fx->mapped;
	leave(fx);
	return call->result;
}

static void fake_unmap(void *vmm)
{
	struct fixture *fx = vmm;

	enter(fx, (struct call){.kind = CALL_UNMAP});
	if (!fx->mapped)
		fail_msg("the page was withdrawn, but it was not mapped");
	fx->mapped = false;
	leave(fx);
}

static void fake_interrupt(void *vmm)
{
	struct fixture *fx = vmm;

	enter(fx, (struct call){.kind = CALL_PULSE});
	leave(fx);
}

static bool fake_is_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	struct fixture *fx = vmm;

	enter(fx, (struct call){.kind = CALL_RAM});
	if (gpa.value > UINT64_MAX - bytes)
		fail_msg("a range that wraps was asked for");
	leave(fx);
	return gpa.value >= fx->ram_gpa && gpa.value + bytes <= fx->ram_gpa + fx->ram_bytes;
}

static void fake_log(void *vmm, const struct cmdqv_log *log)
{
	struct fixture *fx = vmm;

	enter(fx, (struct call){.kind = CALL_LOG});
	fx->last_log = *log;
	snprintf(fx->last_text, sizeof(fx->last_text), "%s", log->text);
	fx->num_logs++;
	if (strchr(log->text, '\n'))
		fail_msg("a message has a line feed: %s", log->text);
	leave(fx);
}

/* ---- create, destroy ---- */

struct fixture *fixture_prepare(uint32_t queues)
{
	struct fixture *fx = malloc(sizeof(*fx));

	assert_non_null(fx);
	memset(fx, 0, sizeof(*fx));
	fx->geometry = (struct cmdqv_backend_geometry){
		.num_lvcmdqs = queues, .num_sids = 16, .version = 1};
	fx->config = (struct cmdqv_config){.size = sizeof(fx->config), .cmdqs = 8};
	fx->bind_reason = "the fake says no";
	fx->view = (struct cmdqv_page_view){
		.host = fx, .fd = 5, .fd_offset = 0x7000, .length = 0x10000};
	fx->backend_ops = (struct cmdqv_backend_ops){
		.size = sizeof(fx->backend_ops),
		.geometry = fake_geometry,
		.queue_bind = fake_bind,
		.queue_unbind = fake_unbind,
		.queue_read = fake_read,
		.queue_write = fake_write,
		.page0_view = fake_view,
		.event_fd = fake_event_fd,
		.event_read = fake_event_read,
		.broken = fake_broken,
	};
	fx->backend = (struct cmdqv_backend){.ops = &fx->backend_ops, .impl = fx};
	fx->vmm_ops = (struct cmdqv_vmm_ops){
		.size = sizeof(fx->vmm_ops),
		.page0_map = fake_map,
		.page0_unmap = fake_unmap,
		.interrupt = fake_interrupt,
		.is_guest_ram = fake_is_ram,
		.log = fake_log,
	};
	fx->ram_bytes = 1ULL << 40;
	fx->guest.config = 1;
	return fx;
}

void fixture_create(struct fixture *fx)
{
	struct cmdqv_error error = {0};
	int result = cmdqv_create(&fx->dev, &fx->config, &fx->backend, &fx->vmm_ops, fx, &error);

	if (result)
		fail_msg("cmdqv_create: %d: %s", result, error.text);
	fx_check(fx);
}

struct fixture *fixture_new(uint32_t queues)
{
	struct fixture *fx = fixture_prepare(queues);

	fixture_create(fx);
	return fx;
}

void fixture_free(struct fixture *fx)
{
	fx->hook = NULL;
	fx->num_calls = 0;
	cmdqv_destroy(fx->dev);
	if (fx->mapped || fx->num_bound)
		fail_msg("destroyed with %u queues bound%s", fx->num_bound,
			 fx->mapped ? " and the page mapped" : "");
	free(fx);
}

/* ---- the check ---- */

static bool lvcmdq_is_ready(const struct fixture *fx, uint32_t lvcmdq)
{
	return fx->queues[lvcmdq].base != 0 && fx->guest.alloc[lvcmdq] == alloc_of(lvcmdq) &&
	       (fx->guest.config & 1) && (fx->guest.vintf_config & 1);
}

static uint32_t pending_of(const struct cmdqv_queue_state *q)
{
	return q->gerror ^ q->gerrorn;
}

static void check_bound_lvcmdq(const struct fixture *fx, uint32_t lvcmdq)
{
	const struct cmdqv_queue_state *q = &fx->queues[lvcmdq];
	const struct live_queue *live = &fx->live[lvcmdq];

	if (q->pinned_gpa != live->gpa || q->pinned_bytes != live->bytes)
		fail_msg("LVCMDQ %u pins another range than what was bound", lvcmdq);
	if ((q->base & 0xFFFFFFFFFFE0) != live->gpa || q->bytes != live->bytes)
		fail_msg("LVCMDQ %u shows another BASE than what was bound", lvcmdq);
}

static void check_unbound_lvcmdq(const struct fixture *fx, uint32_t lvcmdq, bool ready)
{
	const struct cmdqv_queue_state *q = &fx->queues[lvcmdq];
	bool is_first = lvcmdq == fx->num_bound;

	if (q->en_ok)
		fail_msg("LVCMDQ %u claims EN_OK without a queue [DEV-16]", lvcmdq);
	if (q->pinned_gpa || q->pinned_bytes)
		fail_msg("LVCMDQ %u pins memory without a queue", lvcmdq);
	if (!ready && q->life != CMDQV_QUEUE_IDLE)
		fail_msg("LVCMDQ %u is not ready, but not idle", lvcmdq);
	if (ready && is_first && q->life != CMDQV_QUEUE_FAILED && q->life != CMDQV_QUEUE_HELD)
		fail_msg("LVCMDQ %u is ready and next, but was not tried [DEV-8]", lvcmdq);
	if (ready && q->life != CMDQV_QUEUE_FAILED && q->life != CMDQV_QUEUE_WAITING &&
	    q->life != CMDQV_QUEUE_HELD)
		fail_msg("LVCMDQ %u is ready, but neither waits, is held nor has failed", lvcmdq);
	if (q->life == CMDQV_QUEUE_HELD && !pending_of(q))
		fail_msg("LVCMDQ %u is held without an error [DEV-32]", lvcmdq);
	if (fx->guest.wrote_gerrorn[lvcmdq])
		return;
	if (q->life == CMDQV_QUEUE_IDLE && (pending_of(q) & INIT_ERR))
		fail_msg("LVCMDQ %u is idle with CMDQ_INIT_ERR pending [DEV-17]", lvcmdq);
	if (q->life == CMDQV_QUEUE_FAILED && !(pending_of(q) & INIT_ERR))
		fail_msg("LVCMDQ %u has failed without CMDQ_INIT_ERR [DEV-17]", lvcmdq);
}

static void check_lvcmdqs(const struct fixture *fx)
{
	for (uint32_t lvcmdq = 0; lvcmdq < fx->state.num_lvcmdqs; lvcmdq++) {
		const struct cmdqv_queue_state *q = &fx->queues[lvcmdq];
		bool ready = lvcmdq_is_ready(fx, lvcmdq);
		bool bound = q->life == CMDQV_QUEUE_BOUND;

		if (bound != (lvcmdq < fx->num_bound))
			fail_msg("LVCMDQ %u: what is bound is not a prefix of %u", lvcmdq,
				 fx->num_bound);
		if (bound && !ready)
			fail_msg("LVCMDQ %u is bound without being ready", lvcmdq);
		if ((q->life == CMDQV_QUEUE_FAILED) != (q->bind_error < 0))
			fail_msg("LVCMDQ %u: errno %d does not fit its life", lvcmdq,
				 q->bind_error);
		if (bound)
			check_bound_lvcmdq(fx, lvcmdq);
		else
			check_unbound_lvcmdq(fx, lvcmdq, ready);
	}
}

/* [DEV-18] [DEV-20], and docs/decisions/0011-what-one-vm-hears-of-another.md for a backend that
 * broke. */
static void check_page0(const struct fixture *fx)
{
	bool wanted = !fx->broken && (fx->guest.config & 1) && (fx->guest.vintf_config & 1) &&
		      fx->num_bound > 0;

	for (uint32_t lvcmdq = fx->num_bound; lvcmdq < fx->state.num_lvcmdqs; lvcmdq++)
		if (lvcmdq_is_ready(fx, lvcmdq))
			wanted = false;
	wanted = wanted && !fx->resting;
	if (fx->mapped != (wanted && !fx->map_refused))
		fail_msg("page 0 is %smapped, which is not what the rule says",
			 fx->mapped ? "" : "not ");
	if (fx->mapped != (fx->state.page0 == CMDQV_PAGE0_MAPPED))
		fail_msg("the state says that page 0 is %s",
			 cmdqv_page0_life_name(fx->state.page0));
	if (wanted && fx->map_refused && fx->state.page0 != CMDQV_PAGE0_TRAPPED)
		fail_msg("page 0 was refused, but is not shown as trapped");
	if ((fx->state.page0 == CMDQV_PAGE0_TRAPPED) != (fx->state.page0_error < 0))
		fail_msg("errno %d does not fit page 0", fx->state.page0_error);
}

/* [DEV-27] */
static void check_counts(const struct fixture *fx)
{
	if (fx_counter(fx, CMDQV_COUNTER_BINDS) != fx->totals[CALL_BIND] - fx->bind_failures ||
	    fx_counter(fx, CMDQV_COUNTER_UNBINDS) != fx->totals[CALL_UNBIND] ||
	    fx_counter(fx, CMDQV_COUNTER_PAGE0_UNMAPS) != fx->totals[CALL_UNMAP] ||
	    fx_counter(fx, CMDQV_COUNTER_PAGE0_MAPS) != fx->totals[CALL_MAP] - fx->map_failures ||
	    fx_counter(fx, CMDQV_COUNTER_PAGE0_MAP_FAILURES) != fx->map_failures ||
	    fx_counter(fx, CMDQV_COUNTER_INTERRUPTS) != fx->totals[CALL_PULSE])
		fail_msg("a counter is not what was called");
	if (fx_counter(fx, CMDQV_COUNTER_BIND_FAILURES) < fx->bind_failures)
		fail_msg("failed binds are not all counted");
}

static void check_bounds(const struct fixture *fx)
{
	uint32_t most = fx->state.num_lvcmdqs;

	if (fx_count(fx, CALL_BIND) > most || fx_count(fx, CALL_UNBIND) > most ||
	    fx_count(fx, CALL_MAP) > 1 || fx_count(fx, CALL_UNMAP) > 1 ||
	    fx_count(fx, CALL_PULSE) > 1)
		fail_msg("one access made too many calls [DEV-27]");
}

static bool any_pending(const struct fixture *fx)
{
	for (uint32_t lvcmdq = 0; lvcmdq < fx->state.num_lvcmdqs; lvcmdq++)
		if (pending_of(&fx->queues[lvcmdq]))
			return true;
	return false;
}

/* [DEV-24] Whatever the reason, a pulse needs an error that is pending and not masked. */
static void check_pulse(const struct fixture *fx)
{
	if (fx_count(fx, CALL_PULSE) && ((fx->guest.int_mask & 1) || !any_pending(fx)))
		fail_msg("a pulse while masked, or without a pending error");
}

void fx_check(struct fixture *fx)
{
	fx->state.size = sizeof(fx->state);
	fx->checking = true;
	if (cmdqv_get_state(fx->dev, &fx->state) != 0)
		fail_msg("no state");
	for (uint32_t q = 0; q < fx->state.num_lvcmdqs; q++) {
		fx->queues[q].size = sizeof(fx->queues[q]);
		if (cmdqv_get_queue(fx->dev, q, &fx->queues[q]) != 0)
			fail_msg("no state of LVCMDQ %u", q);
	}
	fx->checking = false;
	if (fx->state.cmdqv_enabled != (fx->guest.config & 1) ||
	    fx->state.vintf_enabled != (fx->guest.config & fx->guest.vintf_config & 1))
		fail_msg("the enables are not what the guest wrote");
	check_lvcmdqs(fx);
	check_page0(fx);
	check_counts(fx);
}

/* ---- the guest ---- */

static void note_word(struct fixture *fx, uint64_t offset, uint32_t value)
{
	uint32_t queues =
		fx->config.num_lvcmdqs ? fx->config.num_lvcmdqs : fx->geometry.num_lvcmdqs;
	uint32_t aperture = (uint32_t)offset & ~0xFFFFU;
	uint32_t lvcmdq = ((uint32_t)offset & 0xFFFF) / 0x80;
	uint64_t entry = (offset - at_alloc(0)) / 4;

	if (offset == AT_CONFIG)
		fx->guest.config = value;
	if (offset == AT_VINTF_CONFIG)
		fx->guest.vintf_config = value;
	if (offset == AT_VI_INT_MASK)
		fx->guest.int_mask = value;
	if (offset >= at_alloc(0) && entry < queues && entry < MOST_QUEUES)
		fx->guest.alloc[entry] = value & 0x1F80FF;
	if ((aperture == DIRECT || aperture == VINTF) && lvcmdq < queues &&
	    offset % 0x80 == GERRORN)
		fx->guest.wrote_gerrorn[lvcmdq] = true;
}

static void note_write(struct fixture *fx, uint64_t offset, uint8_t size, uint64_t value)
{
	if ((size != 4 && size != 8) || offset % size != 0)
		return;
	note_word(fx, offset, (uint32_t)value);
	if (size == 8)
		note_word(fx, offset + 4, (uint32_t)(value >> 32));
}

static void end(struct fixture *fx)
{
	int first = fx_find(fx, CALL_BIND, 0, 0, 0);
	int map = fx_find(fx, CALL_MAP, 0, 0, 0);

	/* [DEV-20]: a refusal holds until a queue is bound first, or none is. */
	if (fx->num_bound == 0 || (first >= 0 && fx->calls[first].result == 0))
		fx->map_refused = map >= 0 && fx->calls[map].result;
	fx_check(fx);
	check_bounds(fx);
	check_pulse(fx);
}

void fx_withdraw(struct fixture *fx, int withdrawn)
{
	fx->num_calls = 0;
	assert_int_equal(cmdqv_page0_withdraw(fx->dev), withdrawn);
	fx->resting = fx->resting || withdrawn == 1;
	end(fx);
	fx_assert_calls(fx, withdrawn == 1 ? "unmap" : "");
}

uint64_t fx_access(struct fixture *fx, uint64_t offset, uint8_t size, bool write, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .size = size, .write = write, .value = value};

	if (write)
		note_write(fx, offset, size, value);
	else
		access.value = 0xA5A5A5A5A5A5A5A5;
	fx->num_calls = 0;
	if (cmdqv_access(fx->dev, &access) != 0)
		fail_msg("cmdqv_access failed");
	if (write && (size == 4 || size == 8) && offset % size == 0 && offset < 0x50000)
		fx->resting = false;
	end(fx);
	return access.value;
}

uint32_t fx_read(struct fixture *fx, uint64_t offset)
{
	uint64_t value = fx_access(fx, offset, 4, false, 0);

	assert_true(value <= UINT32_MAX);
	return (uint32_t)value;
}

void fx_write(struct fixture *fx, uint64_t offset, uint32_t value)
{
	fx_access(fx, offset, 4, true, value);
}

void fx_write8(struct fixture *fx, uint64_t offset, uint64_t value)
{
	fx_access(fx, offset, 8, true, value);
}

void fx_reset(struct fixture *fx)
{
	fx->guest = (struct guest){.config = 1};
	fx->resting = false;
	fx->num_calls = 0;
	assert_int_equal(cmdqv_reset(fx->dev), 0);
	end(fx);
	if (fx->num_bound || fx->mapped)
		fail_msg("something is left after a reset [DEV-7]");
}

int fx_events(struct fixture *fx)
{
	int result;

	fx->num_calls = 0;
	result = cmdqv_events(fx->dev);
	end(fx);
	return result;
}

size_t fx_save(struct fixture *fx, uint8_t *to, size_t room)
{
	fx->num_calls = 0;
	assert_int_equal(cmdqv_save(fx->dev, to, &room, NULL), 0);
	end(fx);
	fx_assert_calls(fx, "");
	return room;
}

int fx_restore(struct fixture *fx, const struct fixture *from, const uint8_t *saved, size_t bytes,
	       struct cmdqv_error *error)
{
	int err;

	fx->guest = from->guest;
	fx->num_calls = 0;
	err = cmdqv_restore(fx->dev, saved, bytes, error);
	if (err)
		fx->guest = (struct guest){.config = 1};
	end(fx);
	return err;
}

void fx_bring_up(struct fixture *fx, uint32_t queues)
{
	fx_write(fx, AT_VINTF_CONFIG, 1);
	for (uint32_t q = 0; q < queues; q++) {
		fx_write(fx, at_alloc(q), alloc_of(q));
		fx_write8(fx, at_base(VINTF, q), base_of(q));
	}
}

void fx_store(struct fixture *fx, uint32_t queue, uint32_t reg, uint32_t value)
{
	if (!fx->mapped)
		fail_msg("a vCPU cannot store to a page that is not mapped");
	store(&fx->live[queue], reg, value);
}

void fx_raise(struct fixture *fx, uint32_t queue, uint32_t bits)
{
	uint32_t *reg = fx->live[queue].reg;

	reg[GERROR / 4] ^= bits & ~(reg[GERROR / 4] ^ reg[GERRORN / 4]);
}

void fx_push_event(struct fixture *fx, int result, uint32_t sequence, bool lost)
{
	assert_in_range(fx->num_events, 0, 255);
	fx->events[fx->num_events++] = (struct scripted_event){
		.result = result, .event = {.sequence = sequence, .lost = lost}};
}

/* ---- what was called ---- */

uint32_t fx_count(const struct fixture *fx, enum call_kind kind)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < fx->num_calls; i++)
		if (fx->calls[i].kind == kind)
			count += fx->calls[i].times;
	return count;
}

int fx_find(const struct fixture *fx, enum call_kind kind, uint32_t queue, uint32_t reg,
	    uint32_t from)
{
	for (uint32_t i = from; i < fx->num_calls; i++)
		if (fx->calls[i].kind == kind && fx->calls[i].queue == queue &&
		    fx->calls[i].reg == reg)
			return (int)i;
	return -1;
}

/* A call as a word, or nothing for those that change nothing. */
static void describe(const struct call *call, char *text, size_t bytes)
{
	static const char *const names[CALL_KINDS] = {
		[CALL_BIND] = "bind", [CALL_UNBIND] = "unbind", [CALL_WRITE] = "write",
		[CALL_MAP] = "map",   [CALL_UNMAP] = "unmap",	[CALL_PULSE] = "pulse"};
	char arguments[40] = "";

	text[0] = '\0';
	if (!names[call->kind])
		return;
	if (call->kind == CALL_WRITE)
		snprintf(arguments, sizeof(arguments), "(%u,%s,%llu)", call->queue,
			 reg_names[call->reg / 4], (unsigned long long)call->value);
	else if (call->kind == CALL_BIND || call->kind == CALL_UNBIND)
		snprintf(arguments, sizeof(arguments), "(%u)", call->queue);
	snprintf(text, bytes, "%s%s%s", names[call->kind], arguments, call->result ? "!" : "");
}

void fx_assert_calls(const struct fixture *fx, const char *expected)
{
	char line[4096] = "";
	size_t length = 0;

	for (uint32_t i = 0; i < fx->num_calls; i++) {
		char word[64];

		describe(&fx->calls[i], word, sizeof(word));
		if (word[0])
			length += (size_t)snprintf(line + length, sizeof(line) - length, "%s%s",
						   length ? " " : "", word);
	}
	assert_string_equal(line, expected);
}

uint64_t fx_counter(const struct fixture *fx, enum cmdqv_counter counter)
{
	return cmdqv_get_counter(fx->dev, counter);
}

uint64_t fx_guest_errors(const struct fixture *fx)
{
	return fx_counter(fx, CMDQV_COUNTER_GUEST_ERRORS);
}
