# shellcheck shell=bash
# What a script of ours leaves behind when it ends, however it ends: nothing.
#
#   at_exit COMMAND...   runs COMMAND at the end, the last one first
#   new_dir              prints a new empty directory with a short path (a socket's path may have
#                        107 bytes), which is removed at the end; call it as DIR=$(new_dir) only
#                        after sourcing this file in the main shell

[ -n "${cleanup_sh:-}" ] && return
cleanup_sh=1

cleanup_commands=()
cleanup_root=

at_exit()
{
	cleanup_commands+=("$(printf '%q ' "$@")")
}

cleanup_run()
{
	local status=$? i

	trap - EXIT INT TERM HUP
	trap '' PIPE            # whoever read our output may be gone first
	for ((i = ${#cleanup_commands[@]} - 1; i >= 0; i--)); do
		eval "${cleanup_commands[i]}"
	done
	[ -n "$cleanup_root" ] && rm -rf "$cleanup_root"
	exit "$status"
}
trap cleanup_run EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# One directory holds all: made here, because new_dir runs in a subshell that cannot tell us.
cleanup_base=${TMPDIR:-/tmp}
[ "${#cleanup_base}" -le 40 ] || cleanup_base=/tmp
cleanup_root=$(mktemp -d "$cleanup_base/pf.XXXXXX") || exit 1
chmod 711 "$cleanup_root"

new_dir()
{
	local dir

	dir=$(mktemp -d "$cleanup_root/XXX") && chmod 711 "$dir" && printf '%s\n' "$dir"
}
