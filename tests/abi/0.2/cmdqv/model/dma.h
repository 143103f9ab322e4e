/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_DMA_H
#define CMDQV_DMA_H
#include <cmdqv/model/smmu.h>
#include <cmdqv/types.h>
#ifdef __cplusplus
extern "C" {
#endif
struct cmdqv_dma;
struct cmdqv_dma_config {
	size_t size;
	uint32_t sid;
	uint32_t ssid;
	bool ssv;
	bool ats;
	bool privileged;
	uint8_t reserved[5];
};
enum cmdqv_dma_operation {
	CMDQV_DMA_COPY,
	CMDQV_DMA_FILL,
	CMDQV_DMA_CHECKSUM,
};
struct cmdqv_dma_job {
	size_t size;
	enum cmdqv_dma_operation operation;
	uint32_t reserved;
	uint64_t source;
	uint64_t destination;
	uint64_t bytes;
	uint64_t pattern;
};
enum cmdqv_dma_status {
	CMDQV_DMA_IDLE,
	CMDQV_DMA_RUNNING,
	CMDQV_DMA_DONE,
	CMDQV_DMA_FAULTED,
	CMDQV_DMA_STOPPED,
};
CMDQV_API int cmdqv_dma_create(struct cmdqv_dma **out, struct cmdqv_smmu *smmu,
			       const struct cmdqv_dma_config *config, struct cmdqv_error *error);
CMDQV_API void cmdqv_dma_destroy(struct cmdqv_dma *dma);
CMDQV_API int cmdqv_dma_start(struct cmdqv_dma *dma, const struct cmdqv_dma_job *job);
CMDQV_API uint64_t cmdqv_dma_step(struct cmdqv_dma *dma, uint64_t budget_bytes);
CMDQV_API void cmdqv_dma_stop(struct cmdqv_dma *dma);
struct cmdqv_dma_state {
	size_t size;
	uint32_t version;
	enum cmdqv_dma_status status;
	uint64_t done_bytes;
	uint64_t checksum;
	uint64_t fault_address;
	bool fault_write;
	uint8_t reserved[7];
	uint64_t jobs;
	uint64_t jobs_done;
	uint64_t faults;
	uint64_t bytes_read;
	uint64_t bytes_written;
	uint64_t translations;
};
CMDQV_API int cmdqv_dma_get_state(const struct cmdqv_dma *dma, struct cmdqv_dma_state *state);
#ifdef __cplusplus
}
#endif
#endif
