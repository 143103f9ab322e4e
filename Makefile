# SPDX-License-Identifier: BSD-2-Clause
# The verbs. Meson builds; scripts/ does what takes more than a line.
#
#   make demo		what is missing is installed, the tools are built, a guest runs
#   make check		all tests: plain, with ASan and UBSan, with TSan (TESTS=NAME...)
#   make coverage	lines and branches of src/ that the tests reach; refuses less than before
#   make mutants	puts small faults into src/: does a test notice? (MUTANTS='--sample 300')
#   make soak		SOAK_SECONDS=3600 of 63 VMs, hostile, failing and moving ones beside honest ones
#   make prove		proves functions of src/ with CBMC (NAMES=NAME...); docs/proofs.md
#   make prove-fast	the proofs that take less than ten seconds each, and that they can fail
#   make check-arm64	the tests, built for arm64, under qemu-user
#   make static-arm64	cmdqv for arm64 in one file: build-static-arm64/tools/cmdqv
#   make qemu		a QEMU with the devices of qemu/; see docs/linux.md
#   make linux		that, a kernel and a user space, for `cmdqv run --guest linux`
#   make check-linux	an unmodified Linux on the device
#   make check-host	an unmodified Linux as the host, the model as its hardware
#   make stack		what `cmdqv run --guest stack` needs: a VMM for a Linux that is a host
#   make check-stack	the whole stack: a Linux in a VMM in a Linux, upstream's QEMU and ours
#   make check-explain	which lines of Linux and QEMU `cmdqv explain` does not know
#   make dist		a tarball and its SBOM (SPDX): build-dist/
#   make deb		Debian packages: build-deb/
#   make check-packages	links docs/linking.md's ways, builds packages twice and compares
#   make check-deb	packages in clean roots of Debian (SUITES='trixie bookworm'), as root
#   make check-uapi	src/iommufd/abi.h and the newest kernel headers of the Debian mirror
#   make fuzz		FUZZ_SECONDS=60 of each libFuzzer target of tests/fuzz/, and what it reached
#   make fuzz-reach	what the inputs in tests/fuzz/corpus/ reach; fails if it is less than docs/trust.md says
#   make api		the API site: build-api/html/index.html
#   make bench		measures (BENCH_ARGS=--json)
#   make lint		format, warnings, analysis, layers, headers, size, evidence
#   make install	PREFIX=/usr/local, LIBDIR=lib, DESTDIR=
#   make uninstall	what the last make install put there
#   make clean		removes what was built
#   make help		this list
#
# NO_SETUP=1 leaves the system's packages alone and unchecked.

PREFIX ?= /usr/local
LIBDIR ?= lib
DESTDIR ?=
BENCH_ARGS ?=
FUZZ_SECONDS ?= 60
RUN_ARGS ?=
TESTS ?=
MUTANTS ?=
SOAK_SECONDS ?= 3600
NAMES ?=

# Scripts read them, whatever characters they have.
export PREFIX LIBDIR DESTDIR

SETUP = $(if $(NO_SETUP),@:,scripts/setup)

.PHONY: all build demo check coverage prove prove-fast mutants soak check-arm64 static-arm64 qemu linux check-linux check-host stack check-stack check-explain dist deb check-deb check-packages check-uapi fuzz fuzz-reach api bench lint install uninstall clean help

all: build

build:
	$(SETUP) demo
	scripts/build build -Dtests=false --prefix="$$(realpath -ms -- "$$PREFIX")" --libdir="$$LIBDIR"

demo: build
	build/tools/cmdqv run $(RUN_ARGS)

check:
	$(SETUP) check
	scripts/check $(TESTS)

coverage:
	$(SETUP) coverage
	scripts/coverage

mutants:
	$(SETUP) check
	scripts/mutants $(MUTANTS)

# On either port, half of the time each.
soak:
	$(SETUP) check
	scripts/build build-check
	SOAK_SECONDS=$$(($(SOAK_SECONDS) / 2)) build-check/tests/scenario/test-scenario-many
	SOAK_SECONDS=$$(($(SOAK_SECONDS) / 2)) build-check/tests/scenario/test-scenario-many-iommufd

check-arm64:
	$(SETUP) check-arm64
	scripts/check-arm64

prove:
	$(SETUP) prove
	scripts/prove $(NAMES)
	scripts/prove --bite $(NAMES)

prove-fast:
	$(SETUP) prove
	scripts/prove --fast
	scripts/prove --bite $(NAMES)

# One file that runs on any distribution's arm64.
static-arm64:
	$(SETUP) check-arm64
	scripts/static-arm64

# QEMU_SRC=DIRECTORY, QEMU=FILE, KERNEL=FILE: other ones than ours.
qemu:
	$(SETUP) linux
	scripts/linux/qemu

linux:
	$(SETUP) linux
	scripts/linux/all

check-linux:
	$(SETUP) linux
	scripts/check-linux

check-host:
	$(SETUP) linux
	scripts/check-host

stack:
	$(SETUP) linux
	scripts/linux/stack-all

check-stack:
	$(SETUP) linux
	scripts/check-stack

check-explain: build
	$(SETUP) linux
	scripts/check-explain build/tools/cmdqv

# The tarball and the packages lie in build-dist/ and build-deb/.
dist:
	$(SETUP) dist
	mkdir -p build-dist
	scripts/dist build-dist

deb:
	$(SETUP) deb
	scripts/deb build-deb

check-deb:
	$(SETUP) check-deb
	scripts/check-deb $(SUITES)

check-packages:
	$(SETUP) packages
	scripts/check-packages

check-uapi:
	$(SETUP) demo
	tests/iommufd/abi_compare

fuzz:
	$(SETUP) fuzz
	FUZZ_SECONDS='$(FUZZ_SECONDS)' scripts/fuzz

fuzz-reach:
	$(SETUP) fuzz
	scripts/fuzz --coverage

api:
	$(SETUP) api
	doxygen docs/Doxyfile

bench:
	$(SETUP) demo
	scripts/build build-bench -Dtests=false --buildtype=release -Ddefault_library=static
	build-bench/tools/cmdqv bench $(BENCH_ARGS)

lint:
	$(SETUP) lint
	scripts/lint

install: build
	@scripts/install

uninstall:
	@scripts/install remove

clean:
	rm -rf build build-* build*.lock

help:
	@sed -n 's/^#   //p; s/^# \(NO_SETUP.*\)/\n\1/p' Makefile
