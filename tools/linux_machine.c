/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. QEMU is a child that dies with us. It is waited for by a descriptor of the
 * process, with a time-out; then it is asked to end, which lets it write its report, and
 * if it does not, it is killed.
 */
#include "linux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "page_file.h"
#include "tool.h"
#include "watch.h"

enum {
	DISK_BYTES = 64 << 20,
	PATTERN_AT = 48 << 20,
	ARGUMENTS = 64,
	MOST_APPENDED = 400, /* so that all fits */
	LOOK_MS = 200,	     /* from one look at the console to the next */
	GRACE_MS = 5000,     /* from being asked to end to being killed */
	NOT_EXECUTED = 127,
};

/* ---- the place ---- */

int linux_place_create(struct linux_place *place)
{
	const char *base = getenv("TMPDIR");
	int fd, err;

	snprintf(place->directory, sizeof(place->directory), "%s/cmdqv-linux-XXXXXX",
		 base && *base ? base : "/tmp");
	if (!mkdtemp(place->directory))
		return -errno;
	snprintf(place->disk, sizeof(place->disk), "%s/disk", place->directory);
	snprintf(place->console, sizeof(place->console), "%s/console.log", place->directory);
	snprintf(place->report, sizeof(place->report), "%s/report.json", place->directory);
	snprintf(place->stats, sizeof(place->stats), "%s/stats.json", place->directory);
	fd = open(place->disk, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = ftruncate(fd, DISK_BYTES) ? -errno : 0;
	close(fd);
	return err;
}

int linux_place_fill(const struct linux_place *place, const char *pattern)
{
	int from = open(pattern, O_RDONLY | O_CLOEXEC);
	int to = open(place->disk, O_WRONLY | O_CLOEXEC);
	off_t at = PATTERN_AT;
	ssize_t copied = from < 0 || to < 0 ? -1 : 1;

	while (copied > 0)
		copied = copy_file_range(from, NULL, to, &at, DISK_BYTES - PATTERN_AT, 0);
	copied = copied < 0 ? -errno : 0;
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return (int)copied;
}

void linux_place_remove(const struct linux_place *place)
{
	unlink(place->disk);
	unlink(place->console);
	unlink(place->report);
	unlink(place->stats);
	rmdir(place->directory);
}

void linux_default_path(const char **path, char room[LINUX_PATH], const char *name)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (*path)
		return;
	if (cache && *cache)
		snprintf(room, LINUX_PATH, "%s/libcmdqv/linux/latest/%s", cache, name);
	else
		snprintf(room, LINUX_PATH, "%s/.cache/libcmdqv/linux/latest/%s", home ? home : "",
			 name);
	*path = room;
}

const char *linux_options_check(const struct linux_config *config, bool json,
				const char *const *paths, size_t count)
{
	const char *base = getenv("TMPDIR");
	struct stat stats;

	/* QEMU's options separate their parts by commas. */
	for (size_t i = 0; i < count; i++)
		if (paths[i] && strchr(paths[i], ','))
			return "a file's name must be without a comma";
	if (base && strchr(base, ','))
		return "TMPDIR must be without a comma: QEMU's disk lies there";
	if (config->watch && (json || config->interactive))
		return "--watch is for a person who sees no shell: leave out --json and "
		       "--interactive";
	if (config->watch && config->stats && !stat(config->stats, &stats) &&
	    !S_ISREG(stats.st_mode))
		return "--watch reads the file of --stats: name one that is no pipe or device";
	if (config->append && strlen(config->append) > MOST_APPENDED)
		return "--append takes at most 400 characters";
	return NULL;
}

bool linux_are_names(const char *names)
{
	size_t length = strlen(names);

	return length && names[0] != ',' && names[length - 1] != ',' && !strstr(names, ",,");
}

const char *linux_record_begin(struct linux_config *config, struct page_file *record)
{
	const char *name = config->record, *why;
	struct stat former;
	mode_t mode;

	record->part[0] = '\0';
	if (!name || (!stat(name, &former) && !S_ISREG(former.st_mode) && !S_ISDIR(former.st_mode)))
		return NULL;
	why = page_file_name(record, name, &mode);
	if (!why && strchr(record->part, ','))
		why = "it leads to a name with a comma";
	config->record = record->part;
	return why;
}

const char *linux_record_end(const struct page_file *record)
{
	return record->part[0] && !access(record->part, F_OK) ? page_file_put(record) : NULL;
}

/* ---- QEMU's command line ---- */

struct command {
	const char *words[ARGUMENTS];
	size_t count;
	char cpus[16];
	char disk[LINUX_PATH + 64];
	char device[3 * LINUX_PATH + 256];
	char console[LINUX_PATH + 64];
	char append[1024];
	char image[LINUX_PATH + 64];
	char vmm[LINUX_PATH + 64];
};

static void add(struct command *command, const char *word)
{
	if (command->count < ARGUMENTS - 1)
		command->words[command->count++] = word;
	command->words[command->count] = NULL;
}

static void add_pair(struct command *command, const char *option, const char *value)
{
	add(command, option);
	add(command, value);
}

/* The CMDQV, with what was asked of it. */
static void make_device(struct command *command, const struct linux_config *config,
			const struct linux_place *place)
{
	int length = snprintf(command->device, sizeof(command->device),
			      "cmdqv-guest,report=%s,map=%s,rest=%s,lose=%s", place->report,
			      config->map_page0 ? "on" : "off", config->rests ? "on" : "off",
			      config->lose ? "on" : "off");
	size_t room = sizeof(command->device) - (size_t)length;

	if (config->record)
		length += snprintf(command->device + length, room, ",record=%s", config->record);
	room = sizeof(command->device) - (size_t)length;
	if (config->stats)
		length += snprintf(command->device + length, room, ",stats=%s", config->stats);
	room = sizeof(command->device) - (size_t)length;
	if (config->refuse_code)
		snprintf(command->device + length, room,
			 ",refuse-queue=%lu,refuse-index=%lu,refuse-code=%lu", config->refuse_queue,
			 config->refuse_index, config->refuse_code);
}

static void make_append(struct command *command, const struct linux_config *config)
{
	snprintf(command->append, sizeof(command->append),
		 "console=ttyAMA0 iommu.strict=1 iommu.passthrough=0%s%s %s",
		 config->tests ? " cmdqv.tests=" : "", config->tests ? config->tests : "",
		 config->append ? config->append : "");
}

static void add_devices(struct command *command)
{
	add_pair(command, "-device", "nvme,drive=disk,serial=cmdqv");
	add_pair(command, "-device", "edu");
	add_pair(command, "-device", command->device);
}

static void add_guest(struct command *command, const struct linux_config *config,
		      const struct linux_place *place)
{
	make_device(command, config, place);
	add_devices(command);
}

static void add_stack(struct command *command, const struct linux_config *config,
		      const struct linux_place *place)
{
	const struct linux_stack *stack = config->stack;
	int length = snprintf(command->device, sizeof(command->device), "cmdqv-hw,report=%s",
			      place->report);
	size_t room = sizeof(command->device) - (size_t)length;

	if (config->record)
		length += snprintf(command->device + length, room, ",record=%s", config->record);
	room = sizeof(command->device) - (size_t)length;
	if (config->stats)
		length += snprintf(command->device + length, room, ",stats=%s", config->stats);
	room = sizeof(command->device) - (size_t)length;
	if (stack->refuse[0])
		snprintf(command->device + length, room, ",refuse=%s", stack->refuse);
	snprintf(command->image, sizeof(command->image),
		 "file=%s,if=none,id=image,format=raw,readonly=on", stack->image);
	add_pair(command, "-drive", command->image);
	add_pair(command, "-device", "virtio-blk-pci,drive=image");
	if (stack->vmm) {
		snprintf(command->vmm, sizeof(command->vmm),
			 "file=%s,if=none,id=vmm,format=raw,readonly=on", stack->vmm);
		add_pair(command, "-drive", command->vmm);
		add_pair(command, "-device", "virtio-blk-pci,drive=vmm");
	}
	add_devices(command);
}

static void make_command(struct command *command, const struct linux_config *config,
			 const struct linux_place *place)
{
	*command = (struct command){.count = 0};
	snprintf(command->cpus, sizeof(command->cpus), "%lu", config->vcpus);
	snprintf(command->disk, sizeof(command->disk),
		 "file=%s,if=none,id=disk,format=raw,cache=unsafe", place->disk);
	snprintf(command->console, sizeof(command->console), "file,id=console,path=%s,append=on",
		 place->console);
	make_append(command, config);
	add(command, config->qemu);
	add(command, "-nodefaults");
	add_pair(command, "-machine",
		 config->stack ? "virt,gic-version=3,iommu=smmuv3,virtualization=on"
			       : "virt,gic-version=3,iommu=smmuv3");
	add_pair(command, "-accel", "tcg,thread=multi");
	add_pair(command, "-cpu", "max,pauth-impdef=on");
	add_pair(command, "-smp", command->cpus);
	add_pair(command, "-m", config->stack ? "3G" : "1G");
	add_pair(command, "-display", "none");
	if (config->interactive) {
		add_pair(command, "-serial", "mon:stdio");
	} else {
		add_pair(command, "-chardev", command->console);
		add_pair(command, "-serial", "chardev:console");
	}
	if (config->firmware)
		add_pair(command, "-bios", config->firmware);
	add_pair(command, "-kernel", config->kernel);
	add_pair(command, "-initrd", config->initrd);
	add_pair(command, "-append", command->append);
	add_pair(command, "-drive", command->disk);
	if (config->stack)
		add_stack(command, config, place);
	else
		add_guest(command, config, place);
}

/* ---- running it ---- */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What QEMU itself says comes into the console's text too. Does not return. */
static void become(const struct command *command, const struct linux_config *config,
		   const struct linux_place *place)
{
	sigset_t none;
	int fd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL); /* what we hold back is for QEMU */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!config->interactive) {
		fd = open(place->console, O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		fd = open("/dev/null", O_RDONLY);
		dup2(fd, STDIN_FILENO);
	}
	/* execv() takes strings that it does not change. */
	execv(command->words[0], (char *const *)(uintptr_t)command->words);
	_exit(NOT_EXECUTED);
}

/* Has the child ended within `milliseconds`, or at all if that is -1? */
static bool ended(int pidfd, int milliseconds)
{
	struct pollfd child = {.fd = pidfd, .events = POLLIN};
	int ready;

	do
		ready = poll(&child, 1, milliseconds);
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/* Waits for the machine's end, looking at its console from time to time. */
static enum linux_end look_after(int pidfd, const struct linux_config *config,
				 const struct linux_place *place)
{
	double begin = now();
	double deadline = begin + (double)config->seconds;

	while (config->interactive || now() < deadline) {
		if (ended(pidfd, LOOK_MS))
			return LINUX_ENDED;
		if (!config->interactive && linux_log_panicked(place->console))
			return LINUX_PANICKED;
		if (tool_interrupted())
			return LINUX_INTERRUPTED;
		if (!config->interactive && !config->watch)
			tool_progress("Linux runs in QEMU: %.0f of at most %lu seconds",
				      now() - begin, config->seconds);
	}
	return LINUX_TIMED_OUT;
}

/* Asks the child to end, then makes it end. */
static void end_child(pid_t pid, int pidfd)
{
	kill(pid, SIGTERM);
	if (!ended(pidfd, GRACE_MS))
		kill(pid, SIGKILL);
}

static enum linux_end wait_for_end(pid_t pid, const struct linux_config *config,
				   const struct linux_place *place)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	enum linux_end end = pidfd < 0 ? LINUX_NOT_RUN : look_after(pidfd, config, place);
	int status = 0;

	if (end != LINUX_ENDED)
		end_child(pid, pidfd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (pidfd >= 0)
		close(pidfd);
	if (end != LINUX_ENDED)
		return end;
	if (tool_interrupted())
		return LINUX_INTERRUPTED; /* a terminal's Ctrl-C may end QEMU first */
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_EXECUTED)
		return LINUX_NOT_RUN;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? LINUX_ENDED : LINUX_FAILED;
}

enum linux_end linux_machine_run(const struct linux_config *config, const struct linux_place *place,
				 double *seconds)
{
	struct linux_config watched = *config;
	struct watch *watch = NULL;
	struct command command;
	enum linux_end end;
	double start = now();
	pid_t pid;

	if (config->watch && !config->stats)
		watched.stats = place->stats;
	/* What a former run left is not looked at. */
	if (config->watch && truncate(watched.stats, 0) && errno != ENOENT)
		tool_complain("'%s' cannot be emptied: %s", watched.stats, strerror(errno));
	make_command(&command, &watched, place);
	pid = fork();
	if (pid < 0)
		return LINUX_NOT_RUN;
	if (!pid)
		become(&command, config, place);
	if (config->watch)
		watch = watch_begin_file(watched.stats);
	end = wait_for_end(pid, config, place);
	watch_end(watch);
	if (!config->watch)
		tool_progress(NULL);
	*seconds = now() - start;
	return end;
}
