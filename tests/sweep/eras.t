#!/bin/bash
# Every fact query and rule on the schema of every era, in a real PostgreSQL: no query fails, what a release
# does not have is absent and nothing else, and a healthy instance may go on to its next stop.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)

# era NAME: fresh databases with the schema of that era
era()
{
	local file

	pg_sql postgres 'DROP DATABASE IF EXISTS base' >/dev/null 2>&1
	cp tests/schema/14.1.sql "$dir/era.sql"
	for file in tests/schema/eras/{14.10,15.11,16.11,17.11,18.11}.sql; do
		[ "$1" != 14.0 ] || break
		cat "$file" >>"$dir/era.sql"
		[ "${file##*/}" != "$1.sql" ] || break
	done
	gitlab_base "$dir/era.sql" && instance
}

# Fact tables that were asked for and not read, as "TABLE DATABASE STATUS"
unread()
{
	/usr/bin/python3 - "$report" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['facts']:
		    if f['database'] in ('main', 'ci') and f['status'] not in ('complete', 'disabled', 'not_configured'):
		        print(f['table'], f['database'], f['status'])
	END
}

# The floors of PostgreSQL rise with GitLab; the server of the tests is what the machine has.
floors()
{
	effects | grep -v '^requirement\.\(postgres\|redis\)'
}

while read -r name from to absent; do
	era "$name" || fail "the schema of $name"
	gate_run_any "$from to $to" --from "$from" --to "$to" --postgres "main=$(pg_conninfo "$main")" \
		--postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
	is "$(floors)" '' "$from to $to: nothing in the way, nothing to warn of"
	is "$(unread)" "$(tr ' ' '\n' <<<"$absent" | sed '/./!d; s/\(.*\):\(.*\)/\1 \2 absent/')" \
		"$from to $to: every table is read, but those that this release does not have"
	# The same with a claimed version of another era: wrong, but no query may fail.
	for claimed in 14.0.12 14.9.5 15.4.6 16.3.9 17.5.5 18.5.7 19.1.6; do
		gate_run_any "$name as $claimed" --from "$claimed" --to "$claimed" \
			--postgres "main=$(pg_conninfo "$main")" --redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
		is "$(unread | grep ' error$')" '' "the schema of $name under the version $claimed: no query fails"
	done
done <<'END'
14.0 14.0.12 14.3.6
14.10 14.10.5 15.0.5
15.11 15.11.13 16.3.9
16.11 16.11.10 17.3.7
17.11 17.11.7 18.2.8
18.11 18.11.11 19.2.4 legacy_tracking:main legacy_tracking:ci
END

# The hops between, on the schema of the era that is next.
while read -r name from to; do
	era "$name" || fail "the schema of $name"
	gate_run_any "$from to $to" --from "$from" --to "$to" --postgres "main=$(pg_conninfo "$main")" \
		--redis "$(redis_url "$REDIS_DB")" "${gate_rules[@]}"
	is "$(floors)" '' "$from to $to, one database: nothing in the way, nothing to warn of"
done <<'END'
16.11 16.3.9 16.7.10
16.11 16.7.10 16.11.10
17.11 17.3.7 17.5.5
17.11 17.5.5 17.8.7
17.11 17.8.7 17.11.7
END
# files VERSION: a default installation of the Linux package, as its files say it
files()
{
	local etc=$host/var/opt/gitlab/gitlab-rails/etc name

	rm -rf "$host"
	mkdir -p "$host/opt/gitlab/embedded/nodes" "$host/etc/gitlab" "$etc"
	echo "{\"build_version\": \"$1\"}" >"$host/opt/gitlab/version-manifest.json"
	echo "$1-ee" >"$host/var/opt/gitlab/gitlab-rails/VERSION"
	printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n' >"$host/etc/os-release"
	echo "external_url 'https://gitlab.example.com'" >"$host/etc/gitlab/gitlab.rb"
	: >"$host/etc/gitlab/gitlab-secrets.json"
	echo '{"normal": {"gitlab": {"external_url": "https://gitlab.example.com", "gitlab_rails": {"db_key_base": "x"}},
		"registry": {"http_secret": "x"}}}' >"$host/opt/gitlab/embedded/nodes/a.json"
	{
		echo 'production:'
		for name in main ci; do
			printf '  %s:\n    adapter: postgresql\n    database: %s\n    username: postgres\n' "$name" "$main"
			printf '    host: "%s"\n    port: 5432\n    sslmode:\n' "$PG_DIR/sock"
			[ "$name" = main ] || echo '    database_tasks: false'
		done
	} >"$etc/database.yml"
	printf 'production:\n  url: unix:%s?db=%s\n' "$REDIS_DIR/sock/redis.sock" "$REDIS_DB" >"$etc/resque.yml"
}

# Nothing is named but the target: what the files of a default installation lead to is a plain GO, as far as the
# server of the tests is new enough.
host=$dir/host
while read -r name from to; do
	era "$name" || fail "the schema of $name"
	gate_schema "$from"
	files "$from"
	gate_n=$((gate_n + 1))
	report=$gate_dir/report_$gate_n.json
	out=$("$PREFLIGHT" check --root "$host" --to "$to" --out "$gate_dir/road_$gate_n" "${gate_rules[@]}" 2>&1)
	cp "$gate_dir/road_$gate_n/report.json" "$report" || fail "$from to $to: no report: $out"
	is "$(floors)" '' "$from to $to, from the files of a default installation: nothing in the way, nothing to warn of"
	[ -n "$(effects)" ] || is "$(field gate.decision)" go "$from to $to, from its files: go"
done <<'END'
14.0 14.0.12 14.3.6
14.10 14.10.5 15.0.5
15.11 15.11.13 16.3.9
16.11 16.3.9 16.7.10
16.11 16.7.10 16.11.10
16.11 16.11.10 17.3.7
17.11 17.3.7 17.5.5
17.11 17.5.5 17.8.7
17.11 17.8.7 17.11.7
17.11 17.11.7 18.2.8
17.11 18.2.8 18.5.7
18.11 18.5.7 18.8.11
18.11 18.8.11 18.11.11
18.11 18.11.11 19.2.4
18.11 19.2.4 19.3.0
END
done_testing
