# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# bash completion of cmdqv, from its own help texts: what they list can be completed.

# A line "OPTION VALUE" for each option of a help text, without VALUE for one that has none.
_cmdqv_options() {
	"$@" --help 2>/dev/null | sed -nE '/^ {2}-/{ s/^ {2}//; s/ {2,}.*//; s/, /\n/g; p; }'
}

_cmdqv() {
	local cur=$2 prev=$3 values name value
	local -a command=("$1" "${COMP_WORDS[1]}")

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "--help --version $("$1" --help |
			sed -nE 's/^ {2}([a-z]+) .*/\1/p')" -- "$cur")
		return
	fi
	# The options of a Linux as guest are others.
	for values in linux stack; do
		[[ " ${COMP_WORDS[*]} " != *" --guest $values "* ]] || command+=(--guest "$values")
	done
	values=$(_cmdqv_options "${command[@]}" | while read -r name value; do
		[[ $name != "$prev" ]] || echo "$value"
	done)
	case $values in
	'') ;;
	*'|'* | [a-z]*)
		mapfile -t COMPREPLY < <(compgen -W "${values//|/ }" -- "$cur")
		return
		;;
	FILE | DIR | CDEV)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	*) return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_cmdqv_options "${command[@]}" | cut -d' ' -f1)" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -o filenames -F _cmdqv cmdqv
