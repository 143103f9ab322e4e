/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lives of the host kernel in software [HW-21]: calls in any order, with ids that it gave and
 * others, of two open iommufds, while the pages of VINTFs are written to and the engine runs. In
 * the end everything can be closed, and every VINTF be had again.
 */
#include <string.h>
#include <sys/mman.h>

#include "../idle.h"
#include "fuzz.h"
#include "kernel/kernel.h"

enum { RAM_BYTES = 0x40000, MOST_IDS = 32, MOST_MAPS = 16, VINTFS = 4, FDS = 2 };

struct held { /* a mapping's offset, or the id of a vEVENTQ whose descriptor is open */
	bool is;
	uint32_t fd;
	uint64_t what;
	void *page;
};

struct life {
	struct fuzz_input in;
	struct cmdqv_model *model;
	struct kernel *kernel;
	struct kernel_iommufd *fds[FDS];
	uint8_t *ram;
	uint32_t ids[MOST_IDS];
	uint32_t num_ids;
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
	(void)user;
	must(command->queue == CMDQV_SMMU_QUEUE || command->vintf > 0);
	return 0;
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
	const struct kernel_config kernel = {.cmdqs = 8, .vmid_bits = 8, .granule_bytes = 0x4000};
	const struct kernel_ops kernel_ops = {.execute = execute};

	life->ram = aligned_alloc(4096, RAM_BYTES);
	must(life->ram);
	memset(life->ram, 0, RAM_BYTES);
	must(cmdqv_model_create(&life->model, &model, &ops, life, NULL) == 0);
	must(kernel_create(&life->kernel, life->model, &kernel, &kernel_ops, life) == 0);
	for (uint32_t i = 0; i < FDS; i++)
		must(kernel_iommufd_open(life->kernel, &life->fds[i]) == 0);
}

static uint32_t take_id(struct life *life)
{
	uint8_t byte = fuzz_byte(&life->in);

	return byte < 240 && life->num_ids ? life->ids[byte % life->num_ids] : byte - 240U;
}

static void keep_id(struct life *life, int err, uint32_t id)
{
	must(err <= 0);
	if (!err)
		life->ids[life->num_ids < MOST_IDS ? life->num_ids++ : id % MOST_IDS] = id;
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

static void device(struct life *life, struct kernel_iommufd *fd)
{
	struct kernel_device_bind cmd = {.sid = fuzz_byte(&life->in) % 24,
					 .num_sids = fuzz_byte(&life->in) % 8 ? 1 : 2};

	if (fuzz_byte(&life->in) % 4)
		keep_id(life, kernel_device_bind(fd, &cmd), cmd.out_devid);
	else
		(void)kernel_device_unbind(fd, take_id(life));
}

static void attach(struct life *life, struct kernel_iommufd *fd)
{
	uint32_t device = take_id(life);

	if (fuzz_byte(&life->in) % 4)
		(void)kernel_device_attach(fd, device, take_id(life));
	else
		(void)kernel_device_detach(fd, device);
}

static void ioas(struct life *life, struct kernel_iommufd *fd)
{
	struct kernel_ioas_alloc cmd = {.flags = 0};

	keep_id(life, kernel_ioas_alloc(fd, &cmd), cmd.out_ioas_id);
}

static void map(struct life *life, struct kernel_iommufd *fd)
{
	uint64_t page = fuzz_byte(&life->in) % (RAM_BYTES / 4096);
	uint64_t pages = 1 + fuzz_byte(&life->in) % (RAM_BYTES / 4096 - page);
	const struct kernel_ioas_map cmd = {
		.flags = fuzz_byte(&life->in) % 16 ? 7 : fuzz_byte(&life->in),
		.ioas_id = take_id(life),
		.user_va = life->ram + page * 4096,
		.length = pages * 4096,
		.iova = (uint64_t)fuzz_byte(&life->in) % 96 << 12,
	};

	(void)kernel_ioas_map(fd, &cmd);
}

static void unmap(struct life *life, struct kernel_iommufd *fd)
{
	struct kernel_ioas_unmap cmd = {
		.ioas_id = take_id(life),
		.iova = (uint64_t)fuzz_byte(&life->in) % 96 << 12,
		.length = (uint64_t)fuzz_byte(&life->in) << 12,
	};

	if (cmd.length == 0xff000)
		cmd.iova = 0, cmd.length = UINT64_MAX;
	(void)kernel_ioas_unmap(fd, &cmd);
}

static void hwpt(struct life *life, struct kernel_iommufd *fd)
{
	const uint64_t ste[2] = {fuzz_take(&life->in, 8), fuzz_take(&life->in, 4)};
	bool nested = fuzz_byte(&life->in) & 1;
	struct kernel_hwpt_alloc cmd = {
		.flags = nested ? 0 : KERNEL_HWPT_NEST_PARENT,
		.dev_id = take_id(life),
		.pt_id = take_id(life),
		.data_type = nested ? KERNEL_HWPT_DATA_ARM_SMMUV3 : KERNEL_HWPT_DATA_NONE,
		.data_len = nested ? sizeof(ste) : 0,
		.data = ste,
	};

	keep_id(life, kernel_hwpt_alloc(fd, &cmd), cmd.out_hwpt_id);
}

static void viommu(struct life *life, struct kernel_iommufd *fd)
{
	struct kernel_viommu_cmdqv data = {0};
	struct kernel_viommu_alloc cmd = {
		.type = fuzz_byte(&life->in) % 8 ? KERNEL_VIOMMU_TEGRA241_CMDQV
						 : KERNEL_VIOMMU_ARM_SMMUV3,
		.dev_id = take_id(life),
		.hwpt_id = take_id(life),
		.data_len = sizeof(data),
		.data = &data,
	};
	int err = kernel_viommu_alloc(fd, &cmd);

	keep_id(life, err, cmd.out_viommu_id);
	if (!err)
		life->offsets[life->num_offsets++ % (VINTFS * FDS)] = data.out_vintf_mmap_offset;
}

static uint64_t take_offset(struct life *life)
{
	uint8_t byte = fuzz_byte(&life->in);

	return byte < 248 ? life->offsets[byte % (VINTFS * FDS)] : (uint64_t)byte << 12;
}

static void page(struct life *life, struct kernel_iommufd *fd, uint32_t number)
{
	struct kernel_mmap cmd = {.offset = take_offset(life),
				  .length = 0x10000,
				  .prot = PROT_READ | PROT_WRITE,
				  .flags = MAP_SHARED};
	uint32_t held = 0;

	for (uint32_t i = 0; i < MOST_MAPS; i++)
		held += life->maps[i].is;
	if (fuzz_byte(&life->in) % 4 == 0) {
		if (kernel_munmap(fd, cmd.offset) == 0)
			let_go(life->maps, number, cmd.offset);
	} else if (held < MOST_MAPS && kernel_mmap(fd, &cmd) == 0) {
		hold(life->maps, number, cmd.offset, cmd.view.host);
	}
}

static void vdevice(struct life *life, struct kernel_iommufd *fd)
{
	struct kernel_vdevice_alloc cmd = {.viommu_id = take_id(life),
					   .dev_id = take_id(life),
					   .virt_id = fuzz_byte(&life->in)};

	keep_id(life, kernel_vdevice_alloc(fd, &cmd), cmd.out_vdevice_id);
}

static void hw_queue(struct life *life, struct kernel_iommufd *fd)
{
	struct kernel_hw_queue_alloc cmd = {
		.viommu_id = take_id(life),
		.type = KERNEL_HW_QUEUE_TEGRA241_CMDQV,
		.index = fuzz_byte(&life->in) % 3,
		.nesting_parent_iova = (uint64_t)fuzz_byte(&life->in) % 96 << 10,
		.length = 16ULL << fuzz_byte(&life->in) % 12,
	};

	keep_id(life, kernel_hw_queue_alloc(fd, &cmd), cmd.out_hw_queue_id);
}

static void veventq(struct life *life, struct kernel_iommufd *fd, uint32_t number)
{
	struct kernel_veventq_alloc cmd = {
		.viommu_id = take_id(life),
		.type = 1 + fuzz_byte(&life->in) % 2,
		.veventq_depth = 1 + fuzz_byte(&life->in) % 4U,
	};
	int err = kernel_veventq_alloc(fd, &cmd);

	keep_id(life, err, cmd.out_veventq_id);
	if (!err)
		hold(life->events, number, cmd.out_veventq_id, NULL);
}

static void events(struct life *life, struct kernel_iommufd *fd, uint32_t number)
{
	uint8_t record[64];
	uint32_t id = take_id(life);
	uint8_t what = fuzz_byte(&life->in);

	if (what % 4)
		must(kernel_veventq_read(fd, id, record, what % sizeof(record)) <=
		     (ssize_t)(what % sizeof(record)));
	else if (kernel_veventq_close(fd, id) == 0)
		let_go(life->events, number, id);
}

static void invalidate(struct life *life, struct kernel_iommufd *fd)
{
	static const uint8_t opcodes[] = {0x10, 0x11, 0x12, 0x13, 0x05, 0x06, 0x40, 0x46};
	struct cmdqv_viommu_command {
		uint64_t word[2];
	} commands[100];
	struct kernel_hwpt_invalidate cmd = {
		.hwpt_id = take_id(life),
		.data = commands,
		.data_type = KERNEL_INVALIDATE_VIOMMU_ARM_SMMUV3,
		.entry_len = sizeof(commands[0]),
		.entry_num = fuzz_byte(&life->in) % 100,
	};
	uint32_t wanted = cmd.entry_num;
	uint64_t fields = fuzz_take(&life->in, 8);

	for (uint32_t i = 0; i < wanted; i++) {
		commands[i].word[0] =
			opcodes[fuzz_byte(&life->in) % sizeof(opcodes)] | fields << (i % 7 + 8);
		commands[i].word[1] = fields >> i % 32;
	}
	(void)kernel_hwpt_invalidate(fd, &cmd);
	must(cmd.entry_num <= wanted);
}

/* What a guest stores into its page: mostly sound rings. */
static void store(struct life *life)
{
	struct held *held = &life->maps[fuzz_byte(&life->in) % MOST_MAPS];
	uint32_t at = fuzz_byte(&life->in) % 2 * 0x20 + fuzz_byte(&life->in) % 6;
	uint32_t value = (uint32_t)fuzz_take(&life->in, fuzz_byte(&life->in) % 4 ? 1 : 4);

	if (held->is)
		((_Atomic uint32_t *)held->page)[at] = value;
}

static void fill(struct life *life)
{
	static const uint8_t opcodes[] = {0x11, 0x12, 0x40, 0x46, 0x46, 0x12, 0x10, 0x30};
	uint64_t *ring =
		(uint64_t *)(void *)(life->ram + (uint64_t)fuzz_byte(&life->in) % 64 * 0x1000);

	for (uint32_t i = 0; i < 32; i++) {
		ring[2 * i] = opcodes[fuzz_byte(&life->in) % sizeof(opcodes)];
		ring[2 * i + 1] = fuzz_byte(&life->in);
	}
}

static void look(struct life *life, struct kernel_iommufd *fd)
{
	struct kernel_hw_info_smmuv3 info;
	struct kernel_get_hw_info cmd = {.dev_id = take_id(life),
					 .data_len = sizeof(info),
					 .data = &info,
					 .data_type = fuzz_byte(&life->in) % 5};
	const uint64_t record[4] = {fuzz_take(&life->in, 8), 0, 0, 0};
	uint64_t entry[8];

	(void)kernel_get_hw_info(fd, &cmd);
	kernel_stream_entry(life->kernel, fuzz_byte(&life->in) % 24, entry);
	(void)kernel_smmu_event(life->kernel, record);
}

static void step(struct life *life)
{
	uint8_t what = fuzz_byte(&life->in);
	uint32_t number = what >> 7;
	struct kernel_iommufd *fd = life->fds[number];

	switch (what % 18) {
	case 0:
		device(life, fd);
		break;
	case 1:
		attach(life, fd);
		break;
	case 2:
		ioas(life, fd);
		break;
	case 3:
		map(life, fd);
		break;
	case 4:
		unmap(life, fd);
		break;
	case 5:
		hwpt(life, fd);
		break;
	case 6:
		viommu(life, fd);
		break;
	case 7:
		page(life, fd, number);
		break;
	case 8:
		vdevice(life, fd);
		break;
	case 9:
		hw_queue(life, fd);
		break;
	case 10:
		veventq(life, fd, number);
		break;
	case 11:
		events(life, fd, number);
		break;
	case 12:
		invalidate(life, fd);
		break;
	case 13:
		store(life);
		break;
	case 14:
		fill(life);
		break;
	case 15:
		look(life, fd);
		break;
	case 16:
		must(cmdqv_model_run(life->model, fuzz_byte(&life->in)) >= 0);
		break;
	default:
		(void)kernel_destroy_object(fd, take_id(life));
	}
	kernel_handle_interrupt(life->kernel);
}

/* A VM with all that it needs, so that not every input has to find out how. */
static void open_vm(struct life *life, uint32_t number)
{
	struct kernel_iommufd *fd = life->fds[number];
	struct kernel_device_bind bind = {.sid = number, .num_sids = 1};
	struct kernel_ioas_alloc alloc = {.flags = 0};
	struct kernel_ioas_map area = {
		.flags = 7, .user_va = life->ram, .length = RAM_BYTES / 2, .iova = 0};
	struct kernel_hwpt_alloc parent = {.flags = KERNEL_HWPT_NEST_PARENT};

	keep_id(life, kernel_device_bind(fd, &bind), bind.out_devid);
	keep_id(life, kernel_ioas_alloc(fd, &alloc), alloc.out_ioas_id);
	area.ioas_id = alloc.out_ioas_id;
	must(kernel_ioas_map(fd, &area) == 0);
	parent.dev_id = bind.out_devid;
	parent.pt_id = alloc.out_ioas_id;
	keep_id(life, kernel_hwpt_alloc(fd, &parent), parent.out_hwpt_id);
}

/* Everything closes, and nothing is left. */
static void end(struct life *life)
{
	struct kernel_iommufd *fd;

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
	must(kernel_iommufd_open(life->kernel, &fd) == 0);
	life->fds[0] = fd;
	life->num_ids = 0;
	open_vm(life, 0);
	for (uint32_t vintf = 1; vintf < VINTFS; vintf++) {
		struct kernel_viommu_cmdqv data;
		struct kernel_viommu_alloc cmd = {.type = KERNEL_VIOMMU_TEGRA241_CMDQV,
						  .dev_id = life->ids[0],
						  .hwpt_id = life->ids[2],
						  .data_len = sizeof(data),
						  .data = &data};

		must(kernel_viommu_alloc(fd, &cmd) == 0);
	}
	kernel_device_unbind_all(fd);
	must(kernel_iommufd_close(fd) == 0);
	kernel_destroy(life->kernel);
	cmdqv_model_destroy(life->model);
	free(life->ram);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct life life = {.in = {bytes, size}};
	uint8_t vms;

	begin(&life);
	vms = fuzz_byte(&life.in) % (FDS + 1);
	for (uint32_t i = 0; i < vms; i++)
		open_vm(&life, i);
	while (life.in.left > 0)
		step(&life);
	end(&life);
	return 0;
}
