/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The front: descriptors, mappings, and the wrapped calls.
 *
 * Descriptors are real ones (eventfds), so that one that is not closed shows, and one that
 * is closed is EBADF by itself. The page that mmap() answers is the model's own, which the
 * engine works on. `inside` is set while src/kernel/ runs: what it calls itself goes on. The
 * lock is recursive, for what runs inside may come back.
 *
 * An iommufd whose descriptor is closed lives on in the kernel while a device, a mapping
 * or an event descriptor holds it, and goes with the last of them.
 */
#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../idle.h"
#include "../test.h"
#include "front_internal.h"
#include "kernel/state.h"
#include "soft/host.h"

enum { MOST_HOSTS = 2, MOST_DESCRIPTORS = 512, MOST_MAPPINGS = 128, MOST_ORPHANS = 64 };

int __real_open(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long number, ...);
int __wrap_ioctl(int fd, unsigned long number, ...);
void *__real_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t bytes);
int __wrap_munmap(void *at, size_t bytes);
ssize_t __real_read(int fd, void *buffer, size_t bytes);
ssize_t __wrap_read(int fd, void *buffer, size_t bytes);
ssize_t __wrap___read_chk(int fd, void *buffer, size_t bytes, size_t room);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_close(int fd);
int __wrap_close(int fd);

struct mapping {
	void *page;
	struct kernel_iommufd *kernel_fd;
	uint64_t offset;
};

/* The hosts; link-time wrapping leaves no other place for them. */
static struct {
	struct cmdqv_soft_host *hosts[MOST_HOSTS]; /* from the first on */
	struct descriptor descriptors[MOST_DESCRIPTORS];
	struct mapping mappings[MOST_MAPPINGS];
	int last_prot;
	struct kernel_iommufd *orphans[MOST_ORPHANS];
	uint32_t calls;
	uint32_t fail_first;
	uint32_t fail_last;
	int fail_error;
	uint32_t fail_also;
	int fail_also_error;
	unsigned long fail_number;
	int fail_number_error;
	front_tamper tamper;
	void *tamper_context;
	uint32_t pages_in_ioas;
} front;

static _Thread_local int inside;

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

/* Returns with the lock if the descriptor is the front's, else NULL without it. */
static struct descriptor *lock_descriptor(int fd)
{
	struct descriptor *d;

	if (inside || fd < 0)
		return NULL;
	pthread_mutex_lock(&lock);
	d = front_descriptor(fd);
	if (!d)
		pthread_mutex_unlock(&lock);
	return d;
}

/* ---- the hosts ---- */

void front_open(struct cmdqv_soft_host *host)
{
	size_t i = 0;

	if (!front.hosts[0])
		memset(&front, 0, sizeof(front));
	while (front.hosts[i])
		assert_true(++i < MOST_HOSTS);
	front.hosts[i] = host;
}

const struct cmdqv_soft_host_config front_grace = {
	.size = sizeof(front_grace),
	.log2_vcmdqs = 7,
	.log2_vintfs = 6,
	.log2_sids = 4,
	.cmdqs = 19,
};

struct cmdqv_soft_host *front_create(const struct cmdqv_soft_host_config *config,
				     int (*execute)(void *user, const struct cmdqv_command *),
				     void *user)
{
	const struct cmdqv_soft_ops ops = {.size = sizeof(ops), .execute = execute, .kick = idle};
	struct cmdqv_soft_host *host = NULL;
	struct cmdqv_error error;

	test_raise_descriptors();
	if (cmdqv_soft_host_create(&host, config, &ops, user, &error)) {
		fprintf(stderr, "%s\n", error.text); /* not every caller is a test of cmocka */
		abort();
	}
	front_open(host);
	return host;
}

static bool is_on(const struct kernel_iommufd *kernel_fd, const struct cmdqv_soft_host *host)
{
	return kernel_fd && kernel_fd->kernel == host->kernel;
}

void front_close(struct cmdqv_soft_host *host)
{
	size_t i = 0;

	for (size_t n = 0; n < MOST_MAPPINGS; n++)
		assert_false(front.mappings[n].page && is_on(front.mappings[n].kernel_fd, host));
	for (size_t n = 0; n < MOST_DESCRIPTORS; n++)
		assert_false(front.descriptors[n].kind != NO_DESCRIPTOR &&
			     is_on(front.descriptors[n].kernel_fd, host));
	for (size_t n = 0; n < MOST_ORPHANS; n++)
		assert_false(is_on(front.orphans[n], host));
	while (front.hosts[i] != host)
		assert_true(++i < MOST_HOSTS);
	for (; i < MOST_HOSTS; i++)
		front.hosts[i] = i + 1 < MOST_HOSTS ? front.hosts[i + 1] : NULL;
	/* A device that was never bound is on no host. */
	for (size_t n = 0; !front.hosts[0] && n < MOST_DESCRIPTORS; n++)
		assert_int_equal(front.descriptors[n].kind, NO_DESCRIPTOR);
}

int front_run(struct cmdqv_soft_host *host, uint32_t budget)
{
	int fetched;

	pthread_mutex_lock(&lock);
	fetched = cmdqv_soft_host_run(host, budget);
	pthread_mutex_unlock(&lock);
	return fetched;
}

/* ---- descriptors and mappings ---- */

struct descriptor *front_descriptor(int fd)
{
	for (size_t i = 0; i < MOST_DESCRIPTORS; i++)
		if (front.descriptors[i].kind != NO_DESCRIPTOR && front.descriptors[i].fd == fd)
			return &front.descriptors[i];
	return NULL;
}

struct descriptor *front_add_descriptor(enum descriptor_kind kind, int fd,
					struct kernel_iommufd *kernel_fd, uint32_t id)
{
	size_t i = 0;

	assert_true(fd >= 0);
	while (i < MOST_DESCRIPTORS && front.descriptors[i].kind != NO_DESCRIPTOR)
		i++;
	assert_true(i < MOST_DESCRIPTORS);
	front.descriptors[i] =
		(struct descriptor){.kind = kind, .fd = fd, .kernel_fd = kernel_fd, .id = id};
	return &front.descriptors[i];
}

int front_iommufd(struct cmdqv_soft_host *host)
{
	struct kernel_iommufd *kernel_fd;
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_int_equal(kernel_iommufd_open(host->kernel, &kernel_fd), 0);
	front_add_descriptor(IOMMUFD, fd, kernel_fd, 0);
	return fd;
}

int front_device(uint32_t sid, uint32_t num_sids)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	struct descriptor *device = front_add_descriptor(DEVICE, fd, NULL, 0);

	device->sid = sid;
	device->num_sids = num_sids;
	return fd;
}

int front_lend(struct kernel_iommufd *kernel_fd)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	front_add_descriptor(IOMMUFD, fd, kernel_fd, 0)->lent = true;
	return fd;
}

static struct kernel_iommufd *front_kernel(int iommufd)
{
	return front_descriptor(iommufd)->kernel_fd;
}

int front_event_fd(int iommufd, uint32_t veventq_id)
{
	const struct kernel_iommufd *kernel_fd = front_kernel(iommufd);

	for (size_t i = 0; i < MOST_DESCRIPTORS; i++) {
		const struct descriptor *d = &front.descriptors[i];

		if (d->kind == EVENTS && d->kernel_fd == kernel_fd && d->id == veventq_id)
			return d->fd;
	}
	return -1;
}

void *front_mapping(int iommufd, uint64_t offset)
{
	const struct kernel_iommufd *kernel_fd = front_kernel(iommufd);

	for (size_t i = 0; i < MOST_MAPPINGS; i++)
		if (front.mappings[i].page && front.mappings[i].kernel_fd == kernel_fd &&
		    front.mappings[i].offset == offset)
			return front.mappings[i].page;
	return NULL;
}

void front_viommu(int iommufd, uint32_t viommu_id, uint32_t *vintf, uint16_t *vmid)
{
	assert_int_equal(kernel_viommu_query(front_kernel(iommufd), viommu_id, vintf, vmid), 0);
}

static struct mapping *mapping_at(const void *page)
{
	for (size_t i = 0; i < MOST_MAPPINGS; i++)
		if (front.mappings[i].page && front.mappings[i].page == page)
			return &front.mappings[i];
	return NULL;
}

bool front_is_page0(uint64_t address, uint64_t bytes)
{
	for (size_t i = 0; i < MOST_MAPPINGS; i++) {
		uint64_t page = (uintptr_t)front.mappings[i].page;

		if (page && address < page + 0x10000 && page < address + bytes) {
			front.pages_in_ioas++;
			return true;
		}
	}
	return false;
}

static void bury_orphans(void)
{
	for (size_t i = 0; i < MOST_ORPHANS; i++)
		if (front.orphans[i] && kernel_iommufd_close(front.orphans[i]) == 0)
			front.orphans[i] = NULL;
}

static void close_iommufd(struct kernel_iommufd *kernel_fd)
{
	size_t i = 0;

	if (kernel_iommufd_close(kernel_fd) == 0)
		return;
	while (front.orphans[i])
		assert_true(++i < MOST_ORPHANS);
	front.orphans[i] = kernel_fd;
}

static int close_descriptor(struct descriptor *d)
{
	struct descriptor closed = *d;

	d->kind = NO_DESCRIPTOR;
	switch (closed.kind) {
	case EVENTS:
		(void)kernel_veventq_close(closed.kernel_fd, closed.id); /* closes it */
		bury_orphans();
		return 0;
	case IOMMUFD:
		if (!closed.lent)
			close_iommufd(closed.kernel_fd);
		break;
	case DEVICE:
		if (closed.kernel_fd)
			(void)kernel_device_unbind(closed.kernel_fd, closed.id);
		bury_orphans();
		break;
	case NO_DESCRIPTOR:
		break;
	}
	return __real_close(closed.fd);
}

int front_return(int fd)
{
	return __wrap_close(fd);
}

/* ---- counting and failing ---- */

void front_count_from_here(void)
{
	front.calls = 0;
}

uint32_t front_calls(void)
{
	return front.calls;
}

void front_fail(uint32_t first, uint32_t last, int error)
{
	front_count_from_here();
	front.fail_first = first;
	front.fail_last = last;
	front.fail_error = error;
	front.fail_also = 0;
}

void front_fail_also(uint32_t number, int error)
{
	front.fail_also = number;
	front.fail_also_error = error;
}

void front_fail_ioctl(unsigned long number, int error)
{
	front.fail_number = number;
	front.fail_number_error = error;
}

void front_tamper_with(front_tamper tamper, void *context)
{
	front.tamper = tamper;
	front.tamper_context = context;
}

void front_feed(int fd, const void *bytes, size_t length, int error)
{
	struct descriptor *d = front_descriptor(fd);

	assert_true(d && d->kind == EVENTS && length <= sizeof(d->feed));
	d->fed = true;
	if (length)
		memcpy(d->feed, bytes, length);
	d->feed_length = length;
	d->feed_error = error;
}

/* Counts a call; does it fail? */
static bool fails(bool is_ioctl)
{
	uint32_t number = ++front.calls;

	if (number == front.fail_also)
		return true;
	if (!is_ioctl && front.fail_last > front.fail_first)
		return false;
	return front.fail_first && number >= front.fail_first && number <= front.fail_last;
}

static int result_of(int err)
{
	if (!err)
		return 0;
	errno = -err;
	return -1;
}

uint32_t front_objects(int iommufd)
{
	uint32_t count = 0;

	for (const struct object *o = front_kernel(iommufd)->objects; o; o = o->next)
		count++;
	return count;
}

uint32_t front_mappings(void)
{
	uint32_t count = 0;

	for (size_t i = 0; i < MOST_MAPPINGS; i++)
		count += front.mappings[i].page != NULL;
	return count;
}

int front_last_prot(void)
{
	return front.last_prot;
}

uint32_t front_event_descriptors(void)
{
	uint32_t count = 0;

	for (size_t i = 0; i < MOST_DESCRIPTORS; i++)
		count += front.descriptors[i].kind == EVENTS;
	return count;
}

uint32_t front_pages_in_ioas(void)
{
	uint32_t pages = front.pages_in_ioas;

	front.pages_in_ioas = 0;
	return pages;
}

/* ---- the wrapped calls ---- */

/* The front's device at `path`, or 0; -1 with errno: it fails. */
static int open_device(const char *path)
{
	static const char devices[] = "/dev/vfio/devices/vfio";
	const char *number = path + sizeof(devices) - 1;
	bool iommu = strcmp(path, "/dev/iommu") == 0;

	if (inside || !front.hosts[0] ||
	    (!iommu && (strncmp(path, devices, sizeof(devices) - 1) != 0 || number[0] < '0' ||
			number[0] > '9' || number[1])))
		return 0;
	if (fails(false))
		return result_of(-EACCES);
	return iommu ? front_iommufd(front.hosts[0])
		     : front_device(0x100 + (uint32_t)(number[0] - '0'), 1);
}

static int open_with(int (*real)(const char *path, int flags, ...), const char *path, int flags,
		     mode_t mode)
{
	int fd;

	pthread_mutex_lock(&lock);
	fd = open_device(path);
	pthread_mutex_unlock(&lock);
	return fd ? fd : real(path, flags, mode);
}

int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list args;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open_with(__real_open, path, flags, mode);
}

int __wrap_open64(const char *path, int flags, ...)
{
	mode_t mode;
	va_list args;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open_with(__real_open64, path, flags, mode);
}

static int do_ioctl(struct descriptor *d, unsigned long number, void *argument)
{
	int err;

	if (fails(true))
		return result_of(front.calls == front.fail_also ? -front.fail_also_error
								: -front.fail_error);
	if (front.fail_number == number)
		return result_of(-front.fail_number_error);
	inside++;
	err = front_do_ioctl(d, number, argument);
	for (size_t i = 0; i < MOST_HOSTS && front.hosts[i]; i++)
		kernel_handle_interrupt(front.hosts[i]->kernel);
	inside--;
	if (front.tamper && (!err || err == -EIO))
		front.tamper(front.tamper_context, number, argument);
	return result_of(err);
}

/* An emulated user space says ENOSYS of an ioctl it does not know, where a kernel says ENOTTY. */
static int real_ioctl(int fd, unsigned long number, void *argument)
{
	int result = __real_ioctl(fd, number, argument);

	if (result < 0 && errno == ENOSYS)
		errno = ENOTTY;
	return result;
}

int __wrap_ioctl(int fd, unsigned long number, ...)
{
	struct descriptor *d;
	void *argument;
	va_list args;
	int result;

	va_start(args, number);
	argument = va_arg(args, void *);
	va_end(args);
	d = lock_descriptor(fd);
	/* An emulated user space does not look at the descriptor of an ioctl it does not know. */
	if (!d && fcntl(fd, F_GETFD) < 0)
		return -1;
	if (!d)
		return real_ioctl(fd, number, argument);
	result = do_ioctl(d, number, argument);
	pthread_mutex_unlock(&lock);
	return result;
}

static void *map_page(const struct descriptor *d, size_t bytes, int prot, int flags, off_t offset)
{
	struct kernel_mmap cmd = {
		.offset = (uint64_t)offset, .length = bytes, .prot = prot, .flags = flags};
	size_t i = 0;
	int err;

	if (fails(false)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	if (d->kind != IOMMUFD) {
		errno = ENODEV;
		return MAP_FAILED;
	}
	inside++;
	err = kernel_mmap(d->kernel_fd, &cmd);
	inside--;
	if (err) {
		errno = -err;
		return MAP_FAILED;
	}
	front.last_prot = prot;
	while (front.mappings[i].page)
		assert_true(++i < MOST_MAPPINGS);
	front.mappings[i] = (struct mapping){
		.page = cmd.view.host, .kernel_fd = d->kernel_fd, .offset = cmd.offset};
	return cmd.view.host;
}

void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	const struct descriptor *d = lock_descriptor(fd);
	void *page;

	if (!d)
		return __real_mmap(at, bytes, prot, flags, fd, offset);
	page = map_page(d, bytes, prot, flags, offset);
	pthread_mutex_unlock(&lock);
	return page;
}

void *__wrap_mmap64(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	return __wrap_mmap(at, bytes, prot, flags, fd, offset);
}

static int unmap_page(struct mapping *m, size_t bytes)
{
	if (fails(false))
		return result_of(-ENOMEM);
	inside++;
	assert_int_equal(bytes, 0x10000);
	assert_int_equal(kernel_munmap(m->kernel_fd, m->offset), 0);
	m->page = NULL;
	bury_orphans();
	inside--;
	return 0;
}

int __wrap_munmap(void *at, size_t bytes)
{
	struct mapping *m;
	int result;

	if (inside)
		return __real_munmap(at, bytes);
	pthread_mutex_lock(&lock);
	m = mapping_at(at);
	result = m ? unmap_page(m, bytes) : __real_munmap(at, bytes);
	pthread_mutex_unlock(&lock);
	return result;
}

static ssize_t read_events(struct descriptor *d, void *buffer, size_t bytes)
{
	ssize_t result;

	if (fails(false))
		return result_of(-EIO);
	if (d->fed) {
		d->fed = false;
		if (d->feed_error)
			return result_of(-d->feed_error);
		memcpy(buffer, d->feed, d->feed_length < bytes ? d->feed_length : bytes);
		return (ssize_t)d->feed_length;
	}
	inside++;
	result = kernel_veventq_read(d->kernel_fd, d->id, buffer, bytes);
	inside--;
	return result < 0 ? result_of((int)result) : result;
}

ssize_t __wrap_read(int fd, void *buffer, size_t bytes)
{
	struct descriptor *d = lock_descriptor(fd);
	ssize_t result;

	if (!d)
		return __real_read(fd, buffer, bytes);
	result = d->kind == EVENTS ? read_events(d, buffer, bytes) : __real_read(fd, buffer, bytes);
	pthread_mutex_unlock(&lock);
	return result;
}

/* What read() is with _FORTIFY_SOURCE, as distributions build. */
ssize_t __wrap___read_chk(int fd, void *buffer, size_t bytes, size_t room)
{
	(void)room;
	return __wrap_read(fd, buffer, bytes);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	for (nfds_t i = 0; i < count; i++) {
		bool failing;

		if (!lock_descriptor(fds[i].fd))
			continue;
		failing = fails(false);
		/* Hardware goes on while a test waits. */
		for (size_t host = 0; !failing && host < MOST_HOSTS && front.hosts[host]; host++)
			(void)front_run(front.hosts[host], 64);
		pthread_mutex_unlock(&lock);
		if (failing)
			return result_of(-EINTR);
	}
	return __real_poll(fds, count, timeout);
}

int __wrap_close(int fd)
{
	struct descriptor *d = lock_descriptor(fd);
	bool failing;
	int result;

	if (!d)
		return __real_close(fd);
	failing = fails(false);
	inside++;
	result = close_descriptor(d);
	inside--;
	pthread_mutex_unlock(&lock);
	return failing ? result_of(-EINTR) : result;
}
