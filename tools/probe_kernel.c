/* SPDX-License-Identifier: BSD-2-Clause */
/* Is this kernel one that can give a CMDQV to a VM? */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

enum {
	MOST_CPUINFO = 4 << 20,
	MOST_CONFIG = 4 << 20,
	MAJOR = 6,
	MINOR = 17,
};

/* ---- architecture ---- */

/* Kernels before 6.1 have no /proc/sys/kernel/arch; their cpuinfo is told apart by its words. */
static void guess_architecture(struct probe *probe, struct probe_result *result)
{
	size_t length;
	int error;
	char *text = probe_tree_read(&probe->tree, "/proc/cpuinfo", MOST_CPUINFO, &length, &error);

	if (!text) {
		probe_say(result, PROBE_UNKNOWN, "look at 'uname -m'",
			  "neither /proc/sys/kernel/arch nor /proc/cpuinfo can be read (%s)",
			  strerror(-error));
		return;
	}
	probe->arm64 = strstr(text, "CPU implementer") != NULL;
	if (probe->arm64)
		probe_say(result, PROBE_PASS, NULL, "/proc/cpuinfo names a CPU implementer: Arm");
	else
		probe_say(result, PROBE_FAIL, "use a Grace host: CMDQV is part of NVIDIA's SMMUv3",
			  "/proc/cpuinfo is not that of an Arm machine");
	free(text);
}

void probe_check_architecture(struct probe *probe, struct probe_result *result)
{
	char text[32];

	if (probe_tree_line(&probe->tree, "/proc/sys/kernel/arch", text, sizeof(text)) < 0) {
		guess_architecture(probe, result);
		return;
	}
	probe->arm64 = strcmp(text, "aarch64") == 0;
	if (probe->arm64)
		probe_say(result, PROBE_PASS, NULL, "/proc/sys/kernel/arch: aarch64");
	else
		probe_say(result, PROBE_FAIL, "use a Grace host: CMDQV is part of NVIDIA's SMMUv3",
			  "/proc/sys/kernel/arch: %s, not aarch64", text);
}

/* ---- version ---- */

void probe_check_version(struct probe *probe, struct probe_result *result)
{
	static const char *const remedy = "use Linux 6.17 or newer: HW_QUEUE_ALLOC came with it";
	unsigned int major;
	unsigned int minor;
	char text[100];
	int ret = probe_tree_line(&probe->tree, "/proc/sys/kernel/osrelease", text, sizeof(text));

	if (ret < 0)
		probe_say(result, PROBE_UNKNOWN, "look at 'uname -r': it must be 6.17 or newer",
			  "/proc/sys/kernel/osrelease: %s", strerror(-ret));
	else if (sscanf(text, "%3u.%4u", &major, &minor) != 2)
		probe_say(result, PROBE_UNKNOWN, remedy, "/proc/sys/kernel/osrelease: %s", text);
	else if (major > MAJOR || (major == MAJOR && minor >= MINOR))
		probe_say(result, PROBE_PASS, NULL, "/proc/sys/kernel/osrelease: %s", text);
	else if (strstr(text, "nvidia"))
		probe_say(result, PROBE_UNKNOWN,
			  "ask its vendor whether it has IOMMU_HW_QUEUE_ALLOC",
			  "/proc/sys/kernel/osrelease: %s, older than 6.17, but a vendor's kernel "
			  "may "
			  "have what came with it",
			  text);
	else
		probe_say(result, PROBE_FAIL, remedy,
			  "/proc/sys/kernel/osrelease: %s, older than 6.17", text);
}

/* ---- options ---- */

static const char *const options[] = {
	"ARM_SMMU_V3", "ARM_SMMU_V3_IOMMUFD", "TEGRA241_CMDQV", "IOMMUFD", "VFIO",
	"VFIO_PCI",    "VFIO_DEVICE_CDEV",
};

enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

/* Is "CONFIG_name=y" or "=m" a line of it? */
static bool is_set(const char *config, const char *name)
{
	char line[64];
	const char *at = config;
	int length = snprintf(line, sizeof(line), "CONFIG_%s=", name);

	while ((at = strstr(at, line)) != NULL) {
		const char *value = at + length;

		if ((at == config || at[-1] == '\n') && (*value == 'y' || *value == 'm') &&
		    (value[1] == '\n' || value[1] == '\0'))
			return true;
		at = value;
	}
	return false;
}

#ifdef HAVE_ZLIB
static char *inflate_config(const char *packed, size_t bytes)
{
	char *text = malloc(MOST_CONFIG + 1);
	z_stream stream = {0};
	int ret = Z_MEM_ERROR;

	if (text && inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK) { /* gzip's frame */
		stream.next_in = (unsigned char *)(uintptr_t)packed;
		stream.avail_in = (unsigned int)bytes;
		stream.next_out = (unsigned char *)text;
		stream.avail_out = MOST_CONFIG;
		ret = inflate(&stream, Z_FINISH);
		text[MOST_CONFIG - stream.avail_out] = '\0';
		inflateEnd(&stream);
	}
	if (ret == Z_STREAM_END)
		return text;
	free(text);
	return NULL;
}
#else
static char *inflate_config(const char *packed, size_t bytes)
{
	(void)packed;
	(void)bytes;
	return NULL;
}
#endif

static char *read_config_gz(const struct probe *probe)
{
	size_t length;
	int error;
	char *packed =
		probe_tree_read(&probe->tree, "/proc/config.gz", MOST_CONFIG, &length, &error);
	char *text = packed ? inflate_config(packed, length) : NULL;

	free(packed);
	return text;
}

/* The kernel's configuration from where it may be; `path` becomes where it was. */
static char *read_config(const struct probe *probe, char *path, size_t bytes)
{
	static const struct {
		const char *before;
		const char *after;
	} places[] = {
		{"/boot/config-", ""},
		{"/lib/modules/", "/config"},
		{"/usr/lib/modules/", "/config"},
	};
	char release[100];
	char *text = read_config_gz(probe);
	size_t length;
	int error;

	snprintf(path, bytes, "/proc/config.gz");
	if (text || probe_tree_line(&probe->tree, "/proc/sys/kernel/osrelease", release,
				    sizeof(release)) < 0)
		return text;
	for (size_t i = 0; !text && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, bytes, "%s%s%s", places[i].before, release, places[i].after);
		text = probe_tree_read(&probe->tree, path, MOST_CONFIG, &length, &error);
	}
	return text;
}

static unsigned int page_of(const char *config)
{
	if (is_set(config, "ARM64_64K_PAGES"))
		return 65536;
	if (is_set(config, "ARM64_16K_PAGES"))
		return 16384;
	return is_set(config, "ARM64_4K_PAGES") || is_set(config, "X86_64") ? 4096 : 0;
}

void probe_check_options(struct probe *probe, struct probe_result *result)
{
	char path[200];
	char *config = read_config(probe, path, sizeof(path));
	bool missing = false;

	if (!config) {
		probe_say(result, PROBE_UNKNOWN,
			  "look for CONFIG_TEGRA241_CMDQV, CONFIG_ARM_SMMU_V3_IOMMUFD and "
			  "CONFIG_VFIO_DEVICE_CDEV in the kernel's configuration",
			  "neither /proc/config.gz nor /boot/config-* of this kernel can be read");
		return;
	}
	probe->base_page = page_of(config);
	probe_say(result, PROBE_PASS, NULL, "%s: all there", path);
	for (size_t i = 0; i < OPTIONS; i++) {
		if (is_set(config, options[i]))
			continue;
		if (!missing)
			probe_say(result, PROBE_FAIL, "use a kernel that is built with them",
				  "%s: not set:", path);
		missing = true;
		probe_say_more(result, "CONFIG_%s", options[i]);
	}
	free(config);
}
