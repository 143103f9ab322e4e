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

# Each with its value, in a line of its own in the help, in a paragraph of its own in the manual.
the_options_of_a_help_text_are_those_of_its_manual() {
	cd "$sources" || exit 1
	for words in run 'run --guest linux' 'run --guest stack' replay bench probe explain; do
		page=cmdqv-$(echo "$words" | sed 's/ --guest /-/').1
		# shellcheck disable=SC2086
		env -u COLUMNS "$cmdqv" $words --help | sed -nE '/^  -/{ s/^  //; s/ {2,}.*//; p; }' >"$dir/help"
		sed -nE '/^\.TP$/{ n; /^\\fB\\-/!d; s/\\-/-/g; s/\\f[BP]//g; p; }' "man/$page" >"$dir/page"
		grep -qx -e '-h, --help' "$dir/help" || echo "$words has no list of options"
		diff "$dir/help" "$dir/page" || echo "$page has other options than the help of '$words'"
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
