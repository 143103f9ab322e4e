# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by tests of `cmdqv probe`, with CMDQV COMPOSER as arguments: a composed Grace host in $tree,
# which a case changes and compose() makes anew. Speaks TAP.
set -uo pipefail

cmdqv=$1
composer=$2
# In memory where that can be: trees are made anew for each case.
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
count=0
export COLUMNS=80
failures=0
tree=$work/tree

# The program, through an emulator where it is another machine's.
probe() {
	# The wrapper is a command with arguments.
	# shellcheck disable=SC2086
	${as_user:-} ${MESON_EXE_WRAPPER:-} "$cmdqv" probe "$@"
}

tell() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$work/complaint" "$work/out" "$work/err"
		failures=$((failures + 1))
	fi
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

complain() {
	echo "$1" >>"$work/complaint"
	return 1
}

run() {
	local wanted=$1 got
	shift
	: >"$work/complaint"
	probe "$@" >"$work/out" 2>"$work/err"
	got=$?
	[ "$got" -eq "$wanted" ] || complain "ended with $got, not $wanted"
}

says() {
	grep -qE -- "$1" "$work/out" || complain "does not say '$1'"
}

fits() {
	[ -z "$(awk 'length > 80' "$1")" ] || complain "a line is longer than 80"
}

# The ids of the checks with a status, of those that decide, in "out".
checks_with() {
	grep -oE '"id": "[a-z-]+", "status": "'"$1"'", "decides": true' "$work/out" |
		sed 's/"id": "\([a-z-]*\)".*/\1/' | tr '\n' ' '
}

only() {
	local status=$1 wanted=$2
	[ "$(checks_with "$status")" = "$wanted${wanted:+ }" ] ||
		complain "$status: $(checks_with "$status"), not $wanted"
}

# A check that did not pass has evidence and a remedy.
has_remedy() {
	grep -qE "\"id\": \"$1\", \"status\": \"(fail|unknown)\", \"decides\": (true|false), \"evidence\": \"[^\"]+.*\", \"remedy\": \"[^\"]+" \
		"$work/out" || complain "$1 has no remedy"
}

# Composes the tree again; a pristine one is kept, as composing takes its time.
compose() {
	rm -rf "$tree"
	cp -a "$work/grace" "$tree"
}

# compose_with NAME=VALUE... : another one, see the composer.
compose_with() {
	rm -rf "$tree"
	env "$@" bash "$composer" "$tree"
}

# missing NAME ID COMMAND : with it done to the tree, the check of that id alone fails.
missing() {
	(cd "$tree" && eval "$3")
	run 1 --json --root "$tree" && only fail "$2" && has_remedy "$2" &&
		says "\"verdict\": \"no\", \"reason\": \"[^\"]*: $2\""
	tell $? "$1"
	compose
}

# doubtful NAME ID COMMAND : so, but it cannot be told.
doubtful() {
	(cd "$tree" && eval "$3")
	run 3 --json --root "$tree" && only fail "" && only unknown "$2" && has_remedy "$2" &&
		says "\"verdict\": \"unknown\", \"reason\": \"could not tell: $2\""
	tell $? "$1"
	compose
}

bash "$composer" "$work/grace"
compose
# shellcheck disable=SC2034 # for those who source this
device=0009:01:00.0

# At the end: the plan, and the exit status.
end_of_tests() {
	echo "1..$count"
	[ "$failures" -eq 0 ]
}
