#!/bin/bash
# Real search nodes: GitLab's migrations index is made through their own HTTP API, and read back.
# One node at a time; each ends by itself.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh
. tests/lib/search.sh
. tests/lib/node.sh

need java javac mvn curl
why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start && search_base 15.11 || skip_all 'the servers do not start'
document()
{
	node_put "gitlab-production-migrations/_doc/$1?refresh=true" "$2"
}

fill()
{
	node_put gitlab-production-20210101-0000 '{"settings": {"number_of_shards": 1, "number_of_replicas": 0},
		"aliases": {"gitlab-production": {}}}' &&
		node_put gitlab-production-migrations "{\"settings\": {\"number_of_shards\": 1, \"number_of_replicas\": 0},
		\"mappings\": $1}" &&
		document 20220118150500 '{"completed": true}' &&
		document 20230703112233 '{"completed": true, "name": "Later", "state": {},
			"started_at": "2023-07-22T10:00:01.123Z", "completed_at": "2023-07-22T12:30:00.456Z"}'
}

properties='{"properties": {"completed": {"type": "boolean"}, "state": {"type": "object"},
	"started_at": {"type": "date"}, "completed_at": {"type": "date"}, "name": {"type": "keyword"}}}'

search_effects()
{
	effects | grep -E '^(search|source)\.'
}

ago() { date -u -d "$1 ago" +%Y-%m-%dT%H:%M:%S.000Z; }
# stands RULE STATE EXIT REMEDY NAME [OPTION...]: the first finding is of that rule and state, and so begins its remedy
stands()
{
	local rule=$1 state=$2 expected=$3 remedy=$4 name=$5

	shift 5
	gate "$expected" 15.11.13 16.0.10 "$name" --search "$node_url" "$@"
	is "$(field findings.0.rule.id) $(field findings.0.progress.state)" "$rule $state" "$name: rule and state"
	like "$(field findings.0.remedies.0.steps)" "$remedy" "$name: its remedy"
}
worker() { sidekiq_cron "$1" "$2" elastic_migration_worker Elastic::MigrationWorker; }
at_work() { document 20230208100500 '{"completed": false, "name": "Worked", "state": {"documents_remaining": '"$2"'},
	"started_at": "'"$(ago "$1")"'"}'; }

# Each state of a search migration, as GitLab leaves it in the node, in the settings and in Sidekiq.
states()
{
	local last=search.unfinished-last-chance kept

	kept=$(new_dir)
	instance
	search_on "$main" "$node_url"
	document 20220613120500 '{"completed": true}'
	worker 60 enabled
	at_work '1 hour' 5000
	stands $last running 6 'Wait until none' "$1: one runs" --history "$kept"
	like "$(field findings.0.message)" 'begun 1 h ago, 5000 documents remain' "$1: and what remains"
	looks_aged "$kept" 172800
	at_work '3 days' 2000
	gate 6 15.11.13 16.0.10 "$1: two days later fewer remain" --search "$node_url" --history "$kept"
	like "$(field findings.0.progress.eta)" 'done about .*, at the rate of 2 looks' "$1: and when none will"
	at_work '3 days' 5000
	stands $last stuck 3 'last message of the worker' "$1: two days later as many remain" --history "$kept"
	says '5000 documents remained on' "$1: with the numbers"
	at_work '900 days' 12
	stands $last stuck 3 'last message of the worker' "$1: it was begun years ago"
	at_work '3 days' 12
	pg_sql "$main" 'UPDATE application_settings SET elasticsearch_pause_indexing = true' >/dev/null
	stands $last paused 3 'resume_indexing' "$1: a person paused indexing"
	pg_sql "$main" 'UPDATE application_settings SET elasticsearch_pause_indexing = false' >/dev/null
	worker 60 disabled
	stands $last stopped 3 'cron' "$1: its cron job is disabled"
	worker 18000 enabled
	stands $last stopped 3 'cron' "$1: its cron job has not run for hours"
	worker 60 enabled
	node_delete gitlab-production-migrations/_doc/20230208100500?refresh=true
	node_delete gitlab-production-migrations/_doc/20230703112233?refresh=true
	stands $last queued 6 'Wait until none' "$1: the next one is queued"
	worker 18000 enabled
	stands $last 'not begun' 3 'cron' "$1: nothing begins it"
}

# with PRODUCT RUNNER SHOWN MAPPINGS [REMARK]: REMARK is what the rules have to say of this product.
with()
{
	local refused=''

	[[ ${5-} == *blocks ]] && refused=3

	if ! node_start "$1" "$2"; then
		skip "$3 cannot be started here"
		return
	fi
	instance
	search_on "$main" "$node_url"
	gate "${refused:-5}" 15.11.13 16.0.10 "$3: an index that is not there" --search "$node_url"
	says 'gitlab-production-migrations is missing' "$3: it says so"
	ok "$3: the index is filled" fill "$4"
	gate "${refused:-0}" 15.11.13 16.0.10 "$3: all completed" --search "$node_url"
	is "$(effects | grep -E '^(requirement\.search|search|source)')" "${5-}" "$3: no other remark"
	like "$(field sources)" "$3 on http" "$3: product and version"
	ok "$3: one is not completed" document 20220613120500 \
		'{"completed": false, "state": {"documents_remaining": 12}}'
	ok "$3: one is halted" document 20230208100500 '{"completed": false, "state": {"halted": true, "failed": true,
		"previous_attempts": 30, "message": "no space"}, "started_at": "2023-03-01T00:00:00.000Z"}'
	gate 3 15.11.13 16.0.10 "$3: one is halted, one is not completed" --search "$node_url"
	is "$(search_effects)" 'search.halted fail blocks
search.unfinished-last-chance fail blocks' "$3: both block"
	[ -n "$refused" ] || states "$3"
	node_stop
	gate 5 15.11.13 16.0.10 "$3: stopped" --search "$node_url"
}

with opensearch 1.3.13.0 'OpenSearch 1.3.13' "$properties"
with opensearch 2.19.1.0 'OpenSearch 2.19.1' "$properties" 'requirement.search-newer fail warns'
with elasticsearch 7.10.2.0 'Elasticsearch 7.10.2' "$properties"
# Too old for 15.11 already: GitLab pauses indexing, before and after.
with elasticsearch 6.8.9.0 'Elasticsearch 6.8.9' "{\"_doc\": $properties}" 'requirement.search fail blocks'
done_testing
