// SPDX-License-Identifier: BSD-2-Clause
use crate::{
    error::{Error, Result},
    sys,
};
use std::{
    mem::size_of,
    os::{
        raw::{c_int, c_short},
        unix::io::{AsRawFd, BorrowedFd},
    },
    ptr::null_mut,
};

/// How long an engine waits. 0 means the default everywhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct PollerConfig {
    /// CPUs of the machine; default: those that are online.
    pub cpus: u32,
    /// The longest that a first command waits; default 500000.
    pub sleep_ns: u32,
    /// Looks that spin; default 4000, and 0 on fewer than four CPUs.
    pub spins: u32,
    /// Looks that yield, after these; default 2000.
    pub yields: u32,
    /// Sleep so long instead of yielding; default: yield.
    pub yield_ns: u32,
}

/// How long the thread that owns an engine waits between two looks by
/// [`SoftHost::pending`](crate::soft::SoftHost::pending): it spins while it expects commands, yields when they
/// become rare, and sleeps once there were none for a while.
///
/// ```no_run
/// # use cmdqv::soft::{Poller, PollerConfig, SoftHost};
/// # fn engine(host: SoftHost, stop: impl Fn() -> bool) -> cmdqv::Result<()> {
/// let mut poller = Poller::new(&PollerConfig::default())?;
/// while !stop() {
///     let found = host.pending();
///     if found {
///         host.run(64)?;
///     }
///     poller.wait(found, None);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Poller(sys::cmdqv_poller);

/// `struct pollfd` of C, and what it says.
#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

const POLLIN: c_short = 1;

impl Poller {
    /// Before its first sleep it makes as many looks as it takes to see all queues.
    pub fn new(config: &PollerConfig) -> Result<Self> {
        let config = sys::cmdqv_poller_config {
            size: size_of::<sys::cmdqv_poller_config>(),
            cpus: config.cpus,
            sleep_ns: config.sleep_ns,
            spins: config.spins,
            yields: config.yields,
            yield_ns: config.yield_ns,
            ..Default::default()
        };
        let mut poller = sys::cmdqv_poller::default();
        // SAFETY: `config` has the size that it says.
        match unsafe { sys::cmdqv_poller_init(&mut poller, &config) } {
            0 => Ok(Poller(poller)),
            err => Err(Error::of_errno(err)),
        }
    }

    /// Waits after a look, which found something or not. A sleep ends early when `kick` can be read, such as
    /// an eventfd that is written after an access of a device. Is it so? Read it then.
    pub fn wait(&mut self, found: bool, kick: Option<BorrowedFd<'_>>) -> bool {
        let mut fd = kick.map(|kick| PollFd { fd: kick.as_raw_fd(), events: POLLIN, revents: 0 });
        let (fds, count) = fd.as_mut().map_or((null_mut(), 0), |fd| (fd as *mut PollFd, 1));
        // SAFETY: `fds` are so many, laid out as C has them.
        unsafe { sys::cmdqv_poller_wait(&mut self.0, found, fds.cast(), count) > 0 }
    }
}
