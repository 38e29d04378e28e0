# shellcheck shell=bash
# Waiting for a condition, never for a time.
#
#   await COMMAND...   until COMMAND succeeds; fails after two minutes: what a machine does in a
#                      moment takes long where many others are at work on it
#   await_of PID COMMAND...   the same, and fails at once when that process ends before

await()
{
	await_of $$ "$@"
}

await_of()
{
	local pid=$1 end=$((SECONDS + 120))

	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ] || ! kill -0 "$pid" 2>/dev/null; then
			"$@" >/dev/null 2>&1    # it may have come to be in between
			return
		fi
		sleep 0.02
	done
}
