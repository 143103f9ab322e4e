#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The manuals say what help texts and headers say. Prints TAP.
# usage: manuals_test.sh CMDQV SOURCES
# shellcheck source=tests/tools/cases.sh
. "$(dirname "$0")/cases.sh"
cmdqv=$(realpath "$cmdqv")
sources=$2
mkdir "$dir/1" "$dir/3"

section_1_is_what_the_help_texts_say() {
	cd "$sources" || exit 1
	scripts/manuals tool "$cmdqv" "$dir/1" 2>&1
	diff -r -x meson.build man "$dir/1" || echo "run: scripts/manuals tool build-check/tools/cmdqv man"
	for page in "$dir"/1/*; do
		grep -q "'${page##*/}'" man/meson.build || echo "man/meson.build does not install $page"
	done
}

each_function_has_its_page() {
	cd "$sources" || exit 1
	scripts/manuals headers "$dir/3" include/cmdqv/*.h include/cmdqv/model/*.h 2>&1
	sed -n 's/^\t\(cmdqv_[a-z0-9_]*\);$/\1/p' src/*.map | while read -r name; do
		grep -qE "^cmdqv_.*\\b$name\\b.* .- " "$dir"/3/*.3 || echo "no page names $name"
		grep -qE "^\\.SS .*\\b$name\\b" "$dir"/3/*.3 || echo "no page describes $name"
	done
}

every_case
