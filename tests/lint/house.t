#!/bin/bash
# The checks of make lint notice one wrong include and one wrong call, and each header has its source.

. "$(dirname "$0")/../lib/tap.sh"
dir=$(new_dir)/tree
mkdir "$dir" || skip_all 'no room for a copy of the tree'
build=$(dirname "$(dirname "$PREFLIGHT")")
cp -Rp "$top/preflight" "$top/reports" "$dir" && mkdir "$dir/obj" || exit 1
cp -Rp "$build/obj/preflight" "$build/obj/reports" "$dir/obj" || exit 1
lint=$top/tests/lint

planned=$(make -n lint O="$build")
for check in layers cycles headers prose; do
	contains "$planned" "tests/lint/$check" "make lint runs $check"
done

# --- An include

exits 0 'the includes as they are' "$lint/layers" "$dir"
# include FILE LINE REGEX: this line at the end of that file is refused, with file and line
include()
{
	local file=preflight/$1 last

	cp -p "$dir/$file" "$dir/kept"
	printf '%s\n' "$2" >>"$dir/$file"
	last=$(wc -l <"$dir/$file")
	exits 1 "$1: $2" "$lint/layers" "$dir"
	like "$out" "^$file:$last: $3" "$1: $2: where and what"
	is "$(wc -l <<<"$out")" 1 "$1: $2: nothing else is wrong"
	cp -p "$dir/kept" "$dir/$file"
}
include base/text.c '#include "facts/rows.h"' 'base/ may not include facts/rows.h'
include base/text.h '#include "reports/report.h"' 'base/ may not include'
include base/text.c '#  include "facts/rows.h"' 'base/ may not include'
include facts/rows.c '	#include "ruleset/ruleset.h"' 'facts/ may not include'
include verdict/decide.c '#include "discovery/options.h"' 'verdict/ may not include'
include sources/redis/redis_tables.c '#include "sources/postgres/pg_query.h"' 'one kind of source may not include another'
include verdict/decide.c '#include "../facts/rows.h"' 'no \.\. in an include'
include verdict/decide.c '#include "rows.h"' 'name the folder'
include verdict/decide.c '#include "elsewhere/rows.h"' 'no such folder'
while read -r file header; do
	include "$file" "#include <$header>" "<$header> belongs to "
done <<'END'
sources/redis/redis_tables.c libpq-fe.h
sources/postgres/pg_query.c hiredis/hiredis.h
verdict/decide.c curl/curl.h
facts/snapshot.c archive.h
sources/redis/redis_tables.c archive_entry.h
verdict/evaluate.c sqlite3.h
ruleset/ruleset_load.c yaml.h
verdict/decide.c openssl/evp.h
END

# --- A call: a file that declares by hand what it calls

# called FILE TEXT: a new file, compiled
called()
{
	printf '%s\n' "$2" >"$dir/preflight/$1.c"
	"${CC:-cc}" -std=c17 -c -o "$dir/obj/preflight/$1.o" "$dir/preflight/$1.c" || exit 1
}
cycles()
{
	env -C "$dir" "$lint/cycles" obj
}
forget()
{
	rm "${@/#/$dir/preflight/}" "${@/#/$dir/obj/preflight/}" 2>/dev/null
}
exits 0 'the calls as they are' cycles
called base/wrong 'void decide(void); void wrong(void); void wrong(void) { decide(); }'
exits 1 'a call of a later folder' cycles
contains "$out" 'preflight/base/wrong.c' 'its file is named'
contains "$out" 'needs decide of preflight/verdict/decide.c, a later folder' 'and what it calls'
forget base/wrong.c base/wrong.o
called facts/left 'void right(void); void left(void); void left(void) { right(); }'
called facts/right 'void left(void); void right(void); void right(void) { left(); }'
exits 1 'two files that call each other' cycles
like "$out" 'facts/left.c.*facts/right.c|facts/right.c.*facts/left.c' 'both are named'
forget facts/left.c facts/right.c facts/left.o facts/right.o
exits 0 'without them all is well' cycles

# --- A header

exits 0 'headers and sources as they are' env -C "$dir" "$lint/headers"
sed -i 1,/^\ \\*\\//d "$dir/preflight/verdict/decide.c"
exits 1 'a file without a comment at its top' env -C "$dir" "$lint/headers"
contains "$out" 'preflight/verdict/decide.c:1: begin with a comment' 'is named'
cp -p "$top/preflight/verdict/decide.c" "$dir/preflight/verdict"
mv "$dir/preflight/verdict/plan.h" "$dir/preflight/verdict/plans.h"
exits 1 'a header whose source has another name' env -C "$dir" "$lint/headers"
contains "$out" 'preflight/verdict/plans.h:1: ' 'is named'
mv "$dir/preflight/verdict/plans.h" "$dir/preflight/verdict/plan.h"

printf 'struct job_tally {\n\tint n;\n};\n' >>"$dir/preflight/verdict/plan.c"
exits 1 'a tag that another struct has' env -C "$dir" "$lint/headers"
like "$out" 'struct job_tally is also in preflight/' 'is named'

# All of them in one file, in both orders: none needs another before it, and no two exclude each other.
headers()
{
	printf '%s\n' preflight/*/*.h preflight/*/*/*.h reports/*.h | sed 's,^preflight/,,'
}
compile()
{
	# shellcheck disable=SC2046 # words
	sed 's/.*/#include "&"/' | "${CC:-cc}" -std=c17 -D_GNU_SOURCE -iquote preflight -iquote . -I"$build/gen" \
		$(pkg-config --cflags libpq hiredis libcurl jansson libarchive sqlite3 yaml-0.1 libcrypto zlib) \
		-fsyntax-only -x c -
}
exits 0 'all headers together' compile < <(headers)
exits 0 'and in the other order' compile < <(headers | tac)
done_testing
