// SPDX-License-Identifier: BSD-2-Clause
//! The way from C into Rust code of the embedder: what is called, and the panic that it may have.
use std::{
    any::Any,
    mem::forget,
    os::raw::c_void,
    panic::{catch_unwind, resume_unwind, AssertUnwindSafe},
    thread,
};

/// What was thrown.
pub(crate) type Panic = Box<dyn Any + Send>;

/// What C gets as `vmm` or `user`. C's calls are made by one thread at a time, and what they find here is
/// used by none else meanwhile: the owner has only the pointer.
pub(crate) struct Upcall<T> {
    pub target: T,
    panic: Option<Panic>,
}

impl<T> Upcall<T> {
    pub fn into_raw(target: T) -> *mut Self {
        Box::into_raw(Box::new(Upcall { target, panic: None }))
    }

    /// Calls `f` with the target; after a panic the answer is `otherwise`.
    ///
    /// # Safety
    /// `user` must be of `into_raw()`, and not in use.
    pub unsafe fn call<R>(user: *mut c_void, otherwise: R, f: impl FnOnce(&mut T) -> R) -> R {
        let this = &mut *(user as *mut Self);
        let target = &mut this.target;
        match catch_unwind(AssertUnwindSafe(|| f(target))) {
            Ok(answer) => answer,
            Err(panic) => {
                match this.panic {
                    None => this.panic = Some(panic),
                    Some(_) => discard(panic),
                }
                otherwise
            }
        }
    }

    /// The panic that was caught, once C has returned.
    ///
    /// # Safety
    /// As for `call()`.
    pub unsafe fn take_panic(this: *mut Self) -> Option<Panic> {
        (*this).panic.take()
    }
}

/// Drops what was thrown, which may panic too.
pub(crate) fn discard<T>(thrown: T) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(thrown))) {
        forget(again);
    }
}

/// Of two panics in one call the one that goes on.
pub(crate) fn first(panic: Option<Panic>, another: Option<Panic>) -> Option<Panic> {
    if panic.is_none() {
        return another;
    }
    discard(another);
    panic
}

/// Lets a panic go on, unless there is one already. Not where something is dropped: the next panic would
/// end the process.
pub(crate) fn go_on(panic: Option<Panic>) {
    if let (Some(panic), false) = (panic, thread::panicking()) {
        resume_unwind(panic);
    }
}
