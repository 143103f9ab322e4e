/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lives of the host kernel in software [HW-21]: calls in any order, mostly with ids that it gave
 * for such an object, of two open iommufds, while the pages of VINTFs are written to, the hardware
 * fails and the engine runs. In the end everything can be closed, and every VINTF be had again.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../idle.h"
#include "fuzz.h"
#include "kernel/kernel.h"

enum { RAM_BYTES = 0x40000, MOST_IDS = 8, MOST_MAPS = 16, VINTFS = 4, VCMDQS = 8, FDS = 2 };
enum kind { DEVICE, IOAS, HWPT, NESTED, VIOMMU, VDEVICE, QUEUE, VEVENTQ, KINDS };

struct held { /* a mapping's offset, or the id of a vEVENTQ whose descriptor is open */
	bool is;
	uint32_t fd;
	uint64_t what;
	void *page;
};

struct ids {
	uint32_t id[MOST_IDS];
	uint32_t num;
};

struct life {
	struct fuzz_input in;
	struct cmdqv_model *model;
	struct kernel *kernel;
	struct kernel_iommufd *fds[FDS];
	struct kernel_iommufd *fd; /* of this call */
	uint32_t number;	   /* of it */
	uint8_t *ram;
	struct ids ids[FDS][KINDS];
	uint64_t offsets[VINTFS * FDS];
	uint32_t num_offsets;
	struct held maps[MOST_MAPS];
	struct held events[MOST_MAPS];
};

static int read_memory(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes)
{
	const struct life *life = user;

	return kernel_read_memory(life->kernel, vintf, address, buffer, bytes);
}

/* What reaches the SMMU carries a VMID that is in use, or comes from the host itself. */
static int execute(void *user, const struct cmdqv_command *command)
{
	must(command->queue == CMDQV_SMMU_QUEUE || command->vintf > 0);
	return command->opcode == 0x40 && fuzz_byte(&((struct life *)user)->in) % 8 == 1
		       ? -ETIMEDOUT
		       : 0;
}

static void interrupt(void *user)
{
	kernel_raise_interrupt(((struct life *)user)->kernel);
}

static void begin(struct life *life)
{
	const struct cmdqv_model_config model = {
		.size = sizeof(model), .log2_vcmdqs = 3, .log2_vintfs = 2, .log2_sids = 1};
	const struct cmdqv_model_ops ops = {
		.size = sizeof(ops),
		.read = read_memory,
		.execute = execute,
		.interrupt = interrupt,
		.kick = idle,
	};
	const struct kernel_config kernel = {.cmdqs = 8,
					     .vmid_bits = 8,
					     .smmu_flags = fuzz_byte(&life->in) & 1,
					     .granule_bytes = 0x4000};
	const struct kernel_ops kernel_ops = {.execute = execute};

	life->ram = aligned_alloc(4096, RAM_BYTES);
	must(life->ram);
	memset(life->ram, 0, RAM_BYTES);
	must(cmdqv_model_create(&life->model, &model, &ops, life, NULL) == 0);
	must(kernel_create(&life->kernel, life->model, &kernel, &kernel_ops, life) == 0);
	for (uint32_t i = 0; i < FDS; i++)
		must(kernel_iommufd_open(life->kernel, &life->fds[i]) == 0);
}

/* Of such an object, whether it lives or not; at times of another, or any. */
static uint32_t take_id(struct life *life, enum kind kind)
{
	uint8_t byte = fuzz_byte(&life->in);
	const struct ids *ids = &life->ids[life->number][byte < 224 ? kind : byte % KINDS];

	return byte < 248 && ids->num ? ids->id[byte % ids->num] : byte - 240U;
}

static void keep_id(struct life *life, enum kind kind, int err, uint32_t id)
{
	struct ids *ids = &life->ids[life->number][kind];

	must(err <= 0);
	if (!err)
		ids->id[ids->num < MOST_IDS ? ids->num++ : id % MOST_IDS] = id;
}

/* What should be 0. */
static uint32_t odd(struct life *life)
{
	uint8_t byte = fuzz_byte(&life->in);

	return byte < 248 ? 0 : 1U << byte % 8;
}

/* Mostly where RAM is mapped; at times where MSIs go, or at the end. */
static uint64_t take_iova(struct life *life)
{
	uint8_t byte = fuzz_byte(&life->in);

	return byte < 240   ? (uint64_t)byte % 96 << 12
	       : byte < 252 ? 0x8000000 - ((byte - 240ULL) << 14)
			    : ~0xfffULL;
}

static void hold(struct held *held, uint32_t fd, uint64_t what, void *page)
{
	for (uint32_t i = 0; i < MOST_MAPS; i++)
		if (!held[i].is) {
			held[i] = (struct held){true, fd, what, page};
			return;
		}
	abort(); /* there are not so many VINTFs */
}

static void let_go(struct held *held, uint32_t fd, uint64_t what)
{
	for (uint32_t i = 0; i < MOST_MAPS; i++)
		if (held[i].is && held[i].fd == fd && held[i].what == what) {
			held[i].is = false;
			return;
		}
	abort(); /* something else was let go */
}

/* ---- one call each ---- */

static void device(struct life *life)
{
	struct kernel_device_bind cmd = {.flags = odd(life),
					 .sid = fuzz_byte(&life->in) % 24,
					 .num_sids = fuzz_byte(&life->in) % 8 ? 1 : 2};

	if (fuzz_byte(&life->in) % 4)
		keep_id(life, DEVICE, kernel_device_bind(life->fd, &cmd), cmd.out_devid);
	else
		(void)kernel_device_unbind(life->fd, take_id(life, DEVICE));
}

static void attach(struct life *life)
{
	uint32_t device = take_id(life, DEVICE);
	uint8_t what = fuzz_byte(&life->in);

	if (what % 4)
		(void)kernel_device_attach(life->fd, device, take_id(life, IOAS + what % 4 - 1));
	else
		(void)kernel_device_detach(life->fd, device);
}

static void ioas(struct life *life)
{
	struct kernel_ioas_alloc cmd = {.flags = odd(life)};

	keep_id(life, IOAS, kernel_ioas_alloc(life->fd, &cmd), cmd.out_ioas_id);
}

static void map(struct life *life)
{
	uint64_t page = fuzz_byte(&life->in) % (RAM_BYTES / 4096);
	uint64_t pages = 1 + fuzz_byte(&life->in) % (RAM_BYTES / 4096 - page);
	const struct kernel_ioas_map cmd = {
		.flags = fuzz_byte(&life->in) % 16 ? 7 : (fuzz_byte(&life->in) & 7U) + odd(life),
		.ioas_id = take_id(life, IOAS),
		.user_va = life->ram + page * 4096,
		.length = pages * 4096 + odd(life),
		.iova = take_iova(life),
	};

	(void)kernel_ioas_map(life->fd, &cmd);
}

static void unmap(struct life *life)
{
	struct kernel_ioas_unmap cmd = {
		.ioas_id = take_id(life, IOAS),
		.iova = take_iova(life),
		.length = (uint64_t)fuzz_byte(&life->in) << 12,
	};

	if (cmd.length == 0xff000)
		cmd.iova = 0, cmd.length = UINT64_MAX;
	(void)kernel_ioas_unmap(life->fd, &cmd);
}

static void hwpt(struct life *life)
{
	/* Abort, bypass or stage 1, and EATS. */
	static const uint64_t configs[] = {0x1, 0x9, 0xb, 0x0};
	uint8_t what = fuzz_byte(&life->in);
	bool nested = what & 1;
	const uint64_t ste[2] = {configs[what >> 1 & 3] | (uint64_t)odd(life) << 1,
				 (uint64_t)(what >> 3 & 1) << 28 | (uint64_t)odd(life) << 25};
	struct kernel_hwpt_alloc cmd = {
		.flags = (nested || what > 240 ? 0 : KERNEL_HWPT_NEST_PARENT) ^ odd(life),
		.dev_id = take_id(life, DEVICE),
		.pt_id = take_id(life, nested ? VIOMMU : IOAS),
		.data_type = nested ? KERNEL_HWPT_DATA_ARM_SMMUV3 : KERNEL_HWPT_DATA_NONE,
		.data_len = nested ? sizeof(ste) : 0,
		.data = ste,
	};

	keep_id(life, nested ? NESTED : HWPT, kernel_hwpt_alloc(life->fd, &cmd), cmd.out_hwpt_id);
}

static void viommu(struct life *life)
{
	struct kernel_viommu_cmdqv data = {0};
	struct kernel_viommu_alloc cmd = {
		.flags = odd(life),
		.type = fuzz_byte(&life->in) % 8 ? KERNEL_VIOMMU_TEGRA241_CMDQV
						 : KERNEL_VIOMMU_ARM_SMMUV3,
		.dev_id = take_id(life, DEVICE),
		.hwpt_id = take_id(life, HWPT),
		.data_len = sizeof(data),
		.data = &data,
	};
	int err = kernel_viommu_alloc(life->fd, &cmd);

	keep_id(life, VIOMMU, err, cmd.out_viommu_id);
	if (!err)
		life->offsets[life->num_offsets++ % (VINTFS * FDS)] = data.out_vintf_mmap_offset;
}

static uint64_t take_offset(struct life *life)
{
	uint8_t byte = fuzz_byte(&life->in);

	return byte < 248 && life->num_offsets
		       ? life->offsets[byte % life->num_offsets % (VINTFS * FDS)]
		       : (uint64_t)byte << 12;
}

static void page(struct life *life)
{
	struct kernel_mmap cmd = {.offset = take_offset(life),
				  .length = 0x10000,
				  .prot = PROT_READ | PROT_WRITE,
				  .flags = MAP_SHARED};
	uint32_t held = 0;

	for (uint32_t i = 0; i < MOST_MAPS; i++)
		held += life->maps[i].is;
	if (fuzz_byte(&life->in) % 4 == 0) {
		if (kernel_munmap(life->fd, cmd.offset) == 0)
			let_go(life->maps, life->number, cmd.offset);
	} else if (held < MOST_MAPS && kernel_mmap(life->fd, &cmd) == 0) {
		hold(life->maps, life->number, cmd.offset, cmd.view.host);
	}
}

static void vdevice(struct life *life)
{
	struct kernel_vdevice_alloc cmd = {.viommu_id = take_id(life, VIOMMU),
					   .dev_id = take_id(life, DEVICE),
					   .virt_id = fuzz_byte(&life->in) % 4 | odd(life) << 16};

	keep_id(life, VDEVICE, kernel_vdevice_alloc(life->fd, &cmd), cmd.out_vdevice_id);
}

static void hw_queue(struct life *life)
{
	struct kernel_hw_queue_alloc cmd = {
		.viommu_id = take_id(life, VIOMMU),
		.type = KERNEL_HW_QUEUE_TEGRA241_CMDQV,
		.flags = odd(life),
		.index = fuzz_byte(&life->in) % 3,
		.nesting_parent_iova = take_iova(life) ^ odd(life),
		.length = (16ULL << fuzz_byte(&life->in) % 12) + odd(life),
	};

	keep_id(life, QUEUE, kernel_hw_queue_alloc(life->fd, &cmd), cmd.out_hw_queue_id);
}

static void veventq(struct life *life)
{
	struct kernel_veventq_alloc cmd = {
		.viommu_id = take_id(life, VIOMMU),
		.type = 1 + fuzz_byte(&life->in) % 2,
		.flags = odd(life),
		.veventq_depth = 1 + fuzz_byte(&life->in) % 4U,
	};
	int err = kernel_veventq_alloc(life->fd, &cmd);

	keep_id(life, VEVENTQ, err, cmd.out_veventq_id);
	if (!err)
		hold(life->events, life->number, cmd.out_veventq_id, NULL);
}

static void events(struct life *life)
{
	uint8_t record[64];
	uint32_t id = take_id(life, VEVENTQ);
	uint8_t what = fuzz_byte(&life->in);

	if (what % 4)
		must(kernel_veventq_read(life->fd, id, record, what % sizeof(record)) <=
		     (ssize_t)(what % sizeof(record)));
	else if (kernel_veventq_close(life->fd, id) == 0)
		let_go(life->events, life->number, id);
}

static void invalidate(struct life *life)
{
	static const uint8_t opcodes[] = {0x10, 0x11, 0x12, 0x13, 0x05, 0x06, 0x40, 0x46};
	struct cmdqv_viommu_command {
		uint64_t word[2];
	} commands[100];
	struct kernel_hwpt_invalidate cmd = {
		.hwpt_id = take_id(life, VIOMMU),
		.data = commands,
		.data_type = KERNEL_INVALIDATE_VIOMMU_ARM_SMMUV3,
		.entry_len = sizeof(commands[0]),
		.entry_num = fuzz_byte(&life->in) % 100,
		.reserved = odd(life),
	};
	uint32_t wanted = cmd.entry_num;
	uint64_t fields = fuzz_take(&life->in, 2);

	for (uint32_t i = 0; i < wanted; i++) {
		uint8_t what = fuzz_byte(&life->in);

		commands[i].word[0] = opcodes[what % 8] | (uint64_t)(what >> 3 & 3) << 32;
		commands[i].word[1] = fields << what / 8;
	}
	(void)kernel_hwpt_invalidate(life->fd, &cmd);
	must(cmd.entry_num <= wanted);
}

/* What a guest stores into a page: mostly it goes on as a driver does. */
static void store(struct life *life)
{
	static const uint8_t registers[] = {1, 1, 1, 2, 2, 5, 5, 0};
	uint8_t what = fuzz_byte(&life->in);
	const struct held *held = &life->maps[what % 4];
	_Atomic uint32_t *words;
	uint8_t reg = registers[what >> 5];
	uint8_t how = fuzz_byte(&life->in);

	if (!held->is)
		return;
	words = (_Atomic uint32_t *)held->page + (what >> 4 & 1) * 0x20;
	if (how >= 224)
		words[how % 8] = (uint32_t)fuzz_take(&life->in, 4);
	else
		words[reg] = reg == 1	? how % 32U
			     : reg == 2 ? how % 8U > 0
			     : reg == 5 ? words[4]
					: 0;
}

static void fill(struct life *life)
{
	static const uint8_t opcodes[] = {0x11, 0x12, 0x40, 0x46, 0x46, 0x12, 0x10, 0x30};
	uint64_t *ring =
		(uint64_t *)(void *)(life->ram + (uint64_t)fuzz_byte(&life->in) % 4 * 0x1000);

	for (uint32_t i = 0; i < 32; i++) {
		uint8_t what = fuzz_byte(&life->in);

		ring[2 * i] = opcodes[what % 8] | (uint64_t)(what >> 3 & 3) << 32;
		ring[2 * i + 1] = (uint64_t)what << 12;
	}
}

static void look(struct life *life)
{
	struct kernel_hw_info_smmuv3 info;
	struct kernel_get_hw_info cmd = {.dev_id = take_id(life, DEVICE),
					 .flags = fuzz_byte(&life->in) & 1,
					 .data_len = fuzz_byte(&life->in) % sizeof(info),
					 .data = &info,
					 .data_type = fuzz_byte(&life->in) % 5};
	const uint64_t record[4] = {0x10 | (uint64_t)fuzz_byte(&life->in) % 24 << 32, 0, 0, 0};
	struct kernel_span span;
	uint64_t entry[8];

	(void)kernel_get_hw_info(life->fd, &cmd);
	kernel_stream_entry(life->kernel, fuzz_byte(&life->in) % 24, entry);
	(void)kernel_smmu_event(life->kernel, record);
	if (kernel_stage2(life->kernel, (uint16_t)(entry[2] & 0xffff), take_iova(life), &span))
		must(kernel_memory(life->kernel, (uintptr_t)span.host, 4096) == span.host);
}

static void fail(struct life *life)
{
	uint8_t what = fuzz_byte(&life->in);

	must(cmdqv_model_inject(life->model, what % VCMDQS, what / VCMDQS % CMDQV_FAULTS,
				fuzz_byte(&life->in) % 4) == 0);
}

static void step(struct life *life)
{
	uint8_t what = fuzz_byte(&life->in);

	life->number = what >> 7;
	life->fd = life->fds[life->number];
	switch (what % 20) {
	case 0:
		device(life);
		break;
	case 1:
		attach(life);
		break;
	case 2:
		ioas(life);
		break;
	case 3:
		map(life);
		break;
	case 4:
		unmap(life);
		break;
	case 5:
		hwpt(life);
		break;
	case 6:
		viommu(life);
		break;
	case 7:
		page(life);
		break;
	case 8:
		vdevice(life);
		break;
	case 9:
		hw_queue(life);
		break;
	case 10:
		veventq(life);
		break;
	case 11:
		events(life);
		break;
	case 12:
		invalidate(life);
		break;
	case 13:
		store(life);
		break;
	case 14:
		fill(life);
		break;
	case 15:
		look(life);
		break;
	case 16:
		must(cmdqv_model_run(life->model, fuzz_byte(&life->in)) >= 0);
		break;
	case 17:
		fail(life);
		break;
	case 18:
		store(life);
		break;
	default:
		what = fuzz_byte(&life->in);
		(void)kernel_destroy_object(life->fd, take_id(life, what % KINDS));
	}
	kernel_handle_interrupt(life->kernel);
}

/* A VM with so many vIOMMUs, so that not every input has to find out how. */
static void open_vm(struct life *life, uint32_t number, uint32_t vintfs)
{
	struct kernel_viommu_cmdqv data;
	struct kernel_device_bind bind = {.sid = number, .num_sids = 1};
	struct kernel_ioas_alloc alloc = {.flags = 0};
	struct kernel_ioas_map area = {
		.flags = 7, .user_va = life->ram, .length = RAM_BYTES / 2, .iova = 0};
	struct kernel_hwpt_alloc parent = {.flags = KERNEL_HWPT_NEST_PARENT};
	struct kernel_viommu_alloc viommu = {
		.type = KERNEL_VIOMMU_TEGRA241_CMDQV, .data_len = sizeof(data), .data = &data};

	life->number = number;
	life->fd = life->fds[number];
	keep_id(life, DEVICE, kernel_device_bind(life->fd, &bind), bind.out_devid);
	keep_id(life, IOAS, kernel_ioas_alloc(life->fd, &alloc), alloc.out_ioas_id);
	area.ioas_id = alloc.out_ioas_id;
	must(kernel_ioas_map(life->fd, &area) == 0);
	parent.dev_id = viommu.dev_id = bind.out_devid;
	parent.pt_id = alloc.out_ioas_id;
	keep_id(life, HWPT, kernel_hwpt_alloc(life->fd, &parent), parent.out_hwpt_id);
	viommu.hwpt_id = parent.out_hwpt_id;
	for (; vintfs > 0; vintfs--) {
		must(kernel_viommu_alloc(life->fd, &viommu) == 0);
		keep_id(life, VIOMMU, 0, viommu.out_viommu_id);
		life->offsets[life->num_offsets++ % (VINTFS * FDS)] = data.out_vintf_mmap_offset;
	}
}

/* And it has begun to send. */
static void start_queues(struct life *life)
{
	struct kernel_mmap page = {.offset = life->offsets[life->num_offsets - 1],
				   .length = 0x10000,
				   .prot = PROT_READ | PROT_WRITE,
				   .flags = MAP_SHARED};
	struct kernel_hw_queue_alloc queue = {.viommu_id = life->ids[life->number][VIOMMU].id[0],
					      .type = KERNEL_HW_QUEUE_TEGRA241_CMDQV,
					      .length = 16 * 16};

	must(kernel_mmap(life->fd, &page) == 0);
	hold(life->maps, life->number, page.offset, page.view.host);
	for (; queue.index < 2; queue.index++) {
		must(kernel_hw_queue_alloc(life->fd, &queue) == 0);
		keep_id(life, QUEUE, 0, queue.out_hw_queue_id);
		queue.nesting_parent_iova += 0x1000;
		((_Atomic uint32_t *)page.view.host)[queue.index * 0x20 + 2] = 1;
	}
	vdevice(life);
	veventq(life);
	fill(life);
}

/* Everything closes, and nothing is left. */
static void end(struct life *life)
{
	for (uint32_t i = 0; i < MOST_MAPS; i++) {
		if (life->maps[i].is)
			must(kernel_munmap(life->fds[life->maps[i].fd], life->maps[i].what) == 0);
		if (life->events[i].is)
			must(kernel_veventq_close(life->fds[life->events[i].fd],
						  (uint32_t)life->events[i].what) == 0);
	}
	for (uint32_t i = 0; i < FDS; i++) {
		kernel_device_unbind_all(life->fds[i]);
		must(kernel_iommufd_close(life->fds[i]) == 0);
	}
	must(kernel_iommufd_open(life->kernel, &life->fds[0]) == 0);
	open_vm(life, 0, VINTFS - 1);
	kernel_device_unbind_all(life->fds[0]);
	must(kernel_iommufd_close(life->fds[0]) == 0);
	kernel_destroy(life->kernel);
	cmdqv_model_destroy(life->model);
	free(life->ram);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct life life = {.in = {bytes, size}};
	uint8_t vms;

	begin(&life);
	vms = fuzz_byte(&life.in);
	for (uint32_t i = 0; i < vms % (FDS + 1); i++) {
		open_vm(&life, i, 1);
		if (vms & 0x80)
			start_queues(&life);
	}
	while (life.in.left > 0)
		step(&life);
	end(&life);
	return 0;
}
