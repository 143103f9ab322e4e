# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Sourced: a stand-in for QEMU.
#
#	stand_in FILE DEVICE	makes the program: it keeps what it was asked for in $TMPDIR/arguments and
#				its number in $TMPDIR/pid, appends $TMPDIR/console to the console that
#				it was given, and makes $TMPDIR/report the report of DEVICE. Where there is
#				a $TMPDIR/hang it does not end by itself.
#	times_out		lets it hang until it is ended

stand_in() {
	sed "s/DEVICE/$2/" >"$1" <<'QEMU'
#!/bin/sh
printf '%s\n' "$@" >"$TMPDIR/arguments"
to=$(sed -n 's/^file,id=console,path=\(.*\),append=on$/\1/p' "$TMPDIR/arguments")
[ -z "$to" ] || cat "$TMPDIR/console" >>"$to"
echo $$ >"$TMPDIR/pid"
[ ! -e "$TMPDIR/hang" ] || exec sleep 100
cp "$TMPDIR/report" "$(sed -n 's/^DEVICE,report=\([^,]*\).*/\1/p' "$TMPDIR/arguments")"
QEMU
	chmod +x "$1"
}

# times_out: a machine that hangs, within $seconds: with a time limit in which the stand-in had begun
# to. On a busy machine a second is not enough for that.
# shellcheck disable=SC2154 # of cases.sh
times_out() {
	: >"$dir/hang"
	for seconds in 1 4 16 64; do
		rm -f "$dir/pid"
		run 1 --timeout "$seconds"
		[ ! -s "$dir/pid" ] || return 0
	done
}
