// SPDX-License-Identifier: BSD-2-Clause
//! Asks pkg-config where the libraries are. CMDQV_STATIC=1 links them statically.
use std::{env, process::Command};

fn main() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    println!("cargo:rerun-if-env-changed=CMDQV_STATIC");
    let pkg_config = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".into());
    let output = Command::new(&pkg_config)
        .args(["--libs", "libcmdqv-model >= 0.2", "libcmdqv >= 0.2"])
        .output()
        .unwrap_or_else(|why| panic!("cannot run {}: {}", pkg_config, why));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let kind = if env::var_os("CMDQV_STATIC").is_some() { "static=" } else { "" };
    for word in String::from_utf8_lossy(&output.stdout).split_whitespace() {
        match word.split_at(2) {
            ("-L", directory) => println!("cargo:rustc-link-search=native={}", directory),
            ("-l", library) => println!("cargo:rustc-link-lib={}{}", kind, library),
            _ => println!("cargo:rustc-link-arg={}", word),
        }
    }
}
