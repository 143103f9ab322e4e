/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model as a whole: its making and its reset.
 *
 * How it hangs together. Registers arrive in access.c and end in config.c, vintf.c and
 * vcmdq.c, one file per block. A queue is one register set whatever aperture it is
 * reached by, and its six page-0 words lie in the VINTF's shared page while it is mapped
 * there. engine.c visits queues, and asks hw_vcmdq_look() what the words say each time.
 *
 * Not modelled: time. Every acknowledgement, command and interrupt happens at once, and
 * none of the limits of batching in CONFIG has an effect.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/sized.h"
#include "config.h"
#include "engine.h"
#include "guard.h"
#include "page.h"
#include "vcmdq.h"
#include "vintf.h"

static int check_geometry(const struct cmdqv_model_config *config, struct cmdqv_error *error)
{
	if (config->log2_vintfs > CMDQV_MAX_LOG2_VINTFS)
		return cmdqv_error_set(error, -EINVAL, "bad-geometry",
				       "log2_vintfs is %u: at most %u, which is %u VINTFs",
				       config->log2_vintfs, CMDQV_MAX_LOG2_VINTFS,
				       CMDQV_MAX_VINTFS);
	if (config->log2_vcmdqs > CMDQV_MAX_LOG2_VCMDQS ||
	    config->log2_vcmdqs < config->log2_vintfs)
		return cmdqv_error_set(
			error, -EINVAL, "bad-geometry",
			"log2_vcmdqs is %u: from log2_vintfs (%u) to %u, so that every "
			"VINTF has a queue and there are at most %u",
			config->log2_vcmdqs, config->log2_vintfs, CMDQV_MAX_LOG2_VCMDQS,
			CMDQV_MAX_VCMDQS);
	if (config->log2_sids > CMDQV_MAX_LOG2_SIDS)
		return cmdqv_error_set(error, -EINVAL, "bad-geometry",
				       "log2_sids is %u: at most %u, which is %u SID slots",
				       config->log2_sids, CMDQV_MAX_LOG2_SIDS, CMDQV_MAX_SIDS);
	return 0;
}

static int check_ops(const struct cmdqv_model_ops *ops, struct cmdqv_error *error)
{
	const char *missing = !ops->read	? "read"
			      : !ops->execute	? "execute"
			      : !ops->interrupt ? "interrupt"
			      : !ops->kick	? "kick"
						: NULL;

	if (!missing)
		return 0;
	return cmdqv_error_set(error, -EINVAL, "missing-operation",
			       "struct cmdqv_model_ops has no %s: only trace and what follows it "
			       "are optional",
			       missing);
}

/* Everything stops and takes its reset value; what was counted and ordered stays. */
static void reset_all(struct cmdqv_model *m)
{
	for (uint32_t v = 0; v < reg_num_vintfs(&m->geometry); v++)
		hw_vintf_reset(m, v);
	for (uint32_t q = 0; q < reg_num_vcmdqs(&m->geometry); q++)
		hw_vcmdq_reset(&m->queues[q]);
	hw_config_reset(m);
	engine_reset(m);
}

int cmdqv_model_create(struct cmdqv_model **out, const struct cmdqv_model_config *config,
		       const struct cmdqv_model_ops *ops, void *user, struct cmdqv_error *error)
{
	struct cmdqv_model_config known;
	struct cmdqv_model_ops known_ops;
	struct cmdqv_model *m;
	int err;

	err = sized_in(&known, SIZED_STRUCT(cmdqv_model_config), config, error);
	if (err == 0)
		err = check_geometry(&known, error);
	if (err == 0)
		err = sized_in(&known_ops, SIZED_TABLE(cmdqv_model_ops), ops, error);
	if (err == 0)
		err = check_ops(&known_ops, error);
	if (err != 0)
		return err;

	m = aligned_alloc(_Alignof(struct cmdqv_model), sizeof(*m));
	if (!m)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "no memory for the model");
	memset(m, 0, sizeof(*m));
	m->watch = &m->watched;
	m->geometry = (struct cmdqv_geometry){
		.log2_vcmdqs = known.log2_vcmdqs,
		.log2_vintfs = known.log2_vintfs,
		.log2_sids = known.log2_sids,
	};
	m->ops = known_ops;
	m->user = user;
	err = pages_create(m);
	if (err != 0) {
		free(m);
		return cmdqv_error_set(
			error, err, "no-pages",
			"the shared pages of %u VINTFs could not be made (%s): each takes a "
			"descriptor (ulimit -n) and 64 KiB",
			1U << known.log2_vintfs, error_name(err).text);
	}
	for (uint32_t q = 0; q < reg_num_vcmdqs(&m->geometry); q++)
		hw_vcmdq_init(&m->queues[q], q);
	reset_all(m);
	*out = m;
	return 0;
}

void cmdqv_model_destroy(struct cmdqv_model *m)
{
	/* From a callback it would free what the call under way still needs. */
	if (!m || m->busy)
		return;
	pages_destroy(m);
	free(m);
}

uint64_t cmdqv_model_window_bytes(const struct cmdqv_model *m)
{
	return reg_window_bytes(&m->geometry);
}

int cmdqv_model_reset(struct cmdqv_model *m)
{
	int err = model_enter(m);

	if (err)
		return err;
	model_trace(m, &(struct cmdqv_trace_event){.kind = CMDQV_TRACE_RESET});
	reset_all(m);
	model_leave(m);
	return 0;
}

int cmdqv_model_smmu_sync(struct cmdqv_model *m)
{
	bool timed_out;
	int err = model_enter(m);

	if (err)
		return err;
	timed_out = engine_collect_time_outs(m);
	model_leave(m);
	return timed_out ? -ETIMEDOUT : 0;
}
