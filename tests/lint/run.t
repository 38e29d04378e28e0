#!/bin/bash
# How tests/run counts: a skip in strict mode, a test that does not exist, a file that dies.

. "$(dirname "$0")/../lib/tap.sh"
dir=$(new_dir)

# file NAME LINE...: a script of tests
file()
{
	printf '%s\n' "${@:2}" >"$dir/$1.t"
}

# It clears the home of its build directory: this one is its own.
run()
{
	env -u CI -u STRICT O="$dir/build" SKIPS_ALLOWED="$dir/allowed" "${strict[@]}" tests/run "$@"
}

last()
{
	tail -n 1 <<<"$out"
}

file one 'echo ok 1; echo "ok 2 # SKIP no tool"; echo 1..2'
file none 'echo "1..0 # SKIP the servers do not start"'
file dies 'echo ok 1; kill -9 $$'
: >"$dir/allowed"

strict=()
exits 0 'a skip' run "$dir/one.t"
is "$(last)" '1 passed, 0 failed, 1 skipped' 'it is counted'
like "$out" 'skipped: no tool' 'and its reason shown'
exits 0 'a file that is skipped' run "$dir/none.t"
is "$(last)" '0 passed, 0 failed, 1 skipped' 'it counts as one'

for word in STRICT=1 CI=true; do
	strict=("$word")
	exits 1 "$word: a skip that is not listed" run "$dir/one.t" "$dir/none.t"
	is "$(last)" '1 passed, 2 failed, 0 skipped' "$word: it counts as failed"
	contains "$out" 'does not list: the servers do not start' "$word: and is named"
done
exits 0 'STRICT=0 where CI is set' env CI=true STRICT=0 O="$dir/build" tests/run "$dir/one.t"

strict=(STRICT=1)
printf '# a remark\n\n%s no .*\n%s the servers\n' "$dir/one.t" "$dir/none.t" >"$dir/allowed"
exits 0 'a skip that is listed' run "$dir/one.t"
is "$(last)" '1 passed, 0 failed, 1 skipped' 'it counts as skipped'
exits 1 'the reason must match as a whole' run "$dir/none.t"

strict=()
exits 1 'a file that dies' run "$dir/dies.t"
is "$(last)" '1 passed, 1 failed, 0 skipped' 'it counts as failed'
exits 2 'a directory that is no kind' run golden
is "$err" 'tests/run: there is no test golden: name a file or one of unit fuzz rules lint integration hostile faults sweep browser search-node packaging' \
	'says which there are'
exits 2 'a file that does not exist' run tests/integration/nothing.t

# What another program printed last may end inside a line, and colour it.
printf '. tests/lib/tap.sh\ndiag "$(printf "\\033[31mred\\033[m\\033[0m")"\nprintf "half a line" | sed s/h/H/ | diag_lines 3\nskip why\ndone_testing\n' >"$dir/colours.t"
exits 0 'colours and half a line before a result' run -v "$dir/colours.t"
is "$(last)" '0 passed, 0 failed, 1 skipped' 'the result is seen'
contains "$out" '# red' 'the words stay'
contains "$out" '# Half a line' 'also of half a line'
done_testing
