/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device between a backend and a VMM that are made up, remember every call and check the
 * rules of both boundaries while they are called.
 *
 * The backend keeps six page-0 registers per queue as hardware would: a bind zeroes CONS,
 * PROD and CONFIG, STATUS follows CONFIG, and GERROR and GERRORN survive everything. It
 * fails the test on a bind or unbind out of order or while the page is mapped, on a range
 * that the guest may not name, and on an access to a queue that is not bound or to a
 * register that is none of the six. The VMM fails it on a second map, an unmap of nothing,
 * and any page but the one at 0x30000. No operation may run inside another.
 *
 * After every call on the device its public state is checked against the rules that hold
 * at the end of each access, above all [DEV-18], and against what the fakes counted. For
 * this the fixture keeps the guest's ALLOC and enable bits on its own, from what the guest
 * wrote, never from the device.
 *
 * Offsets and values are literals of docs/spec.md, not the constants of regs.h: a wrong
 * row in the list of registers must show.
 */
#ifndef TESTS_UNIT_DEVICE_FIXTURE_H
#define TESTS_UNIT_DEVICE_FIXTURE_H

#include <cmdqv/saved.h>

#include "../test.h"

/* The guest's map, in literals. */
enum {
	AT_CONFIG = 0x0,
	AT_PARAM = 0x4,
	AT_STATUS = 0x8,
	AT_VI_ERR_MAP = 0x14,
	AT_VI_INT_MASK = 0x1C,
	AT_VINTF_CONFIG = 0x1000,
	AT_VINTF_STATUS = 0x1004,
	AT_SID_MATCH = 0x1040,
	AT_LVCMDQ_ERR_MAP = 0x10C0,
	WINDOW_BYTES = 0x50000,
	DIRECT = 0x10000, /* an aperture: where its page 0 starts; page 1 is 0x10000 further */
	VINTF = 0x30000,
	CONS = 0x00,
	PROD = 0x04,
	QCONFIG = 0x08,
	QSTATUS = 0x0C,
	GERROR = 0x10,
	GERRORN = 0x14,
	CMDQ_ERR = 0x1,
	INIT_ERR = 0x4,
	MOST_QUEUES = 128,
	MOST_CALLS = 4096,
};

static inline uint64_t at_alloc(uint32_t queue)
{
	return 0x200U + 4U * queue;
}

static inline uint64_t at_queue(uint32_t aperture, uint32_t queue, uint32_t reg)
{
	return aperture + 0x80U * queue + reg;
}

static inline uint64_t at_base(uint32_t aperture, uint32_t queue)
{
	return aperture + 0x10000U + 0x80U * queue;
}

/* The ALLOC entry that maps a queue to its own place. */
static inline uint32_t alloc_of(uint32_t queue)
{
	return queue << 1 | 1U;
}

/* A good BASE: 256 entries, a MiB of its own for each queue. */
static inline uint64_t base_of(uint32_t queue)
{
	return 0x100000ULL * (queue + 1) | 8U;
}

enum call_kind {
	CALL_BIND,
	CALL_UNBIND,
	CALL_READ,
	CALL_WRITE,
	CALL_MAP,
	CALL_UNMAP,
	CALL_PULSE,
	CALL_RAM,
	CALL_LOG,
	CALL_EVENT,
	CALL_KINDS,
};

struct call {
	enum call_kind kind;
	uint32_t queue;
	uint32_t reg;
	uint64_t value;
	int result;
	uint32_t times; /* the same READ in a row is one entry */
};

struct live_queue {
	uint32_t reg[6]; /* by offset / 4 */
	uint64_t gpa;
	uint64_t bytes;
	bool never_disables;
	uint32_t handed_over_config; /* [DEV-15] as Linux before 6.18.9 may do */
	uint32_t handed_over_status;
};

/* What the guest wrote, by the fixture's own book. */
struct guest {
	uint32_t config;
	uint32_t vintf_config;
	uint32_t int_mask;
	uint32_t alloc[MOST_QUEUES];
	bool wrote_gerrorn[MOST_QUEUES];
};

struct scripted_event {
	int result;
	struct cmdqv_backend_event event;
};

struct fixture {
	struct cmdqv *dev;
	struct cmdqv_config config;
	struct cmdqv_backend_ops backend_ops;
	struct cmdqv_backend backend;
	struct cmdqv_vmm_ops vmm_ops;
	struct cmdqv_backend_geometry geometry;
	struct cmdqv_page_view view;
	int geometry_error;
	int view_error;
	uint64_t ram_gpa; /* guest RAM */
	uint64_t ram_bytes;

	/* The backend and the VMM. */
	struct live_queue live[MOST_QUEUES];
	uint32_t noise; /* or-ed into every live register: bits that mean nothing */
	uint32_t num_bound;
	bool mapped;
	int broken;
	int bind_errors[MOST_QUEUES]; /* bind of this queue fails with it, every time, */
	const char *bind_reason;      /*   and says this; NULL: no reason */
	int map_error;		      /* map fails with it, every time */
	uint32_t fallible_calls;      /* binds, maps and reads of events so far */
	uint32_t fail_call;	      /* the n-th of them fails; 0: none */
	uint32_t fail_call_too;	      /* and this one */
	int fail_error;
	bool break_on_unbind;
	struct scripted_event events[256];
	uint32_t num_events;
	uint32_t next_event;

	/* What was called: within the last call on the device, and since it was created. */
	struct call calls[MOST_CALLS];
	uint32_t num_calls;
	uint64_t totals[CALL_KINDS];
	uint64_t bind_failures;
	uint64_t map_failures;
	bool in_operation;
	bool checking;
	struct cmdqv_log last_log;
	char last_text[256];
	uint32_t num_logs;

	/* Called at the start of every operation but trace; may change registers. */
	void (*hook)(struct fixture *fx, const struct call *call);
	void *hook_data;
	uint32_t hook_count;

	struct guest guest;
	bool map_refused; /* since a queue was bound first */
	bool resting;	  /* the VMM withdrew the page, and nothing was written since */

	struct cmdqv_state state; /* after the last call */
	struct cmdqv_queue_state queues[MOST_QUEUES];
};

/* Fills in everything but the device: `queues` of the backend, 16 SIDs, cmdqs 8. */
struct fixture *fixture_prepare(uint32_t queues);
/* Creates the device of what was prepared, and checks its state. */
void fixture_create(struct fixture *fx);
/* Both. */
struct fixture *fixture_new(uint32_t queues);
/* Destroys the device, checks that nothing is left bound or mapped, frees the fixture. */
void fixture_free(struct fixture *fx);

/* Accesses, each followed by the check. */
uint64_t fx_access(struct fixture *fx, uint64_t offset, uint8_t size, bool write, uint64_t value);
uint32_t fx_read(struct fixture *fx, uint64_t offset);
void fx_write(struct fixture *fx, uint64_t offset, uint32_t value);
void fx_write8(struct fixture *fx, uint64_t offset, uint64_t value);
void fx_reset(struct fixture *fx);
/* cmdqv_page0_withdraw(), which must return `withdrawn` and change nothing else. */
void fx_withdraw(struct fixture *fx, int withdrawn);
int fx_events(struct fixture *fx);
/* cmdqv_save() into `to`; it may call nothing but reads. */
size_t fx_save(struct fixture *fx, uint8_t *to, size_t room);
/* cmdqv_restore() into a new device, of a guest that wrote what that of `from` wrote. */
int fx_restore(struct fixture *fx, const struct fixture *from, const uint8_t *saved, size_t bytes,
	       struct cmdqv_error *error);
/* The check alone, with no bound on the calls before. */
void fx_check(struct fixture *fx);

/* The guest enables the VINTF and gives queues 0 to n - 1 their ALLOC and BASE. */
void fx_bring_up(struct fixture *fx, uint32_t queues);
/* A vCPU stores to the mapped page. Fails the test if it is not mapped. */
void fx_store(struct fixture *fx, uint32_t queue, uint32_t reg, uint32_t value);
/* Hardware makes the bits pending that are not. */
void fx_raise(struct fixture *fx, uint32_t queue, uint32_t bits);
void fx_push_event(struct fixture *fx, int result, uint32_t sequence, bool lost);

/* Looks into the calls of the last call on the device. */
uint32_t fx_count(const struct fixture *fx, enum call_kind kind);
/* The index of the first such call at or after `from`, or -1; 0 for what a kind does not have. */
int fx_find(const struct fixture *fx, enum call_kind kind, uint32_t queue, uint32_t reg,
	    uint32_t from);
/*
 * The calls but reads, RAM questions and messages, as a line such as
 * "unmap unbind(1) bind(1) write(1,cons,5) map pulse".
 */
void fx_assert_calls(const struct fixture *fx, const char *expected);
uint64_t fx_counter(const struct fixture *fx, enum cmdqv_counter counter);
uint64_t fx_guest_errors(const struct fixture *fx);

#endif
