#!/bin/bash
# The path: works with no source at all, keeps what cannot be decided, and never skips a stop.

. "$(dirname "$0")/../lib/tap.sh"

steps()
{
	/usr/bin/python3 -c 'import json, sys
p = json.load(sys.stdin)["plan"]
print(" ".join(s["version"] + {"current": "", "required_stop": "", "conditional_stop": "?", "intermediate": "~", "target": "!"}[s["kind"]] for s in p["steps"]))'
}
plan()
{
	"$PREFLIGHT" plan --no-discover --format json --from "$1" --to "$2" | steps
}

exits 0 'plan without any source' "$PREFLIGHT" plan --no-discover --from 14.1.8 --to 14.2
contains "$out" 'No source was read' 'it shows no time of data that nobody collected'
unlike "$out" 'Data' 'nor speaks of any'
is "$(plan 14.1.8 14.2)" '14.1.8 14.2.7!' 'one hop'
is "$(plan 13.12.15 14.3)" '13.12.15 14.0.12 14.3.6!' 'a stop between'
is "$(plan 14.0.3 14.3)" '14.0.3 14.0.12~ 14.3.6!' '14.0.5 or 14.1 before 14.2'
is "$(plan 14.0.5 14.3)" '14.0.5 14.3.6!' 'from 14.0.5 directly'
is "$(plan 13.12.15 16.0.10)" \
	'13.12.15 14.0.12 14.3.6 14.9.5 14.10.5 15.0.5 15.1.6? 15.4.6 15.11.13 16.0.10!' 'up to 16.0'
is "$(plan 15.11.13 19.2)" \
	'15.11.13 16.0.10? 16.1.8? 16.2.11? 16.3.9 16.7.10 16.11.10 17.1.8? 17.3.7 17.5.5 17.8.7 17.11.7 18.2.8 18.5.7 18.8.11 18.11.13 19.2.6!' \
	'up to 19.2'
is "$(plan 14.1.8 14)" '14.1.8 14.3.6 14.9.5 14.10.5!' 'the newest of a major'
is "$(plan 14.1.7-ee v14.1.8)" '14.1.7 14.1.8!' "GitLab's spellings"
is "$("$PREFLIGHT" plan --no-discover --format json --from 13.12.15 --to 14.3 | /usr/bin/python3 -c \
	'import json, sys; print(json.load(sys.stdin)["plan"]["next"])')" 14.0.12 'the next hop'

# Every hop is asked today: what can be said now, what only a hop before it decides, what a person reads.
hops()
{
	"$PREFLIGHT" plan --no-discover --format json --from "$1" --to "$2" | /usr/bin/python3 -c '
import json, sys
for s in json.load(sys.stdin)["plan"]["steps"][1:]:
    rules = {r["id"]: r["decidable"] for r in s["rules"]}
    print(s["hop"], s["version"], s["chart"], rules.get("bbm.unfinished"), rules.get("notes.to-read"), s["to_read"] > 0)'
}
is "$(hops 17.8.7 18.5)" '1 17.11.7 8.11 now manual True
2 18.2.8 9.2 after_hop manual True
3 18.5.7 9.5 after_hop manual True' 'the first hop is decidable now, later ones after the hop before'
exits 0 'with every rule' "$PREFLIGHT" plan -v --no-discover --from 17.8.7 --to 18.5
contains "$out" 'after step 2' 'and says after which step'
contains "$(tr -s ' \n' ' ' <<<"$out")" 'rules could not be decided: what they need was not read' 'nothing read is no all-clear'

# GitLab's own file of stops, recorded with the other inputs.
path=$(new_dir)/upgrade_path.yml
printf -- '- major: 14\n  minor: 0\n- major: 14\n  minor: 2\n  comments: "of our own"\n- major: 15\n  minor: 1\n' >"$path"
is "$("$PREFLIGHT" plan --no-discover --format json --from 13.12.15 --to 15.4 --path "$path" | steps)" \
	'13.12.15 14.0.12 14.2.7 15.1.6? 15.4.6!' 'the stops of a path file, with what the rules know of them'
echo '- major: 14' >"$path"
exits 2 'a path file that is none' "$PREFLIGHT" plan --no-discover --from 13.12.15 --to 15.4 --path "$path"
contains "$err" 'upgrade_path.yml:1:3: a stop has major and minor' 'and where it is wrong'

exits 2 'a downgrade is no path' "$PREFLIGHT" plan --no-discover --from 14.2.7 --to 14.1.8
exits 2 'without a version there is no path' "$PREFLIGHT" plan --no-discover --to 14.2
contains "$err" '--from' 'and it says how to give one'

# The installed version from the files of a host.
host=$(new_dir)
mkdir -p "$host/opt/gitlab" "$host/var/opt/gitlab/gitlab-rails"
echo '{"manifest_format": 2, "build_version": "14.1.8"}' >"$host/opt/gitlab/version-manifest.json"
echo '14.1.8-ee' >"$host/var/opt/gitlab/gitlab-rails/VERSION"
out=$("$PREFLIGHT" plan --root "$host" --to 14.2)
contains "$out" '14.1.8 -> 14.2.7' 'the version comes from the host'
echo 'not JSON' >"$host/opt/gitlab/version-manifest.json"
exits 2 'a file that cannot be read names no version' "$PREFLIGHT" plan --root "$host" --to 14.2
# In Markdown, for a wiki: one table, the notes as boxes; what a command cannot write is refused with what it can.
exits 0 'in Markdown' "$PREFLIGHT" plan --no-discover --from 15.11.13 --to 17.3 --format markdown
md=$out
is "$(grep -c '^| [0-9]* | ' <<<"$md")" "$("$PREFLIGHT" plan --no-discover --from 15.11.13 --to 17.3 --format json |
	/usr/bin/python3 -c 'import json, sys; print(sum(s.get("hop", 0) > 0 for s in json.load(sys.stdin)["plan"]["steps"]))')" \
	'a row for each step'
is "$(grep -vcE '^(\|[^|]*){6}\|$' <<<"$(grep '^|' <<<"$md" | sed 's/\\|//g')")" 0 'each row has six cells'
is "$(grep -c '^- \[ \] ' <<<"$md")" "$("$PREFLIGHT" plan --no-discover --from 15.11.13 --to 17.3 --format json |
	/usr/bin/python3 -c 'import json, sys; print(sum(s.get("to_read", 0) for s in json.load(sys.stdin)["plan"]["steps"]))')" \
	'a box for each note'
contains "$md" 'preflight check --to 16.' 'and the first check'
exits 2 'plan as HTML' "$PREFLIGHT" plan --no-discover --from 15.11.13 --to 17.3 --format html
contains "$err" 'plan has no format "html"; it has text, json and markdown' 'is refused with what there is'
exits 2 'plan into a file' "$PREFLIGHT" plan --no-discover --from 15.11.13 --to 17.3 --format json=x.json
exits 2 'a list of rules as JSON' "$PREFLIGHT" rules list --format json
contains "$err" 'rules list has no format "json"; it has text' 'is refused'
exits 2 'a rule as JSON' "$PREFLIGHT" explain bbm.unfinished --format json
exits 2 'sources as Markdown' "$PREFLIGHT" sources --no-discover --format markdown
contains "$err" 'it has text and json' 'is refused'
exits 2 'a report as PDF' "$PREFLIGHT" report reports/example/report.json --format pdf
contains "$err" 'a report has no format "pdf"' 'is refused'
contains "$err" 'openmetrics, nagios and readme' 'with the list'
# At the target, or beyond every release on record, there is no path.
for pair in '18.9.8 18.9' '18.9.8 18.9.8' '19.5.3 latest' '19.6.1 latest'; do
	exits 0 "from ${pair% *} to ${pair#* }" "$PREFLIGHT" plan --no-discover --from "${pair% *}" --to "${pair#* }"
	like "$out" "^GitLab ${pair% *} is installed, and the target is ${pair% *}: there is no upgrade step" 'there is none'
	unlike "$out" 'check --to' 'and no check to make first'
done
exits 0 'in Markdown' "$PREFLIGHT" plan --no-discover --from 18.9.8 --to 18.9 --format markdown
contains "$out" 'there is no upgrade step' 'it says the same'
# A chart's version names the release of GitLab in it.
for pair in chart-5.2.7=14.2.7 chart-8.3.7=17.3.7 chart-9.5=18.5 chart-10.2.1=19.2.1 chart-5=14; do
	is "$("$PREFLIGHT" plan --from 13.12.15 --to "${pair%=*}" --format json | grep -v '"command"')" \
		"$("$PREFLIGHT" plan --from 13.12.15 --to "${pair#*=}" --format json | grep -v '"command"')" "$pair"
done
exits 2 'a chart that nobody knows' "$PREFLIGHT" plan --from 13.12.15 --to chart-77.1.1
like "$err" 'no chart 77.1.1 is covered by the rules: give the version of GitLab' 'and what to do'

done_testing
