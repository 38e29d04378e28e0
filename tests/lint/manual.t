#!/bin/bash
# Help, manual and completion show each option of each command, and nothing else; the pages are valid.

. "$(dirname "$0")/../lib/tap.sh"
need python3
dir=$(new_dir)
pages=$O/man

if command -v mandoc >/dev/null; then
	# Whether a page exists is looked at below: these are not installed.
	is "$(mandoc -T lint "$pages"/* | grep -v 'referenced manual not found')" '' 'mandoc finds nothing'
else
	skip 'mandoc is not installed'
fi
missing=
while read -r name section; do
	[ -e "$pages/$name.$section" ] || missing+=" $name($section)"
done < <(sed -n 's/^\.\(It \)\{0,1\}Xr \([^ ]*\) \([0-9]\).*/\2 \3/p' "$pages"/* | sort -u)
is "$missing" '' 'pages refer to pages'

commands=$("$PREFLIGHT" help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')
is "$(printf 'preflight-%s.1\n' $commands | sort)" "$(cd "$pages" && ls preflight-*.1 | sort)" 'a page for each command'

# The options of a command, one a line, as each of them shows it.
in_help()
{
	"$PREFLIGHT" help "$1" | sed -n '/^Environment:/q; s/^  \(-.,\|   \) \(--[a-z-]*\).*/\2/p' | sort
}
in_manual()
{
	sed -n '/^\.Sh OPTIONS/,/^\.Sh ENV/s/^\.It.* Fl \\-\([a-z-]*\).*/--\1/p' "$pages/preflight-$1.1" | sort
}
in_bash()
{
	(. "$O/completion/preflight.bash" && _preflight_options "$1") | tr ' ' '\n' | grep '^--' | sort
}
in_zsh()
{
	sed -n "/^	$1)/,/;;/p" "$O/completion/preflight.zsh" |
		sed -n "s/^			'\(\*\|(-. \)\{0,1\}\(--[a-z-]*\).*/\2/p" | sort
}
in_fish()
{
	sed -n "s/^complete -c preflight -n '__preflight_command\([a-z ]*\)' -l \([a-z-]*\).*/\1 :--\2/p" \
		"$O/completion/preflight.fish" | grep " $1 " | sed 's/.*://' | sort
}
for command in $commands; do
	options=$(in_help "$command")
	ok "$command: has options" [ "$(wc -l <<<"$options")" -ge 4 ]
	for place in in_manual in_bash in_zsh in_fish; do
		is "$($place "$command")" "$options" "$command: the same options ${place/_/ }"
	done
	variables=$("$PREFLIGHT" help "$command" | sed -n '/^Environment:/,/^$/s/^      \([A-Z_]*\)\( .*\)\{0,1\}$/\1/p' | sort)
	is "$(sed -n 's/^\.It Ev //p' "$pages/preflight-$command.1" | sort)" "$(grep -v "^PREFLIGHT_NAME$" <<<"$variables" | sed "/^$/d")" \
		"$command: the same variables"
	is "$(sed -n '/^\.Sh EXIT/,/^\.Sh EX/s/^\.It \([0-9]*\)$/\1/p' "$pages/preflight-$command.1" | tr '\n' ' ')" \
		"$("$PREFLIGHT" help "$command" | sed -n '/^Exit/,/^$/s/^  \([0-9]\{1,\}\) .*/\1/p' | tr '\n' ' ')" "$command: the same exit codes"
done

# A variable that the program reads is in the manual; those of CI and of the terminal are for the program alone.
missing=
for variable in $(grep -rhoE '(getenv|is_forced)\("[A-Z_]+"' preflight | sed 's/.*"\(.*\)"/\1/' | sort -u; grep -rhoE '"PREFLIGHT_[A-Z]+_(PASSWORD|TOKEN)"' preflight | tr -d '"'); do
	case $variable in
	TERM | SUDO_USER | CI_* | PGSSLMODE) continue ;;
	esac
	grep -qE "^(\.It )?.*$variable" "$pages/preflight.1" || missing+=" $variable"
done
is "$missing" '' 'each variable of the program is in preflight(1)'

# The formats of files: each key of the schemas.
keys()
{
	python3 -c 'import json, sys
def walk(n):
    for k, v in n.items() if isinstance(n, dict) else []:
        if k == "properties":
            print("\n".join(v))
        walk(v)
    for v in n if isinstance(n, list) else []:
        walk(v)
walk(json.load(open(sys.argv[1])))' "$1" | sort -u
}
unnamed()
{
	local key

	for key in $(keys "$1"); do
		grep -qE "(^|[^a-z_])$key([^a-z_]|\$)" "$2" || printf '%s ' "$key"
	done
}
is "$(unnamed rules/schema/rules.schema.json "$pages/preflight-rules.5")" '' 'preflight-rules(5) has each key'
is "$(unnamed reports/report.schema.json "$pages/preflight-report.5")" '' 'preflight-report(5) has each member'

# The examples of the pages are complete.
example()
{
	sed -n '/^\.Bd/,/^\.Ed/p' "$1" | sed '/^\.[BE]d/d; s/\\-/-/g; s/\\(aq/'"'"'/g'
}
mkdir "$dir/pack"
example "$pages/preflight-rules.5" >"$dir/pack/rule.yml"
exits 0 'the rule of preflight-rules(5)' "$PREFLIGHT" rules lint --rules "$dir/pack"
exits 0 'and its tests' "$PREFLIGHT" rules test acme.frozen-table --rules "$dir/pack"
example "$pages/preflight-accept.1" >"$dir/decisions.yml"
exits 5 'the decisions of preflight-accept(1)' "$PREFLIGHT" check --no-discover --from 16.3.9 --to 16.7 \
	--decisions "$dir/decisions.yml" --out "$dir/bundle.tar.gz"
example "$pages/preflight.1" >"$dir/shop.yml"
echo secret >"$dir/redis.password"
exits 0 'the settings of preflight(1)' "$PREFLIGHT" check --to 17.3 --config "$dir/shop.yml" --dry-run

# Sources are data: completion has them all.
is "$("$PREFLIGHT" help --part bash | sed -n 's/.*--require) echo .words \(.*\). ;;/\1/p' | tr ' ' '\n' | sort)" \
	"$(python3 -c 'import glob, yaml
for f in glob.glob("rules/**/*.yml", recursive=True):
    for s in yaml.safe_load(open(f)).get("sources") or []:
        print(s["id"])' | sort)" 'completion has each source'

# The loop is a program of its own, and so is its page.
is "$(sed -n 's/^\.It Fl \\-\([a-z-]*\).*/--\1/p' "$pages/gitlab-upgrade-loop.8" | sort | xargs)" \
	"$(packaging/upgrade/gitlab-upgrade-loop --help | grep -v -e '^ *--help' | sed -n 's/^ *\(--[a-z-]\+\) .*/\1/p' | sort | xargs)" \
	'gitlab-upgrade-loop(8) has its options'
exits 0 'the loop answers' packaging/upgrade/gitlab-upgrade-loop --help
is "$(head -n 1 "$pages/preflight.1")" ".Dd $(LC_ALL=C date -u '+%B %-d, %Y' -d "@$(git log -1 --format=%ct -- CHANGELOG.md 2>/dev/null |
	grep . || stat -c %Y CHANGELOG.md)")" 'the manual is of the day of the last change on record'

exits 0 'make install' make -s -o all -o pages O="$O" DESTDIR="$dir/root" PREFIX=/usr install
for file in man/man1/preflight.1 man/man1/preflight-check.1 man/man5/preflight-rules.5 man/man7/preflight-security.7 \
	man/man8/gitlab-upgrade-loop.8 bash-completion/completions/preflight zsh/site-functions/_preflight fish/vendor_completions.d/preflight.fish; do
	ok "it installs $file" [ -s "$dir/root/usr/share/$file" ]
done
for file in sbin/gitlab-upgrade-loop lib/nagios/plugins/check_preflight; do
	ok "it installs $file" [ -x "$dir/root/usr/$file" ]
done
done_testing
