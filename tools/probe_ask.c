/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --ask: what no file says, from IOMMU_GET_HW_INFO of both kinds. The device is bound to an iommufd
 * of ours while we ask, and let go; so nobody else may use it.
 */
#include "probe.h"

#include "vfio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const unsigned int granules[] = {4, 16, 64, 2048, 32768, 524288, 1048576}; /* KiB */

enum { GRANULES = sizeof(granules) / sizeof(granules[0]) };

static const struct {
	const char *fact;
	const char *name;
	const char *what;
} asked[] = {
#define ASKED(name, value, what) {"asked." name, name, what},
#include "probe_asked.def"
};

enum { ASKED_FACTS = sizeof(asked) / sizeof(asked[0]) };

/* IDR5.OAS: 0 to 6 stand for these. */
static unsigned int oas_of(unsigned int code)
{
	static const unsigned char bits[] = {32, 36, 40, 42, 44, 48, 52, 56};

	return bits[code];
}

static void take(struct facts *device, const struct cmdqv_hw_info *info)
{
	const unsigned int values[] = {
#define ASKED(name, value, what) value,
#include "probe_asked.def"
	};

	for (size_t i = 0; i < ASKED_FACTS; i++)
		fact_set(device, asked[i].fact, "%u", values[i]);
	for (size_t i = 0; i < GRANULES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "asked.of.%u", granules[i]);
		fact_set(device, name, "%d",
			 cmdqv_hw_info_cmdqs(info, (uint64_t)granules[i] << 10));
	}
	if (info->smmu_flags & CMDQV_SMMU_REPEAT)
		fact_set(device, "asked.erratum", "T264-SMMU-3");
}

int probe_ask(struct probe *probe, struct facts *device, struct cmdqv_error *error)
{
	const char *bdf = fact(device, "bdf");
	const char *cdev = fact(device, "device.cdev");
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	char path[128];
	int err;

	if (!cdev && bdf[0] != '/')
		return cmdqv_error_set(error, -ENOENT, "vfio",
				       "%s is not bound to a driver of VFIO", bdf);
	snprintf(path, sizeof(path), "%s%s", cdev ? "/dev/vfio/devices/" : "", cdev ? cdev : bdf);
	err = vfio_ask(path, &info, error);
	if (err)
		return err;
	take(device, &info);
	fact_set(probe->host, "asked", "%s", path);
	if (fact_number(device, "asked.fwb"))
		fact_set(probe->host, "asked.fwb", "1");
	if (fact(device, "asked.erratum"))
		fact_set(probe->host, "erratum", "%s", "IOMMU_GET_HW_INFO");
	return 0;
}

struct json_object *probe_asked_json(const struct facts *device)
{
	struct json_object *object = json_object_new_object();
	struct json_object *by_granule = json_object_new_object();
	struct json_object *errata = json_object_new_array();

	json_object_object_add(object, "device", json_object_new_string(fact(device, "bdf")));
	for (size_t i = 0; i < ASKED_FACTS; i++)
		json_object_object_add(
			object, asked[i].name,
			json_object_new_int((int)fact_number(device, asked[i].fact)));
	for (size_t i = 0; i < GRANULES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "asked.of.%u", granules[i]);
		json_object_object_add(by_granule, strrchr(name, '.') + 1,
				       json_object_new_int((int)fact_number(device, name)));
	}
	json_object_object_add(object, "cmdqs_by_granule_kib", by_granule);
	if (fact(device, "asked.erratum"))
		json_object_array_add(errata,
				      json_object_new_string(fact(device, "asked.erratum")));
	json_object_object_add(object, "errata", errata);
	return object;
}

void probe_asked_text(const struct facts *device)
{
	printf("\nThe kernel of %s, by IOMMU_GET_HW_INFO:\n\n", fact(device, "bdf"));
	for (size_t i = 0; i < ASKED_FACTS; i++)
		printf("  %-9s %4s  %s\n", asked[i].name, fact(device, asked[i].fact),
		       asked[i].what);
	for (size_t i = 0; i < GRANULES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "asked.of.%u", granules[i]);
		printf("  %s%4s with RAM in pages of %u KiB\n", i ? "            " : "cmdqs       ",
		       fact(device, name), granules[i]);
	}
	if (fact(device, "asked.erratum"))
		printf("  erratum         %s: see errata\n", fact(device, "asked.erratum"));
}
