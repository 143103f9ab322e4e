/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * The model: a physical Tegra241 CMDQV in software, as a host's driver sees it, with the
 * engine that really executes commands. Part of libcmdqv-model.
 *
 * It has two kinds of users: an emulator, which hands it the accesses of its machine's
 * CMDQV window, and the software host kernel behind soft.h, which programs it as Linux
 * programs the hardware.
 *
 * Threads: one lock domain [HW-12]. The embedder holds one lock around every
 * call on a model, and on everything above it; only cmdqv_model_pending() may be called
 * without it. The library makes no thread: a thread of the embedder calls
 * cmdqv_model_run(). Callbacks come from inside a call, on its thread; a callback that
 * calls the model gets -EBUSY. A callback must return to its caller: no C++ exception, panic or
 * longjmp() may leave it.
 *
 * Blocking: nothing blocks. Allocation: cmdqv_model_create() and
 * cmdqv_model_renew_page() only.
 *
 * docs/spec.md says what the model does; [HW-n] are its ids.
 */
#ifndef CMDQV_MODEL_H
#define CMDQV_MODEL_H

#include <cmdqv/model/command.h>
#include <cmdqv/trace.h>
#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A model; see the head of this page. */
struct cmdqv_model;

/** [HW-1] Numbers are log2; VCMDQs are split evenly among the VINTFs. Grace: 7, 6, 4. */
struct cmdqv_model_config {
	size_t size;	     /**< sizeof(struct cmdqv_model_config) */
	uint8_t log2_vcmdqs; /**< log2_vintfs to 7 */
	uint8_t log2_vintfs; /**< 0 to 6 */
	uint8_t log2_sids;   /**< 0 to 4 */
	uint8_t reserved[5]; /**< 0 */
};

/** What the embedder does for a model; `user` is what cmdqv_model_create() was given. */
struct cmdqv_model_ops {
	size_t size; /**< sizeof(struct cmdqv_model_ops) */

	/**
	 * Read `bytes` of memory at bus address `address`, for a queue of `vintf`. Software
	 * may write there at the same time: copy each 8 bytes with one load.
	 *
	 * @retval 0 read
	 * @retval other a negative errno, which becomes an abort on fetch
	 */
	int (*read)(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes);

	/**
	 * Execute a command; it is done when this returns. CMD_SYNC comes too, after
	 * everything before it. PREFETCH does not come.
	 *
	 * @retval 0 done
	 * @retval -ETIMEDOUT an ATC_INV that the device did not answer, which is reported at the
	 *	next CMD_SYNC [HW-13]
	 */
	int (*execute)(void *user, const struct cmdqv_command *command);

	/** The interrupt: one edge. Act on it after the current call. */
	void (*interrupt)(void *user);

	/** A trapped write made work: cmdqv_model_run() has something to do. */
	void (*kick)(void *user);

	/**
	 * Optional, may be NULL: take note of accesses, of commands as they are fetched, of
	 * refusals and of interrupts, in their order.
	 */
	void (*trace)(void *user, const struct cmdqv_trace_event *event);

	/**
	 * Optional: as `read`, for several entries of a ring side by side, so that one call
	 * fetches them. If it fails, `read` is asked for each, to find the one that aborts.
	 */
	int (*read_entries)(void *user, uint32_t vintf, uint64_t address, void *buffer,
			    size_t bytes);

	/**
	 * Optional: write the 32 bits of CONS to memory at bus address `address`, a multiple
	 * of 4, with one store that orders what was done before it. Without the operation
	 * every write fails. Only asked for where software sets CONS_DRAM_EN [HW-15].
	 *
	 * @retval 0 written
	 * @retval other a negative errno, which makes CONS_DRAM_WR_ABT_ERR pending
	 */
	int (*write)(void *user, uint32_t vintf, uint64_t address, uint32_t value);
};

/**
 * Creates a model in its reset state; free it with cmdqv_model_destroy(). `ops` is copied.
 *
 * @retval 0 success
 * @retval -EINVAL a geometry out of range or a missing operation (`error` names it)
 * @retval -E2BIG members that this library does not know are not 0
 * @retval -ENOMEM no memory for the model or its pages
 * @retval -EMFILE no descriptor is left for a page
 */
CMDQV_API int cmdqv_model_create(struct cmdqv_model **out, const struct cmdqv_model_config *config,
				 const struct cmdqv_model_ops *ops, void *user,
				 struct cmdqv_error *error);

/**
 * Frees it, its pages and its descriptors. NULL is allowed. Mappings of a page that others
 * made stay valid. In a callback it does nothing.
 */
CMDQV_API void cmdqv_model_destroy(struct cmdqv_model *model);

/** Size of its window in bytes: 0x30000 + 0x20000 per VINTF. */
CMDQV_API uint64_t cmdqv_model_window_bytes(const struct cmdqv_model *model);

/**
 * One access to the physical window, with the access rules of [DEV-3] and [DEV-4]. A
 * trapped write takes effect at once: enables are acknowledged before it returns.
 *
 * @retval 0 also for accesses without a register (they are counted; reads answer 0)
 * @retval -EBUSY called from a callback, nothing was done
 */
CMDQV_API int cmdqv_model_access(struct cmdqv_model *model, struct cmdqv_mmio *access);

/**
 * Resets the whole CMDQV: everything stops, registers take their reset values, GERROR too.
 *
 * @retval 0 success
 * @retval -EBUSY called from a callback: nothing was done
 */
CMDQV_API int cmdqv_model_reset(struct cmdqv_model *model);

/**
 * Runs the engine: visits the enabled queues fairly, reads what was stored in shared
 * pages, fetches and executes at most `budget` commands [HW-10].
 *
 * @return the number of commands that were fetched; 0: there is nothing to do
 * @retval -EBUSY called from a callback: nothing was done
 */
CMDQV_API int cmdqv_model_run(struct cmdqv_model *model, uint32_t budget);

/** After so many vain calls in a row, each call of cmdqv_model_pending() looks at all queues. */
#define CMDQV_MODEL_LOOKS 1024U

/**
 * Is there something for cmdqv_model_run() to do? Reads atomics only: any thread, no
 * lock.
 *
 * Each call looks at all queues that had work lately, and at eight of the others in turn.
 * So it sees what was stored into a page before the call; if more than eight queues are
 * enabled, the 16th call does at the latest. After CMDQV_MODEL_LOOKS calls in a row
 * that found nothing, each call looks at all queues: a thread that made 1024 vain calls
 * before it sleeps sees all pending work in its first call after waking [HW-11].
 */
CMDQV_API bool cmdqv_model_pending(const struct cmdqv_model *model);

/**
 * A CMD_SYNC on the SMMU's own command queue: completes when everything that any queue
 * issued is done. Linux issues one after it has disabled a queue; a host in software
 * has no need to, see cmdqv_model_exchange_time_out().
 *
 * @retval 0 success
 * @retval -ETIMEDOUT an ATC_INV of a queue had timed out; it is reported here, once
 *         [HW-13]
 * @retval -EBUSY called from a callback: nothing was done
 */
CMDQV_API int cmdqv_model_smmu_sync(struct cmdqv_model *model);

/**
 * Each physical queue has a flag: an ATC_INV timed out, and no CMD_SYNC has reported it yet. Sets
 * the flag of `queue` to `timed_out` and returns the former one. Hardware cannot do this: a host in
 * software clears the flag of a queue that it unbinds, and sets it again when it binds the queue
 * for the same VM [DEV-33].
 *
 * @retval 1 it was set
 * @retval 0 it was not
 * @retval -EINVAL no such queue
 * @retval -EBUSY called from a callback: nothing was done
 */
CMDQV_API int cmdqv_model_exchange_time_out(struct cmdqv_model *model, uint32_t queue,
					    bool timed_out);

/**
 * The shared page 0 of a VINTF. Valid until the page is renewed or the model destroyed.
 *
 * @retval 0 success
 * @retval -EINVAL no such VINTF
 */
CMDQV_API int cmdqv_model_page(const struct cmdqv_model *model, uint32_t vintf,
			       struct cmdqv_page_view *view);

/**
 * Gives a VINTF a fresh, zeroed page: what a former owner wrote or still has mapped never
 * meets the next one [HW-4]. A host calls it before it gives the VINTF to a VM.
 *
 * @retval 0 success
 * @retval -EINVAL no such VINTF
 * @retval -EBUSY the VINTF is enabled or a queue is mapped to it, or called from a callback:
 *         nothing was done
 * @retval -ENOMEM no memory for the page
 * @retval -EMFILE no descriptor is left
 */
CMDQV_API int cmdqv_model_renew_page(struct cmdqv_model *model, uint32_t vintf);

/**
 * Fault on demand [HW-20]: refuse, once, the next command that queue `queue` fetches
 * from entry `index` of its ring with CONS.ERR `code`, 1 to 4. One per queue: a later
 * call replaces an earlier one; code 0 takes it back.
 *
 * @retval 0 success
 * @retval -EINVAL no such queue, index or code
 * @retval -EBUSY called from a callback: nothing was done
 */
CMDQV_API int cmdqv_model_refuse(struct cmdqv_model *model, uint32_t queue, uint32_t index,
				 uint8_t code);

/** Faults on demand that strike by count [HW-20]. */
enum cmdqv_fault {
	CMDQV_FAULT_REFUSE,	    /**< a command is illegal: CONS.ERR 1 */
	CMDQV_FAULT_FETCH_ABORT,    /**< a command cannot be read: CONS.ERR 2 */
	CMDQV_FAULT_ATC_TIME_OUT,   /**< an ATC_INV is neither executed nor answered [HW-13] */
	CMDQV_FAULT_DELAYED_ENABLE, /**< a look at CONFIG.EN 1 does not acknowledge it */
	CMDQV_FAULT_REFUSED_ENABLE, /**< CONFIG.EN 1 makes CMDQ_INIT_ERR pending instead */
	CMDQV_FAULT_LOST_INTERRUPT, /**< an error of the queue raises no interrupt */
	CMDQV_FAULT_STALLED_ENGINE, /**< a visit of the engine leaves waiting commands alone */
	CMDQV_FAULT_REPEAT, /**< of every two batches, each ended by a CMD_SYNC, the TLBIs and CFGIs
			       of the first have no effect [HW-25] */
	CMDQV_FAULTS,	    /**< how many there are */
};

/** As a count: for ever. */
#define CMDQV_FAULT_FOR_EVER UINT32_MAX

/**
 * Lets `kind` strike physical queue `queue` the next `count` times that it can. A later call
 * for the same queue and kind replaces the number; 0 takes back what has not struck. A reset
 * does not change it. Always compiled in; no cost unless armed.
 *
 * @retval 0 success
 * @retval -EINVAL no such queue or kind
 * @retval -EBUSY called from a callback: nothing was done
 */
CMDQV_API int cmdqv_model_inject(struct cmdqv_model *model, uint32_t queue, enum cmdqv_fault kind,
				 uint32_t count);

/** How often a fault has struck since the model was created; 0 for a queue or kind that is not
 * there. */
CMDQV_API uint64_t cmdqv_model_struck(const struct cmdqv_model *model, uint32_t queue,
				      enum cmdqv_fault kind);

/** One queue. */
struct cmdqv_model_queue_state {
	size_t size;	     /**< sizeof(struct cmdqv_model_queue_state) */
	uint32_t vintf;	     /**< the VINTF that it is mapped to, */
	uint32_t lvcmdq;     /**<   and its number there */
	uint32_t cons;	     /**< its registers, read now */
	uint32_t prod;	     /**< likewise */
	uint32_t gerror;     /**< likewise */
	uint32_t gerrorn;    /**< likewise */
	uint64_t base;	     /**< likewise */
	uint64_t commands;   /**< executed */
	uint64_t errors;     /**< refused */
	bool mapped;	     /**< to vintf and lvcmdq */
	bool enabled;	     /**< STATUS */
	bool standing;	     /**< an error waits for its acknowledgement */
	uint8_t reserved[5]; /**< 0 */
};

/**
 * Fills in the state of one physical queue. The caller sets `size`, as in cmdqv_get_queue().
 *
 * @retval 0 success
 * @retval -EINVAL `size` is smaller than the struct of the first version
 * @retval -ENOENT there is no such queue: `queue` is not below num_vcmdqs
 */
CMDQV_API int cmdqv_model_get_queue(const struct cmdqv_model *model, uint32_t queue,
				    struct cmdqv_model_queue_state *state);

/** The CMDQV as a whole. */
struct cmdqv_model_state {
	size_t size;		   /**< sizeof(struct cmdqv_model_state) */
	uint32_t version;	   /**< 1 */
	uint32_t num_vcmdqs;	   /**< physical queues */
	uint32_t num_vintfs;	   /**< VINTFs */
	uint32_t num_sids;	   /**< SID slots of one VINTF */
	uint64_t bad_accesses;	   /**< [DEV-4] */
	uint64_t order_violations; /**< [HW-8] */
	uint64_t commands;	   /**< of all queues: executed */
	uint64_t errors;	   /**< of all queues: refused */
	uint64_t interrupts;	   /**< edges */
	uint64_t reserved;	   /**< 0 */
};

/**
 * Fills in the state of the CMDQV, as cmdqv_model_get_queue() does that of a queue.
 *
 * @retval 0 success
 * @retval -EINVAL `size` is smaller than the struct of the first version
 */
CMDQV_API int cmdqv_model_get_state(const struct cmdqv_model *model,
				    struct cmdqv_model_state *state);

/** How many accesses to pages of a kind there were; 0 for a kind that does not exist. */
CMDQV_API uint64_t cmdqv_model_accesses(const struct cmdqv_model *model, enum cmdqv_page page);

#ifdef __cplusplus
}
#endif

#endif
