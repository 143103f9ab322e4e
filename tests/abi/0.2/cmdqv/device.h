/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_DEVICE_H
#define CMDQV_DEVICE_H
#include <cmdqv/backend.h>
#include <cmdqv/types.h>
#include <cmdqv/vmm.h>
#ifdef __cplusplus
extern "C" {
#endif
struct cmdqv;
struct cmdqv_config {
	size_t size;
	uint32_t num_lvcmdqs;
	uint32_t num_sids;
	uint32_t cmdqs;
	bool guest_is_coherent;
	uint8_t reserved[3];
};
CMDQV_API int cmdqv_create(struct cmdqv **out, const struct cmdqv_config *config,
			   const struct cmdqv_backend *backend, const struct cmdqv_vmm_ops *ops,
			   void *vmm, struct cmdqv_error *error);
CMDQV_API void cmdqv_destroy(struct cmdqv *dev);
CMDQV_API int cmdqv_access(struct cmdqv *dev, struct cmdqv_mmio *access);
CMDQV_API int cmdqv_reset(struct cmdqv *dev);
CMDQV_API int cmdqv_event_fd(const struct cmdqv *dev);
CMDQV_API int cmdqv_events(struct cmdqv *dev);
enum cmdqv_queue_life {
	CMDQV_QUEUE_IDLE,
	CMDQV_QUEUE_WAITING,
	CMDQV_QUEUE_BOUND,
	CMDQV_QUEUE_FAILED,
	CMDQV_QUEUE_HELD,
};
enum cmdqv_page0_life {
	CMDQV_PAGE0_NONE,
	CMDQV_PAGE0_MAPPED,
	CMDQV_PAGE0_TRAPPED,
	CMDQV_PAGE0_RESTING,
};
#define CMDQV_COUNTER_LIST(X)                                                                      \
	X(TRAPS_CONFIG, "traps-config")                                                            \
	X(TRAPS_DIRECT0, "traps-direct0")                                                          \
	X(TRAPS_DIRECT1, "traps-direct1")                                                          \
	X(TRAPS_VINTF0, "traps-vintf0")                                                            \
	X(TRAPS_VINTF1, "traps-vintf1")                                                            \
	X(BINDS, "binds")                                                                          \
	X(BIND_FAILURES, "bind-failures")                                                          \
	X(UNBINDS, "unbinds")                                                                      \
	X(PAGE0_MAPS, "page0-maps")                                                                \
	X(PAGE0_MAP_FAILURES, "page0-map-failures")                                                \
	X(PAGE0_UNMAPS, "page0-unmaps")                                                            \
	X(EVENTS, "events")                                                                        \
	X(EVENTS_LOST, "events-lost")                                                              \
	X(EVENT_READS_INTERRUPTED, "event-reads-interrupted")                                      \
	X(EVENT_READS_SHORT, "event-reads-short")                                                  \
	X(EVENT_READS_MALFORMED, "event-reads-malformed")                                          \
	X(EVENT_READS_FAILED, "event-reads-failed")                                                \
	X(INTERRUPTS, "interrupts")                                                                \
	X(RESETS, "resets")                                                                        \
	X(GUEST_ERRORS, "guest-errors")                                                            \
	X(GUEST_BAD_SIZE, "guest-bad-size")                                                        \
	X(GUEST_UNALIGNED, "guest-unaligned")                                                      \
	X(GUEST_OUTSIDE, "guest-outside")                                                          \
	X(GUEST_HOLE, "guest-hole")                                                                \
	X(GUEST_BAD_ALLOC, "guest-bad-alloc")                                                      \
	X(GUEST_BASE_IN_USE, "guest-base-in-use")                                                  \
	X(GUEST_BAD_BASE, "guest-bad-base")                                                        \
	X(GUEST_STUCK_QUEUE, "guest-stuck-queue")                                                  \
	X(QUEUES_HELD, "queues-held")                                                              \
	X(UNDRAINED, "undrained")                                                                  \
	X(PAGE0_RESTS, "page0-rests")
enum cmdqv_counter {
#define CMDQV_COUNTER_ENUMERATOR(id, name) CMDQV_COUNTER_##id,
	CMDQV_COUNTER_LIST(CMDQV_COUNTER_ENUMERATOR)
#undef CMDQV_COUNTER_ENUMERATOR
		CMDQV_COUNTERS,
	CMDQV_COUNTER_TRAPS = CMDQV_COUNTER_TRAPS_CONFIG,
};
CMDQV_API uint64_t cmdqv_get_counter(const struct cmdqv *dev, enum cmdqv_counter counter);
CMDQV_API const char *cmdqv_counter_name(enum cmdqv_counter counter);
struct cmdqv_queue_state {
	size_t size;
	uint64_t base;
	uint64_t bytes;
	uint64_t pinned_gpa;
	uint64_t pinned_bytes;
	enum cmdqv_queue_life life;
	int bind_error;
	uint32_t prod;
	uint32_t cons;
	uint32_t gerror;
	uint32_t gerrorn;
	bool en;
	bool en_ok;
	uint8_t reserved[6];
};
CMDQV_API int cmdqv_get_queue(struct cmdqv *dev, uint32_t index, struct cmdqv_queue_state *state);
struct cmdqv_state {
	size_t size;
	uint64_t device_bytes;
	uint32_t version;
	uint32_t num_lvcmdqs;
	uint32_t num_sids;
	uint32_t cmdqs;
	enum cmdqv_page0_life page0;
	int page0_error;
	int backend_broken;
	bool cmdqv_enabled;
	bool vintf_enabled;
	uint8_t reserved[2];
};
CMDQV_API int cmdqv_get_state(struct cmdqv *dev, struct cmdqv_state *state);
CMDQV_API int cmdqv_page0_withdraw(struct cmdqv *dev);
CMDQV_API bool cmdqv_range_in_use(const struct cmdqv *dev, cmdqv_gpa_t gpa, uint64_t bytes);
CMDQV_API const char *cmdqv_queue_life_name(enum cmdqv_queue_life life);
CMDQV_API const char *cmdqv_page0_life_name(enum cmdqv_page0_life life);
#ifdef __cplusplus
}
#endif
#endif
