/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VMM's whole life with a CMDQV, on either host:
 *
 *	embed_viommu soft			a host in software, in this process
 *	embed_viommu /dev/vfio/devices/vfio0	a Grace host, with a device behind its SMMU
 *
 * Only open_host() and close_host() differ. The program plays its own guest: one queue and one
 * invalidation through the page that the guest would have mapped, then what its SMMUv3 traps. A VMM
 * has VFIO and IOAS code already, so that part is short: real ones use <linux/iommufd.h> and
 * <linux/vfio.h>, of Linux 6.17 or newer.
 */
#include <cmdqv/cmdqv.h>
#include <cmdqv/model/soft.h>
#include <fcntl.h>
#include <poll.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* As C++, g++ would warn of each member that is not named, and so 0: they are meant to be. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define RAM_BYTES 0x100000U

/* The guest's memory, at guest address 0: whole pages of the host, up to 64 KiB on a Grace. */
alignas(0x10000) static char ram[RAM_BYTES];
static void *page0; /* where the guest sees VINTF page 0, or NULL */

static void must(int result, const char *what, const struct cmdqv_error *why)
{
	if (!result)
		return;
	fprintf(stderr, "%s: %s\n", what, why ? why->text : "failed");
	exit(2);
}

/* ---- the host: device, memory, nest parent, vIOMMU ---- */

struct host {
	int iommufd;		      /* Linux; else -1 */
	int device;		      /* VFIO descriptor; else -1 */
	struct cmdqv_soft_host *soft; /* software; else NULL */
	struct cmdqv_soft_vm *vm;
	uint32_t dev_id;
	struct cmdqv_hw_info info;
	struct cmdqv_viommu *viommu;
	struct cmdqv_backend backend;
};

static void open_linux(struct host *host, const char *cdev, struct cmdqv_error *why)
{
	struct cmdqv_iommufd_config config = {.size = sizeof(config)};
	uint32_t ioas[3] = {sizeof(ioas)};
	uint32_t hwpt[12] = {sizeof(hwpt), 1 /* NEST_PARENT */};
	uint32_t bind[4] = {sizeof(bind)};
	struct {
		uint32_t word[4];
		uint64_t user_va, length, iova;
	} map = {.word = {sizeof(map), 7 /* FIXED_IOVA, WRITEABLE, READABLE */},
		 .user_va = (uintptr_t)ram,
		 .length = RAM_BYTES};

	host->iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	host->device = open(cdev, O_RDWR | O_CLOEXEC);
	must(host->iommufd < 0 || host->device < 0, "open", NULL);
	bind[2] = (uint32_t)host->iommufd;
	must(ioctl(host->device, 0x3B76UL, bind), "VFIO_DEVICE_BIND_IOMMUFD", NULL);
	host->dev_id = bind[3];
	must(ioctl(host->iommufd, 0x3B81UL, ioas), "IOMMU_IOAS_ALLOC", NULL);
	map.word[2] = ioas[2];
	must(ioctl(host->iommufd, 0x3B85UL, &map), "IOMMU_IOAS_MAP", NULL);
	hwpt[2] = host->dev_id;
	hwpt[3] = ioas[2];
	must(ioctl(host->iommufd, 0x3B89UL, hwpt), "IOMMU_HWPT_ALLOC", NULL);
	must(cmdqv_iommufd_query(host->iommufd, host->dev_id, &host->info, why), "query", why);
	config.iommufd = host->iommufd;
	config.dev_id = host->dev_id;
	config.hwpt_id = hwpt[4];
	must(cmdqv_iommufd_open(&host->viommu, &config, &host->backend, why), "vIOMMU", why);
}

static void kick(void *user)
{
	(void)user; /* the engine is run in run_hardware() */
}

static void open_soft(struct host *host, struct cmdqv_error *why)
{
	const struct cmdqv_soft_host_config config = {.size = sizeof(config),
						      .log2_vcmdqs = 2,
						      .log2_vintfs = 1,
						      .log2_sids = 4,
						      .cmdqs = 8};
	const struct cmdqv_soft_ops ops = {.size = sizeof(ops), .kick = kick};
	const cmdqv_sid_t sid = {0x100}; /* the device, as the host numbers it */

	must(cmdqv_soft_host_create(&host->soft, &config, &ops, NULL, why), "host", why);
	must(cmdqv_soft_vm_create(&host->vm, host->soft, why), "VM", why);
	must(cmdqv_soft_bind_device(host->vm, sid, &host->dev_id), "bind", NULL);
	must(cmdqv_soft_map_ram(host->vm, (cmdqv_gpa_t){0}, ram, RAM_BYTES), "map", NULL);
	must(cmdqv_soft_query(host->vm, host->dev_id, &host->info, why), "query", why);
	must(cmdqv_soft_open(&host->viommu, host->vm, &host->backend, why), "vIOMMU", why);
}

static void open_host(struct host *host, const char *name)
{
	struct cmdqv_error why;

	memset(host, 0, sizeof(*host));
	host->info.size = sizeof(host->info);
	host->iommufd = -1;
	host->device = -1;
	if (strcmp(name, "soft") == 0)
		open_soft(host, &why);
	else
		open_linux(host, name, &why);
}

static void close_host(struct host *host)
{
	cmdqv_viommu_close(host->viommu); /* before what it borrowed */
	cmdqv_soft_vm_destroy(host->vm);
	cmdqv_soft_host_destroy(host->soft);
	if (host->iommufd < 0)
		return;
	close(host->device);
	close(host->iommufd);
}

/* On a Grace the hardware runs by itself. */
static void run_hardware(const struct host *host)
{
	while (host->soft && cmdqv_soft_host_run(host->soft, 64) > 0)
		;
}

/* ---- what the VMM lends to the device: see embed.c ---- */

static int map_page(void *vmm, const struct cmdqv_page0_map *page)
{
	(void)vmm;
	page0 = page->view.host; /* here: KVM_SET_USER_MEMORY_REGION; never into an IOAS */
	return 0;
}
static void unmap_page(void *vmm)
{
	(void)vmm;
	page0 = NULL;
}
static void interrupt(void *vmm)
{
	(void)vmm; /* here: an edge on the CMDQV's line */
}
static bool is_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)vmm;
	return gpa.value < RAM_BYTES && bytes <= RAM_BYTES - gpa.value;
}
static void print(void *vmm, const struct cmdqv_log *log)
{
	(void)vmm;
	fprintf(stderr, "%s: %s\n", log->id, log->text);
}
static const struct cmdqv_vmm_ops vmm_ops = {
	.size = sizeof(vmm_ops),
	.page0_map = map_page,
	.page0_unmap = unmap_page,
	.interrupt = interrupt,
	.is_guest_ram = is_ram,
	.log = print,
};

/* ---- the guest: its driver, and its SMMUv3's trapped commands ---- */

static void guest_write(struct cmdqv *dev, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	cmdqv_access(dev, &access);
}

static void store(uint32_t *to, uint32_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

static uint32_t load(const uint32_t *from)
{
	return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

static bool play_guest(struct cmdqv *dev, const struct host *host)
{
	struct pollfd events = {.fd = cmdqv_event_fd(dev), .events = POLLIN};
	uint64_t *ring = (uint64_t *)(void *)(ram + 0x1000);
	uint32_t *registers;

	guest_write(dev, CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, 4, CMDQV_VINTF_CONFIG_ENABLE);
	guest_write(dev, CMDQV_REG_CMDQ_ALLOC, 4, CMDQV_CMDQ_ALLOC_ALLOCATED);
	guest_write(dev, CMDQV_VINTF_PAGE1 + CMDQV_REG_VCMDQ_BASE, 8, 0x1000 | 4);
	if (!page0)
		return false;
	registers = (uint32_t *)page0;
	ring[0] = CMDQV_OP_TLBI_NH_ASID | CMDQV_SET(CMDQV_TLBI0_ASID, 7ULL);
	ring[2] = CMDQV_OP_CMD_SYNC;
	store(&registers[CMDQV_REG_VCMDQ_CONFIG / 4], CMDQV_VCMDQ_CONFIG_EN);
	store(&registers[CMDQV_REG_VCMDQ_PROD / 4], 2); /* no exit */
	run_hardware(host);
	for (int i = 0; i < 1000 && load(&registers[CMDQV_REG_VCMDQ_CONS / 4]) != 2; i++)
		if (poll(&events, 1, 1) > 0)
			cmdqv_events(dev);
	return load(&registers[CMDQV_REG_VCMDQ_CONS / 4]) == 2;
}

/* Faults of the guest's devices, which may never end: into its event queue with some of them. */
static int forward_events(struct cmdqv_viommu *viommu)
{
	struct cmdqv_viommu_event event;
	int count = 0;

	while (count < 64 && cmdqv_viommu_smmu_event(viommu, &event) == 1) {
		count++;
		if (event.lost) { /* no event: a VMM toggles OVFLG of the guest's queue */
			puts("events were lost");
			continue;
		}
		printf("event 0x%02x of StreamID 0x%x\n", (unsigned int)(event.word[0] & 0xff),
		       (unsigned int)(event.word[0] >> 32));
	}
	return count;
}

/* The device reads memory that the guest did not map. A Grace's device does so by itself. */
static void device_misbehaves(const struct host *host)
{
	const struct cmdqv_smmu_access access = {.address = 0x12345000, .sid = 0x100};
	struct cmdqv_smmu_translation translation;

	if (host->soft)
		(void)cmdqv_smmu_translate(cmdqv_soft_host_smmu(host->soft), &access, &translation);
}

static bool play_smmu(const struct host *host)
{
	const struct cmdqv_viommu_command commands[2] = {
		{.word = {CMDQV_OP_TLBI_NSNH_ALL, 0}},
		{.word = {CMDQV_OP_CFGI_CD_ALL | 8ULL << 32, 0}},
	};
	const uint64_t stage1[2] = {0x2000 | 5 << 1 | 1, 0}; /* V, CFG, an empty context */
	const cmdqv_vsid_t vsid = {8};			     /* as the guest numbers its buses */
	struct cmdqv_viommu *viommu = host->viommu;
	struct cmdqv_viommu_result result;
	struct cmdqv_error why;
	int events;

	must(cmdqv_viommu_add_device(viommu, vsid, host->dev_id, host->device, &why), "vDEVICE",
	     &why);
	must(cmdqv_viommu_set_ste(viommu, vsid, stage1, &why), "stream table entry", &why);
	must(cmdqv_viommu_invalidate(viommu, commands, 2, &result, &why), "invalidate", &why);
	device_misbehaves(host);
	events = forward_events(viommu); /* while cmdqv_viommu_smmu_event_fd() is readable */
	must(cmdqv_viommu_remove_device(viommu, vsid, &why), "remove", &why);
	return result.issued == 2 && !result.error && (!host->soft || events == 1);
}

int main(int argc, char **argv)
{
	uint32_t idr[CMDQV_SMMU_IDRS] = {0x0D40101A, 0x02730010, 0, 0, 0, 0x74};
	struct cmdqv_config config = {.size = sizeof(config), .guest_is_coherent = true};
	struct cmdqv_error why;
	struct cmdqv *dev;
	struct host host;
	bool done;

	if (argc != 2) {
		fprintf(stderr, "usage: embed_viommu soft | /dev/vfio/devices/vfioN\n");
		return 2;
	}
	open_host(&host, argv[1]);
	must(cmdqv_hw_info_limit_idr(&host.info, 4096, idr, &why), "ID registers", &why);
	config.cmdqs = idr[1] >> 21 & 0x1F; /* IDR1.CMDQS, as the guest is shown it */
	must(cmdqv_create(&dev, &config, &host.backend, &vmm_ops, NULL, &why), "CMDQV", &why);
	done = play_guest(dev, &host) && play_smmu(&host);
	cmdqv_destroy(dev);
	close_host(&host);
	puts(done ? "the invalidation was executed without an exit" : "it was not executed");
	return done ? 0 : 1;
}
