#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# cmdqv bench as its user sees it: names, the page with plots, and exit statuses. Says nothing
# about how fast anything is. Prints TAP. usage: bench_test.sh CMDQV
# shellcheck source=tests/tools/cases.sh
. "$(dirname "$0")/cases.sh"

# bench STATUS ARGUMENT...
bench() {
	status=$1
	shift
	"$cmdqv" bench --quick "$@" >"$dir/out" 2>"$dir/err"
	ended "$status" $? bench "$@"
}

# alone FILE: one line there, which may be folded, and nothing on the standard output.
alone() {
	[ "$(grep -vc '^    ' "$dir/$1")" = 1 ] || echo "$1 is not one line: $(cat "$dir/$1")"
	[ -s "$dir/out" ] && echo "there is output: $(cat "$dir/out")"
}

cannot_draw() {
	! command -v gnuplot >/dev/null && echo "SKIP there is no gnuplot"
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
	cannot_draw && return
	bench 0 --only engine/commands-per-second/count-only --html "$dir/page"
	says page '^<!DOCTYPE html>'
	says page '<svg '
	says page 'engine/commands-per-second/count-only/q1<'
	says page '</html>$'
	if grep -qE '<script|src=|href=|url\(|@import' "$dir/page"; then
		echo "the page loads something"
	fi
}

a_page_says_what_was_measured_with_what_and_which_goals_were_missed() {
	cannot_draw && return
	bench 0 --only engine/vintf-bytes --html "$dir/page"
	says page '<dt>date</dt><dd>20[0-9-]* [0-9:]* UTC<'
	says page '<dt>build type</dt><dd>[a-z]*, b_sanitize='
	says page '<dt>compiler</dt><dd>.*[0-9]<'
	says page '<dt>goals</dt><dd>all reached<'
	says page 'a VINTF with its device: [0-9.]* KiB; <span>at most: 80 KiB</span>, <span>reached<'
	says page 'role="img" aria-label="Memory'
	# Five runs beside other tests, of q1 and of what else begins with it: which goals are reached is
	# not for a test to say, but the row and the summary have to agree.
	bench 0 --only engine/commands-per-second/q1 --html "$dir/page"
	if grep -q '<li>1 queue: .*class="missed">missed<' "$dir/page"; then
		says page 'class="missed">missed: 1 queue (to reach: 20 M/s)'
	else
		says page '<li>1 queue: .*<span>reached<'
		! grep -q 'missed: 1 queue (' "$dir/page" || echo "1 queue is reached below, and missed above"
	fi
}

a_page_without_the_program_that_draws_is_told_before_anything_is_measured() {
	mkdir "$dir/bin"
	printf '#!/bin/sh\nexit 127\n' >"$dir/bin/gnuplot"
	chmod +x "$dir/bin/gnuplot"
	PATH=$dir/bin:$PATH "$cmdqv" bench --html "$dir/none" >"$dir/out" 2>"$dir/err"
	got=$?
	[ "$got" = 2 ] || echo "ended with $got"
	says err 'install gnuplot-nox'
	[ ! -e "$dir/none" ] || echo "there is a page"
}

a_page_that_cannot_be_written_is_told_before_anything_is_measured() {
	bench 2 --html "$dir/absent/page"
	says err "cannot write '$dir/absent/page': No such file"
	alone err
	bench 2 --html "$dir/absent/page" --json
	says out '"verdict": "error", "reason": "'
}

a_page_replaces_the_former_one_only_when_it_is_complete() {
	cannot_draw && return
	echo former >"$dir/page"
	chmod 640 "$dir/page"
	ln -s page "$dir/link"
	bench 2 --only trap/nope --html "$dir/page"
	[ "$(cat "$dir/page")" = former ] || echo "the former page is gone"
	TMPDIR=$dir/absent
	export TMPDIR
	bench 2 --only engine/vintf-bytes --html "$dir/page"
	says err 'no page is written'
	[ "$(cat "$dir/page")" = former ] || echo "a page without its plots replaced the former one"
	unset TMPDIR
	"$cmdqv" bench --html "$dir/page" >"$dir/out" 2>"$dir/err" &
	pid=$!
	awaits "$pid" "$dir/out" '^machine/.* [num]s '
	kill -TERM "$pid"
	wait "$pid"
	ended 3 $? bench --html
	[ "$(cat "$dir/page")" = former ] || echo "what was interrupted replaced the former page"
	bench 0 --only engine/vintf-bytes --html "$dir/link"
	says page '</html>$'
	[ -L "$dir/link" ] || echo "the link was replaced"
	[ "$(stat -c %a "$dir/page")" = 640 ] || echo "the page has another mode"
	for part in "$dir"/*.part; do
		[ ! -e "$part" ] || echo "$part is left"
	done
}

a_place_for_scripts_may_have_any_name() {
	cannot_draw && return
	mkdir "$dir/it's, \"here\" \$(touch x)"
	# shellcheck disable=SC2089,SC2090
	(
		TMPDIR="$dir/it's, \"here\" \$(touch x)"
		export TMPDIR
		bench 0 --only engine/vintf-bytes --html "$dir/page"
		says page '<svg '
		ls -A "$TMPDIR"
	)
}

# The pipe has no reader: opening it waits for ever.
a_page_goes_into_no_pipe() {
	mkfifo "$dir/pipe"
	timeout 20 "$cmdqv" bench --quick --html "$dir/pipe" >"$dir/out" 2>"$dir/err"
	got=$?
	[ "$got" = 2 ] || echo "ended with $got"
	says err "cannot write '$dir/pipe': not a regular file"
	alone err
}

# Names are of many lengths, figures of many sizes.
a_table_has_three_columns_of_one_width() {
	bench 0
	narrow out
	sed -n '/^what /,$p' "$dir/out" | awk '
		NR == 1 { width = length }
		NF != (NR == 1 ? 4 : 5) || length != width { print "out of line: " $0 }'
	says out '^The bad end is the 99th percentile, of rates (M/s) the 1st'
	says out 'load average [0-9.]* before'
}

what_is_wrong_is_named() {
	bench 2 --nope
	says err "no option '--nope'"
	alone err
	bench 2 --only
	says err '--only needs a value'
	alone err
	bench 2 surplus
	says err "'surplus'"
	alone err
	bench 2 --only nope
	says err 'machine, trap, error-map, queue, page0 or engine'
	alone err
	narrow err
	bench 2 --only trap/nope
	says err 'no result has a name that begins so'
	alone err
	bench 2 --only nope --json
	says out '"verdict": "error", "reason": "--only must begin with machine'
}

a_page_calls_the_bad_end_of_a_rate_the_1st_percentile() {
	cannot_draw && return
	bench 0 --only engine/commands-per-second/q --html "$dir/page"
	says page '1st percentile [0-9.]* M/s'
	if grep -q ' · 99th percentile' "$dir/page"; then
		echo "a rate has a 99th percentile"
	fi
	[ "$(grep -c '>to reach: 20 M/s<' "$dir/page")" = 1 ] || echo "not one goal of 20 M/s"
	[ "$(grep -c '>to reach: within 10 % of 1 queue<' "$dir/page")" = 3 ] ||
		echo "not three goals by 1 queue"
}

a_bad_end_is_never_better_than_the_median() {
	[ "$(nproc)" -ge 2 ] || {
		echo "SKIP what is idle takes two CPUs"
		return
	}
	bench 0 --quick --json --only engine/idle
	bench_sorted=$(tr '{' '\n' <"$dir/out" | sed -n 's/.*"median": \([^,]*\), "p99": \([^,]*\),.*/\1 \2/p')
	[ "$(echo "$bench_sorted" | wc -l)" -ge 16 ] || echo "not all results: $bench_sorted"
	echo "$bench_sorted" | awk '$2 < $1 { print "the bad end " $2 " is better than the median " $1 }'
}

# A first row is awaited; then the user has enough.
an_interrupt_keeps_what_was_measured() {
	"$cmdqv" bench >"$dir/out" 2>"$dir/err" &
	pid=$!
	# A busy machine takes its time for a row, and has microseconds in it.
	awaits "$pid" "$dir/out" '^machine/.* [num]s '
	kill -TERM "$pid"
	wait "$pid"
	got=$?
	[ "$got" = 3 ] || echo "ended with $got"
	says out '^machine/[a-z/-]*  .* [num]s '
	says err '^cmdqv: it was interrupted: not all was measured$'
	if grep -q '^engine/idle/look' "$dir/out"; then
		echo "it went on to the end"
	fi
}

# Two threads that wait for each other on one CPU would measure the scheduler, for minutes.
one_cpu_measures_what_takes_one() {
	cpu=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
	taskset -c "$cpu" "$cmdqv" bench --quick --only machine/ >"$dir/out" || echo "ended with $?"
	says out '^1 CPU, '
	says out '^machine/random-load/one '
	! grep '^machine/line-transfer' "$dir/out"
	taskset -c "$cpu" "$cmdqv" bench --quick --only machine/line >"$dir/out" 2>"$dir/err"
	ended 2 $? bench --only machine/line
	says err 'or it takes two CPUs$'
}

a_plot_that_cannot_be_written_leaves_nothing_behind() {
	cannot_draw && return
	mkdir "$dir/plots"
	(
		TMPDIR=$dir/plots
		export TMPDIR
		limit_files -f 1
		bench 2 --only trap/read --html "$dir/page"
	)
	says err 'cmdqv: '
	ls "$dir/plots"
}

too_few_descriptors_are_said_with_a_remedy() {
	(
		limit_files -n 64
		bench 2 --only engine/vintf-bytes
		alone err
		says err 'engine: .*256 descriptors (ulimit -n)'
	)
}

rows_fit_a_narrow_terminal() {
	no_terminal && return
	on_terminal 60 bench --quick --only engine/commands-per-second || echo "ended with $got"
	says out '^engine/commands-per-second/q126/tlbi-nh-va-miss$'
}

help_says_every_option() {
	bench 0 --help
	narrow out
	for option in html only quick json help; do
		says out "--$option"
	done
}

every_case
