#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Completion in bash and zsh: each case is a line as it was typed, and what is offered. Prints TAP.
# usage: complete_test.sh CMDQV COMPLETIONS
# shellcheck source=tests/tools/cases.sh
. "$(dirname "$0")/cases.sh"
cmdqv=$(realpath "$cmdqv")
completions=$(realpath "$2")
number=0
export PATH=${cmdqv%/*}:$PATH

# bash_offers WORD...: the last word is the one to be completed.
bash_offers() {
	(
		# shellcheck source=completions/cmdqv.bash
		. "$completions/cmdqv.bash"
		COMP_WORDS=(cmdqv "$@") COMP_CWORD=$#
		_cmdqv cmdqv "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
		printf '%s\n' "${COMPREPLY[@]}"
	)
}

# The words that zsh would match against the last one.
zsh_offers() {
	# The program is zsh's.
	# shellcheck disable=SC2016
	zsh -f -c '
		compadd() { shift; print -l -- ${(M)@:#$PREFIX*} }
		_describe() { print -l -- ${(M)${commands%%:*}:#$PREFIX*} }
		_call_program() { shift; "$@" }
		_files() { print -l -- $PREFIX*(N) }
		at() { PREFIX=$words[-1]; CURRENT=$#words; '"$(cat "$completions/_cmdqv")"'
		}
		words=(cmdqv "$@"); at' zsh "$@"
}

# offers EXPECTED WORD...: EXPECTED among what both shells offer, all of which begins as the last word.
offers() {
	local expected=$1 shell offered
	shift
	for shell in bash zsh; do
		number=$((number + 1))
		if ! command -v "$shell" >/dev/null; then
			echo "ok $number - $shell # SKIP there is no $shell"
			continue
		fi
		offered=$("${shell}_offers" "$@")
		if grep -qxF -e "$expected" <<<"$offered" && ! grep -qv -e "^${*: -1}" <<<"$offered"; then
			echo "ok $number - $shell offers $expected after: $*"
		else
			echo "not ok $number - $shell offers $expected after: $*"
			echo "# ${offered//$'\n'/$'\n'# }"
		fi
	done
}

offers run ''
offers replay re
offers --batch-size run --ba
offers --drop-invalidation run --queues 4 --d
offers thread run --guest t
offers linux run --guest ''
offers iommufd run --backend ''
offers --initrd run --guest linux --in
offers --vmm run --guest stack --v
offers --fault run --guest stack --f
offers --version explain --v
offers -V explain -
offers host replay --view h
offers --dump replay --d
cd "$(dirname "$cmdqv")" || exit 1
offers cmdqv run --record cm
offers --html bench --h
number=$((number + 1))
errors=$(bash_offers replay a/b '' 2>&1 >/dev/null; bash_offers explain 'x [' '' 2>&1 >/dev/null)
[ -z "$errors" ] || printf '# %s\nnot ' "$errors"
echo "ok $number - bash is silent about any word"
number=$((number + 1))
env -u COLUMNS "$cmdqv" run --help | grep -q '^  --drop-invalidation N  [a-z]' || printf 'not '
echo "ok $number - two blanks are the end of a name in help, also of a long one"
echo "1..$number"
