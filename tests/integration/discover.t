#!/bin/bash
# Where GitLab's own files say that its stores are, for each way of installing it: what is found, by whom it was
# said, and no secret anywhere. Every address in these trees is this machine's own, where nobody answers.

. "$(dirname "$0")/../lib/tap.sh"

found()
{
	"$PREFLIGHT" sources --root "tests/hosts/$1" --timeout 8s --format json 2>/dev/null | tee "$dir/json" | /usr/bin/python3 -c '
import json, sys
r = json.load(sys.stdin)
t = r["target"]
print(t["current_version"], t["install_method"], t["edition"])
for s in r["sources"]:
    if s["origin"]:
        print(s["id"], s["origin"].replace("/var/opt/gitlab/gitlab-rails/etc/", ""), "|", s["endpoint"], "|", s["status"] if "unread" in s["status"] else "-")'
}
dir=$(new_dir)

is "$(found linux_package_14 | sort)" "$(sort <<'END'
14.1.8 linux_package ee
postgres:main database.yml | PostgreSQL on socket /var/opt/gitlab/postgresql, database gitlabhq_production | -
redis:queues resque.yml | Redis on socket /var/opt/gitlab/redis/redis.socket | -
host --root | files below tests/hosts/linux_package_14 | -
END
)" 'an old package, one database'
is "$(grep -c hush "$dir/json")" 0 'no secret'

is "$(found linux_package_18 | sed 's/Redis on a host that Sentinel [0-9.:]* knows/Redis that a Sentinel knows/' | sort)" "$(sort <<'END'
18.2.8 linux_package ee
postgres:main database.yml | PostgreSQL on 127.0.9.7:6432, database gitlabhq_production | -
postgres:ci database.yml | PostgreSQL on 127.0.9.7:6432, database gitlabhq_production_ci | -
postgres:geo database.yml | PostgreSQL on socket /var/opt/gitlab/geo-postgresql, database gitlabhq_geo_production | -
redis:queues resque.yml | Redis that a Sentinel knows, database 0, primary gitlab-redis of the Sentinels | -
redis:cache redis.cache.yml | Redis on 127.0.9.5:6380, database 3 | -
host --root | files below tests/hosts/linux_package_18 | -
END
)" 'databases of their own, a connection that is none, Sentinels, an instance of Redis'
is "$(grep -c hush "$dir/json")" 0 'no secret'

like "$(found helm)" 'postgres:main /srv/gitlab/config/database.yml \|  *\| unreadable|postgres:main .*None \| unreadable' 'embedded Ruby is not executed'
like "$(cat "$dir/json")" 'database.yml holds embedded Ruby in line 5' 'and said to be there'
like "$(found helm)" 'redis:queues /srv/gitlab/config/resque.yml \| Redis on 127.0.9.6:6379' 'what is plain beside it is found'
like "$(found helm)" '^16.7.3 helm ee' 'a pod of the chart: the version'
like "$(found self_compiled)" '^16.3.9 self_compiled' 'self-compiled: the version'
like "$(cat "$dir/json")" 'database.yml:1: ' 'a file that cannot be understood is named with its line'
like "$(found self_compiled)" 'redis:queues /home/git/gitlab/config/resque.yml \| Redis on socket /var/run/redis/redis.sock' 'the old form of resque.yml'

# As the sample that self-compiled instances begin with: anchors, but not in what counts.
mkdir -p "$dir/sample/home/git/gitlab/config"
echo 16.3.9 >"$dir/sample/home/git/gitlab/VERSION"
printf 'production:\n  main:\n    database: gitlabhq_production\n    host: 127.0.9.1\ntest: &test\n  main: {database: t}\ncucumber:\n  <<: *test\n' \
	>"$dir/sample/home/git/gitlab/config/database.yml"
like "$("$PREFLIGHT" sources --root "$dir/sample" --timeout 8s 2>/dev/null)" 'postgres:main .*127.0.9.1:5432, database gitlabhq_production' \
	'what other sections share is passed over'

# What `docker run --volumes-from` shows of GitLab's container: its volumes, without the program.
mkdir -p "$dir/volumes"
cp -r tests/hosts/linux_package_14/var "$dir/volumes"
version()
{
	"$PREFLIGHT" sources --root "$dir/volumes" --timeout 8s --format json 2>/dev/null |
		/usr/bin/python3 -c 'import json, sys; t = json.load(sys.stdin)["target"]
print(t["current_version"], t["install_method"])'
}
is "$(version)" '14.1.8 unknown' 'volumes only: the version that was reconfigured last'
: >"$dir/volumes/.dockerenv"
is "$(version)" '14.1.8 docker' 'and in a container of Docker its way of installing'
cp -r tests/hosts/linux_package_14/opt "$dir/volumes"
is "$(version)" '14.1.8 docker' "inside GitLab's own container too"
echo 14.0.5-ee >"$dir/volumes/var/opt/gitlab/gitlab-rails/VERSION"
is "$(version)" '14.1.8 docker' 'the program is what is installed, whatever was reconfigured'

exits 0 'the SQL for a role' "$PREFLIGHT" sources --print-role
contains "$out" "'public.batched_background_migrations'" 'names the tables that are read'
done_testing
