# Carillon. `make run` is the first thing to type; `make help` lists the rest.

VERSION := 0.1.0
MODE    ?= release
O       := build/$(MODE)
CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif

PACKAGES := libuv openssl sqlite3 libpq jansson libsodium libqrencode libcurl zlib
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Wcast-qual -Wpointer-arith \
            -Wwrite-strings -Wimplicit-fallthrough -Wswitch-enum -Werror
HARDEN   := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
            -fcf-protection $(if $(findstring clang,$(CC)),,-ftrivial-auto-var-init=zero)
CFLAGS_release := -O2 -g $(HARDEN)
CFLAGS_san     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
                  -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
LDFLAGS_release := -Wl,-z,relro,-z,now -Wl,--gc-sections
LDFLAGS_san     := -fsanitize=address,undefined
LDFLAGS_tsan    := -fsanitize=thread
CFLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined
LDFLAGS_fuzz   := -fsanitize=fuzzer,address,undefined
CFLAGS_plain   := -O1

# Asked only when something is compiled: the packages may not be there yet when make starts.
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES))
PKG_LIBS   = $(shell pkg-config --libs $(PACKAGES))
CFLAGS  = -std=c17 -D_GNU_SOURCE -Isrc -I. -DVERSION='"$(VERSION)"' -pthread -fPIE \
          -ffunction-sections -fdata-sections $(WARNINGS) $(CFLAGS_$(MODE)) $(PKG_CFLAGS)
LDFLAGS = -pthread -pie $(LDFLAGS_$(MODE))

sources  := $(filter-out src/main.c %_test.c,$(wildcard src/*/*.c src/*.c))
embedded := $(wildcard src/*/*.sql)
objects  := $(sources:%.c=$(O)/%.o)
tests    := $(patsubst %.c,$(O)/%,$(wildcard src/*/*_test.c tests/*_test.c))
benches  := $(patsubst %.c,$(O)/%,$(wildcard bench/*.c))

.PHONY: all run test check check-quick bench shots clean format help
all: carillon

# ---- the program -------------------------------------------------------------------------------

build/.installed-%: tools/install
	@tools/install $*
	@mkdir -p build && touch $@

carillon: $(O)/carillon
	@strip -o $@ $<

$(O)/carillon: $(O)/src/main.o $(O)/assets.o $(O)/libcarillon.a
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(O)/libcarillon.a: $(objects)
	@rm -f $@
	@ar rcs $@ $^

$(O)/%.o: %.c | build/.installed-build
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/assets.o: build/assets.c | build/.installed-build
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(CC) $(CFLAGS) -c -o $@ $<

build/pinyin.inc: tools/pinyin | build/.installed-build
	tools/pinyin > $@.part && mv $@.part $@
$(O)/src/org/pinyin.o: build/pinyin.inc

# A module's SQL is embedded by one of the files beside it.
define sql_rule
$(patsubst %.c,$(O)/%.o,$(wildcard $(dir $(1))*.c)): $(1)
endef
$(foreach sql,$(embedded),$(eval $(call sql_rule,$(sql))))

-include $(shell find build -name '*.d' 2>/dev/null)

# ---- the web client ----------------------------------------------------------------------------

web_sources := $(shell find web -type f -not -path '*/node_modules/*' 2>/dev/null)

web/node_modules/.installed: web/package-lock.json | build/.installed-build
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# Other people's programs that speak to ours, for the tests alone.
tests/clients/node_modules/.installed: tests/clients/package-lock.json | build/.installed-build
	cd tests/clients && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

build/assets.c: $(web_sources) web/node_modules/.installed
	cd web && node build.mjs

# ---- running, tests, checks --------------------------------------------------------------------

run: carillon
	@./carillon serve

$(O)/%_test: $(O)/%_test.o $(O)/libcarillon.a
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# The runner of scenarios is large enough for a folder.
scenario := $(patsubst %.c,$(O)/%.o,$(wildcard tests/scenario/*.c) tests/websocket.c)
$(O)/tests/scenario_test: $(scenario)

$(O)/bench/%: $(O)/bench/%.o $(O)/libcarillon.a
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(BENCH_LIBS_$*)

# Every screen and state, at two sizes, light and dark; look at build/shots/index.html.
shots: carillon build/.installed-test
	@node tools/shots.mjs ./carillon

# `make test` builds everything twice over (sanitizers, threads), the fuzzers with clang, and runs it.
fuzzers := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))

$(O)/tests/fuzz/%: $(O)/tests/fuzz/%.o $(O)/libcarillon.a
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

net_tests := read_test http_test websocket_test life_test

.PHONY: units fuzzers
units: $(tests)
fuzzers: $(fuzzers:%=$(O)/tests/fuzz/%)

test: carillon build/.installed-test tests/clients/node_modules/.installed
	@$(MAKE) --no-print-directory MODE=san units
	@$(MAKE) --no-print-directory MODE=tsan $(net_tests:%=build/tsan/src/net/%) \
	    build/tsan/tests/scenario_test
	@$(MAKE) --no-print-directory MODE=fuzz CC=clang fuzzers
	@tests/run

# Static checks. check-quick leaves out what takes minutes.
c_files := $(shell find src tests bench web -name '*.[ch]' -not -path '*/node_modules/*')

check-quick: build/.installed-check build/assets.c
	@tools/floors && echo "  floors"
	@clang-format --dry-run -Werror $(c_files) && echo "  format"
	@$(MAKE) --no-print-directory MODE=plain CC=clang O=build/clang build/clang/libcarillon.a \
	    build/clang/src/main.o && echo "  clang"

check: check-quick build/pinyin.inc
	@clang-tidy --quiet $(filter-out %_test.c,$(sources)) src/main.c -- $(filter-out -Werror -ftrivial%,$(CFLAGS)) \
	    2>/dev/null && echo "  clang-tidy"
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	    --library=tools/cppcheck.cfg --error-exitcode=1 -Isrc -I. -DVERSION='""' src && echo "  cppcheck"

-include bench/bench.mk

format:
	@clang-format -i $(c_files)

help:
	@sed -n '/^make .*  /p' CONTRIBUTING.md

clean:
	rm -rf build carillon web/node_modules tests/clients/node_modules
