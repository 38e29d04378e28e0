# shellcheck shell=bash
# For tests of faults, behind gate.sh, once gate_start has run.
#
#   through NAME TARGET   a proxy in front of TARGET, told by $gate_dir/NAME/fault what to do (see fault_proxy.py); its
#                         port in $port
#   each_bad_state WORD   runs WORD EXIT NAME for instances that may not be upgraded, whose verdict is EXIT

through()
{
	mkdir -p "$gate_dir/$1"
	echo plain >"$gate_dir/$1/fault"
	/usr/bin/python3 tests/lib/fault_proxy.py "$2" "$gate_dir/$1" >"$gate_dir/$1/out" 2>&1 </dev/null &
	at_exit kill $!
	await_of $! test -e "$gate_dir/$1/port" || skip_all "the proxy of $1 does not start"
	port=$(cat "$gate_dir/$1/port")
}

each_bad_state()
{
	local id

	instance
	bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
	"$1" 3 'a migration that failed'

	instance
	id=$(bbm_add "$main" BackfillX issues id '[]' active)
	bbm_job_add "$main" "$id" succeeded updated='1 minute'
	"$1" 6 'a migration that runs'

	instance
	redis_cmd ZADD "$(sidekiq_key dead)" "$(date +%s)" \
		'{"class":"BackgroundMigrationWorker","args":["BackfillX",[1,2]],"jid":"a","queue":"background_migration"}' >/dev/null
	"$1" 3 'a job of a migration that is dead'
}
