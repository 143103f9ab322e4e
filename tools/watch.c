/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch.h"

#include "look.h"
#include "tool.h"
#include "wrap.h"

#include <cmdqv/device.h>

#include <inttypes.h>
#include <json.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_NCURSES
#include <ncurses.h>
#endif

struct watch {
	struct vmm *vmm;  /* what is looked at, */
	const char *path; /*   or else where another process writes it */
	bool for_person;
	FILE *stats;
	void *screen; /* a SCREEN of ncurses, or NULL */
	struct timespec began;
	double seconds; /* since then, of this look, */
	double before;	/*   and of the one before */
	struct vmm_look now;
	struct vmm_look last;
	struct vmm_look read; /* of the file */
	bool hardware;	      /* it is a host's, where no page 0 is seen */

	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool end;
};

/* ---- numbers ---- */

/* How many came in each second since the last look. On another host counting begins anew. */
static double rate_of(const struct watch *watch, uint64_t now, uint64_t last)
{
	double since = watch->seconds - watch->before;

	return since > 0 ? (double)(now < last ? now : now - last) / since : 0;
}

static double exit_rate(const struct watch *watch)
{
	double rate = 0;

	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		rate += rate_of(watch, watch->now.counters[CMDQV_COUNTER_TRAPS + page],
				watch->last.counters[CMDQV_COUNTER_TRAPS + page]);
	return rate;
}

/* A host's queues become more while it runs: the one with this number need not have been there. */
static double command_rate(const struct watch *watch, size_t queue)
{
	const struct vmm_look_queue *now = &watch->now.queues[queue];
	uint64_t last = 0;

	for (size_t i = 0; i < watch->last.queue_count; i++)
		if (watch->last.queues[i].number == now->number)
			last = watch->last.queues[i].commands;
	return rate_of(watch, now->commands, last);
}

static bool has_error(const struct vmm_look_queue *queue)
{
	return queue->state.gerror != queue->state.gerrorn;
}

static const char *page0_name(const struct watch *watch)
{
	return watch->hardware ? "-" : cmdqv_page0_life_name(watch->now.device.page0);
}

/* Every access to hardware in QEMU exits. */
static const char *exits_name(const struct watch *watch)
{
	return watch->hardware ? "accesses" : "exits";
}

/* ---- for a person ---- */

/* Software counts what a queue executed; of hardware that is not seen. */
static void print_count(FILE *to, int width, bool counted, double count)
{
	if (counted)
		fprintf(to, " %*.0f", width, count);
	else
		fprintf(to, " %*s", width, "-");
}

static void print_line(const struct watch *watch, FILE *to)
{
	const struct vmm_look *now = &watch->now;
	double commands = 0, errors = 0;
	uint64_t waiting = 0;
	size_t bound = 0;

	for (size_t i = 0; i < now->queue_count; i++) {
		bound += now->queues[i].state.life == CMDQV_QUEUE_BOUND;
		waiting += now->queues[i].waiting;
		commands += command_rate(watch, i);
		errors += (double)now->queues[i].errors;
	}
	fprintf(to, "%.0f s, %s: %zu of %zu queues bound,", watch->seconds, now->phase, bound,
		now->queue_count);
	print_count(to, 0, now->counted, commands);
	fprintf(to, " commands/s, %" PRIu64 " waiting,", waiting);
	print_count(to, 0, now->counted, errors);
	fprintf(to, " refused, page 0 %s, %.0f %s/s, %" PRIu64 " events\n", page0_name(watch),
		exit_rate(watch), exits_name(watch), now->counters[CMDQV_COUNTER_EVENTS]);
}

#ifdef HAVE_NCURSES
enum {
	PAGE_COLUMNS = 76,
	PAGE_HEAD = 6,	  /* the rows above those of the queues */
	MOST_KEYS = 1024, /* that are taken at once */
};

static void print_page(const struct watch *watch, FILE *to)
{
	const struct vmm_look *now = &watch->now;

	fprintf(to, "phase %s, %.0f s\n\n", now->phase, watch->seconds);
	fprintf(to,
		"page 0 %s   events %" PRIu64 ", lost %" PRIu64 "   interrupts %" PRIu64
		"   guest errors %" PRIu64 "\n",
		page0_name(watch), now->counters[CMDQV_COUNTER_EVENTS],
		now->counters[CMDQV_COUNTER_EVENTS_LOST], now->counters[CMDQV_COUNTER_INTERRUPTS],
		now->counters[CMDQV_COUNTER_GUEST_ERRORS]);
	fprintf(to, "%s/s", exits_name(watch));
	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		fprintf(to, "  %s %.0f", tool_page_name(page),
			rate_of(watch, now->counters[CMDQV_COUNTER_TRAPS + page],
				watch->last.counters[CMDQV_COUNTER_TRAPS + page]));
	fputs("\n\nqueue life       PROD   CONS waiting  commands/s    commands refused error\n",
	      to);
	for (size_t i = 0; i < now->queue_count; i++) {
		const struct vmm_look_queue *queue = &now->queues[i];

		fprintf(to, "%5" PRIu32 " %-8s %6" PRIu32 " %6" PRIu32 " %7" PRIu32, queue->number,
			cmdqv_queue_life_name(queue->state.life), queue->state.prod,
			queue->state.cons, queue->waiting);
		print_count(to, 11, now->counted, command_rate(watch, i));
		print_count(to, 11, now->counted, (double)queue->commands);
		print_count(to, 7, now->counted, (double)queue->errors);
		fputs(has_error(queue) ? " pending\n" : " -\n", to);
	}
}

/* All of ncurses is used in the thread. Without a terminal that it knows there is no screen. */
static void screen_begin(struct watch *watch)
{
	if (!watch->for_person || !isatty(STDOUT_FILENO) || !tool_has_terminal())
		return;
	watch->screen = newterm(NULL, stdout, stdin);
	if (!watch->screen)
		return;
	(void)noecho();
	(void)curs_set(0);
	(void)nodelay(stdscr, TRUE);
}

static void print_narrow(const struct watch *watch, FILE *to)
{
	char text[512] = "";
	FILE *line = fmemopen(text, sizeof(text), "w");

	if (!line)
		return;
	print_line(watch, line);
	fprintf(line, "(a terminal of %d columns shows every queue)", PAGE_COLUMNS);
	(void)fclose(line);
	wrap_at((size_t)COLS, to, "", "", text);
}

static void screen_draw(const struct watch *watch)
{
	const size_t rows = PAGE_HEAD + watch->now.queue_count;
	char *text = NULL, *line, *rest;
	size_t bytes;
	FILE *to = open_memstream(&text, &bytes);

	if (!to)
		return;
	/* A change of the size comes as a key. An input such as /dev/zero has keys without end. */
	for (int keys = 0; keys < MOST_KEYS && getch() != ERR; keys++)
		;
	if (COLS < PAGE_COLUMNS)
		print_narrow(watch, to);
	else
		print_page(watch, to);
	(void)fclose(to);
	(void)erase();
	rest = text;
	for (int row = 0; row < LINES && (line = strsep(&rest, "\n")); row++)
		(void)mvaddnstr(row, 0, line, COLS);
	if (COLS >= PAGE_COLUMNS && (size_t)LINES < rows) {
		(void)move(LINES - 1, 0);
		(void)clrtoeol();
		(void)printw("(a terminal of %zu rows shows every queue)", rows);
	}
	(void)refresh();
	free(text);
}

static void screen_end(struct watch *watch)
{
	if (!watch->screen)
		return;
	(void)endwin();
	delscreen(watch->screen);
}
#else
static void screen_begin(struct watch *watch)
{
	(void)watch;
}

static void screen_draw(const struct watch *watch)
{
	(void)watch;
}

static void screen_end(struct watch *watch)
{
	(void)watch;
}
#endif

/* ---- for a program ---- */

static struct json_object *queue_json(const struct watch *watch, size_t index)
{
	const struct vmm_look_queue *queue = &watch->now.queues[index];
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "queue", tool_json_count(index));
	json_object_object_add(object, "life",
			       json_object_new_string(cmdqv_queue_life_name(queue->state.life)));
	json_object_object_add(object, "enabled", json_object_new_boolean(queue->state.en));
	json_object_object_add(object, "prod", tool_json_count(queue->state.prod));
	json_object_object_add(object, "cons", tool_json_count(queue->state.cons));
	json_object_object_add(object, "waiting", tool_json_count(queue->waiting));
	json_object_object_add(object, "error_pending", json_object_new_boolean(has_error(queue)));
	if (!watch->now.counted)
		return object;
	json_object_object_add(object, "commands", tool_json_count(queue->commands));
	json_object_object_add(object, "commands_per_second",
			       json_object_new_double(command_rate(watch, index)));
	json_object_object_add(object, "refused", tool_json_count(queue->errors));
	return object;
}

static void write_stats(const struct watch *watch)
{
	const struct vmm_look *now = &watch->now;
	struct json_object *object = json_object_new_object();
	struct json_object *queues = json_object_new_array();
	struct json_object *counters = json_object_new_object();

	json_object_object_add(object, "schema", json_object_new_string("cmdqv-stats/1"));
	json_object_object_add(object, "seconds", json_object_new_double(watch->seconds));
	json_object_object_add(object, "phase", json_object_new_string(now->phase));
	json_object_object_add(object, "page0",
			       json_object_new_string(cmdqv_page0_life_name(now->device.page0)));
	for (size_t i = 0; i < now->queue_count; i++)
		json_object_array_add(queues, queue_json(watch, i));
	json_object_object_add(object, "queues", queues);
	for (size_t i = 0; i < CMDQV_COUNTERS; i++)
		json_object_object_add(counters, cmdqv_counter_name((enum cmdqv_counter)i),
				       tool_json_count(now->counters[i]));
	json_object_object_add(object, "counters", counters);
	tool_json_write(watch->stats, object);
	(void)fflush(watch->stats);
}

/* ---- what another process wrote ---- */

static uint64_t count_of(struct json_object *object, const char *name)
{
	struct json_object *member = NULL;

	return json_object_object_get_ex(object, name, &member)
		       ? (uint64_t)json_object_get_int64(member)
		       : 0;
}

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *member = NULL;

	json_object_object_get_ex(object, name, &member);
	return member ? json_object_get_string(member) : "";
}

static void read_queue(struct vmm_look_queue *queue, struct json_object *object)
{
	const char *life = text_of(object, "life");

	for (int i = CMDQV_QUEUE_IDLE; i <= CMDQV_QUEUE_HELD; i++) {
		if (strcmp(life, cmdqv_queue_life_name((enum cmdqv_queue_life)i)) == 0)
			queue->state.life = (enum cmdqv_queue_life)i;
	}
	queue->number = (uint32_t)count_of(object, "queue");
	queue->state.prod = (uint32_t)count_of(object, "prod");
	queue->state.cons = (uint32_t)count_of(object, "cons");
	queue->state.gerror = (uint32_t)count_of(object, "error_pending");
	queue->waiting = (uint32_t)count_of(object, "waiting");
	queue->commands = count_of(object, "commands");
	queue->errors = count_of(object, "refused");
}

static void read_look(struct vmm_look *look, struct json_object *object)
{
	struct json_object *queues = NULL, *counters = NULL;
	const char *page0 = text_of(object, "page0");

	memset(look, 0, sizeof(*look));
	look->phase = "Linux";
	look->counted = true;
	for (int i = CMDQV_PAGE0_NONE; i <= CMDQV_PAGE0_RESTING; i++) {
		if (strcmp(page0, cmdqv_page0_life_name((enum cmdqv_page0_life)i)) == 0)
			look->device.page0 = (enum cmdqv_page0_life)i;
	}
	if (json_object_object_get_ex(object, "queues", &queues) &&
	    json_object_is_type(queues, json_type_array))
		look->queue_count = json_object_array_length(queues);
	if (look->queue_count > sizeof(look->queues) / sizeof(look->queues[0]))
		look->queue_count = sizeof(look->queues) / sizeof(look->queues[0]);
	for (size_t i = 0; i < look->queue_count; i++)
		read_queue(&look->queues[i], json_object_array_get_idx(queues, i));
	if (!json_object_object_get_ex(object, "counters", &counters))
		return;
	for (int i = 0; i < CMDQV_COUNTERS; i++)
		look->counters[i] = count_of(counters, cmdqv_counter_name((enum cmdqv_counter)i));
}

/* Into watch->read. False: there is none yet. */
static bool read_last_line(struct watch *watch)
{
	FILE *file = fopen(watch->path, "re");
	struct json_object *object = NULL;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	if (!file)
		return false;
	/* A line without its end is being written. */
	while ((length = getline(&line, &room, file)) > 0 && line[length - 1] == '\n') {
		json_object_put(object);
		object = json_tokener_parse(line);
	}
	free(line);
	(void)fclose(file);
	if (!object)
		return false;
	read_look(&watch->read, object);
	watch->hardware = !json_object_object_get_ex(object, "page0", NULL);
	json_object_put(object);
	return true;
}

/* ---- looking ---- */

static void look(struct watch *watch)
{
	struct timespec now;

	if (watch->path && !read_last_line(watch))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	watch->last = watch->now;
	watch->before = watch->seconds;
	watch->seconds = (double)(now.tv_sec - watch->began.tv_sec) +
			 (double)(now.tv_nsec - watch->began.tv_nsec) / 1e9;
	if (watch->vmm)
		vmm_look(watch->vmm, &watch->now);
	else
		watch->now = watch->read;
	if (watch->stats)
		write_stats(watch);
	if (watch->screen) {
		screen_draw(watch);
	} else if (watch->for_person) {
		print_line(watch, stdout);
		(void)fflush(stdout);
	}
}

/* Returns true once the watch is to end. */
static bool wait_a_second(struct watch *watch, struct timespec *until)
{
	bool end;

	until->tv_sec++;
	pthread_mutex_lock(&watch->lock);
	while (!(end = watch->end)) {
		if (pthread_cond_timedwait(&watch->ended, &watch->lock, until))
			break;
	}
	pthread_mutex_unlock(&watch->lock);
	return end;
}

static void *watch_thread(void *user)
{
	struct watch *watch = user;
	struct timespec until = watch->began;

	screen_begin(watch);
	do
		look(watch);
	while (!wait_a_second(watch, &until));
	look(watch);
	screen_end(watch);
	return NULL;
}

static struct watch *begin(const struct watch *what)
{
	struct watch *watch = malloc(sizeof(*watch));
	pthread_condattr_t monotonic;

	if (!watch)
		return NULL;
	*watch = *what;
	json_c_set_serialization_double_format("%.9g", JSON_C_OPTION_GLOBAL);
	clock_gettime(CLOCK_MONOTONIC, &watch->began);
	pthread_mutex_init(&watch->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&watch->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&watch->thread, NULL, watch_thread, watch)) {
		free(watch);
		return NULL;
	}
	return watch;
}

struct watch *watch_begin(struct vmm *vmm, bool for_person, FILE *stats)
{
	return begin(&(struct watch){.vmm = vmm, .for_person = for_person, .stats = stats});
}

struct watch *watch_begin_file(const char *path)
{
	return begin(&(struct watch){.path = path, .for_person = true});
}

void watch_end(struct watch *watch)
{
	if (!watch)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->end = true;
	pthread_cond_signal(&watch->ended);
	pthread_mutex_unlock(&watch->lock);
	(void)pthread_join(watch->thread, NULL);
	pthread_cond_destroy(&watch->ended);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}
