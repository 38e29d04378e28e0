#!/bin/bash
# Options from the environment and from a file: which of them counts, what is refused and where, and the file that
# `sources --print-config` writes. Every address here is this machine's own, where nobody answers.

. "$(dirname "$0")/../lib/tap.sh"
dir=$(new_dir)
mkdir "$dir/conf"
conf=$dir/conf/shop.yml

# listed OPTION...: "ID ORIGIN ENDPOINT" of what `sources` lists with them
listed()
{
	"$PREFLIGHT" sources --no-discover --timeout 8s --format json "$@" 2>"$dir/err" | /usr/bin/python3 -c '
import json, sys
for s in json.load(sys.stdin)["sources"]:
    if s["origin"]:
        print(s["id"], s["origin"].rsplit("/", 1)[-1], s["endpoint"])'
}

# --- Precedence: flags, environment, file; a kind is named whole by one of them.

cat >"$conf" <<'END'
from: 16.3.9            # versions and numbers are texts
postgres:
  main: "host=127.0.9.1 dbname=filed sslmode=disable"
  ci: host=127.0.9.1 dbname=filed_ci sslmode=disable
redis: redis://127.0.9.1:1/2
exit-on-warnings: yes   # for check: passed over by sources
END
is "$(listed --config "$conf")" 'postgres:main shop.yml:3 PostgreSQL on 127.0.9.1:5432, database filed
postgres:ci shop.yml:4 PostgreSQL on 127.0.9.1:5432, database filed_ci
redis:queues shop.yml:5 Redis on 127.0.9.1:1, database 2' 'a file names stores, and who said so is told' ||
	diag "$(cat "$dir/err")"
is "$(PREFLIGHT_POSTGRES='host=127.0.9.2 dbname=env sslmode=disable' listed --config "$conf" | head -2)" \
	'postgres:main PREFLIGHT_POSTGRES PostgreSQL on 127.0.9.2:5432, database env
redis:queues shop.yml:5 Redis on 127.0.9.1:1, database 2' 'the environment is above the file, kind by kind'
is "$(PREFLIGHT_POSTGRES='host=127.0.9.2 dbname=env sslmode=disable' listed --config "$conf" \
	--postgres 'host=127.0.9.3 dbname=flag sslmode=disable' | head -1)" \
	'postgres:main --postgres PostgreSQL on 127.0.9.3:5432, database flag' 'a flag is above both'
is "$(PREFLIGHT_POSTGRES=$'main=host=127.0.9.2 dbname=a sslmode=disable\nci=host=127.0.9.2 dbname=b sslmode=disable' listed |
	wc -l)" 2 'a list in the environment has one value a line'
is "$(PREFLIGHT_CONFIG=$conf listed | wc -l)" 3 'the environment may name the file'
out=$(PREFLIGHT_NO_DISCOVER=maybe "$PREFLIGHT" sources 2>&1)
contains "$out" 'PREFLIGHT_NO_DISCOVER is "maybe": it is yes or no' 'a flag of the environment is yes or no'

printf sesame >"$dir/conf/password"
cat >"$conf" <<'END'
search: http://127.0.9.1:1
search-user: gitlab
search-password-file: password
without: {host: "no node access from CI"}
nodes: [rails-1, rails-2]
END
is "$(listed --config "$conf")" 'search shop.yml:1 http://127.0.9.1:1' 'the login of the file goes to the address of the file'
like "$("$PREFLIGHT" check --no-discover --from 16.3.9 --to 16.7 --config "$conf" --postgres 'host=127.0.9.1 sslmode=disable' \
	--redis redis://127.0.9.1:1 --out "$dir/bundle" --timeout 8s 2>&1)" 'host was left out: no node access|left out: no node access' \
	'NAME=VALUE may be a map'
contains "$(tr -s ' \n' ' ' <"$dir/bundle/inputs.json")" '"rails-2"' 'the nodes of the file are asked for'
is "$(grep -rl sesame "$dir/bundle" | wc -l)" 0 'no secret is kept'
exits 5 'a login of the file' "$PREFLIGHT" sources --no-discover --config "$conf" --search http://127.0.9.9:1
contains "$out" '127.0.9.9:1' 'is no login for an address given elsewhere, and no fault either'

# --- What is wrong is refused at its place, all of it at once.

cat >"$conf" <<'END'
postgre: host=a
to: [1, 2]
next: perhaps
label: ""
nodes: {rails-1: yes}
config: other.yml
print-role: yes
redis:
  queues: [a, b]
END
exits 2 'a wrong file' "$PREFLIGHT" check --config "$conf" --out "$dir/none"
is "$(sed "s,.*$conf,FILE," <<<"$err")" 'FILE:1:1: there is no option "postgre": did you mean "postgres"?
FILE:2:5: to is one text: VERSION
FILE:3:7: next is yes or no
FILE:4:8: label needs a value that is not empty
FILE:5:9: nodes is a list, [NAME[,NAME...], ...], and no map
FILE:6:1: config belongs on the command line
FILE:7:1: print-role belongs on the command line
FILE:9:11: redis: expected a text, such as [NAME=]URL' 'every fault, with its line and column'
ok 'nothing was written' test ! -e "$dir/none"

while IFS='|' read -r text words; do
	printf '%b\n' "$text" >"$conf"
	exits 2 "refused: $text" "$PREFLIGHT" check --from 14.1.8 --to 14.2 --no-discover --config "$conf"
	contains "$err" "$words" "and said: $words"
	unlike "$err" sesame 'without the secret'
done <<'END'
postgres: host=x password=sesame|shop.yml:1: a password must not be given here
redis: redis://:sesame@host/0|redis-password-file
to: 14.2\nto: 14.3|duplicate key
[a, b]|a configuration is a map
a: &b c|anchors
END
exits 2 'no such file' "$PREFLIGHT" check --to 14.2 --config "$dir/nowhere.yml"
contains "$err" "--config $dir/nowhere.yml" 'it is named'

# --- What was found, as a file: fed back, it names the same stores.

same()
{
	/usr/bin/python3 - "$1" "$2" <<-'END'
		import json, sys
		a, b = ([(s['id'], s['endpoint'], s['status']) for s in d['sources']] + [d['target']]
		    for d in (json.load(open(f)) for f in sys.argv[1:]))
		for line in set(map(str, a)) ^ set(map(str, b)):
		    print(line)
	END
}
for tree in linux_package_14 linux_package_18; do
	"$PREFLIGHT" sources --root tests/hosts/$tree --timeout 8s --print-config >"$conf" 2>/dev/null
	"$PREFLIGHT" sources --root tests/hosts/$tree --timeout 8s --format json >"$dir/found" 2>/dev/null
	(cd / && "$PREFLIGHT" sources --no-discover --config "$conf" --timeout 8s --format json >"$dir/again" 2>/dev/null)
	is "$(same "$dir/found" "$dir/again" | grep -v "'host'")" '' "$tree: the printed configuration names the same"
	is "$(grep -c hush "$conf")" 0 "$tree: without a secret"
done
contains "$(cat "$conf")" 'its password is not in here' 'but it says that there is one'
cp -r tests/hosts/helm "$dir/odd"
echo 'production: {password: "<%= 1 %>"}' >"$dir/odd/srv/gitlab/config/database.yml"
"$PREFLIGHT" sources --root "$dir/odd" --timeout 8s --print-config >"$conf" 2>/dev/null
contains "$(cat "$conf")" '# postgres:main cannot be taken from there' 'what could not be read is said in a comment'
done_testing
