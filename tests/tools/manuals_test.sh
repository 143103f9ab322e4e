#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The manuals say what help texts and headers say. Prints TAP.
# usage: manuals_test.sh CMDQV SOURCES
cmdqv=$(realpath "$1")
sources=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/1" "$dir/3"
cd "$sources" || exit 1

result() {
	if [ -s "$dir/complaints" ]; then
		echo "not ok $1"
		sed 's/^/# /' "$dir/complaints"
	else
		echo "ok $1"
	fi
}

{
	scripts/manuals tool "$cmdqv" "$dir/1" 2>&1
	diff -r -x meson.build man "$dir/1" || echo "run: scripts/manuals tool build-check/tools/cmdqv man"
	for page in "$dir"/1/*; do
		grep -q "'${page##*/}'" man/meson.build || echo "man/meson.build does not install $page"
	done
} >"$dir/complaints"
result "1 - man/ is what the help texts say"

{
	scripts/manuals headers "$dir/3" include/cmdqv/*.h include/cmdqv/model/*.h 2>&1
	sed -n 's/^\t\(cmdqv_[a-z0-9_]*\);$/\1/p' src/*.map | while read -r name; do
		grep -qE "^cmdqv_.*\\b$name\\b.* .- " "$dir"/3/*.3 || echo "no page names $name"
		grep -qE "^\\.SS .*\\b$name\\b" "$dir"/3/*.3 || echo "no page describes $name"
	done
} >"$dir/complaints"
result "2 - each function has its page"
echo "1..2"
