/* SPDX-License-Identifier: BSD-2-Clause */
#include "host_edu.h"

#include <time.h>
#include <unistd.h>

/* VFIO's offsets: region << 40. */
#define BAR0 0x0LL
#define CONFIG_SPACE (7LL << 40)

enum {
	PCI_COMMAND = 4,
	PCI_COMMAND_MEMORY_AND_MASTER = 6,

	DMA_SOURCE = 0x80,
	DMA_TARGET = 0x88,
	DMA_COUNT = 0x90,
	DMA_COMMAND = 0x98,
	DMA_START = 1, /* until it is done */
	DMA_TO_MEMORY = 2,
	BUFFER = 0x40000,

	WAIT_MS = 5000,
};

static bool put(int device, int64_t offset, const void *value, size_t bytes)
{
	return pwrite(device, value, bytes, offset) == (ssize_t)bytes;
}

static bool put64(int device, int64_t reg, uint64_t value)
{
	return put(device, BAR0 + reg, &value, sizeof(value));
}

bool host_edu_enable(int device)
{
	const uint16_t command = PCI_COMMAND_MEMORY_AND_MASTER;

	return put(device, CONFIG_SPACE + PCI_COMMAND, &command, sizeof(command));
}

static bool wait_for_end(int device)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	uint64_t command;

	for (int i = 0; i < WAIT_MS; i++) {
		if (pread(device, &command, sizeof(command), BAR0 + DMA_COMMAND) != sizeof(command))
			return false;
		if (!(command & DMA_START))
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

static bool copy(int device, uint64_t source, uint64_t target, uint32_t bytes, uint64_t command)
{
	return put64(device, DMA_SOURCE, source) && put64(device, DMA_TARGET, target) &&
	       put64(device, DMA_COUNT, bytes) && put64(device, DMA_COMMAND, command) &&
	       wait_for_end(device);
}

bool host_edu_fetch(int device, uint64_t iova, uint32_t bytes)
{
	return copy(device, iova, BUFFER, bytes, DMA_START);
}

bool host_edu_store(int device, uint64_t iova, uint32_t bytes)
{
	return copy(device, BUFFER, iova, bytes, DMA_START | DMA_TO_MEMORY);
}
