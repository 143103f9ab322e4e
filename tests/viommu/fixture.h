/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VMM on a host of either port: guest RAM that is mapped for DMA, 17 devices, a vIOMMU. The host
 * has 4 VINTFs of 4 queues and 16 SID slots; several VMMs may share it.
 *
 *	soft_port	fixture_soft.c, the host in software
 *	front_port	fixture_front.c, system calls into tests/iommufd/front.c
 */
#ifndef TESTS_VIOMMU_FIXTURE_H
#define TESTS_VIOMMU_FIXTURE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/cmdqv.h>
#include <cmdqv/model/soft.h>

#include "../test.h"

enum {
	DEVICES = 17,
	QUEUES = 4,
	LOG2_VCMDQS = 4,
	LOG2_VINTFS = 2,
	LOG2_SIDS = 4,
	CMDQS = 11,
	GRANULE_BYTES = 0x10000,
	RAM_GPA = 0x40000000,
	RAM_BYTES = 0x40000,
	RING_BYTES = 0x1000,
	MOST_COMMANDS = 1024,
	FIRST_SID = 0x100, /* of the devices of the first VMM; then those of the second */

	/* Guest memory behind the rings: tables that lead IOVA to PAGE_A. */
	CONTEXT = 0x8000,
	TABLE1 = 0x9000,
	TABLE2 = 0xA000,
	TABLE3 = 0xB000,
	PAGE_A = 0xC000,
	PAGE = 0x20000, /* at IOVA itself */
	IOVA = RAM_GPA + PAGE,

	/* page-0 registers: docs/registers.md */
	CONS = 0x00,
	PROD = 0x04,
	CONFIG = 0x08,
	STATUS = 0x0C,
	GERROR = 0x10,
	GERRORN = 0x14,
};

/* Stream table entries by docs/spec.md: V, CFG and a context descriptor's address. */
#define STE_ABORT 0x1ULL
#define STE_BYPASS 0x9ULL
#define STE_STAGE1 0x000000004123400BULL
#define STE_TABLES (0xBULL | (RAM_GPA + CONTEXT))

struct vmm;

struct host {
	const struct port_fixture *port;
	struct cmdqv_soft_host *soft;
	uint32_t vms; /* that there were by now */
	uint32_t kicks;
	uint32_t traced;
	int execute_result;
	void (*in_execute)(void *context); /* NULL: nothing */
	void *context;
	uint32_t commands; /* executed */
	struct cmdqv_command command[MOST_COMMANDS];
};

struct vmm {
	struct host *host;
	bool guest_repeats; /* it says so when it opens the vIOMMU */
	struct host own;    /* of the VMM that opened it */
	uint8_t *ram;
	uint32_t dev_id[DEVICES];
	int device[DEVICES]; /* -1: the host has no descriptors, or it was closed */
	uint32_t objects;    /* in the kernel without those of the vIOMMU */
	struct cmdqv_viommu *viommu;
	struct cmdqv_backend backend;

	struct cmdqv_soft_vm *soft;

	int iommufd;
	uint32_t ioas_id;
	uint32_t parent_id;
};

struct port_fixture {
	/* What is to be put before the host, and is taken away again. NULL: nothing. */
	void (*host_open)(struct cmdqv_soft_host *host);
	void (*host_close)(struct cmdqv_soft_host *host);

	/* What a VMM has before it opens a vIOMMU. `first_sid` is that of the devices. */
	void (*vm_open)(struct vmm *vmm, uint32_t first_sid);
	void (*vm_close)(struct vmm *vmm);
	int (*map)(struct vmm *vmm, uint64_t gpa, void *memory, uint64_t bytes);
	int (*unmap)(struct vmm *vmm, uint64_t gpa, uint64_t bytes);
	void (*device_close)(struct vmm *vmm, uint32_t i);
	uint32_t (*objects)(const struct vmm *vmm);
	/* Fails the test if a page or a descriptor of a vIOMMU is left on the host. */
	void (*check_clean)(void);

	int (*query)(struct vmm *vmm, uint32_t dev_id, struct cmdqv_hw_info *info,
		     struct cmdqv_error *error);
	int (*open)(struct vmm *vmm, struct cmdqv_viommu **out, struct cmdqv_backend *backend,
		    struct cmdqv_error *error);
	/* VINTF and VMID of the vIOMMU. */
	void (*place)(const struct vmm *vmm, uint32_t *vintf, uint16_t *vmid);
};

extern const struct port_fixture soft_port;
extern const struct port_fixture front_port;

/* How the fixture makes a host. */
extern const struct cmdqv_soft_host_config soft_config;
extern const struct cmdqv_soft_ops soft_ops;

/* Runs the engine until nothing is to do. */
void host_drain(struct host *host);

/* A VMM without a vIOMMU: on a host of its own, or on that of another VMM. */
void vmm_prepare(struct vmm *vmm, const struct port_fixture *port);
/* On a host with an SMMU of its own, which may have an erratum; it executes the commands. */
void vmm_prepare_on_smmu(struct vmm *vmm, const struct port_fixture *port, uint32_t errata);
void vmm_prepare_beside(struct vmm *vmm, struct vmm *other);
/* The end of one, and of the host that it opened, whatever is left of the vIOMMU. */
void vmm_finish(struct vmm *vmm);

int vmm_open_viommu(struct vmm *vmm, struct cmdqv_error *why);
void vmm_close_viommu(struct vmm *vmm);
/* Nothing of the vIOMMU is left; the second: while no other vIOMMU is on the host. */
void vmm_check_objects(const struct vmm *vmm);
void vmm_check_clean(const struct vmm *vmm);

/* All of it at once. */
void vmm_open(struct vmm *vmm, const struct port_fixture *port);
void vmm_open_beside(struct vmm *vmm, struct vmm *other);
void vmm_close(struct vmm *vmm);

/* Queue `index`, in its own ring at the beginning of RAM. */
int vmm_bind(struct vmm *vmm, uint32_t index, struct cmdqv_error *why);
int vmm_bind_at(struct vmm *vmm, uint32_t index, uint64_t base, uint64_t bytes,
		struct cmdqv_error *why);
void vmm_unbind(struct vmm *vmm, uint32_t index);
int vmm_broken(struct vmm *vmm);
uint32_t vmm_read(struct vmm *vmm, uint32_t index, uint32_t reg);
void vmm_write(struct vmm *vmm, uint32_t index, uint32_t reg, uint32_t value);
void vmm_put(struct vmm *vmm, uint32_t index, uint32_t entry, uint64_t word0, uint64_t word1);
/* Binds the queue, which has `count` commands, enables and rings it. */
void vmm_start(struct vmm *vmm, uint32_t index, uint32_t count);
int vmm_event(struct vmm *vmm, struct cmdqv_backend_event *event);
bool vmm_is_readable(struct vmm *vmm);

int vmm_add(struct vmm *vmm, uint32_t i, uint32_t vsid);
int vmm_remove(struct vmm *vmm, uint32_t vsid);
int vmm_set_ste(struct vmm *vmm, uint32_t vsid, uint64_t word0, uint64_t word1);
/* The guest's tables for STE_TABLES: of 39 bits, 4 KiB, ASID 7. */
void vmm_write_tables(struct vmm *vmm);
void vmm_write_ram(struct vmm *vmm, uint64_t at, uint64_t value);
void vmm_map_iova(struct vmm *vmm, uint64_t iova, uint64_t page);
/* Where a device's access to IOVA leads: an address of this process, or NULL. */
const uint8_t *vmm_reached(const struct vmm *vmm, uint32_t sid, bool ats);

#endif
