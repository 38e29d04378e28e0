# shellcheck shell=bash
# Test Anything Protocol without a plan ahead: a script sources this, says what holds, and ends
# with done_testing. A script that ends earlier has no plan and therefore counts as failed.
#
#   ok NAME COMMAND...             COMMAND succeeds (its output is shown only if it does not)
#   nok NAME COMMAND...            COMMAND fails
#   is GOT EXPECTED NAME           both texts are equal
#   isnt GOT UNEXPECTED NAME       they are not
#   like TEXT REGEX NAME           the extended regular expression matches somewhere in TEXT
#   unlike TEXT REGEX NAME         it does not
#   contains TEXT PART NAME        TEXT holds PART, letter by letter
#   exits STATUS NAME COMMAND...   COMMAND ends with STATUS; its output is in $out and $err
#   pass NAME, fail NAME           decided already
#   skip WHY [COUNT]               one test (or COUNT) that cannot run here
#   skip_all WHY                   none of this file can run here; ends the script
#   need COMMAND...                skip_all unless all of these programs are there
#   diag TEXT...                   a remark
#   diag_lines N                   the last N lines of its input, as a remark
#   wait_for NAME COMMAND...       until COMMAND succeeds; one failed test called NAME if it never does
#   done_testing                   prints the plan and ends the script, with 1 if anything failed
#
# Also: $top is the root of the source tree, which is the current directory; $PREFLIGHT the program
# under test; $O the build directory; at_exit and new_dir from cleanup.sh.

# shellcheck source=tests/lib/cleanup.sh
. "$(dirname "${BASH_SOURCE[0]}")/cleanup.sh"
# shellcheck source=tests/lib/await.sh
. "$(dirname "${BASH_SOURCE[0]}")/await.sh"

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top" || exit 1
O=${O:-build}
[ "${O#/}" != "$O" ] || O=$top/$O
PREFLIGHT=${PREFLIGHT:-$O/bin/preflight}

tap_run=0
tap_failed=0
out=
err=

# What a program printed may hold escape sequences and end inside a line; a result needs a line of its own.
diag()
{
	printf '%s\n' "$*" | LC_ALL=C sed 's/\x1b\[[0-9;?]*[A-Za-z]//g; s/[\x01-\x08\x0b-\x1f]//g; s/^/# /'
}

diag_lines()
{
	diag "$(tail -n "$1")"
}

wait_for()
{
	local name=$1

	shift
	await "$@" && return
	fail "$name"
	diag "did not come to be: $*"
	return 1
}

# A name may not hold what TAP gives a meaning to.
tap_line()
{
	local name=${2//$'\n'/ }

	tap_run=$((tap_run + 1))
	printf '%s %d - %s\n' "$1" "$tap_run" "${name//#/\\#}"
}

pass()
{
	tap_line ok "$1"
}

fail()
{
	tap_failed=$((tap_failed + 1))
	tap_line 'not ok' "$1"
	diag "at $(tap_where)"
	return 1
}

# The line of the test itself, not of a function here.
tap_where()
{
	local i

	for ((i = 1; i < ${#BASH_SOURCE[@]}; i++)); do
		if [ "${BASH_SOURCE[i]}" != "${BASH_SOURCE[0]}" ]; then
			printf '%s:%s' "${BASH_SOURCE[i]#"$top/"}" "${BASH_LINENO[i - 1]}"
			return
		fi
	done
}

ok()
{
	local name=$1 said

	shift
	if said=$("$@" 2>&1); then
		pass "$name"
	else
		fail "$name"
		diag "failed: $*"
		[ -z "$said" ] || diag "$said"
		return 1
	fi
}

nok()
{
	local name=$1 said

	shift
	if said=$("$@" 2>&1); then
		fail "$name"
		diag "succeeded, expected it to fail: $*"
		[ -z "$said" ] || diag "$said"
		return 1
	fi
	pass "$name"
}

tap_verdict()
{
	local good=$1 name=$2

	shift 2
	if [ "$good" = yes ]; then
		pass "$name"
		return
	fi
	fail "$name"
	while [ $# -gt 0 ]; do
		diag "$(printf '%9s: %s' "$1" "$2")"
		shift 2
	done
	return 1
}

is()
{
	[ "$1" = "$2" ] && set -- yes "$@" || set -- no "$@"
	tap_verdict "$1" "$4" got "$2" expected "$3"
}

isnt()
{
	[ "$1" != "$2" ] && set -- yes "$@" || set -- no "$@"
	tap_verdict "$1" "$4" got "$2" 'expected' 'anything else'
}

like()
{
	[[ $1 =~ $2 ]] && set -- yes "$@" || set -- no "$@"
	tap_verdict "$1" "$4" got "$2" 'to match' "$3"
}

unlike()
{
	[[ $1 =~ $2 ]] && set -- no "$@" || set -- yes "$@"
	tap_verdict "$1" "$4" got "$2" 'not to match' "$3"
}

contains()
{
	[[ $1 == *"$2"* ]] && set -- yes "$@" || set -- no "$@"
	tap_verdict "$1" "$4" got "$2" 'to contain' "$3"
}

exits()
{
	local status=$1 name=$2 file=$cleanup_root/stderr got

	shift 2
	out=$("$@" 2>"$file")
	got=$?
	err=$(cat "$file")
	if [ "$got" = "$status" ]; then
		pass "$name"
		return
	fi
	tap_verdict no "$name" command "$*" exit "$got" expected "$status" stdout "${out:0:4000}" \
		stderr "${err:0:4000}"
}

skip()
{
	local i

	for ((i = 0; i < ${2:-1}; i++)); do
		tap_run=$((tap_run + 1))
		printf 'ok %d # SKIP %s\n' "$tap_run" "$1"
	done
}

skip_all()
{
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

need()
{
	local program

	for program in "$@"; do
		command -v "$program" >/dev/null || skip_all "$program is not installed"
	done
}

done_testing()
{
	printf '1..%d\n' "$tap_run"
	exit $((tap_failed > 0))
}
