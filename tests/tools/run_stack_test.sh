#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# cmdqv run --guest stack as its user sees it, with a stand-in for QEMU: a script that writes the
# console and the report that a machine would have written. Prints TAP.
# usage: run_stack_test.sh CMDQV
# shellcheck source=tests/tools/cases.sh
. "$(dirname "$0")/cases.sh"
# shellcheck source=tests/tools/stand_in.sh
. "$(dirname "$0")/stand_in.sh"

TMPDIR=$dir
XDG_CACHE_HOME=$dir/cache
export TMPDIR XDG_CACHE_HOME
latest=$dir/cache/libcmdqv/linux/latest

# What `make stack` has made, but for ours.
set_up() {
	rm -rf "${dir:?}"/*
	mkdir -p "$latest"
	for file in Image stack.cpio stack.image stack.pattern; do : >"$latest/$file"; done
}

# A machine that went well; $1 is done to its console before it ends.
machine() {
	cat >"$dir/console" <<'CONSOLE'
[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x000f0510]
VMM: QEMU emulator version 11.1.3
base: cmdqv: read ok
base: kernel: [   18.9] arm-smmu-v3 arm-smmu-v3.0.auto: allocated 256 entries for vcmdq0
base QEMU: warning: IOMMU_IOAS_MAP failed: Bad address, PCI BAR?
cmdqv: base value mapped_at 4.125
cmdqv: base value maps 1
cmdqv: base value exits_mapped 0
cmdqv: base value queues 2
cmdqv: base ok
cmdqv: base nothing_left 14 IOMMU pages, 0 pins, 0 VMs, 0 interrupts
cmdqv: stack ok
cmdqv: guest ok
CONSOLE
	cat >"$dir/report" <<'REPORT'
{"schema": "cmdqv-qemu-hw/1", "queues": [{"queue": 0, "commands": 90, "errors": 0, "vmid": 0},
{"queue": 3, "commands": 1392, "errors": 0, "vmid": 1}]}
REPORT
	sed -i "${1:-}" "$dir/console"
	stand_in "$latest/qemu-system-aarch64" cmdqv-hw
}

# run STATUS ARGUMENT...
run() {
	status=$1
	shift
	timeout 600 "$cmdqv" run --guest stack "$@" >"$dir/out" 2>"$dir/err"
	ended "$status" $? run "$@"
}

a_run_that_went_well_says_what_was_seen_and_leaves_nothing() {
	machine
	run 0
	says out '^base  *ok$'
	says out '^base  *mapped_at  *4.125$'
	says out '^queue 3  *1392 commands, VMID 1$'
	says out '^ok: '
	says arguments 'cmdqv.tests=stack panic=-1 cmdqv.vmm=upstream cmdqv.steps=base$'
	says arguments '^virt,gic-version=3,iommu=smmuv3,virtualization=on$'
	! grep -q 'drive=vmm' "$dir/arguments" || echo "there is a disk with another QEMU"
	[ -z "$(find "$dir" -name 'cmdqv-linux-*')" ] || echo "something is left: $(ls "$dir")"
}

json_has_steps_values_and_the_hardware() {
	machine
	run 0 --json
	says out '^{ "schema": "cmdqv-run/1",.* "verdict": "ok", "guest": "stack"'
	says out '"base.exits_mapped": "0"'
	says out '"machine": { "schema": "cmdqv-qemu-hw/1"'
}

the_qemu_in_the_middle_is_upstreams_ours_or_a_file() {
	machine
	run 2 --vmm ours
	says err "/stack.qemu';"
	says err 'says why ours cannot be had'
	: >"$latest/stack.qemu"
	run 0 --vmm ours
	says arguments "^file=$latest/stack.qemu,if=none,id=vmm"
	says arguments 'cmdqv.vmm=given'
	: >"$dir/mine"
	run 0 --vmm "$dir/mine" --device-options map=off
	says arguments "^file=$dir/mine,if=none,id=vmm"
	says arguments ' cmdqv.accel=map=off$'
	run 2 --vmm "$dir/none"
	says err "there is no '$dir/none'"
	run 0 --device-options accel=on,cmdqv=off
	says arguments ' cmdqv.smmu=accel=on,cmdqv=off$'
}

faults_are_of_the_guests_queues_and_come_in_their_order() {
	machine 's/base/errors/g'
	run 0 --fault 1:41:1 --fault 1:81:3
	says arguments '^cmdqv-hw,report=.*,refuse=3:41:1+3:81:3$'
	says arguments 'cmdqv.steps=errors$'
	for fault in 2:1:1 1:1:5 1:524288:1 1:1 1:1:1x; do
		run 2 --fault "$fault"
		says err '--fault must be queue (0 or 1), index and code (1 to 4)'
	done
}

# The stand-in writes one look at the hardware before the guest has queues, waits until it was shown twice,
# and writes one after.
a_watch_shows_the_queues_of_the_hardware() {
	machine
	queue='"life": "bound", "enabled": true, "prod": 9, "cons": 4, "waiting": 5, "error_pending": false, "refused": 1'
	cat >"$dir/stats" <<STATS
{ "schema": "cmdqv-stats/1", "seconds": 0.000, "queues": [ { "queue": 0, "vintf": 0, $queue, "commands": 9 } ], "counters": { "interrupts": 0, "traps-vintf0": 0 } }
{ "schema": "cmdqv-stats/1", "seconds": 1.000, "queues": [ { "queue": 0, "vintf": 0, $queue, "commands": 9 }, { "queue": 3, "vintf": 1, $queue, "commands": 700 } ], "counters": { "interrupts": 1, "traps-vintf0": 900 } }
STATS
	cat >>"$latest/qemu-system-aarch64" <<'QEMU'
to=$(sed -n 's/^cmdqv-hw,.*stats=\([^,]*\).*/\1/p' "$TMPDIR/arguments")
head -n 1 "$TMPDIR/stats" >"$to"
while [ -e "$TMPDIR/watched" ] && ! grep -q 's, Linux: .*, 0 commands/s' "$TMPDIR/out"; do sleep 0.1; done
tail -n 1 "$TMPDIR/stats" >>"$to"
QEMU
	: >"$dir/watched"
	run 0 --watch
	rm "$dir/watched"
	says out '^[0-9]* s, Linux: 1 of 1 queues bound, 0 commands/s, 5 waiting, 1 refused, page 0 -, 0 accesses/s, 0 events$'
	says out '^[0-9]* s, Linux: 2 of 2 queues bound, [1-9][0-9]* commands/s, 10 waiting, 2 refused, page 0 -, [1-9][0-9]* accesses/s, 0 events$'
	says out '^ok: '
	run 0 --stats "$dir/mine"
	says mine '"queue": 3'
	run 2 --watch --json
	says out '"reason": "--watch '
}

words_for_the_guests_kernel_become_one_word() {
	machine
	run 0 --append 'quiet cmdqv.cpu=1'
	says arguments ' cmdqv.append=quiet;cmdqv.cpu=1$'
}

a_step_that_failed_or_said_nothing_fails_it() {
	machine 's/^cmdqv: base ok/cmdqv: base failed QEMU ended with 1/'
	run 1
	says out "FAILED: 'base' failed: QEMU ended with 1; see .*/console.log$"
	machine '/^cmdqv: base ok/d'
	run 1
	says out "did not say how 'base' went"
	machine 's/^cmdqv: stack ok/cmdqv: stack failed see/'
	run 1
	says out 'left something behind'
}

a_host_that_cannot_begin_says_why() {
	machine '/^cmdqv: base/d; s/^cmdqv: stack ok/cmdqv: stack failed vfio-pci did not take the devices/'
	run 1
	says out 'FAILED: the host could not begin: vfio-pci did not take the devices; see'
}

exits_at_a_mapped_page_and_one_queue_fail_it() {
	machine 's/exits_mapped 0/exits_mapped 12/'
	run 1
	says out "'base': the guest exited 12 times at page 0 while it was mapped"
	machine 's/value queues 2/value queues 1/'
	run 1
	says out "'base': the guest allocated 1 queues, not 2"
}

what_either_kernel_should_not_say_fails_it() {
	machine '5a base: [    9.0] arm-smmu-v3 arm-smmu-v3.0.auto: CMD_SYNC timeout at 0x66'
	run 1
	says out 'FAILED: the kernel said: base: .*CMD_SYNC timeout'
	machine '6i L1 kernel: [   60.0] WARNING: CPU: 0 PID: 1 at drivers/iommu'
	run 1
	says out 'FAILED: the kernel said: L1 kernel: .*WARNING'
}

a_shell_has_the_terminal_and_no_steps() {
	machine
	run 0 --interactive
	says arguments 'cmdqv.steps=shell$'
	says arguments '^mon:stdio$'
	run 2 --interactive --steps base
	says err 'is for a person'
}

what_is_missing_is_told_with_a_remedy() {
	machine
	for file in Image stack.cpio stack.image stack.pattern; do
		rm "$latest/$file"
		run 2
		says err "/$file';"
		says err make
		: >"$latest/$file"
	done
	run 2 --steps ,base
	says err 'names of steps'
	run 2 --tests disk
	says err "is an option of 'cmdqv run --guest linux'"
}

a_machine_that_hangs_is_ended_in_time() {
	machine '/guest ok/d'
	times_out
	says out "it took more than $seconds seconds and was ended"
	! kill -0 "$(cat "$dir/pid")" 2>/dev/null || echo "it still runs"
}

every_case
