/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Under a filter: a program of tests/ with this file runs each call of the library in a thread
 * whose seccomp filter lets through what docs/embedding.md lists for such a call, made from its
 * table. What the library may not ask for ends the program with status FILTER_REFUSED.
 *
 * The calling thread has no filter and waits. What the front answers is first made for real, on a
 * descriptor that is not open, for the filter to judge; then it goes back to the calling thread,
 * and so does what the tests do themselves. A filtered thread may use futexes, to hand over, and
 * print.
 */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <seccomp.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmdqv/cmdqv.h>
#include <cmdqv/iommufd.h>
#include <cmdqv/model/soft.h>
#include <cmdqv/saved.h>

#include "../test.h"

/* Kinds of calls: those of the table. */
enum phase { OPEN, ACCESS, EVENT, SMMU, CLOSE, PHASES };
static const char *const phase_names[PHASES] = {"open", "access", "event", "smmu", "close"};

/* A row lets through a call, or those calls of it that have one value in one argument. */
struct entry {
	enum phase phase;
	int number;
	char name[16];
	int argument; /* -1: whatever they are */
	uint64_t mask;
	uint64_t value;
	bool is_libc;
	bool was_used;
};

typedef void (*step)(void *context);

struct worker {
	pthread_mutex_t in_use;
	pthread_t thread;
	bool is_running;
	enum phase phase;
	sem_t go;
	sem_t back;
	step work;
	void *context;
	step outside; /* NULL: the work is done */
	void *outside_context;
	int outside_errno;
};

static struct entry entries[64];
static size_t num_entries;
static struct worker workers[PHASES];
static _Thread_local struct worker *self; /* of a filtered thread */
static _Thread_local bool is_waiting;	  /* for a filtered thread */

/* ---- the table ---- */

static void add(enum phase phase, const char *name, int argument, uint64_t mask, uint64_t value,
		bool is_libc)
{
	struct entry *e = &entries[num_entries++];

	assert_true(num_entries < COUNT(entries));
	*e = (struct entry){.phase = phase,
			    .number = seccomp_syscall_resolve_name(name),
			    .argument = argument,
			    .mask = mask,
			    .value = value,
			    .is_libc = is_libc};
	snprintf(e->name, sizeof(e->name), "%s", name);
	assert_int_not_equal(e->number, __NR_SCMP_ERROR);
}

/* `name` with what the last column says of it. */
static void add_call(enum phase phase, const char *name, const char *which)
{
	bool is_libc = strstr(which, "libc") != NULL;

	if (strcmp(name, "mmap") == 0) {
		add(phase, name, 3, MAP_TYPE, is_libc ? MAP_PRIVATE : MAP_SHARED, is_libc);
	} else if (strcmp(name, "ioctl") == 0) {
		while ((which = strstr(which, "0x"))) {
			char *end;
			unsigned long request = strtoul(which, &end, 16);

			add(phase, name, 1, UINT32_MAX, request, false);
			which = end;
		}
	} else {
		add(phase, name, -1, 0, 0, is_libc);
	}
}

/* "| phase | `call`, `call` | which |" */
static void read_row(char *row)
{
	char *rest = NULL;
	const char *first = strtok_r(row, "|", &rest);
	char *calls = strtok_r(NULL, "|", &rest);
	const char *which = strtok_r(NULL, "|", &rest);
	enum phase phase = OPEN;

	while (phase < PHASES &&
	       (!first || strncmp(first + 1, phase_names[phase], strlen(phase_names[phase])) != 0))
		phase++;
	if (phase == PHASES || !calls || !which || calls[1] != '`')
		return;
	for (char *call = strtok_r(calls, "` ,", &rest); call; call = strtok_r(NULL, "` ,", &rest))
		add_call(phase, call, which);
}

/* The section "System calls" of the document. */
static void __attribute__((constructor)) read_table(void)
{
	FILE *document = fopen(DOCUMENT, "re");
	char line[1024];
	bool here = false;

	if (!document) {
		perror(DOCUMENT);
		exit(1);
	}
	while (fgets(line, sizeof(line), document)) {
		if (line[0] == '#')
			here = strcmp(line, "## System calls\n") == 0;
		else if (here && line[0] == '|')
			read_row(line);
	}
	fclose(document);
	if (num_entries == 0)
		exit(1);
}

static void note(int number, uint64_t request)
{
	for (size_t i = 0; i < num_entries; i++) {
		struct entry *e = &entries[i];

		if (e->phase == self->phase && e->number == number && !e->is_libc &&
		    (e->argument != 1 || e->value == request))
			e->was_used = true;
	}
}

bool filter_is_as_short_as_can_be(void)
{
	bool is = true;

	for (size_t i = 0; i < num_entries; i++) {
		const struct entry *e = &entries[i];

		if (e->was_used || e->is_libc)
			continue;
		print_error("no call %s needs %s %#llx\n", phase_names[e->phase], e->name,
			    (unsigned long long)e->value);
		is = false;
	}
	return is;
}

/* ---- filtered threads ---- */

static void refuse(int signal, siginfo_t *info, void *context)
{
	static const char before[] = "the filter lets no such system call through, in phase: ";
	char text[160];
	int length = snprintf(text, sizeof(text), "%s%s, number %d\n", before,
			      self ? phase_names[self->phase] : "none", info->si_syscall);

	(void)signal;
	(void)context;
	(void)!write(2, text, (size_t)length);
	_exit(FILTER_REFUSED);
}

/* The rows of a phase, or of libc's alone, for the calling thread. */
static void load(enum phase phase, bool only_libc)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int err = filter ? 0 : -ENOMEM;

	if (!err && !only_libc)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(futex), 0);
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(exit_group), 0);
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
				       SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, 2));
	for (size_t i = 0; !err && i < num_entries; i++) {
		const struct entry *e = &entries[i];
		const struct scmp_arg_cmp only = {.arg = (unsigned int)(e->argument & 7),
						  .op = SCMP_CMP_MASKED_EQ,
						  .datum_a = e->mask,
						  .datum_b = e->value};

		if (e->phase == phase && (e->is_libc || !only_libc))
			err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, e->number,
						     e->argument >= 0, &only);
	}
	if (!err)
		err = seccomp_load(filter);
	if (err) {
		print_error("no filter: %s\n", strerror(-err));
		exit(1);
	}
	seccomp_release(filter);
}

static void catch_refusals(void)
{
	struct sigaction action = {.sa_sigaction = refuse, .sa_flags = SA_SIGINFO};

	sigaction(SIGSYS, &action, NULL);
}

void filter_all_but_the_allocator(void)
{
	catch_refusals();
	load(CLOSE, true);
}

static void *worker_main(void *context)
{
	struct worker *w = context;

	self = w;
	load(w->phase, false);
	for (;;) {
		while (sem_wait(&w->go) != 0)
			;
		w->work(w->context);
		w->outside = NULL;
		sem_post(&w->back);
	}
	return NULL;
}

static void start(struct worker *w, enum phase phase)
{
	catch_refusals();
	w->phase = phase;
	sem_init(&w->go, 0, 0);
	sem_init(&w->back, 0, 0);
	assert_int_equal(pthread_create(&w->thread, NULL, worker_main, w), 0);
	w->is_running = true;
}

static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

static void library(enum phase phase, step work, void *context)
{
	struct worker *w = &workers[phase];

	/* From a callback: it goes on where it is. */
	if (self || is_waiting) {
		work(context);
		return;
	}
	pthread_mutex_lock(&starting);
	if (!w->is_running) {
		pthread_mutex_init(&w->in_use, NULL);
		start(w, phase);
	}
	pthread_mutex_unlock(&starting);
	pthread_mutex_lock(&w->in_use);
	w->work = work;
	w->context = context;
	is_waiting = true;
	for (;;) {
		sem_post(&w->go);
		while (sem_wait(&w->back) != 0)
			;
		if (!w->outside)
			break;
		w->outside(w->outside_context);
		w->outside_errno = errno;
	}
	is_waiting = false;
	pthread_mutex_unlock(&w->in_use);
}

static void outside(step work, void *context)
{
	if (!self) {
		work(context);
		return;
	}
	self->outside = work;
	self->outside_context = context;
	sem_post(&self->back);
	while (sem_wait(&self->go) != 0)
		;
	errno = self->outside_errno;
}

/* ---- what is wrapped ---- */

#define UNPACK(...) __VA_ARGS__

/* A call as a step: `to` does it where `how` says. */
#define STEP(type, to, name, params, members, values, passed, how)                                 \
	type to params;                                                                            \
	type name params;                                                                          \
	struct to##_call {                                                                         \
		UNPACK members type result;                                                        \
	};                                                                                         \
	static void to##_step(void *context)                                                       \
	{                                                                                          \
		struct to##_call *c = context;                                                     \
                                                                                                   \
		c->result = to passed;                                                             \
	}                                                                                          \
	type name params                                                                           \
	{                                                                                          \
		struct to##_call c = {UNPACK values, 0};                                           \
                                                                                                   \
		how(to##_step, &c);                                                                \
		return c.result;                                                                   \
	}

#define STEP1(type, to, name, A, how) STEP(type, to, name, (A a), (A a;), (a), (c->a), how)
#define STEP2(type, to, name, A, B, how)                                                           \
	STEP(type, to, name, (A a, B b), (A a; B b;), (a, b), (c->a, c->b), how)
#define STEP3(type, to, name, A, B, C, how)                                                        \
	STEP(type, to, name, (A a, B b, C d), (A a; B b; C d;), (a, b, d), (c->a, c->b, c->d), how)
#define STEP4(type, to, name, A, B, C, D, how)                                                     \
	STEP(type, to, name, (A a, B b, C d, D e), (A a; B b; C d; D e;), (a, b, d, e),            \
	     (c->a, c->b, c->d, c->e), how)
#define STEP5(type, to, name, A, B, C, D, E, how)                                                  \
	STEP(type, to, name, (A a, B b, C d, D e, E f), (A a; B b; C d; D e; E f;),                \
	     (a, b, d, e, f), (c->a, c->b, c->d, c->e, c->f), how)
#define STEP6(type, to, name, A, B, C, D, E, F, how)                                               \
	STEP(type, to, name, (A a, B b, C d, D e, E f, F g), (A a; B b; C d; D e; E f; F g;),      \
	     (a, b, d, e, f, g), (c->a, c->b, c->d, c->e, c->f, c->g), how)

#define LIBRARY(count, type, name, ...) STEP##count(type, __real_##name, __wrap_##name, __VA_ARGS__)
#define OUTSIDE(count, type, name, ...) STEP##count(type, inner_##name, outside_##name, __VA_ARGS__)

static void in_open(step work, void *context)
{
	library(OPEN, work, context);
}
static void in_access(step work, void *context)
{
	library(ACCESS, work, context);
}
static void in_event(step work, void *context)
{
	library(EVENT, work, context);
}
static void in_smmu(step work, void *context)
{
	library(SMMU, work, context);
}

LIBRARY(4, int, cmdqv_iommufd_query, int, uint32_t, struct cmdqv_hw_info *, struct cmdqv_error *,
	in_open)
LIBRARY(4, int, cmdqv_iommufd_open, struct cmdqv_viommu **, const struct cmdqv_iommufd_config *,
	struct cmdqv_backend *, struct cmdqv_error *, in_open)
LIBRARY(4, int, cmdqv_iommufd_adopt, struct cmdqv_viommu **, const struct cmdqv_iommufd_adopted *,
	struct cmdqv_backend *, struct cmdqv_error *, in_open)
LIBRARY(6, int, cmdqv_create, struct cmdqv **, const struct cmdqv_config *,
	const struct cmdqv_backend *, const struct cmdqv_vmm_ops *, void *, struct cmdqv_error *,
	in_open)
LIBRARY(2, int, cmdqv_access, struct cmdqv *, struct cmdqv_mmio *, in_access)
LIBRARY(1, int, cmdqv_reset, struct cmdqv *, in_access)
LIBRARY(1, int, cmdqv_page0_withdraw, struct cmdqv *, in_access)
LIBRARY(4, int, cmdqv_save, struct cmdqv *, void *, size_t *, struct cmdqv_error *, in_access)
LIBRARY(4, int, cmdqv_restore, struct cmdqv *, const void *, size_t, struct cmdqv_error *,
	in_access)
LIBRARY(1, int, cmdqv_events, struct cmdqv *, in_event)
LIBRARY(2, int, cmdqv_viommu_smmu_event, struct cmdqv_viommu *, struct cmdqv_viommu_event *,
	in_event)
LIBRARY(5, int, cmdqv_viommu_add_device, struct cmdqv_viommu *, cmdqv_vsid_t, uint32_t, int,
	struct cmdqv_error *, in_smmu)
LIBRARY(3, int, cmdqv_viommu_remove_device, struct cmdqv_viommu *, cmdqv_vsid_t,
	struct cmdqv_error *, in_smmu)
LIBRARY(4, int, cmdqv_viommu_set_ste, struct cmdqv_viommu *, cmdqv_vsid_t, const uint64_t *,
	struct cmdqv_error *, in_smmu)
LIBRARY(5, int, cmdqv_viommu_invalidate, struct cmdqv_viommu *, const struct cmdqv_viommu_command *,
	size_t, struct cmdqv_viommu_result *, struct cmdqv_error *, in_smmu)

void __real_cmdqv_destroy(struct cmdqv *dev);
void __wrap_cmdqv_destroy(struct cmdqv *dev);
void __real_cmdqv_viommu_close(struct cmdqv_viommu *viommu);
void __wrap_cmdqv_viommu_close(struct cmdqv_viommu *viommu);

static void destroy(void *dev)
{
	__real_cmdqv_destroy(dev);
}

void __wrap_cmdqv_destroy(struct cmdqv *dev)
{
	library(CLOSE, destroy, dev);
}

static void close_viommu(void *viommu)
{
	__real_cmdqv_viommu_close(viommu);
}

void __wrap_cmdqv_viommu_close(struct cmdqv_viommu *viommu)
{
	library(CLOSE, close_viommu, viommu);
}

/* What a callback of a scenario runs is the test's. */
LIBRARY(2, int, cmdqv_soft_host_run, struct cmdqv_soft_host *, uint32_t, outside)

/* ---- what the front answers: front.c, whose wrappers are called inner_ here ---- */

static long judge(long number, unsigned long a, unsigned long b, unsigned long c, unsigned long d,
		  unsigned long e)
{
	if (!self)
		return 0;
	note((int)number, b);
	return syscall(number, a, b, c, d, e, 0UL);
}

enum { NOT_OPEN = -1 };

int inner_ioctl(int fd, unsigned long number, ...);
static int inner_ioctl3(int fd, unsigned long number, void *argument)
{
	return inner_ioctl(fd, number, argument);
}
STEP3(int, inner_ioctl3, outside_ioctl, int, unsigned long, void *, outside)

int __wrap_ioctl(int fd, unsigned long number, ...);
int __wrap_ioctl(int fd, unsigned long number, ...)
{
	void *argument;
	va_list args;

	va_start(args, number);
	argument = va_arg(args, void *);
	va_end(args);
	judge(SYS_ioctl, (unsigned long)NOT_OPEN, number, 0, 0, 0);
	return outside_ioctl(fd, number, argument);
}

OUTSIDE(6, void *, mmap, void *, size_t, int, int, int, off_t, outside)
void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	judge(SYS_mmap, 0, bytes, (unsigned long)prot, (unsigned long)flags,
	      (unsigned long)NOT_OPEN);
	return outside_mmap(at, bytes, prot, flags, fd, offset);
}

void *__wrap_mmap64(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	return __wrap_mmap(at, bytes, prot, flags, fd, offset);
}

OUTSIDE(2, int, munmap, void *, size_t, outside)
int __wrap_munmap(void *at, size_t bytes);
int __wrap_munmap(void *at, size_t bytes)
{
	judge(SYS_munmap, 1, bytes, 0, 0, 0);
	return outside_munmap(at, bytes);
}

OUTSIDE(3, ssize_t, read, int, void *, size_t, outside)
ssize_t __wrap_read(int fd, void *buffer, size_t bytes);
ssize_t __wrap_read(int fd, void *buffer, size_t bytes)
{
	judge(SYS_read, (unsigned long)NOT_OPEN, 0, 0, 0, 0);
	return outside_read(fd, buffer, bytes);
}

ssize_t __wrap___read_chk(int fd, void *buffer, size_t bytes, size_t room);
ssize_t __wrap___read_chk(int fd, void *buffer, size_t bytes, size_t room)
{
	(void)room;
	return __wrap_read(fd, buffer, bytes);
}

OUTSIDE(1, int, close, int, outside)
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	judge(SYS_close, (unsigned long)NOT_OPEN, 0, 0, 0, 0);
	return outside_close(fd);
}
