# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Sourced by tests of a subcommand, with the path of cmdqv as $1. Each case is a function that says
# what is wrong, or nothing; at the end every_case. Prints TAP.
#
#   $cmdqv	the program, through an emulator where it is another machine's
#   $dir	a directory for the case
#
# Lines are folded as in a terminal of 80 columns.
COLUMNS=80
export COLUMNS
tool=$(mktemp -d) || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$tool" "$dir"' EXIT
cmdqv=$1
# An emulator is a command with arguments.
if [ -n "${MESON_EXE_WRAPPER:-}" ]; then
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$MESON_EXE_WRAPPER" "$1" >"$tool/cmdqv"
	chmod +x "$tool/cmdqv"
	# shellcheck disable=SC2034
	cmdqv=$tool/cmdqv
fi
count=0

# test_case NAME: a case that says SKIP and a reason is skipped.
test_case() {
	count=$((count + 1))
	complaint=$("$1" 2>&1)
	case $complaint in
	'') echo "ok $count - $1" ;;
	'SKIP '*) echo "ok $count - $1 # $complaint" ;;
	*)
		echo "not ok $count - $1"
		echo "$complaint" | sed 's/^/# /'
		;;
	esac
}

# Before each case, if a script has something to do there.
set_up() {
	:
}

# Each function of the script whose name is a sentence, of three words at least, in their order.
every_case() {
	# shellcheck disable=SC2013
	for name in $(sed -n 's/^\([a-z0-9]*_[a-z0-9]*_[a-z0-9_]*\)() {$/\1/p' "$0"); do
		set_up
		test_case "$name"
	done
	echo "1..$count"
}

# ended WANTED GOT ARGUMENT...
ended() {
	wanted=$1
	got=$2
	shift 2
	[ "$got" = "$wanted" ] || echo "'$*' ended with $got, not $wanted: $(cat "$dir/out" "$dir/err")"
}

# says FILE WORDS: the words are in it, on a line or on one that was folded: a path is as long as it is.
says() {
	grep -q -- "$2" "$dir/$1" || sed -z 's/\n    / /g' "$dir/$1" | grep -q -- "$2" || echo "$1 does not say '$2': $(cat "$dir/$1")"
}

# Says SKIP where script(1), which makes a terminal, is missing: for a case that is to end then.
no_terminal() {
	! command -v script >/dev/null && echo "SKIP there is no script, or no terminal for it"
}

# on_terminal COLUMNS ARGUMENT...: what cmdqv writes on a terminal of so many columns, in $dir/out.
on_terminal() {
	columns=$1
	shift
	env -u COLUMNS script -qec "stty cols $columns; exec '$cmdqv' $*" /dev/null </dev/null \
		>"$dir/typescript" 2>"$dir/err"
	got=$?
	# What was said of the progress is wiped out.
	tr -d '\r' <"$dir/typescript" | sed 's/\x1b\[K\(phase [a-z0-9-]* \.\.\.\)*//g' >"$dir/out"
	awk -v columns="$columns" 'length > columns { print "line of " length ": " $0 }' "$dir/out"
	return "$got"
}

# limit_files [-S] -n NUMBER: that many descriptors; with -S, which the program may raise. -f BLOCKS: no
# longer files.
limit_files() {
	# shellcheck disable=SC3045
	ulimit "$@"
}

# awaits PID FILE WORDS: until FILE says the words, however long that takes, or the program has ended.
awaits() {
	while grep -qs ") [^ZX] " "/proc/$1/stat" && ! grep -qs -- "$3" "$2"; do
		sleep 0.05
	done
}

# narrow FILE: no line is wider than a terminal.
narrow() {
	awk 'length > 80 { print "line of " length ": " $0 }' "$dir/$1"
}
