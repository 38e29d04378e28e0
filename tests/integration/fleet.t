#!/bin/bash
# Many instances on one page: what has no current verdict comes first, and memory does not grow with the bundles.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/schema.sh

dir=$(new_dir)
cd "$dir" || exit 1
"$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2.7 --label shop-1 --install-method helm --out shop-1.tar.gz \
	>/dev/null 2>&1
tar -xzOf shop-1.tar.gz --wildcards '*/report.json' >shop-1.json

# made LABEL HOURS DECISION EXIT PYTHON: a report.json of another instance, so many hours before the first
made()
{
	/usr/bin/python3 - "$@" <<-'END'
		import json, sys
		from datetime import datetime, timedelta
		label, hours, decision, code, more = sys.argv[1:]
		r = json.load(open('shop-1.json'))
		at = datetime.strptime(r['run']['finished_at'], '%Y-%m-%dT%H:%M:%SZ') - timedelta(hours=float(hours))
		r['run'].update(label=label, finished_at=at.strftime('%Y-%m-%dT%H:%M:%SZ'))
		r['gate'].update(decision=decision, exit_code=int(code), headline='the headline of ' + label)
		exec(more)
		json.dump(r, open(f'{label}-{hours}.json', 'w'))
	END
}
# json EXPRESSION: of the answer f in $out, and its rows by label
json()
{
	/usr/bin/python3 -c "import json, sys; f = json.load(sys.stdin); by = {r['label']: r for r in f['instances']}; print($1)" \
		<<<"$out"
}
fleet()
{
	"$PREFLIGHT" fleet --expect fleet.yml "$@"
}

made shop-2 1 go 0 ''
made shop-3 1 no_go 3 "r['gate']['groups'][0]['rule'] = 'bbm.unfinished'"
made shop-4 1 wait 6 "f = next(f for f in r['findings'] if f['effect'] == 'blocks')
f.update(effect='waits', status='waiting', progress={'done': 1, 'total': 3, 'percent': 33.3, 'state': 'moving', 'eta': '4 to 6 h'})
r['gate']['groups'] = []"
echo 'instances: [shop-2, shop-4]' >fleet.yml
exits 6 'one waits' fleet shop-2-1.json shop-4-1.json
contains "$out" 'ETA 4 to 6 h' 'the time that it takes is shown'
exits 0 'all may be upgraded' sh -c "echo 'instances: [shop-2]' >go.yml && '$PREFLIGHT' fleet --expect go.yml shop-2-1.json"

# What is missing, old, incomplete or unreadable
made shop-5 200 go 0 ''
made shop-6 1 go 0 "r['run']['complete'] = False"
made shop-7 30 go 0 ''
made shop-8 -5 go 0 ''
made shop-20 1 go 0 "r['rules']['version'] = '2020.01'; r['tool']['version'] = '0.0.9'"
made other 1 no_go 3 ''
cat >fleet.yml <<-'END'
	max-age: 7d
	instances:
	  - shop-1
	  - shop-2
	  - shop-3
	  - shop-4
	  - shop-5
	  - shop-6
	  - {label: shop-7, max-age: 24h}
	  - shop-8
	  - shop-9
	  - shop-20
END
head -c 3000 shop-1.tar.gz >cut.tar.gz
exits 5 'a fleet with gaps' fleet shop-1.tar.gz shop-[2-8]-*.json shop-20-1.json other-1.json cut.tar.gz --format json
follows 'which follows its schema' fleet
is "$(json '[(r["label"], r["state"]) for r in f["instances"]][:6]')" \
	"[('shop-9', 'missing'), (None, 'unreadable'), ('shop-6', 'incomplete'), ('shop-5', 'old'), ('shop-7', 'old'), ('shop-8', 'old')]" \
	'what has no current verdict comes first'
is "$(json '[(r["label"], r["decision"]) for r in f["instances"]][6:]')" \
	"[('shop-3', 'no_go'), ('shop-1', 'undetermined'), ('shop-4', 'wait'), ('shop-2', 'go'), ('shop-20', 'go'), ('other', 'no_go')]" \
	'then the worst verdict, and last what nobody expected'
is "$(json 'f["expected"], f["problems"], f["exit_code"]')" '10 6 5' 'they are counted'
is "$(json 'by["shop-1"]["version"], by["shop-1"]["next"], by["shop-4"]["eta"]')" '14.1.8 14.2.7 4 to 6 h' 'versions and ETA'
like "$(json 'by["shop-3"]["blocker"], by["shop-3"]["headline"]')" '^bbm.unfinished the headline of shop-3' 'what blocks'
contains "$(json 'by[None]["why"]')" cut.tar.gz 'the one that cannot be read is named'
contains "$(json 'by["shop-8"]["why"]')" future 'a time in the future is no evidence'
contains "$(json '"; ".join(f["notes"])')" '2020.01 (1: shop-20)' 'other rules are named'
contains "$(json '"; ".join(f["notes"])')" '0.0.9 (1: shop-20)' 'another program too'
like "$(json '"; ".join(f["notes"])')" 'Data is from .* \(shop-8\) to 8 days old \(shop-5\)' 'and ages'

# Since when: of the bundles of one label the newest counts.
made shop-2 5 go 0 ''
made shop-2 9 go 0 ''
made shop-2 20 no_go 3 ''
made shop-2 30 go 0 ''
echo 'instances: [shop-2]' >fleet.yml
exits 0 'several bundles of one instance' fleet shop-2-*.json --format json
is "$(json '(len(f["instances"]), round((__import__("datetime").datetime.fromisoformat(by["shop-2"]["collected_at"][:-1]) - __import__("datetime").datetime.fromisoformat(by["shop-2"]["since"][:-1])).total_seconds() / 3600))')" \
	'(1, 8)' 'one row, with the oldest of the same verdict in a row'

# The chart of the step, for those who install with Helm
made chart 1 go 0 "r['gate']['scope']['to'] = '14.3.6'"
echo 'instances: [chart]' >fleet.yml
exits 0 'a chart' fleet chart-1.json --format json
is "$(json 'by["chart"]["chart"]')" 5.3 'is that of the target'

# The page
made hostile 1 go 0 "r['run']['label'] = '<script>alert(1)</script>'
r['gate']['headline'] = '|[x](javascript:1) <img src=x onerror=alert(1)> @all'"
printf 'instances:\n  - "<script>alert(1)</script>"\n  - shop-9\n' >fleet.yml
exits 5 'three formats at once' fleet hostile-1.json --format html=f.html --format markdown=f.md --format json=f.json
page=$(cat f.html)
contains "$page" "default-src 'none'" 'the page has a policy'
unlike "$page" '<script|<img|script-src|<[^>]* src=|https?://' 'no script, no picture, nothing from elsewhere'
contains "$page" '&lt;script&gt;alert(1)&lt;/script&gt;' 'what strangers wrote is text'
contains "$page" 'MISSING' 'and it has the rows'
unlike "$(cat f.md)" '[^\\](<script|<img|\[x)' 'Markdown too'
contains "$out" 'MISSING' 'the summary is printed'
exits 5 'the same moment' sh -c "'$PREFLIGHT' fleet --expect fleet.yml hostile-1.json --at 2026-12-24T00:00Z --format html >1.html"
TZ=Asia/Tokyo LC_ALL=C "$PREFLIGHT" fleet --expect fleet.yml hostile-1.json --at 2026-12-24T00:00Z --format html >2.html
ok 'gives the same page anywhere' cmp 1.html 2.html

# Wrong requests
exits 2 'no list' "$PREFLIGHT" fleet shop-1.tar.gz
for text in 'instances: []' 'instances: {a: b}' 'instances: [a, a]' 'list: [a]' '- a' 'instances: [{name: a}]' \
	'{max-age: soon, instances: [a]}' 'instances: [{label: a, max-age: 3}]' 'instances: [&a b]'; do
	echo "$text" >bad.yml
	exits 2 "a list like $text" "$PREFLIGHT" fleet --expect bad.yml shop-1.tar.gz
	like "$err" '^preflight: bad.yml:1' 'its place is named'
done
exits 2 'another format' fleet shop-1.tar.gz --format junit
contains "$err" 'text, html, json and markdown' 'they are listed'
exits 2 'a list that does not exist' "$PREFLIGHT" fleet --expect nowhere.yml
exits 5 'no bundle at all' fleet

# Memory: one bundle at a time, and of a thousand instances only their rows.
mkdir many
for i in {1..100}; do
	ln shop-1.tar.gz "many/$i.tar.gz"
done
/usr/bin/python3 - <<-'END'
	import json
	r = json.load(open('shop-1.json'))
	for i in range(1000):
	    r['run']['label'] = f'instance-{i}'
	    json.dump(r, open(f'many/{i}.json', 'w'))
END
# peak NUMBER KIND: KiB with so many files of that kind
peak()
{
	/usr/bin/python3 - "$PREFLIGHT" "$1" "$2" <<-'END'
		import glob, resource, subprocess, sys
		files = sorted(glob.glob('many/*.' + sys.argv[3]))[:int(sys.argv[2])]
		subprocess.run([sys.argv[1], 'fleet', '--expect', 'fleet.yml', *files], stdout=subprocess.DEVNULL)
		print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
	END
}
if [[ $O == */san ]]; then
	skip 'memory is not measured under the sanitizers' 2
else
	while read -r few many kind; do
		less=$(peak "$few" "$kind")
		more=$(peak "$many" "$kind")
		[ "$((more * 10))" -lt "$((less * 12))" ] && pass "$many files .$kind take as much memory as $few" ||
			fail "$many files .$kind take as much memory as $few: $more KiB, $less KiB"
	done <<-'END'
		10 100 tar.gz
		100 1000 json
	END
fi
done_testing
