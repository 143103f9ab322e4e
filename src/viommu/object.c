/* SPDX-License-Identifier: BSD-2-Clause */
#include "viommu/object.h"

#include <errno.h>

int object_destroy(const struct port *port, uint32_t id)
{
	int err = port->ops->destroy(port, id);

	if (err && err != -ENOENT)
		err = port->ops->destroy(port, id);
	return err == -ENOENT ? 0 : err;
}

int object_let_go(const struct port *port, uint32_t *id)
{
	int err = *id ? object_destroy(port, *id) : 0;

	if (!err)
		*id = 0;
	return err;
}
