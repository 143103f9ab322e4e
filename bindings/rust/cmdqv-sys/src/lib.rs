// SPDX-License-Identifier: BSD-2-Clause
//! The C API of libcmdqv and libcmdqv-model, as bindgen reads it from the headers. What a function
//! means, who owns what and what may block is said there (`man libcmdqv`).
//!
//! Masks over bit 31 come out signed; `as u64` makes them what they are in C. Write `sys::NAME`: after
//! `use cmdqv::sys::*` the name `cmdqv` is that of a struct too, and the crate is `::cmdqv`.
#![allow(non_camel_case_types)]
mod bindings;
pub use bindings::*;
