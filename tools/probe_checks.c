/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of checks, in the order in which they are shown. Each leaves one result: what was
 * seen, with the path, and what to do. docs/probe.md is about the same list.
 *
 * Not checked, because no file says it: whether VINTFs are free, S2FWB, IDR1.CMDQS of the SMMU.
 */
#include "probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_INTERRUPTS = 8 << 20,
	MOST_SMALL = 64 << 10,
	MOST_DPKG = 32 << 20,
	CAP_IPC_LOCK = 14,
	MOST_LOG2SIZE = 19, /* that an SMMU's IDR1.CMDQS can say */
	ENTRY_LOG2 = 4,
};

#define GIB (UINT64_C(1) << 30)

/* ---- SMMU and CMDQV ---- */

static void check_smmu(struct probe *probe, struct probe_result *result)
{
	if (probe->smmu_error < 0) {
		probe_say_unseen(result, "/sys/class/iommu", probe->smmu_error);
		return;
	}
	if (probe->smmu_count == 0) {
		probe_say(result, PROBE_FAIL,
			  "use a host with an SMMUv3, and a kernel that drives it (ARM_SMMU_V3)",
			  "/sys/class/iommu has no smmu3.*");
		return;
	}
	probe_say(result, PROBE_PASS, NULL, "/sys/class/iommu: %zu SMMUv3:", probe->smmu_count);
	for (size_t i = 0; i < probe->smmu_count && i < 4; i++)
		probe_say_more(result, "%s", probe->smmus[i].name);
	if (probe->smmu_count > 4)
		probe_say_more(result, "...");
}

static size_t count_cmdqvs(const struct probe *probe, enum probe_answer answer)
{
	size_t count = 0;

	for (size_t i = 0; i < probe->smmu_count; i++)
		count += probe->smmus[i].cmdqv == answer;
	return count;
}

/* Was every place looked at where a CMDQV could be? Or the path of one that was not. */
static const char *unseen_place(const struct probe *probe, int *error)
{
	*error = probe->smmu_error;
	if (*error < 0)
		return "/sys/class/iommu";
	if (probe->smmu_count > 0 && count_cmdqvs(probe, PROBE_NO) == probe->smmu_count)
		return NULL;
	*error = probe->acpi_error;
	return *error < 0 ? "/sys/bus/acpi/devices" : NULL;
}

static void check_cmdqv(struct probe *probe, struct probe_result *result)
{
	size_t with = count_cmdqvs(probe, PROBE_YES);
	int error;
	const char *unseen = unseen_place(probe, &error);

	if (probe->cmdqvs == 0 && unseen) {
		probe_say_unseen(result, unseen, error);
		return;
	}
	if (probe->cmdqvs == 0) {
		probe_say(result, PROBE_FAIL,
			  "use a Grace host, with the CMDQV not hidden by its firmware",
			  "no NVDA200C in /sys/bus/acpi/devices, no nvidia,cmdqv in a device tree");
		return;
	}
	if (probe->smmu_count == 0) {
		probe_say(result, PROBE_UNKNOWN, "see smmu",
			  "there is no SMMU that it could belong to");
		return;
	}
	probe_say(result, PROBE_PASS, NULL, "%zu CMDQV in ACPI (NVDA200C) or the device tree;",
		  probe->cmdqvs);
	if (count_cmdqvs(probe, PROBE_MAYBE) > 0)
		probe_say_more(result, "which SMMUs they belong to is in the IORT, which only root "
				       "reads");
	else if (with == 0)
		probe_say(result, PROBE_FAIL,
			  "let _UID be the identifier of the SMMU's IORT node, and its model 0",
			  "%zu CMDQV, but none belongs to an SMMU of the IORT", probe->cmdqvs);
	else
		probe_say_more(result, "%zu of %zu SMMUs have one", with, probe->smmu_count);
}

/* How often a word stands in /proc/interrupts, by lines; -errno if it cannot be read. */
static long count_interrupts(const struct probe *probe, const char *word)
{
	size_t length;
	int error;
	char *text =
		probe_tree_read(&probe->tree, "/proc/interrupts", MOST_INTERRUPTS, &length, &error);
	long count = 0;

	if (!text)
		return error;
	for (char *at = text; (at = strstr(at, word)) != NULL; count++)
		at += strcspn(at, "\n");
	free(text);
	return count;
}

static bool is_disabled(const struct probe *probe)
{
	char text[4096];
	const char *at;

	if (probe_tree_line(&probe->tree, "/proc/cmdline", text, sizeof(text)) < 0)
		return false;
	at = strstr(text, "disable_cmdqv");
	if (!at)
		return false;
	at += strlen("disable_cmdqv");
	return *at == '\0' || *at == ' ' || (*at == '=' && strchr("1yYtT", at[1]) && at[1]) ||
	       strncmp(at, "=on", 3) == 0;
}

static void check_driver(struct probe *probe, struct probe_result *result)
{
	static const char *const log = "dmesg | cmdqv explain";
	long count = count_interrupts(probe, "tegra241-cmdqv");

	if (is_disabled(probe))
		probe_say(result, PROBE_FAIL,
			  "take disable_cmdqv from the kernel's command line and reboot",
			  "/proc/cmdline: disable_cmdqv is set");
	else if (count > 0)
		probe_say(result, PROBE_PASS, NULL, "/proc/interrupts: %ld tegra241-cmdqv", count);
	else if (probe->cmdqvs == 0)
		probe_say(result, PROBE_UNKNOWN, "see cmdqv",
			  "no CMDQV is known that Linux could drive");
	else if (count < 0)
		probe_say(result, PROBE_UNKNOWN, log, "/proc/interrupts: %s",
			  strerror((int)-count));
	else
		probe_say(
			result, PROBE_UNKNOWN, log,
			"/proc/interrupts has no tegra241-cmdqv: Linux fell back to the SMMU's own "
			"queue, or the CMDQV has no interrupt");
}

/* ---- DMA ---- */

static void check_coherency(struct probe *probe, struct probe_result *result)
{
	bool known = probe->smmu_count > 0;

	for (size_t i = 0; i < probe->smmu_count; i++) {
		if (probe->smmus[i].coherent == PROBE_NO && probe->smmus[i].cmdqv != PROBE_NO) {
			probe_say(result, PROBE_FAIL,
				  "have the firmware say that it is: else VFIO_DEVICE_BIND_IOMMUFD "
				  "is "
				  "EINVAL",
				  "%s is not coherent, as firmware has it", probe->smmus[i].name);
			return;
		}
		known = known && probe->smmus[i].coherent == PROBE_YES;
	}
	if (known) {
		probe_say(result, PROBE_PASS, NULL, "firmware says that the SMMUs are coherent");
		return;
	}
	if (probe->iort_error == -EACCES)
		probe_say(result, PROBE_UNKNOWN, "run it as root once",
			  "only root reads /sys/firmware/acpi/tables/IORT");
	else
		probe_say(result, PROBE_UNKNOWN,
			  "bind a device: VFIO_DEVICE_BIND_IOMMUFD is EINVAL if they are not",
			  "neither an IORT nor a device tree says whether SMMUs are coherent");
	result->decides = false;
}

static void check_nesting(struct probe *probe, struct probe_result *result)
{
	if (probe->canwbs == PROBE_YES) {
		probe_say(result, PROBE_PASS, NULL,
			  "IORT: every root complex has CANWBS, so both stages can be nested");
		return;
	}
	if (probe->canwbs == PROBE_NO) {
		probe_say(
			result, PROBE_UNKNOWN,
			"update the firmware; IOMMU_VIOMMU_ALLOC tells: EOPNOTSUPP is a no",
			"IORT: a root complex lacks CANWBS; the SMMU must have S2FWB (IDR3 bit 8) "
			"then, which no file says");
		return;
	}
	if (probe->iort_error == -EACCES)
		probe_say(result, PROBE_UNKNOWN,
			  "run it as root once; IOMMU_VIOMMU_ALLOC tells: EOPNOTSUPP is a no",
			  "CANWBS is in the IORT, which only root reads; S2FWB is in no file");
	else
		probe_say(result, PROBE_UNKNOWN, "IOMMU_VIOMMU_ALLOC tells: EOPNOTSUPP is a no",
			  "no IORT says CANWBS, and no file S2FWB: one of them is needed");
	result->decides = false;
}

static void check_msi(struct probe *probe, struct probe_result *result)
{
	static const char *const unsafe = "/sys/module/iommufd/parameters/allow_unsafe_interrupts";
	static const char *const its_remedy = "the host needs a GIC ITS; "
					      "iommufd.allow_unsafe_interrupts=1 takes the risk";
	long its = count_interrupts(probe, "ITS");
	long gic = count_interrupts(probe, "GIC");
	char text[8];

	if (its > 0)
		probe_say(result, PROBE_PASS, NULL, "/proc/interrupts: %ld by a GIC ITS", its);
	else if (probe->its_group)
		probe_say(result, PROBE_PASS, NULL, "IORT: an ITS group");
	else if (probe_tree_line(&probe->tree, unsafe, text, sizeof(text)) == 0 && text[0] == 'Y')
		probe_say(result, PROBE_PASS, "use a host with an ITS: this takes a risk", "%s: Y",
			  unsafe);
	else if (gic > 0 && probe->iort_error == -EACCES)
		probe_say(result, PROBE_UNKNOWN, "run it as root once",
			  "/proc/interrupts: a GIC, but no interrupt of an ITS; whether there is "
			  "one is in the IORT, which only root reads");
	else if (gic > 0)
		probe_say(result, PROBE_FAIL, its_remedy,
			  "/proc/interrupts: a GIC, but no ITS: MSIs are not isolated");
	else if (gic < 0)
		probe_say(result, PROBE_UNKNOWN, gic == -EACCES ? "run it as root" : "mount /proc",
			  "/proc/interrupts cannot be read: %s", strerror((int)-gic));
	else
		probe_say(result, PROBE_UNKNOWN, its_remedy,
			  "no ITS and no GIC is to be seen in /proc/interrupts");
}

/* ---- files to open ---- */

static void check_iommufd(struct probe *probe, struct probe_result *result)
{
	int ret = probe_tree_usable(&probe->tree, "/dev/iommu");
	int parent = probe_tree_readable(&probe->tree, "/dev");

	if (ret == 0)
		probe_say(result, PROBE_PASS, NULL, "/dev/iommu can be opened");
	else if (ret == -ENOENT && parent < 0)
		probe_say_unseen(result, "/dev", parent);
	else if (ret == -ENOENT)
		probe_say(result, PROBE_FAIL, "modprobe iommufd; in a container, pass it in",
			  "/dev/iommu is not there");
	else if (ret == -EACCES || ret == -EPERM)
		probe_say(result, PROBE_UNKNOWN,
			  "run it as root, or as the VMM's user; what gives that user access is a "
			  "udev rule for KERNEL==\"iommu\"",
			  "/dev/iommu: this user may not open it (%s)", strerror(-ret));
	else
		probe_say(result, PROBE_FAIL, "remove what is there, modprobe iommufd",
			  "/dev/iommu: %s", strerror(-ret));
}

struct cdevs {
	const struct probe *probe;
	char usable[PROBE_NAME];
	unsigned int count;
	unsigned int denied;
};

static void take_cdev(void *user, const char *name)
{
	struct cdevs *cdevs = user;
	char path[320];

	if (strncmp(name, "vfio", 4) != 0)
		return;
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	cdevs->count++;
	if (probe_tree_usable(&cdevs->probe->tree, path) < 0)
		cdevs->denied++;
	else if (!cdevs->usable[0] && strlen(name) < sizeof(cdevs->usable))
		snprintf(cdevs->usable, sizeof(cdevs->usable), "%s", name);
}

static void check_vfio(struct probe *probe, struct probe_result *result)
{
	struct cdevs cdevs = {.probe = probe};

	int ret = probe_tree_list(&probe->tree, "/dev/vfio/devices", take_cdev, &cdevs);

	if (ret == -ENOENT) /* /dev without it is known to have none */
		ret = probe_tree_readable(&probe->tree, "/dev");
	if (ret < 0)
		probe_say_unseen(result, "/dev/vfio/devices", ret);
	else if (cdevs.count == 0)
		probe_say(result, PROBE_FAIL,
			  "bind a device: echo vfio-pci > "
			  "/sys/bus/pci/devices/BDF/driver_override, unbind it, then echo BDF > "
			  "/sys/bus/pci/drivers_probe",
			  "no /dev/vfio/devices/vfio*: no device is bound to vfio-pci");
	else if (!cdevs.usable[0])
		probe_say(result, PROBE_UNKNOWN,
			  "run it as root, or as the VMM's user; what gives that user access is a "
			  "udev rule for SUBSYSTEM==\"vfio-dev\"",
			  "/dev/vfio/devices: %u devices, and this user may open none",
			  cdevs.count);
	else
		probe_say(result, PROBE_PASS, NULL, "/dev/vfio/devices: %u, %s can be opened",
			  cdevs.count - cdevs.denied, cdevs.usable);
}

/* ---- the device ---- */

static int device_path(const struct probe *probe, const char *name, char *path, size_t bytes)
{
	int length = snprintf(path, bytes, "/sys/bus/pci/devices/%s%s", probe->device, name);

	return length > 0 && (size_t)length < bytes ? 0 : -ENAMETOOLONG;
}

/*
 * Says so if the device is not there, or cannot be seen: one check fails for it, the others
 * have nothing to look at.
 */
static bool is_device_unseen(const struct probe *probe, bool tells, struct probe_result *result)
{
	static const char *const place = "/sys/bus/pci/devices";
	char path[160];
	int ret;

	device_path(probe, "", path, sizeof(path));
	ret = probe_tree_look(&probe->tree, path);
	if (ret == 0)
		return false;
	if (ret == -ENOENT)
		ret = probe_tree_readable(&probe->tree, place);
	if (ret < 0)
		probe_say_unseen(result, place, ret);
	else if (tells)
		probe_say(result, PROBE_FAIL, "look at 'lspci -D' for its name",
			  "there is no device %s in %s", probe->device, place);
	else
		probe_say(result, PROBE_UNKNOWN, "see device-driver", "there is no device %s",
			  probe->device);
	return true;
}

/* Says that a link of the device cannot be followed, if that is not because it is not there. */
static bool is_link_unseen(const char *path, int ret, struct probe_result *result)
{
	if (ret == 0 || ret == -ENOENT)
		return false;
	probe_say_unseen(result, path, ret);
	return true;
}

static void check_device_driver(struct probe *probe, struct probe_result *result)
{
	static const char *const bind = "echo vfio-pci > driver_override of the device, echo its "
					"name > driver/unbind, then > "
					"/sys/bus/pci/drivers_probe";
	char name[PROBE_NAME];
	char path[160];
	int ret;

	if (is_device_unseen(probe, true, result))
		return;
	device_path(probe, "/driver", path, sizeof(path));
	ret = probe_tree_target(&probe->tree, path, name, sizeof(name));
	if (is_link_unseen(path, ret, result))
		return;
	if (ret < 0)
		probe_say(result, PROBE_FAIL, bind, "%s: it has no driver", path);
	else if (strstr(name, "vfio") == NULL)
		probe_say(result, PROBE_FAIL, bind, "%s: %s, not vfio-pci", path, name);
	else
		probe_say(result, PROBE_PASS, NULL, "%s: %s", path, name);
}

static void check_device_smmu(struct probe *probe, struct probe_result *result)
{
	char name[PROBE_NAME];
	char path[160];
	int ret;

	if (is_device_unseen(probe, false, result))
		return;
	device_path(probe, "/iommu", path, sizeof(path));
	ret = probe_tree_target(&probe->tree, path, name, sizeof(name));
	if (is_link_unseen(path, ret, result))
		return;
	if (ret < 0) {
		probe_say(result, PROBE_FAIL, "use a device that is behind an SMMUv3",
			  "%s: it is behind no IOMMU", path);
		return;
	}
	for (size_t i = 0; i < probe->smmu_count; i++) {
		const struct probe_smmu *smmu = &probe->smmus[i];

		if (strcmp(smmu->name, name) != 0)
			continue;
		if (smmu->cmdqv == PROBE_YES)
			probe_say(result, PROBE_PASS, NULL, "%s: %s, which has a CMDQV", path,
				  name);
		else if (smmu->cmdqv == PROBE_NO)
			probe_say(result, PROBE_FAIL, "use a device behind an SMMU with a CMDQV",
				  "%s: %s, which has no CMDQV", path, name);
		else
			probe_say(result, PROBE_UNKNOWN, "run it as root once",
				  "%s: %s; whether it has a CMDQV is in the IORT", path, name);
		return;
	}
	if (probe->smmu_error < 0)
		probe_say_unseen(result, "/sys/class/iommu", probe->smmu_error);
	else
		probe_say(result, PROBE_FAIL, "use a device that is behind an SMMUv3",
			  "%s: %s is no SMMUv3", path, name);
}

struct group {
	char others[200];
	const char *device;
	unsigned int count;
};

static void take_member(void *user, const char *name)
{
	struct group *group = user;
	size_t used = strlen(group->others);

	group->count++;
	if (strcmp(name, group->device) != 0)
		snprintf(group->others + used, sizeof(group->others) - used, " %s", name);
}

static void check_device_group(struct probe *probe, struct probe_result *result)
{
	struct group group = {.device = probe->device};
	char path[160];
	int ret;

	if (is_device_unseen(probe, false, result))
		return;
	device_path(probe, "/iommu_group/devices", path, sizeof(path));
	ret = probe_tree_list(&probe->tree, path, take_member, &group);
	if (is_link_unseen(path, ret, result))
		return;
	if (ret < 0)
		probe_say(result, PROBE_FAIL, "use a device that is behind an SMMUv3",
			  "%s: %s: it is in no group", path, strerror(-ret));
	else if (group.count == 1)
		probe_say(result, PROBE_PASS, NULL,
			  "%s: it is alone, so no other device has its StreamID", path);
	else
		probe_say(result, PROBE_UNKNOWN,
			  "use a device that is alone in its group: behind a bridge several share "
			  "one "
			  "StreamID, and IOMMU_VDEVICE_ALLOC is EOPNOTSUPP",
			  "%s: with it there are%s", path, group.others);
}

/* ---- memory ---- */

/* The number behind a name at the beginning of a line, such as "MemTotal:". */
static bool number_behind(const char *text, const char *name, int base, uint64_t *value)
{
	const char *at = strstr(text, name);
	char *end;

	if (!at)
		return false;
	at += strlen(name);
	at += strspn(at, " \t");
	*value = strtoull(at, &end, base);
	return end != at;
}

static bool may_lock(const struct probe *probe)
{
	size_t length;
	int error;
	char *text =
		probe_tree_read(&probe->tree, "/proc/self/status", MOST_SMALL, &length, &error);
	uint64_t capabilities = 0;
	bool found = text && number_behind(text, "\nCapEff:", 16, &capabilities);

	free(text);
	return found && (capabilities >> CAP_IPC_LOCK & 1);
}

static void check_locked(struct probe *probe, struct probe_result *result)
{
	static const char *const remedy =
		"ulimit -l unlimited, LimitMEMLOCK=infinity in a systemd unit, or give the VMM "
		"CAP_IPC_LOCK: all of the guest's RAM is pinned";
	size_t length;
	int error;
	char *text =
		probe_tree_read(&probe->tree, "/proc/self/limits", MOST_SMALL, &length, &error);
	const char *at = text ? strstr(text, "Max locked memory") : NULL;
	uint64_t limit;

	if (at)
		at += strlen("Max locked memory");
	if (may_lock(probe))
		probe_say(result, PROBE_PASS, NULL, "/proc/self/status: CAP_IPC_LOCK, so no limit");
	else if (at && strncmp(at + strspn(at, " "), "unlimited", 9) == 0)
		probe_say(result, PROBE_PASS, NULL, "/proc/self/limits: locked memory unlimited");
	else if (!at || !number_behind(at, "", 10, &limit))
		probe_say(result, PROBE_UNKNOWN, "look at 'ulimit -l' of the VMM's user",
			  "/proc/self/limits does not say");
	else if (limit < GIB)
		probe_say(result, PROBE_FAIL, remedy,
			  "/proc/self/limits: %" PRIu64 " KiB of locked memory, for this user",
			  limit >> 10);
	else
		probe_say(result, PROBE_PASS, remedy,
			  "/proc/self/limits: %" PRIu64 " MiB of locked memory, so a guest of less",
			  limit >> 20);
	free(text);
}

struct pools {
	const struct probe *probe;
	uint64_t page;	/* of the largest pool */
	uint64_t bytes; /* that are free in it */
};

static void take_pool(void *user, const char *name)
{
	struct pools *pools = user;
	uint64_t kib;
	uint64_t pages;
	char path[320];
	char text[32];

	if (!number_behind(name, "hugepages-", 10, &kib) || kib == 0 || kib > GIB ||
	    (kib & (kib - 1)) != 0)
		return;
	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%s/free_hugepages", name);
	if (probe_tree_line(&pools->probe->tree, path, text, sizeof(text)) < 0)
		return;
	pages = strtoull(text, NULL, 10);
	if (pages > UINT32_MAX || pages * kib << 10 <= pools->bytes)
		return;
	pools->page = kib << 10;
	pools->bytes = pages * kib << 10;
}

/* A huge page is what one page of page tables maps, so its size tells that of a page. */
static unsigned int page_of_huge(const struct probe *probe)
{
	size_t length;
	int error;
	char *text = probe_tree_read(&probe->tree, "/proc/meminfo", MOST_SMALL, &length, &error);
	uint64_t kib = 0;
	bool found = text && number_behind(text, "\nHugepagesize:", 10, &kib);

	free(text);
	if (!found)
		return 0;
	return kib == 2048 ? 4096 : kib == 32768 ? 16384 : kib == 524288 ? 65536 : 0;
}

static unsigned int log2_of(uint64_t value)
{
	unsigned int log2 = 0;

	while (value >>= 1)
		log2++;
	return log2;
}

static void set_granule(struct probe *probe, uint64_t granule)
{
	unsigned int cmdqs = log2_of(granule) - ENTRY_LOG2;

	probe->granule = granule;
	probe->cmdqs = cmdqs < MOST_LOG2SIZE ? cmdqs : MOST_LOG2SIZE;
}

static void check_granule(struct probe *probe, struct probe_result *result)
{
	static const char *const reserve = "reserve huge pages for all of the guest's RAM: "
					   "default_hugepagesz= and hugepages= on "
					   "the kernel's command line, or nr_hugepages";
	struct pools pools = {.probe = probe};

	if (probe->base_page == 0)
		probe->base_page = page_of_huge(probe);
	probe_tree_list(&probe->tree, "/sys/kernel/mm/hugepages", take_pool, &pools);
	if (pools.page > 0) {
		set_granule(probe, pools.page);
		probe_say(result, PROBE_PASS, NULL,
			  "/sys/kernel/mm/hugepages: %" PRIu64 " MiB free in pages of %" PRIu64
			  " KiB: IDR1.CMDQS %u at most, and no more than the SMMU's own",
			  pools.bytes >> 20, pools.page >> 10, probe->cmdqs);
	} else if (probe->base_page > 0) {
		set_granule(probe, probe->base_page);
		probe_say(result, PROBE_PASS, reserve,
			  "no huge pages are free, so a guest's RAM is in pages of %u KiB: "
			  "IDR1.CMDQS "
			  "%u at most, queues of %u entries",
			  probe->base_page >> 10, probe->cmdqs, 1U << probe->cmdqs);
	} else {
		probe_say(result, PROBE_UNKNOWN, reserve,
			  "neither /sys/kernel/mm/hugepages nor /proc/meminfo tell a page size");
	}
}

static void check_vintfs(struct probe *probe, struct probe_result *result)
{
	(void)probe;
	probe_say(result, PROBE_UNKNOWN,
		  "try: IOMMU_VIOMMU_ALLOC is ENOSPC when none is free; 63 VMs for each SMMU of a "
		  "Grace",
		  "no file says how many VINTFs are in use");
}

/* ---- packages ---- */

/* The version of an installed package of dpkg's status file. */
static bool find_version(const char *status, const char *package, char *version, size_t bytes)
{
	char line[64];
	const char *at = status;
	const char *end;
	const char *field;

	snprintf(line, sizeof(line), "Package: %s\n", package);
	while ((at = strstr(at, line)) != NULL && at != status && at[-1] != '\n')
		at++;
	if (!at)
		return false;
	end = strstr(at, "\n\n");
	field = strstr(at, "\nVersion: ");
	if (!field || (end && field > end))
		return false;
	field += strlen("\nVersion: ");
	snprintf(version, bytes, "%.*s", (int)strcspn(field, "\n"), field);
	probe_printable(version);
	field = strstr(at, "\nStatus: ");
	return !field || (end && field > end) ||
	       strncmp(field, "\nStatus: install ok installed", 29) == 0;
}

/* One that must be so new, or a vendor's. */
struct package {
	const char *names[3];
	unsigned int major;
	unsigned int minor;
	const char *remedy;
};

/* The version without dpkg's epoch. */
static const char *upstream_of(const char *version)
{
	const char *colon = strchr(version, ':');

	return colon ? colon + 1 : version;
}

static bool has_number(const char *version)
{
	unsigned int major;

	return sscanf(upstream_of(version), "%5u", &major) == 1;
}

static bool is_at_least(const char *version, const struct package *package)
{
	unsigned int major = 0;
	unsigned int minor = 0;

	sscanf(upstream_of(version), "%5u.%5u", &major, &minor);
	return major > package->major || (major == package->major && minor >= package->minor);
}

static void check_version_of(struct probe *probe, const struct package *package,
			     struct probe_result *result, char version[PROBE_NAME])
{
	char *status;
	size_t length;
	int error;
	bool found = false;
	bool readable;
	size_t i;

	status = probe_tree_read(&probe->tree, "/var/lib/dpkg/status", MOST_DPKG, &length, &error);
	readable = status != NULL;
	for (i = 0; status && !found && i < 3 && package->names[i]; i++)
		found = find_version(status, package->names[i], version, PROBE_NAME);
	free(status);
	if (!found) {
		version[0] = '\0';
		probe_say(
			result, PROBE_UNKNOWN, package->remedy,
			readable ? "/var/lib/dpkg/status: no package %s"
				 : "/var/lib/dpkg/status cannot be read, so no package %s is found",
			package->names[0]);
		return;
	}
	if (!has_number(version))
		probe_say(result, PROBE_UNKNOWN, package->remedy, "%s %s", package->names[i - 1],
			  version);
	else if (strstr(version, "nvidia") || is_at_least(version, package))
		probe_say(result, PROBE_PASS, NULL, "/var/lib/dpkg/status: %s %s",
			  package->names[i - 1], version);
	else
		probe_say(result, PROBE_FAIL, package->remedy, "/var/lib/dpkg/status: %s %s",
			  package->names[i - 1], version);
}

static void check_qemu(struct probe *probe, struct probe_result *result)
{
	static const struct package qemu = {
		{"qemu-system-arm", "qemu-system-aarch64", "qemu-system"},
		11,
		1,
		"QEMU has cmdqv=on from 11.1, or in NVIDIA's packages; another VMM will do too",
	};

	check_version_of(probe, &qemu, result, probe->qemu);
	probe->qemu_kind = result->status == PROBE_FAIL ? PROBE_QEMU_OLD
			   : strstr(probe->qemu, "nvidia") && !is_at_least(probe->qemu, &qemu)
				   ? PROBE_QEMU_VENDOR
				   : PROBE_QEMU_NEW;
}

static void check_libvirt(struct probe *probe, struct probe_result *result)
{
	static const struct package libvirt = {
		{"libvirt-daemon", "libvirt0", NULL},
		12,
		2,
		"libvirt has iommufd from 12.2, and NVIDIA's packages cmdqv; it is not necessary",
	};

	char version[PROBE_NAME];

	check_version_of(probe, &libvirt, result, version);
}

/* ---- the list ---- */

static const struct {
	const char *id;
	void (*run)(struct probe *probe, struct probe_result *result);
	bool decides;
	bool of_device; /* only with --device */
} checks[] = {
	{"architecture", probe_check_architecture, true, false},
	{"kernel-version", probe_check_version, true, false},
	{"kernel-options", probe_check_options, true, false},
	{"smmu", check_smmu, true, false},
	{"cmdqv", check_cmdqv, true, false},
	{"cmdqv-driver", check_driver, true, false},
	{"coherency", check_coherency, true, false},
	{"nesting", check_nesting, true, false},
	{"isolated-msi", check_msi, true, false},
	{"iommufd", check_iommufd, true, false},
	{"vfio", check_vfio, true, false},
	{"device-driver", check_device_driver, true, true},
	{"device-smmu", check_device_smmu, true, true},
	{"device-group", check_device_group, true, true},
	{"locked-memory", check_locked, true, false},
	{"granule", check_granule, false, false},
	{"free-vintfs", check_vintfs, false, false},
	{"qemu", check_qemu, false, false},
	{"libvirt", check_libvirt, false, false},
};

_Static_assert(sizeof(checks) / sizeof(checks[0]) <= PROBE_CHECKS, "room for all results");

/* ---- the device of the settings ---- */

static void take_bound(void *user, const char *name)
{
	struct probe *probe = user;
	char driver[PROBE_NAME];
	char path[320];

	if (probe->bdf[0] || strlen(name) >= sizeof(probe->bdf))
		return;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", name);
	if (probe_tree_target(&probe->tree, path, driver, sizeof(driver)) == 0 &&
	    strstr(driver, "vfio"))
		snprintf(probe->bdf, sizeof(probe->bdf), "%s", name);
}

/* The device that was asked for, else the first that is bound to VFIO. */
static void choose_device(struct probe *probe)
{
	char driver[PROBE_NAME];
	char vendor[16];
	char device[16];
	char path[160];

	if (probe->device)
		snprintf(probe->bdf, sizeof(probe->bdf), "%s", probe->device);
	else
		probe_tree_list(&probe->tree, "/sys/bus/pci/devices", take_bound, probe);
	if (!probe->bdf[0])
		return;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", probe->bdf);
	probe->grace_gpu = probe_tree_target(&probe->tree, path, driver, sizeof(driver)) == 0 &&
			   strcmp(driver, "nvgrace-gpu-vfio-pci") == 0;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vendor", probe->bdf);
	if (probe_tree_line(&probe->tree, path, vendor, sizeof(vendor)) < 0)
		return;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/device", probe->bdf);
	if (probe_tree_line(&probe->tree, path, device, sizeof(device)) == 0 &&
	    strlen(vendor) == 6 && strlen(device) == 6)
		snprintf(probe->ids, sizeof(probe->ids), "%s:%s", vendor + 2, device + 2);
}

void probe_run(struct probe *probe)
{
	probe_firmware(probe);
	choose_device(probe);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct probe_result *result = &probe->results[probe->count];

		if (checks[i].of_device && !probe->device)
			continue;
		*result = (struct probe_result){.id = checks[i].id,
						.decides = checks[i].decides,
						.of_device = checks[i].of_device};
		checks[i].run(probe, result);
		probe->count++;
	}
}
