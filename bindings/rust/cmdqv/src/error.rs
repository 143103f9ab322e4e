// SPDX-License-Identifier: BSD-2-Clause
use crate::sys;
use std::{ffi::CStr, fmt, os::raw::c_char, os::raw::c_int};

/// What a failure says besides its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The errno, positive.
    pub errno: i32,
    /// The stable id of the reason (docs/errors.md); empty where the call has none.
    pub id: &'static str,
    /// One sentence, with the remedy where there is one.
    pub text: String,
}

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $errno:literal,)*) => {
        /// Why a call failed, by its errno: a VMM decides by the kind, and shows the sentence.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Error {
            $($(#[$doc])* $name(Why),)*
            /// Another errno.
            Other(Why),
        }

        impl Error {
            fn new(why: Why) -> Self {
                match why.errno {
                    $($errno => Error::$name(why),)*
                    _ => Error::Other(why),
                }
            }

            /// What it says besides its kind.
            pub fn why(&self) -> &Why {
                match self {
                    $(Error::$name(why) => why,)*
                    Error::Other(why) => why,
                }
            }
        }
    };
}

// Linux' numbers, the same on x86 and arm64.
errors! {
    /// EPERM
    NotPermitted = 1,
    /// ENOENT
    NotFound = 2,
    /// EINTR: call again.
    Interrupted = 4,
    /// EIO
    Io = 5,
    /// ENXIO: there is no page.
    NoPage = 6,
    /// E2BIG: it asks for what this version does not know.
    TooNew = 7,
    /// EBADF
    BadDescriptor = 9,
    /// ENOMEM
    NoMemory = 12,
    /// EFAULT: not contiguous for the hardware.
    NotContiguous = 14,
    /// EBUSY
    Busy = 16,
    /// EEXIST
    Exists = 17,
    /// EINVAL
    Invalid = 22,
    /// ENFILE: the host is out of descriptors.
    TooManyInHost = 23,
    /// EMFILE: the process is out of descriptors.
    TooManyOpen = 24,
    /// ENOTTY: the kernel is too old, or the descriptor is of another kind.
    WrongKind = 25,
    /// ENOSPC
    NoSpace = 28,
    /// ERANGE: as `Overflow`.
    Range = 34,
    /// EPROTO: the kernel's answer makes no sense.
    Protocol = 71,
    /// EBADMSG: damaged data.
    BadData = 74,
    /// EOVERFLOW: it wraps around the end of the address space.
    Overflow = 75,
    /// EMSGSIZE: a record that is too short.
    ShortRecord = 90,
    /// EADDRINUSE: guest RAM lies where MSIs go.
    AddressInUse = 98,
    /// EPROTONOSUPPORT: data of a later version.
    LaterVersion = 93,
    /// EOPNOTSUPP
    NotSupported = 95,
    /// ETIMEDOUT
    TimedOut = 110,
}

impl Error {
    /// The errno, positive.
    pub fn errno(&self) -> i32 {
        self.why().errno
    }

    /// For calls that have no sentence.
    pub(crate) fn of_errno(err: c_int) -> Self {
        let text = std::io::Error::from_raw_os_error(-err).to_string();
        Error::new(Why { errno: -err, id: "", text })
    }

    /// `error` was filled in if it has an id.
    pub(crate) fn of(err: c_int, error: &sys::cmdqv_error) -> Self {
        if error.id.is_null() {
            return Error::of_errno(err);
        }
        // SAFETY: both are zero-terminated, and the id is in static storage.
        let (id, text) = unsafe { (static_text(error.id), CStr::from_ptr(error.text.as_ptr())) };
        Error::new(Why { errno: -err, id, text: text.to_string_lossy().into_owned() })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why().text)
    }
}

impl std::error::Error for Error {}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Calls with room for a sentence.
pub(crate) fn check(call: impl FnOnce(*mut sys::cmdqv_error) -> c_int) -> Result<c_int> {
    let mut error = sys::cmdqv_error::default();
    match call(&mut error) {
        err if err < 0 => Err(Error::of(err, &error)),
        value => Ok(value),
    }
}

/// The text of C's static storage; "" for NULL.
///
/// # Safety
/// It must be NULL, or zero-terminated and stay.
pub(crate) unsafe fn static_text(text: *const c_char) -> &'static str {
    if text.is_null() {
        return "";
    }
    CStr::from_ptr(text).to_str().unwrap_or("")
}
