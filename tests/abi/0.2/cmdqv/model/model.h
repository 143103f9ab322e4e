/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_MODEL_H
#define CMDQV_MODEL_H
#include <cmdqv/model/command.h>
#include <cmdqv/trace.h>
#include <cmdqv/types.h>
#ifdef __cplusplus
extern "C" {
#endif
struct cmdqv_model;
struct cmdqv_model_config {
	size_t size;
	uint8_t log2_vcmdqs;
	uint8_t log2_vintfs;
	uint8_t log2_sids;
	uint8_t reserved[5];
};
struct cmdqv_model_ops {
	size_t size;
	int (*read)(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes);
	int (*execute)(void *user, const struct cmdqv_command *command);
	void (*interrupt)(void *user);
	void (*kick)(void *user);
	void (*trace)(void *user, const struct cmdqv_trace_event *event);
	int (*read_entries)(void *user, uint32_t vintf, uint64_t address, void *buffer,
			    size_t bytes);
	int (*write)(void *user, uint32_t vintf, uint64_t address, uint32_t value);
};
CMDQV_API int cmdqv_model_create(struct cmdqv_model **out, const struct cmdqv_model_config *config,
				 const struct cmdqv_model_ops *ops, void *user,
				 struct cmdqv_error *error);
CMDQV_API void cmdqv_model_destroy(struct cmdqv_model *model);
CMDQV_API uint64_t cmdqv_model_window_bytes(const struct cmdqv_model *model);
CMDQV_API int cmdqv_model_access(struct cmdqv_model *model, struct cmdqv_mmio *access);
CMDQV_API int cmdqv_model_reset(struct cmdqv_model *model);
CMDQV_API int cmdqv_model_run(struct cmdqv_model *model, uint32_t budget);
#define CMDQV_MODEL_LOOKS 1024U
CMDQV_API bool cmdqv_model_pending(const struct cmdqv_model *model);
CMDQV_API int cmdqv_model_smmu_sync(struct cmdqv_model *model);
CMDQV_API int cmdqv_model_exchange_time_out(struct cmdqv_model *model, uint32_t queue,
					    bool timed_out);
CMDQV_API int cmdqv_model_page(const struct cmdqv_model *model, uint32_t vintf,
			       struct cmdqv_page_view *view);
CMDQV_API int cmdqv_model_renew_page(struct cmdqv_model *model, uint32_t vintf);
CMDQV_API int cmdqv_model_refuse(struct cmdqv_model *model, uint32_t queue, uint32_t index,
				 uint8_t code);
enum cmdqv_fault {
	CMDQV_FAULT_REFUSE,
	CMDQV_FAULT_FETCH_ABORT,
	CMDQV_FAULT_ATC_TIME_OUT,
	CMDQV_FAULT_DELAYED_ENABLE,
	CMDQV_FAULT_REFUSED_ENABLE,
	CMDQV_FAULT_LOST_INTERRUPT,
	CMDQV_FAULT_STALLED_ENGINE,
	CMDQV_FAULT_REPEAT,
	CMDQV_FAULTS,
};
#define CMDQV_FAULT_FOR_EVER UINT32_MAX
CMDQV_API int cmdqv_model_inject(struct cmdqv_model *model, uint32_t queue, enum cmdqv_fault kind,
				 uint32_t count);
CMDQV_API uint64_t cmdqv_model_struck(const struct cmdqv_model *model, uint32_t queue,
				      enum cmdqv_fault kind);
struct cmdqv_model_queue_state {
	size_t size;
	uint32_t vintf;
	uint32_t lvcmdq;
	uint32_t cons;
	uint32_t prod;
	uint32_t gerror;
	uint32_t gerrorn;
	uint64_t base;
	uint64_t commands;
	uint64_t errors;
	bool mapped;
	bool enabled;
	bool standing;
	uint8_t reserved[5];
};
CMDQV_API int cmdqv_model_get_queue(const struct cmdqv_model *model, uint32_t queue,
				    struct cmdqv_model_queue_state *state);
struct cmdqv_model_state {
	size_t size;
	uint32_t version;
	uint32_t num_vcmdqs;
	uint32_t num_vintfs;
	uint32_t num_sids;
	uint64_t bad_accesses;
	uint64_t order_violations;
	uint64_t commands;
	uint64_t errors;
	uint64_t interrupts;
	uint64_t reserved;
};
CMDQV_API int cmdqv_model_get_state(const struct cmdqv_model *model,
				    struct cmdqv_model_state *state);
CMDQV_API uint64_t cmdqv_model_accesses(const struct cmdqv_model *model, enum cmdqv_page page);
#ifdef __cplusplus
}
#endif
#endif
