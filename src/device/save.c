/* SPDX-License-Identifier: BSD-2-Clause */
/* Saving [DEV-29]: one walk over the list of registers, then what the list does not have. */
#include <cmdqv/saved.h>

#include <string.h>

#include "lvcmdq.h"
#include "queue.h"
#include "saved.h"

struct writer {
	uint8_t *from;
	uint8_t *at;
	struct lvcmdq frozen; /* page 0 of the queue that the walk is at */
};

static void save_word(struct writer *w, uint32_t id, uint32_t value)
{
	saved_put(w->at, id, 4);
	saved_put(w->at + 4, 0, 2);
	saved_put(w->at + 6, 4, 2);
	saved_put(w->at + SAVED_FIELD_BYTES, value, 4);
	w->at += SAVED_FIELD_BYTES + 4;
}

/*
 * CONS and GERROR must tell of the same moment: a queue that was not drained in time may stop at
 * an error between two loads, and does not move after that.
 */
static void save_freeze(struct cmdqv *dev, uint32_t index, struct lvcmdq *frozen)
{
	*frozen = dev->lvcmdqs[index];
	if (!lvcmdq_bound(dev, index))
		return;
	queue_drain(dev, index);
	frozen->gerrorn = lvcmdq_live(dev, index, REG_VCMDQ_GERRORN);
	frozen->gerror = lvcmdq_live(dev, index, REG_VCMDQ_GERROR);
	frozen->cons = lvcmdq_live(dev, index, REG_VCMDQ_CONS);
	if (lvcmdq_live(dev, index, REG_VCMDQ_GERROR) != frozen->gerror) {
		frozen->gerror = lvcmdq_live(dev, index, REG_VCMDQ_GERROR);
		frozen->cons = lvcmdq_live(dev, index, REG_VCMDQ_CONS);
	}
	frozen->prod = lvcmdq_live(dev, index, REG_VCMDQ_PROD);
	frozen->config = lvcmdq_live(dev, index, REG_VCMDQ_CONFIG);
}

static void save_registers(struct cmdqv *dev, struct writer *w)
{
	uint64_t offset = 0;
	struct reg_ref ref;

	while (saved_next_register(dev, &offset, &ref)) {
		if (ref.id == REG_VCMDQ_CONS)
			save_freeze(dev, ref.queue, &w->frozen);
		save_word(w, (uint32_t)reg_offset(&ref),
			  ref.page == CMDQV_AT_DIRECT0 ? *lvcmdq_cell(&w->frozen, &ref)
						       : *device_cell_at(dev, &ref));
	}
}

static void save_staged(const struct cmdqv *dev, struct writer *w)
{
	for (uint32_t i = 0; i < 2 * num_lvcmdqs(dev); i++)
		if (dev->lvcmdqs[i / 2].is_staged[i % 2])
			save_word(w, SAVED_STAGED + i, dev->lvcmdqs[i / 2].staged[i % 2]);
}

static void save_lives(const struct cmdqv *dev, struct writer *w)
{
	for (uint32_t q = 0; q < num_lvcmdqs(dev); q++)
		save_word(w, SAVED_LIFE + q, (uint32_t)dev->lvcmdqs[q].life);
	for (uint32_t q = 0; q < num_lvcmdqs(dev); q++)
		save_word(w, SAVED_BIND_ERROR + q, (uint32_t)-dev->lvcmdqs[q].bind_error);
}

static void save_header(const struct cmdqv *dev, uint8_t *to, uint32_t length)
{
	memcpy(to + SAVED_AT_MAGIC, saved_magic, sizeof(saved_magic));
	saved_put(to + SAVED_AT_VERSION, SAVED_VERSION, 4);
	saved_put(to + SAVED_AT_LENGTH, length, 4);
	saved_put(to + SAVED_AT_PARAM, reg_param(&dev->geometry), 4);
	saved_put(to + SAVED_AT_CMDQS, dev->cmdqs, 4);
	saved_put(to + SAVED_AT_ERRATA, dev->errata | dev->told_errata, 4);
	saved_put(to + SAVED_AT_RESERVED, 0, 4);
}

size_t cmdqv_save_bytes(const struct cmdqv *dev)
{
	size_t fields = 4U * num_lvcmdqs(dev); /* two halves, life, bind error */
	uint64_t offset = 0;
	struct reg_ref ref;

	while (saved_next_register(dev, &offset, &ref))
		fields++;
	return SAVED_HEADER_BYTES + fields * (SAVED_FIELD_BYTES + 4) + SAVED_SUM_BYTES;
}

int cmdqv_save(struct cmdqv *dev, void *to, size_t *bytes, struct cmdqv_error *error)
{
	struct writer w = {.from = to, .at = (uint8_t *)to + SAVED_HEADER_BYTES};

	if (dev->inside)
		return cmdqv_error_set(error, -EBUSY, "from-a-callback",
				       "the device cannot be saved from one of its callbacks");
	if (*bytes < cmdqv_save_bytes(dev))
		return cmdqv_error_set(
			error, -ENOSPC, "no-room",
			"the saved state takes up to %zu bytes; there is room for %zu",
			cmdqv_save_bytes(dev), *bytes);
	dev->inside = true;
	save_registers(dev, &w);
	save_staged(dev, &w);
	save_lives(dev, &w);
	*bytes = (size_t)(w.at - w.from) + SAVED_SUM_BYTES;
	save_header(dev, w.from, (uint32_t)*bytes);
	saved_put(w.at, saved_sum(w.from, (size_t)(w.at - w.from)), 4);
	dev->inside = false;
	return 0;
}
