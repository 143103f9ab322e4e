#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# grown_test.sh SOURCES WORK PROGRAM... : runs each program on libraries that are built in WORK from
# sources in which every struct that says its size has one member more.
set -euo pipefail

sources=$1
work=$2
shift 2

# All of the tree but its builds.
mkdir -p "$work/tree"
find "$sources" -mindepth 1 -maxdepth 1 -not -name '.*' -not -name 'build*' -not -name 'obj-*' -exec cp -r -t "$work/tree" {} +
cd "$work"

sed -nE 's/^(SIZED|TABLE)\((cmdqv_[a-z0-9_]+),.*/\1 \2/p' tree/src/base/structs.def >structs
find tree/include -name '*.h' | while IFS= read -r header; do
	awk '
		FNR == NR { kind[$2] = $1; next }
		/^struct [a-z0-9_]+ \{$/ { inside = kind[$2] }
		/^\};$/ && inside {
			print inside == "TABLE" ? "\tvoid (*later)(void);" : "\tuint64_t later;"
			inside = ""
		}
		{ print }' structs "$header" >grown
	mv grown "$header"
done
# Have all of them grown?
sed -i 's/>= (bytes)/> (bytes)/' tree/src/base/structs.c

if [ ! -f build/build.ninja ]; then
	"$sources/scripts/meson" setup build tree -Dtests=false -Dtools=false --buildtype=debug >log
fi
ninja -C build >log || {
	cat log >&2
	exit 1
}
export LD_LIBRARY_PATH=$work/build/src
for program; do
	[ "$(ldd "$program" | grep -c "=> $work/build/src/libcmdqv")" -eq 2 ]
	"$program"
done
