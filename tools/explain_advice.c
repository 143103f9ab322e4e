/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes wrong between a driver and its CMDQV, why, and what to do: likeliest first. */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

#define HUGE_PAGES                                                                                 \
	"back all of the guest's RAM with huge pages, reserved before it starts, or lower its "    \
	"IDR1.CMDQS to log2(smallest page) - 4; 'cmdqv probe' computes it"

static const struct explain_advice advices[] = {
	{"cons-none", NULL, {{NULL, NULL}}},
	{"cons-illegal",
	 NULL,
	 {{"a command that a guest's queue does not execute: only TLBI_NH_ASID, TLBI_NH_VA, "
	   "ATC_INV "
	   "and CMD_SYNC with CS=0 are. The guest believes that it owns all commands",
	   "let HYP_OWN read 0 in the guest's VINTF CONFIG, and IDR0.HYP of its SMMU be 0"},
	  {"the hardware does not read the memory that the driver wrote: the queue is not "
	   "physically contiguous, so an entry behind the first page is something else",
	   HUGE_PAGES},
	  {"reserved bits, or a range without RIL, in the command",
	   "offer the guest no feature that the physical SMMU lacks"}}},
	{"cons-abort",
	 NULL,
	 {{"the address in BASE is not RAM that the hardware may read: taken away, or never mapped",
	   "keep the guest's RAM mapped while queues are bound; refuse a BASE outside of RAM"},
	  {"an error of the memory, or of the interconnect",
	   "look for RAS and machine check messages of the host at the same time"}}},
	{"cons-atc",
	 NULL,
	 {{"the device did not answer an ATC_INV in time: it hangs, is in reset, or is gone",
	   "look for PCIe errors (AER) and resets of the device at the same time"},
	  {"ATS is on for a device that the ATC_INV does not reach, such as by a wrong StreamID",
	   "check that each device has its vDEVICE; try with ats=off"}}},
	{"cons-access",
	 NULL,
	 {{"the queue may not issue this command: it belongs to a guest (HYP_OWN=0), and it is not "
	   "one of TLBI_NH_ASID, TLBI_NH_VA, ATC_INV, CMD_SYNC",
	   "let HYP_OWN read 0 in the guest's VINTF CONFIG, so that its driver sends other "
	   "commands "
	   "by the SMMU's own queue"},
	  {"the queue's memory is not physically contiguous, so the hardware reads something else "
	   "than the driver wrote",
	   HUGE_PAGES},
	  {"an ATC_INV for a StreamID that is in no SID slot of the VINTF",
	   "allocate a vDEVICE for each device before its driver starts"}}},
	{"isr",
	 "The CMDQV raised its interrupt for an error.",
	 {{"a queue met a command that it refuses; the lines after this one say which",
	   "see the lines after it; of a VM's VINTF the guest's own log has them"}}},
	{"retry", "The driver has the same command fetched again.", {{NULL, NULL}}},
	{"skip",
	 "The driver puts a CMD_SYNC over the command and goes on: this invalidation never "
	 "happens, and stale translations may be used.",
	 {{NULL, NULL}}},
	{"enable",
	 NULL,
	 {{"the queue behind it could not be set up: the VMM's IOMMU_HW_QUEUE_ALLOC failed, mostly "
	   "because the queue's memory is not physically contiguous",
	   HUGE_PAGES},
	  {"the VMM shows a queue before it has one, or does not answer CONFIG by STATUS",
	   "see the VMM's log; QEMU from 11.1 sets GERROR bit 2 and says why"},
	  {"the hardware does not answer",
	   "on the host itself: power it off and on, and look at the firmware's version"}}},
	{"init-error",
	 NULL,
	 {{"IOMMU_HW_QUEUE_ALLOC failed on the host: the queue's memory is not physically "
	   "contiguous "
	   "(EFAULT), or larger than the physical IDR1.CMDQS allows (EINVAL)",
	   HUGE_PAGES},
	  {"the queue below it is not allocated (EIO), or one of a former kernel still is (EEXIST)",
	   "reset the virtual machine as a whole; see the VMM's log for the errno"}}},
	{"cons-write",
	 NULL,
	 {{"CONS_INDX_BASE names memory that cannot be written",
	   "leave CONS_INDX_BASE 0 as Linux does"}}},
	{"reset-impl",
	 "Bringing up the CMDQV failed, and with it the probe of the whole SMMU: there is no fall "
	 "back to its own queue. Devices behind it have no DMA.",
	 {{"a queue did not enable in time; the lines before this one say which",
	   "see the lines before it; boot with arm_smmu_v3.disable_cmdqv=1 until it is solved"}}},
	{"probe-failed",
	 "The SMMU's driver gave up. Devices behind it have no DMA.",
	 {{"-110: a queue of the CMDQV did not enable in time",
	   "see the lines before it; boot with arm_smmu_v3.disable_cmdqv=1 until it is solved"},
	  {"-6: IDR1.CMDQS of the SMMU is 6 or less", "let a virtual SMMU say 7 to 19"}}},
	{"queue-too-small",
	 "IDR1.CMDQS of the SMMU is 6 or less, and Linux wants more than 64 entries.",
	 {{"a VMM that cut IDR1.CMDQS down too far", "let it say 7 to 19; 4 KiB pages allow 8"}}},
	{"no-vintf",
	 "Every VINTF of this SMMU is in use: IOMMU_VIOMMU_ALLOC fails with ENOSPC.",
	 {{"as many VMs as the CMDQV can serve: 63 on a Grace, VINTF 0 being the kernel's",
	   "stop another VM, or use a device behind another SMMU"},
	  {"a VMM that ended left its iommufd open in another process",
	   "look who has /dev/iommu open (fuser /dev/iommu)"}}},
	{"fallback",
	 "The CMDQV is not used; all commands go through the SMMU's own queue. In a guest each "
	 "of them traps; on a host no VM can be given a CMDQV.",
	 {{"the line before it: no memory resource, no interrupt, or disable_cmdqv",
	   "see the lines before it"},
	  {"firmware describes the window as Memory32Fixed, which Linux before 7.0 skips",
	   "describe it as QWordMemory"},
	  {"the kernel has no memory for the queues", "look for 'failed to allocate queue'"}}},
	{"companion", "Good: the SMMU has a CMDQV, and Linux found it.", {{NULL, NULL}}},
	{"allocated", NULL, {{NULL, NULL}}},
	{"queue-memory",
	 NULL,
	 {{"no contiguous memory of that size",
	   "give the kernel CMA (cma=), or lower IDR1.CMDQS"}}},
	{"sync-timeout",
	 "A CMD_SYNC did not complete within a second: what was to be invalidated may still be in "
	 "use, and DMA may reach memory that was freed.",
	 {{"the queue stands because of an error that was not acknowledged: the interrupt is "
	   "missing "
	   "or late",
	   "look for 'CMDQ error' and 'no interrupt' lines; deliver the interrupt as an edge"},
	  {"a VMM answers that the queue is enabled, and no hardware queue is behind it",
	   "see the VMM's log for IOMMU_HW_QUEUE_ALLOC"},
	  {"an ATC_INV waits for a device that hangs",
	   "look for PCIe errors (AER) and resets of the device"},
	  {"a host that is far too busy", "look whether it happens once, or for each sync"}}},
	{"event",
	 NULL,
	 {{"a driver unmapped memory that its device still uses, or never mapped it",
	   "look at the driver of that StreamID, and at the address"},
	  {"the guest's RAM, or an MSI address, is not mapped in stage 2",
	   "let the IORT have an RMR for the MSI window, 0x08000000 to 0x080fffff"}}},
	{"event-config",
	 NULL,
	 {{"the stream table, or a context descriptor, is wrong or was not made visible",
	   "check what the VMM made of the guest's stream table entry; of a virtual SMMU this also "
	   "means that the host refused it (EIO)"}}},
	{"no-interrupt",
	 "The CMDQV has no interrupt, so an error is noticed only when a CMD_SYNC times out.",
	 {{"firmware gives the device no Interrupt resource",
	   "add one, edge-triggered, to _CRS or to the device tree"}}},
	{"irq",
	 "The CMDQV's interrupt could not be requested, and the CMDQV is not used.",
	 {{"another device has the same interrupt", "give it one of its own"}}},
	{"resource",
	 "The CMDQV's window is not described as Linux wants it, and the CMDQV is not used.",
	 {{"_CRS has a Memory32Fixed, which Linux before 7.0 skips", "use QWordMemory"},
	  {"_CRS has no memory at all", "add the window: 0x50000 bytes for a guest"}}},
	{"ioremap",
	 "The CMDQV's window could not be mapped, and the CMDQV is not used.",
	 {{"an address that is no device memory", "correct the window in _CRS"}}},
	{"disabled",
	 "The CMDQV is switched off by the kernel's command line.",
	 {{"arm_smmu_v3.disable_cmdqv=1", "take it away from the command line and reboot"}}},
	{"vintf0",
	 "VINTF 0, the kernel's own, could not be set up, and the CMDQV is not used.",
	 {{"no memory, or hardware that does not answer", "see the lines around it"}}},
	{"uncleared",
	 "A queue still had an error from before, and it was acknowledged. Harmless after a kexec "
	 "or a crash of the former kernel.",
	 {{"a former kernel, or another VM, left it", "nothing, unless it comes again and again"}}},
	{"gerror-smmu",
	 NULL,
	 /* in the order of keep_causes() */
	 {{"a command of the SMMU's own queue was refused; another line says which",
	   "see the lines after it"},
	  {"an event or a page request could not be written to its queue",
	   "check that the memory of these queues is RAM"},
	  {"a message (MSI) of the SMMU could not be written",
	   "check that the MSI address is the ITS's, and the ITS is there"},
	  {"a hardware error: the SMMU is in service failure mode",
	   "power the host off and on; report it to its vendor"}}},
	{"not-responding",
	 "The SMMU does not take over what is written to its control registers. Its probe fails, "
	 "and devices behind it have no DMA.",
	 {{"in a guest: the VMM's SMMUv3 does not answer CR0 by CR0ACK, or IRQ_CTRL by IRQ_CTRLACK",
	   "use a VMM whose SMMUv3 does; see its log"},
	  {"on a host: the SMMU has no clock or power, or is in a reset",
	   "power the host off and on; look at the firmware's version"}}},
	{"gbpa",
	 "The SMMU did not take over what is to be done with accesses while it is off: its bit "
	 "UPDATE stays set, and its probe fails.",
	 {{"in a guest: the VMM's SMMUv3 does not clear GBPA.UPDATE", "use a VMM that does"},
	  {"on a host: the SMMU has no clock or power, or is in a reset",
	   "power the host off and on; look at the firmware's version"}}},
	{"service-failure",
	 "The SMMU stopped working altogether; all DMA through it is dead.",
	 {{"a hardware error", "power the host off and on; report it to its vendor"}}},
	{"write-aborted",
	 "The SMMU could not write a message, or an event, to memory. Events may be lost.",
	 {{"a queue or an MSI address that is not memory",
	   "in a guest: let the SMMU's MSI and SEV bits be 0"}}},
	{"event-overflow",
	 "More faults than the driver could read: some are lost.",
	 {{"a device faults at every access",
	   "see the first event lines; they name the StreamID"}}},
	{"coherency",
	 NULL,
	 {{"firmware (IORT COHACC or dma-coherent) and the SMMU's IDR0 differ; firmware wins",
	   "let the firmware say coherent: else VFIO_DEVICE_BIND_IOMMUFD fails with EINVAL"}}},
	{"sizes", NULL, {{NULL, NULL}}},
	{"veventq",
	 "The VMM lost error events of the CMDQV or faults of the SMMU. The guest may not be told "
	 "of "
	 "an error, until its CMD_SYNC times out.",
	 {{"more events than the VMM read", "see what the guest's log says about the errors"},
	  {"QEMU 11.1: a count of lost events that is made up",
	   "take a QEMU with the fix; harmless if the guest's log has no errors"}}},
	{"value", NULL, {{NULL, NULL}}},
	{"command", NULL, {{NULL, NULL}}},
	{"ste", NULL, {{NULL, NULL}}},
	{"ste-refused",
	 NULL,
	 {{"the guest wrote a stream table entry that it may not have: IOMMU_HWPT_ALLOC says EIO",
	   "mask bits that only stage 2 or bypass attributes would use, and report C_BAD_STE for "
	   "the "
	   "rest"}}},
	{"errno", NULL, {{NULL, NULL}}},
};

const struct explain_advice *explain_advice(const char *id)
{
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (strcmp(advices[i].id, id) == 0)
			return &advices[i];
	abort();
}
