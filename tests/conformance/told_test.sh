#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What cmdqv-conformance tells its VMM of page 0. Prints TAP.
# usage: told_test.sh PROGRAM, which has the VMM of told_vmm.c
# shellcheck source=tests/tools/cases.sh
. "${0%/*}/../tools/cases.sh"

# was WORDS OPTION... : what it says of page 0 at its end.
was() {
	words=$1
	shift
	for carrier in thread kvm; do
		"$cmdqv" --carrier $carrier "$@" >"$dir/out" || echo "it ended with $?"
		tail -n 1 "$dir/out" | grep -qx "# page 0 was $words" || cat "$dir/out"
	done
}

the_page_is_mapped_and_does_not_rest() {
	was 'mapped 1 times, and rested 0 times'
}

the_page_rests_if_it_is_to_rest() {
	was 'mapped 1 times, and rested 1 times' --rests
}

the_page_is_not_mapped_if_every_access_is_to_trap() {
	was 'mapped 0 times, and rested 0 times' --no-map
}

every_case
