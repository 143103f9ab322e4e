/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VMM's whole life with the iommufd backend on a Grace host:
 *
 *	embed_iommufd /dev/vfio/devices/vfio0
 *
 * It plays its own guest: one queue, one invalidation, through the page that the guest would
 * have mapped. What a VMM has already (VFIO, IOAS) is kept short: real ones use
 * <linux/iommufd.h> and <linux/vfio.h>, of Linux 6.17 or newer.
 */
#include <cmdqv/cmdqv.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RAM_BYTES 0x100000U

static _Alignas(4096) char ram[RAM_BYTES]; /* the guest's memory, at guest address 0 */
static void *page0;			   /* where the guest sees VINTF page 0, or NULL */

static void must(int result, const char *what, const struct cmdqv_error *why)
{
	if (!result)
		return;
	fprintf(stderr, "%s: %s\n", what, why ? why->text : "failed");
	exit(2);
}

/* ---- what every VMM with VFIO does: device, memory, nest parent ---- */

struct host {
	int iommufd;
	int device;
	uint32_t dev_id;
	uint32_t nest_parent;
};

static void open_host(struct host *host, const char *cdev)
{
	uint32_t ioas[3] = {sizeof(ioas)};
	uint32_t hwpt[12] = {sizeof(hwpt), 1 /* NEST_PARENT */};
	uint32_t bind[4] = {sizeof(bind)};
	struct {
		uint32_t word[4];
		uint64_t user_va, length, iova;
	} map = {{sizeof(map), 7 /* FIXED_IOVA, WRITEABLE, READABLE */},
		 (uintptr_t)ram,
		 RAM_BYTES,
		 0};

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
	host->nest_parent = hwpt[4];
}

/* ---- what it lends to the device: see embed.c ---- */

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
	(void)vmm;
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
	sizeof(vmm_ops), map_page, unmap_page, interrupt, is_ram, print, NULL,
};

/* ---- the guest: its driver, and its SMMUv3's trapped commands ---- */

static void guest_write(struct cmdqv *dev, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	cmdqv_access(dev, &access);
}

static bool play_guest(struct cmdqv *dev)
{
	struct pollfd events = {.fd = cmdqv_event_fd(dev), .events = POLLIN};
	uint64_t *ring = (uint64_t *)(void *)(ram + 0x1000);
	_Atomic uint32_t *registers;

	guest_write(dev, CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, 4, CMDQV_VINTF_CONFIG_ENABLE);
	guest_write(dev, CMDQV_REG_CMDQ_ALLOC, 4, CMDQV_CMDQ_ALLOC_ALLOCATED);
	guest_write(dev, CMDQV_VINTF_PAGE1 + CMDQV_REG_VCMDQ_BASE, 8, 0x1000 | 4);
	if (!page0)
		return false;
	registers = page0;
	ring[0] = CMDQV_OP_TLBI_NH_ASID | CMDQV_SET(CMDQV_TLBI0_ASID, 7ULL);
	ring[2] = CMDQV_OP_CMD_SYNC;
	atomic_store(&registers[CMDQV_REG_VCMDQ_CONFIG / 4], CMDQV_VCMDQ_CONFIG_EN);
	atomic_store(&registers[CMDQV_REG_VCMDQ_PROD / 4], 2); /* no exit */
	for (int i = 0; i < 1000 && atomic_load(&registers[CMDQV_REG_VCMDQ_CONS / 4]) != 2; i++)
		if (poll(&events, 1, 1) > 0)
			cmdqv_events(dev);
	return atomic_load(&registers[CMDQV_REG_VCMDQ_CONS / 4]) == 2;
}

static bool play_smmu(struct cmdqv_iommufd *backend, const struct host *host)
{
	const struct cmdqv_iommufd_command commands[2] = {{{CMDQV_OP_TLBI_NSNH_ALL, 0}},
							  {{CMDQV_OP_CFGI_CD_ALL | 8ULL << 32, 0}}};
	const uint64_t bypass[2] = {4 << 1 | 1, 0}; /* V, CFG: the guest's stream table entry */
	const cmdqv_vsid_t vsid = {8};		    /* as the guest numbers its buses */
	struct cmdqv_iommufd_result result;
	struct cmdqv_error why;

	must(cmdqv_iommufd_add_device(backend, vsid, host->dev_id, host->device, &why), "vDEVICE",
	     &why);
	must(cmdqv_iommufd_set_ste(backend, vsid, bypass, &why), "stream table entry", &why);
	must(cmdqv_iommufd_invalidate(backend, commands, 2, &result, &why), "invalidate", &why);
	must(cmdqv_iommufd_remove_device(backend, vsid, &why), "remove", &why);
	return result.issued == 2 && !result.error;
}

int main(int argc, char **argv)
{
	uint32_t idr[CMDQV_IOMMUFD_IDRS] = {0x0D40101A, 0x02730010, 0, 0, 0, 0x74};
	struct cmdqv_iommufd_hw_info info = {.size = sizeof(info)};
	struct cmdqv_iommufd_config config = {.size = sizeof(config)};
	struct cmdqv_config device_config = {.size = sizeof(device_config)};
	struct cmdqv_iommufd *backend;
	struct cmdqv_backend operations;
	struct cmdqv_error why;
	struct cmdqv *dev;
	struct host host;
	bool done;

	must(argc != 2, "usage: embed_iommufd /dev/vfio/devices/vfioN", NULL);
	open_host(&host, argv[1]);
	must(cmdqv_iommufd_query(host.iommufd, host.dev_id, &info, &why), "query", &why);
	must(cmdqv_iommufd_limit_idr(&info, 4096, idr, &why), "ID registers", &why);
	config.iommufd = host.iommufd;
	config.dev_id = host.dev_id;
	config.hwpt_id = host.nest_parent;
	must(cmdqv_iommufd_open(&backend, &config, &operations, &why), "backend", &why);
	device_config.cmdqs = idr[1] >> 21 & 0x1F; /* IDR1.CMDQS, as the guest is shown it */
	must(cmdqv_create(&dev, &device_config, &operations, &vmm_ops, NULL, &why), "CMDQV", &why);
	done = play_guest(dev) && play_smmu(backend, &host);
	cmdqv_destroy(dev);
	cmdqv_iommufd_close(backend); /* before the descriptors that it borrowed */
	close(host.device);
	close(host.iommufd);
	puts(done ? "the invalidation was executed without an exit" : "it was not executed");
	return done ? 0 : 1;
}
