// SPDX-License-Identifier: BSD-2-Clause
use crate::{error::static_text, sys, upcall::Upcall};
use std::{
    ffi::CStr,
    io::{stderr, Write},
    mem::size_of,
    os::raw::{c_char, c_int, c_void},
    panic::{catch_unwind, AssertUnwindSafe},
    process::abort,
};

/// VINTF page 0, to be put into the guest's address space. It is valid until
/// [`Vmm::page0_unmap`] returns.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Page0 {
    /// Where it is mapped in this process, for a memslot.
    pub host: *mut c_void,
    /// A descriptor that can be mapped again, if there is one; borrowed.
    pub fd: Option<c_int>,
    /// Bytes into `fd`.
    pub fd_offset: u64,
    /// Bytes.
    pub length: u64,
    /// Bytes from the start of the device's window.
    pub guest_offset: u64,
    /// It is memory of this process, of a software host, and no device's.
    pub is_memory: bool,
}

/// Who did what a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// The guest did something wrong.
    Guest,
    /// The host refused something.
    Host,
}

/// One message; of one id the 1st, 2nd, 4th, 8th ... is handed out.
#[derive(Debug, Clone)]
pub struct Log<'a> {
    /// Who did it.
    pub level: LogLevel,
    /// A stable name (docs/errors.md).
    pub id: &'static str,
    /// How often this has happened by now.
    pub count: u64,
    /// One line.
    pub text: std::borrow::Cow<'a, str>,
}

/// An access, an interrupt or a reset, for a trace (docs/trace-format.md).
pub type TraceEvent = sys::cmdqv_trace_event;

/// The line of an event in a trace, without a line feed; None: it has none.
pub fn trace_line(event: &TraceEvent) -> Option<String> {
    let mut line = [0 as c_char; sys::CMDQV_TRACE_LINE_BYTES as usize];
    // SAFETY: `line` is as long as it says, and ends in a zero if C succeeds.
    unsafe {
        let length = sys::cmdqv_trace_format(event, line.as_mut_ptr(), line.len());
        (length >= 0).then(|| CStr::from_ptr(line.as_ptr()).to_string_lossy().into_owned())
    }
}

/// What a VMM lends to a device. Each is called inside a call that was made on the device, under the lock
/// of a software host: it must not call that host or what is opened on it, which would wait for ever.
pub trait Vmm: Send {
    /// Maps the page into the guest, for every vCPU, as device memory. It must never be added to a DMA
    /// address space: no IOAS, no VFIO listener. An errno says that it cannot be: then each access traps, and
    /// it is tried again after the last queue was unbound. A panic counts as an errno: the page must not be
    /// mapped then.
    fn page0_map(&mut self, page: &Page0) -> std::result::Result<(), i32>;

    /// Withdraws it. When this returns no vCPU reaches the page any more. It cannot fail: a panic ends
    /// the process.
    fn page0_unmap(&mut self);

    /// Pulses the CMDQV's interrupt: an edge.
    fn interrupt(&mut self);

    /// Is all of `bytes` from `gpa` RAM of the guest? The sum never wraps.
    fn is_guest_ram(&mut self, gpa: u64, bytes: u64) -> bool;

    /// Takes note of a message.
    fn log(&mut self, log: &Log<'_>);

    /// Is [`Vmm::trace`] to be called? Asked once, by [`Device::new`](crate::Device::new).
    fn traces(&self) -> bool {
        false
    }

    /// Takes note of an access, an interrupt or a reset. A write comes before its effects, a read with the
    /// value that it was answered. [`trace_line`] makes a line of it.
    fn trace(&mut self, _event: &TraceEvent) {}
}

impl Vmm for Box<dyn Vmm> {
    fn page0_map(&mut self, page: &Page0) -> std::result::Result<(), i32> {
        (**self).page0_map(page)
    }
    fn page0_unmap(&mut self) {
        (**self).page0_unmap()
    }
    fn interrupt(&mut self) {
        (**self).interrupt()
    }
    fn is_guest_ram(&mut self, gpa: u64, bytes: u64) -> bool {
        (**self).is_guest_ram(gpa, bytes)
    }
    fn log(&mut self, log: &Log<'_>) {
        (**self).log(log)
    }
    fn traces(&self) -> bool {
        (**self).traces()
    }
    fn trace(&mut self, event: &TraceEvent) {
        (**self).trace(event)
    }
}

const EIO: c_int = 5;

/// The errno that C is to have: negative, whatever sign a VMM gave it.
fn negative(errno: i32) -> c_int {
    match errno {
        0 | i32::MIN => -EIO,
        errno => -errno.abs(),
    }
}

unsafe extern "C" fn page0_map<V: Vmm>(vmm: *mut c_void, map: *const sys::cmdqv_page0_map) -> c_int {
    let map = &*map;
    let page = Page0 {
        host: map.view.host,
        fd: if map.view.fd < 0 { None } else { Some(map.view.fd) },
        fd_offset: map.view.fd_offset,
        length: map.view.length,
        guest_offset: map.guest_offset,
        is_memory: map.view.flags & sys::CMDQV_PAGE_IS_MEMORY != 0,
    };
    Upcall::<V>::call(vmm, -EIO, |vmm| vmm.page0_map(&page).map_or_else(negative, |()| 0))
}

unsafe extern "C" fn page0_unmap<V: Vmm>(vmm: *mut c_void) {
    Upcall::<V>::call(vmm, (), |vmm| {
        // One more panic, of dropping this one or of writing where nothing can be written, would be caught.
        if let Err(_panic) = catch_unwind(AssertUnwindSafe(|| vmm.page0_unmap())) {
            let _ = writeln!(stderr(), "cmdqv: page0_unmap() panicked, and the page may still be mapped");
            abort();
        }
    })
}

unsafe extern "C" fn interrupt<V: Vmm>(vmm: *mut c_void) {
    Upcall::<V>::call(vmm, (), |vmm| vmm.interrupt())
}

unsafe extern "C" fn is_guest_ram<V: Vmm>(vmm: *mut c_void, gpa: sys::cmdqv_gpa_t, bytes: u64) -> bool {
    Upcall::<V>::call(vmm, false, |vmm| vmm.is_guest_ram(gpa.value, bytes))
}

unsafe extern "C" fn log<V: Vmm>(vmm: *mut c_void, log: *const sys::cmdqv_log) {
    let log = &*log;
    let level = if log.level == sys::CMDQV_LOG_GUEST { LogLevel::Guest } else { LogLevel::Host };
    let text = CStr::from_ptr(log.text).to_string_lossy();
    let log = Log { level, id: static_text(log.id), count: log.count, text };
    Upcall::<V>::call(vmm, (), |vmm| vmm.log(&log))
}

unsafe extern "C" fn trace<V: Vmm>(vmm: *mut c_void, event: *const TraceEvent) {
    Upcall::<V>::call(vmm, (), |vmm| vmm.trace(&*event))
}

pub(crate) fn operations<V: Vmm>(vmm: &V) -> sys::cmdqv_vmm_ops {
    sys::cmdqv_vmm_ops {
        size: size_of::<sys::cmdqv_vmm_ops>(),
        page0_map: Some(page0_map::<V>),
        page0_unmap: Some(page0_unmap::<V>),
        interrupt: Some(interrupt::<V>),
        is_guest_ram: Some(is_guest_ram::<V>),
        log: Some(log::<V>),
        trace: vmm.traces().then(|| trace::<V> as _),
    }
}
