/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes to page 0 of a queue, in both apertures: to the live page or to the shadow [DEV-21]. */
#include "vcmdq.h"

#include "base.h"
#include "lvcmdq.h"

void vcmdq_page0_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value)
{
	if (lvcmdq_bound(dev, ref->queue))
		dev->links.backend.queue_write(dev->links.backend_impl, ref->queue,
					       reg_infos[ref->id].offset, value);
	else
		*device_cell(dev, ref) = value;
	if (dev->lvcmdqs[ref->queue].life == CMDQV_QUEUE_HELD)
		dev->unsettled = true; /* the error may be acknowledged now [DEV-32] */
}

/* A trapped CONFIG may start the queue, so it is one of the writes that complete BASE. */
void vcmdq_config_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value)
{
	if (dev->any_staged)
		base_flush(dev, ref->queue);
	vcmdq_page0_write(dev, ref, value);
}
