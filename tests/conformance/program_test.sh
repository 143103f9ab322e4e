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
	"$cmdqv" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	[ "$status" -eq 2 ] || echo "$* ended with $status"
	[ "$(wc -l <"$dir/err")" -eq 1 ] || cat "$dir/err"
	grep -q -- "$words" "$dir/err" || cat "$dir/err"
}

help_names_each_carrier() {
	"$cmdqv" --help >"$dir/out" || echo "it ended with $?"
	for carrier in thread kvm linux; do
		grep -q "^ *$carrier " "$dir/out" || echo "no $carrier"
	done
}

the_version_is_named_as_cmdqv_names_its_own() {
	for option in --version -V; do
		"$cmdqv" $option >"$dir/out" || echo "it ended with $?"
		grep -Eqx 'cmdqv-conformance [0-9]+\.[0-9]+\.[0-9]+' "$dir/out" || cat "$dir/out"
	done
}

help_fits_the_terminal() {
	for columns in 80 60; do
		COLUMNS=$columns "$cmdqv" --help | awk -v columns=$columns 'length > columns'
	done
}

a_case_is_listed_with_its_mark() {
	"$cmdqv" --list --only life-en-ok >"$dir/out" || echo "it ended with $?"
	grep -qx 'life-en-ok required DEV-16 EN_OK never reads 1 where no queue executes' "$dir/out" ||
		cat "$dir/out"
}

only_what_is_asked_for_runs() {
	"$cmdqv" --only 'geometry*' >"$dir/out" || echo "it ended with $?"
	[ "$(head -n 1 "$dir/out")" = 1..3 ] || cat "$dir/out"
	[ "$(grep -c '^ok' "$dir/out")" -eq 3 ] || cat "$dir/out"
}

# was WORDS OPTION... : what it says of page 0 at its end.
was() {
	words=$1
	shift
	"$cmdqv" "$@" >"$dir/out" || echo "it ended with $?"
	tail -n 1 "$dir/out" | grep -qx "# page 0 was $words" || tail -n 1 "$dir/out"
}

the_page_is_mapped_unless_every_access_is_to_trap() {
	was 'mapped [1-9][0-9]* times, and rested 0 times' --carrier thread --only life-linux
	was 'mapped 0 times, and rested 0 times' --carrier thread --no-map --only life-linux
}

names_without_a_case_are_refused() {
	refuses "no case is 'no-such'" --only no-such
	refuses "no case is 'no-such'" --list --only no-such
	refuses "no case is ''" --only ''
	refuses "no case is '\*\*" --list --only '****************************************Z' # and soon
	refuses "no case is ''" --list --only=
}

a_verdict_that_cannot_be_written_is_none() {
	for option in --only=geometry* --help --version --list; do
		"$cmdqv" "$option" 2>"$dir/err" >/dev/full
		status=$?
		[ "$status" -eq 2 ] || echo "$option ended with $status"
		grep -q 'the result cannot be written: No space' "$dir/err" || cat "$dir/err"
		"$cmdqv" "$option" 2>"$dir/err" >&-
		status=$?
		[ "$status" -eq 2 ] || echo "$option ended with $status"
		grep -q 'the result cannot be written: Bad file' "$dir/err" || cat "$dir/err"
	done
}

unknown_words_are_refused() {
	refuses "there is no carrier 'x'" --carrier x
	refuses "'x' is no option" x
	refuses "there is no option '--x'; see --help" --x
	refuses "there is no option '-xy'; see --help" -xy
	refuses "'--list=x'; see --help" --list=x
	refuses "--only needs a value; see --help" --only
	refuses "there is no carrier '?\[2J'" --carrier "$(printf '\033[2J')"
	for option in --window=0x1000 --memory=0x10000 --vsid=8 --log2size=4 --patience=5 --touched; do
		refuses "are of --carrier linux" $option
	done
	refuses "are of a VMM" --carrier linux --no-map
}

without_a_cmdqv_there_is_nothing_to_judge() {
	refuses "an address is a number" --carrier linux --memory here
	refuses "an address is a number" --carrier linux --window -5
	refuses "an address is a number" --carrier linux --window 0x10000001
	for option in --log2size=0 --log2size=20 --log2size=020 --patience=0 --patience=0x100000000 --vsid=0x100000000 --vsid=a; do
		refuses "is a number" --carrier linux $option
	done
	[ ! -e /sys/firmware/acpi/tables ] || grep -qs NVDA200C /sys/firmware/acpi/tables/[DS]SDT* ||
		refuses "firmware tells of no CMDQV" --carrier linux
}

every_case
