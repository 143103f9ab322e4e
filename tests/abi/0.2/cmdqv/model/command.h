/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_COMMAND_H
#define CMDQV_COMMAND_H
#include <stdbool.h>
#include <stdint.h>
#define CMDQV_SMMU_QUEUE UINT32_MAX
struct cmdqv_command {
	uint8_t opcode;
	bool leaf;
	bool global;
	bool ssv;
	uint8_t ttl;
	uint8_t granule;
	uint16_t vmid;
	uint16_t asid;
	uint16_t tag;
	uint32_t sid;
	uint32_t ssid;
	uint32_t sid_count_log2;
	uint64_t address;
	uint64_t last;
	uint64_t raw[2];
	uint32_t queue;
	uint32_t vintf;
	uint32_t index;
	uint8_t response;
	uint8_t reserved[11];
};
#endif
