/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of page 0 on Linux, which the port reaches by a load and a store: what a VMM's
 * thread did before it stored PROD is seen by the command, and what the command did is over when
 * the thread has read CONS. ThreadSanitizer reports a race if either lost its order, for nothing
 * else orders the word.
 */
#include <pthread.h>
#include <sched.h>

#include "fixture.h"

enum { ROUNDS = 100 };

struct scene {
	struct vmm vmm;
	uint32_t payload; /* plain: both threads write it */
	uint32_t sum;
	bool late; /* CONS came before the command was through */
};

/* The engine's thread. */
static void take_payload(void *context)
{
	struct scene *scene = context;

	scene->sum += scene->payload;
	scene->payload = 0;
}

static void *send(void *context)
{
	struct scene *scene = context;

	for (uint32_t i = 1; i <= ROUNDS; i++) {
		scene->payload = i;
		vmm_write(&scene->vmm, 0, PROD, i);
		while (vmm_read(&scene->vmm, 0, CONS) != i)
			sched_yield();
		scene->late |= scene->payload != 0;
	}
	return NULL;
}

/* [HW-10] [HW-15] [DEV-22] */
TEST(a_register_is_stored_with_release_and_loaded_with_acquire)
{
	struct scene scene = {.sum = 0};
	pthread_t thread;

	vmm_open(&scene.vmm, &front_port);
	for (uint32_t i = 0; i < ROUNDS; i++)
		vmm_put(&scene.vmm, 0, i, 0x46, 0);
	vmm_start(&scene.vmm, 0, 0);
	host_drain(scene.vmm.host);
	scene.vmm.host->in_execute = take_payload;
	scene.vmm.host->context = &scene;
	assert_int_equal(pthread_create(&thread, NULL, send, &scene), 0);
	while (scene.vmm.host->commands < ROUNDS) {
		assert_true(cmdqv_soft_host_run(scene.vmm.host->soft, 1) >= 0);
		sched_yield();
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(scene.late);
	assert_int_equal(scene.sum, ROUNDS * (ROUNDS + 1) / 2);
	vmm_close(&scene.vmm);
}
