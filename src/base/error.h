/* SPDX-License-Identifier: BSD-2-Clause */
/* Errnos in sentences. */
#ifndef SRC_BASE_ERROR_H
#define SRC_BASE_ERROR_H

struct error_name {
	char text[24];
};

/*
 * "EIO" of EIO or -EIO, "errno 524" of one that has no name. For the arguments of a call:
 * error_name(err).text lives until the call has returned.
 */
struct error_name error_name(int err);

#endif
