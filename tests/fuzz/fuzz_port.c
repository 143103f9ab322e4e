/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vIOMMU on a port whose every answer the input makes up, with the device on it: what src/viommu/
 * and src/device/ do whatever a host kernel says. Nothing is destroyed twice or not at all, and the
 * kernel sees queues bound in ascending and unbound in descending order [DEV-9].
 */
#include <errno.h>
#include <string.h>

#include "../idle.h"
#include "fuzz.h"

#include <cmdqv/cmdqv.h>
#include <cmdqv/saved.h>

#include "viommu/viommu.h"

enum { MOST_OBJECTS = 256, MOST_DEVICES = 32, PAGE_BYTES = 0x10000 };

struct host {
	struct fuzz_input in;
	bool lives[MOST_OBJECTS]; /* by id */
	uint32_t last_id;
	uint32_t vdevices[MOST_DEVICES]; /* the last of each device */
	bool is_mapped;
	bool sticks; /* an object could not be destroyed */
	_Alignas(PAGE_BYTES) uint32_t page[PAGE_BYTES / 4];
	bool page0; /* mapped into the guest */
};

static int fails(struct host *host)
{
	static const uint8_t errors[] = {EIO,	EINTR,	  EBUSY,   ENOSPC, ENOENT, ENOMEM,
					 EBADF, EMSGSIZE, EBADMSG, EPROTO, ENODEV, EINVAL};
	uint8_t byte = fuzz_byte(&host->in);

	return byte < 24 && byte > 0 ? -errors[byte % sizeof(errors)] : 0;
}

static int make(struct host *host, uint32_t *id)
{
	int err = fails(host);

	if (err || host->last_id + 1 == MOST_OBJECTS)
		return err ? err : -ENOSPC;
	*id = ++host->last_id;
	host->lives[*id] = true;
	return 0;
}

static int hw_info(const struct port *port, uint32_t dev_id, struct cmdqv_hw_info *info)
{
	struct host *host = port->host;
	int err = fails(host);
	uint8_t byte;

	(void)dev_id;
	if (err)
		return err;
	info->version = 1;
	byte = fuzz_byte(&host->in);
	info->num_lvcmdqs = 1U << (byte < 240 ? byte % 4 : byte % 8); /* few are quick */
	info->num_sids = 1U << fuzz_byte(&host->in) % 5;
	for (size_t i = 0; i < CMDQV_SMMU_IDRS; i++)
		info->idr[i] = 0x01010101U * byte;
	info->idr[1] = (uint32_t)fuzz_byte(&host->in) << 21;
	info->smmu_flags = fuzz_byte(&host->in) % 4 == 1;
	return 0;
}

static int viommu_alloc(const struct port *port, uint32_t dev_id, uint32_t hwpt_id,
			struct port_viommu *viommu)
{
	(void)dev_id;
	(void)hwpt_id;
	viommu->mmap_offset = 0x1000;
	return make(port->host, &viommu->id);
}

static int page_map(const struct port *port, struct port_viommu *viommu)
{
	struct host *host = port->host;
	int err = fails(host);

	if (err)
		return err;
	must(!host->is_mapped);
	host->is_mapped = true;
	viommu->page = (struct cmdqv_page_view){
		.host = host->page, .fd = -1, .length = sizeof(host->page)};
	return 0;
}

static void page_unmap(const struct port *port, const struct port_viommu *viommu)
{
	struct host *host = port->host;

	(void)viommu;
	must(host->is_mapped);
	host->is_mapped = false;
}

/* Registers have whatever value the hardware, or the guest, gives them. */
static uint32_t load(const struct port *port, const struct port_viommu *viommu, uint32_t offset)
{
	struct host *host = port->host;
	uint8_t byte = fuzz_byte(&host->in);

	(void)viommu;
	must(host->is_mapped && offset < sizeof(host->page));
	if (byte >= 240)
		host->page[offset / 4] = (uint32_t)fuzz_take(&host->in, 4);
	return host->page[offset / 4];
}

/* STATUS follows CONFIG, mostly. */
static void store(const struct port *port, const struct port_viommu *viommu, uint32_t offset,
		  uint32_t value)
{
	struct host *host = port->host;

	(void)viommu;
	must(host->is_mapped && offset < sizeof(host->page));
	host->page[offset / 4] = value;
	if (offset % 0x80 == 8 && fuzz_byte(&host->in) < 240)
		host->page[offset / 4 + 1] = value & 1;
}

static int veventq_alloc(const struct port *port, uint32_t viommu_id, enum port_events type,
			 struct port_veventq *queue)
{
	(void)viommu_id;
	(void)type;
	queue->fd = 1000;
	return make(port->host, &queue->id);
}

static int destroy(const struct port *port, uint32_t id)
{
	struct host *host = port->host;
	int err = fails(host);

	must(id > 0 && id <= host->last_id && host->lives[id]);
	if (err)
		host->sticks = true;
	else
		host->lives[id] = false;
	return err;
}

static void veventq_free(const struct port *port, const struct port_veventq *queue)
{
	if (queue->id)
		(void)destroy(port, queue->id);
}

static int veventq_read(const struct port *port, const struct port_veventq *queue,
			enum port_events type, struct port_record *record)
{
	struct host *host = port->host;
	uint8_t byte = fuzz_byte(&host->in);

	(void)queue;
	(void)type;
	*record = (struct port_record){.sequence = (uint32_t)fuzz_byte(&host->in) << byte % 23,
				       .lost = byte & 1};
	for (size_t i = 0; i < sizeof(record->data) / 8; i++)
		record->data[i] = fuzz_byte(&host->in);
	return byte < 96 ? 0 : byte < 192 ? 1 : fails(host);
}

static int hw_queue_alloc(const struct port *port, uint32_t viommu_id, uint32_t index,
			  cmdqv_gpa_t base, uint64_t bytes, uint32_t *id)
{
	(void)viommu_id;
	(void)index;
	must(base.value % bytes == 0);
	return make(port->host, id);
}

/* A device has one; the host says so, mostly. */
static int vdevice_alloc(const struct port *port, uint32_t viommu_id, uint32_t dev_id,
			 cmdqv_vsid_t vsid, uint32_t *id)
{
	struct host *host = port->host;
	uint32_t *last = &host->vdevices[dev_id % MOST_DEVICES];
	int err;

	(void)viommu_id;
	(void)vsid;
	if (host->lives[*last] && fuzz_byte(&host->in) < 224)
		return -EEXIST;
	err = make(host, id);
	if (!err)
		*last = *id;
	return err;
}

static int nested_alloc(const struct port *port, uint32_t viommu_id, uint32_t dev_id,
			const uint64_t ste[2], uint32_t *id)
{
	(void)viommu_id;
	(void)dev_id;
	(void)ste;
	return make(port->host, id);
}

static int attach(const struct port *port, const struct port_device *device, uint32_t hwpt_id)
{
	(void)device;
	(void)hwpt_id;
	return fails(port->host);
}

static int detach(const struct port *port, const struct port_device *device)
{
	(void)device;
	return fails(port->host);
}

static int invalidate(const struct port *port, uint32_t viommu_id,
		      const struct cmdqv_viommu_command *commands, uint32_t *count)
{
	struct host *host = port->host;
	int err = fails(host);

	(void)viommu_id;
	(void)commands;
	must(*count > 0 && *count <= 63);
	if (err == -EIO)
		*count = fuzz_byte(&host->in) % *count;
	return err;
}

static const struct port_ops port_ops = {
	.hw_info = hw_info,
	.viommu_alloc = viommu_alloc,
	.page_map = page_map,
	.page_unmap = page_unmap,
	.load = load,
	.store = store,
	.veventq_alloc = veventq_alloc,
	.veventq_free = veventq_free,
	.veventq_read = veventq_read,
	.hw_queue_alloc = hw_queue_alloc,
	.vdevice_alloc = vdevice_alloc,
	.nested_alloc = nested_alloc,
	.attach = attach,
	.detach = detach,
	.invalidate = invalidate,
	.destroy = destroy,
};

static int vmm_map(void *user, const struct cmdqv_page0_map *map)
{
	struct host *host = user;

	(void)map;
	must(!host->page0 && host->is_mapped);
	if (fails(host))
		return -ENOSPC;
	host->page0 = true;
	return 0;
}

static void vmm_unmap(void *user)
{
	must(((struct host *)user)->page0);
	((struct host *)user)->page0 = false;
}

static bool vmm_is_ram(void *user, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)user;
	return gpa.value < 1U << 30 && bytes <= (1U << 30) - gpa.value;
}

static void take_note(void *user, const struct cmdqv_trace_event *event)
{
	char line[CMDQV_TRACE_LINE_BYTES];

	(void)user;
	must(cmdqv_trace_format(event, line, sizeof(line)) > 0);
}

static const struct cmdqv_vmm_ops vmm_ops = {
	.size = sizeof(vmm_ops),
	.page0_map = vmm_map,
	.page0_unmap = vmm_unmap,
	.interrupt = idle,
	.is_guest_ram = vmm_is_ram,
	.log = idle_log,
	.trace = take_note,
};

static void access_device(struct host *host, struct cmdqv *dev)
{
	uint8_t what = fuzz_byte(&host->in);
	uint64_t queue = what >> 5;
	struct cmdqv_mmio access = {.size = 4, .write = true, .value = what & 8 ? 0 : 1};

	switch (what % 9) {
	case 0:
		access.offset = 0;
		break;
	case 1:
		access.offset = 0x1000;
		break;
	case 2:
	case 3:
		access.offset = 0x200 + 4 * queue;
		access.value |= queue << 1;
		break;
	case 4:
		access.offset = 0x20000 + 0x80 * queue;
		access.size = 8;
		access.value = queue << 16 | (access.value ? 1 + what % 12U : 0);
		break;
	case 6: /* a half of BASE, of whatever size, wherever */
		access.offset = 0x20000 + 0x80 * queue + (what & 8 ? 4 : 0);
		access.value = fuzz_take(&host->in, what & 8 ? 1 : 4);
		break;
	case 7:
		access.offset = fuzz_take(&host->in, 3) & 0x7ffff;
		access.size = 8;
		access.write = what & 8;
		break;
	case 5:
		access.offset = 0x10000 + 0x80 * queue + 4 * (fuzz_byte(&host->in) % 6U);
		access.value = fuzz_byte(&host->in);
		break;
	default:
		access.offset = fuzz_take(&host->in, 3) & 0x7fffc;
		access.write = what & 8;
		access.value = fuzz_take(&host->in, 4);
	}
	must(cmdqv_access(dev, &access) == 0);
}

/* A guest's SMMU has no more than its own, whatever the physical one says. */
static void limit_idr(const struct cmdqv_hw_info *info, uint8_t own)
{
	uint32_t idr[CMDQV_SMMU_IDRS];

	for (size_t i = 0; i < CMDQV_SMMU_IDRS; i++)
		idr[i] = 0x01010101U * own;
	must(cmdqv_hw_info_limit_idr(info, 4096U << own % 5, idr, NULL) <= 0);
	must((idr[5] & 0x70 & ~own) == 0 && (idr[5] & 7) <= (own & 7)); /* granules, OAS */
}

static void use_devices(struct host *host, struct cmdqv_viommu *viommu)
{
	struct cmdqv_viommu_command commands[128] = {{{0x10, 0}}};
	struct cmdqv_viommu_result result = {0};
	struct cmdqv_viommu_event event;
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	uint8_t what = fuzz_byte(&host->in);
	uint8_t how = fuzz_byte(&host->in);
	const uint64_t ste[2] = {what & 8 ? 0xb : how, 0};
	cmdqv_vsid_t vsid = {what >> 4 | (what % 8 == 7 ? 16 : 0)};

	switch (what % 8) {
	case 7:
	case 0:
		must(cmdqv_viommu_add_device(viommu, vsid, how >> 3, (how & 0xf) - 1, NULL) <= 0);
		break;
	case 1:
		must(cmdqv_viommu_set_ste(viommu, vsid, ste, NULL) <= 0);
		break;
	case 2:
		must(cmdqv_viommu_remove_device(viommu, vsid, NULL) <= 0);
		break;
	case 3:
		for (size_t i = 0; i < 128; i++)
			commands[i].word[0] = i < 120 ? 0x10 : what;
		must(cmdqv_viommu_invalidate(viommu, commands, what >> 1, &result, NULL) <= 0);
		must(result.issued <= what >> 1);
		break;
	default:
		must(cmdqv_viommu_smmu_event(viommu, &event) <= 1);
		must(cmdqv_viommu_hw_info(viommu, &info) == 0);
		limit_idr(&info, how);
	}
}

/* What a VMM does with a VM that moves, or rests. */
static void move(struct host *host, struct cmdqv *dev)
{
	static uint8_t saved[16384];
	size_t bytes = sizeof(saved);
	uint8_t what = fuzz_byte(&host->in);

	if (what % 4 == 0) {
		must(cmdqv_page0_withdraw(dev) >= 0);
		return;
	}
	must(cmdqv_save_bytes(dev) > bytes || cmdqv_save(dev, saved, &bytes, NULL) == 0);
	must(what % 4 == 3 || cmdqv_reset(dev) == 0);
	if (what % 4 == 2 && bytes < sizeof(saved))
		must(cmdqv_restore(dev, saved, bytes, NULL) <= 0);
}

/* As a driver does, with the queues that it finds; the host may fail meanwhile. */
static void bring_up(struct cmdqv *dev)
{
	struct cmdqv_mmio accesses[] = {{.offset = 0x1000, .value = 1, .size = 4, .write = true},
					{.offset = 0x200, .value = 1, .size = 4, .write = true},
					{.offset = 0x20000, .value = 4, .size = 8, .write = true},
					{.offset = 0x10008, .value = 1, .size = 4, .write = true}};

	must(cmdqv_access(dev, &accesses[0]) == 0);
	for (uint64_t queue = 0; queue < 4; queue++) {
		for (size_t i = 1; i < 4; i++)
			must(cmdqv_access(dev, &accesses[i]) == 0);
		accesses[1].offset += 4;
		accesses[1].value += 2;
		accesses[2].offset += 0x80;
		accesses[2].value += 0x10000;
		accesses[3].offset += 0x80;
	}
}

static void check(const struct host *host, struct cmdqv *dev)
{
	struct cmdqv_state state = {.size = sizeof(state)};
	bool above = false;

	must(cmdqv_get_state(dev, &state) == 0);
	must(host->page0 == (state.page0 == CMDQV_PAGE0_MAPPED));
	must(!host->page0 || (state.vintf_enabled && !state.backend_broken));
	for (uint32_t q = 0; q < state.num_lvcmdqs; q++) {
		struct cmdqv_queue_state queue = {.size = sizeof(queue)};

		must(cmdqv_get_queue(dev, q, &queue) == 0);
		must(queue.life != CMDQV_QUEUE_BOUND || !above);
		above = above || queue.life != CMDQV_QUEUE_BOUND;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct host host;
	const struct port port = {
		.ops = &port_ops, .fd = -1, .host = &host, .guest_repeats = size & 1};
	const struct cmdqv_config config = {.size = sizeof(config), .cmdqs = 12};
	struct cmdqv_viommu *viommu;
	struct cmdqv_backend backend;
	struct cmdqv *dev = NULL;
	struct viommu_adopted adopted = {
		.dev_id = 1, .viommu = {.mmap_offset = 0x1000}, .event_fds = {1000, 1001}};
	struct cmdqv_error why = {0};
	uint8_t first;
	int err;

	memset(&host, 0, sizeof(host));
	host.in = (struct fuzz_input){bytes, size};
	first = fuzz_byte(&host.in);
	if (first & 1 && make(&host, &adopted.viommu.id) == 0) /* it is the VMM's, and stays */
		err = viommu_adopt(&viommu, &port, &adopted, &backend, &why);
	else
		err = viommu_open(&viommu, &port, 1, 2, &backend, &why);
	must(err <= 0 && (err == 0 || why.text[0]));
	if (err == 0) {
		if (cmdqv_create(&dev, &config, &backend, &vmm_ops, &host, NULL) == 0) {
			if (first & 2)
				bring_up(dev);
			while (host.in.left > 0) {
				uint8_t what = fuzz_byte(&host.in);

				if (what < 160)
					access_device(&host, dev);
				else if (what < 220)
					use_devices(&host, viommu);
				else if (what < 235)
					(void)cmdqv_events(dev);
				else if (what < 248)
					move(&host, dev);
				else
					(void)cmdqv_reset(dev);
				check(&host, dev);
			}
			cmdqv_destroy(dev);
		}
		cmdqv_viommu_close(viommu);
	}
	must(!host.page0 && !host.is_mapped);
	for (uint32_t id = 1; id <= host.last_id; id++)
		must(!host.lives[id] || host.sticks || id == adopted.viommu.id);
	return 0;
}
