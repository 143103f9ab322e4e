/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv probe, between its files.
 *
 *	probe_tree.c		files of this host, or of a tree
 *	probe_firmware.c	SMMUs, their CMDQVs, what the IORT says
 *	probe_kernel.c		checks of the kernel: architecture, version, options
 *	probe_checks.c		the list of checks, and all others
 *	probe_settings.c	what to paste, for each VMM
 *	probe.c			options and output
 */
#ifndef TOOLS_PROBE_H
#define TOOLS_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe_tree.h"

enum {
	PROBE_SMMUS = 64,
	PROBE_NAME = 64,
	PROBE_EVIDENCE = 640,
	PROBE_CHECKS = 24,
};

enum probe_status {
	PROBE_PASS,
	PROBE_FAIL,
	PROBE_UNKNOWN,
};

struct probe_result {
	const char *id;
	enum probe_status status;
	bool decides;	/* a failure means no, and not knowing could not tell */
	bool of_device; /* of the device of --device, not of the host */
	char evidence[PROBE_EVIDENCE];
	const char *remedy; /* or NULL */
};

/* Sets all of a result but the id. */
__attribute__((format(printf, 4, 5))) void probe_say(struct probe_result *result,
						     enum probe_status status, const char *remedy,
						     const char *format, ...);

/* `path` cannot be seen, for this errno: unknown, and how to see it. */
void probe_say_unseen(struct probe_result *result, const char *path, int error);

/* More evidence, after a blank. */
__attribute__((format(printf, 2, 3))) void probe_say_more(struct probe_result *result,
							  const char *format, ...);

enum probe_answer {
	PROBE_NO,
	PROBE_YES,
	PROBE_MAYBE,
};

/* How a QEMU spells the settings. */
enum probe_qemu {
	PROBE_QEMU_NEW,	   /* 11.1 and newer, or none was found: ssidsize=20 */
	PROBE_QEMU_VENDOR, /* 10.x of NVIDIA: pasid=on */
	PROBE_QEMU_OLD,	   /* it has no cmdqv=on */
};

struct probe_smmu {
	char name[PROBE_NAME]; /* smmu3.0x0000000011000000 */
	uint64_t base;
	enum probe_answer cmdqv;
	enum probe_answer coherent;
};

/* What is known about the host, and the results. */
struct probe {
	struct probe_tree tree;
	const char *device; /* --device, or NULL */

	struct probe_smmu smmus[PROBE_SMMUS];
	size_t smmu_count;
	int smmu_error; /* why they could not be seen; 0: they were, or there are none */
	int acpi_error; /* why the devices of ACPI could not be */
	size_t cmdqvs;	/* devices in ACPI or a device tree */
	bool iort;	/* it was read */
	int iort_error; /* why it was not */
	enum probe_answer canwbs;
	bool its_group;

	bool arm64;		/* as far as it is known */
	unsigned int base_page; /* bytes, 0: not known */
	uint64_t granule;	/* smallest page that backs a guest set up as told */
	unsigned int cmdqs;	/* the IDR1.CMDQS that follows, 0: not known */
	char bdf[PROBE_NAME];	/* for the settings */
	char ids[PROBE_NAME];	/* "10de:2342", or "" */
	bool grace_gpu;		/* its driver is nvgrace-gpu-vfio-pci */
	char qemu[PROBE_NAME];	/* version that was found, or "" */
	enum probe_qemu qemu_kind;

	struct probe_result results[PROBE_CHECKS];
	size_t count;
};

/* Finds SMMUs, CMDQVs and what firmware says. */
void probe_firmware(struct probe *probe);

/* Checks, see docs/probe.md. */
void probe_check_architecture(struct probe *probe, struct probe_result *result);
void probe_check_version(struct probe *probe, struct probe_result *result);
void probe_check_options(struct probe *probe, struct probe_result *result);

/* All of them. */
void probe_run(struct probe *probe);

/* Text to paste for one VMM; `source` says where it is from and what is not certain. */
struct probe_settings {
	const char *name;
	char source[500];
	char text[3000];
};

enum { PROBE_VMMS = 4 };

void probe_settings(const struct probe *probe, struct probe_settings settings[PROBE_VMMS]);

#endif
