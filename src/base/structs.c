/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds the public structs to the table of their sizes. */
#include <cmdqv/cmdqv.h>
#include <cmdqv/model/command.h>
#include <cmdqv/model/dma.h>
#include <cmdqv/model/model.h>
#include <cmdqv/model/poller.h>
#include <cmdqv/model/smmu.h>
#include <cmdqv/model/soft.h>

#define SIZED(tag, bytes)                                                                          \
	_Static_assert(sizeof(struct tag) >= (bytes), #tag " is smaller than it was");             \
	_Static_assert(offsetof(struct tag, size) == 0, #tag " begins with its size");             \
	_Static_assert(sizeof(((struct tag *)0)->reserved) > 0, #tag " has reserved members");
#define TABLE(tag, bytes)                                                                          \
	_Static_assert(sizeof(struct tag) >= (bytes), #tag " is smaller than it was");             \
	_Static_assert(offsetof(struct tag, size) == 0, #tag " begins with its size");
#define FIXED(tag, bytes)                                                                          \
	_Static_assert(sizeof(struct tag) == (bytes), #tag " is not as large as it was");
#include "structs.def"
