#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# cmdqv run as its user sees it: what it prints, and its exit statuses. Prints TAP.
# usage: run_test.sh CMDQV
# shellcheck source=tests/tools/cases.sh
. "$(dirname "$0")/cases.sh"
tool_file=$1

# run STATUS ARGUMENT...: runs the command into $dir/out and $dir/err.
run() {
	status=$1
	shift
	"$cmdqv" run "$@" >"$dir/out" 2>"$dir/err"
	ended "$status" $? run "$@"
}

# lines FILE NUMBER
lines() {
	[ "$(wc -l <"$dir/$1")" = "$2" ] || echo "std$1 has not $2 lines: $(cat "$dir/$1")"
}

# alone FILE: there is one complaint in it and no more.
alone() {
	[ "$(grep -vc '^    ' "$dir/$1")" = 1 ] || echo "std$1 has not one complaint: $(cat "$dir/$1")"
	says "$1" '^cmdqv: '
}

# refused ARGUMENT...: nothing is run, one complaint says why, and --json gives one object alone.
refused() {
	run 2 --json "$@"
	lines out 1
	lines err 0
	says out '"schema": "cmdqv-run/1"'
	says out '"verdict": "error"'
	says out '"reason": "'
	cp "$dir/out" "$dir/object"
	run 2 "$@"
	lines out 0
	alone err
	# A path is as long as it is.
	grep -v / "$dir/err" >"$dir/words"
	narrow words
}

a_table_fits_80_columns_and_ends_in_a_verdict() {
	run 0 --guest thread --vcpus 2
	awk 'length > 80 { print "line of " length ": " $0 }' "$dir/out"
	for phase in probe reset bring-up invalidate-vintf invalidate-direct error \
		disable-vintf disable-cmdqv; do
		says out "^$phase "
	done
	says out '^ok: every command was executed'
	lines err 0
}

json_is_one_object_with_all_phases() {
	run 0 --guest thread --batches 10 --batch-size 4 --no-rest --json
	lines out 1
	says out '"schema": "cmdqv-run/1", "version": "0.2.0", "verdict": "ok"'
	says out '"guest": "thread", "backend": "soft", "page0": "none"'
	says out '"name": "invalidate-vintf", "batches": 10, "commands": 40, "exits": { "config": 0, "direct0": 0, "direct1": 0, "vintf0": 0, "vintf1": 0 }, "page0": "mapped", "seconds": '
	if grep -q '"reason"' "$dir/out"; then
		echo "an ok verdict has a reason"
	fi
	if command -v python3 >/dev/null; then
		python3 -c 'import json, sys; assert len(json.load(sys.stdin)["phases"]) == 8' \
			<"$dir/out"
	fi
}

a_page_that_is_not_mapped_is_trapped() {
	run 0 --guest thread --no-map --json
	says out '"page0": "trapped"'
	if grep -q '"page0": "mapped"' "$dir/out"; then
		echo "the page was mapped"
	fi
}

# [DEV-36]
a_page_rests_unless_it_must_not() {
	run 0 --guest thread --vcpus 2 --json
	[ "$(grep -o '"rests": [0-9]*, "rest_exits": [0-9]*' "$dir/out" | wc -l)" = 8 ] ||
		echo "not every phase counts its rests"
	run 0 --guest thread --no-rest --json
	[ "$(grep -o '"rests": 0, "rest_exits": 0' "$dir/out" | wc -l)" = 8 ] ||
		echo "the page rested"
	# A guest that waits for a second in vain.
	run 1 --guest thread --fault lost-interrupt@1 --json
	says out '"rests": [1-9]'
	run 1 --guest thread --fault lost-interrupt@1 --no-rest --json
	! grep -q '"rests": [1-9]' "$dir/out" || echo "the page rested: $(cat "$dir/out")"
}

a_recording_is_of_the_format() {
	run 0 --guest thread --queues 4 --batches 8 --record "$dir/trace"
	[ "$(sed -n 1p "$dir/trace")" = "# cmdqv-trace 1" ] || echo "no first line"
	[ "$(sed -n 2p "$dir/trace")" = "G 2 0 4" ] || echo "no geometry: $(sed -n 2p "$dir/trace")"
	[ "$(sed -n 3p "$dir/trace")" = "R4 00000 20083" ] || echo "not the first access"
	[ "$(grep -c '^E q3 ' "$dir/trace")" = 1 ] || echo "no refused command of queue 3"
	[ "$(grep -c '^I$' "$dir/trace")" = 1 ] || echo "no interrupt"
}

a_recording_replays() {
	run 0 --guest thread --queues 4 --batches 8 --vcpus 2 --record "$dir/trace"
	"$cmdqv" replay "$dir/trace" >"$dir/out" 2>"$dir/err" ||
		echo "replay ended with $?: $(cat "$dir/out" "$dir/err")"
}

an_unknown_option_is_refused() {
	refused --guest thread --frobnicate
	says err "no option '--frobnicate'"
	refused --guest
	says err 'needs a value'
	refused --guest thread -x
	refused --guest thread surplus
	says err "'surplus'"
}

what_is_wrong_is_named_as_it_was_written() {
	for command in run 'run --guest linux' 'run --guest stack' replay bench probe explain; do
		# shellcheck disable=SC2086
		"$cmdqv" $command --json -xyz >"$dir/out"
		says out "no option '-x'; see 'cmdqv $command --help'"
		# shellcheck disable=SC2086
		"$cmdqv" $command --nope --js >"$dir/out"
		says out "no option '--nope'"
	done
	refused --guest thread --record "/nonexistent/a  b   c"
	says err "'/nonexistent/a  b   c'"
	refused --guest thread --record "/nonexistent/$(printf '%03000d' 0)"
	says err 'a file that$\|that can be written$'
}

no_argument_does_anything_to_a_terminal() {
	# A control sequence, also as U+009B; a byte that is no UTF-8; half a UTF-16 pair.
	for bad in "$(printf '\033[2J')" "$(printf '\302\2332J')" "$(printf 'a\377')" \
		"$(printf 'a\355\240\200b')" "$(printf 'a\nb')"; do
		refused --guest "$bad"
		! LC_ALL=C grep -q '[^ -~]' "$dir/err" || echo "stderr has $(od -c "$dir/err")"
		iconv -f UTF-8 -t UTF-8 "$dir/object" >"$dir/words" || echo "JSON that is no UTF-8"
		"$cmdqv" "$bad" 2>"$dir/err"
		! LC_ALL=C grep -q '[^ -~]' "$dir/err" || echo "stderr has $(od -c "$dir/err")"
		"$cmdqv" replay "/nonexistent/$bad" 2>"$dir/err"
		! LC_ALL=C grep -q '[^ -~]' "$dir/err" || echo "stderr has $(od -c "$dir/err")"
	done
}

numbers_out_of_range_are_refused() {
	for queues in 0 3 65 128 x -2 ''; do
		refused --guest thread --queues "$queues"
		says err 'power of two from 1 to 64'
	done
	refused --guest thread --batches 0
	refused --guest thread --batches 1x
	refused --guest thread --batch-size 1
	refused --guest thread --batch-size 1025
	refused --guest thread --vcpus 9
	refused --guest xen
	refused --backend iommufd
}

a_number_that_begins_with_zero_is_decimal() {
	run 0 --guest thread --batches 010 --json
	says out '"invalidate-vintf", "batches": 10,'
	run 0 --guest thread --batches 0x10 --json
	says out '"invalidate-vintf", "batches": 16,'
	refused --guest thread --batches 0x
}

# [HW-20]
a_fault_that_the_guest_recovers_from_is_ok() {
	run 0 --guest thread --fault abort@1:2 --json
	says out '"verdict": "ok"'
	says out '"faults": \[ { "kind": "abort", "queue": 1, "count": 2, "struck": 2 } \]'
	says out '"errors": { "other": 0, "illegal": 0, "abort": 2, "atc-timeout": 0, "illegal-access": 0 }'
	run 0 --guest thread --fault abort@1:2
	says out '^fault abort@1:2 struck 2 times'
	awk 'length > 80 { print "line of " length ": " $0 }' "$dir/out"
}

# [HW-20]
a_guest_that_times_out_is_a_failed_verdict_with_a_sentence() {
	run 1 --guest thread --fault refuse@0
	tr '\n' ' ' <"$dir/out" >"$dir/joined"
	says joined 'FAILED: the invalidation of 0x100000000000 (entry 0) was lost: '
	narrow out
	run 1 --guest thread --fault stall@0:always --json
	says out '"verdict": "failed", "reason": "in phase invalidate-vintf the guest found: '
	lines err 0
}

# [HW-20] Each acknowledgement leads to the next interrupt.
an_error_for_ever_ends_the_run() {
	for kind in refuse abort; do
		timeout -s KILL 60 "$cmdqv" run --guest thread --batches 3 --fault "$kind@0:always" >"$dir/out" 2>"$dir/err"
		ended 1 $? run --fault "$kind@0:always"
		says out '^FAILED: '
	done
}

# [HW-20]
columns_stay_apart_whatever_the_numbers() {
	run 0 --guest thread --fault abort@0:20000
	narrow out
	awk '$2 ~ /^[0-9]/ && NF != 10 { print NF " columns: " $0 }' \
		"$dir/out"
}

a_fault_that_cannot_be_is_refused() {
	refused --guest thread --fault nonsense@0
	refused --guest thread --fault abort@2
	refused --guest thread --fault abort@0 --record "$dir/trace"
}

# [HW-18] [HW-19]
dma_is_right_while_every_invalidation_arrives() {
	run 0 --guest thread --dma --rounds 50 --vcpus 2
	awk 'length > 80 { print "line of " length ": " $0 }' "$dir/out"
	says out '^ok: data and checksums were right in all of 50 rounds; '
	run 0 --guest thread --dma --rounds 50 --json
	says out '"verdict": "ok"'
	says out '"dma": { "rounds": 50, "bytes": 52224, "jobs": 102, "invalidations": 100 }'
	run 0 --guest thread --dma --rounds 50 --vcpus 2 --json # two jobs at the end of each vCPU
	says out '"jobs": 104, "invalidations": 100 }'
}

# [HW-18]
every_invalidation_that_is_lost_is_told() {
	for n in 1 2 3 4 5 6; do
		run 1 --guest thread --dma --rounds 3 --drop-invalidation "$n" --json
		page=$((6 - n % 2))
		round=$(((n + 1) / 2 + 1))
		place="round $round"
		[ "$round" = 4 ] && place='the check after the last round'
		says out '"verdict": "failed", "reason": "in '"$place"' of vCPU 0 '
		says out '"dropped": { "number": '"$n"', "vcpu": 0, "iova": "0x000000401234'"$page"'000" }'
		says out '"stale": { "round": '"$round"', "vcpu": 0, "iova": "0x000000401234'"$page"
	done
	run 1 --guest thread --dma --rounds 3 --drop-invalidation 6
	awk 'length > 80 { print "line of " length ": " $0 }' "$dir/out"
	says out '^lost:  number 6, of IOVA 0x4012346000 by vCPU 0'
	says out '^stale: the check after the last round of vCPU 0, IOVA 0x4012346'
	says out '^FAILED: in the check after the last round of vCPU 0 '
}

dma_that_cannot_be_is_refused() {
	for n in 0 7 x 99999999999; do
		refused --guest thread --dma --rounds 3 --drop-invalidation "$n"
		says err "a number from 1 to 6, not '$n'"
	done
	refused --guest thread --dma --drop-invalidation 20001
	says err 'from 1 to 20000'
	refused --guest thread --dma --batches 5
	says err 'give --rounds'
	refused --guest thread --dma --batch-size 5
	refused --guest thread --dma --rounds 0
	refused --guest thread --rounds 3
	refused --guest thread --drop-invalidation 3
	refused --guest thread --dma --record "$dir/trace"
	refused --guest thread --dma --fault abort@0
}

# [DEV-34] [HW-25] An SMMU that forgets only at the second time.
an_erratum_shows_in_the_data_unless_the_guest_repeats() {
	run 1 --guest thread --dma --rounds 40 --queues 1 --fault repeat@0:always
	says out '^stale: round '
	says out '^FAILED: in round .* reached a former page'
	run 0 --guest thread --dma --rounds 40 --queues 1 --fault repeat@0:always --repeat
	says out '^fault repeat@0:always struck [0-9]* times'
	says out '^ok: data and checksums were right in all of 40 rounds; '
	run 0 --guest thread --dma --rounds 40 --repeat --fault repeat@0:always --fault repeat@1:always
	refused --guest thread --repeat
	refused --guest thread --dma --repeat --migrate 3
}

# [DEV-29]
a_guest_that_moves_loses_nothing() {
	run 0 --guest thread --migrate 10
	awk 'length > 80 { print "line of " length ": " $0 }' "$dir/out"
	says out '^moved: 10 times to another host'
	says out '^ok: every command was executed'
	run 0 --guest thread --dma --rounds 200 --migrate 10 --json
	says out '"moves": { "wanted": 10, "made": 10, "held": 0, "bytes": '
	run 0 --guest thread --migrate 10 --batches 500 --fault abort@0:1
	says out '^fault abort@0:1 struck'
	run 1 --guest thread --migrate 1000 --batches 1
	says out '^FAILED: the guest was done after '
	for n in 0 x 1000001; do
		refused --guest thread --migrate "$n"
	done
	refused --guest thread --migrate 1 --record "$dir/trace"
	says err 'leave out --record'
}

a_recording_that_cannot_be_written_is_refused() {
	refused --guest thread --record "$dir/absent/trace"
	says err 'No such file'
	if [ -w /dev/full ]; then
		refused --guest thread --record /dev/full
		says err 'No space left'
	fi
}

a_terminal_is_asked_for_its_width() {
	no_terminal && return
	for columns in 60 80 100; do
		on_terminal "$columns" run --guest thread || echo "ended with $got"
		says out '^invalidate-vintf  *6400 '
		for words in '' run 'run --guest linux' 'run --guest stack' replay bench probe explain; do
			# shellcheck disable=SC2086
			on_terminal "$columns" help $words
		done
	done
	# Of 200 columns no more than 100 are used.
	on_terminal 200 help run
	awk 'length > 100 { print "line of " length ": " $0 }' "$dir/out"
	awk 'length > 80 { wide = 1 } END { exit !wide }' "$dir/out" || echo "not wider than 80"
}

what_is_piped_is_not_folded() {
	env -u COLUMNS "$cmdqv" run --guest thread --no-rest >"$dir/out"
	says out '^A guest, threads here .* An exit is an access of the guest .*slow or busy\.$'
	says out '^ok: every command was executed exactly .* cost no exit at all$'
	env -u COLUMNS "$cmdqv" help run >"$dir/out"
	says out '^  --fault KIND.*The guest gives up after a second'
	env -u COLUMNS "$cmdqv" run --guest thread --record "/nonexistent/a" 2>"$dir/err"
	lines err 1
}

the_preamble_explains_the_rows_that_are_shown() {
	run 0 --guest thread --batches 10
	says out 'mostly polls of CONS'
	run 0 --guest thread --dma --rounds 3
	! grep -q 'polls of CONS' "$dir/out" || echo "a row that is not shown is explained"
	run 0 --guest thread --batches 10 --no-map
	says out 'no page is mapped here'
}

an_option_of_another_mode_names_that_mode() {
	refused --guest thread --tests disk
	says err "^cmdqv: --tests is an option of 'cmdqv run --guest linux'"
	# Names may be cut off, but not to several.
	for guest in '--guest linux' --guest=linux '--gu linux' --g=linux; do
		# shellcheck disable=SC2086
		refused $guest --batch-size 4
		says err "^cmdqv: --batch-size is an option of 'cmdqv run'"
	done
	refused --guest thread --vmm ours
	says err "^cmdqv: --vmm is an option of 'cmdqv run --guest stack'"
	refused --guest stack --tests disk
	says err "^cmdqv: --tests is an option of 'cmdqv run --guest linux'"
	run 0 --guest thread --batches 10 --rec "$dir/trace"
	refused --guest thread --batch 10
	says err "no option '--batch'"
}

what_is_one_is_not_called_many() {
	env -u COLUMNS "$cmdqv" run --guest thread --batches 1 --queues 1 --fault abort@0:1 >"$dir/out"
	says out 'to handle 1 error among 1 batch cost [0-9]* exits*$'
	says out ' 1 time$'
	run 0 --guest thread --dma --rounds 1
	says out '^DMA: 1 round was right; '
	says out 'in all of 1 round; '
}

# Runs that would take hours: what was seen until then is shown. Statistics say when it is there.
an_interrupt_shows_what_was_seen() {
	pids=
	for option in --queues=2 --json --no-map "--record=$dir/trace" --watch; do
		number=$(echo "$pids" | wc -w)
		"$cmdqv" run --guest thread --batches 4000000000 --stats "$dir/stats$number" "$option" \
			>"$dir/out$number" 2>"$dir/err" &
		pids="$pids $!"
	done
	number=0
	for pid in $pids; do
		awaits "$pid" "$dir/stats$number" '"phase": "invalidate-'
		kill -TERM "$pid"
		wait "$pid"
		got=$?
		[ "$got" = 3 ] || echo "ended with $got"
		if [ "$number" != 1 ]; then
			says "out$number" '^bring-up  '
			says "out$number" '^interrupted in phase [a-z-]*'
		else
			says "out$number" '"verdict": "interrupted", "reason": "interrupted in phase '
		fi
		number=$((number + 1))
	done
	[ "$(tail -n 1 "$dir/trace")" = '# end of trace' ] || echo "what was recorded is not whole"
}

# head(1) ends after a line. In a pipeline of the shell nobody would see the status.
a_reader_that_leaves_ends_it_and_nothing_stays() {
	echo former >"$dir/trace"
	mkfifo "$dir/pipe"
	head -n 1 "$dir/pipe" >"$dir/first" &
	timeout 300 env --default-signal=PIPE "$cmdqv" run --guest thread --batches 4000000000 --watch \
		--record "$dir/trace" >"$dir/pipe" 2>"$dir/err"
	got=$?
	wait $!
	[ "$got" = 141 ] || echo "ended with $got: $(cat "$dir/err")"
	says first '^[0-9]* s, '
	[ -z "$(find "$dir" -name '*.part')" ] || echo "a part is left"
	head -n 1 "$dir/pipe" >"$dir/first" &
	timeout 300 env --default-signal=PIPE "$cmdqv" run --guest thread --batches 4000000000 \
		--stats "$dir/pipe" --record "$dir/trace" >"$dir/out" 2>"$dir/err"
	ended 2 $? run --stats
	wait $!
	says err "/pipe' could not be written to its end"
	[ -z "$(find "$dir" -name '*.part')" ] || echo "a part is left"
}

# Opening it takes as long as nobody reads.
an_interrupt_before_it_runs_leaves_nothing() {
	mkfifo "$dir/unread"
	env --default-signal=INT "$cmdqv" run --guest thread --record "$dir/trace" --stats "$dir/unread" \
		>"$dir/out" 2>"$dir/err" &
	pid=$!
	awaits "$pid" "/proc/$pid/stat" ') S '
	kill -INT "$pid"
	wait "$pid"
	[ -z "$(find "$dir" -name '*.part')" ] || echo "a part is left"
}

# As a shell does for what a script runs in the background.
a_signal_that_is_ignored_ends_nothing() {
	(
		trap '' INT
		exec "$cmdqv" run --guest thread --batches 60000 --stats "$dir/stats" >"$dir/out" 2>"$dir/err"
	) &
	pid=$!
	awaits "$pid" "$dir/stats" '"phase": "invalidate-'
	kill -INT "$pid" 2>/dev/null # it may be over
	wait "$pid"
	ended 0 $? run
}

a_terminal_sees_how_far_it_is() {
	no_terminal && return
	for work in '--batches 200000' '--dma --rounds 10000'; do
		# shellcheck disable=SC2086
		on_terminal 80 run --guest thread $work >/dev/null
		says typescript 'phase invalidate-vintf \.\.\.'
	done
}

a_refused_combination_leaves_a_former_file_alone() {
	echo former >"$dir/trace"
	refused --guest thread --record "$dir/trace" --fault abort@0
	refused --guest thread --record "$dir/trace" --dma
	refused --guest thread --record "$dir/trace" --batch-size 5000
	refused --guest thread --record "$dir/trace" --backend iommufd --device /dev/null
	refused --guest linux --record "$dir/trace" --no-cmdqv
	refused --guest linux --record "$dir/trace" --qemu "$dir/none"
	refused --guest linux --record "$dir/trace" --qemu /bin/false --kernel "$dir/none"
	[ "$(cat "$dir/trace")" = former ] || echo "the former file is gone"
	[ -z "$(find "$dir" -name '*.part')" ] || echo "a part of a file is left"
	chmod 640 "$dir/trace"
	run 0 --guest thread --batches 10 --record "$dir/trace"
	[ "$(tail -n 1 "$dir/trace")" = '# end of trace' ] || echo "the trace does not say its end"
	[ "$(stat -c %a "$dir/trace")" = 640 ] || echo "the file has another mode"
}

every_command_has_help_and_version() {
	for command in run 'run --guest linux' 'run --guest stack' replay bench probe explain; do
		# shellcheck disable=SC2086
		for ask in "help $command" "$command --help" "$command -h"; do
			"$cmdqv" $ask >"$dir/out" || echo "'$ask' ended with $?"
			says out "^usage: cmdqv $command \["
		done
		for ask in --version -V; do
			# shellcheck disable=SC2086
			[ "$("$cmdqv" $command $ask)" = 'cmdqv 0.2.0' ] || echo "no version by $command $ask"
		done
	done
	[ "$("$cmdqv" -V)" = 'cmdqv 0.2.0' ] || echo "no version by -V"
	"$cmdqv" help >"$dir/out" || echo "help ended with $?"
	says out '^usage: cmdqv COMMAND'
	"$cmdqv" --help run >"$dir/out" || echo "--help run ended with $?"
	says out '^usage: cmdqv run'
	"$cmdqv" help nope 2>"$dir/err" && echo "help of nothing is a success"
	says err "no command 'nope'"
}

help_says_every_option() {
	run 0 --help
	for option in guest backend device queues batches batch-size vcpus no-map no-rest record fault dma rounds \
		drop-invalidation repeat migrate json help; do
		says out "--$option"
	done
	awk 'length > 80 { print "line of " length ": " $0 }' "$dir/out"
}

the_program_lists_its_commands() {
	"$cmdqv" --help >"$dir/out" 2>"$dir/err" || echo "--help ended with $?"
	says out '  run  '
	"$cmdqv" --version >"$dir/out" || echo "--version ended with $?"
	says out '^cmdqv 0\.2\.0$'
	"$cmdqv" frobnicate >"$dir/out" 2>"$dir/err"
	[ $? = 2 ] || echo "an unknown command did not end with 2"
	says err "no command 'frobnicate'"
	lines err 1
}

# Hides /dev/kvm from this script's children, where that can be done.
without_kvm() {
	unshare -m true 2>/dev/null || return 77
	unshare -m sh -c 'mount --bind /dev/null /dev/kvm 2>/dev/null || exit 77
		exec "$@"' sh "$@"
}

no_kvm_is_told_with_a_remedy() {
	hide=
	[ -r /dev/kvm ] && [ -w /dev/kvm ] && hide=without_kvm
	$hide "$cmdqv" run --guest kvm >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 77 ] && echo "SKIP /dev/kvm cannot be hidden" && return
	[ $status = 2 ] || echo "ended with $status"
	alone err
	says err '--guest thread'

	$hide "$cmdqv" run >"$dir/out" 2>"$dir/err" || echo "the default ended with $?"
	lines err 1
	says err 'the guest runs in threads'
	says out '^ok: '
}

under_kvm_a_mapped_batch_costs_no_exit() {
	if [ -n "${MESON_EXE_WRAPPER:-}" ] || [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
		echo "SKIP no access to /dev/kvm"
		return
	fi
	run 0 --guest kvm --batches 10 --batch-size 4 --no-rest --json
	says out '"guest": "kvm"'
	says out '"name": "invalidate-vintf", "batches": 10, "commands": 40, "exits": { "config": 0, "direct0": 0, "direct1": 0, "vintf0": 0, "vintf1": 0 }, "page0": "mapped"'
}

# On a host without CMDQV, whatever it has instead, and also where there is one: the device is not.
a_host_without_the_device_is_told_with_a_remedy() {
	refused --guest thread --backend iommufd --device /dev/vfio/devices/none
	says object 'cmdqv probe'
	says err 'cmdqv probe'
}

what_hardware_does_not_have_is_refused() {
	refused --guest thread --backend xen
	refused --guest thread --backend iommufd
	says err '--device'
	refused --guest thread --device /dev/vfio/devices/none
	for option in --dma --fault=abort@0 "--record=$dir/trace"; do
		refused --guest thread --backend iommufd --device /dev/null "$option"
		says err 'leave them out'
	done
}

# On a busy machine it may begin late, and take several seconds.
without_a_terminal_a_watch_is_lines_before_the_table() {
	run 0 --guest thread --watch
	sed -n 1p "$dir/out" | grep -q '^[0-9]* s, [a-z0-9-]*: [0-2] of 2 queues bound, [0-9]* commands/s, [0-9]* waiting, [01] refused, page 0 [a-z]*, [0-9]* exits/s, [01] events$' ||
		echo "no first line: $(cat "$dir/out")"
	says out '^[0-9]* s, disable-cmdqv: 0 of 2 queues bound, .* 1 refused, page 0 none, .* 1 events$'
	[ "$(grep -n 's, disable-cmdqv' "$dir/out" | tail -n 1 | cut -d: -f1)" -lt "$(grep -n '^probe ' "$dir/out" | cut -d: -f1)" ] ||
		echo "the table comes first"
	says out '^ok: '
}

on_a_terminal_a_watch_is_a_screen_that_goes_away() {
	# Another machine's ncurses finds no terminal described.
	{ [ -z "${MESON_EXE_WRAPPER:-}" ] && command -v script >/dev/null; } || {
		echo "SKIP there is no script, or no terminal for it"
		return
	}
	TERM=xterm
	export TERM
	on_terminal 80 run --guest thread --watch >/dev/null || echo "it ended with $?"
	says out '^ok: every command'
	TERM=dumb on_terminal 80 run --guest thread --watch >/dev/null || echo "it ended with $?"
	says out 'queues bound'
	! grep -q "$(printf '\033')" "$dir/typescript" || echo "a dumb terminal gets codes"
	TERM=xterm on_terminal 80 run --guest thread --watch >/dev/null
	if ldd "$tool_file" | grep -q ncurses; then
		says out 'commands refused error'
		says out '1049l' # back to the lines of before
		on_terminal '80 rows 7' run --guest thread --watch --queues 4 >/dev/null
		says out 'terminal of 10 rows shows every queue'
		on_terminal '80 rows 10' run --guest thread --watch --queues 4 >/dev/null
		! grep -q 'rows shows' "$dir/out" || echo "10 rows are enough"
		on_terminal '76 rows 10' run --guest thread --watch >/dev/null
		says out 'commands refused error'
		for columns in 75 60 40 20; do
			on_terminal "$columns rows 10" run --guest thread --watch >/dev/null
			sed 's/\x1b\[[0-9;]*[A-Za-z]/ /g' "$dir/out" | tr -s '\n ' ' ' >"$dir/words"
			says words '76 columns'
		done
	fi
}

# It would be read for ever, and no interrupt ends that.
an_input_without_an_end_keeps_no_watch() {
	{ [ -z "${MESON_EXE_WRAPPER:-}" ] && command -v script >/dev/null; } || {
		echo "SKIP there is no script, or no terminal for it"
		return
	}
	TERM=xterm timeout -s KILL 60 script -qec \
		"timeout --foreground -s KILL 50 '$cmdqv' run --guest thread --batches 10 --watch </dev/zero" \
		/dev/null </dev/null >"$dir/out" 2>"$dir/err" || echo "ended with $?"
	says out 'ok: every command'
}

statistics_are_an_object_a_line() {
	run 0 --guest thread --queues 4 --stats "$dir/stats" --json
	lines out 1
	[ "$(grep -c '^{ "schema": "cmdqv-stats/1", "seconds": ' "$dir/stats")" = "$(wc -l <"$dir/stats")" ] ||
		echo "not each line is an object: $(cat "$dir/stats")"
	[ "$(wc -l <"$dir/stats")" -ge 2 ] || echo "no line at the end"
	tail -n 1 "$dir/stats" >"$dir/last"
	says last '"phase": "disable-cmdqv", "page0": "none"'
	says last '"counters": { "traps-config": [1-9]'
	if command -v python3 >/dev/null; then
		python3 - "$dir/last" "$dir/out" <<'PYTHON'
import json, sys
last, report = (json.load(open(file)) for file in sys.argv[1:])
executed = sum(queue["commands"] for queue in last["queues"])
if len(last["queues"]) != 4 or executed != sum(phase["commands"] for phase in report["phases"]):
    print(f"{executed} commands of {len(last['queues'])} queues are not those of {report}")
if sum(queue["refused"] for queue in last["queues"]) != 1:
    print(f"not one command was refused: {last}")
PYTHON
	fi
}

too_few_descriptors_are_said_with_a_remedy() {
	(
		limit_files -S -n 64
		run 0 --guest thread --batches 2
	)
	(
		limit_files -n 64
		refused --guest thread
		says err 'ulimit -n'
	)
}

a_watch_that_cannot_be_is_refused() {
	run 2 --guest thread --watch --json
	lines out 1
	says out '"verdict": "error", "reason": "--watch .* --stats'
	refused --guest thread --stats /nonexistent/file
	says err "'/nonexistent/file'"
}

every_case
