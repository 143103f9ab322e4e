#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# cmdqv run --guest linux as its user sees it, with a stand-in for QEMU: a script that writes the
# console and the report that a machine would have written. Prints TAP.
# usage: run_linux_test.sh CMDQV
# shellcheck source=tests/tools/cases.sh
. "$(dirname "$0")/cases.sh"
# shellcheck source=tests/tools/stand_in.sh
. "$(dirname "$0")/stand_in.sh"

TMPDIR=$dir
export TMPDIR

# Nothing is there but what a machine is made of.
set_up() {
	rm -rf "${dir:?}"/*
	: >"$dir/kernel"
	: >"$dir/initrd"
}

# A machine that went well; $1 is done to its console, $2 to its report, before it ends.
machine() {
	cat >"$dir/console" <<'CONSOLE'
[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x000f0510]
[    0.500000] arm-smmu-v3 9050000.smmuv3: allocated 262144 entries for vcmdq0
[    0.510000] arm-smmu-v3 9050000.smmuv3: allocated 262144 entries for vcmdq1
cmdqv: guest value kernel 7.2.12
cmdqv: disk ok
cmdqv: guest ok
CONSOLE
	cat >"$dir/report" <<'REPORT'
{"schema": "cmdqv-qemu/1", "page0": "mapped", "exits": {"vintf0": 18},
"exits_while_mapped": {"config": 2, "vintf0": 0}, "bind_failures": 0, "page0_maps": 1,
"guest_errors": 0, "commands": {"TLBI_NH_VA": 921, "CMD_SYNC": 921}, "refused": 0,
"page0_moves": [{"page0": "mapped", "seconds": 1.25}], "smmu": {"prod_writes": 22,
"cons_reads": 2, "commands": 21, "syncs": 10}}
REPORT
	sed -i "${1:-}" "$dir/console"
	sed -i "${2:-}" "$dir/report"
	stand_in "$dir/qemu" cmdqv-guest
}

# run STATUS ARGUMENT...
run() {
	status=$1
	shift
	timeout 600 "$cmdqv" run --guest linux --qemu "$dir/qemu" --kernel "$dir/kernel" \
		--initrd "$dir/initrd" "$@" >"$dir/out" 2>"$dir/err"
	ended "$status" $? run "$@"
}

leaves_nothing() {
	[ -z "$(find "$dir" -name 'cmdqv-linux-*')" ] || echo "something is left: $(ls "$dir")"
}

a_machine_that_went_well_is_ok_and_leaves_nothing() {
	machine
	run 0
	says out '^disk  *ok$'
	says out '^queues allocated  *2 of 262144 entries$'
	says out '^a CMD_SYNC there came with  *2.00 commands, 0.02 exits, 921 times$'
	says out "^  at the SMMU's own queue  *2.10 commands, 2.40 exits, 10 times$"
	says out '^ok: '
	leaves_nothing
}

json_has_what_the_guest_said_and_what_the_device_counted() {
	machine
	run 0 --json
	says out '^{ "schema": "cmdqv-run/1",.* "verdict": "ok", "guest": "linux"'
	says out '"tests": \[ { "name": "disk", "outcome": "ok" } \]'
	says out '"guest.kernel": "7.2.12"'
	says out '"machine": { "schema": "cmdqv-qemu/1"'
}

# The stand-in writes the first line of what is read here, waits until that is shown, writes the second,
# and begins a third.
watch() {
	machine
	cat >"$dir/stats"
	cat >>"$dir/qemu" <<'QEMU'
to=$(sed -n 's/^cmdqv-guest,.*stats=\([^,]*\).*/\1/p' "$TMPDIR/arguments")
head -n 1 "$TMPDIR/stats" >"$to"
while [ -e "$TMPDIR/watched" ] && ! grep -q 's, Linux: .*, 0 commands/s' "$TMPDIR/out"; do sleep 0.1; done
tail -n 2 "$TMPDIR/stats" | head -c -1 >>"$to"
QEMU
	: >"$dir/watched"
	run 0 --watch
	rm "$dir/watched"
}

a_watch_shows_what_qemu_writes() {
	watch <<'STATS'
{ "schema": "cmdqv-stats/1", "seconds": 0.000, "page0": "none", "queues": [ { "queue": 0, "life": "idle", "enabled": false, "prod": 0, "cons": 0, "waiting": 0, "error_pending": false, "commands": 0, "refused": 0 } ], "counters": { "events": 0 } }
{ "schema": "cmdqv-stats/1", "seconds": 1.000, "page0": "mapped", "queues": [ { "queue": 0, "life": "bound", "enabled": true, "prod": 9, "cons": 4, "waiting": 5, "error_pending": true, "commands": 1234, "refused": 2 } ], "counters": { "events": 7 } }
{ "schema": "cmdqv-stats/1", "seco
STATS
	says out '^[0-9]* s, Linux: 0 of 1 queues bound, 0 commands/s, 0 waiting, 0 refused, page 0 none, 0 exits/s, 0 events$'
	says out '^[0-9]* s, Linux: 1 of 1 queues bound, [1-9][0-9]* commands/s, 5 waiting, 2 refused, page 0 mapped, 0 exits/s, 7 events$'
	says out '^ok: '
	leaves_nothing
	run 0 --stats "$dir/mine"
	says mine '"seconds": 1.000'
	run 2 --watch --json
	says out '"reason": "--watch '
}

what_is_no_look_is_shown_as_one_of_nothing() {
	watch <<'STATS'
{ "page0": null, "queues": 3, "counters": 7 }
{ "page0": 1, "queues": [ 1, null, { "life": null, "queue": "x" } ], "counters": [ ] }
[ ]
STATS
	says out '^[0-9]* s, Linux: 0 of 0 queues bound, 0 commands/s,'
	says out '^[0-9]* s, Linux: 0 of 3 queues bound, 0 commands/s,'
	says out '^ok: '
}

help_fits_into_80_columns() {
	machine
	run 0 --help
	awk 'length > 80 { print "line of " length ": " $0 }' "$dir/out"
}

# Of all commands that there are, and of a reason as long as it may be.
a_table_fits_into_80_columns() {
	machine "s/disk ok/disk failed $(printf 'what was read %.0s' 1 2 3 4 5 6 7 8 9 10)/" \
		's/"CMD_SYNC": 921/"TLBI_NH_ASID": 3, "TLBI_NH_ALL": 4, "ATC_INV": 5, &/'
	run 1
	says out '^commands of the CMDQV        TLBI_NH_VA 921 TLBI_NH_ASID 3 '
	says out '^                             .*CMD_SYNC 921$'
	says out "^FAILED: 'disk' failed: what was read"
	grep -v / "$dir/out" >"$dir/words"
	narrow words
}

exits_at_a_mapped_page_fail_it() {
	machine '' 's/"vintf0": 0/"vintf0": 3/'
	run 1
	says out 'FAILED: the guest exited 3 times at page 0 while it was mapped; see .*/console.log$'
}

a_page_that_was_never_mapped_fails_it_unless_that_was_asked_for() {
	machine '' 's/"page0_maps": 1/"page0_maps": 0/'
	run 1
	says out 'page 0 was never mapped'
	run 0 --no-map
	says arguments ',map=off'
}

a_page_that_rests_is_counted_and_need_not_rest() {
	machine '' 's/"page0_maps": 1/"page0_maps": 8, "page0_rests": 7/'
	run 0
	says arguments ',rest=on'
	says out '^  withdrawn  *7 times, while the queues were quiet$'
	run 0 --no-rest
	says arguments ',rest=off'
}

what_a_kernel_should_not_say_fails_it_and_is_quoted() {
	machine '3a [ 2.0] arm-smmu-v3 9050000.smmuv3: CMD_SYNC timeout at 0x66'
	run 1
	says out 'FAILED: the kernel said: .*CMD_SYNC timeout at 0x66; see .*/console.log$'
	for said in Oops BUG: WARNING: 'Call trace:' 'Unhandled fault' 'I/O error' 'nvme0: I/O' \
		'controller is down' 'failed to reset' 'failed to enable' 'Falling back to' 'event 0x10' \
		'timed out' 'no interrupt' 'rcu: INFO:' 'soft lockup' 'Unable to handle' \
		'probe with driver' 'unexpected global' 'unexpected error reported'; do
		machine "3a [ 2.0] x: $said"
		run 1
		says out "FAILED: the kernel said: .*$said"
	done
}

one_queue_is_too_few() {
	machine '/vcmdq1/d'
	run 1
	says out 'the kernel allocated 1 queues, not 2'
}

a_test_that_failed_or_said_nothing_fails_it() {
	machine 's/disk ok/disk failed read back otherwise/'
	run 1
	says out "'disk' failed: read back otherwise"
	machine '/disk ok/d'
	run 1
	says out "did not say how 'disk' went"
}

a_refused_command_must_be_reported_by_the_guest() {
	machine '' 's/"refused": 0/"refused": 1/'
	run 1 --refuse 1:41:1
	says out 'the guest did not report the refused command'
	says out "^refused  *1 command, and the guest's kernel reported nothing$"
	says arguments 'refuse-queue=1,refuse-index=41,refuse-code=1'
	machine '3a [ 2.0] platform b000000.cmdqv: tegra241_cmdqv: unexpected error reported. vintf_map' \
		's/"refused": 0/"refused": 1/'
	run 0 --refuse 1:41:1
	says out "^refused  *1 command, and the guest's kernel reported it$"
	run 1
	says out 'the kernel said: .*unexpected error reported'
}

# counted WHAT WORDS ARGUMENT... : that in the report fails a run, which says so.
counted() {
	machine '' "$1"
	words=$2
	shift 2
	run 1 "$@"
	says out "FAILED: $words"
}

what_the_device_counted_fails_it() {
	counted 's/"TLBI_NH_VA": 921/"TLBI_NH_VA": 0/' 'the guest sent no TLBI_NH_VA or no CMD_SYNC'
	counted 's/"CMD_SYNC": 921/"CMD_SYNC": 0/' 'the guest sent no TLBI_NH_VA or no CMD_SYNC'
	counted 's/"bind_failures": 0/"bind_failures": 1/' 'a queue could not be bound'
	counted 's/"guest_errors": 0/"guest_errors": 1/' 'the device counted errors of the guest'
	counted 's/"refused": 0/"refused": 1/' '1 commands were refused, not 0'
	counted '' '0 commands were refused, not 1' --refuse 1:41:1
}

what_is_asked_for_reaches_qemu() {
	machine
	: >"$dir/firmware"
	run 0 --vcpus 3 --firmware "$dir/firmware" --lose --append 'quiet cmdqv.cpu=1'
	for words in '^3$' '^-bios$' "^$dir/firmware\$" ',lose=on' "^$dir/kernel\$" "^$dir/initrd\$" ' quiet cmdqv.cpu=1$'; do
		says arguments "$words"
	done
	run 0
	says arguments ',lose=off'
	! grep -q -e -bios "$dir/arguments" || echo "there is firmware"
}

a_guest_told_to_leave_it_alone_must() {
	machine '3a [ 2.0] platform b000000.cmdqv: tegra241_cmdqv: Falling back to standard SMMU CMDQ'
	run 1 --no-cmdqv
	says out 'although it was told not to'
	says arguments 'arm_smmu_v3.disable_cmdqv=1'
}

a_panic_ends_it_at_once() {
	machine '3a [ 2.0] Kernel panic - not syncing: Attempted to kill init!'
	: >"$dir/hang"
	run 1 --timeout 50
	says out 'the kernel said: .*Kernel panic'
}

a_machine_that_hangs_is_ended_in_time() {
	machine '/guest ok/d'
	times_out
	says out "it took more than $seconds seconds and was ended"
	! kill -0 "$(cat "$dir/pid")" 2>/dev/null || echo "it still runs"
}

a_time_out_is_the_reason_that_is_given() {
	machine '/guest ok/d; /queues/d; /allocated/d'
	times_out
	says out "FAILED: it took more than $seconds seconds"
	machine d
	times_out
	says out "FAILED: no kernel began to boot: it took more than $seconds seconds"
}

a_qemu_that_cannot_run_is_told() {
	machine
	echo 'no program' >"$dir/qemu"
	run 2
	says err 'QEMU .* could not be run; make linux, or --qemu'
	run 2 --interactive
	says err 'QEMU .* could not be run; make linux, or --qemu'
	leaves_nothing
	rm "$dir/qemu"
	run 2
	says err 'there is no QEMU .*make linux, or --qemu'
}

a_qemu_without_the_device_is_told() {
	machine
	printf '#!/bin/sh\necho "cmdqv-guest is not a valid device model name" >&2\nexit 1\n' >"$dir/qemu"
	run 1
	says out 'FAILED: no kernel began to boot: cmdqv-guest is not a valid device model name; see'
	run 1 --interactive
	says err 'cmdqv-guest is not a valid device model name'
}

a_recording_goes_where_a_link_leads_and_replaces_no_pipe() {
	machine
	# The dollars are those of the stand-in.
	# shellcheck disable=SC2016
	sed -i 's/^cp "/record=$(sed -n "s,^cmdqv-guest\\,.*record=\\(.*\\),\\1,p" "$TMPDIR\/arguments")\necho new >"$record"\n&/' "$dir/qemu"
	echo old >"$dir/target"
	ln -s target "$dir/trace"
	run 0 --record "$dir/trace"
	{ [ -L "$dir/trace" ] && [ "$(cat "$dir/target")" = new ]; } || ls -l "$dir"
	mkfifo "$dir/pipe"
	timeout 60 cat "$dir/pipe" >"$dir/read" &
	run 0 --record "$dir/pipe"
	wait $!
	{ [ -p "$dir/pipe" ] && [ "$(cat "$dir/read")" = new ]; } || ls -l "$dir"
	run 2 --record "$dir"
	says err 'cannot write .*: not a regular file'
	[ -z "$(find "$dir" -name '*.part')" ] || ls "$dir"
}

a_file_that_qemu_could_not_write_whole_is_told() {
	for what in 'is not complete' 'could not be written to its end'; do
		machine "\$a qemu: cmdqv: '/full' $what"
		run 2 --record "$dir/trace"
		says err "'/full' $what: is there space left?"
	done
	leaves_nothing
}

what_a_console_says_is_made_printable() {
	machine "s/^cmdqv: disk ok/cmdqv: disk failed $(printf '\377\033[2J')/"
	run 1
	! grep -q "$(printf '\033')" "$dir/out" || cat "$dir/out"
	run 1 --json
	iconv -f UTF-8 -t UTF-8 "$dir/out" >"$dir/again" 2>&1 || cat "$dir/again"
}

wrong_usage_is_told_and_json_is_one_object() {
	machine
	run 2 --refuse 0:-5:1
	run 2 --refuse 0:524288:1
	run 2 --append "$(printf '%0401d' 0)"
	says err '--append takes at most 400 characters'
	mkfifo "$dir/stats"
	run 2 --watch --stats "$dir/stats"
	says err '--watch reads the file of --stats'
	run 2 --refuse 2:0:1
	says err '--refuse must be queue (0 or 1), index and code (1 to 4)'
	run 2 --vcpus 9
	run 2 --tests
	run 2 --batches 3
	run 2 --timeout 0 --json
	says out '^{ "schema": "cmdqv-run/1".*"verdict": "error", "reason": '
	for tests in '' ',' 'disk,' 'disk,,rebind'; do
		run 2 --tests "$tests"
		says err 'names of tests'
	done
	run 2 --interactive --json
	says out 'is for a person'
	for option in --lose --no-map --refuse=1:41:1 "--record=$dir/trace"; do
		run 2 --no-cmdqv "$option"
		says err 'leaves nothing to'
	done
	(
		mkdir "$dir/a,b"
		TMPDIR=$dir/a,b
		run 2
		says err '^cmdqv: TMPDIR must be without a comma'
	)
	rm "$dir/kernel"
	run 2
	says err 'there is no kernel'
}

# A user space of one's own may have other tests.
an_unknown_test_is_refused_before_anything_runs() {
	machine
	"$cmdqv" run --guest linux --qemu "$dir/qemu" --kernel "$dir/kernel" --tests disk,nope \
		>"$dir/out" 2>"$dir/err"
	[ $? = 2 ] || echo "it was not refused"
	says err '^cmdqv: --tests must be of disk, rebind, benchmark, reboot'
	[ ! -e "$dir/arguments" ] || echo "QEMU was run"
	run 1 --tests nope
	says out "did not say how 'nope' went"
}

hangs() {
	machine '/guest ok/d'
	rm -f "$dir/pid"
	touch "$dir/hang"
}

# ends_by SIGNAL WHOM : where to kill, the tool alone or as a terminal does.
ends_by() {
	pid=$!
	awaits "$pid" "$dir/pid" .
	kill -s "$1" -- "$2$pid"
	wait "$pid"
	got=$?
	[ "$got" = 3 ] || echo "ended with $got"
	! kill -0 "$(cat "$dir/pid")" 2>/dev/null || echo "QEMU runs on"
}

# As a terminal starts it: whoever runs the tests may have had a hang-up ignored.
from_terminal="setsid env --default-signal=HUP,INT"

interrupted() {
	hangs
	$from_terminal "$cmdqv" run --guest linux --qemu "$dir/qemu" --kernel "$dir/kernel" --initrd "$dir/initrd" \
		>"$dir/out" 2>"$dir/err" &
	ends_by "$@"
	says out '^disk  *ok$'
	says out '^interrupted: '
	leaves_nothing
}

an_interrupt_shows_what_was_seen() {
	interrupted TERM ""
	interrupted TERM -
	interrupted HUP ""
}

a_reader_that_leaves_ends_the_machine_and_nothing_stays() {
	cat >"$dir/qemu" <<'QEMU'
#!/bin/sh
echo $$ >"$TMPDIR/pid"
to=$(printf '%s\n' "$@" | sed -n 's/^cmdqv-guest,.*stats=\([^,]*\).*/\1/p')
echo '{ }' >"$to"
exec sleep 100
QEMU
	chmod +x "$dir/qemu"
	mkfifo "$dir/pipe"
	head -n 1 "$dir/pipe" >"$dir/first" &
	timeout 300 env --default-signal=PIPE "$cmdqv" run --guest linux --qemu "$dir/qemu" \
		--kernel "$dir/kernel" --initrd "$dir/initrd" --watch --timeout 90 >"$dir/pipe" 2>"$dir/err"
	got=$?
	wait $!
	[ "$got" = 141 ] || echo "ended with $got: $(cat "$dir/err")"
	says first '^[0-9]* s, Linux: '
	! kill -0 "$(cat "$dir/pid")" 2>/dev/null || echo "QEMU runs on"
	leaves_nothing
}

# A shell that is left with its terminal, or ended from another one, leaves nothing either.
an_interrupted_shell_leaves_nothing() {
	for signal in TERM HUP; do
		hangs
		$from_terminal "$cmdqv" run --guest linux --interactive --qemu "$dir/qemu" --kernel "$dir/kernel" \
			--initrd "$dir/initrd" >"$dir/out" 2>"$dir/err" &
		ends_by "$signal" ""
		leaves_nothing
	done
}

a_trace_takes_its_place_when_qemu_has_written_it() {
	machine
	echo former >"$dir/trace"
	run 0 --record "$dir/trace"
	[ "$(cat "$dir/trace")" = former ] || echo "there was no trace, and the former one is gone"
	# shellcheck disable=SC2016
	sed -i 's/^cp "/echo new >"$(sed -n "s,^cmdqv-guest\\,.*record=\\(.*\\),\\1,p" "$TMPDIR\/arguments")"\n&/' "$dir/qemu"
	cat "$dir/qemu" >"$dir/script"
	run 0 --record "$dir/trace"
	[ "$(cat "$dir/trace")" = new ] || echo "the trace is not in its place: $(ls "$dir")"
	[ -z "$(find "$dir" -name '*.part')" ] || echo "a part is left"
}

every_case
