#!/bin/bash
# What remedies print must reach rake and Ruby unchanged through any shell that it is pasted into.
# A small program around text.c writes the lines; bash, dash, zsh, rake and ruby read them back.
# Lists of values are compared as files in which each value ends in NUL.
set -u
export LC_ALL=C.UTF-8
unset RAKEOPT RUBYOPT
tests=20
n=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

command -v cc >/dev/null || { echo "1..0 # SKIP no C compiler (cc)"; exit 0; }
echo "1..$tests"

skip() {  # NAME REASON
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

same() {  # NAME EXPECTED-FILE GOT-FILE
	n=$((n + 1))
	if cmp -s "$2" "$3"; then
		echo "ok $n - $1"
		return
	fi
	echo "not ok $n - $1"
	diff <(tr '\0\n' '\n~' <"$2") <(tr '\0\n' '\n~' <"$3") | head -n 20 |
		sed 's/^</# expected /; s/^>/# got      /; s/^\([0-9]\)/# \1/; s/^-/# -/'
	head -n 10 "$tmp/stderr" | cut -c 1-200 | sed 's/^/# stderr: /'
}

cat >"$tmp/quote.c" <<'C'
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static struct buf line, word;

static bool
add_rake_word(const char *task, char **values, int n)
{
	buf_reset(&word);
	buf_printf(&word, "%s[", task);
	for (int i = 0; i < n; i++) {
		buf_add(&word, i > 0 ? "," : "");
		if (!text_rake_argument(&word, values[i]))
			return false;
	}
	buf_addc(&word, ']');
	buf_addc(&line, ' ');
	text_shell_word(&line, word.p);
	return true;
}

int
main(int argc, char **argv)
{
	bool ok = argc > 1;
	char task[32];

	buf_init(&line, 1000000);
	buf_init(&word, 1000000);
	for (int i = 2; ok && i < argc; i++) {
		if (strcmp(argv[1], "shell") == 0) {
			buf_addc(&line, ' ');
			text_shell_word(&line, argv[i]);
		} else if (strcmp(argv[1], "rake-each") == 0) {
			(void)snprintf(task, sizeof task, "gitlab:show%d", i - 2);
			ok = add_rake_word(task, argv + i, 1);
		} else if (strcmp(argv[1], "ruby") == 0) {
			buf_add(&word, "print '");
			text_ruby_string(&word, argv[i]);
			buf_add(&word, "', \"\\0\"; ");
		}
	}
	if (ok && strcmp(argv[1], "rake-all") == 0)
		ok = add_rake_word("gitlab:show0", argv + 2, argc - 2);
	if (ok && strcmp(argv[1], "ruby") == 0) {
		buf_addc(&line, ' ');
		text_shell_word(&line, word.p);
	}
	if (ok)
		(void)fputs(line.p, stdout);
	ok = ok && !line.over && !word.over;
	buf_free(&line);
	buf_free(&word);
	return ok ? 0 : 1;
}
C
if ! cc -std=c17 -D_GNU_SOURCE -iquote preflight -o "$tmp/quote" "$tmp/quote.c" preflight/base/text.c \
	preflight/base/base.c -lcrypto 2>"$tmp/stderr"; then
	sed 's/^/# /' "$tmp/stderr"
	echo "Bail out! the program around text.c does not compile"
	exit 1
fi

values=(
	id events CopyColumnUsingBackgroundMigrationJob ProjectNamespaces::BackfillProjectNamespaces
	'[["id"],["id_convert_to_bigint"]]' '[["id"], ["id_convert_to_bigint"]]' '[null,"up"]' '[]'
	'{"a":"b\\"c"}' "it's" "'" "''" "'''" '"' 'a"b' , ,, 'a,b' ' , ' '\' '\\' '\,' '\ ' 'a\'
	'\n' '$HOME' '${x}' '$(id)' '`id`' '!' '!!' '!x' "'!x'" '"!x"' '!-1' '^a^b' '[' ']' ']['
	' ' '  ' ' a' 'a ' '  a  b  ' '' =ls a==ls a:=ls '~' '~root' 'a=~' a=/:~
	'a]b[' '[a-z]' '*' '?' '{a,b}' '{1..3}' '#x' 'a#b' '#{x}' ';' '&' '|' '<' '>' '(a)'
	'=(id)' '<(id)' '<container>'
	%1 %s -n --help x=1 '$?' größe 日本語 🦊 'ß,ü' ' é ' "a'b,c\\d e"
)
RANDOM=42
bits=("'" '"' , '\' '$' '`' '!' '[' ']' ' ' '~' = '#' '{' '}' '*' a é 日 '&' ';' '(' ')' '<' '|')
for ((i = 0; i < 150; i++)); do
	v=
	for ((k = RANDOM % 8; k >= 0; k--)); do
		v+=${bits[RANDOM % ${#bits[@]}]}
	done
	values+=("$v")
done
printf '%s\0' "${values[@]}" >"$tmp/values"

quote() {  # MODE VALUE...: into $line
	line=$("$tmp/quote" "$@") && return
	echo "Bail out! no line for $1"
	exit 1
}

in_shell() {  # NAME SHELL...: what the shell makes of $line must be the values
	local name=$1
	shift
	if ! command -v "$1" >/dev/null; then
		skip "$name" "no $1"
		return
	fi
	printf '%s\n' "$line" | "$@" >"$tmp/got" 2>"$tmp/stderr"
	same "$name" "$tmp/values" "$tmp/got"
}

# An interactive shell replaces !x. If it does not even in double quotes, the test says nothing.
in_interactive_shell() {  # NAME SHELL...
	local name=$1 control='printf "%s" "!control"'
	shift
	if ! command -v "$1" >/dev/null; then
		skip "$name" "no $1"
	elif echo "$control" | "$@" 2>/dev/null | grep -q '!control'; then
		skip "$name" "$1 does not expand history here"
	else
		printf '%s\n' "$line" | "$@" >"$tmp/got" 2>"$tmp/stderr"
		same "$name" "$tmp/values" "$tmp/got"
	fi
}

zsh_odd=(zsh -f -o magicequalsubst -o rcquotes -o extendedglob -o globsubst -o shwordsplit)

quote shell "${values[@]}"
line="printf '%s\\0'$line"
in_shell "words through bash" bash
in_shell "words through dash" dash
in_shell "words through zsh" zsh -f
in_shell "words through zsh with unusual options" "${zsh_odd[@]}"
export HISTFILE='' INPUTRC=/dev/null PS1='' PS2=''
in_interactive_shell "words pasted into bash" bash --norc --noprofile -i
in_interactive_shell "words pasted into zsh" zsh -f -i

printf '%s\0' $'a\tb' $'a\nb' $'\n' >"$tmp/expected"
quote shell $'a\tb' $'a\nb' $'\n'
if command -v dash >/dev/null; then
	printf '%s\n' "printf '%s\\0'$line" | dash >"$tmp/got" 2>"$tmp/stderr"
	same "tabs and line breaks through a script" "$tmp/expected" "$tmp/got"
else
	skip "tabs and line breaks through a script" "no dash"
fi

cat >"$tmp/Rakefile" <<'RUBY'
400.times do |i|
  task("gitlab:show#{i}") { |_, args| args.to_a.each { |v| print v, "\0" } }
end
task('gitlab:finalize', [:job, :table, :column, :arguments]) do |_, args|
  print args[:job], "\0", args[:table], "\0", args[:column], "\0", args[:arguments], "\0"
end
RUBY
printf '#!/bin/sh\nexec rake --silent -f "%s/Rakefile" "$@"\n' "$tmp" >"$tmp/show"
chmod +x "$tmp/show"

# Rake::Application#parse_task_string in Perl: for machines without rake, and as a second opinion.
cat >"$tmp/split.pl" <<'PERL'
for (@ARGV) {
	my ($name, $rest) = /^([^\[]+)(?:\[(.*)\])$/s or die "no task: $_\n";
	next if $rest eq '';
	while (defined $rest) {
		$rest =~ /\s*((?:[^\\,]|\\.)*?)\s*(?:,\s*(.*))?$/a or die "no argument: $rest\n";
		(my $value, $rest) = ($1, $2);
		$value =~ s/\\(.)/$1/g;
		print $value, "\0";
	}
}
PERL

quote rake-all "${values[@]}"
all=$line
quote rake-each "${values[@]}"
each=$line
line="perl '$tmp/split.pl'$all"
in_shell "one task with all values, split in Perl" bash
line="perl '$tmp/split.pl'$each"
in_shell "one task for each value, split in Perl" bash

if command -v rake >/dev/null; then
	line="'$tmp/show'$all"
	in_shell "one task with all values through bash and rake" bash
	in_shell "one task with all values through zsh and rake" zsh -f
	line="'$tmp/show'$each"
	in_shell "one task for each value through bash and rake" bash
	in_shell "one task for each value through dash and rake" dash
	in_shell "one task for each value through zsh and rake" zsh -f
	named=(CopyColumnUsingBackgroundMigrationJob events id '[["id"],["id_convert_to_bigint"]]')
	printf '%s\0' "${named[@]}" >"$tmp/named"
	quote rake-all "${named[@]}"
	printf '%s\n' "'$tmp/show'${line/gitlab:show0/gitlab:finalize}" |
		bash >"$tmp/got" 2>"$tmp/stderr"
	same "arguments that the task reads by name" "$tmp/named" "$tmp/got"
else
	for name in "all values, bash" "all values, zsh" "each value, bash" "each value, dash" \
		"each value, zsh" "arguments by name"; do
		skip "$name, rake" "no rake"
	done
fi

if command -v ruby >/dev/null; then
	quote ruby "${values[@]}"
	line="ruby -e$line"
	in_shell "Ruby strings through bash and ruby" bash
	in_shell "Ruby strings through dash and ruby" dash
	in_shell "Ruby strings through zsh and ruby" zsh -f
else
	for name in bash dash zsh; do
		skip "Ruby strings through $name" "no ruby"
	done
fi

printf '%s' " 'gitlab:show0[[[\"id\"]\\,[\"id_convert_to_bigint\"]]]'" >"$tmp/expected"
"$tmp/quote" rake-all '[["id"],["id_convert_to_bigint"]]' >"$tmp/got"
same "the word that GitLab's own documentation prints" "$tmp/expected" "$tmp/got"

: >"$tmp/expected"
for v in $'a\nb' $'a\r' $'\t' $'\xff'; do
	"$tmp/quote" rake-all "$v" && echo "$v was not refused"
done >"$tmp/got.refused"
same "what rake cannot take is refused" "$tmp/expected" "$tmp/got.refused"
