#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# cmdqv-conformance as a user sees it. Prints TAP.
# usage: program_test.sh PROGRAM
# shellcheck source=tests/tools/cases.sh
. "${0%/*}/../tools/cases.sh"

# refuses WORDS OPTION... : one line with these words, and 2.
refuses() {
	words=$1
	shift
	$cmdqv "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	[ "$status" -eq 2 ] || echo "$* ended with $status"
	[ "$(wc -l <"$dir/err")" -eq 1 ] || cat "$dir/err"
	grep -q -- "$words" "$dir/err" || cat "$dir/err"
}

help_names_each_carrier() {
	$cmdqv --help >"$dir/out" || echo "it ended with $?"
	for carrier in thread kvm linux; do
		grep -q "^ *$carrier " "$dir/out" || echo "no $carrier"
	done
}

a_case_is_listed_with_its_mark() {
	$cmdqv --list --only life-en-ok >"$dir/out" || echo "it ended with $?"
	grep -qx 'life-en-ok required DEV-16 EN_OK never reads 1 where no queue executes' "$dir/out" ||
		cat "$dir/out"
}

only_what_is_asked_for_runs() {
	$cmdqv --only 'geometry*' >"$dir/out" || echo "it ended with $?"
	[ "$(head -n 1 "$dir/out")" = 1..3 ] || cat "$dir/out"
	[ "$(grep -c '^ok' "$dir/out")" -eq 3 ] || cat "$dir/out"
}

names_without_a_case_are_refused() {
	refuses "no case is 'no-such'" --only no-such
}

a_verdict_that_cannot_be_written_is_none() {
	$cmdqv --only 'geometry*' 2>"$dir/err" >/dev/full
	status=$?
	[ "$status" -eq 2 ] || echo "it ended with $status"
	grep -q 'the result cannot be written' "$dir/err" || cat "$dir/err"
}

unknown_words_are_refused() {
	refuses "there is no carrier 'x'" --carrier x
	refuses "'x' is no option" x
	refuses "unrecognized" --x
	refuses "are of --carrier linux" --window 0x1000
	refuses "are of a VMM" --carrier linux --no-map
}

without_a_cmdqv_there_is_nothing_to_judge() {
	refuses "an address is a number" --carrier linux --memory here
	[ ! -e /sys/firmware/acpi/tables ] || grep -qs NVDA200C /sys/firmware/acpi/tables/[DS]SDT* ||
		refuses "firmware tells of no CMDQV" --carrier linux
}

every_case
