/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's driver in threads of this process, one for each vCPU; see thread_cpu.c. */
#include "thread_cpu.h"
#include "guest/judge.h"
#include "upcall.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static struct thread_machine *of(struct machine *machine)
{
	return (struct thread_machine *)machine;
}

static void *run_cpu(void *argument)
{
	struct guest_cpu *cpu = argument;

	if (!cpu->machine->vmm->mailbox->judges)
		guest_driver_run(&cpu->machine->driver, cpu, cpu->index);
	else if (cpu->index == 0)
		guest_judge(cpu);
	vmm_cpu_done(cpu->machine->vmm);
	return NULL;
}

static int thread_create(struct machine **out, struct vmm *vmm, struct cmdqv_error *error)
{
	struct thread_machine *machine = calloc(1, sizeof(*machine));

	if (!machine)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "out of memory");
	machine->machine.ops = &machine_thread;
	machine->vmm = vmm;
	machine->cpu_count = vmm->config.vcpus;
	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		machine->cpus[i].machine = machine;
		machine->cpus[i].index = i;
	}
	guest_driver_init(&machine->driver, vmm->mailbox);
	*out = &machine->machine;
	return 0;
}

static int thread_start(struct machine *base, struct cmdqv_error *error)
{
	struct thread_machine *machine = of(base);

	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		struct guest_cpu *cpu = &machine->cpus[i];
		int code = pthread_create(&cpu->thread, NULL, run_cpu, cpu);

		if (code)
			return cmdqv_error_set(error, -code, "no-thread",
					       "a vCPU's thread: %s; see ulimit -u and -v",
					       strerror(code));
		cpu->running = true;
	}
	return 0;
}

/* The driver looks at mailbox->stop wherever it waits, so its threads end by themselves. */
static void thread_stop(struct machine *base)
{
	struct thread_machine *machine = of(base);

	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		if (machine->cpus[i].running)
			pthread_join(machine->cpus[i].thread, NULL);
		machine->cpus[i].running = false;
	}
}

static void thread_destroy(struct machine *base)
{
	free(of(base));
}

static int thread_map_page0(struct machine *base, const struct cmdqv_page_view *view)
{
	atomic_store(&of(base)->page0, view->host);
	return 0;
}

static void thread_wait_outside(struct thread_machine *machine)
{
	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		while (atomic_load(&machine->cpus[i].inside))
			sched_yield();
	}
}

static void thread_unmap_page0(struct machine *base)
{
	atomic_store(&of(base)->page0, NULL);
	thread_wait_outside(of(base));
}

static void thread_pause(struct machine *base)
{
	atomic_store(&of(base)->paused, true);
	thread_wait_outside(of(base));
}

static void thread_resume(struct machine *base)
{
	atomic_store(&of(base)->paused, false);
}

static void thread_interrupt(struct machine *base)
{
	atomic_fetch_add(&of(base)->interrupts, 1);
}

const struct machine_ops machine_thread = {
	.create = thread_create,
	.start = thread_start,
	.pause = thread_pause,
	.resume = thread_resume,
	.stop = thread_stop,
	.destroy = thread_destroy,
	.map_page0 = thread_map_page0,
	.unmap_page0 = thread_unmap_page0,
	.interrupt = thread_interrupt,
};
