/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_SAVED_H
#define CMDQV_SAVED_H
#include <cmdqv/device.h>
#ifdef __cplusplus
extern "C" {
#endif
CMDQV_API size_t cmdqv_save_bytes(const struct cmdqv *dev);
CMDQV_API int cmdqv_save(struct cmdqv *dev, void *to, size_t *bytes, struct cmdqv_error *error);
CMDQV_API int cmdqv_restore(struct cmdqv *dev, const void *from, size_t bytes,
			    struct cmdqv_error *error);
#ifdef __cplusplus
}
#endif
#endif
