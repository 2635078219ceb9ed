# A thin front to meson and scripts/; `make` alone lists what there is.
export NPLUS1_BUILD ?= build

.PHONY: help setup build demo demo-postgresql test test-long matrix bench lint fuzz format clean

help:
	@echo 'make setup | build | demo | demo-postgresql | test | test-long | matrix | bench | lint | fuzz | format | clean'

setup:
	@scripts/setup

build: setup
	@scripts/build

demo: build
	@scripts/demo

demo-postgresql: build
	@scripts/demo-postgresql

test: setup
	@scripts/test

# The same, and what rests on chance is tried more often, 2,000 random scenes among it; and the programs of tests/long.
test-long: export NPLUS1_TEST_KILLS := 200
test-long: export NPLUS1_TEST_SCENES := 2000
test-long: test
	@scripts/long

# The languages as Debian 11 and 13 have them, in folders made by debootstrap.
matrix: build
	@tests/matrix/matrix.py

bench: build
	meson test -C $(NPLUS1_BUILD) --no-rebuild --benchmark --verbose

lint: build
	meson test -C $(NPLUS1_BUILD) --no-rebuild --suite lint --print-errorlogs
	/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/lint

fuzz: setup
	@scripts/fuzz

format: setup
	git ls-files -z --cached --others --exclude-standard '*.c' '*.h' | xargs -0 clang-format -i

clean:
	rm -rf $(NPLUS1_BUILD) build-fuzz
