/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the programs for a host share that runs an unmodified Linux: the ioctls that any
 * VMM with VFIO makes, and a case of a test in a process of its own, so that whatever it
 * leaves behind is the kernel's to take down.
 */
#ifndef TESTS_LINUX_HOST_H
#define TESTS_LINUX_HOST_H

#include <stdint.h>

/* Each returns a result that is not negative, or a negative errno. */
int host_open(const char *path);
int host_bind(int device, int iommufd, uint32_t *dev_id);
int host_attach(int device, uint32_t pt_id);
int host_detach(int device);
int host_ioas_alloc(int iommufd, uint32_t *ioas);
int host_ioas_map(int iommufd, uint32_t ioas, void *memory, uint64_t bytes, uint64_t iova);
int host_nest_parent(int iommufd, uint32_t dev_id, uint32_t ioas, uint32_t *hwpt);

enum { HOST_WORDS = 256 };

/* What a case found out. `words` end up on the console. */
struct host_outcome {
	int status; /* 0 when all is well; its meaning is the program's */
	char words[HOST_WORDS];
};

__attribute__((format(printf, 3, 4))) void host_say(struct host_outcome *outcome, int status,
						    const char *format, ...);

/*
 * Runs `body` in a process of its own, for at most `seconds`, and hands on what it found
 * out. A process that dies or takes too long says so itself, with status -1.
 */
void host_run(struct host_outcome *outcome, unsigned int seconds,
	      void (*body)(void *context, struct host_outcome *outcome), void *context);

#endif
