/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: sized_in() and sized_out() with a caller's struct of any size from 0 to 8 bytes more than
 * ours, which has just so much memory: no byte outside of it is read or written; what both know is
 * copied, what one lacks is 0; a struct smaller than the first one, a tail or a reserved member
 * that is not 0 is refused; the caller's size stays.
 *
 * Assumes: a struct of three members, the last one reserved.
 *
 * Bound: 41 turns: 40 bytes are the most that is looked at.
 *
 * Takes: 0.3 to 0.4 s each of 2 proofs, at most 32 MiB.
 */
#include "proof.h"
#include "words.h"

#include "base/sized.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ours {
	size_t size;
	uint64_t first;
	uint64_t later;
	uint8_t reserved[8];
};

enum { FIRST_BYTES_ours = 16, MOST = sizeof(struct ours) + 8 };

const char *cmdqv_version(void)
{
	return "";
}

int main(void)
{
	const struct sized *sized = SIZED_STRUCT(ours);
	size_t bytes = nondet_size(), size = nondet_size(), i = nondet_size();
	unsigned char *theirs;
	struct ours to = {0}, from = {nondet_u64(), nondet_u64(), nondet_u64(), {0}};
	int err;

	ASSUME(bytes >= 8 && bytes <= MOST && size <= bytes && i < MOST);
	theirs = malloc(bytes);
	ASSUME(theirs);
	memcpy(theirs, &size, sizeof(size));
#ifdef IN
	err = sized_in(&to, sized, theirs, NULL);
	PROVE(err == 0 || err == -EINVAL || err == -E2BIG, "an errno");
	PROVE((err == -EINVAL) == (size < 16), "smaller than the first one");
	if (err != -EINVAL && i >= sizeof(to) && i < size && theirs[i])
		PROVE(err == -E2BIG, "a tail that is not known");
	if (err == 0 && i >= 8 && i < size && i < sizeof(to))
		PROVE(((unsigned char *)&to)[i] == theirs[i], "copied");
	if (err == 0 && i >= size && i < sizeof(to))
		PROVE(((unsigned char *)&to)[i] == 0, "what the caller lacks is 0");
	COVER(err == 0 && size == MOST, "a later struct, with a tail of 0");
	PROVE(sized_in(&to, sized, NULL, NULL) == -EINVAL, "NULL");
#else
	(void)to;
	err = sized_out(theirs, sized, &from);
	PROVE(err == (size < 16 ? -EINVAL : 0), "smaller than the first one");
	if (err)
		return 0;
	if (i >= 8 && i < size)
		PROVE(theirs[i] == (i < sizeof(from) ? ((unsigned char *)&from)[i] : 0),
		      "copied, or 0");
	memcpy(&bytes, theirs, sizeof(bytes));
	PROVE(bytes == size, "the caller's size stays");
	COVER(size == MOST, "a later struct");
	PROVE(sized_out(NULL, sized, &from) == -EINVAL, "NULL");
#endif
	REACHED("the end");
}
