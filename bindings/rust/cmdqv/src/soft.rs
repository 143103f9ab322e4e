// SPDX-License-Identifier: BSD-2-Clause
//! A host in software: the CMDQV hardware, an SMMU behind it and a host kernel's part, in this
//! process, to develop without a Grace.
use crate::{
    error::{check, Error, Result},
    sys,
    upcall::{discard, go_on, Panic, Upcall},
    viommu::HwInfo,
};
use std::{
    cell::RefCell,
    alloc::{alloc_zeroed, dealloc, handle_alloc_error, Layout},
    mem::{size_of, MaybeUninit},
    os::raw::{c_int, c_void},
    ptr::NonNull,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex, PoisonError,
    },
};

pub use crate::poller::{Poller, PollerConfig};

/// A command that reaches the SMMU, decoded; VMID and StreamID are physical.
pub type Command = sys::cmdqv_command;

/// What became of a command that an engine was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executed {
    /// It is done.
    Done,
    /// An ATC_INV that the device did not answer: the next CMD_SYNC of its queue reports it, and
    /// [`Viommu::invalidate`](crate::Viommu::invalidate) fails with `Error::TimedOut`. Other commands of a
    /// queue are done all the same.
    TimedOut,
}

type Execute = Box<dyn FnMut(&Command) -> Executed + Send>;

/// What hardware a host has.
#[derive(Debug, Clone, Copy)]
pub struct HostConfig {
    /// Log2 of its queues.
    pub log2_vcmdqs: u8,
    /// Log2 of its VINTFs, 1 to 6; the first is the host's own.
    pub log2_vintfs: u8,
    /// Log2 of the SID slots of a VINTF.
    pub log2_sids: u8,
    /// IDR1.CMDQS: log2 of the largest queue, 7 to 19.
    pub cmdqs: u8,
    /// `CMDQV_SMMU_REPEAT` of [`sys`](crate::sys), or 0: of every two batches the first is lost. Only a VM
    /// with [`SoftVm::guest_repeats`] opens a vIOMMU then.
    pub errata: u32,
    /// Memory is physically contiguous within this power of two, from 4096; 0: everywhere.
    pub granule_bytes: u64,
}

/// A Grace.
impl Default for HostConfig {
    fn default() -> Self {
        HostConfig { log2_vcmdqs: 7, log2_vintfs: 6, log2_sids: 4, cmdqs: 19, errata: 0, granule_bytes: 0 }
    }
}

/// A host in software. Clones are the same host. Calls on it and on what is opened on it take one lock,
/// so they may come from any thread.
#[derive(Clone)]
pub struct SoftHost(Arc<Shared>);

pub(crate) struct Shared {
    raw: NonNull<sys::cmdqv_soft_host>,
    lock: Mutex<()>,
    engine: *mut Upcall<Option<Execute>>,
}

// SAFETY: all calls but the one that needs none are made under the lock; what C calls is Send.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

const ETIMEDOUT: c_int = 110;

unsafe extern "C" fn execute(user: *mut c_void, command: *const Command) -> c_int {
    // A command whose engine panicked is not complete.
    let executed = Upcall::<Option<Execute>>::call(user, Executed::TimedOut, |execute| {
        execute.as_mut().map_or(Executed::Done, |execute| execute(&*command))
    });
    match executed {
        Executed::Done => 0,
        Executed::TimedOut => -ETIMEDOUT,
    }
}

/// [`SoftHost::pending`] tells the same, so nothing is done here.
unsafe extern "C" fn kick(_user: *mut c_void) {}

impl Shared {
    /// Calls C under the lock; with the answer a panic of the engine, which is to go on once what C has made
    /// has an owner.
    pub(crate) fn caught<R>(&self, f: impl FnOnce() -> R) -> (R, Option<Panic>) {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = f();
        // SAFETY: C has returned, and the lock is held.
        (answer, unsafe { Upcall::take_panic(self.engine) })
    }

    pub(crate) fn locked<R>(&self, f: impl FnOnce() -> R) -> R {
        let (answer, panic) = self.caught(f);
        go_on(panic);
        answer
    }

    /// For what is dropped.
    pub(crate) fn quiet(&self, f: impl FnOnce()) {
        discard(self.caught(f).1);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: no VM is left, since each keeps the host; C has the engine no more after the first.
        unsafe {
            sys::cmdqv_soft_host_destroy(self.raw.as_ptr());
            drop(Box::from_raw(self.engine));
        }
    }
}

impl SoftHost {
    fn create(config: &HostConfig, engine: Option<Execute>) -> Result<Self> {
        let config = sys::cmdqv_soft_host_config {
            size: size_of::<sys::cmdqv_soft_host_config>(),
            log2_vcmdqs: config.log2_vcmdqs,
            log2_vintfs: config.log2_vintfs,
            log2_sids: config.log2_sids,
            cmdqs: config.cmdqs,
            errata: config.errata,
            granule_bytes: config.granule_bytes,
            ..Default::default()
        };
        let ops = sys::cmdqv_soft_ops {
            size: size_of::<sys::cmdqv_soft_ops>(),
            execute: engine.is_some().then(|| execute as _),
            kick: Some(kick),
            trace: None,
        };
        let engine = Upcall::into_raw(engine);
        let mut raw = MaybeUninit::uninit();
        // SAFETY: `engine` stays until the host is destroyed.
        match check(|error| unsafe {
            sys::cmdqv_soft_host_create(raw.as_mut_ptr(), &config, &ops, engine as *mut c_void, error)
        }) {
            // SAFETY: of a success `raw` is the host.
            Ok(_) => Ok(SoftHost(Arc::new(Shared {
                raw: unsafe { NonNull::new_unchecked(raw.assume_init()) },
                lock: Mutex::new(()),
                engine,
            }))),
            Err(error) => {
                // SAFETY: it came from a Box, and C does not have it any more.
                drop(unsafe { Box::from_raw(engine) });
                Err(error)
            }
        }
    }

    /// A host with an SMMU of its own.
    pub fn new(config: &HostConfig) -> Result<Self> {
        SoftHost::create(config, None)
    }

    /// A host whose commands `execute` executes. It is called under the host's lock, and must not call
    /// the host, or a device on it.
    pub fn with_engine(
        config: &HostConfig,
        execute: impl FnMut(&Command) -> Executed + Send + 'static,
    ) -> Result<Self> {
        SoftHost::create(config, Some(Box::new(execute)))
    }

    /// Lets the hardware execute up to `budget` commands. Returns how many; 0: there is nothing to do.
    pub fn run(&self, budget: u32) -> Result<u32> {
        // SAFETY: the host lives, and the lock is held.
        match self.0.locked(|| unsafe { sys::cmdqv_soft_host_run(self.0.raw.as_ptr(), budget) }) {
            err if err < 0 => Err(Error::of_errno(err)),
            count => Ok(count as u32),
        }
    }

    /// Is there something to run? Takes no lock. One call looks at some of the idle queues only, so before a
    /// thread sleeps it has to make as many in a row as a [`Poller`] does.
    pub fn pending(&self) -> bool {
        // SAFETY: the host lives; this one may be called at any time.
        unsafe { sys::cmdqv_soft_host_pending(self.0.raw.as_ptr()) }
    }

    /// For calls of [`sys`](crate::sys) that this crate does not have. Use it while the host lives, one
    /// call on it and on what is opened on it at a time.
    pub fn as_raw(&self) -> *mut sys::cmdqv_soft_host {
        self.0.raw.as_ptr()
    }

    /// What a VMM owns before it opens a vIOMMU.
    pub fn create_vm(&self) -> Result<SoftVm> {
        let mut raw = MaybeUninit::uninit();
        let host = self.0.raw.as_ptr();
        // SAFETY: the VM keeps the host.
        let (made, panic) = self.0.caught(|| {
            check(|error| unsafe { sys::cmdqv_soft_vm_create(raw.as_mut_ptr(), host, error) })
        });
        // SAFETY: of a success `raw` is the VM.
        let vm = made.map(|_| SoftVm {
            raw: unsafe { NonNull::new_unchecked(raw.assume_init()) },
            host: self.0.clone(),
            ram: RefCell::default(),
        });
        go_on(panic);
        vm
    }
}

/// A VM of a software host: guest RAM and devices. [`Viommu::open_soft`](crate::Viommu::open_soft) takes it.
pub struct SoftVm {
    raw: NonNull<sys::cmdqv_soft_vm>,
    host: Arc<Shared>,
    ram: RefCell<Vec<(u64, Arc<Ram>)>>,
}

// SAFETY: all calls are made under the host's lock.
unsafe impl Send for SoftVm {}

impl SoftVm {
    pub(crate) fn raw(&self) -> *mut sys::cmdqv_soft_vm {
        self.raw.as_ptr()
    }

    pub(crate) fn host(&self) -> &Shared {
        &self.host
    }

    fn call(&self, f: impl FnOnce(*mut sys::cmdqv_soft_vm) -> c_int) -> Result<()> {
        let raw = self.raw();
        match self.host.locked(|| f(raw)) {
            0 => Ok(()),
            err => Err(Error::of_errno(err)),
        }
    }

    /// Maps guest RAM for DMA at `gpa`, and keeps it.
    pub fn map_ram(&self, gpa: u64, ram: Arc<Ram>) -> Result<()> {
        // SAFETY: the VM keeps the memory until it is unmapped, or destroyed.
        let (err, panic) = self.host.caught(|| unsafe {
            self.map(gpa, ram.memory.as_ptr() as *mut c_void, ram.bytes() as u64)
        });
        if err == 0 {
            self.ram.borrow_mut().push((gpa, ram));
        }
        go_on(panic);
        match err {
            0 => Ok(()),
            err => Err(Error::of_errno(err)),
        }
    }

    /// # Safety
    /// As [`SoftVm::map_memory`], and the host's lock is held.
    unsafe fn map(&self, gpa: u64, memory: *mut c_void, bytes: u64) -> c_int {
        sys::cmdqv_soft_map_ram(self.raw(), sys::cmdqv_gpa_t { value: gpa }, memory, bytes)
    }

    /// Maps memory that the VMM keeps itself.
    ///
    /// # Safety
    /// `bytes` at `memory` must stay, readable and writable, until they are unmapped or the VM is
    /// dropped, and be used by atomics or raw pointers only meanwhile.
    pub unsafe fn map_memory(&self, gpa: u64, memory: *mut c_void, bytes: u64) -> Result<()> {
        self.call(|_| self.map(gpa, memory, bytes))
    }

    /// Unmaps the areas that lie in this range, from the lowest up, each of them whole. If one of
    /// them cannot be unmapped, the call ends there: the lower ones are unmapped, the higher ones are not. The
    /// VM keeps the RAM of the lower ones until a call for their range succeeds, or the VM ends.
    pub fn unmap(&self, gpa: u64, bytes: u64) -> Result<()> {
        let raw = self.raw();
        // SAFETY: the VM lives.
        let (err, panic) = self.host.caught(|| unsafe {
            sys::cmdqv_soft_unmap_ram(raw, sys::cmdqv_gpa_t { value: gpa }, bytes)
        });
        if err == 0 {
            self.ram.borrow_mut().retain(|(at, _)| at.wrapping_sub(gpa) >= bytes);
        }
        go_on(panic);
        match err {
            0 => Ok(()),
            err => Err(Error::of_errno(err)),
        }
    }

    /// The guest does what `CMDQV_SMMU_REPEAT` asks for: say so before you open a
    /// [`Viommu`](crate::Viommu).
    pub fn guest_repeats(&self) {
        let raw = self.raw();
        // SAFETY: the VM lives.
        self.host.locked(|| unsafe { sys::cmdqv_soft_vm_guest_repeats(raw) });
    }

    /// What the host says about its SMMU; a VMM asks before it opens a [`Viommu`](crate::Viommu).
    pub fn query(&self) -> Result<HwInfo> {
        let mut info = HwInfo { size: size_of::<HwInfo>(), ..Default::default() };
        let raw = self.raw();
        // SAFETY: the VM lives; `info` has the size that it says.
        self.host
            .locked(|| check(|error| unsafe { sys::cmdqv_soft_query(raw, 0, &mut info, error) }))
            .map(|_| info)
    }

    /// For calls of [`sys`](crate::sys) that this crate does not have. It is the VM's own: use it
    /// while the VM lives, one call on the host at a time.
    pub fn as_raw(&self) -> *mut sys::cmdqv_soft_vm {
        self.raw()
    }

    /// Binds a passed-through device, which has one physical StreamID. Returns its id.
    pub fn bind_device(&self, sid: u32) -> Result<u32> {
        let mut id = 0;
        // SAFETY: the VM lives.
        self.call(|raw| unsafe { sys::cmdqv_soft_bind_device(raw, sys::cmdqv_sid_t { value: sid }, &mut id) })?;
        Ok(id)
    }

    /// Unbinds it. Remove it from the vIOMMU first.
    pub fn unbind_device(&self, dev_id: u32) -> Result<()> {
        // SAFETY: the VM lives.
        self.call(|raw| unsafe { sys::cmdqv_soft_unbind_device(raw, dev_id) })
    }
}

impl Drop for SoftVm {
    fn drop(&mut self) {
        let raw = self.raw();
        // SAFETY: its vIOMMU, which owns it, is closed. The RAM is dropped after this.
        self.host.quiet(|| unsafe { sys::cmdqv_soft_vm_destroy(raw) });
    }
}

/// Zeroed memory for a guest, in pages. Guest, hardware and VMM share it, so it is read and written by
/// atomics.
pub struct Ram {
    memory: NonNull<AtomicU64>,
    layout: Layout,
}

// SAFETY: it is reached by atomics alone.
unsafe impl Send for Ram {}
unsafe impl Sync for Ram {}

impl Ram {
    /// `pages` of 4 KiB, at least one.
    ///
    /// # Panics
    /// If they are more than an address space has.
    pub fn new(pages: usize) -> Arc<Self> {
        let bytes = pages.max(1).checked_mul(4096).expect("so much memory");
        let layout = Layout::from_size_align(bytes, 4096).expect("so much memory");
        // SAFETY: the size is not 0.
        let memory = unsafe { alloc_zeroed(layout) } as *mut AtomicU64;
        let memory = NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout));
        Arc::new(Ram { memory, layout })
    }

    /// How much it is.
    pub fn bytes(&self) -> usize {
        self.layout.size()
    }

    /// The word at `offset`, a multiple of 8.
    ///
    /// # Panics
    /// If it is none, or outside.
    pub fn word(&self, offset: usize) -> &AtomicU64 {
        assert!(offset % 8 == 0 && offset < self.bytes(), "no word at {:#x}", offset);
        // SAFETY: it lies inside, and is zeroed from the beginning.
        unsafe { &*self.memory.as_ptr().add(offset / 8) }
    }

    /// Writes a word, as a guest does.
    pub fn write(&self, offset: usize, value: u64) {
        self.word(offset).store(value, Ordering::SeqCst);
    }
}

impl Drop for Ram {
    fn drop(&mut self) {
        // SAFETY: as it was allocated.
        unsafe { dealloc(self.memory.as_ptr() as *mut u8, self.layout) };
    }
}
