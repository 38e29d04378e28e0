#!/bin/bash
# Bad input: exit 2, one line for each fault that says where and what to do, nothing written.

. "$(dirname "$0")/../lib/tap.sh"
dir=$(new_dir)

# bad NAME REGEX ARGUMENT...
bad()
{
	local name=$1 regex=$2
	shift 2

	exits 2 "$name: exit 2" "$PREFLIGHT" "$@"
	like "$err" "$regex" "$name: it says what to do"
	is "$(printf '%s\n' "$err" | wc -l)" 1 "$name: one line"
	is "$out" '' "$name: nothing on stdout"
}
cd "$dir" || exit 1

bad 'unknown command' 'did you mean "check"' chekc
bad 'unknown option' 'did you mean --postgres' check --postgre x
bad 'missing value' '--to needs a value' check --to
bad 'empty value' '--to needs a value' check --to ''
bad 'a flag with a value' '--next takes no value' check --next=yes
bad 'no target off a terminal' 'specify the target' check --from 14.1.8
bad '--to below --from' 'downgraded' check --from 14.2.7 --to 14.1.8
bad 'not a version' '--to' check --from 14.1.8 --to fourteen
bad '--from not a version' '--from' check --from 14.1O.3 --to 14.2
bad '--from without a patch' 'such as 14\.1\.0' check --from 14.1 --to 14.2
for command in check plan 'collect --only host' sources; do
	target='--to 14.2'
	[[ $command == check || $command == plan ]] || target=
	# shellcheck disable=SC2086 # words
	bad "$command: --from with one number" '--from 14: name all three numbers, such as 14\.0\.0' \
		$command --no-discover --from 14 $target
done
bad 'an argument too many' 'takes no argument' check 14.2
bad 'a password in the conninfo' 'PGPASS' check --from 14.1.8 --to 14.2 --postgres 'host=x password=y'
unlike "$err" 'password=y' 'the password is not repeated'
bad 'a password option' 'never goes on the command line' check --redis-password=sesame
unlike "$err" sesame 'the password is not repeated'
bad 'a password in the URL' 'redis-password-file' check --from 14.1.8 --to 14.2 --redis redis://:sesame@host/0
unlike "$err" sesame 'the password is not repeated'
bad 'the password of a key' 'PGPASS' check --from 14.1.8 --to 14.2 --postgres 'host=x sslpassword=sesame'
for text in 'u:sesame@h' 'postgresql:u:sesame@h' 'jdbc:postgresql://u:sesame@h/x' sesame 'host=x dbname sesame' \
	'postgresql://h/x?sesame' 'postgresql://u:ses%zzame@h'; do
	bad "a malformed conninfo" '--postgres: this is no connection string' check --from 14.1.8 --to 14.2 --postgres "$text"
	unlike "$err" 'sesame|ame@' 'and no part of it is repeated'
done
bad 'not a conninfo' '--postgres' check --from 14.1.8 --to 14.2 --postgres 'foo=bar'
bad 'a database twice' 'twice' check --from 14.1.8 --to 14.2 --postgres host=a --postgres main=host=b
bad 'not a URL' '--redis' check --from 14.1.8 --to 14.2 --redis http://x
bad 'unknown source left out' 'there is no source' check --from 14.1.8 --to 14.2 --without elastic=x
bad 'a target twice' '--to is given twice' check --from 14.1.8 --to 14.2 --to 14.3
bad 'an installed version twice' '--from is given twice' check --from 14.1.8 --from=14.1.7 --to 14.2
bad 'a source that is required and left out' 'exclude each other' check --from 14.1.8 --to 14.2 \
	--without redis:queues=x --require redis:queues
bad 'a collection of a version that is none' '--from 14: name all three numbers' collect --from 14
bad 'left out without a reason' 'SOURCE=REASON' check --from 14.1.8 --to 14.2 --without redis:queues
bad 'unknown format' 'did you mean "json"' check --from 14.1.8 --to 14.2 --format jsn
bad 'a format into a directory' '/tmp is a directory' check --from 14.1.8 --to 14.2 --format html=/tmp
bad 'a format into no directory' 'cannot write /nowhere/x: No such file' check --from 14.1.8 --to 14.2 --format html=/nowhere/x
bad 'a label that is too long' '170 bytes are more than the 100' check --from 14.1.8 --to 14.2 --label "$(printf 'x%.0s' {1..170})"
bad 'two formats to stdout' 'only one' check --from 14.1.8 --to 14.2 --format json --format html
bad 'unknown install method' 'linux_package' check --from 14.1.8 --to 14.2 --install-method rpm
bad 'an output directory that does not exist' 'create it first' check --from 14.1.8 --to 14.2 --out nowhere/x.tar.gz
for ending in html json tar.xz TAR; do
	bad "an archive called x.$ending" '.tar.gz, .tgz or .zip' check --from 14.1.8 --to 14.2 --out "x.$ending"
done
bad 'facts called x.json' '.tar.gz, .tgz or .zip' collect --no-discover --out x.json
bad 'a bundle that does not exist' 'nowhere.tar.gz' check --facts nowhere.tar.gz
bad 'a rule directory that does not exist' 'nowhere' check --from 14.1.8 --to 14.2 --rules-dir nowhere
bad 'a rule that does not exist' 'did you mean bbm.unfinished' rules show bbm.unfinishd
bad 'a table that does not exist' 'did you mean batched_migration' facts batched_migratio
mkdir full && touch full/precious
bad 'an output directory that holds something else' 'full' check --from 14.1.8 --to 14.2 --out full
[ -e full/precious ] && pass 'and it is still there' || fail 'and it is still there'
rm -r full
is "$(ls -A)" '' 'nothing was written by any of these'

exits 0 'no command: help' "$PREFLIGHT" --help
usage=$out
is "$("$PREFLIGHT" help)" "$usage" 'help is the same'
exits 2 'no word: exit 2' "$PREFLIGHT"
is "$err" "$usage" 'and the same text'
commands=$("$PREFLIGHT" help --part bash | sed -n "/^_preflight_commands/,/^}/s/.*echo '\(.*\)'.*/\1/p")
contains "$commands" 'check ' 'the commands are known'
for command in $commands; do
	contains "$usage" "  $command " "$command: is in the list"
	exits 0 "$command: help" "$PREFLIGHT" "$command" --help
	is "$("$PREFLIGHT" help "$command")" "$out" "$command: as help $command"
	is "$(awk 'length > 80 && !/^  (sudo |preflight|kubectl)/' <<<"$out")" '' "$command: in 80 columns"
	contains "$out" '  -q, --quiet  ' "$command: with the short options"
	for heading in General Environment 'Exit codes' Examples; do
		contains "$out" "
$heading:
" "$command: $heading"
	done
	is "$(sed -n '/^Examples:/,/^$/p' <<<"$out" | grep -cE "^  ([^ ].* )?preflight $command( |\$)")" 2 "$command: two examples"
done
exits 0 'a narrow terminal' env COLUMNS=60 "$PREFLIGHT" help wait
is "$(awk 'length > 60 && !/^  (sudo |preflight|kubectl)/' <<<"$out")" '' 'in 60 columns'
contains "$out" '60s)' 'a default'
contains "$out" '--install-method is also PREFLIGHT_INSTALL_METHOD' 'the names in the environment'
contains "$out" '  6   WAIT: work was left at the --deadline' 'the exit codes of this command'
exits 0 'a wide terminal' env COLUMNS=200 "$PREFLIGHT" help wait
is "$(awk 'length > 80' <<<"$out" | grep -c .)" "$(awk 'length > 80 && length <= 120' <<<"$out" | grep -c .)" 'in at most 120 columns'
bad 'help of a command that does not exist' 'did you mean "check"' help chek
bad 'help of two commands' 'help takes one command' help check plan
bad 'an option without a command' 'as in preflight check --to' --to 14.2
exits 0 'two flags in one word' "$PREFLIGHT" plan -qv --no-discover --from 14.1.8 --to 14.2
contains "$out" 'notes.to-read' 'both count'
bad 'a letter that is none' 'plan has no option -qx' plan -qx
bad 'a long name with one dash' 'did you mean --quiet' plan -quiet
exits 0 'words behind --' "$PREFLIGHT" rules show -- path.skipped
bad 'an option behind --' 'check takes no argument "--to"' check -- --to 14.2
exits 0 'version' "$PREFLIGHT" --version
# to_full ARGUMENT...   the disk of stdout is full; a reader that has seen enough
to_full()
{
	exits 1 "$1 on a full disk" "$BASH" -c '"$@" >/dev/full' - "$PREFLIGHT" "$@"
	is "$(grep -cE '^preflight: cannot write .*: No space left on device$' <<<"$err")" 1 'and says why, once'
	unlike "$("$BASH" -c '"$@" | true' - "$PREFLIGHT" "$@" 2>&1)" 'cannot' 'a pipe that is closed is nothing to talk about'
}
for words in --version '--help' 'help check' 'rules list' 'rules known' 'sources --no-discover'; do
	# shellcheck disable=SC2086 # words
	to_full $words
done
done_testing
