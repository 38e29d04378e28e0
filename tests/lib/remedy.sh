# shellcheck shell=bash
# Does what a report prints. Needs tap.sh, servers.sh, gitlab.sh, gate.sh.
#
#   remedy_start       the stores of the current instance for the commands of tests/lib/remedies
#   remedy_do NAME     runs the commands of the last report's actions, in order, each as a line of its own; one that
#       fails is a failed test. What only time does is done where a text says to wait
#   remedy_of RULE     the commands that the findings of a rule print for the own install method, each once
#   printed            the commands of the last report's actions, one a line

remedy_start()
{
	export REMEDY_MAIN REMEDY_CI REMEDY_REDIS REMEDY_NAMESPACE REMEDY_DID
	REMEDY_MAIN=$(pg_conninfo "$main")
	REMEDY_CI=$(pg_conninfo "$ci")
	REMEDY_REDIS="-s $(redis_url | sed 's,^unix://,,; s,?.*,,') -n $REDIS_DB"
	REMEDY_NAMESPACE=${SIDEKIQ_NAMESPACE-resque:gitlab:}
	REMEDY_DID=$(new_dir)
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

# Sidekiq goes on: it finishes what is queued.
remedy_wait()
{
	local db

	for db in $main $ci; do
		bbm_finish_all "$db"
	done
	redis_cmd DEL "$(sidekiq_key schedule)" "$(sidekiq_key queue:background_migration)" >/dev/null
}

# A line that only sets a variable holds for the lines after it, as in the shell that they are pasted into.
remedy_line()
{
	local name=$1 line=$2

	[[ ! $line =~ ^[A-Z_]+= ]] || remedy_set="$remedy_set$line; "
	ok "$name: $line" env PATH="$top/tests/lib/remedies:$PATH" bash -c "$remedy_set$line"
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
		*) diag "$name: $line" ;;
		esac
	done
	case ${lines[*]} in *'resumes automatically'* | *'resume automatically'* | *'Wait'*) remedy_wait ;; esac
}
