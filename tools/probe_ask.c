/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --ask: what no file says, from IOMMU_GET_HW_INFO of both kinds. The device is bound to an iommufd
 * of ours while we ask, and let go; so no other program may use it.
 */
#include "probe.h"

#include "vfio.h"

#include <errno.h>

/* IDR5.OAS: 0 to 7 stand for these. */
static unsigned int oas_of(unsigned int code)
{
	static const unsigned char bits[] = {32, 36, 40, 42, 44, 48, 52, 56};

	return bits[code];
}

static void set(struct json_object *object, const char *name, unsigned int value)
{
	json_object_object_add(object, name, json_object_new_int((int)value));
}

/* A scope of what was said, which is what --json prints of it but for its granules. */
static struct json_object *take(struct json_object *host, struct json_object *device,
				const struct cmdqv_hw_info *info)
{
	static const unsigned int kib[] = {4, 16, 64, 2048, 32768, 524288, 1048576};
	struct json_object *by_granule = json_object_new_object();
	struct json_object *errata = json_object_new_array();
	struct json_object *said = facts_new(host, "said");

	fact_set(said, "device", "%s", fact(device, "bdf"));
#define ASKED(name, value) set(said, name, value);
#include "probe_asked.def"
	for (size_t i = 0; i < sizeof(kib) / sizeof(kib[0]); i++) {
		int cmdqs = cmdqv_hw_info_cmdqs(info, (uint64_t)kib[i] << 10);
		struct json_object *granule = facts_new(said, "granule");
		char name[16];

		snprintf(name, sizeof(name), "%u", kib[i]);
		set(by_granule, name, (unsigned int)cmdqs);
		fact_count(granule, "granule.kib", kib[i]);
		fact_count(granule, "granule.cmdqs", (unsigned long)cmdqs);
	}
	json_object_object_add(said, "cmdqs_by_granule_kib", by_granule);
	if (info->smmu_flags & CMDQV_SMMU_REPEAT)
		json_object_array_add(errata, json_object_new_string("T264-SMMU-3"));
	json_object_object_add(said, "errata", errata);
	return said;
}

int probe_ask(struct json_object *host, struct json_object *device, struct cmdqv_error *error)
{
	const char *bdf = fact(device, "bdf");
	const char *cdev = fact(device, "device.cdev");
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	char path[128];
	int err;

	if (!cdev && bdf[0] != '/')
		return cmdqv_error_set(error, -ENOENT, "vfio",
				       "%s is not bound to a driver of VFIO: bind it to vfio-pci",
				       bdf);
	snprintf(path, sizeof(path), "%s%s", cdev ? "/dev/vfio/devices/" : "", cdev ? cdev : bdf);
	err = vfio_ask(path, &info, error);
	if (err)
		return err;
	fact_set(host, "asked", "%s", path);
	if (facts_meet(take(host, device, &info), "fwb=1"))
		fact_set(host, "asked.fwb", "1");
	if (info.smmu_flags & CMDQV_SMMU_REPEAT)
		fact_set(host, "erratum", "1");
	return 0;
}
