#!/bin/bash
# What a person accepted or confirmed: on a real instance, in every output, in a replay, and never more than the rules
# permit.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/release.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)

# Fills the reason in, which is a person's.
reasoned()
{
	sed 's/justification: ""/justification: "tried on a copy of the instance"/; s/approver: .*/approver: "A. Person"/; s/ticket: ""/ticket: "CHG1"/'
}
# The entries of a rule in the last bundle, as a file.
accept()
{
	"$PREFLIGHT" accept "$1" "$bundle" >"$dir/raw.yml" && reasoned <"$dir/raw.yml" >"$dir/$2.yml"
}
effects()
{
	/usr/bin/python3 - "$report" "$1" <<-'END'
		import json, sys
		r = json.load(open(sys.argv[1]))
		print(' '.join(f['effect'] + ('/' + f['decision']['kind'] if f['decision'] else '')
		               for f in r['findings'] if f['rule']['id'] == sys.argv[2]))
	END
}

instance
id=$(bbm_add "$main" BackfillX issues id '[]' finished)
bbm_job_add "$main" "$id" failed attempts=3
gate 0 14.1.8 14.2.7 'failed jobs are a warning'
is "$(field gate.decision)" go_with_warnings 'GO with warnings'
ok 'accept prints an entry' accept bbm.failed-jobs jobs
like "$(<"$dir/raw.yml")" 'rule: "bbm.failed-jobs"' 'with the rule'
like "$(<"$dir/raw.yml")" 'key: "[0-9a-f]{32}"' 'with the key'
like "$(<"$dir/raw.yml")" 'target: "14.2.7"' 'and the target'
exits 2 'without a reason it is none' "$PREFLIGHT" check --facts "$bundle" --decisions "$dir/raw.yml" --out "$dir/x"
like "$err" '^preflight: --decisions: .*raw.yml:[0-9]+:[0-9]+: .*justification' 'in one line that says where'
anchor=$(/usr/bin/python3 -c 'import json, sys
print(next(f["anchor"] for f in json.load(open(sys.argv[1]))["findings"] if f["rule"]["id"] == "bbm.failed-jobs"))' "$report")
exits 0 'accept by anchor' "$PREFLIGHT" accept "$anchor" "$bundle"
is "$out" "$(<"$dir/raw.yml")" 'is the same'
exits 2 'accept of something else' "$PREFLIGHT" accept no.such "$bundle"
exits 2 'accept of what passes' "$PREFLIGHT" accept bbm.unfinished "$bundle"

gate 0 14.1.8 14.2.7 'accepted' --decisions "$dir/jobs.yml" --format text
is "$(field gate.decision)" go 'GO'
is "$(effects bbm.failed-jobs)" none/accepted 'the finding is still there'
is "$(field decisions.0.state)" applied 'the entry is in report.json'
contains "$out" ACCEPTED 'and the finding on the terminal'
says 'accepted by A. Person until' 'with the person'
says '1 accepted' 'counted apart'
says 'CHG1: tried on a copy of the instance' 'with ticket and reason'
is "$(tar -xzOf "$bundle" --wildcards '*/decisions.yml')" "$(<"$dir/jobs.yml")" 'the bundle holds the file'
exits 0 'the html' "$PREFLIGHT" report "$bundle" --format html
contains "$out" 'tried on a copy of the instance' 'shows the reason'
accepted=$bundle

# An edited entry in a bundle is noticed, and a second check may decide otherwise.
exits 0 'again without an entry' "$PREFLIGHT" check --facts "$accepted" --exit-on-warnings --out "$dir/again.tar.gz"
echo 'accepted: []' >"$dir/empty.yml"
exits 4 'again with no entry' "$PREFLIGHT" check --facts "$accepted" --decisions "$dir/empty.yml" --exit-on-warnings \
	--out "$dir/again.tar.gz"
mkdir "$dir/b" && tar -xzf "$accepted" -C "$dir/b"
sed -i 's/A. Person/The Board/' "$dir"/b/*/decisions.yml
exits 7 'edited in a bundle' "$PREFLIGHT" verify "$dir"/b/*

# Expired on the clock of the facts, in a replay too.
sed 's/expires: .*/expires: "2020-01-01"/' "$dir/jobs.yml" >"$dir/expired.yml"
gate 0 14.1.8 14.2.7 'expired' --decisions "$dir/expired.yml"
is "$(field gate.decision)" go_with_warnings 'counts again'
says 'Accepted entry about bbm.failed-jobs' 'and a notice names the entry'
is "$(field decisions.0.state)" expired 'its state'

# What cannot be accepted, whoever signs it.
bbm_add "$main" BackfillY issues id '[]' failed >/dev/null
gate 3 14.1.8 14.2.7 'a failed migration'
exits 2 'accept refuses' "$PREFLIGHT" accept bbm.unfinished "$bundle"
like "$err" 'cannot be accepted' 'and says why'
cat >"$dir/all.yml" <<-'END'
	accepted:
	  - {rule: bbm.unfinished, justification: we know better, approver: A, ticket: C, expires: "2038-01-01"}
	  - {rule: source.incomplete, justification: we know better, approver: A, ticket: C, expires: "2038-01-01"}
	  - {rule: path.horizon, justification: we know better, approver: A, ticket: C, expires: "2038-01-01"}
	  - {rule: hop.unfinished, justification: we know better, approver: A, ticket: C, expires: "2038-01-01"}
END
gate 3 14.1.8 14.2.7 'a failed migration that somebody accepts' --decisions "$dir/all.yml"
is "$(field decisions.0.state)" refused 'is refused'
says 'bbm.unfinished' 'and named'
exits 5 'a source that cannot be read, accepted' "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 \
	--postgres "main=$(pg_conninfo no_such_database)" --redis "$(redis_url "$REDIS_DB")" \
	--decisions "$dir/all.yml" --out "$dir/unread.tar.gz"
exits 2 'a file of another kind' "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --decisions /dev/null \
	--out "$dir/x"

instance

# Beyond the horizon: without the release the way out is a command; the notes count only with it.
rules_through "$dir/rules" 14.1
gate_rules=(--rules-dir "$dir/rules")
gate 5 14.1.8 14.2.7 'beyond the horizon' --rules-dir "$dir/rules" --install-method linux_package
says 'apt-get download gitlab-ee=14.2.7-ee.0' 'the package to download'
says 'check again with --release' 'and what to do with it'
gate 5 14.1.8 14.2.7 'for a container' --rules-dir "$dir/rules" --install-method docker
says 'docker pull gitlab/gitlab-ee:14.2.7-ee.0 && docker save -o gitlab-14.2.7.tar gitlab/gitlab-ee:14.2.7-ee.0' 'the image'
gate 5 14.1.8 14.2.7 'for a chart' --rules-dir "$dir/rules" --install-method helm
says 'docker save -o gitlab-14.2.7.tar "$IMAGE:v14.2.7"' 'the toolbox image'
gate 5 14.1.8 14.2.7 'self-compiled' --rules-dir "$dir/rules" --install-method self_compiled
says '--branch v14.2.7-ee https://gitlab.com/gitlab-org/gitlab.git gitlab-14.2.7' 'the source'
gate 5 14.1.8 14.2.7 'the notes without the release' --rules-dir "$dir/rules" --notes-read 14.2
gate 5 14.1.8 14.2.7 'accepted, which it cannot be' --rules-dir "$dir/rules" --decisions "$dir/all.yml"
exits 2 'no version' "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --notes-read newest --out "$dir/x"
like "$err" '^preflight: --notes-read' 'in one line'


# With the release read, and its notes: by the operator or in the file. Never across a major version.
release_tree "$dir/rails" 14.2.7
if "$PREFLIGHT" collect --no-discover --only release --release "$dir/rails" --out "$dir/probe" 2>&1 | grep -q 'no libpg_query' ||
	grep -q 'no libpg_query' "$dir/probe/facts/source.ndjson"; then
	skip 'built without libpg_query' 13
	reports_are_valid
	done_testing
fi
gate 5 14.1.8 14.2.7 'with the release' --rules-dir "$dir/rules" --release "$dir/rails"
says 'the release was read, the upgrade notes of 14.2 need reading' 'what is left to do'
says 'check again with --notes-read' 'and how to say that it is done'
unlike "$out" 'apt-get download' 'nothing to download'
gate 0 14.1.8 14.2.7 'with its notes' --rules-dir "$dir/rules" --release "$dir/rails" --notes-read 14.2 --change CHG7
is "$(field gate.decision)" go_with_warnings 'GO with warnings at best'
is "$(effects path.horizon)" warns/confirmed 'the step is still one that the rules do not cover'
says 'has read its upgrade notes' 'and somebody answers for it'
is "$(field decisions.0.ticket)" CHG7 'under this change'
is "$(field decisions.0.approver)" "$(field run.operator)" 'in the name of the operator'
exits 4 'as a replay says' "$PREFLIGHT" check --facts "$bundle" --rules-dir "$dir/rules" --exit-on-warnings \
	--out "$dir/again.tar.gz"
cat >"$dir/notes.yml" <<-'END'
	confirmed:
	  - {notes_read: "14.2", justification: read with the team, approver: A. Person, ticket: CHG1, expires: "2038-01-01"}
END
gate 0 14.1.8 14.2.7 'with the notes in the file' --rules-dir "$dir/rules" --release "$dir/rails" \
	--decisions "$dir/notes.yml"
is "$(field decisions.0.approver)" 'A. Person' 'in the name of whoever read them'
gate 5 14.1.8 14.2.7 'the notes of another release' --rules-dir "$dir/rules" --release "$dir/rails" --notes-read 14.3

reports_are_valid
done_testing
