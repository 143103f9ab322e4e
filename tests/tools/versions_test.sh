#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# All say the same version. Prints TAP.
# usage: versions_test.sh SOURCES
cd "$1" || exit 1
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
number=0

# says FILE WHAT-IT-SAYS
says() {
	number=$((number + 1))
	if [ "$2" = "$version" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		echo "# it says '$2', meson.build says '$version'"
	fi
}

says include/cmdqv/types.h "$(sed -nE 's/^#define CMDQV_VERSION_(MAJOR|MINOR|MICRO) ([0-9]+)$/\2/p' \
	include/cmdqv/types.h | paste -sd .)"
says debian/changelog "$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)"
for crate in bindings/rust/*/Cargo.toml; do
	says "$crate" "$(sed -n 's/^version = "\(.*\)"/\1/p' "$crate")"
done
says CHANGES.md "$(sed -nE '0,/^## /s/^## ([0-9.]+).*/\1/p' CHANGES.md)"
echo "1..$number"
