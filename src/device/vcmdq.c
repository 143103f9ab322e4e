/* SPDX-License-Identifier: BSD-2-Clause */
/* Page 0 of a queue, in both apertures: the live page or the shadow [DEV-21]. */
#include "vcmdq.h"

#include "lvcmdq.h"

uint32_t vcmdq_page0_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which)
{
	return lvcmdq_page0(dev, which, reg_word_id(word));
}

void vcmdq_page0_write(struct cmdqv *dev, const struct reg_word *word, uint32_t which,
		       uint32_t value)
{
	if (lvcmdq_bound(dev, which))
		dev->links.backend.queue_write(dev->links.backend_impl, which,
					       reg_infos[reg_word_id(word)].offset, value);
	else
		*device_cell(dev, reg_word_id(word), which, false) = value;
	if (dev->lvcmdqs[which].life == CMDQV_QUEUE_HELD)
		dev->unsettled = true; /* the error may be acknowledged now [DEV-32] */
}
