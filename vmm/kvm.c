/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's driver in a virtual machine.
 *
 * How it works. Slot 0 is RAM; page 0 of the CMDQV is slot 1 while it is mapped, backed by
 * the very memory that the engine reads. Deleting that slot is what withdraws the page:
 * KVM returns only when no vCPU can reach it any more [DEV-19]. Each vCPU is a thread in
 * KVM_RUN; an access to what is not a slot comes out of it and goes to vmm_access(). To
 * stop a vCPU it is told to leave at once, and a signal gets it out if it is inside.
 */
#include "kvm_arch.h"
#include "image.h"
#include "upcall.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOT_RAM, SLOT_PAGE0 };

struct kvm_cpu {
	struct kvm_machine *machine;
	uint32_t index;
	int fd;
	struct kvm_run *run; /* shared with KVM */
	size_t run_bytes;
	pthread_t thread;
	bool running;
	atomic_bool inside; /* may be in KVM_RUN */
	atomic_bool ended;  /* its thread is past KVM_RUN for good */
};

struct kvm_machine {
	struct machine machine;
	struct vmm *vmm;
	struct kvm_arch arch;
	int kvm;
	int vm;
	atomic_bool stop;
	atomic_bool paused;
	struct sigaction old_action;
	bool has_action;
	uint32_t cpu_count;
	struct kvm_cpu cpus[VMM_MAX_VCPUS];
};

static struct kvm_machine *of(struct machine *machine)
{
	return (struct kvm_machine *)machine;
}

/* ---- is there a KVM? ---- */

static int open_kvm(int *out, struct cmdqv_error *error)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm >= 0) {
		*out = kvm;
		return 0;
	}
	if (errno == EACCES || errno == EPERM)
		return cmdqv_error_set(error, -EACCES, "kvm-permission",
				       "no permission to open /dev/kvm; join the group kvm, or use "
				       "--guest thread");
	return cmdqv_error_set(
		error, -errno, "no-kvm",
		"cannot open /dev/kvm (%s); use --guest thread, or load the kvm module",
		strerror(errno));
}

static int check_kvm(int kvm, struct cmdqv_error *error)
{
	const char *what;
	int capability = kvm_arch_needs(&what);

	if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		return cmdqv_error_set(
			error, -ENOTSUP, "no-kvm",
			"/dev/kvm speaks another version of KVM; use --guest thread");
	if (ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_IMMEDIATE_EXIT) <= 0 ||
	    ioctl(kvm, KVM_CHECK_EXTENSION, capability) <= 0)
		return cmdqv_error_set(error, -ENOTSUP, "no-kvm",
				       "this KVM lacks immediate exits or %s; use --guest thread",
				       what);
	return 0;
}

int vmm_kvm_check(struct cmdqv_error *error)
{
	int kvm = -1;
	int err = open_kvm(&kvm, error);

	if (err)
		return err;
	err = check_kvm(kvm, error);
	close(kvm);
	return err;
}

/* ---- exits ---- */

/* A write to the VMM's own register. Returns whether the vCPU goes on. */
static bool take_report(struct kvm_cpu *cpu, uint64_t offset, uint32_t value)
{
	struct vmm *vmm = cpu->machine->vmm;

	if (offset == GUEST_REPORT_PHASE && value < GUEST_PHASE_COUNT) {
		vmm_phase_ended(vmm, (enum guest_phase)value);
		return true;
	}
	if (offset == GUEST_REPORT_LINE || offset == GUEST_REPORT_PAUSE) {
		if (offset == GUEST_REPORT_LINE)
			vmm_say(vmm);
		else
			vmm_pause(vmm);
		return true;
	}
	if (offset == GUEST_REPORT_DONE) {
		vmm_cpu_done(vmm);
		return false;
	}
	vmm_break(vmm, -EIO, "bad-report", "the guest reported something unknown");
	return false;
}

static void window_access(struct kvm_cpu *cpu, uint64_t offset)
{
	struct cmdqv_mmio access = {
		.offset = offset,
		.size = (uint8_t)cpu->run->mmio.len,
		.write = cpu->run->mmio.is_write,
	};

	/* KVM has the bytes in memory order; the guest is little-endian, and so are we. */
	if (access.write)
		memcpy(&access.value, cpu->run->mmio.data, access.size);
	vmm_access(cpu->machine->vmm, &access);
	if (!access.write)
		memcpy(cpu->run->mmio.data, &access.value, access.size);
}

static bool take_mmio(struct kvm_cpu *cpu)
{
	uint64_t address = cpu->run->mmio.phys_addr;
	uint32_t value;

	if (address >= GUEST_WINDOW && address < GUEST_WINDOW + CMDQV_GUEST_BYTES) {
		window_access(cpu, address - GUEST_WINDOW);
		return true;
	}
	if (address >= GUEST_REPORT && address <= GUEST_REPORT + GUEST_REPORT_PAUSE) {
		if (!cpu->run->mmio.is_write || cpu->run->mmio.len != sizeof(value)) {
			vmm_break(cpu->machine->vmm, -EIO, "bad-report",
				  "the guest read its report register, or wrote half of it");
			return false;
		}
		memcpy(&value, cpu->run->mmio.data, sizeof(value));
		return take_report(cpu, address - GUEST_REPORT, value);
	}
	vmm_break(cpu->machine->vmm, -EIO, "bad-access",
		  "vCPU %" PRIu32 " reached for 0x%" PRIx64 ", where nothing is", cpu->index,
		  address);
	return false;
}

/* Returns whether the vCPU goes on. */
static bool take_exit(struct kvm_cpu *cpu)
{
	struct vmm *vmm = cpu->machine->vmm;

	switch (cpu->run->exit_reason) {
	case KVM_EXIT_MMIO:
		return take_mmio(cpu);
	case KVM_EXIT_INTR:
		return true;
	case KVM_EXIT_SHUTDOWN:
		vmm_break(vmm, -EIO, "guest-crash", "vCPU %" PRIu32 " crashed", cpu->index);
		return false;
	default:
		vmm_break(vmm, -EIO, "kvm-exit", "vCPU %" PRIu32 " stopped for reason %" PRIu32,
			  cpu->index, cpu->run->exit_reason);
		return false;
	}
}

/* Waits outside of KVM_RUN for as long as the machine is paused. */
static void enter_guest(struct kvm_cpu *cpu)
{
	struct timespec nap = {.tv_nsec = 50000};

	atomic_store(&cpu->inside, true);
	while (atomic_load(&cpu->machine->paused)) {
		atomic_store(&cpu->inside, false);
		nanosleep(&nap, NULL);
		atomic_store(&cpu->inside, true);
	}
}

static bool run_once(struct kvm_cpu *cpu)
{
	int err;

	enter_guest(cpu);
	err = ioctl(cpu->fd, KVM_RUN, 0) < 0 ? -errno : 0;
	atomic_store(&cpu->inside, false);
	if (!err)
		return take_exit(cpu);
	if (err == -EINTR || err == -EAGAIN)
		return true;
	vmm_break(cpu->machine->vmm, err, "kvm-run", "vCPU %" PRIu32 " cannot run: %s", cpu->index,
		  strerror(-err));
	return false;
}

static void *run_cpu(void *argument)
{
	struct kvm_cpu *cpu = argument;

	while (!atomic_load(&cpu->machine->stop) && run_once(cpu))
		;
	atomic_store(&cpu->ended, true);
	return NULL;
}

/* ---- page 0, interrupt ---- */

static int set_slot(const struct kvm_machine *machine, uint32_t slot, uint64_t gpa, uint64_t bytes,
		    const void *host)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = bytes,
		.userspace_addr = (uint64_t)(uintptr_t)host,
	};

	return ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region) < 0 ? -errno : 0;
}

static int machine_map_page0(struct machine *base, const struct cmdqv_page_view *view)
{
	return set_slot(of(base), SLOT_PAGE0, GUEST_WINDOW + CMDQV_VINTF_PAGE0, view->length,
			view->host);
}

/*
 * Deleting a slot that exists fails in no way that KVM documents. Were it to, vCPUs would
 * reach a page that is no longer theirs: nothing may go on.
 */
static void machine_unmap_page0(struct machine *base)
{
	if (set_slot(of(base), SLOT_PAGE0, GUEST_WINDOW + CMDQV_VINTF_PAGE0, 0, NULL)) {
		perror("cmdqv: cannot withdraw page 0 from the guest");
		abort();
	}
}

static void machine_interrupt(struct machine *base)
{
	struct kvm_machine *machine = of(base);
	int err = kvm_arch_interrupt(&machine->arch, machine->vm);

	if (err)
		vmm_break(machine->vmm, err, "kvm-interrupt", "the interrupt was refused: %s",
			  strerror(-err));
}

/* ---- making and unmaking ---- */

/* Its only use is to interrupt KVM_RUN. */
static void on_signal(int signal)
{
	(void)signal;
}

static int catch_signal(struct kvm_machine *machine)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	if (sigaction(SIGRTMIN, &action, &machine->old_action))
		return -errno;
	machine->has_action = true;
	return 0;
}

static int create_cpu(struct kvm_machine *machine, uint32_t index)
{
	struct kvm_cpu *cpu = &machine->cpus[index];
	int bytes = ioctl(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	void *run;

	if (bytes < 0)
		return -errno;
	cpu->machine = machine;
	cpu->index = index;
	cpu->run_bytes = (size_t)bytes;
	cpu->fd = ioctl(machine->vm, KVM_CREATE_VCPU, (unsigned long)index);
	if (cpu->fd < 0)
		return -errno;
	run = mmap(NULL, cpu->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, cpu->fd, 0);
	if (run == MAP_FAILED)
		return -errno;
	cpu->run = run;
	return 0;
}

static int create_cpus(struct kvm_machine *machine, uint64_t entry)
{
	int err = 0;

	for (uint32_t i = 0; i < machine->cpu_count && !err; i++)
		err = create_cpu(machine, i);
	if (!err)
		err = kvm_arch_after_cpus(&machine->arch, machine->vm);
	for (uint32_t i = 0; i < machine->cpu_count && !err; i++) {
		struct kvm_arch_start start = {
			.entry = entry,
			.stack = GUEST_STACKS + (i + 1ULL) * GUEST_STACK_BYTES,
			.index = i,
		};

		err = kvm_arch_init_cpu(machine->kvm, machine->vm, machine->cpus[i].fd, &start);
	}
	return err;
}

static int create_vm(struct kvm_machine *machine, uint64_t entry)
{
	const struct memory *memory = &machine->vmm->memory;
	int err;

	machine->vm = ioctl(machine->kvm, KVM_CREATE_VM, 0UL);
	if (machine->vm < 0)
		return -errno;
	err = set_slot(machine, SLOT_RAM, memory->gpa, memory->bytes, memory->host);
	if (!err)
		err = kvm_arch_before_cpus(&machine->arch, machine->vm);
	if (!err)
		err = create_cpus(machine, entry);
	if (!err)
		err = catch_signal(machine);
	return err;
}

static int fill_machine(struct kvm_machine *machine, struct cmdqv_error *error)
{
	uint64_t entry = 0;
	int err = open_kvm(&machine->kvm, error);

	if (!err)
		err = check_kvm(machine->kvm, error);
	if (!err)
		err = image_load(&machine->vmm->memory, &entry, error);
	if (err)
		return err;
	kvm_arch_make_tables(&machine->vmm->memory, machine->vmm->config.backend == VMM_BACKEND_SOFT
							    ? PAGE0_MEMORY
							    : PAGE0_DEVICE);
	err = create_vm(machine, entry);
	if (err)
		return cmdqv_error_set(
			error, err, "no-vm",
			"KVM cannot make the virtual machine: %s; use --guest thread",
			strerror(-err));
	return 0;
}

static int machine_start(struct machine *base, struct cmdqv_error *error)
{
	struct kvm_machine *machine = of(base);

	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		struct kvm_cpu *cpu = &machine->cpus[i];
		int code = pthread_create(&cpu->thread, NULL, run_cpu, cpu);

		if (code)
			return cmdqv_error_set(error, -code, "no-thread",
					       "a vCPU's thread: %s; see ulimit -u and -v",
					       strerror(code));
		cpu->running = true;
	}
	return 0;
}

/* A signal that comes before KVM_RUN is no use by itself: immediate_exit is, from then on. */
static void kick_cpu_while(struct kvm_cpu *cpu, const atomic_bool *condition, bool value)
{
	struct timespec nap = {.tv_nsec = 100000};

	__atomic_store_n(&cpu->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	while (atomic_load(condition) == value) {
		pthread_kill(cpu->thread, SIGRTMIN);
		nanosleep(&nap, NULL);
	}
}

static void stop_cpu(struct kvm_cpu *cpu)
{
	kick_cpu_while(cpu, &cpu->ended, false);
	pthread_join(cpu->thread, NULL);
	cpu->running = false;
}

static void machine_pause(struct machine *base)
{
	struct kvm_machine *machine = of(base);

	atomic_store(&machine->paused, true);
	for (uint32_t i = 0; i < machine->cpu_count; i++)
		kick_cpu_while(&machine->cpus[i], &machine->cpus[i].inside, true);
}

static void machine_resume(struct machine *base)
{
	struct kvm_machine *machine = of(base);

	for (uint32_t i = 0; i < machine->cpu_count; i++)
		__atomic_store_n(&machine->cpus[i].run->immediate_exit, 0, __ATOMIC_SEQ_CST);
	atomic_store(&machine->paused, false);
}

static void machine_stop(struct machine *base)
{
	struct kvm_machine *machine = of(base);

	atomic_store(&machine->stop, true);
	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		if (machine->cpus[i].running)
			stop_cpu(&machine->cpus[i]);
	}
}

static void destroy_cpu(struct kvm_cpu *cpu)
{
	if (cpu->run)
		munmap(cpu->run, cpu->run_bytes);
	if (cpu->fd >= 0)
		close(cpu->fd);
}

static void machine_destroy(struct machine *base)
{
	struct kvm_machine *machine = of(base);

	for (uint32_t i = 0; i < machine->cpu_count; i++)
		destroy_cpu(&machine->cpus[i]);
	kvm_arch_fini(&machine->arch);
	if (machine->vm >= 0)
		close(machine->vm);
	if (machine->kvm >= 0)
		close(machine->kvm);
	if (machine->has_action)
		sigaction(SIGRTMIN, &machine->old_action, NULL);
	free(machine);
}

static int machine_create(struct machine **out, struct vmm *vmm, struct cmdqv_error *error)
{
	struct kvm_machine *machine = calloc(1, sizeof(*machine));
	int err;

	if (!machine)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "out of memory");
	machine->machine.ops = &machine_kvm;
	machine->vmm = vmm;
	machine->kvm = -1;
	machine->vm = -1;
	machine->arch.irqchip = -1;
	machine->cpu_count = vmm->config.vcpus;
	for (uint32_t i = 0; i < machine->cpu_count; i++)
		machine->cpus[i].fd = -1;
	err = fill_machine(machine, error);
	if (err) {
		machine_destroy(&machine->machine);
		return err;
	}
	*out = &machine->machine;
	return 0;
}

const struct machine_ops machine_kvm = {
	.create = machine_create,
	.start = machine_start,
	.pause = machine_pause,
	.resume = machine_resume,
	.stop = machine_stop,
	.destroy = machine_destroy,
	.map_page0 = machine_map_page0,
	.unmap_page0 = machine_unmap_page0,
	.interrupt = machine_interrupt,
};
