/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest's SMMUv3 may say, given what the physical one says: a table of fields of the
 * ID registers, each with its rule. A field that has no row reads 0.
 */
#include <errno.h>
#include <stddef.h>

#include <cmdqv/regs.h>
#include <cmdqv/viommu.h>

#include "base/sized.h"
#include "viommu/idr.h"

enum { SMALLEST_GRANULE = 4096, LOG2_ENTRY_BYTES = 4, MOST_SIDSIZE = 20 };

#define IDR0_S1P 0x00000002U
#define IDR0_TTF 0x0000000CU
#define IDR0_TTF_AARCH64 0x00000008U
#define IDR0_COHACC 0x00000010U
#define IDR0_ATS 0x00000400U
#define IDR0_ASID16 0x00001000U
#define IDR0_MSI 0x00002000U
#define IDR0_SEV 0x00004000U
#define IDR0_CD2L 0x00080000U
#define IDR0_TTENDIAN 0x00600000U
#define IDR0_STALL_MODEL 0x03000000U
#define IDR0_STALL_MODEL_NONE 0x01000000U
#define IDR0_TERM_MODEL 0x04000000U
#define IDR0_ST_LEVEL 0x18000000U
#define IDR1_SIDSIZE 0x0000003FU
#define IDR1_SSIDSIZE 0x000007C0U
#define IDR1_EVENTQS 0x001F0000U
#define IDR1_CMDQS 0x03E00000U
#define IDR3_RIL 0x00000400U
#define IDR3_BBML 0x00001800U
#define IDR5_OAS 0x00000007U
#define IDR5_GRANULES 0x00000070U
#define IDR5_DS 0x00000080U
#define IDR5_VAX 0x00000C00U

enum rule {
	BOTH,  /* bits that both have */
	LEAST, /* a number: the smaller one */
	HOST,  /* as the physical one says */
	OWN,   /* as the VMM says: it alone carries it out */
};

static const struct {
	uint8_t idr;
	uint8_t rule;
	uint32_t mask;
} fields[] = {
	{0, BOTH, IDR0_TTF},	   {0, BOTH, IDR0_COHACC},   {0, BOTH, IDR0_ATS},
	{0, BOTH, IDR0_ASID16},	   {0, BOTH, IDR0_CD2L},     {0, OWN, IDR0_MSI},
	{0, OWN, IDR0_SEV},	   {0, HOST, IDR0_TTENDIAN}, {0, HOST, IDR0_TERM_MODEL},
	{0, LEAST, IDR0_ST_LEVEL}, {1, LEAST, IDR1_SIDSIZE}, {1, LEAST, IDR1_SSIDSIZE},
	{1, OWN, IDR1_EVENTQS},	   {3, BOTH, IDR3_RIL},	     {3, LEAST, IDR3_BBML},
	{5, LEAST, IDR5_OAS},	   {5, BOTH, IDR5_GRANULES}, {5, BOTH, IDR5_DS},
	{5, LEAST, IDR5_VAX},
};

static uint32_t limit(enum rule rule, uint32_t own, uint32_t host)
{
	switch (rule) {
	case BOTH:
		return own & host;
	case LEAST:
		return own < host ? own : host;
	case HOST:
		return host;
	case OWN:
		break;
	}
	return own;
}

int cmdqv_hw_info_cmdqs(const struct cmdqv_hw_info *info, uint64_t granule_bytes)
{
	struct cmdqv_hw_info known;
	int err = sized_in(&known, SIZED_STRUCT(cmdqv_hw_info), info, NULL);
	uint32_t most, fits;

	if (err)
		return err;
	most = CMDQV_GET(IDR1_CMDQS, known.idr[1]);
	if (granule_bytes < SMALLEST_GRANULE || (granule_bytes & (granule_bytes - 1)) || !most)
		return -EINVAL;
	fits = (uint32_t)__builtin_ctzll(granule_bytes) - LOG2_ENTRY_BYTES;
	if (most > CMDQV_MAX_LOG2SIZE)
		most = CMDQV_MAX_LOG2SIZE;
	return (int)(fits < most ? fits : most);
}

/* The VMM must not believe in another endianness than the one that it will get. */
static bool can_translate(const uint32_t own[CMDQV_SMMU_IDRS],
			  const uint32_t limited[CMDQV_SMMU_IDRS])
{
	uint32_t own_endian = own[0] & IDR0_TTENDIAN;
	uint32_t endian = limited[0] & IDR0_TTENDIAN;

	return (limited[0] & IDR0_TTF_AARCH64) && (limited[5] & IDR5_GRANULES) &&
	       (endian == 0 || own_endian == 0 || endian == own_endian);
}

/* STALL_MODEL 2, or the reserved 3. */
static bool idr_must_stall(const struct cmdqv_hw_info *info)
{
	return CMDQV_GET(IDR0_STALL_MODEL, info->idr[0]) > 1;
}

bool idr_can_stall(const struct cmdqv_hw_info *info)
{
	return (info->idr[0] & IDR0_STALL_MODEL) == 0;
}

int cmdqv_hw_info_limit_idr(const struct cmdqv_hw_info *info, uint64_t granule_bytes,
			    uint32_t idr[CMDQV_SMMU_IDRS], struct cmdqv_error *error)
{
	uint32_t limited[CMDQV_SMMU_IDRS] = {IDR0_S1P | IDR0_STALL_MODEL_NONE};
	struct cmdqv_hw_info known;
	int cmdqs, err = sized_in(&known, SIZED_STRUCT(cmdqv_hw_info), info, error);

	if (err)
		return err;
	cmdqs = cmdqv_hw_info_cmdqs(info, granule_bytes);
	if (cmdqs < 0 && !CMDQV_GET(IDR1_CMDQS, known.idr[1]))
		return cmdqv_error_set(
			error, cmdqs, "bad-granule",
			"IDR1.CMDQS of info is 0: hand over what cmdqv_iommufd_query() or "
			"cmdqv_soft_query() answered");
	if (cmdqs < 0)
		return cmdqv_error_set(
			error, cmdqs, "bad-granule",
			"granule_bytes is 0x%llx: a power of two from 0x%x is possible",
			(unsigned long long)granule_bytes, SMALLEST_GRANULE);
	if (idr_must_stall(&known))
		return cmdqv_error_set(
			error, -EOPNOTSUPP, "stalls-every-fault",
			"IDR0.STALL_MODEL is %u: 0 and 1 are possible, for with 2 the SMMU stalls "
			"every fault, and no guest can end a stall; give the VM a device behind "
			"another SMMU",
			CMDQV_GET(IDR0_STALL_MODEL, known.idr[0]));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		uint32_t own = idr[fields[i].idr] & fields[i].mask;
		uint32_t host = known.idr[fields[i].idr] & fields[i].mask;

		limited[fields[i].idr] |= limit((enum rule)fields[i].rule, own, host);
	}
	if (known.ats_not_supported)
		limited[0] &= ~IDR0_ATS;
	if (CMDQV_GET(IDR1_SIDSIZE, limited[1]) > MOST_SIDSIZE)
		limited[1] = (limited[1] & ~IDR1_SIDSIZE) | MOST_SIDSIZE;
	if ((uint32_t)cmdqs < CMDQV_GET(IDR1_CMDQS, idr[1]))
		limited[1] |= CMDQV_SET(IDR1_CMDQS, (uint32_t)cmdqs);
	else
		limited[1] |= idr[1] & IDR1_CMDQS;
	if (!can_translate(idr, limited))
		return cmdqv_error_set(
			error, -EOPNOTSUPP, "nothing-in-common",
			"this SMMU and the guest's have no AArch64 tables, granule or "
			"endianness in common");
	for (int i = 0; i < CMDQV_SMMU_IDRS; i++)
		idr[i] = limited[i];
	return 0;
}
