// SPDX-License-Identifier: BSD-2-Clause
//! Asks pkg-config where the libraries are. CMDQV_STATIC=1 links them statically.
use std::{env, process::Command};

/// The libraries of this crate's version: each 0.x has an interface of its own (docs/versioning.md).
fn wanted() -> Vec<String> {
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    let minor: u32 = env!("CARGO_PKG_VERSION_MINOR").parse().unwrap();
    let range = |name| {
        [format!("{} >= {}.{}", name, major, minor), format!("{} < {}.{}", name, major, minor + 1)]
    };
    [range("libcmdqv-model"), range("libcmdqv")].concat()
}

/// The words of pkg-config, which puts a backslash before each byte that a shell would not take.
fn words(line: &[u8]) -> Vec<String> {
    let mut words = vec![Vec::new()];
    let mut bytes = line.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => words.last_mut().unwrap().extend(bytes.next()),
            b' ' | b'\n' => words.push(Vec::new()),
            byte => words.last_mut().unwrap().push(*byte),
        }
    }
    words.retain(|word| !word.is_empty());
    words.into_iter().map(|word| String::from_utf8(word).expect("a name that is no UTF-8")).collect()
}

fn main() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    println!("cargo:rerun-if-env-changed=CMDQV_STATIC");
    let pkg_config = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".into());
    let is_static = env::var_os("CMDQV_STATIC").is_some();
    let mut command = Command::new(&pkg_config);
    if is_static {
        command.env("PKG_CONFIG_ALLOW_SYSTEM_LIBS", "1"); // rustc looks nowhere by itself
    }
    let output = command
        .arg("--libs")
        .args(wanted())
        .output()
        .unwrap_or_else(|why| panic!("cannot run {}: {}", pkg_config, why));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let kind = if is_static { "static=" } else { "" };
    for word in words(&output.stdout) {
        match word.split_at(2) {
            ("-L", directory) => println!("cargo:rustc-link-search=native={}", directory),
            ("-l", library) => println!("cargo:rustc-link-lib={}{}", kind, library),
            _ => println!("cargo:rustc-link-arg={}", word),
        }
    }
}
