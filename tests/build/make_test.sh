#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make_test.sh SOURCES WORK : make demo, install and uninstall of a copy of the tree in WORK, which
# keeps its build from one time to the next. Prints TAP.
set -uo pipefail

sources=$1
work=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
count=0
# A make that runs the tests is none of ours.
unset MAKELEVEL
export NO_SETUP=1 MAKEFLAGS='' CONFIGURE_ONLY='' DESTDIR='' RUN_ARGS='--guest thread --batches 2'

# test_case NAME : a function that says what is wrong, or nothing, or SKIP and a reason.
test_case() {
	local complaint
	count=$((count + 1))
	complaint=$("$1" 2>&1)
	[ -z "$complaint" ] && echo "ok $count - $1" && return
	[[ $complaint == 'SKIP '* ]] && echo "ok $count - $1 # $complaint" && return
	echo "not ok $count - $1"
	echo "# ${complaint//$'\n'/$'\n'# }"
}

# quiet COMMAND... : says what it printed if it fails.
quiet() {
	"$@" >"$dir/log" 2>&1 || { echo "'$*' ended with $?:" && tail -n 30 "$dir/log"; }
}

# refused WORDS COMMAND... : fails with one line that has the words, and changes nothing.
refused() {
	local words=$1
	shift
	"$@" >"$dir/out" 2>"$dir/err" && echo "'$*' succeeded"
	grep -v '^make: \*\*\*' "$dir/err" >"$dir/said"
	[ "$(wc -l <"$dir/said")" = 1 ] || echo "not one line: $(cat "$dir/err")"
	grep -q -- "$words" "$dir/said" || echo "does not say '$words': $(cat "$dir/err")"
}

two_at_once_both_succeed() {
	local first
	rm -rf build
	make demo >"$dir/first" 2>&1 &
	first=$!
	make demo >"$dir/second" 2>&1 || echo "the second failed: $(tail "$dir/second")"
	wait "$first" || echo "the first failed: $(tail "$dir/first")"
	tail -n 1 "$dir/first" "$dir/second" | grep -c '^ok: ' | grep -qx 2 || echo "no two verdicts"
}

another_prefix_compiles_nothing() {
	quiet make build
	touch "$dir/stamp"
	quiet make build PREFIX="$dir/elsewhere"
	quiet make build PREFIX="$dir/else where" LIBDIR=lib64
	quiet make build
	find build -name '*.o' -newer "$dir/stamp" | sed 's/$/ was compiled anew/'
}

a_prefix_may_have_blanks() {
	quiet make install PREFIX="$dir/a b" DESTDIR="$dir/c d"
	[ -x "$dir/c d$dir/a b/bin/cmdqv" ] || echo "no cmdqv there: $(find "$dir")"
	[ ! -e "$dir/a" ] || echo "something is in $dir/a"
	quiet make uninstall PREFIX="$dir/a b" DESTDIR="$dir/c d"
	quiet make install PREFIX="$dir/a b"
	quiet "$dir/a b/bin/cmdqv" run --guest thread --batches 2
	grep -qx "prefix=$dir/a.* b" "$dir/a b/lib/pkgconfig/libcmdqv.pc" || echo "no prefix in libcmdqv.pc"
	[ -f "$dir/a b/share/doc/libcmdqv/docs/spec.md" ] || echo "no documents"
}

what_was_installed_can_be_removed() {
	quiet make install PREFIX="$dir/whole"
	echo mine >"$dir/whole/lib/mine"
	refused "not below '$dir/other'" make uninstall PREFIX="$dir/other"
	quiet make uninstall PREFIX="$dir/whole"
	[ "$(find "$dir/whole" ! -type d)" = "$dir/whole/lib/mine" ] ||
		echo "what is left: $(find "$dir/whole")"
	[ "$(find "$dir/whole" -type d | wc -l)" = 2 ] || echo "directories are left: $(find "$dir/whole")"
	refused 'nothing was installed from here' make uninstall PREFIX="$dir/whole"
}

a_root_may_be_the_prefix_or_the_destination() {
	quiet make install PREFIX=/ DESTDIR="$dir/top"
	quiet make uninstall PREFIX=/ DESTDIR="$dir/top"
	quiet make install PREFIX="$dir/top/usr" DESTDIR=/
	quiet make uninstall PREFIX="$dir/top/usr" DESTDIR=/
	find "$dir" -path "$dir/top/*" ! -type d | sed 's/$/ is left/'
}

no_permission_is_one_line() {
	local as=()
	refused 'is no directory' make install PREFIX=/dev/null/x
	mkdir -m 555 "$dir/locked"
	if [ "$(id -u)" = 0 ]; then
		as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		"${as[@]}" test -x scripts/install 2>/dev/null || {
			echo "SKIP no other user can be become that reaches $PWD"
			return
		}
	fi
	refused "'$dir/locked' cannot be written: become root, or choose PREFIX=" \
		"${as[@]}" env PREFIX="$dir/locked/deep/down" scripts/install
}

help_lists_every_target() {
	make help >"$dir/out"
	sed -n 's/^\.PHONY: //p' Makefile | tr ' ' '\n' | grep -vx 'all\|build' | while IFS= read -r target; do
		grep -q "^make $target\b" "$dir/out" || echo "help does not say $target"
	done
}

what_is_no_build_directory_stays() {
	refused "'src' is no build directory" scripts/build src
	refused '^usage: scripts/build DIRECTORY' scripts/build
	refused '^usage: scripts/build DIRECTORY' scripts/build --help
	[ -f src/device/device.c ] || echo "the sources are gone"
}

# Only its version: what is configured is the same.
another_version_of_meson_configures_anew() {
	quiet scripts/build build-version -Dtests=false -Dtools=false
	touch build-version/mine
	quiet scripts/build build-version -Dtests=false -Dtools=false
	[ -e build-version/mine ] || echo "the same version configures anew"
	cat >"$dir/newer" <<-EOF
		#!/bin/sh
		[ "\$1" = --version ] && echo 99.0 && exit
		exec env -u MESON '$PWD/scripts/meson' "\$@"
	EOF
	chmod +x "$dir/newer"
	MESON=$dir/newer quiet scripts/build build-version -Dtests=false -Dtools=false
	[ ! -e build-version/mine ] || echo "what the former version configured is taken"
	rm -rf build-version
}

# A QEMU of ours that cannot be had is left out; one that does not compile is a failure.
a_qemu_that_does_not_compile_is_no_success() {
	local status recipes=$dir/stack/scripts/linux
	mkdir -p "$recipes" "$dir/latest"
	cp scripts/linux/stack-all scripts/linux/common "$recipes"
	cp scripts/cache "$dir/stack/scripts"
	touch "$dir/latest/Image"
	printf '#!/bin/sh\necho "%s"\n' "$dir/latest" | tee "$recipes/all" "$recipes/stack-image" "$recipes/conformance" \
		"$recipes/initramfs" >"$recipes/stack-initramfs"
	for status in 0 1 77; do
		printf '#!/bin/sh\necho /new\nexit %s\n' "$status" >"$recipes/qemu-arm64"
		chmod +x "$recipes"/*
		"$recipes/stack-all" >"$dir/out" 2>"$dir/err"
		[ "$?" = "$((status % 77))" ] || echo "after $status it ends otherwise: $(cat "$dir/err")"
		case $status,$(readlink "$dir/latest/stack.qemu") in
		0,/new | 1,/new | 77,) ;;
		*) echo "after $status there is the wrong QEMU" ;;
		esac
	done
}

# git refuses a tree of somebody else, and only git knows which files are the project's.
a_tarball_of_what_git_does_not_tell_is_refused() {
	mkdir -p "$dir/theirs/scripts"
	cp scripts/dist "$dir/theirs/scripts"
	cp meson.build CHANGES.md "$dir/theirs"
	git -C "$dir/theirs" init -q 2>/dev/null || { echo "SKIP there is no git" && return; }
	GIT_TEST_ASSUME_DIFFERENT_OWNER=1 "$dir/theirs/scripts/dist" "$dir" >"$dir/out" 2>"$dir/err" && echo "it is a success"
	grep -q dubious "$dir/err" || echo "it does not say why: $(cat "$dir/err")"
	find "$dir" -maxdepth 1 -name '*.tar.xz' | sed 's/$/ is there/'
}

# scripts/linux/initramfs takes names that are separated by blanks.
a_program_for_the_guest_has_no_blank_in_its_path() {
	sed -n '$p' scripts/linux/host-programs >"$dir/last"
	mkdir -p "$dir/a b/build-host"
	touch "$dir/a b/build-host/cmdqv"
	(cd "$dir/a b" && directory=build-host bash "$dir/last") | grep -qx build-host/cmdqv || cat "$dir/last"
}

a_wrong_test_name_is_refused_before_anything_is_built() {
	rm -rf build-check
	refused "there is no test 'nope'" scripts/check base_trace nope
	find build-check -name '*.o' | sed 's/$/ was compiled/'
}

# A cpio and a compiler that fail.
what_fails_leaves_no_temporary_files() {
	mkdir "$dir/tmp" "$dir/bin"
	printf '#!/bin/sh\nexit 1\n' | tee "$dir/bin/cpio" >"$dir/bin/cc"
	chmod +x "$dir/bin/cpio" "$dir/bin/cc"
	TMPDIR=$dir/tmp PATH=$dir/bin:$PATH XDG_CACHE_HOME=$dir/cache KERNEL_IMAGE=README.md INITRAMFS=README.md \
		PATTERN=README.md scripts/linux/stack-initramfs 2>"$dir/err" && echo "without cpio it is a success"
	TMPDIR=$dir/tmp CC=$dir/bin/cc scripts/fuzz 2>"$dir/err" && echo "without libFuzzer it is a success"
	find "$dir/tmp" -mindepth 1 | sed 's/$/ is left/'
}

# With a shellcheck that finds something.
what_shellcheck_finds_fails_the_lint() {
	mkdir -p "$dir/bin"
	printf '#!/bin/sh\nexit 1\n' >"$dir/bin/shellcheck"
	chmod +x "$dir/bin/shellcheck"
	PATH=$dir/bin:$PATH scripts/lint 'shell scripts' >"$dir/out" 2>&1 && cat "$dir/out"
}

# With a clang-format that is another one.
what_the_lint_cannot_look_at_has_not_passed() {
	mkdir -p "$dir/other"
	printf '#!/bin/sh\necho version 0.\n' | tee "$dir/other/clang-format" >"$dir/other/clang-format-14"
	chmod +x "$dir/other/clang-format" "$dir/other/clang-format-14"
	PATH=$dir/other:$PATH scripts/lint format >"$dir/out" || echo "it failed"
	tail -n 1 "$dir/out" | grep -qx 'lint: 0 passed, 0 failed, 1 skipped' || cat "$dir/out"
}

# The function of the recipe, with an apt during which the other recipe ends its own.
a_source_that_another_recipe_fetched_is_taken() {
	mkdir -p "$dir/work"
	cat >"$dir/recipe" <<-EOF
		set -euo pipefail
		$(sed -n '/^fetch_source() {/,/^}/p' scripts/linux/qemu)
		suite=s cannot_be_had=77 work=$dir/work
		cache_directory() { echo "$dir"; }
		apt_suite() { :; }
		private_apt() { touch qemu_1.dsc && mkdir "$dir/qemu-package-s" && touch "$dir/qemu-package-s/qemu_1.dsc"; }
		dpkg-source() { ls "\$3"; }
		fetch_source
	EOF
	bash "$dir/recipe" >"$dir/out" || echo "it fails"
	grep -qx "$dir/qemu-package-s/qemu_1.dsc" "$dir/out" || echo "nothing is unpacked"
}

# With a Meson that has one test, which fails in the second build.
a_check_says_how_long_it_takes() {
	cat >"$dir/meson" <<-'EOF'
		#!/bin/sh
		case $1 in
		setup) mkdir "$2" && touch "$2/build.ninja" ;;
		introspect) echo '[{"name": "one"}]' ;;
		test) echo "$@" && [ "$3" != build-asan ] ;;
		esac
	EOF
	chmod +x "$dir/meson"
	rm -rf build-check build-asan build-tsan
	MESON=$dir/meson scripts/check >"$dir/out" && echo "what failed is a success"
	rm -rf build-check build-asan build-tsan
	sed -n 1p "$dir/out" | grep -q 'about five minutes' || echo "its first line does not say how long: $(cat "$dir/out")"
	tail -n 1 "$dir/out" | grep -qx 'check: it took [0-9]* min [0-9]* s' || echo "nor its last: $(cat "$dir/out")"
	[ "$(grep -o '^test -C [a-z-]*' "$dir/out" | xargs)" = "test -C build-check test -C build-asan test -C build-tsan" ] ||
		echo "not all three were tested: $(cat "$dir/out")"
}

# The build lasts until its step and a second were shown, and three seconds where nothing is to be shown.
a_long_build_shows_its_step_and_time_on_a_terminal() {
	cat >"$dir/recipe" <<-EOF
		. scripts/linux/common
		logged "$dir/log" 500 "$dir/build" || exit 7
	EOF
	cat >"$dir/build" <<-EOF
		#!/bin/sh
		echo "[6/9] before"
		echo "[7/9] the step"
		until tr '\r' '\n' <"$dir/out" | grep -q 'recipe: [1-9][0-9]* s, \[7/9\] the step\$'; do sleep 0.1; done
		exit 1
	EOF
	chmod +x "$dir/build"
	script -qec "bash '$dir/recipe'" /dev/null </dev/null >"$dir/out"
	[ $? = 7 ] || echo "its status is lost"
	printf '#!/bin/sh\nsleep 3\nexit 1\n' >"$dir/build"
	bash "$dir/recipe" 2>"$dir/err" && echo "its status is lost"
	! grep -q ' s, ' "$dir/err" || echo "it is shown where there is no terminal"
}

mkdir -p "$work"
find "$sources" -mindepth 1 -maxdepth 1 -not -name '.*' -not -name 'build*' -not -name 'obj-*' -exec cp -r -t "$work" {} +
cd "$work" || exit 1
test_case two_at_once_both_succeed
test_case another_prefix_compiles_nothing
test_case a_prefix_may_have_blanks
test_case what_was_installed_can_be_removed
test_case a_root_may_be_the_prefix_or_the_destination
test_case no_permission_is_one_line
test_case help_lists_every_target
test_case a_long_build_shows_its_step_and_time_on_a_terminal
test_case a_check_says_how_long_it_takes
test_case a_wrong_test_name_is_refused_before_anything_is_built
test_case what_is_no_build_directory_stays
test_case another_version_of_meson_configures_anew
test_case a_qemu_that_does_not_compile_is_no_success
test_case a_tarball_of_what_git_does_not_tell_is_refused
test_case a_program_for_the_guest_has_no_blank_in_its_path
test_case what_fails_leaves_no_temporary_files
test_case what_shellcheck_finds_fails_the_lint
test_case what_the_lint_cannot_look_at_has_not_passed
test_case a_source_that_another_recipe_fetched_is_taken
echo "1..$count"
