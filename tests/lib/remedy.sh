# shellcheck shell=bash
# Does what a report prints. Needs tap.sh, servers.sh, gitlab.sh, gate.sh.
#
#   remedy_start       the stores of the current instance for the commands of tests/lib/remedies
#   remedy_do NAME     runs the commands of the last report's actions, in order, each as a line of its own; one that
#       fails is a failed test. What only time does is done where a text says to wait. What a text says to do in the
#       Admin Area is done as GitLab's page would; for search migrations by the test's own remedy_retries_search
#   remedy_of RULE     the commands that the findings of a rule print for the own install method, each once
#   printed            the commands of the last report's actions, one a line

remedy_start()
{
	export REMEDY_MAIN REMEDY_CI REMEDY_REDIS REMEDY_NAMESPACE REMEDY_DID REMEDY_HOME
	REMEDY_MAIN=$(pg_conninfo "$main")
	REMEDY_CI=$(pg_conninfo "$ci")
	REMEDY_REDIS="-s $(redis_url | sed 's,^unix://,,; s,?.*,,') -n $REDIS_DB"
	REMEDY_NAMESPACE=${SIDEKIQ_NAMESPACE-resque:gitlab:}
	REMEDY_DID=$(new_dir)
	REMEDY_HOME=$(new_dir)
}

# TEXT, then its commands with a tab before each
remedy_actions()
{
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for a in json.load(open(sys.argv[1]))['gate']['actions']:
		    print(a['text'])
		    for c in a['commands']:
		        print('\t' + c)
	END
}

remedy_of()
{
	/usr/bin/python3 - "$report" "$1" <<-'END'
		import json, sys
		seen = []
		for f in json.load(open(sys.argv[1]))['findings']:
		    for step in f['remedies'][0]['steps'] if f['rule']['id'] == sys.argv[2] and f['remedies'] else []:
		        if step['command'] and step['command'] not in seen:
		            seen.append(step['command'])
		            print(step['command'])
	END
}

printed()
{
	remedy_actions | sed -n 's/^\t//p'
}

# Sidekiq goes on: it finishes what is queued, and nothing that is paused or failed.
remedy_wait()
{
	local db

	for db in $main $ci; do
		pg_sql "$db" 'UPDATE batched_background_migrations SET status = 3, updated_at = now() WHERE status = 1' >/dev/null
	done
	redis_cmd DEL "$(sidekiq_key schedule)" "$(sidekiq_key queue:background_migration)" >/dev/null
}

remedy_resumes()
{
	local db

	for db in $main $ci; do
		pg_sql "$db" 'UPDATE batched_background_migrations SET status = 1, updated_at = now() WHERE status = 0' >/dev/null
	done
}

# What a person does in the browser; another text is for the eyes only.
remedy_page()
{
	case $1 in
	*'Admin Area > Monitoring > Background Migrations > Queued > Resume.'*) remedy_resumes && remedy_wait ;;
	*'Admin Area > Settings > Advanced Search > Elasticsearch migration halted > Retry migration.'*) remedy_retries_search ;;
	esac
}

# A line that only sets a variable holds for the lines after it, as in the shell that they are pasted into.
remedy_line()
{
	local name=$1 line=$2

	[[ ! $line =~ ^[A-Z_]+= ]] || remedy_set="$remedy_set$line; "
	# Only GitLab from source names its directory and its database server's own psql.
	ok "$name: $line" env PATH="$top/tests/lib/remedies:$PATH" PGHOST="$PG_DIR/sock" PGUSER=postgres bash -c \
		'cd() { [ "$1" = /home/git/gitlab ] && builtin cd "$REMEDY_HOME"; }; eval "$1"' bash "$remedy_set$line"
	[ ! -e "$REMEDY_DID/start_sidekiq" ] || {
		rm -f "$REMEDY_DID/start_sidekiq"
		sidekiq_alive >/dev/null
		sidekiq_cron
	}
}

remedy_do()
{
	local name=$1 line lines remedy_set=

	mapfile -t lines < <(remedy_actions)
	for line in "${lines[@]}"; do
		case $line in
		$'\t'*) remedy_line "$name" "${line#?}" </dev/null ;;
		*) diag "$name: $line" && remedy_page "$line" ;;
		esac
	done
	case ${lines[*]} in *'resumes automatically'* | *'resume automatically'* | *'Wait'*) remedy_wait ;; esac
}
