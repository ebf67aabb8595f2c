# SPDX-License-Identifier: GPL-2.0-or-later
#
# The whole build on one page.
#
#   make            build/torc, the program
#   make demo       the published network on this machine, torc in its middle; Ctrl-C ends it
#   make appliance  the bootable image of it
#   make test       every test there is, sanitizer runs included; ends with "N passed, N failed"
#   make help       all the rest
#
# Every program is linked from the same sources: all objects but core/main.o go into an archive,
# and the roof, a test, a fuzz target or a benchmark is put on top of it.  A *variant* is that
# archive once more with other flags, in a folder of its own, so that a sanitizer run never makes
# the next plain build start over:
#
#   build/        plain: what is installed          build/asan/   AddressSanitizer and UBSan
#   build/tsan/   ThreadSanitizer                   build/fuzz/   clang, for libFuzzer
#   build/strict-gcc/  build/strict-clang/          warnings are errors (make check)
#
# Nothing is configured beforehand.  What is missing on a Debian or Ubuntu machine is installed
# by tests/packages.sh, which starts no service; its stamps stand in build/packages/.

VERSION := 0.1.0

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all help config house lab demo demo-up demo-down test everything unit sim fuzz e2e asan tsan bench bench-micro check
.PHONY: format format-check install clean packages packages-demo packages-test packages-check
.PHONY: packages-bench programs lib bench-failover bench-soak bench-deaths bench-gateway matrix FORCE

all: build/torc
# The archive alone, while the roof is off.
lib: build/libtorc.a

# --- tools ---------------------------------------------------------------------------------------

CC      := gcc
CLANG   := clang
AR      := ar
# The system's Python, not one that a version manager put first in PATH: Debian's pytest and
# scapy belong to it.
PYTHON  := /usr/bin/python3
DESTDIR :=
PREFIX  := /usr/local
MACHINE := $(shell uname -m)

# `make V=1` shows the commands themselves.
ifeq ($(V),1)
say :=
Q   :=
else
say  = @printf '  %-8s%s\n' '$(1)' '$(2)';
Q   := @
endif

# --- sources -------------------------------------------------------------------------------------

sources := $(sort $(wildcard core/*.c core/config/*.c net/*.c net/*/*.c health/*.c vrrp/*.c \
	appliance/init/*.c))
headers := $(sort $(wildcard core/*.h core/config/*.h net/*.h net/*/*.h health/*.h vrrp/*.h \
	appliance/init/*.h))
rooms   := $(filter-out core/main.c appliance/init/main.c,$(sources))
units   := $(sort $(wildcard tests/unit/*_test.c))
sims    := $(sort $(wildcard tests/sim/*_sim.c))
fuzzers := $(sort $(wildcard tests/fuzz/*_fuzz.c))
micros  := $(sort $(wildcard bench/micro/*.c))
helpers := $(sort $(wildcard bench/load/*.c tests/e2e/tools/*.c))
ours    := $(sources) $(headers) $(wildcard tests/*/*.[ch] tests/e2e/tools/*.[ch] bench/*/*.[ch])

# --- flags ---------------------------------------------------------------------------------------

warnings := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes
# A user's newer compiler may know warnings that we have not met: errors only where we look.
ifneq ($(CI)$(WERROR),)
warnings += -Werror
endif

common := -std=gnu17 -O2 -g -fno-omit-frame-pointer $(warnings)
# Assertions stay in the program that is installed: NDEBUG is never set.
define_flags := -I. -D_GNU_SOURCE -DTORC_VERSION='"$(VERSION)"'

hardening := -fPIE -fstack-protector-strong -fstack-clash-protection \
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
ifeq ($(MACHINE),x86_64)
hardening += -fcf-protection
else ifeq ($(MACHINE),aarch64)
hardening += -mbranch-protection=standard
endif
# -rdynamic: a crash record names functions.
hardening_link := -pie -rdynamic -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack

libraries := -luring -lseccomp -pthread
ifneq ($(shell grep -ls 'libmnl/libmnl.h' $(sources) /dev/null),)
libraries += -lmnl
endif
ifneq ($(shell grep -ls 'pcre2\.h' $(sources) /dev/null),)
libraries += -lpcre2-8
endif
ifneq ($(shell grep -ls 'crypt\.h' $(sources) /dev/null),)
libraries += -lcrypt
endif

sanitize_asan := -fsanitize=address,undefined -fno-sanitize-recover=all
sanitize_tsan := -fsanitize=thread
sanitize_fuzz := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

# --- variants ------------------------------------------------------------------------------------

# $(call variant,name,folder,compiler,compile flags,link flags)
# gives folder/torc, folder/libtorc.a and the test programs folder/tests/..., folder/bench/...
define variant
$(1)_objects  := $$(rooms:%.c=$(2)/obj/%.o)
$(1)_units    := $$(units:%.c=$(2)/%)
$(1)_sims     := $$(sims:%.c=$(2)/%)
$(1)_programs := $(2)/torc $$($(1)_units) $$($(1)_sims)

$(2)/obj/%.o: %.c $(2)/flags | build/packages/build
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)$(3) $(common) $(define_flags) $(4) -MMD -MP -c -o $$@ $$<

$(2)/libtorc.a: $$($(1)_objects)
	$$(call say,AR,$$@)rm -f $$@ && $(AR) rcs $$@ $$^

$(2)/torc: $(2)/obj/core/main.o $(2)/libtorc.a
	$$(call say,LINK,$$@)$(3) $(4) -o $$@ $$^ $(5) $(libraries)

# zstd is pid 1's: a test that does not meet it is not linked with it.
$(2)/tests/unit/%: $(2)/obj/tests/unit/%.o $(2)/libtorc.a | build/packages/test
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(3) $(4) -o $$@ $$^ $(5) -lcmocka $(libraries) -Wl,--as-needed -lzstd

$(2)/tests/sim/%: $(2)/obj/tests/sim/%.o $(2)/libtorc.a | build/packages/test
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(3) $(4) -o $$@ $$^ $(5) -lcmocka $(libraries)

# Named one by one: a pattern without a recipe would say nothing at all.
$$(patsubst %.c,$(2)/obj/%.o,$(units) $(sims) $(fuzzers)): | build/packages/test

# Other flags than last time: everything of this variant is compiled again.
$(2)/flags: FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' "$(3) $$(subst ",,$(common) $(define_flags) $(4) $(5))" >$$@.new; \
	cmp -s $$@.new $$@ && rm $$@.new || mv $$@.new $$@

-include $$(shell find $(2)/obj -name '*.d' 2>/dev/null)
endef

$(eval $(call variant,plain,build,$(CC),$(hardening),$(hardening_link)))
$(eval $(call variant,asan,build/asan,$(CC),$(sanitize_asan),-rdynamic))
$(eval $(call variant,tsan,build/tsan,$(CC),$(sanitize_tsan),-rdynamic))
$(eval $(call variant,fuzz,build/fuzz,$(CLANG),$(sanitize_fuzz),-rdynamic))
$(eval $(call variant,strict-gcc,build/strict-gcc,$(CC),$(hardening) -Werror,$(hardening_link)))
$(eval $(call variant,strict-clang,build/strict-clang,$(CLANG),$(hardening) -Werror,$(hardening_link)))

fuzz_targets := $(fuzzers:%.c=build/fuzz/%)

build/fuzz/tests/fuzz/%: build/fuzz/obj/tests/fuzz/%.o build/fuzz/libtorc.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CLANG) $(sanitize_fuzz) -fsanitize=fuzzer -o $@ $^ $(libraries)

# Helpers of the benchmarks and of the end-to-end tests: plain programs on the plain archive.
plain_micros  := $(micros:%.c=build/%)
plain_helpers := $(helpers:%.c=build/%)

$(plain_micros) $(plain_helpers): build/%: build/obj/%.o build/libtorc.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(hardening) -o $@ $^ $(hardening_link) $(libraries)

# Pid 1 of the appliance: static, so that the first program of a machine needs nothing beside it.
build/appliance/init: build/obj/appliance/init/main.o build/libtorc.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(hardening) -o $@ $^ -static-pie -Wl,-z,relro -Wl,-z,now \
		-Wl,-z,noexecstack -lzstd

# clang comes with the test packages.
$(fuzz_objects) $(strict-clang_objects) build/strict-clang/obj/core/main.o: | build/packages/test

# Objects are kept: they are what the next build starts from.
.SECONDARY:

# --- packages ------------------------------------------------------------------------------------

# Each group of Debian's packages is looked for once; `make packages` looks again.
build/packages/test: | build/packages/build
build/packages/image: | build/packages/test
build/packages/%: tests/packages.sh
	@mkdir -p $(@D)
	@sh tests/packages.sh $* && touch $@

packages:
	@mkdir -p build/packages
	@sh tests/packages.sh build demo test check bench
	@cd build/packages && touch build demo test check bench

packages-demo: build/packages/demo
packages-test: build/packages/test
packages-check: build/packages/check
packages-bench: build/packages/bench

include appliance/appliance.mk

# --- the demonstration ---------------------------------------------------------------------------

demo: build/torc build/packages/demo
	@tests/lab/demo

demo-up: build/torc build/packages/demo
	@tests/lab/demo up

demo-down:
	@tests/lab/demo down

# --- tests ---------------------------------------------------------------------------------------

# tests/run.py builds nothing: it runs suites, counts them, and closes with one line.
programs: $(plain_programs) $(plain_helpers) $(plain_micros) build/appliance/init

unit: $(plain_units) build/packages/test
	@$(PYTHON) tests/run.py unit

config: build/torc build/packages/test
	@$(PYTHON) tests/run.py config

house:
	@$(PYTHON) tests/run.py house

lab: build/torc build/packages/test
	@$(PYTHON) tests/run.py lab

sim: $(plain_sims) build/packages/test
	@$(PYTHON) tests/run.py sim

# Every target over its kept corpus, then FUZZ_SECONDS of new ideas each.
FUZZ_SECONDS := 3
fuzz: $(fuzz_targets) build/packages/test
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTHON) tests/run.py fuzz

e2e: programs build/packages/test
	@$(PYTHON) tests/run.py e2e

# Not in `test`: SEEDS sequences of the partition matrix, eight seconds each.
SEED  := 1
SEEDS := 50
matrix: build/torc build/packages/test
	@$(PYTHON) tests/lab/matrix.py $(SEED) $(SEEDS)

asan: $(asan_programs) $(plain_helpers) build/packages/test
	@$(PYTHON) tests/run.py asan

tsan: $(tsan_programs) $(plain_helpers) build/packages/test
	@$(PYTHON) tests/run.py tsan

# One command on a fresh machine: packages one after the other, then every program on all cores.
everything: programs $(asan_programs) $(tsan_programs) $(fuzz_targets)
test: build/packages/build build/packages/test build/packages/image
	@+$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) everything
	@+$(MAKE) --no-print-directory $(image_files) $(image_imp)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTHON) tests/run.py all

# --- benchmarks ----------------------------------------------------------------------------------

bench: build/torc $(plain_micros) $(plain_helpers) build/packages/bench
	@$(PYTHON) bench/compare

bench-failover: build/torc build/bench/load/pulse build/packages/bench
	@$(PYTHON) bench/failover

SOAK_MINUTES := 10
bench-soak: build/torc build/bench/load/pulse build/packages/bench
	@$(PYTHON) bench/failover --soak $(SOAK_MINUTES) --side torc --results bench/results

bench-deaths: build/torc build/packages/bench
	@$(PYTHON) bench/failover --kills 50

bench-gateway: build/torc build/packages/bench
	@$(PYTHON) bench/gateway

bench-micro: $(plain_micros)
	@for program in $(plain_micros); do echo "== $$program"; $$program || exit 1; done

# --- the careful reading -------------------------------------------------------------------------

# The layout of another major version differs in small things: 14 is the one that decides.
CLANG_FORMAT := $(firstword $(wildcard /usr/bin/clang-format-14) clang-format)
CLANG_TIDY   := $(firstword $(wildcard /usr/bin/clang-tidy-14) clang-tidy)

check: format-check build/packages/check $(strict-gcc_programs) $(strict-clang_programs)
	$(call say,TIDY,$(words $(sources)) files)printf '%s\n' $(sources) | \
		xargs -P 2 -n 1 sh -c '$(CLANG_TIDY) --quiet "$$@" -- -std=gnu17 -I. -D_GNU_SOURCE \
		-DTORC_VERSION="\"$(VERSION)\""' tidy
	$(call say,CPPCHECK,$(words $(sources)) files)cppcheck --quiet --std=c11 -I. -D_GNU_SOURCE \
		--enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches -j 2 $(sources)
	@$(PYTHON) tests/run.py house
	@echo "check: clean"

format-check: build/packages/check
	$(call say,FORMAT,$(words $(ours)) files)$(CLANG_FORMAT) --dry-run --Werror $(ours)

format: build/packages/check
	$(CLANG_FORMAT) -i $(ours)

# --- the rest ------------------------------------------------------------------------------------

install: build/torc
	install -D -m 755 build/torc $(DESTDIR)$(PREFIX)/sbin/torc
	install -D -m 644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/torc/LICENSE
	install -D -m 644 README.md $(DESTDIR)$(PREFIX)/share/doc/torc/README.md
	$(if $(wildcard docs/torc.8),install -D -m 644 docs/torc.8 \
		$(DESTDIR)$(PREFIX)/share/man/man8/torc.8)
	$(if $(wildcard docs/torc.conf.5),install -D -m 644 docs/torc.conf.5 \
		$(DESTDIR)$(PREFIX)/share/man/man5/torc.conf.5)

clean:
	rm -rf build appliance/out

help:
	@echo 'make              build/torc'
	@echo 'make demo         the published network with torc in its middle; Ctrl-C ends it'
	@echo 'make demo-up      the same without staying; make demo-down takes it away'
	@echo 'make test         every test; unit sim config fuzz lab e2e asan tsan house: one family'
	@echo 'make matrix       fifty sequences of the partition matrix, seven minutes; SEED=1 SEEDS=50'
	@echo 'make check        layout, gcc and clang without a warning, clang-tidy, cppcheck'
	@echo 'make format       lays out every C file'
	@echo 'make appliance    the bootable image, under appliance/out/ (docs/APPLIANCE.md)'
	@echo 'make bench        torc, HAProxy and nginx in one interleaved run'
	@echo 'make bench-failover  what a client sees when a balancer fails; bench-soak: ten quiet minutes'
	@echo 'make bench-gateway  what the table of a nat block costs the proxied path'
	@echo 'make packages     installs what any of these needs, and starts no service'
	@echo 'make install      to DESTDIR and PREFIX ($(PREFIX))'
	@echo 'V=1 shows commands, WERROR=1 makes warnings errors'
