#!/bin/bash
# Every command that any remedy prints, for each install method: it has the syntax of the shells that it is pasted into,
# no value leaves its quotes, its container or pod is set before, and what is printed for a row of the database ci or
# sec acts on that database. Commands are run without any program in PATH.

. "$(dirname "$0")/../lib/tap.sh"

work=$(new_dir)
lines=${O:-build}/tests/integration/remedy_lines
hostile="it's \"a\" \$(touch pwned) \`touch pwned\`;touch pwned|touch pwned
&touch pwned #{touch} [y],*>pwned"
hostile=${hostile//$'\n'/ }
# Where a value is put between quotes of the template, its own quotes end them.
unquoted="x \$(touch pwned) \`touch pwned\`;touch pwned;touch pwned"

exits 0 'the commands with hostile values' "$lines" ci "$hostile"
printf '%s\n' "$out" >"$work/hostile"
exits 0 'and with values without a quote' "$lines" ci "$unquoted"
printf '%s\n' "$out" >>"$work/hostile"
exits 0 'the commands of main' "$lines" main x
printf '%s\n' "$out" >"$work/main"
cut -f 4 "$work/hostile" "$work/main" | sort -u >"$work/lines"
ok 'there are hundreds' [ "$(wc -l <"$work/lines")" -gt 400 ]

# What a shell refuses is printed with its remedy.
for shell in bash dash 'zsh -f'; do
	command -v "${shell%% *}" >/dev/null || { skip "no ${shell%% *}"; continue; }
	bad=
	while IFS= read -r line; do
		printf '%s\n' "$line" >"$work/line"
		$shell -n "$work/line" 2>/dev/null || bad+="$line"$'\n'
	done <"$work/lines"
	is "$bad" '' "$shell: all of them are commands"
done

# Run with no program at hand: only what a value smuggles in could make the file, by a redirection or a builtin of ours.
mkdir "$work/here" "$work/none"
for shell in bash dash 'zsh -f'; do
	path=$(command -v "${shell%% *}") || continue
	: >"$work/smuggled"
	while IFS= read -r line; do
		printf 'touch() { : >pwned; }; cd() { :; }; \n%s\n' "$line" >"$work/line"
		[ "$shell" = 'zsh -f' ] && args=-f || args=
		(cd "$work/here" && PATH="$work/none" "$path" $args "$work/line" </dev/null >/dev/null 2>&1)
		[ ! -e "$work/here/pwned" ] || { printf '%s\n' "$line" >>"$work/smuggled"; rm "$work/here/pwned"; }
	done < <(cut -f 4 "$work/hostile" | grep -F touch | sort -u)
	is "$(cat "$work/smuggled")" '' "$shell: no value is run"
done

# A variable is set by a step of the same remedy and method before it is used.
is "$(awk -F '\t' '
	$4 ~ /^(GITLAB_CONTAINER|TOOLBOX)=/ { split($4, a, "="); set[$1, $2, a[1]] = 1 }
	{ n = split("GITLAB_CONTAINER TOOLBOX", v, " ")
	  for (i = 1; i <= n; i++) if (index($4, "$" v[i]) && !(($1, $2, v[i]) in set)) print $1, $2, $4 }' "$work/main")" '' \
	'each variable is set before'
is "$(grep -E 'docker (exec( -[a-z]+)*|restart) [a-z]' "$work/main")" '' "no container's name is taken for granted"
is "$(grep -F "'db:migrate:up" "$work/main")" '' 'a variable of rake is no part of the name of a task'
contains "$(cat "$work/main")" 'gitlab-rake db:migrate:up:ci VERSION=20241028085044' 'but a word of its own'

# Rows of one database: what acts on no database, on Redis, or on all of them needs no name.
any='^(preflight |(export )?[A-Z_]+=)|Sidekiq::|Feature\.|gitlab-ctl|gitlab-redis-cli|(gitlab-rake|rake|app:rake) (db:migrate|gitlab:db:lock_writes|gitlab:elastic:)'
any+='|^(sudo |docker exec "\$GITLAB_CONTAINER" )?(grep|ls|touch|df|rm|tar|curl) '
for database in ci sec; do
	exits 0 "the commands of $database" "$lines" $database x
	rows=$(awk -F '\t' '$3 == "each" { print $1 "\t" $2 "\t" $4 }' <<<"$out" | sort -u)
	ok 'some are for one database' [ "$(wc -l <<<"$rows")" -gt 50 ]
	is "$(awk -F '\t' -v any="$any" -v name="(^|[^a-z_])$database([^a-z_]|\$)| -d x( |\$)" '$3 !~ any && $3 !~ name' <<<"$rows")" '' \
		"each names $database"
	is "$(awk -F '\t' -v any="$any" '$3 !~ any && $3 ~ /gitlab_main|finalize(\[|:main)|database main/' <<<"$rows")" '' 'and none main'
done
done_testing
