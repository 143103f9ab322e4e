/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device as a whole: create and destroy, reset, and the way of an access.
 *
 * cmdqv_access() decodes an access and calls the register's handler [config.c, vintf.c,
 * vcmdq.c, base.c]. A handler changes state, unbinds at once what must go [queue.c], and
 * marks the device unsettled. At the one exit of the access device_settle() binds what became
 * ready [queue.c], maps page 0 or leaves it withdrawn [page0.c], and raises the interrupt
 * [event.c]. No file calls one further up.
 */
#include <stdlib.h>

#include "base.h"
#include "base/error.h"
#include "base/sized.h"
#include "config.h"
#include "event.h"
#include "lvcmdq.h"
#include "page0.h"
#include "queue.h"
#include "reset.h"
#include "vcmdq.h"
#include "vintf.h"

/* ---- registers ---- */

static uint32_t zero_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which)
{
	(void)dev;
	(void)word;
	(void)which;
	return 0;
}

/*
 * What a register does beside being stored; NULL: nothing. Values come masked; registers without a
 * mask are never written.
 */
static const struct {
	uint32_t (*read)(struct cmdqv *dev, const struct reg_word *word, uint32_t which);
	void (*write)(struct cmdqv *dev, const struct reg_word *word, uint32_t which,
		      uint32_t value);
} handlers[] = {
	[REG_CONFIG] = {NULL, config_write},
	[REG_PARAM] = {config_param_read, NULL},
	[REG_STATUS] = {config_status_read, NULL},
	[REG_VI_ERR_MAP] = {config_vi_err_map_read, NULL},
	[REG_VI_INT_MASK] = {NULL, config_int_mask_write},
	[REG_CMDQ_ERR_MAP] = {config_queue_err_map_read, NULL},
	[REG_CMDQ_ALLOC] = {NULL, config_alloc_write},
	[REG_VINTF_CONFIG] = {NULL, vintf_config_write},
	[REG_VINTF_STATUS] = {vintf_status_read, NULL},
	[REG_GLB_FILT_CFG] = {zero_read, NULL},
	[REG_GLB_FILT_DATA] = {zero_read, NULL},
	[REG_SID_MATCH] = {NULL, NULL},
	[REG_SID_REPLACE] = {NULL, NULL},
	[REG_LVCMDQ_ERR_MAP] = {config_queue_err_map_read, NULL},
	[REG_VCMDQ_CONS] = {vcmdq_page0_read, vcmdq_page0_write},
	[REG_VCMDQ_PROD] = {vcmdq_page0_read, vcmdq_page0_write},
	[REG_VCMDQ_CONFIG] = {vcmdq_page0_read, vcmdq_page0_write},
	[REG_VCMDQ_STATUS] = {vcmdq_page0_read, NULL},
	[REG_VCMDQ_GERROR] = {vcmdq_page0_read, NULL},
	[REG_VCMDQ_GERRORN] = {vcmdq_page0_read, vcmdq_page0_write},
	[REG_VCMDQ_BASE] = {NULL, base_write_half},
	[REG_VCMDQ_CONS_INDX_BASE] = {NULL, NULL},
};

_Static_assert(sizeof(handlers) / sizeof(handlers[0]) == REG_COUNT, "every register has a handler");

/* ---- one access ---- */

/*
 * [DEV-14] The VINTF aperture shows nothing of an LVCMDQ without an allocation; the direct
 * aperture does.
 */
static inline bool device_is_hidden(const struct cmdqv *dev, uint64_t offset, uint32_t queue)
{
	return offset >= CMDQV_VINTF_PAGE0 && !config_allocates(dev, queue);
}

/* Counts an access to what is no register; one of a queue or VINTF that is absent is no mistake. */
__attribute__((cold)) static void device_note_hole(struct cmdqv *dev, uint64_t offset)
{
	struct reg_ref ref;

	reg_decode(&dev->geometry, offset, &ref);
	if (ref.match == REG_HOLE)
		device_guest_error(dev, CMDQV_COUNTER_GUEST_HOLE, "there is no register at 0x%llx",
				   (unsigned long long)offset);
}

/* Decodes a word; NULL, and counted, if there is nothing to reach [DEV-2] [DEV-4]. */
static inline const struct reg_word *device_reach(struct cmdqv *dev, uint64_t offset,
						  uint32_t *which)
{
	const struct reg_word *word = reg_decode_guest(&dev->window, offset, which);

	if (!word)
		device_note_hole(dev, offset);
	else if (device_is_hidden(dev, offset, *which))
		return NULL;
	return word;
}

/* [DEV-11] What waits for the next write that can start a queue is committed first. */
__attribute__((cold)) static void device_flush_before(struct cmdqv *dev, uint64_t offset)
{
	uint32_t which;
	const struct reg_word *word = reg_decode_guest(&dev->window, offset, &which);

	if (word && !device_is_hidden(dev, offset, which))
		base_flush_before(dev, reg_word_id(word), which);
}

static inline void device_write_word(struct cmdqv *dev, uint64_t offset, uint32_t value)
{
	uint32_t which;
	const struct reg_word *word;
	enum reg_id id;

	if (dev->any_staged)
		device_flush_before(dev, offset);
	word = device_reach(dev, offset, &which);
	if (!word || !word->guest_mask)
		return;
	id = reg_word_id(word);
	value &= word->guest_mask;
	if (handlers[id].write)
		handlers[id].write(dev, word, which, value);
	else
		*device_cell(dev, id, which, word->high) = value;
}

static inline uint32_t device_read_word(struct cmdqv *dev, uint64_t offset)
{
	uint32_t which;
	const struct reg_word *word = device_reach(dev, offset, &which);
	enum reg_id id;

	if (!word)
		return 0;
	id = reg_word_id(word);
	return handlers[id].read ? handlers[id].read(dev, word, which)
				 : *device_cell(dev, id, which, word->high);
}

__attribute__((cold)) static void device_write_words(struct cmdqv *dev, uint64_t offset,
						     uint64_t value)
{
	for (uint32_t at = 0; at < sizeof(value); at += WORD)
		device_write_word(dev, offset + at, (uint32_t)(value >> at * 8));
}

/*
 * The words of an access are each judged by itself, the low one first; BASE is one [DEV-3]. This
 * and the next function are apart because an access of one word, the usual one, then needs less
 * of the stack.
 */
__attribute__((noinline)) static void device_write_whole(struct cmdqv *dev, uint64_t offset,
							 uint64_t value)
{
	uint32_t which;
	const struct reg_word *word = reg_decode_guest(&dev->window, offset, &which);

	if (!word || reg_word_id(word) != REG_VCMDQ_BASE)
		device_write_words(dev, offset, value);
	else if (!device_is_hidden(dev, offset, which))
		base_write_whole(dev, which, value & reg_infos[REG_VCMDQ_BASE].guest_mask);
}

__attribute__((noinline)) static uint64_t device_read_words(struct cmdqv *dev, uint64_t offset)
{
	uint64_t value = 0;

	for (uint32_t at = 0; at < sizeof(value); at += WORD)
		value |= (uint64_t)device_read_word(dev, offset + at) << at * 8;
	return value;
}

/* [DEV-4] Says what is wrong with an access. */
__attribute__((cold)) static void device_refuse(struct cmdqv *dev, const struct cmdqv_mmio *access)
{
	unsigned long long at = access->offset;

	if (at >= CMDQV_GUEST_BYTES)
		device_guest_error(dev, CMDQV_COUNTER_GUEST_OUTSIDE,
				   "an access at 0x%llx; the window ends at 0x%x", at,
				   CMDQV_GUEST_BYTES);
	else if (access->size != 4 && access->size != 8)
		device_guest_error(dev, CMDQV_COUNTER_GUEST_BAD_SIZE,
				   "an access of %u bytes at 0x%llx; 4 or 8 are possible",
				   access->size, at);
	else
		device_guest_error(
			dev, CMDQV_COUNTER_GUEST_UNALIGNED,
			"an access of %u bytes at 0x%llx, which is not aligned to its size",
			access->size, at);
}

/* [DEV-4] Counts what the access is, and says whether it may go on. */
static inline bool device_admit(struct cmdqv *dev, const struct cmdqv_mmio *access)
{
	uint64_t at = access->offset;

	if (at < CMDQV_GUEST_BYTES) {
		dev->counters[(unsigned int)CMDQV_COUNTER_TRAPS + at / CMDQV_PAGE_BYTES]++;
		if ((access->size == 4 || access->size == 8) && !(at & (access->size - 1U)))
			return true;
	}
	device_refuse(dev, access);
	return false;
}

/* The one place where what follows from a change is done: binds, the page, the interrupt. */
static inline void device_settle(struct cmdqv *dev)
{
	if (dev->unsettled) {
		dev->unsettled = false;
		queue_settle(dev);
		page0_settle(dev);
	}
	if (dev->raise)
		event_settle(dev);
}

__attribute__((cold)) static void device_trace_access(struct cmdqv *dev,
						      const struct cmdqv_mmio *access)
{
	const struct cmdqv_trace_event event = {
		.kind = access->write ? CMDQV_TRACE_WRITE : CMDQV_TRACE_READ,
		.offset = access->offset,
		.value = {access->size == 8 ? access->value : (uint32_t)access->value},
		.size = access->size,
	};
	dev->links.vmm.trace(dev->links.vmm_impl, &event);
}

static inline void device_write_access(struct cmdqv *dev, const struct cmdqv_mmio *access)
{
	if (dev->links.vmm.trace)
		device_trace_access(dev, access);
	if (!device_admit(dev, access))
		return;
	if (access->size == WORD)
		device_write_word(dev, access->offset, (uint32_t)access->value);
	else
		device_write_whole(dev, access->offset, access->value);
	device_settle(dev);
}

static inline void device_read_access(struct cmdqv *dev, struct cmdqv_mmio *access)
{
	if (device_admit(dev, access))
		access->value = access->size == WORD ? device_read_word(dev, access->offset)
						     : device_read_words(dev, access->offset);
	if (dev->links.vmm.trace)
		device_trace_access(dev, access);
}

int cmdqv_access(struct cmdqv *dev, struct cmdqv_mmio *access)
{
	if (!access->write)
		access->value = 0;
	if (dev->inside)
		return -EBUSY;
	dev->inside = true;
	if (access->write)
		device_write_access(dev, access);
	else
		device_read_access(dev, access);
	dev->inside = false;
	return 0;
}

/* ---- reset ---- */

int cmdqv_reset(struct cmdqv *dev)
{
	const struct cmdqv_trace_event event = {.kind = CMDQV_TRACE_RESET};

	if (dev->inside)
		return -EBUSY;
	dev->inside = true;
	if (dev->links.vmm.trace)
		dev->links.vmm.trace(dev->links.vmm_impl, &event);
	device_reset(dev);
	dev->counters[CMDQV_COUNTER_RESETS]++;
	dev->inside = false;
	return 0;
}

/* ---- create and destroy ---- */

/* A member that the caller left out. `trace` is the one that may be missing. */
static int check_vmm(const struct cmdqv_vmm_ops *ops, struct cmdqv_error *error)
{
	const char *missing = !ops->page0_map	   ? "page0_map"
			      : !ops->page0_unmap  ? "page0_unmap"
			      : !ops->interrupt	   ? "interrupt"
			      : !ops->is_guest_ram ? "is_guest_ram"
			      : !ops->log	   ? "log"
						   : NULL;

	if (!missing)
		return 0;
	return cmdqv_error_set(error, -EINVAL, "missing-operation", "struct cmdqv_vmm_ops lacks %s",
			       missing);
}

static int check_backend(const struct cmdqv_backend_ops *ops, struct cmdqv_error *error)
{
	const char *missing = !ops->geometry		    ? "geometry"
			      : !ops->queue_bind	    ? "queue_bind"
			      : !ops->queue_unbind	    ? "queue_unbind"
			      : !ops->queue_read	    ? "queue_read"
			      : !ops->queue_write	    ? "queue_write"
			      : !ops->page0_view	    ? "page0_view"
			      : !ops->event_fd		    ? "event_fd"
			      : !ops->event_read	    ? "event_read"
			      : !ops->broken		    ? "broken"
			      : !ops->claim && ops->release ? "claim"
			      : ops->claim && !ops->release ? "release"
							    : NULL;

	if (!missing)
		return 0;
	return cmdqv_error_set(error, -EINVAL, "missing-operation",
			       "struct cmdqv_backend_ops lacks %s", missing);
}

static bool is_power_of_two(uint32_t value, uint32_t most)
{
	return value != 0 && value <= most && (value & (value - 1)) == 0;
}

static uint8_t log2_of(uint32_t power)
{
	uint8_t log2 = 0;

	while (power >> (log2 + 1))
		log2++;
	return log2;
}

static int links_set_backend(struct links *links, const struct cmdqv_backend *backend,
			     struct cmdqv_error *error)
{
	int err;

	if (!backend)
		return cmdqv_error_set(error, -EINVAL, "missing-struct",
				       "struct cmdqv_backend is NULL");
	err = sized_in(&links->backend, SIZED_TABLE(cmdqv_backend_ops), backend->ops, error);
	if (err)
		return err;
	links->backend_impl = backend->impl;
	return check_backend(&links->backend, error);
}

static int links_set_vmm(struct links *links, const struct cmdqv_vmm_ops *ops, void *vmm,
			 struct cmdqv_error *error)
{
	int err = sized_in(&links->vmm, SIZED_TABLE(cmdqv_vmm_ops), ops, error);

	if (err)
		return err;
	links->vmm_impl = vmm;
	return check_vmm(&links->vmm, error);
}

static int links_set_page0(struct links *links, struct cmdqv_error *error)
{
	int err = device_host_error(links->backend.page0_view(links->backend_impl, &links->page0));

	if (err)
		return cmdqv_error_set(error, err, "backend-page0",
				       "the backend shows no page 0: %s", error_name(err).text);
	if (!links->page0.host || links->page0.length != CMDQV_PAGE_BYTES)
		return cmdqv_error_set(error, -EINVAL, "backend-page0",
				       "the backend's page 0 is %llu bytes at %p, not 64 KiB",
				       (unsigned long long)links->page0.length, links->page0.host);
	return 0;
}

static int read_geometry(const struct links *links, struct cmdqv_backend_geometry *geometry,
			 struct cmdqv_error *error)
{
	int err = device_host_error(links->backend.geometry(links->backend_impl, geometry));

	if (err)
		return cmdqv_error_set(error, err, "backend-geometry",
				       "the backend does not tell its geometry: %s",
				       error_name(err).text);
	if (!is_power_of_two(geometry->num_lvcmdqs, CMDQV_MAX_VCMDQS) ||
	    !is_power_of_two(geometry->num_sids, CMDQV_MAX_SIDS) || geometry->version != 1)
		return cmdqv_error_set(
			error, -EINVAL, "backend-geometry",
			"the backend has %u LVCMDQs, %u SID slots and version %u: powers of "
			"two up to 128 and 16, and version 1, are known",
			geometry->num_lvcmdqs, geometry->num_sids, geometry->version);
	return 0;
}

/* [DEV-2] What the guest will see: the configuration, within what the backend offers. */
static int choose_geometry(struct cmdqv_geometry *to, const struct cmdqv_config *config,
			   const struct cmdqv_backend_geometry *offered, struct cmdqv_error *error)
{
	uint32_t lvcmdqs = config->num_lvcmdqs ? config->num_lvcmdqs : offered->num_lvcmdqs;
	uint32_t sids = config->num_sids ? config->num_sids : CMDQV_MAX_SIDS;

	if (!is_power_of_two(lvcmdqs, offered->num_lvcmdqs))
		return cmdqv_error_set(
			error, -EINVAL, "bad-queues",
			"num_lvcmdqs is %u: a power of two up to the backend's %u is "
			"possible, or 0 for that",
			lvcmdqs, offered->num_lvcmdqs);
	if (!is_power_of_two(sids, CMDQV_MAX_SIDS))
		return cmdqv_error_set(
			error, -EINVAL, "bad-sids",
			"num_sids is %u: a power of two up to 16 is possible, or 0 for 16", sids);
	if (config->cmdqs < 1 || config->cmdqs > CMDQV_MAX_LOG2SIZE)
		return cmdqv_error_set(
			error, -EINVAL, "bad-cmdqs",
			"cmdqs is %u: give the IDR1.CMDQS that the guest's SMMU shows, 1 to 19",
			config->cmdqs);
	*to = (struct cmdqv_geometry){
		.log2_vcmdqs = log2_of(lvcmdqs), .log2_sids = log2_of(sids), .guest_view = true};
	return 0;
}

static int links_claim(const struct links *links, struct cmdqv_error *error)
{
	int err = links->backend.claim
			  ? device_host_error(links->backend.claim(links->backend_impl))
			  : 0;

	if (!err)
		return 0;
	if (err != -EBUSY)
		return cmdqv_error_set(error, err, "backend-in-use",
				       "the backend takes no device: %s", error_name(err).text);
	return cmdqv_error_set(error, err, "backend-in-use",
			       "the backend has a device already (%s): destroy that one first, or "
			       "open another vIOMMU",
			       error_name(err).text);
}

int cmdqv_create(struct cmdqv **out, const struct cmdqv_config *config,
		 const struct cmdqv_backend *backend, const struct cmdqv_vmm_ops *ops, void *vmm,
		 struct cmdqv_error *error)
{
	struct cmdqv_backend_geometry offered = {0};
	struct cmdqv_geometry geometry;
	struct cmdqv_config known;
	struct links links = {0};
	struct cmdqv *dev;
	int err;

	if (!out)
		return cmdqv_error_set(error, -EINVAL, "missing-out", "out is NULL");
	*out = NULL;
	err = sized_in(&known, SIZED_STRUCT(cmdqv_config), config, error);
	if (!err)
		err = links_set_backend(&links, backend, error);
	if (!err)
		err = links_set_vmm(&links, ops, vmm, error);
	if (!err)
		err = read_geometry(&links, &offered, error);
	if (!err)
		err = choose_geometry(&geometry, &known, &offered, error);
	if (!err)
		err = links_set_page0(&links, error);
	if (err)
		return err;

	dev = calloc(1, sizeof(*dev) + reg_num_vcmdqs(&geometry) * sizeof(dev->lvcmdqs[0]));
	if (!dev)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "no memory for the device");
	/* The last call that can fail: so cmdqv_create() never has to release the backend. */
	err = links_claim(&links, error);
	if (err) {
		free(dev);
		return err;
	}
	dev->links = links;
	dev->geometry = geometry;
	reg_guest_window(&dev->window, &geometry);
	dev->cmdqs = known.cmdqs;
	dev->errata = offered.errata;
	dev->guest_is_coherent = known.guest_is_coherent;
	device_reset_registers(dev);
	*out = dev;
	return 0;
}

void cmdqv_destroy(struct cmdqv *dev)
{
	if (!dev || dev->inside)
		return;
	dev->inside = true;
	page0_withdraw(dev);
	queue_unbind_all(dev);
	if (dev->links.backend.release)
		dev->links.backend.release(dev->links.backend_impl);
	free(dev);
}
