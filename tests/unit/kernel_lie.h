/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hardware that says something else than the model, for a program that is linked with
 * --wrap=cmdqv_model_access: reads of one register, after some that are true, are answered with
 * what the test wants.
 */
#ifndef TESTS_UNIT_KERNEL_LIE_H
#define TESTS_UNIT_KERNEL_LIE_H

#include <cmdqv/model/model.h>

static struct {
	uint64_t offset; /* 0: no lie; it is of no register that is read */
	uint64_t value;
	uint32_t truths; /* so many reads of it first are true */
} lie;

int __real_cmdqv_model_access(struct cmdqv_model *model, struct cmdqv_mmio *access);
int __wrap_cmdqv_model_access(struct cmdqv_model *model, struct cmdqv_mmio *access);

int __wrap_cmdqv_model_access(struct cmdqv_model *model, struct cmdqv_mmio *access)
{
	int err = __real_cmdqv_model_access(model, access);

	if (!err && lie.offset && access->offset == lie.offset && !access->write) {
		if (lie.truths)
			lie.truths--;
		else
			access->value = lie.value;
	}
	return err;
}

#endif
