/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restoring [DEV-29]: the stream is read twice. The first time everything is checked and nothing
 * changed; the second time fields are put in their places, and the device settles as at the end
 * of an access. Ascending ids keep a field from coming twice.
 */
#include <cmdqv/saved.h>

#include <string.h>

#include "event.h"
#include "lvcmdq.h"
#include "page0.h"
#include "queue.h"
#include "reset.h"
#include "saved.h"

struct field {
	uint32_t id;
	uint32_t flags;
	uint32_t bytes;
	const uint8_t *payload;
};

/* Where the value of a field goes, and what it may be. */
struct place {
	enum { PLACE_CELL, PLACE_STAGED, PLACE_LIFE, PLACE_BIND_ERROR } kind;
	uint32_t *cell;
	uint32_t mask; /* bits that may be set */
	uint32_t most;
	uint32_t index; /* a queue; PLACE_STAGED: twice the queue and the half */
};

static int restore_damaged(struct cmdqv_error *error, size_t where, const char *what)
{
	return cmdqv_error_set(error, -EBADMSG, "saved-damaged",
			       "the saved state is damaged at byte %zu: %s; save it again", where,
			       what);
}

/* ---- fields ---- */

/* Takes the field at `at`; false if it does not fit before `end`. */
static bool field_take(const uint8_t **at, const uint8_t *end, struct field *field)
{
	if (end - *at < SAVED_FIELD_BYTES)
		return false;
	*field = (struct field){
		.id = saved_get(*at, 4),
		.flags = saved_get(*at + 4, 2),
		.bytes = saved_get(*at + 6, 2),
		.payload = *at + SAVED_FIELD_BYTES,
	};
	if ((size_t)(end - field->payload) < field->bytes)
		return false;
	*at = field->payload + field->bytes;
	return true;
}

static bool place_register(struct cmdqv *dev, uint32_t id, struct place *place)
{
	uint64_t offset = id;
	struct reg_ref ref;

	if (id % 4 != 0 || !saved_next_register(dev, &offset, &ref) || offset != (uint64_t)id + 4)
		return false;
	*place = (struct place){
		.kind = PLACE_CELL,
		.cell = device_cell_at(dev, &ref),
		.mask = ref.page == CMDQV_AT_DIRECT0 ? lvcmdq_defined_bits(ref.id)
						     : reg_writable(&dev->geometry, &ref),
		.most = UINT32_MAX,
	};
	return true;
}

/* Is `id` one of `count` from `first` on? */
static bool place_within(uint32_t id, uint32_t first, uint32_t count, struct place *place)
{
	place->index = id - first;
	return id >= first && place->index < count;
}

static bool field_find(struct cmdqv *dev, const struct field *field, struct place *place)
{
	uint32_t queues = num_lvcmdqs(dev);

	if (place_register(dev, field->id, place))
		return true;
	*place = (struct place){.kind = PLACE_STAGED, .mask = UINT32_MAX, .most = UINT32_MAX};
	if (place_within(field->id, SAVED_STAGED, 2 * queues, place)) {
		place->mask = (uint32_t)(reg_infos[REG_VCMDQ_BASE].guest_mask >>
					 (place->index % 2 ? 32 : 0));
		return true;
	}
	place->kind = PLACE_LIFE;
	place->most = CMDQV_QUEUE_HELD;
	if (place_within(field->id, SAVED_LIFE, queues, place))
		return true;
	place->kind = PLACE_BIND_ERROR;
	place->most = MOST_ERRNO;
	return place_within(field->id, SAVED_BIND_ERROR, queues, place);
}

/* Returns what is wrong with it, or NULL. */
static const char *field_check(struct cmdqv *dev, const struct field *field)
{
	struct place place;
	uint32_t value;

	if (field->flags & ~(uint32_t)SAVED_MAY_SKIP)
		return "a flag that this version does not know";
	if (!field_find(dev, field, &place))
		return field->flags & SAVED_MAY_SKIP ? NULL
						     : "a field that this version does not know";
	if (field->bytes != 4)
		return "a field of a length that it cannot have";
	value = saved_get(field->payload, 4);
	if (value & ~place.mask || value > place.most)
		return "a field with a value that it cannot have";
	return NULL;
}

static void field_apply(struct cmdqv *dev, const struct field *field)
{
	struct place place;
	uint32_t value;

	if (!field_find(dev, field, &place))
		return;
	value = saved_get(field->payload, 4);
	switch (place.kind) {
	case PLACE_CELL:
		*place.cell = value;
		break;
	case PLACE_STAGED:
		dev->lvcmdqs[place.index / 2].staged[place.index % 2] = value;
		dev->lvcmdqs[place.index / 2].is_staged[place.index % 2] = true;
		dev->any_staged = true;
		break;
	case PLACE_LIFE:
		queue_restore(dev, place.index, (enum cmdqv_queue_life)value);
		break;
	case PLACE_BIND_ERROR:
		if (dev->lvcmdqs[place.index].life == CMDQV_QUEUE_FAILED && value)
			dev->lvcmdqs[place.index].bind_error = -(int)value;
		break;
	}
}

/* ---- the stream ---- */

static int stream_check_header(const uint8_t *from, size_t bytes, struct cmdqv_error *error)
{
	if (bytes < SAVED_HEADER_BYTES + SAVED_SUM_BYTES)
		return restore_damaged(error, bytes, "it ends there");
	if (memcmp(from, saved_magic, sizeof(saved_magic)) != 0)
		return restore_damaged(error, 0, "it does not begin as one");
	if (saved_get(from + SAVED_AT_VERSION, 4) != SAVED_VERSION)
		return cmdqv_error_set(error, -EPROTONOSUPPORT, "saved-version",
				       "the saved state has version %u and this library reads %u: "
				       "restore it with a later one",
				       saved_get(from + SAVED_AT_VERSION, 4), SAVED_VERSION);
	if (saved_get(from + SAVED_AT_LENGTH, 4) != bytes)
		return cmdqv_error_set(error, -EBADMSG, "saved-damaged",
				       "the saved state is %u bytes long, and %zu were given: hand "
				       "over what cmdqv_save() wrote",
				       saved_get(from + SAVED_AT_LENGTH, 4), bytes);
	if (saved_sum(from, bytes - SAVED_SUM_BYTES) !=
	    saved_get(from + bytes - SAVED_SUM_BYTES, SAVED_SUM_BYTES))
		return restore_damaged(error, bytes - SAVED_SUM_BYTES, "the checksum is wrong");
	if (saved_get(from + SAVED_AT_RESERVED, 4) != 0)
		return restore_damaged(error, SAVED_AT_RESERVED, "a reserved word is not 0");
	return 0;
}

/* Can the guest go on here without seeing another CMDQV? */
static int stream_check_host(const struct cmdqv *dev, const uint8_t *from,
			     struct cmdqv_error *error)
{
	uint32_t param = saved_get(from + SAVED_AT_PARAM, 4);
	uint32_t cmdqs = saved_get(from + SAVED_AT_CMDQS, 4);
	uint32_t errata = saved_get(from + SAVED_AT_ERRATA, 4);

	if (param != reg_param(&dev->geometry))
		return cmdqv_error_set(
			error, -EOPNOTSUPP, "saved-geometry",
			"the saved device shows PARAM 0x%x and this one 0x%x: create it with "
			"num_lvcmdqs %u and num_sids %u, on a host that has as many",
			param, reg_param(&dev->geometry),
			1U << CMDQV_GET(CMDQV_PARAM_NUM_VCMDQ_LOG2, param),
			1U << CMDQV_GET(CMDQV_PARAM_NUM_SID_PER_VM_LOG2, param));
	if (cmdqs > dev->cmdqs)
		return cmdqv_error_set(error, -EOPNOTSUPP, "saved-cmdqs",
				       "the saved device takes queues of 2^%u entries and this one "
				       "of 2^%u: create it with cmdqs %u, on RAM that allows it",
				       cmdqs, dev->cmdqs, cmdqs);
	if (dev->errata & ~errata)
		return cmdqv_error_set(error, -EOPNOTSUPP, "saved-errata",
				       "this host has an erratum (0x%x) that the guest does not "
				       "know of (0x%x): restore it on a host without",
				       dev->errata, errata);
	return 0;
}

static int stream_check_fields(struct cmdqv *dev, const uint8_t *from, const uint8_t *end,
			       struct cmdqv_error *error)
{
	const uint8_t *at = from + SAVED_HEADER_BYTES;
	struct field field;
	int64_t last = -1;

	while (at < end) {
		size_t where = (size_t)(at - from);
		const char *wrong;

		if (!field_take(&at, end, &field))
			return restore_damaged(error, where, "a field is cut");
		if (field.id <= last)
			return restore_damaged(error, where, "a field out of order, or twice");
		last = field.id;
		wrong = field_check(dev, &field);
		if (wrong)
			return restore_damaged(error, where, wrong);
	}
	return 0;
}

static void stream_apply(struct cmdqv *dev, const uint8_t *from, const uint8_t *end)
{
	const uint8_t *at = from + SAVED_HEADER_BYTES;
	struct field field;

	while (field_take(&at, end, &field))
		field_apply(dev, &field);
}

/* ---- the device ---- */

static bool device_is_reset(struct cmdqv *dev)
{
	uint64_t offset = 0;
	struct reg_ref ref;

	while (saved_next_register(dev, &offset, &ref))
		if (*device_cell_at(dev, &ref) !=
		    (uint32_t)(reg_infos[ref.id].reset >> (ref.high ? 32 : 0)))
			return false;
	for (uint32_t q = 0; q < num_lvcmdqs(dev); q++)
		if (dev->lvcmdqs[q].is_staged[0] || dev->lvcmdqs[q].is_staged[1])
			return false;
	return true;
}

static int device_check(struct cmdqv *dev, struct cmdqv_error *error)
{
	if (backend_broken(dev))
		return cmdqv_error_set(error, -EIO, "backend-broken",
				       "the backend is broken; open another one");
	if (!device_is_reset(dev))
		return cmdqv_error_set(error, -EEXIST, "device-in-use",
				       "the device is not in its reset state; call cmdqv_reset()");
	return 0;
}

/* Binds what was bound, maps the page, pulses. */
static int device_come_up(struct cmdqv *dev, struct cmdqv_error *error)
{
	int err = queue_settle_restored(dev, error);

	if (err) {
		device_reset(dev);
		return err;
	}
	page0_settle(dev);
	event_settle(dev);
	return 0;
}

static int restore_checked(struct cmdqv *dev, const uint8_t *from, size_t bytes,
			   struct cmdqv_error *error)
{
	const uint8_t *end = from + bytes - SAVED_SUM_BYTES;
	int err = device_check(dev, error);

	if (!err)
		err = stream_check_host(dev, from, error);
	if (!err)
		err = stream_check_fields(dev, from, end, error);
	if (err)
		return err;
	stream_apply(dev, from, end);
	err = device_come_up(dev, error);
	if (err)
		return err;
	/* What the guest was told does not change with the host, so it may go back. */
	dev->told_errata = saved_get(from + SAVED_AT_ERRATA, 4);
	return 0;
}

int cmdqv_restore(struct cmdqv *dev, const void *from, size_t bytes, struct cmdqv_error *error)
{
	int err;

	if (dev->inside)
		return cmdqv_error_set(error, -EBUSY, "from-a-callback",
				       "the device cannot be restored from one of its callbacks");
	dev->inside = true;
	err = stream_check_header(from, bytes, error);
	if (!err)
		err = restore_checked(dev, from, bytes, error);
	dev->inside = false;
	return err;
}
