#!/bin/bash
# Many nodes, one verdict: the files of each node are collected there, the stores are read once, and what all of
# it says is one report, in whatever order it is put together.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
instance
dir=$(new_dir)

# node NAME VERSION: a tree of that node's files, and NAME.tar.gz, which is what is read of it there
node()
{
	mkdir -p "$dir/$1/opt/gitlab" "$dir/$1/etc/gitlab" "$dir/$1/var/opt/gitlab/gitlab-rails"
	echo "$1" >"$dir/$1/etc/hostname"
	echo "{\"build_version\": \"$2\"}" >"$dir/$1/opt/gitlab/version-manifest.json"
	echo "$2-ee" >"$dir/$1/var/opt/gitlab/gitlab-rails/VERSION"
	printf 'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian 11"\n' >"$dir/$1/etc/os-release"
	[ -e "$dir/$1/etc/gitlab/gitlab.rb" ] ||
		echo "external_url 'https://gitlab.example.com'" >"$dir/$1/etc/gitlab/gitlab.rb"
	: >"$dir/$1/etc/gitlab/gitlab-secrets.json"
	collected "$1"
}

collected()
{
	rm -f "$dir/$1.tar.gz"
	"$PREFLIGHT" collect --only host --root "$dir/$1" --out - >"$dir/$1.tar.gz"
}

# check EXIT NAME OPTION...: with the stores of the instance; no discovery on the machine of the test
checks()
{
	local expected=$1 name=$2
	shift 2

	gate_n=$((gate_n + 1))
	report=$gate_dir/report_$gate_n.json
	rm -rf "$dir/out"
	[[ " $* " = *' --to '* ]] || set -- --to 14.2 "$@"
	exits "$expected" "$name" "$PREFLIGHT" check --no-discover --out "$dir/out" "$@" || return 1
	cp "$dir/out/report.json" "$report"
}

stores=(--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")")

# "RULE STATUS EFFECT MESSAGE" of every finding that is told to somebody
told()
{
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['status'] in ('fail', 'unknown', 'error', 'waiting'):
		        print(f['rule']['id'], f['status'], f['effect'], f['message'])
	END
}

nodes_read()
{
	/usr/bin/python3 -c 'import json, sys
for s in json.load(open(sys.argv[1]))["sources"]:
    if s["id"] == "host":
        print(s["node"], s["status"], s["endpoint"])' "$report"
}

node rails-1 14.1.8
node rails-2 14.1.8
ok 'a node is read into a pipe' test -s "$dir/rails-1.tar.gz"

checks 0 'two nodes and the stores' --facts "$dir/rails-1.tar.gz" --facts "$dir/rails-2.tar.gz" "${stores[@]}"
like "$out" 'GO +14.1.8 -> 14.2.7: Nothing blocks this upgrade step' 'are a plain GO'
unlike "$out" WARNING 'that warns of nothing'
contains "$out" "rails-2: files below $dir/rails-2" 'each node stands in the summary'
is "$(nodes_read)" "rails-1 complete files below $dir/rails-1
rails-2 complete files below $dir/rails-2" 'and in the report'
exits 0 'verify' "$PREFLIGHT" verify "$dir/out"
exits 0 'report' "$PREFLIGHT" report "$dir/out" --format markdown
rm -rf "$dir/whole" && mv "$dir/out" "$dir/whole"
exits 0 'the whole is replayed' "$PREFLIGHT" check --facts "$dir/whole" --out "$dir/again"
ok 'to the same report' cmp "$report" "$dir/again/report.json"

exits 0 'the stores alone' "$PREFLIGHT" collect --no-discover "${stores[@]}" --out "$dir/stores.tar.gz"
checks 0 'three files, one order' --facts "$dir/stores.tar.gz" --facts "$dir/rails-1.tar.gz" --facts "$dir/rails-2.tar.gz"
cp "$report" "$dir/one.json"
checks 0 'another' --facts "$dir/rails-2.tar.gz" --facts "$dir/stores.tar.gz" --facts "$dir/rails-1.tar.gz"
ok 'the same bytes' cmp "$report" "$dir/one.json"
exits 0 'a plan from several' "$PREFLIGHT" plan --to 14.10 --facts "$dir/stores.tar.gz" --facts "$dir/rails-2.tar.gz"
like "$out" '14.1.8 -> 14.10' 'knows the installed version from the node'

# What is wrong on one node, and then on both.
echo "gitlab_pages['use_legacy_storage'] = true" >>"$dir/rails-2/etc/gitlab/gitlab.rb"
collected rails-2
both=(--facts "$dir/rails-1.tar.gz" --facts "$dir/rails-2.tar.gz")
checks 3 'a setting of one node' --to 14.3 "${both[@]}" "${stores[@]}"
is "$(told | grep '^settings')" "settings.removed fail blocks rails-2: gitlab_pages.use_legacy_storage in \
/etc/gitlab/gitlab.rb line 2 is gone in 14.3: remove it" 'is found with node, file and line'
cp "$dir/rails-2/etc/gitlab/gitlab.rb" "$dir/rails-1/etc/gitlab/gitlab.rb"
collected rails-1
checks 3 'the same on both' --to 14.3 "${both[@]}" "${stores[@]}"
is "$(told | grep '^settings' | cut -d: -f1)" 'settings.removed fail blocks rails-1
settings.removed fail blocks rails-2' 'are two findings'
rm "$dir/rails-1/etc/gitlab/gitlab.rb" && mkdir "$dir/rails-1/etc/gitlab/gitlab.rb"
collected rails-1
checks 3 'a file of one node that cannot be read' --to 14.3 "${both[@]}" "${stores[@]}"
is "$(told | grep '^settings' | sed 's/ is there .*//')" "settings.removed fail blocks rails-2: gitlab_pages.use_legacy_storage \
in /etc/gitlab/gitlab.rb line 2 is gone in 14.3: remove it
settings.removed unknown blocks gitlab_rb_key of files on this host (rails-1) could not be read: \
/etc/gitlab/gitlab.rb" 'is unknown, and hides nothing of the other'
rm -r "$dir/rails-1/etc/gitlab/gitlab.rb" "$dir/rails-2/etc/gitlab/gitlab.rb"

# Before a patch: what no rule but that of the versions would miss.
node rails-1 14.1.7
echo '{}' >"$dir/rails-2/opt/gitlab/version-manifest.json"
collected rails-2
checks 5 'a node that does not say its version' --to 14.1.8 "${both[@]}" "${stores[@]}"
contains "$(told)" 'nodes.newer unknown blocks gitlab_version of files on this host (rails-2) could not be read' 'may be on any'

# Versions that differ.
node rails-1 14.1.8
node rails-2 14.1.7
checks 0 'a node with an older patch' "${both[@]}" "${stores[@]}"
contains "$(told)" 'nodes.behind fail warns rails-2 has GitLab 14.1.7, rails-1 has 14.1.8' 'is named'
contains "$out" '14.1.7 -> 14.2.7' 'and it is the one that counts'
node rails-2 14.1.6
checks 3 'a target between the two' --to 14.1.7 "${both[@]}" "${stores[@]}"
contains "$(told)" 'nodes.newer fail blocks rails-1 has GitLab 14.1.8, which is newer than 14.1.7' 'would be a downgrade'
node rails-1 14.2.7
node rails-2 14.1.8
checks 3 'a node of another minor' "${both[@]}" "${stores[@]}"
is "$(told | grep '^hop' | sort)" "hop.unfinished fail blocks rails-1: GitLab 14.1.8 of rails-2 is taken as installed, but \
/opt/gitlab/version-manifest.json contains 14.2.7
hop.unfinished fail blocks rails-1: GitLab 14.1.8 of rails-2 is taken as installed, but \
/var/opt/gitlab/gitlab-rails/VERSION contains 14.2.7" 'is an upgrade that is not finished'

# What may not be put together.
node rails-1 14.1.8
cp "$dir/rails-1.tar.gz" "$dir/copy.tar.gz"
exits 2 'one node twice' "$PREFLIGHT" check --to 14.2 --facts "$dir/rails-1.tar.gz" --facts "$dir/copy.tar.gz" --out "$dir/x"
is "$err" "preflight: $dir/copy.tar.gz and $dir/rails-1.tar.gz both contain the files of rails-1: leave one of them out" \
	'is refused, with both names and what to do'
exits 0 'the stores of two runs' "$PREFLIGHT" collect --no-discover "${stores[@]}" --out "$dir/stores2.tar.gz"
exits 2 'stores twice' "$PREFLIGHT" check --to 14.2 --facts "$dir/stores.tar.gz" --facts "$dir/stores2.tar.gz" --out "$dir/x"
is "$err" "preflight: $dir/stores.tar.gz and $dir/stores2.tar.gz both contain postgres:ci: read it once, and of the other \
nodes their files only, with preflight collect --only host" 'are refused too'
exits 2 'a store that a bundle holds' "$PREFLIGHT" check --to 14.2 --facts "$dir/stores.tar.gz" "${stores[@]}" --out "$dir/x"
is "$err" "preflight: $dir/stores.tar.gz already contains postgres:main, and --postgres specifies it too: leave one of them out" \
	'is not read live'
ok 'nothing was written' test ! -e "$dir/x"
exits 2 'a plan' "$PREFLIGHT" plan --to 14.10 --facts "$dir/rails-1.tar.gz" --facts "$dir/copy.tar.gz"

# Only what no bundle holds is looked for live.
checks 5 'a node and no stores' --facts "$dir/rails-1.tar.gz"
like "$(told)" 'source.incomplete unknown blocks PostgreSQL database main could not be read' 'lacks what is required'
exits 0 'this node and another' "$PREFLIGHT" check --to 14.2 --root "$dir/rails-1" --facts "$dir/rails-2.tar.gz" \
	"${stores[@]}" --out "$dir/mixed"
exits 0 'this node, another and the stores' "$PREFLIGHT" check --to 14.2 --root "$dir/rails-1" \
	--facts "$dir/rails-2.tar.gz" --facts "$dir/stores.tar.gz" --out "$dir/mixed"
report=$dir/mixed/report.json
is "$(nodes_read | cut -d' ' -f1,2)" 'rails-1 complete
rails-2 complete' 'are all there'

# With discovery: where no bundle holds the stores, this node's files say where they are.
etc=$dir/rails-1/var/opt/gitlab/gitlab-rails/etc
mkdir -p "$etc"
printf 'production:\n  main:\n    database: %s\n    username: postgres\n    host: "%s"\n' "$main" "$PG_DIR/sock" >"$etc/database.yml"
printf 'production:\n  url: unix:%s?db=%s\n' "$REDIS_DIR/sock/redis.sock" "$REDIS_DB" >"$etc/resque.yml"
origins()
{
	/usr/bin/python3 -c 'import json, sys
for s in json.load(open(sys.argv[1]))["sources"]:
    if s["origin"]:
        print(s["id"], s["node"] or "-", s["origin"].split("/")[-1])' "$1/report.json"
}
exits 0 'the node says where its stores are' "$PREFLIGHT" check --to 14.2 --root "$dir/rails-1" \
	--facts "$dir/rails-2.tar.gz" --out "$dir/found"
is "$(origins "$dir/found")" 'postgres:main - database.yml
redis:queues - resque.yml
host rails-1 --root
host rails-2 --root' 'they are read, and the other node comes from its file'
exits 0 'the stores are in a file' "$PREFLIGHT" check --to 14.2 --root "$dir/rails-1" \
	--facts "$dir/rails-2.tar.gz" --facts "$dir/stores.tar.gz" --out "$dir/held"
is "$(origins "$dir/held")" 'postgres:main - --postgres
postgres:ci - --postgres
redis:queues - --redis
host rails-1 --root
host rails-2 --root' 'so nothing is looked for'

# Of several bundles none is asked what the question was.
checks 0 'a check with a label' --label first --nodes rails-1 --facts "$dir/rails-1.tar.gz" "${stores[@]}"
rm -rf "$dir/labelled" && mv "$dir/out" "$dir/labelled"
checks 0 'that, and another node' --facts "$dir/labelled" --facts "$dir/rails-2.tar.gz"
is "$(field run.label)$(told | grep source.node)" '' 'is a question of its own'

# Nodes that must be there.
checks 5 'a node that is missing' --nodes rails-1,rails-2,rails-3 "${both[@]}" "${stores[@]}"
contains "$(told)" 'source.node unknown blocks The files of rails-3, which --nodes names, were not read' 'is no all-clear'
contains "$out" '      ssh -- rails-3 sudo preflight collect --only host --out - >rails-3.tar.gz' 'and how to read it is said'
contains "$out" '  Read: files of 2 of 3 nodes (not those of rails-3).' 'the summary counts'
is "$(field gate.headline)" 'The files of rails-3, which --nodes names, were not read' 'the answer names it'
rm -rf "$dir/missing" && mv "$dir/out" "$dir/missing"
exits 0 'verify' "$PREFLIGHT" verify "$dir/missing"
exits 5 'a replay' "$PREFLIGHT" check --facts "$dir/missing" --out "$dir/again2"
ok 'asks for the same nodes' cmp "$dir/missing/inputs.json" "$dir/again2/inputs.json"
checks 0 'all are there' --nodes rails-1 --nodes rails-2 "${both[@]}" "${stores[@]}"
contains "$out" '  Read: files of 2 of 2 nodes.' 'all are counted'
contains "$(tr -d '\n' <"$dir/out/report.html")" 'redis:queues, files of 2 of 2 nodes' 'on the page too'
checks 0 'a node that nobody named' --nodes rails-1 "${both[@]}" "${stores[@]}"
contains "$(told)" 'source.node-not-named fail none The files of rails-2 were read, and --nodes does not name it' 'is told'
exits 2 'no name' "$PREFLIGHT" check --to 14.2 --nodes rails-1, "${both[@]}" --out "$dir/x"

# A node that was read three hours before the others; edited, so hypothetical, but its age is what is looked at.
rm -rf "$dir/old" && mkdir "$dir/old"
tar -xzf "$dir/rails-2.tar.gz" -C "$dir/old" --strip-components 1
/usr/bin/python3 - "$dir/old/facts" <<-'END'
	import json, sys
	for name, columns in (('run', (0, 1)), ('source', (10,))):
	    path = f'{sys.argv[1]}/{name}.ndjson'
	    lines = [json.loads(l) for l in open(path)]
	    for row in lines[1:]:
	        for c in columns:
	            row[c] = row[c] and row[c] - 3 * 3600 * 10**6
	    open(path, 'w').writelines(json.dumps(l, separators=(',', ':')) + '\n' for l in lines)
END
checks 5 'a node that was read long before' --facts "$dir/rails-1.tar.gz" --facts "$dir/old" "${stores[@]}"
contains "$(told)" 'facts.apart fail warns The data of rails-2 is 3 h older than the newest' 'is told'
contains "$out" 'ssh -- rails-2 sudo preflight collect --only host --out - >rails-2.tar.gz' 'with what to do'
is "$(/usr/bin/python3 -c 'import datetime, sys
t = [datetime.datetime.fromisoformat(s.replace("Z", "+00:00")) for s in sys.argv[1:]]
print(round((t[1] - t[0]).total_seconds() / 60))' "$(field run.finished_at)" "$(field gate.valid_until)")" 120 \
	'the answer is as fresh as the stores'

# The root of this machine: the node is called what `hostname` says.
own_root='set -e
	hostname rails-7
	mount -t tmpfs none /opt && mkdir /opt/gitlab && cp "$1/opt/gitlab/version-manifest.json" /opt/gitlab
	exec "$2" collect --only host --out -'
if unshare -mu sh -c 'mount -t tmpfs none /opt && hostname rails-7' 2>/dev/null && [ "${PREFLIGHT#/opt/}" = "$PREFLIGHT" ]; then
	unshare -mu sh -c "$own_root" own_root "$dir/rails-1" "$PREFLIGHT" >"$dir/rails-7.tar.gz"
	checks 0 'a node as it is' --nodes rails-1,rails-7 --facts "$dir/rails-1.tar.gz" --facts "$dir/rails-7.tar.gz" \
		"${stores[@]}"
	contains "$out" 'rails-7: files below / (from' 'is called as hostname says'
	unshare -mu sh -c "${own_root/collect*/check --to 14.2 --facts \"\$1.tar.gz\" --out \"\$3\"}" own_root "$dir/rails-1" \
		"$PREFLIGHT" "$dir/here" >/dev/null 2>&1
	is "$(origins "$dir/here")" "host rails-1 --root
host rails-7 GitLab's files on this host" 'it is read too where bundles hold no stores'
	unshare -mu sh -c "${own_root/collect*/check --to 14.2 --facts \"\$3.tar.gz\" --out \"\$3\"}" own_root "$dir/rails-1" \
		"$PREFLIGHT" "$dir/rails-7" >/dev/null 2>&1
	is "$(origins "$dir/rails-7")" "host rails-7 GitLab's files on this host" 'but not where a bundle holds it'
else
	skip 'no name space of its own' 4
fi

reports_are_valid

# The stop at 15.1: which nodes answer browsers, as their files say.
# stop_15_1 STATUS-AND-MESSAGE NAME OPTION...
stop_15_1()
{
	local expected=$1 name=$2
	shift 2

	gate_n=$((gate_n + 1))
	report=$gate_dir/report_$gate_n.json
	rm -rf "$dir/out"
	"$PREFLIGHT" check --no-discover --to 15.4 --out "$dir/out" "${stores[@]}" "$@" >/dev/null 2>&1
	cp "$dir/out/report.json" "$report" || fail "$name: no report"
	like "$(told | grep '^path\.')" "$expected" "$name"
}
for n in rails-1 rails-2 sidekiq-1; do
	rm -rf "${dir:?}/$n"
	node "$n" 15.0.5
done
stop_15_1 '^path.conditional-15.1 unknown blocks .*: sudo gitlab-ctl status puma shows which nodes answer browsers' 'nobody knows' \
	--from 15.0.5
stop_15_1 '^path.skipped fail ' 'two nodes have Puma' --facts "$dir/rails-1.tar.gz" --facts "$dir/rails-2.tar.gz"
echo "puma['enable'] = false" >>"$dir/sidekiq-1/etc/gitlab/gitlab.rb"
collected sidekiq-1
stop_15_1 '^path.conditional-15.1 unknown ' 'one has it, one has not, and there may be more' \
	--facts "$dir/rails-1.tar.gz" --facts "$dir/sidekiq-1.tar.gz"
stop_15_1 '^$' 'one has it, and these are all' \
	--facts "$dir/rails-1.tar.gz" --facts "$dir/sidekiq-1.tar.gz" --nodes rails-1,sidekiq-1
stop_15_1 '^path.conditional-15.1 unknown ' 'one of those that are named was not read' \
	--facts "$dir/rails-1.tar.gz" --facts "$dir/sidekiq-1.tar.gz" --nodes rails-1,rails-2,sidekiq-1
stop_15_1 '^$' 'no other host reaches the database' --root "$dir/rails-1"
echo "pgbouncer['enable'] = true" >>"$dir/rails-1/etc/gitlab/gitlab.rb"
stop_15_1 '^path.conditional-15.1 unknown ' 'unless by PgBouncer' --root "$dir/rails-1"
done_testing
