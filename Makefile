# A thin front to meson and scripts/; `make` alone lists what there is.
export NPLUS1_BUILD ?= build

.PHONY: help setup setup-test build build-test golden analyze asan asan-all tsan coverage demo demo-postgresql test test-long matrix deb bench lint fuzz soak machines clients-hidden clients-protocol clients-releases copies format clean transparency clients

help:
	@echo 'make demo             installs what building needs, builds, and shows four samples and their reports'
	@echo 'make demo-postgresql  the same on PostgreSQL too, with a server of its own'
	@echo 'make build            builds all that can be built with what is installed'
	@echo 'make test             installs the rest, runs every test; the last line is `N passed, N failed`'
	@echo 'make lint | format    the checks of tests/lint | clang-format over all C files'
	@echo 'make deb              packages for Debian, in build/deb'
	@echo 'make bench            measures against the budgets, writes docs/benchmarks.md'
	@echo 'make golden           writes what nplus1 says of the samples anew, beside them'
	@echo 'make analyze          clang-tidy, cppcheck and -fanalyzer'
	@echo 'make asan | tsan      unit tests and samples under the sanitizers'
	@echo 'make asan-all         what the tests do, with a viewer and an agent built so, and with valgrind'
	@echo 'make coverage         which lines the tests run, room by room'
	@echo 'make soak MINUTES=10  random mixes of everything, with exact counts'
	@echo 'make machines MINUTES=10  Java and JavaScript while their code is compiled, moved and collected'
	@echo 'make clients-hidden   drivers that bring SQLite along: downloaded and compiled'
	@echo 'make clients-protocol drivers of the protocol, Hibernate, libpq_pipeline: downloaded and compiled'
	@echo 'make clients-releases Python and Ruby as other releases of Debian have them'
	@echo 'make copies           SQLite compiled in, in many ways: downloaded, and compiled for up to an hour'
	@echo 'make transparency     suites of others with the agent and without it, docs/transparency.md'
	@echo 'make fuzz | test-long | matrix | clients | clean'

setup:
	@scripts/setup build

setup-test:
	@scripts/setup build test

build: setup
	@scripts/build

build-test: export NPLUS1_OPTIONS ?= -Dtests=enabled
build-test: setup-test
	@scripts/build

demo:
	@scripts/demo

demo-postgresql:
	@scripts/demo-postgresql

test: setup-test
	@scripts/test

# The same, and what rests on chance is tried more often, 2,000 random scenes among it, packages on trixie, too; and the programs of tests/long.
test-long: export NPLUS1_TEST_KILLS := 200
test-long: export NPLUS1_TEST_SCENES := 2000
test-long: export NPLUS1_TEST_RELEASES := trixie
test-long: export NPLUS1_TEST_PIECES := 2 3 5 64
test-long: test
	@scripts/long

# The languages as Debian 11 and 13 have them, in folders made by debootstrap.
matrix: build-test
	@tests/matrix/matrix.py

# Mappers and drivers in the versions of today, loops of 1,000; writes docs/clients.md.
clients: build-test
	@tests/clients/table.py

# Packages of Debian, in the build's folder deb, and what lintian says of them.
deb:
	@scripts/deb

# What nplus1 says of each sample in C, in files beside it, and README's example.
golden: build-test
	@tests/golden/refresh.py

bench: build-test
	@scripts/bench

lint: build-test
	meson test -C $(NPLUS1_BUILD) --no-rebuild --suite lint --print-errorlogs
	/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/lint

# clang-tidy, cppcheck and GCC's -fanalyzer.
analyze: setup-test
	@scripts/analyze

asan: setup-test
	@scripts/sanitize address

# The tests of the viewer with a viewer that is built so, those in C with such an agent, and the viewer under valgrind: some 30 minutes.
asan-all: asan build-test
	@scripts/sanitize-tests viewer
	@scripts/sanitize-tests agent
	@NPLUS1_TEST_MEMCHECK=1 /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/integration/verbs/test_memcheck.py

tsan: setup-test
	@scripts/sanitize thread

coverage: setup-test
	@scripts/coverage

# Clients that speak PostgreSQL's protocol, and what libpq does with it, in their long form: downloaded, and compiled.
clients-protocol: build-test
	@NPLUS1_TEST_CLIENTS=1 NPLUS1_TEST_PIECES="2 3 5 64" /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/integration/protocol

# Clients that bring SQLite along: downloaded, and compiled for minutes; writes docs/clients.md. CLIENT=name runs those whose names begin so.
clients-hidden: build-test
	@scripts/setup clients
	@tests/clients/hidden/table.py $(CLIENT)

# Clients of other releases of Debian, in folders made by debootstrap; writes docs/clients.md. CLIENT=name as above.
clients-releases: build-test
	@tests/clients/releases/table.py $(CLIENT)

# SQLite's amalgamation compiled into programs in many ways, and all that it can be asked for.
copies: build-test
	@COPIES=1 /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/copies

# Suites of others with the agent and without it; SUITE=name runs one of them.
transparency: build-test
	@/usr/bin/python3 -B tests/transparency/transparency.py $(SUITE)

soak: build-test
	@tests/soak/soak.py $(or $(MINUTES),10)

machines: build-test
	@tests/machines/machines.py $(or $(MINUTES),10)

fuzz: setup-test
	@scripts/fuzz

format: setup-test
	git ls-files -z --cached --others --exclude-standard '*.c' '*.h' | xargs -0 clang-format -i

clean:
	rm -rf $(NPLUS1_BUILD) build-fuzz build-afl build-asan build-tsan build-coverage build-tidy build-analyze
