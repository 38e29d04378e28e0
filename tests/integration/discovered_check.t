#!/bin/bash
# `check` with no source named: GitLab's own files lead to real servers, with the password that they hold, and a
# clean default package is a plain GO.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
instance
host=$(new_dir)
etc=$host/var/opt/gitlab/gitlab-rails/etc
mkdir -p "$host/opt/gitlab" "$host/etc/gitlab" "$etc"
echo '{"build_version": "14.1.8"}' >"$host/opt/gitlab/version-manifest.json"
echo 14.1.8-ee >"$host/var/opt/gitlab/gitlab-rails/VERSION"
printf 'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian 11"\n' >"$host/etc/os-release"
echo "external_url 'https://gitlab.example.com'" >"$host/etc/gitlab/gitlab.rb"
: >"$host/etc/gitlab/gitlab-secrets.json"
pg_sql postgres "CREATE ROLE gitlab LOGIN PASSWORD 'hush it''s'"
pg_sql "$main" 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO gitlab'
cat >"$etc/database.yml" <<END
production:
  main:
    adapter: postgresql
    database: $main
    username: "gitlab"
    password: "hush it's"
    host: "$PG_DIR/sock"
    port: 5432
    sslmode:
END
echo "production:
  url: unix:$REDIS_DIR/sock/redis.sock?db=$REDIS_DB" >"$etc/resque.yml"

exits 0 'a clean default package' "$PREFLIGHT" check --root "$host" --to 14.2 --out "$gate_dir/b"
like "$out" 'GO +14.1.8 -> 14.2.7' 'a plain GO'
unlike "$out" 'WARNING' 'that warns of nothing'
contains "$out" 'database.yml' 'and says who named the database'
is "$(grep -rl hush "$gate_dir/b" | wc -l)" 0 'the password is nowhere'

# What an earlier edition left behind, and Redis where GitLab looks first.
cp "$etc/database.yml" "$gate_dir/database.yml"
cat >>"$etc/database.yml" <<END
  geo:
    adapter: postgresql
    database: gitlabhq_geo_gone
    username: "gitlab"
    password: "hush it's"
    host: "$PG_DIR/sock"
    port: 5432
END
exits 0 'a section geo whose database does not exist' "$PREFLIGHT" check --root "$host" --to 14.2 --out "$gate_dir/geo"
cp "$gate_dir/database.yml" "$etc/database.yml"
mv "$etc/resque.yml" "$gate_dir/resque.yml"
echo 'production: {url: "unix:/nowhere/redis.sock"}' >"$etc/resque.yml"
exits 5 'a Redis that is not there' "$PREFLIGHT" check --root "$host" --to 14.2 --out "$gate_dir/redis1"
echo "production: {queues: {url: 'unix:$REDIS_DIR/sock/redis.sock', db: $REDIS_DB}}" >"$etc/redis.yml"
exits 0 'redis.yml comes before resque.yml' "$PREFLIGHT" check --root "$host" --to 14.2 --out "$gate_dir/redis2"
sed -i 's/}}$/}, queues_shard_a: {url: "redis:\/\/x"}}/' "$etc/redis.yml"
exits 5 'a shard of Sidekiq whose jobs are not collected is no all-clear' \
	"$PREFLIGHT" check --root "$host" --to 14.2 --out "$gate_dir/redis3"
contains "$(tr -s ' \n' ' ' <<<"$out")" 'queues_shard_a' 'and is named'
rm "$etc/redis.yml"
mv "$gate_dir/resque.yml" "$etc/resque.yml"

# The version that a collection was given goes with it.
stores=(--postgres "main=$(pg_conninfo "$main")" --postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")")
exits 0 'a collection with --from' "$PREFLIGHT" collect --no-discover --from 14.1.8 "${stores[@]}" --out "$gate_dir/facts.tar.gz"
exits 0 'is checked as that version' "$PREFLIGHT" check --facts "$gate_dir/facts.tar.gz" --to 14.2 --out "$gate_dir/f"
like "$out" '14.1.8 -> 14.2.7' 'and shows it'

exits 0 'sources' "$PREFLIGHT" sources --root "$host"
"$PREFLIGHT" sources --print-role >"$gate_dir/role.sql"
ok 'the SQL for a role runs' pg_sql "$main" <"$gate_dir/role.sql"
is "$(pg_sql "$main" "SELECT has_table_privilege('preflight', 'public.batched_background_migrations', 'SELECT'),
	has_table_privilege('preflight', 'public.batched_background_migrations', 'UPDATE')")" 't|f' 'it may read, and not write'
sed -i 's/username: .*/username: preflight/; s/password: .*/password:/' "$etc/database.yml"
exits 0 'what it may read is all that is read' "$PREFLIGHT" check --root "$host" --to 14.2 --out "$gate_dir/c"

# As the chart writes it: over TCP, with a password that a URL must spell differently.
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
redis_cmd CONFIG SET port "$port" >/dev/null
redis_cmd CONFIG SET requirepass 'hush/it %s!' >/dev/null
printf 'production:\n  url: redis://:hush%%2Fit%%20%%25s%%21@127.0.0.1:%s/%s\n' "$port" "$REDIS_DB" >"$etc/resque.yml"
exits 0 'a password of Redis with characters of its own' "$PREFLIGHT" check --root "$host" --to 14.2 --out "$gate_dir/e"
is "$(grep -rl hush "$gate_dir/e" | wc -l)" 0 'is nowhere either'

echo '<%= 1 %>' >>"$etc/database.yml"
exits 5 'embedded Ruby' "$PREFLIGHT" check --root "$host" --to 14.2 --out "$gate_dir/d"
contains "$(tr -s ' \n' ' ' <<<"$out")" 'contains embedded Ruby in line' 'is reported with its line, and is no all-clear'

# --- Later releases, each with the servers, the files and the tables that it has

# later ERA FROM TO TEMPLATE
later()
{
	local era part file=$gate_dir/era.sql

	pg_sql postgres 'DROP DATABASE IF EXISTS base' >/dev/null 2>&1
	cp tests/schema/14.1.sql "$file"
	for era in 14.10 15.11 16.11 17.11 18.11; do
		cat "tests/schema/eras/$era.sql" >>"$file"
		[ "$era" != "$1" ] || break
	done
	gitlab_base "$file"
	instance
	gate_schema "$2"
	echo '{"build_version": "'"$2"'"}' >"$host/opt/gitlab/version-manifest.json"
	echo "$2-ee" >"$host/var/opt/gitlab/gitlab-rails/VERSION"
	cp "tests/hosts/template_$4/etc/gitlab/gitlab.rb" "$host/etc/gitlab/gitlab.rb"
	printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n' >"$host/etc/os-release"
	echo production: >"$etc/database.yml"
	for part in main ci; do
		printf '  %s:\n    adapter: postgresql\n    database: %s\n    username: postgres\n    password:\n' \
			"$part" "${!part}"
		printf '    host: "%s"\n    port: 5432\n    database_tasks: true\n' "$PG_DIR/sock"
	done >>"$etc/database.yml"
	printf 'production:\n  url: unix:%s?db=%s\n' "$REDIS_DIR/sock/redis.sock" "$REDIS_DB" >"$etc/resque.yml"
	rm -rf "$gate_dir/later"
	"$PREFLIGHT" check --root "$host" --to "$3" --out "$gate_dir/later" >/dev/null 2>&1
	/usr/bin/python3 - "$gate_dir/later/report.json" >"$gate_dir/said" <<-'END'
		import json, sys
		r = json.load(open(sys.argv[1]))
		print(r['gate']['decision'], r['target']['current_version'])
		for f in r['findings']:
		    if f['effect'] != 'none':
		        print(f['rule']['id'], f['status'], f['message'])
		for s in r['sources']:
		    if s['id'] in ('postgres:main', 'postgres:ci', 'redis:queues', 'host') and s['status'] != 'complete':
		        print(s['id'], s['status'], s['reason'])
	END
}

redis-cli -p "$port" -a 'hush/it %s!' --no-auth-warning CONFIG SET requirepass '' >/dev/null
later 15.11 15.11.13 16.0.10 16
is "$(grep -v '^os\.' "$gate_dir/said")" 'go 15.11.13' 'a clean default package of 15, with the template of its day: plain go'
later 16.11 16.11.10 17.3.7 17
is "$(cat "$gate_dir/said")" 'go 16.11.10' 'a clean default package of 16: plain go, no warning'
SIDEKIQ_NAMESPACE=
later 18.11 18.5.7 18.8 19
if [ "$(pg_version)" -ge 16 ]; then
	is "$(cat "$gate_dir/said")" 'go 18.5.7' 'a clean default package of 18: plain go, no warning'
else
	is "$(grep -v '^requirement\.postgres' "$gate_dir/said")" 'no_go 18.5.7' \
		'a clean default package of 18: only the PostgreSQL of this machine is in the way'
fi
done_testing
