# shellcheck shell=bash
# Real search nodes, see tests/search-node/run.
#
#   node_start PRODUCT RUNNER    fetches what it needs, starts it; its address is $node_url
#   node_stop
#   node_put PATH JSON           stores something in it
#   node_delete PATH
#
# Needs tap.sh.

node_url=
node_pid=

node_start()
{
	local dir

	dir=$(new_dir)
	if ! tests/search-node/run build "$1" "$2" >"$dir.log" 2>&1; then
		diag_lines 3 <"$dir.log"
		return 1
	fi
	tests/search-node/run start "$1" "$2" "$dir" 1800 >"$dir.log" 2>&1 </dev/null &
	node_pid=$!
	at_exit kill "$node_pid"
	if ! await_of "$node_pid" test -e "$dir/port"; then
		diag_lines 3 <"$dir.log"
		return 1
	fi
	node_url=http://127.0.0.1:$(cat "$dir/port")
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

node_delete()
{
	curl -sS --noproxy '*' -f -X DELETE "$node_url/$1" >/dev/null
}
