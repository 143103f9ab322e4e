// SPDX-License-Identifier: BSD-2-Clause
use crate::{
    describe_cerror,
    error::{check, Error, Result},
    soft::SoftVm,
    sys,
    upcall::{discard, go_on, Panic},
};
use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    mem::{size_of, MaybeUninit},
    os::{
        raw::c_int,
        unix::io::{AsRawFd, BorrowedFd, OwnedFd},
    },
    ptr::NonNull,
    sync::Arc,
};

/// What the kernel says about an SMMUv3 and its CMDQV.
pub type HwInfo = sys::cmdqv_hw_info;

const EBADF: c_int = 9;

/// A VM's half of the host: real queues for the [`Device`](crate::Device), and what the VMM's SMMUv3
/// needs besides. It keeps what it borrows: the software VM, or the descriptors.
pub struct Viommu {
    raw: NonNull<sys::cmdqv_viommu>,
    backend: sys::cmdqv_backend,
    host: Host,
}

enum Host {
    Soft(SoftVm),
    /// `_lent` is what C has from the beginning.
    Iommufd { _lent: Vec<Arc<OwnedFd>>, devices: RefCell<HashMap<u32, Arc<OwnedFd>>> },
}

// SAFETY: calls may come from any thread, one at a time: it is not Sync, and a software host, which
// others use too, has a lock.
unsafe impl Send for Viommu {}

/// What a VMM lends for [`Viommu::open_iommufd`].
#[derive(Debug, Clone)]
pub struct IommufdConfig {
    /// `/dev/iommu`.
    pub iommufd: Arc<OwnedFd>,
    /// Of any device behind the SMMU, from VFIO_DEVICE_BIND_IOMMUFD.
    pub dev_id: u32,
    /// The nest parent on the IOAS with the guest's RAM.
    pub hwpt_id: u32,
    /// The guest issues each invalidation twice, where the SMMU wants that.
    pub guest_repeats: bool,
}

/// A vIOMMU that the VMM made itself, for [`Viommu::adopt_iommufd`]. It destroys it and its event queues
/// after the [`Viommu`] is dropped, not before.
#[derive(Debug, Clone)]
pub struct IommufdAdopted {
    /// `/dev/iommu`.
    pub iommufd: Arc<OwnedFd>,
    /// Of any device behind the SMMU.
    pub dev_id: u32,
    /// Of type TEGRA241_CMDQV.
    pub viommu_id: u32,
    /// The vEVENTQ of type TEGRA241_CMDQV.
    pub cmdqv_events: Arc<OwnedFd>,
    /// As the kernel gave it when the vIOMMU was made.
    pub mmap_offset: u64,
    /// The same.
    pub mmap_length: u64,
    /// The vEVENTQ of type ARM_SMMUV3; None: the VMM reads it itself.
    pub smmu_events: Option<Arc<OwnedFd>>,
    /// The guest issues each invalidation twice, where the SMMU wants that.
    pub guest_repeats: bool,
}

/// What a guest's stream table entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// DMA is refused.
    Abort,
    /// DMA is by guest physical address.
    Bypass,
    /// The first two words of the entry, whose CFG says stage 1.
    Translate([u64; 2]),
}

/// An event of the physical SMMU, for the guest's event queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// One that the SMMU wrote.
    Record {
        /// As it wrote it, with the guest's StreamID.
        word: [u64; 4],
        /// Its number, up to 0x7FFFFFFF; then they begin anew.
        sequence: u32,
        /// How many were lost before it.
        missed: u32,
    },
    /// Events were lost.
    Lost {
        /// The number of this record.
        sequence: u32,
        /// How many.
        missed: u32,
    },
}

/// A batch of invalidations that was not issued to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// Commands from the front that are complete.
    pub issued: usize,
    /// Why the next one is not.
    pub stop: Stop,
}

/// Why a batch stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The command is refused: put this CONS.ERR there in the guest's queue.
    Refused(u32),
    /// The host failed; the commands may be tried again.
    Failed(Error),
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stop {
            Stop::Refused(code) => {
                write!(f, "command {} is refused: {}", self.issued, describe_cerror(*code))
            }
            Stop::Failed(error) => write!(f, "after {} commands: {}", self.issued, error),
        }
    }
}

impl std::error::Error for Incomplete {}

/// `size` is a member like others to those who fill in a [`HwInfo`], and C reads as much as it says.
fn sized(info: &HwInfo) -> HwInfo {
    HwInfo { size: size_of::<HwInfo>(), ..*info }
}

/// What the kernel says about the SMMU that a device is behind, `dev_id` being of
/// VFIO_DEVICE_BIND_IOMMUFD. A VMM asks before it decides what its own SMMUv3 says, and whether the
/// guest has to repeat.
pub fn query_iommufd(iommufd: BorrowedFd<'_>, dev_id: u32) -> Result<HwInfo> {
    let mut info = HwInfo { size: size_of::<HwInfo>(), ..Default::default() };
    // SAFETY: `info` has the size that it says.
    check(|error| unsafe { sys::cmdqv_iommufd_query(iommufd.as_raw_fd(), dev_id, &mut info, error) })
        .map(|_| info)
}

/// The IDR1.CMDQS that a guest may be shown when each page that backs its RAM has at least
/// `granule_bytes`.
pub fn most_cmdqs(info: &HwInfo, granule_bytes: u64) -> Result<u32> {
    // SAFETY: `sized()` says its size.
    match unsafe { sys::cmdqv_hw_info_cmdqs(&sized(info), granule_bytes) } {
        err if err < 0 => Err(Error::of_errno(err)),
        cmdqs => Ok(cmdqs as u32),
    }
}

/// Cuts the ID registers of the VMM's SMMUv3 down to what a guest may be told.
pub fn limit_idr(info: &HwInfo, granule_bytes: u64, idr: &mut [u32; sys::CMDQV_SMMU_IDRS as usize]) -> Result<()> {
    // SAFETY: `sized()` says its size.
    check(|error| unsafe { sys::cmdqv_hw_info_limit_idr(&sized(info), granule_bytes, idr.as_mut_ptr(), error) })
        .map(|_| ())
}

impl Viommu {
    fn new(
        host: Host,
        open: impl FnOnce(&Host, *mut *mut sys::cmdqv_viommu, *mut sys::cmdqv_backend, *mut sys::cmdqv_error) -> c_int,
    ) -> Result<Self> {
        let mut raw = MaybeUninit::uninit();
        let mut backend = sys::cmdqv_backend::default();
        let (made, panic) = host.caught(|| check(|error| open(&host, raw.as_mut_ptr(), &mut backend, error)));
        // SAFETY: of a success `raw` is the vIOMMU.
        let viommu =
            made.map(|_| Viommu { raw: unsafe { NonNull::new_unchecked(raw.assume_init()) }, backend, host });
        go_on(panic);
        viommu
    }

    /// Opens one on a Grace host.
    pub fn open_iommufd(config: &IommufdConfig) -> Result<Self> {
        let lent = sys::cmdqv_iommufd_config {
            size: size_of::<sys::cmdqv_iommufd_config>(),
            iommufd: config.iommufd.as_raw_fd(),
            dev_id: config.dev_id,
            hwpt_id: config.hwpt_id,
            guest_repeats: config.guest_repeats,
            ..Default::default()
        };
        let host = Host::Iommufd { _lent: vec![config.iommufd.clone()], devices: RefCell::default() };
        // SAFETY: `host` keeps the descriptor open.
        Viommu::new(host, |_, out, backend, error| unsafe {
            sys::cmdqv_iommufd_open(out, &lent, backend, error)
        })
    }

    /// As [`Viommu::open_iommufd`], but on a vIOMMU that the VMM made and keeps.
    pub fn adopt_iommufd(adopted: &IommufdAdopted) -> Result<Self> {
        let lent = sys::cmdqv_iommufd_adopted {
            size: size_of::<sys::cmdqv_iommufd_adopted>(),
            iommufd: adopted.iommufd.as_raw_fd(),
            dev_id: adopted.dev_id,
            viommu_id: adopted.viommu_id,
            cmdqv_event_fd: adopted.cmdqv_events.as_raw_fd(),
            mmap_offset: adopted.mmap_offset,
            mmap_length: adopted.mmap_length,
            smmu_event_fd: adopted.smmu_events.as_ref().map_or(-1, |events| events.as_raw_fd()),
            guest_repeats: adopted.guest_repeats,
            ..Default::default()
        };
        let mut descriptors = vec![adopted.iommufd.clone(), adopted.cmdqv_events.clone()];
        descriptors.extend(adopted.smmu_events.clone());
        let host = Host::Iommufd { _lent: descriptors, devices: RefCell::default() };
        // SAFETY: `host` keeps the descriptors open.
        Viommu::new(host, |_, out, backend, error| unsafe {
            sys::cmdqv_iommufd_adopt(out, &lent, backend, error)
        })
    }

    /// Opens one on a software host.
    pub fn open_soft(vm: SoftVm) -> Result<Self> {
        Viommu::new(Host::Soft(vm), |host, out, backend, error| match host {
            // SAFETY: `host` keeps the VM.
            Host::Soft(vm) => unsafe { sys::cmdqv_soft_open(out, vm.raw(), backend, error) },
            Host::Iommufd { .. } => unreachable!(),
        })
    }

    pub(crate) fn backend(&self) -> &sys::cmdqv_backend {
        &self.backend
    }

    /// Calls C under the lock of the host; with the answer a panic of the engine, which is to go on.
    pub(crate) fn caught<R>(&self, f: impl FnOnce() -> R) -> (R, Option<Panic>) {
        self.host.caught(f)
    }

    /// For what is dropped: there no panic goes on.
    pub(crate) fn quiet(&self, f: impl FnOnce()) {
        discard(self.caught(f).1);
    }

    fn call<R>(&self, f: impl FnOnce(*mut sys::cmdqv_viommu) -> R) -> R {
        let raw = self.raw.as_ptr();
        let (answer, panic) = self.caught(|| f(raw));
        go_on(panic);
        answer
    }

    /// Its id in the kernel, for system calls of the VMM's own.
    pub fn id(&self) -> u32 {
        // SAFETY: the vIOMMU lives.
        unsafe { sys::cmdqv_viommu_id(self.raw.as_ptr()) }
    }

    /// For calls of [`sys`] that this crate does not have. Use it while the vIOMMU lives, one call on it,
    /// on its device and on its software host at a time.
    pub fn as_raw(&self) -> *mut sys::cmdqv_viommu {
        self.raw.as_ptr()
    }

    /// What the kernel said about the SMMU.
    pub fn hw_info(&self) -> Result<HwInfo> {
        let mut info = HwInfo { size: size_of::<HwInfo>(), ..Default::default() };
        // SAFETY: the vIOMMU lives; `info` has the size that it says.
        match unsafe { sys::cmdqv_viommu_hw_info(self.raw.as_ptr(), &mut info) } {
            0 => Ok(info),
            err => Err(Error::of_errno(err)),
        }
    }

    /// Tells the host which StreamID the guest uses for a device. On
    /// iommufd, `dev_id` is of VFIO_DEVICE_BIND_IOMMUFD, and `device` is the descriptor of the device, which
    /// is kept until the device is removed. On a software host, `dev_id` is of [`SoftVm::bind_device`], and
    /// `device` is `None`. Else the answer is `Error::BadDescriptor`.
    pub fn add_device(&self, vsid: u32, dev_id: u32, device: Option<Arc<OwnedFd>>) -> Result<()> {
        // The C library takes a second device with the same descriptor for the first one, opened again.
        if device.is_some() != matches!(self.host, Host::Iommufd { .. }) {
            return Err(Error::of_errno(-EBADF));
        }
        let fd = device.as_ref().map_or(-1, |device| device.as_raw_fd());
        let id = sys::cmdqv_vsid_t { value: vsid };
        // SAFETY: the vIOMMU lives; `devices` keeps the descriptor open.
        self.call(|raw| check(|error| unsafe { sys::cmdqv_viommu_add_device(raw, id, dev_id, fd, error) }))?;
        if let (Host::Iommufd { devices, .. }, Some(device)) = (&self.host, device) {
            devices.borrow_mut().insert(vsid, device);
        }
        Ok(())
    }

    /// Removes it; its DMA is blocked then.
    pub fn remove_device(&self, vsid: u32) -> Result<()> {
        let id = sys::cmdqv_vsid_t { value: vsid };
        // SAFETY: the vIOMMU lives.
        self.call(|raw| check(|error| unsafe { sys::cmdqv_viommu_remove_device(raw, id, error) }))?;
        if let Host::Iommufd { devices, .. } = &self.host {
            devices.borrow_mut().remove(&vsid);
        }
        Ok(())
    }

    /// Puts the guest's stream table entry of a device into force. If it fails the device keeps the
    /// entry that it had, but the guest soon frees the tables of that one: set `Stream::Abort`, and if that
    /// fails too, remove the device. `Error::Io`: the guest may not have this entry; report C_BAD_STE to it.
    pub fn set_stream(&self, vsid: u32, stream: Stream) -> Result<()> {
        const VALID: u64 = 1;
        const BYPASS: u64 = 4 << 1;
        let ste = match stream {
            Stream::Abort => [VALID, 0],
            Stream::Bypass => [VALID | BYPASS, 0],
            Stream::Translate(words) => words,
        };
        let id = sys::cmdqv_vsid_t { value: vsid };
        // SAFETY: the vIOMMU lives; there are two words.
        self.call(|raw| check(|error| unsafe { sys::cmdqv_viommu_set_ste(raw, id, ste.as_ptr(), error) }))
            .map(|_| ())
    }

    /// Issues invalidations that the guest put into the SMMU's own queue; when this returns they are
    /// complete. End a batch at CMD_SYNC, CFGI_STE and CFGI_ALL, which are for the VMM itself.
    pub fn invalidate(&self, commands: &[[u64; 2]]) -> std::result::Result<(), Incomplete> {
        let mut result = sys::cmdqv_viommu_result::default();
        let first = commands.as_ptr() as *const sys::cmdqv_viommu_command;
        // SAFETY: a command is two words, and there are so many.
        let done = self.call(|raw| {
            check(|error| unsafe {
                sys::cmdqv_viommu_invalidate(raw, first, commands.len(), &mut result, error)
            })
        });
        match done {
            Err(error) => Err(Incomplete { issued: result.issued, stop: Stop::Failed(error) }),
            Ok(_) if result.error != 0 => {
                Err(Incomplete { issued: result.issued, stop: Stop::Refused(result.error) })
            }
            Ok(_) => Ok(()),
        }
    }

    /// The descriptor that is readable while an event waits; None: there is none.
    pub fn event_fd(&self) -> Option<BorrowedFd<'_>> {
        // SAFETY: the vIOMMU lives, and so does the descriptor as long.
        match unsafe { sys::cmdqv_viommu_smmu_event_fd(self.raw.as_ptr()) } {
            fd if fd < 0 => None,
            fd => Some(unsafe { BorrowedFd::borrow_raw(fd) }),
        }
    }

    /// Takes one event of the SMMU; never blocks. `Error::Interrupted`: call again. `Error::ShortRecord` and
    /// `Error::BadData`: a damaged record, which is gone; go on. Another error is for good.
    pub fn event(&self) -> Result<Option<Event>> {
        let mut event = sys::cmdqv_viommu_event::default();
        // SAFETY: the vIOMMU lives.
        match self.call(|raw| unsafe { sys::cmdqv_viommu_smmu_event(raw, &mut event) }) {
            0 => Ok(None),
            err if err < 0 => Err(Error::of_errno(err)),
            _ if event.lost => Ok(Some(Event::Lost { sequence: event.sequence, missed: event.missed })),
            _ => Ok(Some(Event::Record { word: event.word, sequence: event.sequence, missed: event.missed })),
        }
    }

    /// The software VM, for more RAM or devices; None on a Grace host.
    pub fn soft_vm(&self) -> Option<&SoftVm> {
        match &self.host {
            Host::Soft(vm) => Some(vm),
            Host::Iommufd { .. } => None,
        }
    }
}

impl Host {
    fn caught<R>(&self, f: impl FnOnce() -> R) -> (R, Option<Panic>) {
        match self {
            Host::Soft(vm) => vm.host().caught(f),
            Host::Iommufd { .. } => (f(), None),
        }
    }
}

impl Drop for Viommu {
    fn drop(&mut self) {
        let raw = self.raw.as_ptr();
        // SAFETY: it lives, and this is its end; the device on it is gone. What it borrowed is dropped
        // after this.
        self.quiet(|| unsafe { sys::cmdqv_viommu_close(raw) });
    }
}
