/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * The device: the CMDQV that a guest sees.
 *
 * A VMM creates one per emulated SMMUv3 with a backend that owns real queues, puts its
 * window of CMDQV_GUEST_BYTES (0x50000) at a multiple of 64 KiB of the guest's address
 * space, hands every access that traps there to cmdqv_access(), polls cmdqv_event_fd()
 * and calls cmdqv_events(), and calls cmdqv_reset() when the machine resets.
 *
 * Threads: one call on a device at a time; the VMM holds a lock around each (and with
 * the software backend the same lock as around the model [HW-12]). Different devices
 * are independent. Calls may come from any thread.
 *
 * Blocking: cmdqv_access(), cmdqv_reset(), cmdqv_restore() and cmdqv_destroy() may bind or
 * unbind queues, which on iommufd may take up to a second of kernel time each, on the vCPU's
 * thread. Nothing else blocks. Nothing allocates after cmdqv_create().
 *
 * One device per backend: a second one on a vIOMMU is refused. A pointer must not be NULL unless
 * its description allows it.
 *
 * What the device does is specified in docs/spec.md; [DEV-n] are its ids.
 */
#ifndef CMDQV_DEVICE_H
#define CMDQV_DEVICE_H

#include <cmdqv/backend.h>
#include <cmdqv/types.h>
#include <cmdqv/vmm.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A device; see the head of this page. */
struct cmdqv;

/** What a guest sees of a device. */
struct cmdqv_config {
	size_t size;	      /**< sizeof(struct cmdqv_config) */
	uint32_t num_lvcmdqs; /**< queues to show: a power of two, at most the backend's; 0: the
				 backend's */
	/**
	 * SID slots to show: a power of two up to 16; 0: 16. The backend may have fewer: no
	 * StreamID is looked up in those that a guest sees [DEV-26]. How many devices the VM can
	 * have is num_sids of struct cmdqv_hw_info.
	 */
	uint32_t num_sids;

	/**
	 * Most that a guest's queue may be, as log2 of its entries: the IDR1.CMDQS that the
	 * VMM's SMMUv3 shows, 1 to 19. Hardware reads a queue by physical address, so on
	 * iommufd it must be at most log2 of the smallest page that backs guest RAM, less 4
	 * (4 KiB: 8, 64 KiB: 12, 2 MiB: 17, 1 GiB: 19) [DEV-10]. No default.
	 */
	uint32_t cmdqs;

	/**
	 * A guest's stores to page 0 reach the cache of this host, whatever attributes the guest
	 * maps it with: true of threads and of an emulator, of KVM where stage 2 forces write-back
	 * (FEAT_S2FWB), and of a guest that is known to map it write-back. Asked on arm64 alone,
	 * and where page 0 is memory: unless it is set, the page is not mapped there, every access
	 * traps, and page0_error is -EOPNOTSUPP [HW-5] [DEV-20].
	 */
	bool guest_is_coherent;
	uint8_t reserved[3]; /**< 0 */
};

/**
 * Creates a device in its reset state and stores it in *out; the VMM frees it with
 * cmdqv_destroy(). `backend` and `ops` are copied, what they point to (`ops` members,
 * backend->ops, backend->impl, `vmm`) is borrowed until then.
 *
 * @param vmm what `ops` get as their first argument
 * @retval 0 *out is the device
 * @retval -EINVAL a missing operation, or a number out of range: `error` names it
 * @retval -E2BIG a struct of a later version asks for what this one does not know: see types.h
 * @retval -ENOMEM no memory
 * @retval -EBUSY the backend has a device already: destroy that one first
 * @retval other what the backend's `geometry`, `page0_view` or `claim` returned
 */
CMDQV_API int cmdqv_create(struct cmdqv **out, const struct cmdqv_config *config,
			   const struct cmdqv_backend *backend, const struct cmdqv_vmm_ops *ops,
			   void *vmm, struct cmdqv_error *error);

/**
 * Withdraws the page, unbinds every queue from the top, and frees the device [DEV-31].
 * The backend stays open: close it afterwards. NULL is allowed. Must not be called from
 * a callback: there it does nothing.
 */
CMDQV_API void cmdqv_destroy(struct cmdqv *dev);

/**
 * One access of the guest. A read defines access->value whatever it was asked. Guest
 * errors are not errors of this call: they are counted in the state.
 *
 * @retval 0 done
 * @retval -EBUSY called from a callback of the same device: nothing was done (a read answers 0)
 */
CMDQV_API int cmdqv_access(struct cmdqv *dev, struct cmdqv_mmio *access);

/**
 * Puts the device into its reset state, from any state [DEV-7]. That is the CMDQV alone: devices
 * and stream table entries of a vIOMMU stay as they are. When the machine resets, the VMM also
 * calls cmdqv_viommu_set_ste() for each device: bypass or abort, as its SMMUv3 resets to.
 *
 * @retval 0 done
 * @retval -EBUSY as cmdqv_access()
 */
CMDQV_API int cmdqv_reset(struct cmdqv *dev);

/** The descriptor to poll for POLLIN; borrowed from the backend, do not read or close it. */
CMDQV_API int cmdqv_event_fd(const struct cmdqv *dev);

/**
 * Takes up to 64 events from the backend and pulses the interrupt at most once [DEV-24].
 * Call it while the descriptor is readable.
 *
 * @return how many records were consumed; 64: there may be more
 * @retval -EBUSY as cmdqv_access()
 * @retval other another negative errno: reading failed for good; poll the descriptor no longer
 */
CMDQV_API int cmdqv_events(struct cmdqv *dev);

/** Where a queue stands in its life. */
enum cmdqv_queue_life {
	CMDQV_QUEUE_IDLE,    /**< not ready: something of [DEV-8] is missing */
	CMDQV_QUEUE_WAITING, /**< ready, but a lower queue is not bound yet */
	CMDQV_QUEUE_BOUND,   /**< a real queue stands behind it */
	CMDQV_QUEUE_FAILED,  /**< the last bind was refused: see bind_error */
	/** unbound for another queue's sake, with an error that its guest has not acknowledged yet
	 * [DEV-32] */
	CMDQV_QUEUE_HELD,
};

/** Where page 0 stands. */
enum cmdqv_page0_life {
	CMDQV_PAGE0_NONE,    /**< not mapped, by the rule of [DEV-18] */
	CMDQV_PAGE0_MAPPED,  /**< the guest reaches it without exits */
	CMDQV_PAGE0_TRAPPED, /**< it should be mapped, but the VMM could not [DEV-20] */
	CMDQV_PAGE0_RESTING, /**< withdrawn by cmdqv_page0_withdraw() until the next write */
};

/**
 * What a device counts, from its creation on; a reset sets nothing back. New ones are
 * appended.
 *
 *	TRAPS_...	accesses by page; CMDQV_COUNTER_TRAPS + enum cmdqv_page is the same
 *	EVENTS		records consumed, of every kind
 *	EVENTS_LOST	events known to be lost: records and gaps
 *	EVENT_READS_...	what `event_read` of the backend answered instead of a record: -EINTR,
 *			-EMSGSIZE (SHORT), -EBADMSG (MALFORMED) or another errno (FAILED)
 *	INTERRUPTS	pulses
 *	QUEUES_HELD	queues that became CMDQV_QUEUE_HELD
 *	UNDRAINED	queues that the device unbound without their guest asking, or that the VMM
 *			saved, before all their commands were executed [DEV-33]; none that stands
 *			at an error
 *	PAGE0_RESTS	calls of cmdqv_page0_withdraw() that withdrew the page
 *	GUEST_ERRORS	the sum of those below:
 *	..._BAD_SIZE	an access of not 4 or 8 bytes
 *	..._UNALIGNED	one that is not aligned to its size
 *	..._OUTSIDE	one past the end of the window
 *	..._HOLE	one without a register
 *	..._BAD_ALLOC	CMDQ_ALLOC names a place that is not the identity [DEV-14]
 *	..._BASE_IN_USE	BASE written while the queue is enabled; ignored [DEV-12]
 *	..._BAD_BASE	BASE is not good: size, alignment, or not RAM [DEV-10]
 *	..._STUCK_QUEUE	a queue was not seen disabled in time before it was unbound
 */
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

/** A counter, by its number. CMDQV_COUNTER_LIST() says what each counts. */
enum cmdqv_counter {
#define CMDQV_COUNTER_ENUMERATOR(id, name) CMDQV_COUNTER_##id,
	CMDQV_COUNTER_LIST(CMDQV_COUNTER_ENUMERATOR)
#undef CMDQV_COUNTER_ENUMERATOR
		CMDQV_COUNTERS, /**< how many there are */
	CMDQV_COUNTER_TRAPS = CMDQV_COUNTER_TRAPS_CONFIG,
};

/** One counter; 0 for one that this version does not have. May be called from a callback. */
CMDQV_API uint64_t cmdqv_get_counter(const struct cmdqv *dev, enum cmdqv_counter counter);

/** Its name, such as "page0-maps", or NULL for one that this version does not have; static storage.
 */
CMDQV_API const char *cmdqv_counter_name(enum cmdqv_counter counter);

/** One queue [DEV-28]. */
struct cmdqv_queue_state {
	size_t size;		    /**< sizeof(struct cmdqv_queue_state) */
	uint64_t base;		    /**< BASE as committed */
	uint64_t bytes;		    /**< 16 << LOG2SIZE; 0 if BASE is 0 */
	uint64_t pinned_gpa;	    /**< BOUND: the guest range that the host holds on to, else 0 */
	uint64_t pinned_bytes;	    /**< length of that range */
	enum cmdqv_queue_life life; /**< where it stands */
	int bind_error;		    /**< FAILED: the negative errno of the bind, else 0 */
	uint32_t prod;	     /**< of a bound queue as read now, else what is kept for the bind */
	uint32_t cons;	     /**< likewise */
	uint32_t gerror;     /**< likewise */
	uint32_t gerrorn;    /**< likewise */
	bool en;	     /**< CONFIG, likewise */
	bool en_ok;	     /**< STATUS, likewise */
	uint8_t reserved[6]; /**< 0 */
};

/**
 * Fills in the state of one queue. The caller sets `size`; the library fills in the members
 * that both know, and sets others to 0. Reads the registers of a bound queue, changes
 * nothing; may be called from a callback.
 *
 * @retval 0 *state is filled in
 * @retval -EINVAL `size` is smaller than the struct of the first version
 * @retval -ENOENT there is no such queue: `index` is not below num_lvcmdqs
 */
CMDQV_API int cmdqv_get_queue(struct cmdqv *dev, uint32_t index, struct cmdqv_queue_state *state);

/** The device as a whole [DEV-28]. */
struct cmdqv_state {
	size_t size;		     /**< sizeof(struct cmdqv_state) */
	uint64_t device_bytes;	     /**< memory that the device itself takes */
	uint32_t version;	     /**< 1 */
	uint32_t num_lvcmdqs;	     /**< queues that the guest sees */
	uint32_t num_sids;	     /**< SID slots that the guest sees */
	uint32_t cmdqs;		     /**< as in struct cmdqv_config */
	enum cmdqv_page0_life page0; /**< where page 0 stands */
	int page0_error;	     /**< TRAPPED: the negative errno of the map, else 0 */
	int backend_broken;	     /**< 0 sound, else the negative errno that broke it */
	bool cmdqv_enabled;	     /**< STATUS.CMDQV_ENABLED */
	bool vintf_enabled;	     /**< VINTF_STATUS.ENABLED */
	uint8_t reserved[2];	     /**< 0 */
};

/**
 * Fills in the state of the device, as cmdqv_get_queue() does that of a queue.
 *
 * @retval 0 *state is filled in
 * @retval -EINVAL `size` is smaller than the struct of the first version
 */
CMDQV_API int cmdqv_get_state(struct cmdqv *dev, struct cmdqv_state *state);

/**
 * Withdraws page 0, if it is mapped, until the guest's next write that traps; that write finds the
 * page mapped again when it returns [DEV-36]. Queues stay bound and lose nothing.
 *
 * For a VMM whose queues are executed by software, which has to look for what is stored into a
 * mapped page. Once the queues have been quiet for a while it withdraws the page, looks once more,
 * and need not look again until an access traps: see cmdqv/model/poller.h. On hardware it would
 * only cost exits.
 *
 * @retval 1 withdrawn: page0_unmap was called
 * @retval 0 it was not mapped
 * @retval -EBUSY called from a callback: nothing was done
 */
CMDQV_API int cmdqv_page0_withdraw(struct cmdqv *dev);

/**
 * Does a bound queue lie in any byte of [gpa, gpa + bytes)? The host keeps the whole
 * mapped area around a bound queue, so a VMM asks before it unplugs, balloons or
 * remaps memory [DEV-28]. Once the backend is broken every range may be. A range that wraps is
 * clipped at the end of the address space. May be called from a callback.
 */
CMDQV_API bool cmdqv_range_in_use(const struct cmdqv *dev, cmdqv_gpa_t gpa, uint64_t bytes);

/** The name of an enumerator, such as "bound"; static storage. */
CMDQV_API const char *cmdqv_queue_life_name(enum cmdqv_queue_life life);
/** The same of page 0, such as "trapped". */
CMDQV_API const char *cmdqv_page0_life_name(enum cmdqv_page0_life life);

#ifdef __cplusplus
}
#endif

#endif
