/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cmdqv probe` on the front of ../iommufd: the kernel that --ask asks is src/kernel/. FRONT in the
 * environment says what is special about it: "grace", "wide", "erratum", "no-fwb", "busy",
 * "denied", "no-cmdqv", or nothing. "wide" has ATS in its SMMU alone. When the program ends,
 * everything that it opened must be closed.
 */
#include "../../tools/tool.h"

#include "../iommufd/front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	GET_HW_INFO = 0x3B8A,
	BIND = 0x3B76,
	DATA_TYPE = 24,
	DATA = 16,
	CAPABILITIES = 32,
	SMMUV3 = 2,
	ATS_NOT_SUPPORTED = 1 << 3,
};

/* Changes a 32-bit word in what IOMMU_GET_HW_INFO answers about the SMMU. */
static void change(uint8_t *argument, size_t offset, uint32_t clear, uint32_t set)
{
	uint64_t address;
	uint32_t type;
	uint32_t word;

	memcpy(&type, argument + DATA_TYPE, sizeof(type));
	memcpy(&address, argument + DATA, sizeof(address));
	if (type != SMMUV3)
		return;
	memcpy(&word, (uint8_t *)(uintptr_t)address + offset, sizeof(word));
	word = (word & ~clear) | set;
	memcpy((uint8_t *)(uintptr_t)address + offset, &word, sizeof(word));
}

/* IDR0, IDR1, IDR3 and IDR5 are at 8, 12, 20 and 28. */
static void tamper(void *context, unsigned long number, uint8_t *argument)
{
	if (number != GET_HW_INFO)
		return;
	if (!strcmp(context, "no-fwb"))
		change(argument, 20, 1U << 8, 0);
	if (!strcmp(context, "wide")) {
		change(argument, 8, 0, 1U << 10);
		change(argument, 12, 0x3f, 32);
		change(argument, 28, 7, 6);
	}
	if (strcmp(context, "grace") != 0)
		return;
	argument[CAPABILITIES] &= (uint8_t)~ATS_NOT_SUPPORTED;
	change(argument, 8, 0, 1U << 10);
	change(argument, 12, 0, 20U << 6);
	change(argument, 20, 1U << 10, 0);
	change(argument, 28, 7, 5);
}

int main(int argc, char **argv)
{
	char *front = getenv("FRONT") ? getenv("FRONT") : "";
	struct cmdqv_soft_host_config config = front_grace;
	struct cmdqv_soft_host *host;
	int status;

	config.errata = strcmp(front, "erratum") ? 0 : CMDQV_SMMU_REPEAT;
	host = front_create(&config, NULL, NULL);
	front_tamper_with(tamper, front);
	if (!strcmp(front, "busy"))
		front_fail_ioctl(BIND, EBUSY);
	if (!strcmp(front, "no-cmdqv"))
		front_fail_ioctl(GET_HW_INFO, EOPNOTSUPP);
	if (!strcmp(front, "denied"))
		front_fail(1, 1, 0);
	status = tool_probe.run(argc - 1, argv + 1);
	front_tamper_with(NULL, NULL);
	front_fail_ioctl(0, 0);
	front_close(host);
	cmdqv_soft_host_destroy(host);
	return status;
}
