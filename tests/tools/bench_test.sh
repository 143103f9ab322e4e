#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# cmdqv bench as its user sees it: names, the page with plots, and exit statuses. Says nothing
# about how fast anything is. Prints TAP. usage: bench_test.sh CMDQV
cmdqv=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0

test_case() {
	count=$((count + 1))
	complaint=$("$1" 2>&1)
	if [ -z "$complaint" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		echo "$complaint" | sed 's/^/# /'
	fi
}

# bench STATUS ARGUMENT...
bench() {
	wanted=$1
	shift
	"$cmdqv" bench --quick "$@" >"$dir/out" 2>"$dir/err"
	got=$?
	[ "$got" = "$wanted" ] || echo "'bench $*' ended with $got, not $wanted: $(cat "$dir/err")"
}

says() {
	grep -q -- "$2" "$dir/$1" || echo "$1 does not say '$2': $(cat "$dir/$1")"
}

# [HW-23]
every_number_of_queues_is_measured() {
	bench 0 --only engine/commands-per-second --json
	for name in q1 q8 q32 q126 q1/tlbi-nh-va-hit q1/cmd-sync count-only/q126; do
		says out "\"engine/commands-per-second/$name\", \"unit\": \"commands/s\""
	done
}

# [HW-23]
a_vintf_costs_at_most_80_kib() {
	bench 0 --only engine/vintf-bytes --json
	bytes=$(sed 's/.*"median": \([0-9]*\).*/\1/' "$dir/out")
	[ "$bytes" -ge 65536 ] && [ "$bytes" -le 81920 ] || echo "a VINTF costs $bytes bytes"
}

a_page_stands_alone_and_has_a_plot() {
	bench 0 --only engine/commands-per-second/count-only --html "$dir/page"
	says page '^<!DOCTYPE html>'
	says page '<svg '
	says page 'engine/commands-per-second/count-only/q1<'
	says page '</html>$'
	if grep -qE '<script|src=|href=|url\(|@import' "$dir/page"; then
		echo "the page loads something"
	fi
}

a_page_that_cannot_be_written_is_told_before_anything_is_measured() {
	bench 2 --html "$dir/absent/page"
	says err "cannot write '$dir/absent/page': No such file"
	bench 2 --html "$dir/absent/page" --json
	says out '"verdict": "failed", "reason": "'
}

help_says_every_option() {
	bench 0 --help
	for option in html only quick json help; do
		says out "--$option"
	done
}

echo "1..5"
test_case every_number_of_queues_is_measured
test_case a_vintf_costs_at_most_80_kib
test_case a_page_stands_alone_and_has_a_plot
test_case a_page_that_cannot_be_written_is_told_before_anything_is_measured
test_case help_says_every_option
