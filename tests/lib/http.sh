# shellcheck shell=bash
# A web server of ours on loopback, see http_server.py.
#
#   http_start DIR        starts it; $http_url is its address
#       (with cert.pem and key.pem in DIR it speaks TLS, as localhost)
#   http_mode WORD        how it answers from now on ('' again: as answers.json says)
#   http_log              what was asked since the last http_forget
#   http_forget
#   search_answers VERSION HEALTH [DOCUMENT...]
#       answers as a search cluster with GitLab's aliases. VERSION: 7.17.9, or opensearch/2.11.1;
#       DOCUMENT: "ID {JSON}"; none: the migrations index is missing
#
# Needs tap.sh.

http_dir=
http_url=

http_start()
{
	http_dir=$1
	mkdir -p "$http_dir"
	rm -f "$http_dir/port"
	echo '{}' >"$http_dir/answers.json"
	: >"$http_dir/log"
	: >"$http_dir/mode"
	/usr/bin/python3 tests/lib/http_server.py "$http_dir" >"$http_dir/out" 2>&1 </dev/null &
	at_exit kill $!
	if ! await_of $! test -e "$http_dir/port"; then
		fail 'the web server starts'
		diag_lines 5 <"$http_dir/out"
		return 1
	fi
	http_url=http://127.0.0.1:$(cat "$http_dir/port")
	[ ! -e "$http_dir/cert.pem" ] || http_url=https://localhost:${http_url##*:}
}

http_mode()
{
	printf '%s' "$1" >"$http_dir/mode"
}

http_log()
{
	cat "$http_dir/log"
}

http_forget()
{
	: >"$http_dir/log"
}

search_answers()
{
	/usr/bin/python3 - "$http_dir/answers.json" "$@" <<-'END'
		import json, sys
		out, version, health, *docs = sys.argv[1:]
		name, _, number = version.rpartition('/')
		root = {'name': 'n1', 'cluster_name': 'gitlab', 'version': {'number': number}}
		if name:
		    root['version']['distribution'] = name
		hits = [{'_id': d.split(' ', 1)[0], '_source': json.loads(d.split(' ', 1)[1])} for d in docs]
		answers = {
		    '/': {'body': root},
		    '/_cluster/health': {'body': {'status': health, 'number_of_data_nodes': 1, 'unassigned_shards': 0}},
		    '/_alias/gitlab-production*': {'body': {
		        'gitlab-production-20210101-0000': {'aliases': {'gitlab-production': {}}}}},
		}
		if hits:
		    answers['/gitlab-production-migrations/_search'] = {'body': {
		        'timed_out': False, '_shards': {'total': 1, 'failed': 0},
		        'hits': {'total': {'value': len(hits), 'relation': 'eq'}, 'hits': hits}}}
		json.dump(answers, open(out, 'w'))
	END
}
