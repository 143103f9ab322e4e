/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole runs of a small VM, in threads or under KVM. */
#ifndef TESTS_VMM_WHOLE_H
#define TESTS_VMM_WHOLE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmm.h"

#include "../test.h"

#define SKIPPED 77 /* as Meson understands it */

static inline struct vmm_config whole_config(enum vmm_guest guest)
{
	return (struct vmm_config){
		.guest = guest,
		.log2_queues = 1,
		.vcpus = 1,
		.batches = 20,
		.batch_size = 8,
		.map_page0 = true,
	};
}

/* Runs to a verdict, whichever it is. */
static inline struct vmm_report whole_run(const struct vmm_config *config)
{
	struct cmdqv_error error = {.text = ""};
	struct vmm_report report;
	struct vmm *vmm;

	if (vmm_create(&vmm, config, &error))
		fail_msg("not created: %s", error.text);
	if (vmm_run(vmm, &report, &error))
		fail_msg("not run: %s", error.text);
	vmm_destroy(vmm);
	return report;
}

static inline struct vmm_report whole_run_well(const struct vmm_config *config)
{
	struct vmm_report report = whole_run(config);

	if (!report.ok)
		fail_msg("2^%u queues, %u vCPUs: %s", config->log2_queues, config->vcpus,
			 report.verdict);
	return report;
}

static inline void whole_refused(const struct vmm_config *config, const char *says)
{
	struct cmdqv_error error = {.text = ""};
	struct vmm *vmm = NULL;

	assert_int_equal(vmm_create(&vmm, config, &error), -EINVAL);
	if (!error.text[0] || !strstr(error.text, says))
		fail_msg("'%s' does not say '%s'", error.text, says);
}

/* The guest of the command line; ends the program if there is no KVM for it. */
static inline enum vmm_guest whole_guest(int argc, char **argv)
{
	enum vmm_guest guest =
		argc > 1 && !strcmp(argv[1], "kvm") ? VMM_GUEST_KVM : VMM_GUEST_THREAD;
	struct cmdqv_error error;

	if (guest == VMM_GUEST_KVM && vmm_kvm_check(&error)) {
		print_message("skipped: %s\n", error.text);
		exit(SKIPPED);
	}
	return guest;
}

#endif
