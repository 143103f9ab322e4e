/* SPDX-License-Identifier: BSD-2-Clause */
/* What runs the guest: a virtual machine (kvm.c) or threads (thread.c). */
#ifndef VMM_MACHINE_H
#define VMM_MACHINE_H

#include <cmdqv/types.h>

struct vmm;
struct machine;

struct machine_ops {
	/* Makes it ready to start; vmm->memory exists and is empty but for the mailbox. */
	int (*create)(struct machine **out, struct vmm *vmm, struct cmdqv_error *error);

	/* Sets all vCPUs going. */
	int (*start)(struct machine *machine, struct cmdqv_error *error);

	/*
	 * Returns when no vCPU is in the guest any more, or in page 0; one that waits in
	 * vmm_access() may stay there. Without the lock.
	 */
	void (*pause)(struct machine *machine);
	void (*resume)(struct machine *machine);

	/* Stops the vCPUs that still run, and waits for them. */
	void (*stop)(struct machine *machine);
	void (*destroy)(struct machine *machine);

	/* As struct cmdqv_vmm_ops has them, and under the same lock. */
	int (*map_page0)(struct machine *machine, const struct cmdqv_page_view *view);
	void (*unmap_page0)(struct machine *machine);
	void (*interrupt)(struct machine *machine);
};

/* The first member of what each kind of machine is. */
struct machine {
	const struct machine_ops *ops;
};

extern const struct machine_ops machine_kvm;
extern const struct machine_ops machine_thread;

#endif
