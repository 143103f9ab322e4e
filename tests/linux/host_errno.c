/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts the errno contract of tests/unit/kernel_errno_table.h to Linux itself:
 *
 *	cmdqv-host-errno /dev/vfio/devices/vfioN...
 *	cmdqv-host-errno --without /dev/vfio/devices/vfioN...	the kernel leaves its CMDQV alone:
 *								the one case for that
 *
 * Each case is a process of its own, which brings a fresh iommufd to the case's state with
 * the table's own steps, makes the call as an ioctl with a real struct, and compares. A
 * case that must look different on this machine has a row in `here`: another way to make the
 * same call, or the reason why it cannot be made.
 *
 * Three devices play the table's three StreamIDs, the fourth its bridge, and the others
 * fill SID slots. Memory is in single pages that do not lie together.
 *
 * One line for each case that is different or unreachable, then the counts. Exit status 0
 * if none is different.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host.h"
#include "iommufd/front.h"
#include "unit/kernel_errno_table.h"

enum {
	MOST_DEVICES = 32,
	MOST_EVENT_FDS = 8,
	PAGE_BYTES = 0x1000,
	SLOTS = 16,
	BRIDGE = 3,	       /* index of the device that plays it */
	FILLERS = 4,	       /* index of the first that fills a SID slot */
	FILLER_SID = 100,      /* its StreamID in the table's words */
	HUGE_BYTES = 32 << 20, /* a page of the host's; 0x2000000 */
	HUGE_IOVA = 0x20000000,
	OVER_CMDQS = 16 << 20, /* 2^20 entries, where IDR1.CMDQS is 19 */
	UNPRIVILEGED_UID = 65534,
	BAD_ADDRESS = 8,
	SECONDS = 20,
	ROUNDS = 20,
};

static char *const *device_paths;
static int num_devices;

/* An open /dev/iommu with what the process holds beside it. */
struct kernel_iommufd {
	int fd;
	struct {
		uint32_t id;
		int fd;
	} devices[MOST_DEVICES], events[MOST_EVENT_FDS];
	uint32_t num_devices;
	uint32_t num_events;
	void *page;
	uint64_t page_offset;
};

_Noreturn void shim_demand_failed(const char *file, int line, const char *what, long long found)
{
	printf("host: %s:%d: %s is %lld\n", file, line, what, found);
	fflush(stdout);
	_exit(1);
}

/* ---- what by_ioctl.c asks of its front ---- */

int front_lend(struct kernel_iommufd *fd)
{
	return fd->fd;
}

int front_return(int fd)
{
	(void)fd;
	return 0;
}

void *front_mapping(int iommufd, uint64_t offset)
{
	(void)iommufd;
	(void)offset;
	return NULL;
}

int front_event_fd(int iommufd, uint32_t veventq_id)
{
	(void)iommufd;
	(void)veventq_id;
	return -1;
}

#undef kernel_munmap
#undef kernel_veventq_read
#undef kernel_veventq_close

/* Of by_ioctl.c, whose calls of them the table does not make here. */
int kernel_munmap(struct kernel_iommufd *fd, uint64_t offset)
{
	return host_munmap(fd, offset);
}

ssize_t kernel_veventq_read(struct kernel_iommufd *fd, uint32_t id, void *buffer, size_t bytes)
{
	return host_veventq_read(fd, id, buffer, bytes);
}

int kernel_veventq_close(struct kernel_iommufd *fd, uint32_t id)
{
	return host_veventq_close(fd, id);
}

/* ---- the calls that are not ioctls of /dev/iommu ---- */

/* Which device plays a StreamID of the table? */
static int device_of_sid(uint32_t sid)
{
	if (sid >= FILLER_SID)
		return FILLERS + (int)(sid - FILLER_SID);
	return sid ? (int)sid - 8 : BRIDGE;
}

int host_device_bind(struct kernel_iommufd *fd, struct kernel_device_bind *cmd)
{
	uint32_t a[4] = {sizeof(a), cmd->flags, (uint32_t)fd->fd};
	int index = device_of_sid(cmd->sid);
	int device = index < num_devices ? host_open(device_paths[index]) : -ENODEV;
	int err;

	if (device < 0)
		return device;
	err = ioctl(device, 0x3B76, a) < 0 ? -errno : 0;
	if (err) {
		close(device);
		return err;
	}
	cmd->out_devid = a[3];
	fd->devices[fd->num_devices].id = a[3];
	fd->devices[fd->num_devices++].fd = device;
	return 0;
}

static int device_of_id(const struct kernel_iommufd *fd, uint32_t id)
{
	for (uint32_t i = 0; i < fd->num_devices; i++)
		if (fd->devices[i].id == id)
			return fd->devices[i].fd;
	return -1;
}

int host_device_unbind(struct kernel_iommufd *fd, uint32_t dev_id)
{
	int device = device_of_id(fd, dev_id);

	return device < 0 ? -ENOENT : close(device);
}

int host_device_attach(struct kernel_iommufd *fd, uint32_t dev_id, uint32_t pt_id)
{
	return host_attach(device_of_id(fd, dev_id), pt_id);
}

int host_device_detach(struct kernel_iommufd *fd, uint32_t dev_id)
{
	return host_detach(device_of_id(fd, dev_id));
}

int host_viommu_query(struct kernel_iommufd *fd, uint32_t viommu_id, uint32_t *vintf,
		      uint16_t *vmid)
{
	(void)fd;
	(void)viommu_id;
	(void)vintf;
	(void)vmid;
	return -ENOSYS;
}

int host_mmap(struct kernel_iommufd *fd, struct kernel_mmap *cmd)
{
	void *page = mmap(NULL, cmd->length, cmd->prot, cmd->flags, fd->fd, (off_t)cmd->offset);

	if (page == MAP_FAILED)
		return -errno;
	fd->page = page;
	fd->page_offset = cmd->offset;
	return 0;
}

int host_munmap(struct kernel_iommufd *fd, uint64_t offset)
{
	if (!fd->page || offset != fd->page_offset)
		return -EINVAL;
	return munmap(fd->page, 0x10000) < 0 ? -errno : 0;
}

int host_veventq_alloc(struct kernel_iommufd *fd, struct kernel_veventq_alloc *cmd)
{
	int err = by_ioctl_veventq_alloc(fd, cmd);

	if (err)
		return err;
	fd->events[fd->num_events].id = cmd->out_veventq_id;
	fd->events[fd->num_events++].fd = cmd->out_veventq_fd;
	return 0;
}

static int event_fd(const struct kernel_iommufd *fd, uint32_t id)
{
	for (uint32_t i = 0; i < fd->num_events; i++)
		if (fd->events[i].id == id)
			return fd->events[i].fd;
	return -1;
}

ssize_t host_veventq_read(struct kernel_iommufd *fd, uint32_t id, void *buffer, size_t bytes)
{
	ssize_t result = read(event_fd(fd, id), buffer, bytes);

	return result < 0 ? -errno : result;
}

int host_veventq_close(struct kernel_iommufd *fd, uint32_t id)
{
	return close(event_fd(fd, id)) < 0 ? -errno : 0;
}

/* ---- the machine ---- */

/*
 * Pages of one file, each pair of them exchanged: however the kernel takes them from its
 * free lists, up or down, no four of them lie together in this order.
 */
static uint8_t *scattered_memory(size_t bytes)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);
	uint8_t *ram = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(ram == MAP_FAILED, 0);
	for (size_t at = 0; at < bytes; at += PAGE_BYTES)
		assert_int_equal(pwrite(fd, "", 1, (off_t)at), 1);
	for (size_t at = 0; at < bytes; at += PAGE_BYTES)
		assert_int_equal(mmap(ram + at, PAGE_BYTES, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_FIXED, fd,
				      (off_t)(at ^ PAGE_BYTES)) == MAP_FAILED,
				 0);
	close(fd);
	return ram;
}

static struct fixture *host_fixture(void)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct kernel_iommufd *fd = calloc(1, sizeof(*fd));

	assert_non_null(f);
	assert_non_null(fd);
	fd->fd = host_open("/dev/iommu");
	assert_int_equal(fd->fd < 0, 0);
	f->fd = fd;
	f->ram = scattered_memory(RAM_BYTES);
	return f;
}

/* Linux pins memory when a page table is made for it, so a nest parent cannot be without. */
static void map_nothing(struct fixture *f)
{
	(void)f;
}

static void twist_hardware(struct fixture *f, enum twist twist)
{
	(void)f;
	assert_int_equal(twist, NO_TWIST);
}

/* ---- cases that look different here ---- */

#define AT_BAD_ADDRESS ((void *)(uintptr_t)BAD_ADDRESS)

static int bad_info(struct fixture *f, struct row *row)
{
	struct kernel_get_hw_info cmd = {
		.flags = 1, .dev_id = 1, .data = AT_BAD_ADDRESS, .data_len = 40, .data_type = 2};

	(void)row;
	return kernel_get_hw_info(f->fd, &cmd);
}

static int bad_viommu_data(struct fixture *f, struct row *row)
{
	struct kernel_viommu_alloc cmd = {
		.type = 2, .dev_id = 1, .hwpt_id = 3, .data = AT_BAD_ADDRESS, .data_len = 16};

	(void)row;
	return kernel_viommu_alloc(f->fd, &cmd);
}

static int bad_commands(struct fixture *f, struct row *row)
{
	struct kernel_hwpt_invalidate cmd = {COMMAND(AT_BAD_ADDRESS)};

	(void)row;
	return kernel_hwpt_invalidate(f->fd, &cmd);
}

static int unknown_ioctl(struct fixture *f, struct row *row)
{
	uint32_t a[4] = {sizeof(a)};

	(void)row;
	return ioctl(f->fd->fd, 0x3B9F, a) < 0 ? -errno : 0;
}

static int read_at_offset(struct fixture *f, struct row *row)
{
	uint8_t buffer[24];

	(void)row;
	return pread(event_fd(f->fd, 11), buffer, sizeof(buffer), 8) < 0 ? -errno : 0;
}

/* IOMMU_IOAS_MAP_FILE, writeable, of a file that was opened to be read. */
static int map_read_only_file(struct fixture *f, struct row *row)
{
	struct {
		uint32_t word[4];
		uint64_t start, length, iova;
	} cmd = {{sizeof(cmd), 7, 2, 0}, 0, PAGE_BYTES, 0x70000000};
	char path[64];
	int file = memfd_create("file", MFD_CLOEXEC);

	(void)row;
	assert_int_equal(ftruncate(file, PAGE_BYTES), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	cmd.word[3] = (uint32_t)open(path, O_RDONLY | O_CLOEXEC);
	return ioctl(f->fd->fd, 0x3B8F, &cmd) < 0 ? -errno : 0;
}

/* As a user who may lock nothing. */
static int map_over_the_limit(struct fixture *f, struct row *row)
{
	const struct rlimit none = {0, 0};

	row->call = MAP;
	row->with.map =
		(struct kernel_ioas_map){GOOD_MAP, .iova = 0x70000000, .length = PAGE_BYTES};
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	assert_int_equal(setuid(UNPRIVILEGED_UID), 0);
	return make_call(f, row);
}

/* Linux has a SID slot for each of 16 devices; the state takes two of them. */
static int fill_sid_slots(struct fixture *f, struct row *row)
{
	for (uint32_t i = 2; i < SLOTS; i++) {
		uint32_t dev = must_bind(f->fd, FILLER_SID + i - 2, 1);

		must_vdevice(f->fd, 7, dev, 0x100 + i);
	}
	return make_call(f, row);
}

/* The SMMU takes 2^19 entries, which lie together in a huge page. */
static int huge_queue(struct fixture *f, struct row *row)
{
	void *huge = mmap(NULL, HUGE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | 25 << MAP_HUGE_SHIFT, -1, 0);

	assert_int_equal(huge == MAP_FAILED, 0);
	must_map(f->fd, 2, HUGE_IOVA, huge, HUGE_BYTES,
		 KERNEL_IOAS_MAP_READABLE | KERNEL_IOAS_MAP_WRITEABLE);
	row->with.queue.nesting_parent_iova = HUGE_IOVA;
	row->with.queue.length = OVER_CMDQS / 2;
	assert_int_equal(make_call(f, row), 0);
	assert_int_equal(kernel_destroy_object(f->fd, row->with.queue.out_hw_queue_id), 0);
	row->with.queue.length = OVER_CMDQS;
	return make_call(f, row);
}

/* Within a page, so that it lies together. */
static int unaligned_queue(struct fixture *f, struct row *row)
{
	row->with.queue.nesting_parent_iova = RAM_GPA + 0x400;
	row->with.queue.length = 0x800;
	return make_call(f, row);
}

struct here {
	const char *name;
	const char *unreachable; /* the reason, or NULL */
	int (*instead)(struct fixture *f, struct row *row);
};

static const struct here here[] = {
	/* clang-format off */
	{"hw info into a bad pointer", NULL, bad_info},
	{"map writeable from a file that was opened to be read", NULL, map_read_only_file},
	{"map over RLIMIT_MEMLOCK", NULL, map_over_the_limit},
	{"a vIOMMU's data at a bad pointer", NULL, bad_viommu_data},
	{"a vDEVICE when SID slots have run out", NULL, fill_sid_slots},
	{"a queue larger than IDR1.CMDQS", NULL, huge_queue},
	{"a queue that is not aligned to its length", NULL, unaligned_queue},
	{"read at an offset", NULL, read_at_offset},
	{"commands at a bad pointer", NULL, bad_commands},
	{"an unknown ioctl", NULL, unknown_ioctl},

	{"a bind without isolated MSIs", "this machine's ITS isolates MSIs", NULL},
	{"a nest parent when VMIDs have run out", "65,535 nest parents need more memory than this machine has", NULL},
	{"a HWPT that needs no VMID when they have run out", "65,535 nest parents need more memory than this machine has", NULL},
	{"a vIOMMU without CMDQV", "this SMMU has one; --without tries it", NULL},
	{"attach with SSIDs in use", "this SMMU has no SubstreamIDs", NULL},
	{"a VINTF that does not enable", "user space cannot take the CMDQV from its driver", NULL},
	{"munmap what is not mapped", "munmap of nothing is no error and none of the driver's", NULL},
	{"a vDEVICE without a StreamID", "each function of this machine has one", NULL},
	{"a queue of just as many pages", "Linux has no memory for a list of 2^52 pages", NULL},
	{"a queue on memory that cannot be pinned", "Linux pins memory when the nest parent is made", NULL},
	{"a queue above 48 bits of physical address", "this machine has no memory there", NULL},
	{"a vDEVICE whose device is going away", "a race", NULL},
	{"a queue in an area that is being unmapped", "a race", NULL},
	{"read no vEVENTQ", "what is read is a descriptor, not an id", NULL},
	{"close the descriptor of something else", "what is closed is a descriptor, not an id", NULL},
	{"an ATC_INV that is not answered", "this SMMU answers each", NULL},
	{"ask for the VINTF of no vIOMMU", "the uAPI does not tell", NULL},
	/* clang-format on */
};

static const struct here *look_up(const struct row *row)
{
	for (size_t i = 0; i < COUNT(here); i++)
		if (!strcmp(here[i].name, row->name))
			return &here[i];
	return NULL;
}

/* ---- the cases ---- */

enum verdict { MATCHED, DIFFERENT, UNREACHED };

static void try_case(void *context, struct host_outcome *outcome)
{
	struct row row = *(const struct row *)context;
	const struct here *special = look_up(&row);
	struct fixture *f;
	int result;

	if (special ? special->unreachable != NULL : row.call == UNREACHABLE) {
		host_say(outcome, UNREACHED, "%s",
			 special ? special->unreachable : row.with.reason);
		return;
	}
	f = host_fixture();
	bring_to(f, row.state);
	give_twist(f, row.twist);
	result = special ? special->instead(f, &row) : make_call(f, &row);
	if (result != row.expected)
		host_say(outcome, DIFFERENT, "expected %d (%s), got %d (%s)", row.expected,
			 strerror(-row.expected), result, strerror(-result));
}

static bool each_case(void)
{
	static const char *const verdicts[] = {"matched", "DIFFERENT", "unreachable"};
	unsigned int counts[COUNT(verdicts)] = {0};
	struct host_outcome outcome;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct row row = rows[i];

		host_run(&outcome, SECONDS, try_case, &row);
		if (outcome.status < 0)
			outcome.status = DIFFERENT;
		counts[outcome.status]++;
		if (outcome.status != MATCHED)
			printf("errno: %s %s (%s): %s\n", verdicts[outcome.status], row.name,
			       row.facts, outcome.words);
	}
	printf("host: %s the kernel's errnos: %u matched, %u different, %u unreachable here\n",
	       counts[DIFFERENT] ? "FAIL" : "ok", counts[MATCHED], counts[DIFFERENT],
	       counts[UNREACHED]);
	return !counts[DIFFERENT];
}

/* ---- the order of destruction ---- */

static void wrong_orders(void *context, struct host_outcome *outcome)
{
	struct life life;
	uint32_t done = 0;
	unsigned int busy = 0;

	(void)context;
	live(&life, host_fixture());
	for (uint32_t step = 0; step < STEPS; step++) {
		for (uint32_t other = 0; other < STEPS; other++) {
			if ((done >> other & 1) || !(before[other] & ~done))
				continue;
			assert_int_equal(take_step(&life, other), -EBUSY);
			busy++;
		}
		assert_int_equal(take_step(&life, step), 0);
		done |= 1U << step;
	}
	host_say(outcome, 0, "%u times busy", busy);
}

static void random_orders(void *context, struct host_outcome *outcome)
{
	uint32_t random = 1;

	(void)context;
	for (int round = 0; round < ROUNDS; round++) {
		struct fixture *f = host_fixture();
		struct life life;
		uint32_t done = 0, step;

		live(&life, f);
		while (done != (1U << STEPS) - 1) {
			random = random * 1664525 + 1013904223;
			step = (random >> 16) % STEPS;
			if (done >> step & 1)
				continue;
			assert_int_equal(take_step(&life, step), before[step] & ~done ? -EBUSY : 0);
			if (!(before[step] & ~done))
				done |= 1U << step;
		}
		assert_int_equal(kernel_device_unbind(f->fd, life.vm.dev), 0);
		close(f->fd->fd);
	}
	host_say(outcome, 0, "%d of them", ROUNDS);
}

static bool order(const char *words, void (*body)(void *context, struct host_outcome *outcome))
{
	struct host_outcome outcome;

	host_run(&outcome, 2 * SECONDS, body, NULL);
	printf("host: %s %s: %s\n", outcome.status ? "FAIL" : "ok", words, outcome.words);
	return !outcome.status;
}

static void try_without(void *context, struct host_outcome *outcome)
{
	struct kernel_viommu_alloc cmd = {GOOD_VIOMMU};
	struct fixture *f = host_fixture();
	int result;

	(void)context;
	bring_to(f, BOUND);
	result = kernel_viommu_alloc(f->fd, &cmd);
	if (result != -EOPNOTSUPP)
		host_say(outcome, DIFFERENT, "got %d", result);
}

static int without(void)
{
	struct host_outcome outcome;

	host_run(&outcome, SECONDS, try_without, NULL);
	printf("without: a vIOMMU without CMDQV: %s%s\n",
	       outcome.status ? "DIFFERENT: " : "matched", outcome.words);
	return outcome.status ? 1 : 0;
}

int main(int argc, char **argv)
{
	bool ok;

	if (argc > 2 && !strcmp(argv[1], "--without")) {
		device_paths = argv + 2;
		num_devices = argc - 2;
		return without();
	}

	if (argc < 2) {
		fputs("usage: cmdqv-host-errno [--without] /dev/vfio/devices/vfioN...\n", stderr);
		return 2;
	}
	device_paths = argv + 1;
	num_devices = argc - 1;
	ok = each_case();
	ok = order("what is not due yet is busy", wrong_orders) && ok;
	ok = order("objects are destroyed in random orders", random_orders) && ok;
	return ok ? 0 : 1;
}
