#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# probe_names_test.sh TOOLS : each fact that a condition or a text of `cmdqv probe` names is set
# somewhere: a name that is not would never hold, in silence. Speaks TAP.
set -uo pipefail
cd "$1" || exit 2

# The names that are set: by rows, and by calls in C.
set_by_rows=$(grep -ohE '\b(TEXT|COUNT|FIND|LINK|OPEN|NAMES|SET|ADD|MANY)\([^,]*, *"[a-z0-9.?-]+"' probe_facts.def |
	sed 's/.*"\([^"]*\)"$/\1/'
	grep -ohE '\bEACH\([^)]*' probe_facts.def | tr -s '",' '\n' | grep -E '^[a-z]+$'
	grep -ohE '\b(DPKG|RPM|BANNER|SWITCH|OPTION|NEEDED)\(.*' probe_facts.def | grep -ohE '"[^"]+"' | tr -d '"' |
		sed 'p; s/^/config./')
set_in_c=$(grep -ohE '\b(fact_set|fact_count|fact_unseen|fact_more|add_word|name_checks)\([^;]*' probe*.c |
	grep -ohE '"[a-z0-9._-]+"' | tr -d '"'
	grep -ohE 'ASKED\("[a-z]+"' probe_asked.def | cut -d'"' -f2)
# What OPEN, FIND and NAMES set besides, and what every row does.
known=$(printf '%s\n' "$set_by_rows" "$set_in_c" decides line rest \
	iommufd.denied iommufd.wrong cdev.denied qemu.place libvirt.place group.devices.count | sort -u)

# In a condition, also of what MANY counts and of a row within a macro: up to an operator; in a text:
# ${name}; the name whose "NAME?" the rows of UNSEEN ask for.
used=$(
	cat probe_*.def templates/{probe,qemu,libvirt,kubevirt,cloud-hypervisor} |
		grep -oE '\$\{[a-z0-9A-Z._-]+[?^]?\}' | tr -d '{}^' | tr -d "$"
	{
		sed -nE 's/.*\b(RULE)\("([^"]*)".*/\2/p; s/.*\bUNSEEN\("([^"]*)".*/\1?/p' probe_checks.def
		sed -nE 's/.*\b(TEXT|COUNT|FIND|LINK|OPEN|NAMES|SET|ADD|MANY|EACH)\("([^"]*)".*/\2/p' probe_facts.def
		sed -nE 's/^MANY\("[^"]*", "[^"]*", "[^"]*", "([^"]*)".*/\1/p' probe_facts.def
		sed -n 's/^%if //p' templates/{probe,qemu,libvirt,kubevirt,cloud-hypervisor}
	} | tr ' ' '\n' | sed 's/^!//; s/[!=~<>].*//' | grep .
)
failures=0
count=0
while read -r name; do
	count=$((count + 1))
	if grep -qxF -- "${name%\?}" <<<"$known"; then
		echo "ok $count - $name"
	else
		echo "not ok $count - nothing sets $name"
		failures=$((failures + 1))
	fi
done < <(sort -u <<<"$used")
echo "1..$count"
[ "$failures" -eq 0 ]
