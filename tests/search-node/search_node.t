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
	node_stop
	gate 5 15.11.13 16.0.10 "$3: stopped" --search "$node_url"
}

with opensearch 1.3.13.0 'OpenSearch 1.3.13' "$properties"
with opensearch 2.19.1.0 'OpenSearch 2.19.1' "$properties" 'requirement.search-newer fail warns'
with elasticsearch 7.10.2.0 'Elasticsearch 7.10.2' "$properties"
# Too old for 15.11 already: GitLab pauses indexing, before and after.
with elasticsearch 6.8.9.0 'Elasticsearch 6.8.9' "{\"_doc\": $properties}" 'requirement.search fail blocks'
done_testing
