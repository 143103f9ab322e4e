/* SPDX-License-Identifier: BSD-2-Clause */
/* cmdqv run --dma: a DMA device that shows what an invalidation did (vmm/guest/dma.h). */
#include "run_dma.h"

#include "tool.h"

#include <inttypes.h>
#include <json.h>
#include <stdio.h>

/*
 * A few seconds at most. Where cores are few, a vCPU that waits keeps one of them from the
 * engine and the devices.
 */
enum { DEFAULT_ROUNDS_THREAD = 10000, DEFAULT_ROUNDS_KVM = 200 };

enum { INVALIDATIONS_PER_ROUND = 2 };

const char *run_dma_check(const struct run_dma_options *options)
{
	if (!options->dma && options->rounds)
		return "--rounds needs --dma";
	if (!options->dma && options->repeat)
		return "--repeat needs --dma";
	if (!options->dma && options->drop_text)
		return "--drop-invalidation needs --dma";
	return NULL;
}

uint64_t run_dma_configure(const struct run_dma_options *options, struct vmm_config *config)
{
	unsigned long drop = 0;
	uint64_t last;

	if (!options->dma)
		return 0;
	config->dma_rounds = options->rounds;
	config->guest_repeats = options->repeat;
	if (!options->rounds)
		config->dma_rounds =
			config->guest == VMM_GUEST_KVM ? DEFAULT_ROUNDS_KVM : DEFAULT_ROUNDS_THREAD;
	last = INVALIDATIONS_PER_ROUND * config->dma_rounds;
	if (options->drop_text && !tool_number(options->drop_text, 1, last, &drop))
		return last;
	config->drop_invalidation = drop;
	return 0;
}

static void print_stale(const struct vmm_dma_report *report)
{
	if (report->stale.after_last)
		printf("stale: the check after the last round");
	else
		printf("stale: round %" PRIu64, report->stale.round);
	printf(" of vCPU %" PRIu32 ", IOVA 0x%" PRIx64 "\n"
	       "       expected 0x%016" PRIx64 "\n"
	       "       found    0x%016" PRIx64 "\n",
	       report->stale.vcpu, report->stale.iova, report->stale.expected, report->stale.found);
}

void run_dma_print(const struct vmm_dma_report *report)
{
	if (!report->ran)
		return;
	printf("DMA: %" PRIu64 " round%s %s right; %" PRIu64 " job%s wrote %" PRIu64 " bytes\n"
	       "     %" PRIu64 " invalidation%s, %s\n",
	       report->rounds, tool_plural(report->rounds), report->rounds == 1 ? "was" : "were",
	       report->jobs, tool_plural(report->jobs), report->bytes, report->invalidations,
	       tool_plural(report->invalidations),
	       report->dropped.number ? "one of them lost on purpose" : "none lost on purpose");
	if (report->dropped.number)
		printf("lost:  number %" PRIu64 ", of IOVA 0x%" PRIx64 " by vCPU %" PRIu32 "\n",
		       report->dropped.number, report->dropped.iova, report->dropped.vcpu);
	if (report->stale.round)
		print_stale(report);
	putchar('\n');
}

static void add_count(struct json_object *to, const char *name, uint64_t count)
{
	json_object_object_add(to, name, tool_json_count(count));
}

/* Any 64 bits: more than a reader of JSON may take for an integer. */
static void add_word(struct json_object *to, const char *name, uint64_t word)
{
	char text[20];

	snprintf(text, sizeof(text), "0x%016" PRIx64, word);
	json_object_object_add(to, name, json_object_new_string(text));
}

static struct json_object *json_dropped(const struct vmm_dma_report *report)
{
	struct json_object *object = json_object_new_object();

	add_count(object, "number", report->dropped.number);
	add_count(object, "vcpu", report->dropped.vcpu);
	add_word(object, "iova", report->dropped.iova);
	return object;
}

static struct json_object *json_stale(const struct vmm_dma_report *report)
{
	struct json_object *object = json_object_new_object();

	add_count(object, "round", report->stale.round);
	add_count(object, "vcpu", report->stale.vcpu);
	add_word(object, "iova", report->stale.iova);
	add_word(object, "expected", report->stale.expected);
	add_word(object, "found", report->stale.found);
	return object;
}

void run_dma_json(struct json_object *to, const struct vmm_dma_report *report)
{
	struct json_object *object;

	if (!report->ran)
		return;
	object = json_object_new_object();
	add_count(object, "rounds", report->rounds);
	add_count(object, "bytes", report->bytes);
	add_count(object, "jobs", report->jobs);
	add_count(object, "invalidations", report->invalidations);
	if (report->dropped.number)
		json_object_object_add(object, "dropped", json_dropped(report));
	if (report->stale.round)
		json_object_object_add(object, "stale", json_stale(report));
	json_object_object_add(to, "dma", object);
}
