# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Sourced: a stand-in for QEMU.
#
#	stand_in FILE DEVICE	makes the program: it keeps what it was asked for in $TMPDIR/arguments and
#				its number in $TMPDIR/pid, appends $TMPDIR/console to the console that
#				it was given, and makes $TMPDIR/report the report of DEVICE. Where there is
#				a $TMPDIR/hang it does not end by itself.

stand_in() {
	sed "s/DEVICE/$2/" >"$1" <<'QEMU'
#!/bin/sh
printf '%s\n' "$@" >"$TMPDIR/arguments"
to=$(sed -n 's/^file,id=console,path=\(.*\),append=on$/\1/p' "$TMPDIR/arguments")
[ -n "$to" ] || exit
cat "$TMPDIR/console" >>"$to"
echo $$ >"$TMPDIR/pid"
[ ! -e "$TMPDIR/hang" ] || exec sleep 100
cp "$TMPDIR/report" "$(sed -n 's/^DEVICE,report=\([^,]*\).*/\1/p' "$TMPDIR/arguments")"
QEMU
	chmod +x "$1"
}
