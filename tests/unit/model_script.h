/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scripts for tests of the model: what software does to it and what it must then see, step by step.
 * Steps are separated by blanks; numbers are as in C.
 *
 *	queue=LOG2	begins with bench_with_queue(), or with a model of a geometry:
 *	model=Q.V.S	2^Q VCMDQs, 2^V VINTFs, 2^S SID slots
 *	REG=N REG:N	a trapped write; what a trapped read must give
 *	@REG=N @REG:N	a store into the mapped page of the VINTF; what a load must give
 *	    REG		cons prod config status gerror gerrorn, base dram (8 bytes), of the
 *			queue that was chosen; or an offset of the window: 4 bytes, with !
 *			after it 8
 *	[V.L] [Q]	chooses LVCMDQ L of VINTF V, at first 0.0; VCMDQ Q by its own pages
 *	map=Q unmap=Q	CMDQ_ALLOC of VCMDQ Q: for the LVCMDQ that was chosen, or no more
 *	host guest=VMID	the VINTF that was chosen is enabled, and the host's or a guest's
 *	ring=LOG2	2^LOG2 entries from RAM on; then the queue is enabled
 *	#I=C #I-J=C	command C in entry I, or I to J, of RAM: sync va bad prefetch atc cfgi
 *	refuse=I.C	entry I of VCMDQ Q, as [Q] or 0, is refused with code C
 *	fault.KIND=N	cmdqv_model_inject(), of VCMDQ Q; -1: for ever
 *	fault.KIND:N	cmdqv_model_struck()
 *	times_out=N	whether what is executed from now on gets no answer
 *	sync_times_out:N	does a sync of the SMMU tell of it?
 *	run		until nothing is left to do
 *	run=N:M		at most N commands, of which M are executed
 *	NAME:N		a count or a fact, of those in model_script.c: done kicks interrupts ...
 */
#ifndef TESTS_UNIT_MODEL_SCRIPT_H
#define TESTS_UNIT_MODEL_SCRIPT_H

#include "model_fixture.h"

/* A test that is nothing but a script. */
struct script {
	const char *name;
	const char *text;
};

void script_run(void **state);

/* Each row of a table is a test. */
#define SCRIPTS(table) TEST_TABLE(table, script_run)

void play(struct bench *bench, const char *script);

/* Closes the bench, too. */
void play_on(struct bench *bench, const char *script);

#endif
