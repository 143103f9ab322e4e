/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CMDQV of the Linux guest that this runs in, while the driver leaves it alone.
 *
 * How it works. Registers and a piece of memory that the kernel was told not to use are mapped by
 * /dev/mem. No driver has the interrupt: the GIC latches its edge, and its distributor is asked.
 * An access that the machine aborts is a signal, which ends the case.
 *
 * Rings are mapped as the kernel maps what is not its memory, that is uncached: where a host's
 * stage 2 does not force write-back, and its own cache has older contents, a ring reads wrong. On
 * what this was made for, FEAT_S2FWB or emulation, it does not.
 */
#include "find.h"
#include "program.h"

#include <cmdqv/regs.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	PATIENCE = 10000, /* a second at least, as a driver of Linux waits */
	WAIT_US = 100,
	MOST_LOG2SIZE = 19, /* that IDR1.CMDQS can say */
	GIC_BYTES = 0x10000,
	GIC_PENDING = 0x200,
	GIC_CLEAR_PENDING = GIC_PENDING + 0x80,
	GIC_CONFIG = 0xC00, /* two bits an interrupt: the upper one says edge */
};

struct device {
	volatile uint8_t *window;
	volatile uint8_t *memory;
	volatile uint8_t *gic;
	uint32_t interrupt;
};

/* Single-register accesses: an exit tells a VMM nothing about others. */
#ifdef __aarch64__
#define LOAD(type, instruction)                                                                    \
	static type load_##type(volatile void *at)                                                 \
	{                                                                                          \
		uint64_t value;                                                                    \
                                                                                                   \
		__asm__ volatile(instruction ", [%1]\n\tdmb osh"                                   \
				 : "=r"(value)                                                     \
				 : "r"(at)                                                         \
				 : "memory");                                                      \
		return (type)value;                                                                \
	}
#define STORE(type, instruction)                                                                   \
	static void store_##type(volatile void *at, type value)                                    \
	{                                                                                          \
		__asm__ volatile("dmb osh\n\t" instruction ", [%1]" ::"r"((uint64_t)value),        \
				 "r"(at)                                                           \
				 : "memory");                                                      \
	}
LOAD(uint8_t, "ldrb %w0")
LOAD(uint16_t, "ldrh %w0")
LOAD(uint32_t, "ldr %w0")
LOAD(uint64_t, "ldr %x0")
STORE(uint8_t, "strb %w0")
STORE(uint16_t, "strh %w0")
STORE(uint32_t, "str %w0")
STORE(uint64_t, "str %x0")
#else
#define ACCESS(type)                                                                               \
	static type load_##type(volatile void *at)                                                 \
	{                                                                                          \
		type value = *(volatile type *)at;                                                 \
                                                                                                   \
		__atomic_thread_fence(__ATOMIC_SEQ_CST);                                           \
		return value;                                                                      \
	}                                                                                          \
	static void store_##type(volatile void *at, type value)                                    \
	{                                                                                          \
		__atomic_thread_fence(__ATOMIC_SEQ_CST);                                           \
		*(volatile type *)at = value;                                                      \
	}
ACCESS(uint8_t)
ACCESS(uint16_t)
ACCESS(uint32_t)
ACCESS(uint64_t)
#endif

static uint64_t load(void *user, uint32_t offset, uint32_t size)
{
	const struct device *device = user;
	volatile void *at = device->window + offset;

	switch (size) {
	case 1:
		return load_uint8_t(at);
	case 2:
		return load_uint16_t(at);
	case 4:
		return load_uint32_t(at);
	default:
		return load_uint64_t(at);
	}
}

static void store(void *user, uint32_t offset, uint32_t size, uint64_t value)
{
	const struct device *device = user;
	volatile void *at = device->window + offset;

	switch (size) {
	case 1:
		store_uint8_t(at, (uint8_t)value);
		break;
	case 2:
		store_uint16_t(at, (uint16_t)value);
		break;
	case 4:
		store_uint32_t(at, (uint32_t)value);
		break;
	default:
		store_uint64_t(at, value);
	}
}

static void wait(void *user)
{
	(void)user;
	usleep(WAIT_US);
}

/* ---- the interrupt ---- */

static bool interrupted(void *user)
{
	const struct device *device = user;
	const uint32_t word = device->interrupt / 32 * 4;
	const uint32_t bit = 1U << device->interrupt % 32;

	if (!(load_uint32_t(device->gic + GIC_PENDING + word) & bit))
		return false;
	store_uint32_t(device->gic + GIC_CLEAR_PENDING + word, bit);
	return true;
}

static void latch_edges(const struct device *device)
{
	volatile uint8_t *config = device->gic + GIC_CONFIG + device->interrupt / 16 * 4;

	store_uint32_t(config, load_uint32_t(config) | 2U << device->interrupt % 16 * 2);
	(void)interrupted((void *)(uintptr_t)device);
}

/* ---- aborts ---- */

static sigjmp_buf aborted; /* of the case that runs */

static void on_abort(int signal)
{
	(void)signal;
	siglongjmp(aborted, 1);
}

static int attempt(void *user, int (*run)(void *argument), void *argument)
{
	(void)user;
	if (sigsetjmp(aborted, 1))
		return -1;
	return run(argument);
}

static void catch_aborts(void)
{
	struct sigaction action = {.sa_handler = on_abort};

	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGILL, &action, NULL);
}

/* ---- finding and mapping ---- */

static bool take_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	char *end;

	if (!text)
		return true;
	errno = 0;
	*number = strtoull(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
	return isdigit((unsigned char)text[0]) && !errno && !*end && *number >= least &&
	       *number <= most;
}

static bool take_address(const char *text, uint64_t *address)
{
	return take_number(text, CONFORMANCE_PLACE, INT64_MAX, address) &&
	       *address % CONFORMANCE_PLACE == 0;
}

static volatile uint8_t *map(int memory, uint64_t address, size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, (off_t)address);

	return at == MAP_FAILED ? NULL : at;
}

static bool is_memory(volatile uint64_t *word)
{
	const uint64_t before = *word;
	bool fine = true;

	for (uint64_t i = 1; i < 4; i++) {
		*word = i * 0x0123456789ABCDEFULL;
		fine = fine && *word == i * 0x0123456789ABCDEFULL;
	}
	*word = before;
	return fine;
}

static int check_memory(void *argument)
{
	volatile uint64_t *words = argument;

	return is_memory(words) && is_memory(words + CONFORMANCE_MEMORY / sizeof(*words) - 1);
}

/* Has a driver enabled the VINTF? */
static int is_driven(void *argument)
{
	return (int)(load(argument, CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_STATUS, 4) & 1);
}

static int map_all(struct device *device, const struct found *found, uint64_t memory)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);

	if (fd < 0)
		return program_complain("/dev/mem: %s; run as root, on a kernel with CONFIG_DEVMEM",
					strerror(errno));
	device->window = map(fd, found->window, CMDQV_GUEST_BYTES);
	device->memory = map(fd, memory, CONFORMANCE_MEMORY);
	device->gic = found->distributor ? map(fd, found->distributor, GIC_BYTES) : NULL;
	device->interrupt = found->interrupt;
	close(fd);
	if (!device->window || !device->memory)
		return program_complain("/dev/mem cannot map 0x%llx or 0x%llx: "
					"CONFIG_IO_STRICT_DEVMEM must not be set",
					(unsigned long long)found->window,
					(unsigned long long)memory);
	return PROGRAM_OK;
}

static int find(const struct program_options *options, struct found *found, uint64_t *memory)
{
	find_cmdqv("", found);
	*memory = find_memory("", CONFORMANCE_MEMORY);
	if (!take_address(options->window, &found->window) ||
	    !take_address(options->memory, memory))
		return program_complain("an address is a number, a multiple of 64 KiB");
	if (!found->window)
		return program_complain("firmware tells of no CMDQV; --window says where one is");
	if (!*memory)
		return program_complain("/proc/iomem tells of no memory; run as root, or use "
					"--memory");
	return PROGRAM_OK;
}

int linux_judge(const struct program_options *options)
{
	struct device device = {.window = NULL};
	struct found found;
	uint64_t memory = 0, vsid = 0, log2size = 0, patience = PATIENCE;
	int status;

	if (options->device || options->no_map || options->rests)
		return program_complain(
			"--device, --no-map and --rests are of a VMM: --carrier kvm");
	if (!take_number(options->log2size, 1, MOST_LOG2SIZE, &log2size) ||
	    !take_number(options->patience, 1, UINT32_MAX, &patience) ||
	    !take_number(options->vsid, 0, UINT32_MAX, &vsid))
		return program_complain("--log2size is a number from 1 to 19, --patience one from "
					"1, --vsid a StreamID");
	status = find(options, &found, &memory);
	if (status == PROGRAM_OK)
		status = map_all(&device, &found, memory);
	if (status != PROGRAM_OK)
		return status;
	catch_aborts();
	if (attempt(NULL, check_memory, (void *)(uintptr_t)device.memory) != 1)
		return program_complain(
			"0x%llx is no memory: start the kernel with mem=, less than "
			"the machine has",
			(unsigned long long)memory);
	status = attempt(NULL, is_driven, &device);
	if (status < 0)
		return program_complain("there is no CMDQV at 0x%llx: it does not answer",
					(unsigned long long)found.window);
	if (status && !options->touched)
		return program_complain(
			"a driver has this CMDQV: start the kernel with "
			"arm_smmu_v3.disable_cmdqv=1; --touched if a run of this program was "
			"interrupted");
	if (device.gic && device.interrupt)
		latch_edges(&device);

	const struct carrier carrier = {
		.load = load,
		.store = store,
		.wait = wait,
		.interrupted = device.gic && device.interrupt ? interrupted : NULL,
		.print = program_print,
		.attempt = attempt,
		.user = &device,
		.memory = (volatile uint64_t *)(volatile void *)device.memory,
		.bus = memory,
		.patience = (uint32_t)patience,
		.max_log2size = (uint32_t)log2size,
		.untouched = !options->touched,
		.has_vsid = options->vsid != NULL,
		.vsid = (uint32_t)vsid,
	};
	printf("# window 0x%llx, memory 0x%llx, interrupt %u\n", (unsigned long long)found.window,
	       (unsigned long long)memory, found.interrupt);
	return program_status(conformance_run(&carrier, options->only), options->only);
}
