#!/bin/bash
# Several rules behind one unknown have one Why and one Fix: those of the cause, in the words of its kind of source, and
# never those of a rule. Needs no server.

. "$(dirname "$0")/../lib/tap.sh"

work=$(new_dir)

# block WORDS: the part of the last output that begins with UNKNOWN and these words
block()
{
	awk -v words="$1" '/^UNKNOWN|^All that/ { on = index($0, words) > 0 } on' <<<"$out"
}

while IFS='|' read -r option words fix not; do
	# shellcheck disable=SC2086
	exits 5 "${option:-nothing requested}" "$PREFLIGHT" check --no-discover --from 14.10.5 --to 15.0.5 $option --out "$work/bundle"
	got=$(block "$words" | tr '\n' ' ' | tr -s ' ')
	contains "$got" "$words" "$words"
	contains "$got" 'Why Data that could not be read might show a reason for the upgrade to fail.' 'Why is that of the cause'
	contains "$got" "$fix" "Fix names $fix"
	[ -z "$not" ] || unlike "$got" "$not" "and no option of another kind"
	is "$(grep -o 'Why' <<<"$got" | wc -l)" 1 'there is one Why'
	is "$(grep -o 'Fix' <<<"$got" | wc -l)" 1 'and one Fix'
done <<'END'
|PostgreSQL database main could not be read|--postgres|--redis
|Redis with Sidekiq's queues could not be read|--redis|--postgres
--require search|OpenSearch) could not be read|--search|--(postgres|redis)
--require api|API could not be read|--gitlab|--(postgres|redis)
--require postgres:geo|geo could not be read|--postgres|--redis
END
done_testing
