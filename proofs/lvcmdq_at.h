/* SPDX-License-Identifier: BSD-2-Clause */
/* &dev->lvcmdqs[index], each LVCMDQ by itself: a prover knows then what a store through it leaves
 * alone. */
#if PROOF_LVCMDQS == 1
#define lvcmdq_at(dev, index)                                                                      \
	(__CPROVER_assert((index) < 1, "an LVCMDQ that there is"), &(dev)->lvcmdqs[0])
#else
#define lvcmdq_at(dev, index)                                                                      \
	(__CPROVER_assert((index) < 2, "an LVCMDQ that there is"),                                 \
	 (index) == 0 ? &(dev)->lvcmdqs[0] : &(dev)->lvcmdqs[1])
#endif
