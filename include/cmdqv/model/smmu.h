/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * An SMMUv3 in software behind the model's queues: enough of one to prove that an
 * invalidation had its effect. Part of libcmdqv-model.
 *
 * Devices ask it for translations (cmdqv_smmu_translate(), or a DMA device of dma.h);
 * commands reach it through cmdqv_smmu_execute(). It caches what an SMMU caches,
 * stream table entries, context descriptors and translations, and drops them only when a
 * command says so. Below its capacity it evicts nothing, so a lost invalidation always shows
 * as a stale translation [HW-18].
 *
 * Two kinds of addresses leave it. An IPA is what stage 1 of a VM yields; the
 * embedder's memory map is its stage 2. A physical address is what stage 2, or a stream
 * without one, yields; the embedder decides what it means, and lends the memory there.
 *
 * Threads: one lock domain [HW-12], the model's. Callbacks come from inside a call, on
 * its thread; a callback that calls the SMMU gets -EBUSY. A callback must return to its caller:
 * no C++ exception, panic or longjmp() may leave it.
 *
 * Blocking: nothing blocks. Allocation: cmdqv_smmu_create() only.
 *
 * Bad guest tables are reported as SMMU faults, never as API errors. A translation reads at most a
 * stream table entry, a context descriptor, the table that leads to each, and four descriptors of
 * a walk; each of them once.
 */
#ifndef CMDQV_SMMU_H
#define CMDQV_SMMU_H

#include <cmdqv/model/model.h>
#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An SMMU; see the head of this page. */
struct cmdqv_smmu;

/** Zero means the default everywhere. */
struct cmdqv_smmu_config {
	size_t size;	      /**< sizeof(struct cmdqv_smmu_config) */
	uint32_t tlb_entries; /**< capacity, up to 1 << 22; default 65536 */
	uint32_t atc_entries; /**< of all devices together; default 65536 */
	uint32_t ste_entries; /**< default 1024 */
	uint32_t cd_entries;  /**< default 4096 */
	uint8_t output_bits;  /**< of a stage 1 output and of a table's address: 32 to 48;
				 default 48 */
	uint8_t ssid_bits;    /**< SMMU_IDR1.SSIDSIZE, up to 20; default 20 */
	uint8_t reserved[6];  /**< 0 */
};

/** Stage 2: a piece of a VM's memory map. All of it in whole 4 KiB pages. */
struct cmdqv_smmu_span {
	uint64_t ipa;	     /**< first byte */
	uint64_t bytes;	     /**< length */
	uint64_t physical;   /**< where the first byte lies */
	bool writable;	     /**< else a write is a permission fault of stage 2 */
	uint8_t reserved[7]; /**< 0 */
};

/** What the embedder does for an SMMU; `user` is what cmdqv_smmu_create() was given. */
struct cmdqv_smmu_ops {
	size_t size; /**< sizeof(struct cmdqv_smmu_ops) */

	/**
	 * Stage 2 of a VMID: fill in the piece of its memory map that holds `ipa`. A larger
	 * piece takes fewer entries of the TLB. The SMMU keeps the answer until a TLBI.
	 *
	 * @retval 0 *span is filled in
	 * @retval other a negative errno: there is none, which becomes a translation fault of
	 *	stage 2
	 */
	int (*stage2)(void *user, uint16_t vmid, uint64_t ipa, struct cmdqv_smmu_span *span);

	/**
	 * Lend `bytes` of memory at `physical`, never across a 4 KiB boundary: a pointer, as
	 * aligned as `physical` is up to 8 bytes; NULL where there is none. The SMMU
	 * uses it until the call under way returns, and no longer. Software may write there at the
	 * same time.
	 */
	void *(*memory)(void *user, uint64_t physical, uint64_t bytes, bool write);

	/**
	 * Optional, may be NULL: an event record, 32 bytes as the architecture defines them.
	 *
	 * @retval 0 taken
	 * @retval other a negative errno: the queue is full, and the record is dropped and counted
	 */
	int (*event)(void *user, const uint64_t record[4]);
};

/**
 * Creates an SMMU that is disabled: it aborts every access until
 * cmdqv_smmu_set_stream_table(). Free it with cmdqv_smmu_destroy(). `ops` is copied.
 *
 * @retval 0 success
 * @retval -EINVAL a number out of range or a missing operation (`error` names it)
 * @retval -E2BIG members that this library does not know are not 0
 * @retval -ENOMEM no memory
 * @retval -EIO no entropy for the hash key that stops guests from forcing collisions
 */
CMDQV_API int cmdqv_smmu_create(struct cmdqv_smmu **out, const struct cmdqv_smmu_config *config,
				const struct cmdqv_smmu_ops *ops, void *user,
				struct cmdqv_error *error);

/** Frees it; devices behind it must have been destroyed. NULL is allowed. */
CMDQV_API void cmdqv_smmu_destroy(struct cmdqv_smmu *smmu);

/**
 * Where the stream table lies: the values of SMMU_STRTAB_BASE and SMMU_STRTAB_BASE_CFG,
 * linear or of two levels. Enables the SMMU. It keeps what it has cached: as on hardware,
 * send a CFGI_ALL, or call cmdqv_smmu_reset().
 *
 * @retval 0 success
 * @retval -EINVAL a reserved format or split, or more than 32 bits of StreamID
 * @retval -EBUSY called from a callback
 */
CMDQV_API int cmdqv_smmu_set_stream_table(struct cmdqv_smmu *smmu, uint64_t strtab_base,
					  uint32_t strtab_base_cfg);

/**
 * Disables it and forgets everything cached, ATCs too; counters stay.
 *
 * @retval 0 success
 * @retval -EBUSY called from a callback: nothing was done
 */
CMDQV_API int cmdqv_smmu_reset(struct cmdqv_smmu *smmu);

/**
 * Executes a command; the operation `execute` of struct cmdqv_model_ops and struct
 * cmdqv_soft_ops may call it. When it returns, the command is done, and so is every access that
 * was translated before it: an access never outlives the call that made it [HW-14].
 *
 * What a command drops:
 *
 *	TLBI		every entry that overlaps the range, whatever its size or level; TTL and
 *			leaf never make it less. If stage 2 split a page or block of stage 1,
 *			invalidating any byte of it drops all its pieces
 *	 by VA		entries of the ASID, and global ones
 *	 by ASID	entries of the ASID, not global ones
 *	 by IPA		stage 2 entries. Translations of stage 1 that were made by way of them stay
 *			until a TLBI_NH_ALL, as on hardware
 *	CFGI_STE	also the context descriptors of the stream
 *	ATC_INV		without SSV, or with GLOBAL: entries of every substream
 *
 * What a command costs at most:
 *
 *	TLBI by VA	the smaller of two numbers: pages in the range, for each page size that
 *			the ASID has cached; entries that the ASID has cached. An ASID that has
 *			pieces pays for a range widened to the largest block that it had in
 *			pieces
 *	TLBI by VAA	the same for each ASID of the VMID
 *	ATC_INV		the same for each SubstreamID of the stream that it concerns
 *	by ASID, VMID	the entries that are dropped
 *
 * A guest cannot choose addresses that make entries slower to find, its own or those of others.
 *
 * @retval 0 also for commands that do not concern it
 * @retval -EBUSY called from a callback
 */
CMDQV_API int cmdqv_smmu_execute(struct cmdqv_smmu *smmu, const struct cmdqv_command *command);

/** An access of a device. */
struct cmdqv_smmu_access {
	uint64_t address;  /**< IOVA */
	uint32_t sid;	   /**< physical */
	uint32_t ssid;	   /**< counts with `ssv` */
	bool ssv;	   /**< it has a SubstreamID */
	bool write;	   /**< a write, not a read */
	bool privileged;   /**< else an unprivileged one */
	bool ats;	   /**< through the device's ATC, which is filled by translation requests */
	uint32_t reserved; /**< 0 */
};

/** Where an access goes. */
struct cmdqv_smmu_translation {
	uint64_t physical;   /**< of `address` */
	uint64_t bytes;	     /**< from there to the end of what was translated at once */
	bool writable;	     /**< by the same kind of access */
	uint8_t reserved[7]; /**< 0 */
};

/**
 * Translates an access. The SMMU uses what it has cached, stale or not.
 *
 * @retval 0 success
 * @retval 1 terminated without an abort, as the context descriptor says: reads are
 *         zeros, writes are ignored
 * @retval -EFAULT aborted
 * @retval -EBUSY called from a callback
 */
CMDQV_API int cmdqv_smmu_translate(struct cmdqv_smmu *smmu, const struct cmdqv_smmu_access *access,
				   struct cmdqv_smmu_translation *translation);

/** Event records that this SMMU makes: the low 8 bits of the first word. */
enum cmdqv_smmu_event {
	CMDQV_SMMU_C_BAD_STREAMID = 0x02,
	CMDQV_SMMU_F_STE_FETCH = 0x03,
	CMDQV_SMMU_C_BAD_STE = 0x04,
	CMDQV_SMMU_F_BAD_ATS_TREQ = 0x05,
	CMDQV_SMMU_F_STREAM_DISABLED = 0x06,
	CMDQV_SMMU_F_TRANSL_FORBIDDEN = 0x07,
	CMDQV_SMMU_C_BAD_SUBSTREAMID = 0x08,
	CMDQV_SMMU_F_CD_FETCH = 0x09,
	CMDQV_SMMU_C_BAD_CD = 0x0a,
	CMDQV_SMMU_F_WALK_EABT = 0x0b,
	CMDQV_SMMU_F_TRANSLATION = 0x10,
	CMDQV_SMMU_F_ADDR_SIZE = 0x11,
	CMDQV_SMMU_F_ACCESS = 0x12,
	CMDQV_SMMU_F_PERMISSION = 0x13,
	CMDQV_SMMU_EVENTS = 0x20, /**< one more than the last that the architecture has */
};

/** One of the caches. */
struct cmdqv_smmu_cache_state {
	uint32_t capacity;    /**< the most entries */
	uint32_t entries;     /**< now */
	uint64_t hits;	      /**< look-ups that found an entry */
	uint64_t misses;      /**< look-ups that did not */
	uint64_t invalidated; /**< entries that a command dropped */
	uint64_t evicted;     /**< entries that were dropped because the cache was full */
};

/** Counters. The caller sets `size`, as in cmdqv_get_state(). */
struct cmdqv_smmu_state {
	size_t size;			    /**< sizeof(struct cmdqv_smmu_state) */
	uint32_t version;		    /**< 1 */
	bool enabled;			    /**< it has a stream table */
	uint8_t reserved[3];		    /**< 0 */
	struct cmdqv_smmu_cache_state tlb;  /**< translations */
	struct cmdqv_smmu_cache_state atc;  /**< those of the devices' ATCs */
	struct cmdqv_smmu_cache_state stes; /**< stream table entries */
	struct cmdqv_smmu_cache_state cds;  /**< context descriptors */
	uint64_t commands;		    /**< executed */
	uint64_t syncs;			    /**< CMD_SYNCs among them */
	uint64_t accesses;		    /**< translations that were asked for */
	uint64_t walks;			    /**< of tables, for a translation that was not cached */
	uint64_t aborts;		    /**< accesses that were aborted */
	uint64_t events;		    /**< records that were taken */
	uint64_t events_lost;		    /**< records that were not: the queue was full */
};

/**
 * Fills in the state of an SMMU.
 *
 * @retval 0 success
 * @retval -EINVAL `size` is smaller than the struct of the first version
 */
CMDQV_API int cmdqv_smmu_get_state(const struct cmdqv_smmu *smmu, struct cmdqv_smmu_state *state);

/** How many faults of a kind there were, recorded or not; 0 for one that the SMMU does not make. */
CMDQV_API uint64_t cmdqv_smmu_faults(const struct cmdqv_smmu *smmu, enum cmdqv_smmu_event event);

#ifdef __cplusplus
}
#endif

#endif
