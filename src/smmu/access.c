/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An access of a device, from its IOVA to memory.
 *
 * Without ATS: stream table entry, context, TLB, walk. An entry of the TLB is used with its
 * permissions, stale or not; a walk happens only if there is none.
 *
 * With ATS: the device uses its ATC, if an entry there allows the access. Otherwise it sends a
 * translation request, which goes the way above. The answer says what is allowed there and
 * goes into the ATC. An access by the ATC still needs a stream that allows ATS. Of either only
 * that the stream does not allow ATS is an event.
 *
 * The fault that ends an access is reported here, at one place.
 */
#include "access.h"

#include <errno.h>

#include "config.h"
#include "event.h"
#include "regs/event.h"
#include "regs/ste.h"
#include "walk.h"

static uint32_t group_of(const struct smmu_request *request)
{
	if (!request->stage1)
		return SMMU_GROUP_STAGE2 | request->ste.vmid;
	return request->ste.el2 ? SMMU_GROUP_EL2 : SMMU_GROUP_STAGE1 | request->ste.vmid;
}

static uint32_t member_of(const struct smmu_request *request)
{
	return request->stage1 ? request->cd.asid : 0;
}

static const struct smmu_entry *find_translation(const struct cmdqv_smmu *smmu,
						 const struct smmu_request *request)
{
	uint64_t address = request->access->address;
	const struct smmu_entry *entry =
		smmu_cache_find(&smmu->tlb, group_of(request), member_of(request), address);

	if (!entry && request->stage1)
		entry = smmu_cache_find(&smmu->tlb, group_of(request), SMMU_ASID_GLOBAL, address);
	return entry;
}

static void fill(struct smmu_entry *entry, const struct smmu_page *page)
{
	entry->physical = page->physical;
	entry->flags = page->flags;
}

static const struct smmu_entry *walk(struct cmdqv_smmu *smmu, struct smmu_request *request)
{
	struct smmu_entry *entry;
	struct smmu_page page;

	smmu->walks++;
	if (!smmu_walk(smmu, request, &page))
		return NULL;
	entry = smmu_cache_insert_piece(&smmu->tlb, group_of(request),
					page.global ? SMMU_ASID_GLOBAL : member_of(request),
					request->access->address, page.size, page.leaf);
	fill(entry, &page);
	smmu->ipas[smmu_entry_index(&smmu->tlb, entry)] = page.ipa;
	return entry;
}

static uint64_t within(const struct smmu_entry *entry, uint64_t address)
{
	return address & ((UINT64_C(1) << smmu_size_shift(smmu_entry_size(entry))) - 1);
}

static bool may(const struct cmdqv_smmu *smmu, struct smmu_request *request,
		const struct smmu_entry *entry)
{
	uint32_t flags = entry->flags;

	request->fault.class = EVENT_CLASS_IN;
	if ((flags & SMMU_PRIVILEGED_ONLY) && !request->access->privileged)
		return smmu_fail(request, CMDQV_SMMU_F_PERMISSION);
	if ((flags & SMMU_STAGE1_RO) && request->write)
		return smmu_fail(request, CMDQV_SMMU_F_PERMISSION);
	if ((flags & SMMU_STAGE2_RO) && request->write) {
		request->fault.stage2 = true;
		request->fault.ipa = smmu->ipas[smmu_entry_index(&smmu->tlb, entry)] +
				     within(entry, request->access->address);
		return smmu_fail(request, CMDQV_SMMU_F_PERMISSION);
	}
	return true;
}

static void answer(const struct smmu_entry *entry, uint64_t address,
		   struct cmdqv_smmu_translation *translation)
{
	uint64_t offset = within(entry, address);

	*translation = (struct cmdqv_smmu_translation){
		.physical = entry->physical + offset,
		.bytes = (UINT64_C(1) << smmu_size_shift(smmu_entry_size(entry))) - offset,
		.writable = !(entry->flags & (SMMU_STAGE1_RO | SMMU_STAGE2_RO)),
	};
}

/* Around stage 1 an address is an IPA, and must be as small, whether there is a stage 2 or not. */
static bool bypass(const struct cmdqv_smmu *smmu, struct smmu_request *request)
{
	if (request->access->address >> smmu->output_bits == 0)
		return true;
	request->fault.class = EVENT_CLASS_IN;
	return smmu_fail(request, CMDQV_SMMU_F_ADDR_SIZE);
}

/* Neither stage: the address is what it is. In pieces of 4 KiB, as an ATC wants them. */
static void answer_bypass(uint64_t address, struct smmu_page *page,
			  struct cmdqv_smmu_translation *translation)
{
	*page = (struct smmu_page){
		.physical = address & ~(uint64_t)(SMMU_PAGE_BYTES - 1),
		.size = SMMU_4K,
	};
	*translation = (struct cmdqv_smmu_translation){
		.physical = address,
		.bytes = SMMU_PAGE_BYTES - (address & (SMMU_PAGE_BYTES - 1)),
		.writable = true,
	};
}

/* What the SMMU itself makes of it: request->ste and the context are there. */
static bool translate(struct cmdqv_smmu *smmu, struct smmu_request *request, struct smmu_page *page,
		      struct cmdqv_smmu_translation *translation)
{
	const struct smmu_entry *entry;

	if (!request->stage1 && !bypass(smmu, request))
		return false;
	if (!request->stage1 && !request->stage2) {
		answer_bypass(request->access->address, page, translation);
		return true;
	}
	entry = find_translation(smmu, request);
	if (entry)
		smmu->tlb.hits++;
	else
		smmu->tlb.misses++;
	if (!entry)
		entry = walk(smmu, request);
	if (!entry || !may(smmu, request, entry))
		return false;
	answer(entry, request->access->address, translation);
	*page = (struct smmu_page){
		.physical = entry->physical,
		.size = smmu_entry_size(entry),
		.flags = entry->flags,
	};
	return true;
}

static uint32_t atc_member(const struct cmdqv_smmu_access *access)
{
	return access->ssv ? access->ssid : SMMU_NO_SSID;
}

static bool allows(const struct smmu_entry *entry, const struct cmdqv_smmu_access *access)
{
	if ((entry->flags & SMMU_PRIVILEGED_ONLY) && !access->privileged)
		return false;
	return !access->write || !(entry->flags & (SMMU_STAGE1_RO | SMMU_STAGE2_RO));
}

/* The device asks, and remembers the answer. A page that is not for the access ends it. */
static bool request_translation(struct cmdqv_smmu *smmu, struct smmu_request *request,
				struct cmdqv_smmu_translation *translation)
{
	const struct cmdqv_smmu_access *access = request->access;
	struct smmu_page page;
	struct smmu_entry *entry;

	request->request = true;
	request->write = false;
	if (!request->ste.ats && request->ste.config != STE_CONFIG_ABORT)
		return smmu_fail(request, CMDQV_SMMU_F_BAD_ATS_TREQ);
	if (!smmu_find_context(smmu, request) || !translate(smmu, request, &page, translation))
		return false;
	entry = smmu_cache_insert(&smmu->atc, access->sid, atc_member(access), access->address,
				  page.size);
	fill(entry, &page);
	return allows(entry, access) || smmu_fail(request, 0);
}

static bool translate_ats(struct cmdqv_smmu *smmu, struct smmu_request *request,
			  struct cmdqv_smmu_translation *translation)
{
	const struct cmdqv_smmu_access *access = request->access;
	const struct smmu_entry *entry =
		smmu_cache_find(&smmu->atc, access->sid, atc_member(access), access->address);

	if (!entry || !allows(entry, access)) {
		smmu->atc.misses++;
		return request_translation(smmu, request, translation);
	}
	smmu->atc.hits++;
	if (request->ste.config == STE_CONFIG_ABORT)
		return smmu_fail(request, 0);
	if (!request->ste.ats)
		return smmu_fail(request, CMDQV_SMMU_F_TRANSL_FORBIDDEN);
	answer(entry, access->address, translation);
	return true;
}

static bool translate_any(struct cmdqv_smmu *smmu, struct smmu_request *request,
			  struct cmdqv_smmu_translation *translation)
{
	struct smmu_page page;

	if (!smmu->enabled)
		return smmu_fail(request, 0);
	if (!smmu_find_ste(smmu, request))
		return false;
	if (request->access->ats)
		return translate_ats(smmu, request, translation);
	return smmu_find_context(smmu, request) && translate(smmu, request, &page, translation);
}

/* Stage 1 faults of a context that does not want aborts. */
static bool ends_quietly(const struct smmu_request *request)
{
	return request->stage1 && !request->cd.abort && !request->request &&
	       !request->fault.stage2 && request->fault.id >= CMDQV_SMMU_F_TRANSLATION &&
	       request->fault.id <= CMDQV_SMMU_F_PERMISSION;
}

int smmu_access(struct cmdqv_smmu *smmu, const struct cmdqv_smmu_access *access,
		struct cmdqv_smmu_translation *translation)
{
	struct smmu_request request = {.access = access, .write = access->write};

	smmu->accesses++;
	*translation = (struct cmdqv_smmu_translation){0};
	if (translate_any(smmu, &request, translation))
		return 0;
	*translation = (struct cmdqv_smmu_translation){0};
	smmu_report(smmu, &request);
	if (ends_quietly(&request))
		return 1;
	smmu->aborts++;
	return -EFAULT;
}
