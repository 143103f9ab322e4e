/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's teaching device (PCI 1234:11e8) through VFIO: a DMA device that copies between
 * memory and a buffer of its own, one request at a time. Its addresses have 28 bits.
 */
#ifndef TESTS_LINUX_HOST_EDU_H
#define TESTS_LINUX_HOST_EDU_H

#include <stdbool.h>
#include <stdint.h>

/* Lets it answer and be a master of its bus. `device` is its VFIO descriptor, bound. */
bool host_edu_enable(int device);

/* Copies to or from its buffer and waits for the end; whether it went well it does not say. */
bool host_edu_fetch(int device, uint64_t iova, uint32_t bytes);
bool host_edu_store(int device, uint64_t iova, uint32_t bytes);

#endif
