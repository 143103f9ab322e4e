// SPDX-License-Identifier: BSD-2-Clause
//! A CMDQV for your VMM: SMMUv3 command queues of NVIDIA's Tegra241 (Grace) that a guest drives
//! directly, so that unmapping DMA memory causes no VM exit.
//!
//! A [`Device`] is the CMDQV that a guest sees. It owns your [`Vmm`], the trait that you implement,
//! and the [`Viommu`] below it: on a Grace host one of Linux' iommufd ([`Viommu::open_iommufd`]), on any
//! machine one of a [`soft`]ware host. A device is used by `&mut`, and a vIOMMU is not `Sync`, so the
//! rule of the C library, one call at a time, holds by itself. `examples/embed.rs` is a whole VMM in a page.
//!
//! | yours | here |
//! |---|---|
//! | Cloud Hypervisor, `BusDevice::read(base, offset, data)` and `write()` | [`Device::read`], [`Device::write`] |
//! | Cloud Hypervisor, `HwIommuBackend`: `install_table_entry`, `set_passthrough`, `set_blocking` | [`Viommu::set_stream`] with [`Stream`] `Translate`, `Bypass`, `Abort` |
//! | Cloud Hypervisor, `HwIommuBackend::invalidate` | [`Viommu::invalidate`] |
//! | Cloud Hypervisor, `Snapshottable` | [`Device::save`], [`Device::restore`] |
//! | OpenVMM, `AcceleratedStreamBackend::set_stream_config` | [`Viommu::set_stream`]; if it fails the former entry stays in force |
//! | OpenVMM, `Invalidate::invalidate(&[[u64; 2]]) -> Result<(), usize>` | [`Viommu::invalidate`]; [`Incomplete::issued`] is that number |
//!
//! Only in [`sys`], by unsafe calls: a backend that is no [`Viommu`] (`backend.h`), the model's and the SMMU's
//! own functions (`cmdqv/model/`: faults on demand, DMA), traces of a software host, and the words for
//! registers and errnos (`describe.h`).
//!
//! # Panics
//!
//! No panic crosses into C. One in your code that the library called is caught there, the library is
//! told of a failure where the call can have one, and the panic goes on in the call that you made; where
//! that was a `drop`, it ends there. One in [`Vmm::page0_unmap`] ends the process: the page would stay
//! mapped in the guest.
#![deny(missing_docs)]

mod device;
mod error;
pub mod firmware;
mod poller;
pub mod soft;
mod upcall;
mod viommu;
mod vmm;

pub use cmdqv_sys as sys;
pub use device::{Config, Device, DeviceState, Page0Life, Queue, QueueLife};
pub use error::{Error, Result, Why};
pub use viommu::{
    limit_idr, most_cmdqs, query_iommufd, Event, HwInfo, Incomplete, IommufdAdopted, IommufdConfig, Stop,
    Stream, Viommu,
};
pub use vmm::{trace_line, Log, LogLevel, Page0, TraceEvent, Vmm};

use std::ffi::CStr;

/// The version of the library that runs, such as "0.2.0".
pub fn version() -> &'static str {
    // SAFETY: static storage.
    unsafe { error::static_text(sys::cmdqv_version()) }
}

/// A command in words, such as "TLBI_NH_ASID VMID=0 ASID=7".
pub fn describe_command(words: [u64; 2]) -> String {
    let mut text = [0; 256];
    // SAFETY: `text` is as long as it says, and ends in a zero then.
    unsafe {
        sys::cmdqv_describe_command(words[0], words[1], text.as_mut_ptr(), text.len());
        CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
    }
}

/// The first two words of a guest's stream table entry in words, such as "V=1 CFG=5 (stage 1) S1FMT=0 ...",
/// and why the kernel refuses it, if it does.
pub fn describe_ste(words: [u64; 2]) -> String {
    let mut text = [0; 512];
    // SAFETY: `text` is as long as it says, and ends in a zero then.
    unsafe {
        sys::cmdqv_describe_ste(words[0], words[1], text.as_mut_ptr(), text.len());
        CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
    }
}

/// What a CONS.ERR means, of [`Stop::Refused`] or of bits 30:24 of [`Queue::cons`].
pub fn describe_cerror(code: u32) -> &'static str {
    // SAFETY: static storage.
    unsafe { error::static_text(sys::cmdqv_describe_cerror(code)) }
}

/// Puts `value` into the field of a register or command that `mask` names: `CMDQV_SET` of C. Masks
/// are constants of [`sys`], `as u64`.
pub const fn field(mask: u64, value: u64) -> u64 {
    (value << mask.trailing_zeros()) & mask
}
