# SPDX-License-Identifier: GPL-3.0-or-later
# Builds, tests and demonstrates the TRNG provider. `make help` lists the targets.

# --- knobs -------------------------------------------------------------------------------------
# V=1 shows commands; SAN=1 builds with ASan and UBSan into build-san; T=name picks one test;
# WERROR=1 (always so in CI) makes warnings errors; PORT=/dev/ttyUSB0 runs the demo on a board,
# DEVICE=emulator on the emulated Arduino Uno.
ifeq ($(origin CC),default)
CC      := gcc
endif
CFLAGS  ?= $(if $(SAN),-O1 -fno-omit-frame-pointer,-O2) -g
PREFIX  ?= /usr/local
SAN     ?=
BUILD   ?= build$(addprefix -,$(SAN:1=san))
V       ?=
WERROR  ?= $(if $(CI),1)
FUZZ_SECONDS ?= 30

# What building and running need on Debian 12, and what tests, fuzzing and the firmware need besides;
# `make deps` installs from here.
PACKAGES := make gcc libc6-dev pkg-config libfuse3-dev libserialport-dev libconfuse-dev libssl-dev \
	libmicrohttpd-dev libjansson-dev libgnutls28-dev libgsl-dev libdivsufsort-dev libbz2-dev \
	fuse3 mount util-linux procps libjs-dygraphs
CHECK_PACKAGES := libcunit1-dev python3 universal-ctags valgrind libc6-dbg \
	openssl rng-tools5 qemu-system-x86 curl jq nodejs chromium \
	clang libclang-rt-14-dev libomp-14-dev \
	gcc-avr avr-libc arduino-core-avr libsimavr-dev gcc-xtensa-lx106
# Some distributions of nodejs bring npm with them and conflict with a package of that name.
CHECK_PACKAGES += $(if $(shell command -v npm),,npm)
# nginx begins to serve when it is installed: nobody gets it who does not ask for the benchmark.
BENCH_PACKAGES := nginx-light wrk

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wvla -Wundef -Wcast-qual -Wswitch-enum -Wwrite-strings $(if $(WERROR),-Werror)
HARDEN   := -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
comma    := ,
SANITIZE := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all) \
	$(if $(filter fuzz,$(SAN)),-fsanitize=fuzzer-no-link)
COMPILE   = $(CC) -std=gnu11 -D_GNU_SOURCE -I. $(WARNINGS) $(HARDEN) $(SANITIZE) $(CFLAGS)
LINK      = $(CC) -pie -Wl,-z,relro,-z,now,--as-needed $(SANITIZE) $(CFLAGS) $(LDFLAGS)
# Asked of pkg-config once, and only when a recipe needs it: `deps` may have to install it first.
LIB_CFLAGS = $(eval LIB_CFLAGS := $$(patsubst -I%,-isystem %,$$(shell pkg-config --cflags $(LIBS))))$(LIB_CFLAGS)
LIB_LIBS   = $(eval LIB_LIBS := $$(shell pkg-config --libs $(LIBS)) -ldivsufsort -ldivsufsort64 -lbz2 -lm -fopenmp)$(LIB_LIBS)
LIBS      := fuse3 libserialport libconfuse libcrypto libmicrohttpd jansson gnutls gsl

# --- lists -------------------------------------------------------------------------------------
# The library of trng-evaluate: arithmetic alone, no input or output.
LIBRARY  := evaluate/core evaluate/basic evaluate/sp800_90b evaluate/ais31
FOLDERS  := common fuse-trng/device fuse-trng/health fuse-trng/source fuse-trng/fs fuse-trng/selftest fuse-trng \
	httpd $(LIBRARY) evaluate/report evaluate/collect evaluate firmware/core firmware/twin firmware/emulator
PROGRAMS := $(addprefix $(BUILD)/bin/,fuse-trng trng-httpd trng-twin trng-evaluate)
EMULATOR := $(BUILD)/bin/trng-emulator
UNITS    := $(patsubst tests/unit/%.c,$(BUILD)/test/%,$(filter-out tests/unit/unit.c,$(wildcard tests/unit/*.c)))
FUZZERS  := $(patsubst tests/%.c,$(BUILD)/%,$(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
REPLAYS  := $(FUZZERS:$(BUILD)/fuzz/%=$(BUILD)/replay/%)
TOOLS    := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/tools/*.c))
BENCHES  := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
LONGS    := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/long/*.c))
LINTS    := $(shell find tests/lint -type f -executable -name '*.[sp][hy]' 2>/dev/null | sort)
SYSTEMS  := $(sort $(wildcard tests/system/[0-9][0-9]-*.sh))
IMAGES   := $(sort $(wildcard tests/firmware/[0-9][0-9]-*.sh))
BROWSERS := $(sort $(wildcard tests/browser/[0-9][0-9]-*.mjs tests/browser/*.test.mjs))
ORACLES  := tests/oracle/ais31.py tests/oracle/sp800_90b.py
SOAKS    := $(sort $(wildcard tests/long/*.sh))
NODE     := $(BUILD)/node/.installed
# A Linux for virtual machines, and the tests that boot it.
GUEST    := $(BUILD)/guest/version
GUESTS   := tests/system/65-kernel.sh tests/system/66-qemu-linux.sh
# System tests that run under valgrind as well.
BASIC    := $(wildcard tests/system/[0-9][0-9]-basic.sh tests/system/50-http-table.sh tests/system/57-http-events.sh)

# What the board answers to `id`: which core it runs.
CORE     := $(sort $(wildcard firmware/core/*.[ch]))
CORE_HASH = $(eval CORE_HASH := $$(shell cat $$(CORE) | sha256sum | cut -c1-12))$(CORE_HASH)

ARCHIVES := $(foreach f,$(FOLDERS),$(BUILD)/lib/$(subst /,-,$f).a)
objects   = $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out %/main.c,$(wildcard $1/*.c)))
archives  = $(foreach f,$1,$(BUILD)/lib/$(subst /,-,$f).a)
OBJECTS  := $(foreach f,$(FOLDERS),$(call objects,$f))

# What T picks from the tests of a target, by name or by path.
picked    = $(if $(T),$(filter $(T) %/$(T) %/$(T).sh %/$(T).py %/$(T).mjs %/$(T).test.mjs,$1),$1)
CHECKS    = $(or $(call picked,$(UNITS) $(LINTS) $(REPLAYS) $(IMAGES) $(ORACLES) $(SYSTEMS) $(BROWSERS) $(if $(T),$(LONGS) $(SOAKS))),$(if $(T),$(error no test is called "$(T)")))

# Targets that need no more than PACKAGES.
NEEDED_PACKAGES = $(PACKAGES) $(if $(filter-out run,$(MAKECMDGOALS))$(filter emulator,$(DEVICE)),$(CHECK_PACKAGES)) \
	$(if $(filter bench,$(MAKECMDGOALS)),$(BENCH_PACKAGES))

# --- rules -------------------------------------------------------------------------------------
# Steps before the first compilation: targets for people install what is missing, `all` does not.
FIRST    := $(if $(filter run bench fuzz coverage pictures firmware arduino-library check%,$(MAKECMDGOALS)),deps)
say       = $(if $(V),,@printf '  %-5s %s\n' '$1' '$(@:$(BUILD)/%=%)';)

ifeq ($(MAKELEVEL),0)
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all deps run check build-tests check-san check-valgrind check-long check-oracle check-clang fuzz fuzzers \
	coverage lint pictures bench size install uninstall clean help FORCE

all: $(PROGRAMS) ## build the programs into build/bin (the default)

# Rebuilds everything when the compiler or its flags change.
$(BUILD)/flags: FORCE | $(FIRST)
	@mkdir -p $(@D); echo '$(COMPILE)' | cmp -s - $@ || echo '$(COMPILE)' > $@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) $(EXTRA) $(LIB_CFLAGS) -MMD -MP -c -o $@ $<

# The feed runs on every symbol of the fastest device; the firmware's core must not know an OS.
$(BUILD)/obj/fuse-trng/health/%.o: EXTRA := -O3
$(call objects,fuse-trng/health): Makefile
$(BUILD)/obj/firmware/core/%.o: EXTRA = -ffreestanding -DTRNG_BUILD='"$(CORE_HASH)"'
$(call objects,firmware/core): $(CORE) Makefile

# The evaluation is arithmetic on millions of symbols, in as many threads as there are cores. Products and
# sums are rounded apart, so that processors which could do both at once give the same last bits.
$(foreach f,$(LIBRARY),$(BUILD)/obj/$f/%.o): EXTRA := -O3 -fopenmp -ffp-contract=off
$(foreach f,$(LIBRARY),$(call objects,$f)): Makefile

$(BUILD)/obj/httpd/page.o: httpd/openapi.json
$(BUILD)/obj/httpd/setup.o: EXTRA = -DTRNG_UI_DIR='"$(PREFIX)/share/trng/ui"'

define archive_rule
$(BUILD)/lib/$(subst /,-,$1).a: $(call objects,$1) $(BUILD)/flags
	@mkdir -p $$(@D); rm -f $$@
	$$(call say,AR)$$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach f,$(FOLDERS),$(eval $(call archive_rule,$f)))

$(BUILD)/bin/fuse-trng: $(BUILD)/obj/fuse-trng/main.o \
	$(call archives,fuse-trng fuse-trng/selftest fuse-trng/fs fuse-trng/source fuse-trng/health fuse-trng/device common)
$(BUILD)/bin/trng-httpd: $(BUILD)/obj/httpd/main.o $(call archives,httpd common)
$(BUILD)/bin/trng-evaluate: $(BUILD)/obj/evaluate/main.o \
	$(call archives,evaluate evaluate/report evaluate/collect evaluate/ais31 evaluate/sp800_90b evaluate/basic evaluate/core common)
$(BUILD)/bin/trng-twin: $(BUILD)/obj/firmware/twin/main.o $(call archives,firmware/twin firmware/core common)
$(EMULATOR): $(BUILD)/obj/firmware/emulator/main.o \
	$(call archives,firmware/emulator firmware/twin firmware/core common) | $(BUILD)/firmware/trng-uno.elf
$(EMULATOR): EXTRA_LIBS := -lsimavr
$(UNITS): $(BUILD)/test/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/obj/tests/unit/unit.o $(ARCHIVES)
$(BUILD)/test/emulator: | $(BUILD)/firmware/trng-uno.elf
$(UNITS): EXTRA_LIBS := -lcunit -lsimavr
$(FUZZERS): $(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(ARCHIVES)
$(FUZZERS): EXTRA_LIBS := -fsanitize=fuzzer
$(REPLAYS): $(BUILD)/replay/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay.o $(ARCHIVES)
$(TOOLS) $(BENCHES) $(LONGS): $(BUILD)/%: $(BUILD)/obj/tests/%.o $(ARCHIVES)

$(PROGRAMS) $(EMULATOR) $(UNITS) $(FUZZERS) $(REPLAYS) $(TOOLS) $(BENCHES) $(LONGS):
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		$(EXTRA_LIBS) $(LIB_LIBS)

# Tests that need these skip without them, and say so.
$(NODE): tests/node/package.json tests/node/package-lock.json | $(FIRST)
	@mkdir -p $(@D) && cp $^ $(@D)
	$(call say,NPM)npm ci --prefix $(@D) --silent --no-audit --no-fund --ignore-scripts && touch $@ || \
		echo 'npm: the packages of tests/node cannot be had now'

$(GUEST): tests/guest/kernel.sh | $(FIRST)
	$(call say,APT)$< $(@D) || :

deps: ## install the packages that are missing (apt-get, with sudo if not root)
	@command -v dpkg-query >/dev/null || { echo 'deps: no Debian; needed are what Debian 12 calls: $(NEEDED_PACKAGES)'; exit 0; }; \
	have=$$(dpkg-query -W -f '$${db:Status-Status} $${Package}\n' $(NEEDED_PACKAGES) 2>/dev/null | sed -n 's/^installed //p'); \
	missing=$$(for p in $(NEEDED_PACKAGES); do echo "$$have" | grep -qxF "$$p" || echo "$$p"; done); \
	[ -n "$$missing" ] || exit 0; \
	root=; [ "$$(id -u)" = 0 ] || root=sudo; \
	echo "deps: installing" $$missing; \
	$$root apt-get update -q && \
	$$root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing

run: deps $(PROGRAMS) $(if $(filter emulator,$(DEVICE)),$(EMULATOR)) ## build, start the twin (or DEVICE=emulator, or the board PORT=...), daemon and server, print random bytes
	@env --default-signal=INT DEVICE=$(DEVICE) examples/demo.sh $(BUILD) $(PORT)

size: $(PROGRAMS) ## sizes of the programs' sections
	@size $^

clean: ## remove everything that was built
	rm -rf build build-san build-fuzz build-clang $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile firmware/firmware.mk
	@echo '  knobs: T=name (one test) V=1 SAN=1 CC=clang WERROR=1 BUILD=dir PREFIX=dir SEED=n PORT=/dev/tty... DEVICE=emulator'

# --- checks ------------------------------------------------------------------------------------
RUN_TESTS = TRNG_BUILD=$(abspath $(BUILD)) tests/run.sh
VALGRIND := valgrind -q --leak-check=full --errors-for-leak-kinds=definite,possible --error-exitcode=99 \
	--suppressions=$(CURDIR)/tests/valgrind.supp

NEEDED    = $(filter $(BUILD)/%,$(CHECKS)) \
	$(if $(filter $(SYSTEMS) $(SOAKS) $(IMAGES) $(ORACLES) $(BROWSERS),$(CHECKS)),$(PROGRAMS) $(EMULATOR) $(TOOLS)) \
	$(if $(filter %openapi.sh $(BROWSERS),$(CHECKS)),$(NODE)) $(if $(filter $(GUESTS),$(CHECKS)),$(GUEST))
check: deps $(if $(T),$(NEEDED),$(PROGRAMS) $(EMULATOR) build-tests) ## build and run all tests: unit, lint, fuzz corpus, system, browser
	@$(RUN_TESTS) $(CHECKS)

build-tests: $(EMULATOR) $(UNITS) $(REPLAYS) $(TOOLS) $(BENCHES) $(LONGS)
check: $(if $(T),,$(NODE) $(GUEST))

lint: ## layers, sizes, licence lines and whatever else tests/lint holds
	@$(RUN_TESTS) $(call picked,$(LINTS))

check-san: deps ## everything of check under ASan and UBSan
	@+$(MAKE) --no-print-directory SAN=1 check

check-valgrind: deps $(PROGRAMS) $(EMULATOR) $(UNITS) $(TOOLS) ## unit programs and one system pass (T=name) under valgrind
	@TRNG_WRAP='$(VALGRIND)' TRNG_TIMEOUT_S=900 $(RUN_TESTS) $(UNITS) $(if $(T),$(call picked,$(SYSTEMS)),$(BASIC))

check-long: deps $(PROGRAMS) $(TOOLS) $(LONGS) ## the long runs of tests/long
	@TRNG_TIMEOUT_S=2400 $(RUN_TESTS) $(call picked,$(LONGS) $(SOAKS))

check-oracle: deps $(PROGRAMS) ## every known answer of AIS 31 and SP 800-90B (check takes some)
	@TRNG_ORACLE=all TRNG_TIMEOUT_S=1500 $(RUN_TESTS) $(ORACLES)

check-clang: deps ## build everything with clang, warnings as errors
	@+$(MAKE) --no-print-directory CC=clang WERROR=1 BUILD=build-clang all build-tests

pictures: deps $(PROGRAMS) $(TOOLS) $(NODE) ## the page's pictures in docs/, drawn anew
	@$(RUN_TESTS) $(wildcard tests/browser/*-looks.mjs)
	@cp $(BUILD)/screenshots/system.png $(BUILD)/screenshots/generate.png $(BUILD)/screenshots/download.png \
		$(BUILD)/screenshots/health.png docs/pictures

coverage: deps ## lines and branches of the firmware's core that its unit tests take; fails below 100 %
	@tests/coverage.sh

fuzz: deps ## fuzz each parser for FUZZ_SECONDS, starting from its corpus
	@+$(MAKE) --no-print-directory CC=clang SAN=fuzz fuzzers

fuzzers: $(call picked,$(FUZZERS))
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh $(call picked,$(FUZZERS))

bench: deps $(PROGRAMS) $(EMULATOR) $(TOOLS) $(BENCHES) ## what it costs, as ratios
	@if [ -x tests/bench/run.sh ]; then TRNG_BUILD=$(abspath $(BUILD)) tests/bench/run.sh; \
	else for b in $(BENCHES); do "$$b" || exit 1; done; fi

include firmware/firmware.mk

# --- install -----------------------------------------------------------------------------------
install: $(PROGRAMS) ## install the programs and example configurations under DESTDIR/PREFIX
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(PROGRAMS)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/trng examples/*.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/trng/ui ui/*.*
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/trng/ui/js ui/js/*

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(notdir $(PROGRAMS)))
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/trng $(DESTDIR)$(PREFIX)/share/trng

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
