# make            the program: build/bin/preflight
# make demo       a GitLab 14.1 whose copy stands still, gated (installs what is missing)
# make test       the tests that need PostgreSQL and Redis (installs both, if missing)
# make test-full  what make test leaves out: hostile input, faults, sweeps over every era and size, search nodes, a
#                 browser, packages, and all of it under sanitizers
#                 (installs Java, Maven, Chromium and more, if missing)
# tests/run tests/integration/plan.t   one file; tests/run says more at its top
# make torture    every call that can fail fails once, and for ever; hours; PART=2/8 does the second eighth
# make fuzz       each fuzz target for SECONDS_EACH=60 (installs clang, if missing)
# make coverage   which lines the tests that need no server reach; FULL=1: those that need one, too
# make test-matrix  what talks to servers, with PostgreSQL 13 to 18, Redis 6 to 8, Valkey
# make test-rules-mutated   are the tests of the blocking rules sharp?
# make tidy       clang-tidy, cppcheck and gcc -fanalyzer (installs what is missing)
# make install    PREFIX=/usr/local DESTDIR=
# make pages      the manual and the completion of shells, from packaging/man and packaging/completion
# make rules-dist the rules as one file, build/preflight-rules-*.tar.gz, for a program of any place
# make portable   one folder that runs on any Linux of this machine's kind: build/preflight-*.tar.gz
# make dist       the source as one file: build/dist/gitlab-preflight-*.tar.gz
# make deb, make rpm  packages of the program and of the rules, in build/deb and build/rpm
# make release    all of a release in build/dist, with checksums; SIGN_KEY=FILE signs it
# Everything is written below $(O).

PROG    = preflight
VERSION = 0.1.0
PREFIX ?= /usr/local
O      ?= build
CFLAGS ?= -O2 -g

SRC  = $(sort $(wildcard preflight/*/*.c preflight/*/*/*.c reports/*.c))
UNIT = $(sort $(wildcard tests/unit/test_*.c))
FUZZ = $(sort $(wildcard tests/fuzz/fuzz_*.c))

LIBS = libpq hiredis libcurl jansson libarchive sqlite3 yaml-0.1 libcrypto zlib

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wcast-qual -Wswitch-enum -Wvla -Wundef -Wwrite-strings
ifneq ($(filter true 1,$(CI) $(WERROR)),)
WARN += -Werror
endif

# For a packager to override. The fourth exists for x86 only.
HARDEN = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	$(if $(filter x86_64-% i386-% i486-% i586-% i686-%,$(MACHINE)),-fcf-protection) -ftrivial-auto-var-init=zero -fPIE
HARDEN_LD = -pie -Wl,-z,relro,-z,now
MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)

# Asked when first needed: not for clean, and not before packaging/deps has been there.
LIB_CFLAGS = $(eval LIB_CFLAGS := $(shell pkg-config --cflags $(LIBS) 2>/dev/null))$(LIB_CFLAGS)
LIB_LIBS   = $(eval LIB_LIBS := $(shell pkg-config --libs $(LIBS) 2>/dev/null))$(LIB_LIBS)
# libpg_query, which has no pkg-config file, parses the structure of a release; PG_QUERY=no builds without it.
PG_QUERY   = $(eval PG_QUERY := $(shell printf '\043include <pg_query.h>\n' | $(CC) $(CPPFLAGS) $(CFLAGS) -E -x c - >/dev/null 2>&1 && echo yes))$(PG_QUERY)
PG_QUERY_LIB = $(if $(filter yes,$(PG_QUERY)),-lpg_query)

ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -iquote preflight -iquote . -I$O/gen $(WARN) $(HARDEN) -pthread \
	$(CFLAGS) $(CPPFLAGS) $(LIB_CFLAGS) $(if $(filter yes,$(PG_QUERY)),-DHAVE_PG_QUERY) -DPREFLIGHT_VERSION='"$(VERSION)"' \
	-DPREFLIGHT_RULES='"$(PREFIX)/share/preflight/rules"'
ALL_LDFLAGS = -pthread $(HARDEN_LD) $(LDFLAGS)

OBJ   = $(SRC:%.c=$O/obj/%.o)
LIB   = $O/obj/libpreflight.a
TESTS = $(UNIT:%.c=$O/%)
FUZZERS = $(FUZZ:%.c=$O/%)
# Programs that scripts of these folders drive.
DRIVERS = $(patsubst %.c,$O/%,$(wildcard tests/integration/*.c tests/hostile/*.c tests/sweep/*.c))
# Makes calls of the program fail: a library for LD_PRELOAD.
FAIL_CALL = $O/tests/faults/fail_call.so
# The program as a build without libpg_query has it, and as one with a libpq before 14 has it.
NO_PG_QUERY = $O/tests/integration/without_pg_query
NO_PIPELINING = $O/tests/integration/without_pipelining
# What depends on pipelining: see pg_connect.h.
PIPELINING = pg_connect pg_query source_postgres
GEN   = $O/gen/rules_digest.h $O/gen/style_css.h $O/gen/script_js.h
DEPS  = $(OBJ:.o=.d) $(UNIT:%.c=$O/obj/%.d) $(FUZZ:%.c=$O/obj/%.d) $O/obj/tests/fuzz/replay.d \
	$(DRIVERS:$O/%=$O/obj/%.d) $(PIPELINING:%=$O/no-pipelining/%.d) $O/obj/tests/bench/floor.d

# ./preflight is the source directory, so the program lives one level down.
BIN   = $O/bin/$(PROG)

all: $(BIN)

# V=1 shows whole commands.
Q = $(if $(V),,@printf '  %-4s %s\n' $(1) $@;)

# Moved into place: whoever runs the program meanwhile has the old one whole.
$(BIN): $O/obj/preflight/commands/main.o $O/obj/preflight/ruleset/ready_made.o $(LIB)
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(ALL_LDFLAGS) -o $@.new $^ $(LIB_LIBS) $(PG_QUERY_LIB) -lm $(LDLIBS) && mv $@.new $@
$(LIB): $(filter-out %/main.o %/ready_made.o %/prepare_rules.o,$(OBJ))
	$(call Q,AR)rm -f $@ && ar rcs $@ $^
# The shipped rules are parsed and checked here, once, and not whenever the program starts: see ruleset/ready.h.
$O/bin/prepare-rules: $O/obj/preflight/ruleset/prepare_rules.o $(LIB)
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(ALL_LDFLAGS) -o $@.new $^ $(LIB_LIBS) $(PG_QUERY_LIB) -lm $(LDLIBS) && mv $@.new $@
$O/gen/rules_ready: $O/bin/prepare-rules $O/gen/rules_digest.h
	$(call Q,GEN)$< rules >$@.new && mv $@.new $@
$O/gen/rules_ready.h: $O/gen/rules_ready
	$(TO_C)
$O/obj/preflight/ruleset/ready_made.o: $O/gen/rules_ready.h
$O/obj/%.o: %.c $O/flags | $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(TESTS): $O/%: $O/obj/%.o $(LIB)
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) $(PG_QUERY_LIB) -lm $(LDLIBS) -lcmocka
# Without a fuzzer, something that feeds files to a target.
FUZZ_MAIN = $O/obj/tests/fuzz/replay.o
$(FUZZERS): $O/%: $O/obj/%.o $(FUZZ_MAIN) $(LIB)
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) $(PG_QUERY_LIB) -lm $(LDLIBS)
# The same libraries, used or not, and nothing done: what starting costs at least.
$O/bench/floor: $O/obj/tests/bench/floor.o
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(ALL_LDFLAGS) -Wl,--no-as-needed -o $@ $^ $(LIB_LIBS) $(PG_QUERY_LIB) -lm $(LDLIBS)

# Changes when anything on the command line of the compiler does.
$O/flags: FORCE
	@pkg-config --exists $(LIBS) 2>/dev/null || { \
	    for lib in $(LIBS); do pkg-config --exists $$lib 2>/dev/null || echo "missing: $$lib"; done; \
	    echo 'The program cannot be built here yet: run packaging/deps build first.'; exit 1; } >&2
	@mkdir -p $O
	@printf '%s\n' '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIB_LIBS) $(PG_QUERY_LIB) $(LDLIBS))' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The digest that tells rules as shipped from modified ones: see set_digest in ruleset_load.c.
$O/gen/rules_digest.h: FORCE
	@mkdir -p $(@D)
	@digest=$$(cd rules && find . -name '*.yml' -type f ! -path '*/.*' | sed 's,^\./,,' | \
	    LC_ALL=C sort | xargs -r sha256sum | sha256sum) && \
	    printf '#define RULES_DIGEST "%s"\n' "$${digest%% *}" >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# As numbers: a string literal may have 4095 bytes only.
define TO_C
	@mkdir -p $(@D)
	@{ printf 'static const char %s[] = {\n' $(basename $(@F)); \
	    od -An -v -td1 $< | sed 's/ *\(-*[0-9][0-9]*\)/\1,/g'; echo '0};'; } >$@.new
	@mv $@.new $@
endef
$O/gen/style_css.h: reports/style.css
	$(TO_C)
$O/gen/script_js.h: reports/script.js
	$(TO_C)

# As many compilers as there are cores, unless the caller says how many.
SIDE_BY_SIDE = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

demo:
	packaging/deps demo
	$(MAKE) $(SIDE_BY_SIDE) all
	O=$O packaging/demo

# Whatever cannot be installed here costs the tests that need it; the build says what it lacks.
# packaging/deps says before what it installs, and how large that is.
test check:
	-packaging/deps test
	$(MAKE) $(SIDE_BY_SIDE) test-programs
	O=$O tests/run

# After make test, which runs the same tests as they are, this leaves nothing out.
test-full:
	-packaging/deps full
	@echo 'Maven will download four search products: about 190 MB below ~/.m2 unless they are there, 160 MB below $O.'
	$(MAKE) $(SIDE_BY_SIDE) test-programs
	@failed=0; O=$O tests/run hostile faults sweep browser search-node packaging || failed=1; $(MAKE) sanitize || failed=1; exit $$failed

# The tests that talk to servers, with those of other releases of Debian (as root; unpacks them once).
test-matrix:
	-packaging/deps matrix
	$(MAKE) $(SIDE_BY_SIDE) test-programs
	O=$O tests/matrix/run

$(DRIVERS): $O/%: $O/obj/%.o $(LIB)
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) $(PG_QUERY_LIB) -lm $(LDLIBS)

$(FAIL_CALL): tests/faults/fail_call.c $O/flags
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) -std=c17 -D_GNU_SOURCE -O1 -g $(WARN) -Wno-missing-prototypes -fPIC -shared -pthread \
	    $(LIB_CFLAGS) -o $@ $< -ldl

$(NO_PG_QUERY).o: preflight/sources/sql_tree.c $O/flags | $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(filter-out -DHAVE_PG_QUERY,$(ALL_CFLAGS)) -c -o $@ $<
$(NO_PG_QUERY): $O/obj/preflight/commands/main.o $O/obj/preflight/ruleset/ready_made.o $(NO_PG_QUERY).o $(LIB)
	$(call Q,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) -lm $(LDLIBS)

$O/no-pipelining/%.o: preflight/sources/postgres/%.c $O/flags | $(GEN)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(ALL_CFLAGS) -DNO_PIPELINING -MMD -MP -c -o $@ $<
$(NO_PIPELINING): $O/obj/preflight/commands/main.o $O/obj/preflight/ruleset/ready_made.o \
		$(PIPELINING:%=$O/no-pipelining/%.o) $(LIB)
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) $(PG_QUERY_LIB) -lm $(LDLIBS)

test-programs: all pages $(TESTS) $(FUZZERS) $(DRIVERS) $(FAIL_CALL) $(NO_PG_QUERY) $(NO_PIPELINING)

unit: $(TESTS) $(FUZZERS)
	O=$O tests/run unit fuzz

torture:
	-packaging/deps test
	$(MAKE) $(SIDE_BY_SIDE) test-programs
	O=$O FAULTS=all PART=$(or $(PART),1/1) LIMIT=86400 tests/run -v faults

# Each fuzz target for SECONDS_EACH with libFuzzer, one after the other; TARGETS="clean log" chooses.
CLANG ?= clang
FUZZ_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz:
	-packaging/deps fuzz
	$(MAKE) $(SIDE_BY_SIDE) O=$O/fuzz CC=$(CLANG) CFLAGS='-O1 -g -fsanitize=fuzzer-no-link $(FUZZ_FLAGS)' HARDEN= HARDEN_LD= \
	    LDFLAGS='-fsanitize=fuzzer $(FUZZ_FLAGS)' FUZZ_MAIN= fuzzers
	O=$O/fuzz tests/fuzz/run $(TARGETS)
fuzzers: $(FUZZERS)

SANITIZED = unit fuzz rules lint integration hostile faults sweep
SANITIZE = -fsanitize=address,undefined
# HARDEN hides a variable that nobody set, because it is zero then. In these builds it is anything but that.
UNSET = -ftrivial-auto-var-init=pattern
sanitize:
	$(MAKE) $(SIDE_BY_SIDE) O=$O/san CFLAGS='-O1 -g $(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer' \
	    HARDEN='$(UNSET)' HARDEN_LD= LDFLAGS='$(SANITIZE)' test-programs
	O=$O/san ASAN_OPTIONS=exitcode=99:detect_stack_use_after_return=1 \
	    UBSAN_OPTIONS=print_stacktrace=1 tests/run $(SANITIZED)

# The lines that the tests reach, by folder. Without FULL=1, by those that need no server.
coverage:
	$(MAKE) $(SIDE_BY_SIDE) O=$O/cov CFLAGS='-O0 -g --coverage -fprofile-update=atomic' HARDEN='$(UNSET)' HARDEN_LD= LDFLAGS=--coverage \
	    test-programs
	find $O/cov -name '*.gcda' -delete
	O=$O/cov tests/run unit fuzz rules lint hostile $(if $(FULL),integration sweep)
	tests/coverage $(if $(V),-v) $O/cov

# Changes each blocking rule a little and demands that a test of it notices; some 20 minutes on two cores.
test-rules-mutated: all
	O=$O tests/rules/mutate

bench bench-full: all $O/bench/floor $O/tests/integration/release_tree
	O=$O tests/bench/run.sh $(if $(filter bench-full,$@),full)

CLANG_FORMAT ?= O=$O packaging/clang-format
SOURCES = $(sort $(SRC) $(wildcard preflight/*/*.h preflight/*/*/*.h reports/*.h tests/*/*.[ch]))
lint: all
	@$(CLANG_FORMAT) --dry-run --Werror $(SOURCES)
	tests/lint/layers
	tests/lint/cycles $O/obj
	tests/lint/headers
	tests/lint/prose
	$(BIN) rules lint

# Static analysis, some 2 minutes on two cores. A tool that cannot be installed here is skipped.
tidy: $(GEN)
	-packaging/deps tidy
	CC='$(CC)' packaging/tidy $(SRC) -- -std=c17 -D_GNU_SOURCE -iquote preflight -iquote . -I$O/gen -pthread \
	    -Wall -Wextra $(LIB_CFLAGS) -DPREFLIGHT_VERSION='"\"$(VERSION)\""' -DPREFLIGHT_RULES='"\"rules\""'
format:
	@$(CLANG_FORMAT) -i $(SOURCES)

# What the manual and the completion say about options comes from the program itself.
PAGES = $(patsubst packaging/%.in,$O/%,$(wildcard packaging/man/*.in packaging/completion/*.in))
$(PAGES): $O/%: packaging/%.in packaging/fill $(BIN)
	@mkdir -p $(@D)
	$(call Q,FILL)VERSION='$(VERSION)' DATE='$(DATE)' packaging/fill $(BIN) $< >$@.new && mv $@.new $@
pages: $(PAGES)
# The manual is of the day of the last change on record: that of the commit, or of the file in a source archive.
DATE = $(shell LC_ALL=C date -u '+%B %-d, %Y' -d @$$(git log -1 --format=%ct -- CHANGELOG.md 2>/dev/null | grep . || \
	stat -c %Y CHANGELOG.md))

SHARE = $(DESTDIR)$(PREFIX)/share/$(PROG)
MAN = $(DESTDIR)$(PREFIX)/share/man
COMPLETION = $(DESTDIR)$(PREFIX)/share
PLUGINS = $(PREFIX)/lib/nagios/plugins
install: install-program install-rules
install-program: all pages
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)
	install -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/$(PROG)
	install -D -m 755 packaging/upgrade/gitlab-upgrade-loop $(DESTDIR)$(PREFIX)/sbin/gitlab-upgrade-loop
	install -D -m 755 packaging/nagios/check_preflight $(DESTDIR)$(PLUGINS)/check_preflight
	install -m 644 $(wildcard reports/*.schema.json) $(SHARE)
	for page in $(notdir $(filter $O/man/%,$(PAGES))); do \
	    install -D -m 644 $O/man/$$page "$(MAN)/man$${page##*.}/$$page" || exit 1; done
	install -D -m 644 $O/completion/preflight.bash $(COMPLETION)/bash-completion/completions/$(PROG)
	install -D -m 644 $O/completion/preflight.zsh $(COMPLETION)/zsh/site-functions/_$(PROG)
	install -D -m 644 $O/completion/preflight.fish $(COMPLETION)/fish/vendor_completions.d/$(PROG).fish
# Needs no compiler. Packages have the rules apart, so that they are updated without the program.
install-rules:
	rm -rf $(SHARE)/rules
	cd rules && find . -type f ! -path '*/.*' | while read -r f; do \
	    install -d "$(abspath $(SHARE))/rules/$${f%/*}" && \
	    install -m 644 "$$f" "$(abspath $(SHARE))/rules/$$f" || exit 1; done

# The rules as one file for --rules-file. SIGN_KEY=FILE signs it.
rules-dist: all
	cd $O && $(abspath $(BIN)) rules pack $(if $(SIGN_KEY),--sign-key $(abspath $(SIGN_KEY)))

portable: all pages
	O=$O VERSION=$(VERSION) packaging/portable/build

# The source as one file; packages of it for Debian, and as .rpm (packaging/deps release installs what that needs).
dist:
	@O=$O VERSION=$(VERSION) packaging/dist
deb:
	@O=$O VERSION=$(VERSION) packaging/deb
rpm:
	@O=$O VERSION=$(VERSION) packaging/rpm/build
# All of a release, with checksums, in $O/dist. SIGN_KEY=FILE, a secret key of minisign, signs it.
release: all pages
	@O=$(abspath $O) VERSION=$(VERSION) SIGN_KEY='$(if $(SIGN_KEY),$(abspath $(SIGN_KEY)))' packaging/release

compile_commands.json: Makefile
	@{ printf '['; sep=; for f in $(SRC) $(UNIT) $(FUZZ); do \
	    printf '%s\n{"directory":"%s","file":"%s","command":"%s"}' "$$sep" '$(CURDIR)' "$$f" \
	    '$(subst ','\'',$(subst ",\",$(subst \,\\,$(CC) $(ALL_CFLAGS))))'" -c $$f"; sep=,; done; \
	    printf '\n]\n'; } >$@

clean:
	rm -rf $O compile_commands.json

FORCE:
.PHONY: all demo torture fuzz fuzzers test test-full coverage test-rules-mutated check test-matrix test-programs unit sanitize bench bench-full lint tidy format pages install install-program install-rules rules-dist portable dist deb rpm release clean FORCE
.SECONDARY:
-include $(DEPS)
