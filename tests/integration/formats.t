#!/bin/bash
# Formats that other programs read are accepted by a strict reader of each: every sample report of the unit tests, and
# one of a real run.

. "$(dirname "$0")/../lib/tap.sh"

dir=$(new_dir)
RENDER_DIR=$dir "$O/tests/unit/test_render" >/dev/null 2>&1
samples=(go no-go hostile wait undetermined skipped decided mixed maximal)
for sample in "${samples[@]}"; do
	ok "there is a sample $sample" [ -s "$dir/$sample.json" ]
done

# ---- JUnit ----

counts_are_true()
{
	python3 - "$1" <<-'END'
		import sys, xml.etree.ElementTree as tree
		root = tree.parse(sys.argv[1]).getroot()
		cases = list(root.iter("testcase"))
		for node in [root, *root.iter("testsuite")]:
		    assert int(node.get("tests")) == len(cases)
		    for name, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
		        assert int(node.get(name)) == sum(c.find(element) is not None for c in cases), name
	END
}
if command -v xmllint >/dev/null; then
	for sample in "${samples[@]}"; do
		ok "JUnit, $sample: valid" xmllint --noout --schema tests/schema/junit.xsd "$dir/$sample.junit"
		ok "JUnit, $sample: counted right" counts_are_true "$dir/$sample.junit"
	done
	for golden in tests/golden/render/*.junit reports/example/*.junit; do
		[ ! -e "$golden" ] || ok "JUnit, $golden: valid" xmllint --noout --schema tests/schema/junit.xsd "$golden"
	done
	sed 's/ time="[^"]*"//' "$dir/go.junit" >"$dir/no-time.junit"
	nok 'the schema refuses a case without time' xmllint --noout --schema tests/schema/junit.xsd "$dir/no-time.junit"
	sed 's/<testcase /&file="x" /' "$dir/go.junit" >"$dir/file.junit"
	nok 'the schema refuses a link to a file' xmllint --noout --schema tests/schema/junit.xsd "$dir/file.junit"
else
	skip 'xmllint is not installed'
fi

# ---- dotenv: the lines that GitLab takes, and a shell reads the same ----

for sample in "${samples[@]}"; do
	is "$(grep -cvE '^PREFLIGHT_[A-Z_]+=[A-Za-z0-9._:+-]+$' "$dir/$sample.dotenv")" 0 "dotenv, $sample: no odd line"
	is "$(. "$dir/$sample.dotenv" && printf '%s' "$PREFLIGHT_DECISION")" \
		"$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["gate"]["decision"])' "$dir/$sample.json")" \
		"dotenv, $sample: the decision"
done

# ---- annotations: one section of links, each with a label and an address ----

links()
{
	python3 - "$1" <<-'END'
		import json, sys, urllib.parse as u
		with open(sys.argv[1]) as f: root = json.load(f)
		assert list(root) == ["preflight"] and root["preflight"]
		for item in root["preflight"]:
		    link = item.pop("external_link")
		    assert not item and set(link) == {"label", "url"} and link["label"].strip()
		    assert u.urlsplit(link["url"]).scheme in ("http", "https") and u.urlsplit(link["url"]).netloc
		    print(link["url"])
	END
}
for sample in "${samples[@]}"; do
	ok "annotations, $sample: as GitLab takes them" links "$dir/$sample.annotations"
done
mkdir "$dir/job"
cp reports/example/report.json "$dir/job/"
(cd "$dir/job" && CI_JOB_URL=https://gitlab.example.com/ops/gate/-/jobs/812 CI_PROJECT_DIR=$PWD \
	"$PREFLIGHT" report report.json --format "html=$PWD/my report.html" --format annotations=links.json >/dev/null)
contains "$(links "$dir/job/links.json")" 'https://gitlab.example.com/ops/gate/-/jobs/812/artifacts/file/my%20report.html' \
	'annotations: the page is named as the artifacts of the job have it'

# ---- OpenMetrics: Prometheus and OpenMetrics read the same samples, each once ----

metrics()
{
	/usr/bin/python3 - "$1" <<-'END'
		import sys
		from prometheus_client import openmetrics, parser
		from prometheus_client.openmetrics import parser as strict
		text = open(sys.argv[1]).read()
		samples = lambda families: [(s.name, tuple(sorted(s.labels.items())), s.value) for f in families for s in f.samples]
		new = samples(strict.text_string_to_metric_families(text))
		assert new and sorted(new) == sorted(samples(parser.text_string_to_metric_families(text)))
		assert len({s[:2] for s in new}) == len(new) and all(s[0].startswith("preflight_") for s in new)
		assert sum(s[2] for s in new if s[0] == "preflight_decision") == 1
		assert sum(s[0] == "preflight_decision" for s in new) == 5
	END
}
if /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null; then
	for sample in "${samples[@]}"; do
		ok "OpenMetrics, $sample: read by Prometheus and OpenMetrics" metrics "$dir/$sample.openmetrics"
	done
	sed '/# EOF/d' "$dir/go.openmetrics" >"$dir/cut.openmetrics"
	nok 'a file that is cut is refused' metrics "$dir/cut.openmetrics"
else
	skip 'python3-prometheus-client is not installed'
fi

# A collector that reads the file at any moment sees one whole look: the new one takes the name of the old one.
mkdir "$dir/textfile"
written() { "$PREFLIGHT" report reports/example/report.json --format openmetrics="$dir/textfile/preflight.prom" >/dev/null; }
ok 'OpenMetrics: a file is written' written
exec 7<"$dir/textfile/preflight.prom"
was=$(stat -c %i "$dir/textfile/preflight.prom")
ok 'OpenMetrics: and written again' written
isnt "$(stat -c %i "$dir/textfile/preflight.prom")" "$was" 'OpenMetrics: as a file of its own'
is "$(tail -n 1 <&7)" '# EOF' 'OpenMetrics: whoever reads the old one reads it whole'
exec 7<&-
is "$(ls -A "$dir/textfile")" preflight.prom 'OpenMetrics: nothing is left beside it'

# ---- Nagios: one line of ASCII with one bar; the plugin's exit code is the state that the line names ----

word='[A-Za-z_]+=[0-9.]+s?(;[0-9.]*){0,4}'
for sample in "${samples[@]}"; do
	like "$(cat "$dir/$sample.nagios")" "^PREFLIGHT (OK|WARNING|UNKNOWN|CRITICAL) - [^|]+ \\| $word( $word)*\$" \
		"Nagios, $sample: one line"
	is "$(LC_ALL=C grep -c '[^ -~]' "$dir/$sample.nagios")" 0 "Nagios, $sample: ASCII"
done

# plugin STATE SAMPLE EXIT: what the plugin makes of a preflight that prints this and exits so
plugin()
{
	printf '#!/bin/sh\ncat "%s"\nexit %s\n' "$dir/$2.nagios" "$3" >"$dir/preflight"
	chmod +x "$dir/preflight"
	exits "$1" "the plugin: exit $3 is $1" env PREFLIGHT="$dir/preflight" packaging/nagios/check_preflight
	is "$out" "$(cat "$dir/$2.nagios")" 'and it passes the line on'
}
plugin 0 go 0
plugin 1 wait 6
plugin 2 no-go 3
plugin 3 undetermined 5
exits 3 'the plugin: a wrong option is unknown' env PREFLIGHT="$PREFLIGHT" packaging/nagios/check_preflight --no-such
like "$out" '^PREFLIGHT UNKNOWN - no verdict, exit 2: .*no-such' 'and its line has the reason'
done_testing
