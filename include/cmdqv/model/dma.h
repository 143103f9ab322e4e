/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * A small DMA device behind the SMMU of smmu.h. It copies, fills and sums memory by IOVA, so
 * a lost invalidation puts data into the wrong page [HW-19]. Part of
 * libcmdqv-model.
 *
 * The device moves only when it is stepped: the embedder's thread calls cmdqv_dma_step()
 * under the lock of the model [HW-12], and unlocks in between. Each step translates the pages
 * that it touches, so no translation is held across a CMD_SYNC, except in the ATC of a device
 * that uses ATS, which an ATC_INV empties.
 */
#ifndef CMDQV_DMA_H
#define CMDQV_DMA_H

#include <cmdqv/model/smmu.h>
#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A device; see the head of this page. */
struct cmdqv_dma;

/** What a device is. */
struct cmdqv_dma_config {
	size_t size;	     /**< sizeof(struct cmdqv_dma_config) */
	uint32_t sid;	     /**< its StreamID, physical */
	uint32_t ssid;	     /**< counts with `ssv` */
	bool ssv;	     /**< its accesses have a SubstreamID */
	bool ats;	     /**< it has an ATC, and uses it */
	bool privileged;     /**< its accesses are privileged */
	uint8_t reserved[5]; /**< 0 */
};

/** What a job does. */
enum cmdqv_dma_operation {
	CMDQV_DMA_COPY,	    /**< source to destination, first byte first; they should not overlap */
	CMDQV_DMA_FILL,	    /**< destination with `pattern` */
	CMDQV_DMA_CHECKSUM, /**< of source */
};

/** What a device is to do. */
struct cmdqv_dma_job {
	size_t size;			    /**< sizeof(struct cmdqv_dma_job) */
	enum cmdqv_dma_operation operation; /**< says which of the others count */
	uint32_t reserved;		    /**< 0 */
	uint64_t source;		    /**< IOVA */
	uint64_t destination;		    /**< IOVA */
	uint64_t bytes;			    /**< at source and destination */
	uint64_t pattern;		    /**< its 8 bytes, lowest first, over and over */
};

/** How far the last job is. */
enum cmdqv_dma_status {
	CMDQV_DMA_IDLE,	   /**< nothing was started yet */
	CMDQV_DMA_RUNNING, /**< it has bytes left */
	CMDQV_DMA_DONE,	   /**< all bytes are done */
	CMDQV_DMA_FAULTED, /**< an access was aborted; `fault_address` says which */
	CMDQV_DMA_STOPPED, /**< by cmdqv_dma_stop() */
};

/**
 * Creates an idle device. Free it with cmdqv_dma_destroy(), before the SMMU.
 *
 * @retval 0 success
 * @retval -EINVAL `size` is smaller than that of the first version
 * @retval -E2BIG members that this library does not know are not 0
 * @retval -ENOMEM no memory
 */
CMDQV_API int cmdqv_dma_create(struct cmdqv_dma **out, struct cmdqv_smmu *smmu,
			       const struct cmdqv_dma_config *config, struct cmdqv_error *error);

/** Frees it. The SMMU keeps the entries of its ATC until a command drops them. NULL is allowed. */
CMDQV_API void cmdqv_dma_destroy(struct cmdqv_dma *dma);

/**
 * Starts a job; it does nothing before the first step.
 *
 * @retval 0 success
 * @retval -EINVAL no such operation, or a range that wraps
 * @retval -E2BIG members that this library does not know are not 0
 * @retval -EBUSY a job is running
 */
CMDQV_API int cmdqv_dma_start(struct cmdqv_dma *dma, const struct cmdqv_dma_job *job);

/**
 * Goes on with the job for at most `budget_bytes`.
 *
 * @return the bytes that were done; 0: there is nothing to do, or a fault stopped the job
 */
CMDQV_API uint64_t cmdqv_dma_step(struct cmdqv_dma *dma, uint64_t budget_bytes);

/** Ends the job at the byte that it reached. */
CMDQV_API void cmdqv_dma_stop(struct cmdqv_dma *dma);

/** The state of a device. The caller sets `size`, as in cmdqv_get_state(). */
struct cmdqv_dma_state {
	size_t size;		      /**< sizeof(struct cmdqv_dma_state) */
	uint32_t version;	      /**< 1 */
	enum cmdqv_dma_status status; /**< of the last job */
	uint64_t done_bytes;	      /**< of the last job */
	uint64_t checksum;	      /**< of what CHECKSUM read, FNV-1a of 64 bits, byte by byte */
	uint64_t fault_address;	      /**< IOVA of the access that was aborted, */
	bool fault_write;	      /**< and its kind */
	uint8_t reserved[7];	      /**< 0 */
	uint64_t jobs;		      /**< started */
	uint64_t jobs_done;	      /**< all their bytes */
	uint64_t faults;	      /**< accesses that were aborted */
	uint64_t bytes_read;	      /**< of all jobs */
	uint64_t bytes_written;	      /**< of all jobs */
	uint64_t translations;	      /**< that it asked the SMMU for */
};

/**
 * Fills in the state of a device.
 *
 * @retval 0 success
 * @retval -EINVAL `size` is smaller than the struct of the first version
 */
CMDQV_API int cmdqv_dma_get_state(const struct cmdqv_dma *dma, struct cmdqv_dma_state *state);

#ifdef __cplusplus
}
#endif

#endif
