/* SPDX-License-Identifier: BSD-2-Clause */
/* Events: those of the CMDQV for the device, those of the SMMU for the VMM's SMMUv3. */
#include "viommu/event.h"

#include <errno.h>
#include <string.h>

#include "base/sequence.h"

int event_read_cmdqv(const struct cmdqv_viommu *viommu, struct cmdqv_backend_event *event)
{
	struct port_record record;
	int err = viommu->port.ops->veventq_read(&viommu->port, &viommu->events[PORT_EVENTS_CMDQV],
						 PORT_EVENTS_CMDQV, &record);

	if (err == 1)
		*event = (struct cmdqv_backend_event){
			.sequence = record.sequence,
			.lost = record.lost,
		};
	return err;
}

int cmdqv_viommu_smmu_event_fd(const struct cmdqv_viommu *viommu)
{
	return viommu->events[PORT_EVENTS_SMMU].fd;
}

/* The first sequence number that is seen may be any. */
static uint32_t event_count_missed(struct cmdqv_viommu *viommu, const struct port_record *record)
{
	uint32_t missed = 0;

	if (viommu->smmu_sequence_known)
		missed = sequence_gap(viommu->next_smmu_sequence, record->sequence);
	viommu->smmu_sequence_known = true;
	viommu->next_smmu_sequence = (record->sequence + 1) & INT32_MAX;
	return missed + record->lost;
}

int cmdqv_viommu_smmu_event(struct cmdqv_viommu *viommu, struct cmdqv_viommu_event *event)
{
	struct port_record record;
	int err;

	if (viommu->events[PORT_EVENTS_SMMU].fd < 0)
		return -ENOENT;
	err = viommu->port.ops->veventq_read(&viommu->port, &viommu->events[PORT_EVENTS_SMMU],
					     PORT_EVENTS_SMMU, &record);
	if (err != 1)
		return err;
	*event = (struct cmdqv_viommu_event){
		.sequence = record.sequence,
		.missed = event_count_missed(viommu, &record),
		.lost = record.lost,
	};
	memcpy(event->word, record.data, sizeof(event->word));
	return 1;
}
