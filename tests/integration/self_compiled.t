#!/bin/bash
# GitLab from source, as its guide writes database.yml: no host, no user, no password. The program of root asks as the
# user that owns GitLab's files, through the socket that libpq takes by itself. In a mount namespace of its own, so
# that /home/git and the socket are where they are on such a host.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
[ "$(id -u)" = 0 ] || skip_all 'only root becomes another user'
unshare -m true 2>/dev/null || skip_all 'no mount namespace can be made here'
gate_start || skip_all 'the servers do not start'
instance
dir=$(new_dir)
mkdir -p "$dir/git/gitlab/config"
echo 14.1.8 >"$dir/git/gitlab/VERSION"
printf 'production:\n  main:\n    adapter: postgresql\n    encoding: unicode\n    database: %s\n' "$main" \
	>"$dir/git/gitlab/config/database.yml"
printf 'production:\n  url: unix:%s\n' "$REDIS_DIR/sock/redis.sock?db=$REDIS_DB" >"$dir/git/gitlab/config/resque.yml"
chown -R nobody "$dir/git"
pg_sql postgres 'CREATE ROLE nobody LOGIN'
pg_sql "$main" 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO nobody'

# on_the_host COMMAND...
on_the_host()
{
	# shellcheck disable=SC2016 # expanded in the namespace
	unshare -m sh -c 'mount -t tmpfs none /home && mkdir /home/git && mount --bind "$0" /home/git &&
		mount -t tmpfs none "$(readlink -f /var/run)" && mkdir /var/run/postgresql &&
		mount --bind "$1" /var/run/postgresql && shift && exec "$@"' "$dir/git" "$PG_DIR/sock" "$@"
}

on_the_host "$PREFLIGHT" check --to 14.2.7 --out "$dir/bundle" --format json >"$dir/report.json" 2>"$dir/err"
rc=$?
field()
{
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
print("; ".join("%s %s" % (s["status"], s["endpoint"]) for s in r["sources"] if s["id"] == "postgres:main"))' "$dir/report.json"
}
like "$(field)" '^complete .*/var/run/postgresql, database .*, role nobody' 'as the owner of GitLab'"'"'s files'
unlike "$(cat "$dir/err")" 'role "root"' 'and not as root'
is "$rc" 0 'a GO'

done_testing
