#!/bin/bash
# What --redaction hides is in no byte of the bundle, its replay gives the same verdict, and no verdict gets better by it.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
work=$(new_dir)
host=$work/root
export SUDO_USER=canaryoperator

# A node whose files, rows and errors name the site.
mkdir -p "$host/opt/gitlab" "$host/etc/gitlab" "$host/var/opt/gitlab/gitlab-rails/etc"
cat >"$host/var/opt/gitlab/gitlab-rails/etc/gitlab.yml" <<-'END'
	production:
	  gitlab:
	    host: canaryhost.example.com
	    relative_url_root: ""
	  backup:
	    path: /mnt/canarybackup
	    keep_time: 604800
	    upload: {remote_directory: canarybucket}
	  geo: {node_name: canarygeo}
END
printf "# canarycomment \303\251\nexternal_url 'https://canaryurl.example.com'\nFile.read('/root/canaryfile').each { |x| eval x }\n" >"$host/etc/gitlab/gitlab.rb"
seed()
{
	local id

	instance
	id=$(bbm_add "$main" BackfillFoo users id '[]' active max=100000)
	bbm_job_add "$main" "$id" failed attempts=2 min=1 updated='2 minutes' >/dev/null
	pg_sql "$main" >/dev/null <<-'END'
		CREATE TABLE IF NOT EXISTS batched_background_migration_job_transition_logs (
			id bigint GENERATED ALWAYS AS IDENTITY, batched_background_migration_job_id bigint NOT NULL,
			created_at timestamptz NOT NULL, previous_status smallint NOT NULL, next_status smallint NOT NULL,
			exception_class text, exception_message text);
		CREATE INDEX IF NOT EXISTS i_batched_background_migration_job_transition_logs_on_job_id
			ON batched_background_migration_job_transition_logs (batched_background_migration_job_id);
		INSERT INTO batched_background_migration_job_transition_logs (batched_background_migration_job_id,
			created_at, previous_status, next_status, exception_class, exception_message)
		SELECT j.id, now() - interval '1 hour', 1, 2, 'PG::CheckViolation',
			'ERROR: new row violates a constraint at canarydb.example.com for canarymail@example.com, file '
			|| '/home/canaryuser/x, token glpat-canarytoken00000000' || E'\nDETAIL: Failing row contains (1, canaryrow).'
		  FROM batched_background_migration_jobs AS j WHERE j.status = 2;
		UPDATE application_settings SET elasticsearch_indexing = true, elasticsearch_url = 'http://canarysearch.example.com:9200';
	END
}
# hidden NAME ALLOWED: no file of the bundle has a canary, but for those that match
hidden()
{
	local found

	rm -rf "$work/b" && mkdir "$work/b" && tar -xzf "$bundle" -C "$work/b"
	found=$(cd "$work/b" && { find . && grep -rhoiaE 'canary[a-z]*' .; } | grep -oiE 'canary[a-z]*' | sort -u |
		grep -vxE "$2" | tr '\n' ' ')
	is "$found" '' "$1"
}

seed
gate 5 14.1.8 14.2.7 'everything is shown' --root "$host" --label canarylabel
rm -rf "$work/b" && mkdir "$work/b" && tar -xzf "$bundle" -C "$work/b"
for canary in host bucket backup db mail user token row search operator label; do
	grep -rqi "canary$canary" "$work/b" && pass "canary$canary is in it" || fail "canary$canary is in it"
done
plain=$(effects)

gate 5 14.1.8 14.2.7 'standard' --root "$host" --label canarylabel --redaction standard
hidden 'no site is named, but the label' canarylabel
is "$(effects)" "$plain" 'the same rules have an effect'
is "$(field run.operator)$(field run.host)$(field run.command)" "$(field run.host)" 'no operator, no command'
like "$(field run.host)" '^hidden-[0-9]+$' 'a name instead of the host'
contains "$(cat "$work"/b/*/facts/batched_migration_error.ndjson)" 'new row violates a constraint at [hidden]' \
	'what an error is about stays'
contains "$(cat "$work"/b/*/report.json)" '"run.redacted"' 'the report says that values are hidden'
unlike "$(cat "$work"/b/*/manifest.json)" '"command"|"host"' 'the manifest does not say where it was made'

seed
gate 5 14.1.8 14.2.7 'strict' --root "$host" --label canarylabel --redaction strict
hidden 'nothing names the site' 'nothing'
is "$(effects)" "$plain" 'the same rules have an effect'
contains "$(cat "$work"/b/*/facts/batched_migration_error.ndjson)" 'PG::CheckViolation",null' 'free text is left out'
strict=$bundle

# What was collected can be redacted later, but nothing comes back.
exits 5 'a bundle is redacted later' "$PREFLIGHT" check --facts "$strict" --redaction standard --out "$work/later.tar.gz"
bundle=$work/later.tar.gz
hidden 'strict stays strict' nothing
seed
exits 5 'collect' "$PREFLIGHT" collect --no-discover --root "$host" --postgres "main=$(pg_conninfo "$main")" \
	--redaction strict --from 14.1.8 --out "$work/facts.tar.gz"
bundle=$work/facts.tar.gz
hidden 'a collection names no site' nothing
exits 0 'it is intact' "$PREFLIGHT" verify "$bundle"
"$PREFLIGHT" check --facts "$bundle" --to 14.2.7 --without redis:queues=test --out "$work/decided.tar.gz" >/dev/null 2>&1
contains "$(tar -xzOf "$work/decided.tar.gz" --wildcards '*/inputs.json')" '"redaction": "strict"' 'a verdict about it says so'

# Nodes keep different names, also in --nodes.
instance
gate 5 14.1.8 14.2.7 'a node is missing' --root "$host" --nodes "$(hostname),canarynode" --redaction standard
hidden 'no node is named' nothing
like "$(field findings)" 'The files of hidden-[0-9]+, which --nodes names, were not read' 'but it is counted'

# A verdict that rests on a hidden value does not become better: a rule of somebody else's that compares one.
mkdir "$work/rules"
cat >"$work/rules/site.yml" <<-'END'
	rules:
	  - id: site.host
	    title: The host is not the right one
	    expects: The host is the right one
	    why: A test.
	    applies: {to: ">=14.0", hop: any}
	    severity: blocker
	    confidence: documented
	    violations: |
	      SELECT y.node, y.key FROM gitlab_yml AS y WHERE y.value = 'canaryhost.example.com'
	    key: "{node}/{key}"
	    message: "{key} is wrong"
	    remedy: site-host
	    tests:
	      - name: wrong
	        hop: {from: 14.1.8, to: 14.2.7}
	        given: {gitlab_yml: [{key: gitlab.host, value: canaryhost.example.com}]}
	        expect: {status: fail, findings: 1}
	      - name: right
	        hop: {from: 14.1.8, to: 14.2.7}
	        given: {gitlab_yml: [{key: gitlab.host, value: other}]}
	        expect: {status: pass}
	remedies:
	  - name: site-host
	    steps: [{text: Correct it.}]
END
sources=(--no-discover --from 14.1.8 --to 14.2.7 --root "$host" --rules "$work/rules" --redis "$(redis_url "$REDIS_DB")"
	--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")")
exits 3 'the rule blocks' "$PREFLIGHT" check "${sources[@]}" --out "$work/site.tar.gz"
exits 2 'and what it needs is not hidden in silence' "$PREFLIGHT" check "${sources[@]}" --out "$work/site.tar.gz" \
	--redaction standard
contains "$err" 'hides data that the verdict depends on' 'which is said'
[ ! -e "$work/site.tar.gz" ] && pass 'no bundle is left' || fail 'no bundle is left'
exits 2 'another level' "$PREFLIGHT" check --from 14.1.8 --to 14.2 --redaction some
contains "$err" 'standard, strict' 'the levels are listed'
reports_are_valid
done_testing
