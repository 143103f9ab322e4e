// SPDX-License-Identifier: BSD-2-Clause
use crate::{
    error::{check, static_text, Error, Result},
    sys,
    upcall::{discard, first, go_on, Panic, Upcall},
    viommu::Viommu,
    vmm::{self, Vmm},
};
use std::{
    mem::{size_of, MaybeUninit},
    os::{raw::c_int, raw::c_void, unix::io::BorrowedFd},
    ptr::{addr_of, NonNull},
};

/// What a guest sees of a device.
#[derive(Debug, Clone, Copy, Default)]
pub struct Config {
    /// Queues to show: a power of two; 0: the backend's.
    pub num_lvcmdqs: u32,
    /// SID slots to show: a power of two up to 16; 0: 16.
    pub num_sids: u32,
    /// IDR1.CMDQS that the VMM's SMMUv3 shows, 1 to 19: see [`most_cmdqs`](crate::most_cmdqs).
    pub cmdqs: u32,
    /// The guest's stores to page 0 reach this host's cache. Asked on arm64, where software is the
    /// hardware: unless it is set every access traps there.
    pub guest_is_coherent: bool,
}

/// The CMDQV that a guest sees. It owns the VMM's part and the vIOMMU, and ends with them in the order
/// that the kernel needs.
pub struct Device<V: Vmm> {
    raw: NonNull<sys::cmdqv>,
    vmm: *mut Upcall<V>,
    viommu: Viommu,
}

// SAFETY: calls may come from any thread, one at a time, which `&mut` sees to; the VMM is Send.
unsafe impl<V: Vmm> Send for Device<V> {}

/// Where a queue stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueLife {
    /// Not ready.
    Idle,
    /// Ready, but a lower queue is not bound yet.
    Waiting,
    /// A real queue stands behind it.
    Bound,
    /// The last bind was refused.
    Failed,
    /// Unbound for another queue's sake, with an error that its guest has not acknowledged yet.
    Held,
    /// A later library has lives that this crate does not know.
    Unknown,
}

/// One queue.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    /// Where it stands.
    pub life: QueueLife,
    /// `Failed`: the errno of the bind, positive; else 0.
    pub bind_errno: i32,
    /// BASE as committed.
    pub base: u64,
    /// Bytes of the ring.
    pub bytes: u64,
    /// `Bound`: the guest range that the host holds on to; else 0.
    pub pinned_gpa: u64,
    /// How long that range is.
    pub pinned_bytes: u64,
    /// PROD, as read now; of a queue that is not bound, what is kept for the bind. So are those below.
    pub prod: u32,
    /// CONS.
    pub cons: u32,
    /// GERROR.
    pub gerror: u32,
    /// GERRORN.
    pub gerrorn: u32,
    /// GERROR and GERRORN differ.
    pub error_pending: bool,
    /// CONFIG.EN.
    pub enabled: bool,
    /// STATUS.EN_OK: the queue executes commands.
    pub running: bool,
}

/// Where page 0 stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Page0Life {
    /// Not mapped, and it need not be.
    None,
    /// The guest reaches it without exits.
    Mapped,
    /// It should be mapped, but the VMM could not.
    Trapped,
    /// Withdrawn by [`Device::page0_withdraw`] until the next write.
    Resting,
    /// A later library has lives that this crate does not know.
    Unknown,
}

/// The device as a whole.
#[derive(Debug, Clone, Copy)]
pub struct DeviceState {
    /// Memory that the device itself takes.
    pub device_bytes: u64,
    /// PARAM.VER.
    pub version: u32,
    /// Queues that it shows.
    pub num_lvcmdqs: u32,
    /// SID slots that it shows.
    pub num_sids: u32,
    /// As in [`Config`].
    pub cmdqs: u32,
    /// Where page 0 stands.
    pub page0: Page0Life,
    /// Page 0 is in the guest.
    pub page0_mapped: bool,
    /// Page 0 should be in the guest, but the VMM refused it with this errno, positive; else 0.
    pub page0_errno: i32,
    /// The errno that broke the backend, positive; 0: it is sound.
    pub backend_errno: i32,
    /// STATUS.CMDQV_ENABLED.
    pub cmdqv_enabled: bool,
    /// The VINTF is enabled.
    pub vintf_enabled: bool,
}

impl<V: Vmm> Device<V> {
    /// Creates a device in its reset state.
    pub fn new(config: &Config, viommu: Viommu, vmm: V) -> Result<Self> {
        let config = sys::cmdqv_config {
            size: size_of::<sys::cmdqv_config>(),
            num_lvcmdqs: config.num_lvcmdqs,
            num_sids: config.num_sids,
            cmdqs: config.cmdqs,
            guest_is_coherent: config.guest_is_coherent,
            reserved: [0; 3],
        };
        let ops = vmm::operations(&vmm);
        let vmm = Upcall::into_raw(vmm);
        let mut raw = MaybeUninit::uninit();
        let (made, panic) = viommu.caught(|| {
            // SAFETY: what is lent stays until cmdqv_destroy(): `vmm` and the vIOMMU are owned.
            check(|error| unsafe {
                sys::cmdqv_create(raw.as_mut_ptr(), &config, viommu.backend(), &ops, vmm as *mut c_void, error)
            })
        });
        if let Err(error) = made {
            go_on(first(panic, end(vmm)));
            return Err(error);
        }
        // SAFETY: of a success `raw` is the device.
        let raw = unsafe { NonNull::new_unchecked(raw.assume_init()) };
        let device = Device { raw, vmm, viommu };
        device.go_on(panic);
        Ok(device)
    }

    /// Calls C under the lock of the host, and lets panics of what C called go on.
    fn call<R>(&mut self, f: impl FnOnce(*mut sys::cmdqv) -> R) -> R {
        let raw = self.raw.as_ptr();
        let (answer, panic) = self.viommu.caught(|| f(raw));
        self.go_on(panic);
        answer
    }

    /// Lets a panic of the engine go on, or else one of the VMM's part.
    fn go_on(&self, panic: Option<Panic>) {
        // SAFETY: C has returned.
        go_on(first(panic, unsafe { Upcall::take_panic(self.vmm) }));
    }

    fn access(&mut self, offset: u64, size: usize, write: bool, value: u64) -> u64 {
        let mut access = sys::cmdqv_mmio {
            offset,
            value,
            // What is no size of a register is none of ours either.
            size: u8::try_from(size).unwrap_or(0),
            write,
            reserved: [0; 6],
        };
        // SAFETY: the device lives, and is not in a call.
        self.call(|raw| unsafe { sys::cmdqv_access(raw, &mut access) });
        access.value
    }

    /// A read of the guest, `offset` bytes into the window: fills in `data`, of 4 or 8 bytes.
    pub fn read(&mut self, offset: u64, data: &mut [u8]) {
        let value = self.access(offset, data.len(), false, 0).to_le_bytes();
        data.fill(0);
        let bytes = data.len().min(value.len());
        data[..bytes].copy_from_slice(&value[..bytes]);
    }

    /// A write of the guest, `offset` bytes into the window: `data` of 4 or 8 bytes.
    pub fn write(&mut self, offset: u64, data: &[u8]) {
        let mut value = [0; 8];
        let bytes = data.len().min(value.len());
        value[..bytes].copy_from_slice(&data[..bytes]);
        self.access(offset, data.len(), true, u64::from_le_bytes(value));
    }

    /// The machine resets. This is the CMDQV alone: call [`Viommu::set_stream`] too, for each device, with
    /// `Bypass` or `Abort`, as the VMM's SMMUv3 resets to.
    pub fn reset(&mut self) {
        // SAFETY: the device lives, and is not in a call.
        self.call(|raw| unsafe { sys::cmdqv_reset(raw) });
    }

    /// The descriptor to poll for reading: then call [`Device::events`]. None: it has no events.
    pub fn event_fd(&self) -> Option<BorrowedFd<'_>> {
        // SAFETY: the device lives; the descriptor stays as long as the backend, which is owned.
        match unsafe { sys::cmdqv_event_fd(self.raw.as_ptr()) } {
            fd if fd < 0 => None,
            fd => Some(unsafe { BorrowedFd::borrow_raw(fd) }),
        }
    }

    /// Takes up to 64 events, and pulses the interrupt at most once. Returns how many it took; 64: there
    /// may be more. An error is for good: poll the descriptor no longer.
    pub fn events(&mut self) -> Result<usize> {
        // SAFETY: the device lives, and is not in a call.
        match self.call(|raw| unsafe { sys::cmdqv_events(raw) }) {
            err if err < 0 => Err(Error::of_errno(err)),
            count => Ok(count as usize),
        }
    }

    /// The state of a queue; None: there is no such queue.
    pub fn queue(&mut self, index: u32) -> Option<Queue> {
        let mut state = sys::cmdqv_queue_state {
            size: size_of::<sys::cmdqv_queue_state>(),
            ..Default::default()
        };
        // SAFETY: the device lives; `state` has the size that it says.
        if self.call(|raw| unsafe { sys::cmdqv_get_queue(raw, index, &mut state) }) != 0 {
            return None;
        }
        Some(Queue {
            life: match state.life {
                sys::CMDQV_QUEUE_WAITING => QueueLife::Waiting,
                sys::CMDQV_QUEUE_BOUND => QueueLife::Bound,
                sys::CMDQV_QUEUE_FAILED => QueueLife::Failed,
                sys::CMDQV_QUEUE_HELD => QueueLife::Held,
                sys::CMDQV_QUEUE_IDLE => QueueLife::Idle,
                _ => QueueLife::Unknown,
            },
            bind_errno: -state.bind_error,
            base: state.base,
            bytes: state.bytes,
            prod: state.prod,
            cons: state.cons,
            pinned_gpa: state.pinned_gpa,
            pinned_bytes: state.pinned_bytes,
            gerror: state.gerror,
            gerrorn: state.gerrorn,
            error_pending: state.gerror != state.gerrorn,
            enabled: state.en,
            running: state.en_ok,
        })
    }

    /// The state of the device.
    pub fn state(&mut self) -> DeviceState {
        let mut state = sys::cmdqv_state { size: size_of::<sys::cmdqv_state>(), ..Default::default() };
        // SAFETY: the device lives; `state` has the size that it says.
        self.call(|raw| unsafe { sys::cmdqv_get_state(raw, &mut state) });
        DeviceState {
            device_bytes: state.device_bytes,
            version: state.version,
            num_lvcmdqs: state.num_lvcmdqs,
            num_sids: state.num_sids,
            cmdqs: state.cmdqs,
            page0: match state.page0 {
                sys::CMDQV_PAGE0_NONE => Page0Life::None,
                sys::CMDQV_PAGE0_MAPPED => Page0Life::Mapped,
                sys::CMDQV_PAGE0_TRAPPED => Page0Life::Trapped,
                sys::CMDQV_PAGE0_RESTING => Page0Life::Resting,
                _ => Page0Life::Unknown,
            },
            page0_mapped: state.page0 == sys::CMDQV_PAGE0_MAPPED,
            page0_errno: -state.page0_error,
            backend_errno: -state.backend_broken,
            cmdqv_enabled: state.cmdqv_enabled,
            vintf_enabled: state.vintf_enabled,
        }
    }

    /// Each counter with its name, such as "page0-maps".
    pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        (0..).map_while(move |counter| {
            // SAFETY: the device lives; names are in static storage.
            let name = unsafe { static_text(sys::cmdqv_counter_name(counter)) };
            (!name.is_empty()).then(|| (name, unsafe { sys::cmdqv_get_counter(self.raw.as_ptr(), counter) }))
        })
    }

    /// Does a bound queue lie in this range? Ask before you unplug, balloon or remap memory.
    pub fn range_in_use(&self, gpa: u64, bytes: u64) -> bool {
        // SAFETY: the device lives.
        unsafe { sys::cmdqv_range_in_use(self.raw.as_ptr(), sys::cmdqv_gpa_t { value: gpa }, bytes) }
    }

    /// The state of a paused guest's device, for [`Device::restore`] on another one. On a software host
    /// call [`SoftHost::run`](crate::soft::SoftHost::run) before, until it returns 0. If the host has another
    /// VM, whose guest may never rest, stop when each queue of this device has PROD equal to CONS, or
    /// `error_pending`, or is not `running`.
    pub fn save(&mut self) -> Result<Vec<u8>> {
        // SAFETY: the device lives.
        let mut data = vec![0u8; unsafe { sys::cmdqv_save_bytes(self.raw.as_ptr()) }];
        let mut bytes = data.len();
        let to = data.as_mut_ptr() as *mut c_void;
        // SAFETY: `to` has room for `bytes`.
        self.call(|raw| check(|error| unsafe { sys::cmdqv_save(raw, to, &mut bytes, error) }))?;
        data.truncate(bytes);
        Ok(data)
    }

    /// Takes over what was saved; the device must be in its reset state. If it fails, it still is.
    pub fn restore(&mut self, saved: &[u8]) -> Result<()> {
        let from = saved.as_ptr() as *const c_void;
        // SAFETY: there are so many bytes. They need not be trusted.
        self.call(|raw| check(|error| unsafe { sys::cmdqv_restore(raw, from, saved.len(), error) }))
            .map(|_: c_int| ())
    }

    /// Withdraws page 0 until the guest's next write that traps; queues stay bound. For a VMM whose
    /// hardware is software, so that its engine may sleep. Was it mapped?
    pub fn page0_withdraw(&mut self) -> bool {
        // SAFETY: the device lives, and is not in a call.
        self.call(|raw| unsafe { sys::cmdqv_page0_withdraw(raw) }) > 0
    }

    /// For calls of [`sys`] that this crate does not have. Use it while the device lives, one call on it,
    /// its vIOMMU and its software host at a time.
    pub fn as_raw(&mut self) -> *mut sys::cmdqv {
        self.raw.as_ptr()
    }

    /// The vIOMMU, for what the VMM's SMMUv3 needs.
    pub fn viommu(&self) -> &Viommu {
        &self.viommu
    }

    /// The VMM's part.
    pub fn vmm(&self) -> &V {
        // SAFETY: C uses it during calls only, and there is none as long as `self` is borrowed here.
        unsafe { &*addr_of!((*self.vmm).target) }
    }
}

impl<V: Vmm> Drop for Device<V> {
    fn drop(&mut self) {
        let raw = self.raw.as_ptr();
        // SAFETY: the device lives, and this is its end. The vIOMMU is dropped after this.
        self.viommu.quiet(|| unsafe { sys::cmdqv_destroy(raw) });
        discard(end(self.vmm));
    }
}

/// Drops the VMM's part, which C does not have any more. Returns a panic of it that is to go on.
fn end<V: Vmm>(vmm: *mut Upcall<V>) -> Option<Panic> {
    // SAFETY: it came from a Box.
    unsafe {
        let panic = Upcall::take_panic(vmm);
        drop(Box::from_raw(vmm));
        panic
    }
}
