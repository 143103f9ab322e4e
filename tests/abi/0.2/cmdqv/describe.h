/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_DESCRIBE_H
#define CMDQV_DESCRIBE_H
#include <cmdqv/types.h>
#ifdef __cplusplus
extern "C" {
#endif
CMDQV_API int cmdqv_describe_offset(const struct cmdqv_geometry *geometry, uint64_t offset,
				    char *text, size_t bytes);
CMDQV_API uint64_t cmdqv_describe_next(const struct cmdqv_geometry *geometry, uint64_t offset);
CMDQV_API int cmdqv_describe_value(const struct cmdqv_geometry *geometry, uint64_t offset,
				   uint64_t value, char *text, size_t bytes);
CMDQV_API int cmdqv_describe_command(uint64_t word0, uint64_t word1, char *text, size_t bytes);
CMDQV_API const char *cmdqv_describe_cerror(uint32_t code);
CMDQV_API int cmdqv_describe_ste(uint64_t word0, uint64_t word1, char *text, size_t bytes);
CMDQV_API int cmdqv_describe_errno(const char *call, int error, unsigned int nth,
				   const char **cause, const char **remedy);
struct cmdqv_reason {
	const char *call;
	const char *error_name;
	const char *cause;
	const char *remedy;
	int32_t error;
	uint16_t since;
	uint16_t until;
};
CMDQV_API int cmdqv_describe_reason(const char *call, int error, unsigned int nth,
				    struct cmdqv_reason *reason);
#ifdef __cplusplus
}
#endif
#endif
