# shellcheck shell=bash
# Real search nodes, see tests/search-node/run.
#
#   node_start PRODUCT RUNNER    fetches what it needs, starts it; its address is $node_url
#   node_stop
#   node_put PATH JSON           stores something in it
#
# Needs cleanup.sh.

node_url=
node_pid=

node_start()
{
	local dir i

	dir=$(new_dir)
	if ! timeout 300 tests/search-node/run build "$1" "$2" >"$dir.log" 2>&1; then
		tail -n 3 "$dir.log" | sed 's/^/# /'
		return 1
	fi
	tests/search-node/run start "$1" "$2" "$dir" 120 >"$dir.log" 2>&1 </dev/null &
	node_pid=$!
	at_exit kill "$node_pid"
	for ((i = 0; i < 300; i++)); do
		[ ! -e "$dir/port" ] || break
		kill -0 "$node_pid" 2>/dev/null || return 1
		sleep 0.2
	done
	[ -e "$dir/port" ] && node_url=http://127.0.0.1:$(cat "$dir/port")
}

node_stop()
{
	kill "$node_pid" 2>/dev/null
	wait "$node_pid" 2>/dev/null
}

node_put()
{
	curl -sS --noproxy '*' -f -X PUT -H 'Content-Type: application/json' -d "$2" "$node_url/$1" >/dev/null
}
