#!/bin/bash
# Commands that are printed for states that only warn, or that an error in a log needs, run to the letter: Ruby with
# classes that the release has removed, SQL on a real server. See cleared.t for those that clear a gate.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/remedy.sh

need ruby rake psql redis-cli
why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
cat tests/schema/14.1.sql tests/schema/eras/{14.10,15.11,16.11}.sql >"$gate_dir/16.11.sql"
pg_sql postgres 'DROP DATABASE base' >/dev/null
gitlab_base "$gate_dir/16.11.sql" && instance
remedy_start
export REMEDY_GONE='BackfillTopicsTitle BackfillGone' REMEDY_KEYWORDS=''

run_all()
{
	local name=$1 line remedy_set=

	while read -r line; do
		remedy_line "$name" "$line" </dev/null
	done
}

check()
{
	gate_run_any "$1" --from 15.11.13 --to 16.3.9 --install-method linux_package \
		--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")"
}

# Rows and dead jobs of classes that are gone: marked, deleted, never run.
legacy_row_add "$main" BackfillGone pending '9 days' "[1, \"it''s\"]"
legacy_row_add "$ci" '::BackfillTopicsTitle' pending '9 days' '[2]'
legacy_job_dead BackfillTopicsTitle 86400 2
legacy_job_dead BackfillOther 86400
nok 'a class that is gone cannot be run' env PATH="$top/tests/lib/remedies:$PATH" gitlab-rails runner \
	"Gitlab::BackgroundMigration.perform('BackfillGone', [1])"
check 'rows of classes that are gone'
rules=$(/usr/bin/python3 -c '
import json, sys
print(*sorted({f["rule"]["id"] for f in json.load(open(sys.argv[1]))["findings"]
               if f["rule"]["id"].startswith("legacy.") and f["status"] == "fail"}), sep="\n")' "$report")
contains "$rules" legacy.unneeded-rows 'pending rows are found'
contains "$rules" legacy.unneeded-dead 'dead jobs are found'
for rule in $rules; do
	remedy_of "$rule" >"$gate_dir/commands"
	run_all "$rule" <"$gate_dir/commands"
done
is "$(pg_sql "$main" "SELECT count(*) FROM background_migration_jobs WHERE status = 0")" 0 'main: no row is pending'
is "$(pg_sql "$ci" "SELECT count(*) FROM background_migration_jobs WHERE status = 0")" 0 'ci: no row is pending'
is "$(redis_cmd ZCARD "$(sidekiq_key dead)")" 0 'no job is dead'

# What explain prints for errors of PostgreSQL runs there. The rows at fault are found, the sequence is set.
pg_sql "$main" "CREATE TABLE work_kinds (id bigserial PRIMARY KEY, name text);
	INSERT INTO work_kinds (id, name) VALUES (8, 'a'), (9, 'b');
	CREATE TABLE kennels (id bigserial PRIMARY KEY, owner_id bigint);
	INSERT INTO kennels (owner_id) VALUES (NULL), (1);
	CREATE TABLE barn_tags (id bigserial PRIMARY KEY, tag_id bigint); INSERT INTO barn_tags (tag_id) VALUES (5);
	CREATE TABLE labels_of_barns (id bigint PRIMARY KEY);
	ALTER TABLE kennels ADD CONSTRAINT check_ab12cd34ef CHECK (owner_id > 5) NOT VALID" >/dev/null
explained()
{
	exits 0 "explain $1" "$PREFLIGHT" explain --no-discover --from 16.11.10 --format json "$1"
	/usr/bin/python3 -c '
import json, sys
for f in json.load(sys.stdin)["findings"]:
    for step in f["remedies"][0]["steps"]:
        if step["command"] and "gitlab-psql" in step["command"]:
            print(step["command"])' <<<"$out" >"$gate_dir/commands"
	run_all "explain $1" <"$gate_dir/commands"
}
explained tests/errors/sequence.plain.log
is "$(pg_sql "$main" "SELECT nextval('work_kinds_id_seq')")" 10 'the sequence goes on behind the ids'
explained tests/errors/not-null-alter.plain.log
is "$(PATH="$top/tests/lib/remedies:$PATH" bash -c "$(head -n 1 "$gate_dir/commands")" | sed -n 3p | tr -d ' ')" 1 'the row with NULL is counted'
for text in check-validate owner lock schema-denied; do
	explained "tests/errors/$text.plain.log"
done
sed 's/barn_tags_100/barn_tags/; s/(tag_id, farm)=(5, 100)/(tag_id)=(5)/; s/table "labels"/table "labels_of_barns"/; s/^ci: /main: /' \
	tests/errors/foreign-key.plain.log >"$gate_dir/fk.log"
explained "$gate_dir/fk.log"
contains "$(PATH="$top/tests/lib/remedies:$PATH" bash -c "$(head -n 1 "$gate_dir/commands")")" '(1 row)' 'the orphan is shown'
done_testing
