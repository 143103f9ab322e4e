/* SPDX-License-Identifier: BSD-2-Clause */
/* Our device in our VMM: the cases are the guest, under KVM or in a thread. */
#include "program.h"

#include "look.h"
#include "vmm.h"

#include <inttypes.h>

static void say(const char *line)
{
	program_print(NULL, line);
}

/* That the cases ran as the options say. */
static void say_how_it_was(struct vmm *vmm)
{
	struct vmm_look look;

	vmm_look(vmm, &look);
	printf("# page 0 was mapped %" PRIu64 " times, and rested %" PRIu64 " times\n",
	       look.counters[CMDQV_COUNTER_PAGE0_MAPS], look.counters[CMDQV_COUNTER_PAGE0_RESTS]);
}

static int judge(enum vmm_guest guest, const struct program_options *options)
{
	const struct vmm_config config = {
		.guest = guest,
		.backend = options->device ? VMM_BACKEND_IOMMUFD : VMM_BACKEND_SOFT,
		.device = options->device,
		.log2_queues = 1,
		.vcpus = 1,
		.batches = 1,
		.batch_size = VMM_MIN_BATCH,
		.map_page0 = !options->no_map,
		.rests = options->rests,
		.judge_say = say,
		.judge_only = options->only,
	};
	struct cmdqv_error error = {.text = ""};
	struct vmm_report report;
	struct vmm *vmm;
	int err;

	if (options->window || options->memory || options->vsid || options->log2size ||
	    options->patience || options->touched)
		return program_complain("--window, --memory, --vsid, --log2size, --patience and "
					"--touched are of --carrier linux");
	if (guest == VMM_GUEST_KVM && vmm_kvm_check(&error)) {
		printf("1..0 # SKIP %s\n", error.text);
		return PROGRAM_OK;
	}
	err = vmm_create(&vmm, &config, &error);
	if (err)
		return program_complain("%s", error.text);
	err = vmm_run(vmm, &report, &error);
	if (!err && !report.guest_failure[0] && report.judged >= 0)
		say_how_it_was(vmm);
	vmm_destroy(vmm);
	if (err)
		return program_complain("%s", error.text);
	if (report.guest_failure[0])
		return program_complain("%s", report.verdict);
	return program_status(report.judged, options->only);
}

int kvm_judge(const struct program_options *options)
{
	return judge(VMM_GUEST_KVM, options);
}

int thread_judge(const struct program_options *options)
{
	return judge(VMM_GUEST_THREAD, options);
}
