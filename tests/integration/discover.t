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
unlike "$(cat "$dir/json")" '127\.0\.9\.8' 'a replica for reading is no source'

is "$(found docker | sort)" "$(sort <<'END'
16.11.10 docker unknown
postgres:main database.yml | PostgreSQL on socket /var/opt/gitlab/postgresql, database gitlabhq_production | -
redis:queues resque.yml | Redis on socket /var/opt/gitlab/redis/redis.socket | -
host --root | files below tests/hosts/docker | -
END
)" "GitLab's container: two connections to one database are one store"

is "$(found helm | sort)" "$(sort <<'END'
16.7.3 helm ee
postgres:main /srv/gitlab/config/database.yml | PostgreSQL on 127.0.9.4:5432, database gitlabhq_production | -
redis:queues /srv/gitlab/config/resque.yml | Redis on 127.0.9.6:6379, database 0 | -
host --root | files below tests/hosts/helm | -
END
)" 'a pod of the chart'
is "$(grep -c hush "$dir/json")" 0 'no secret'

# Anchors as in the sample that comes with GitLab, but not in what counts.
is "$(found self_compiled | sort)" "$(sort <<'END'
16.3.9 self_compiled unknown
postgres:main /home/git/gitlab/config/database.yml | PostgreSQL on socket (libpq's default), database gitlabhq_production | -
redis:queues /home/git/gitlab/config/resque.yml | Redis on socket /var/run/redis/redis.sock | -
host --root | files below tests/hosts/self_compiled | -
END
)" 'self-compiled, with the sample that comes with GitLab, and the old form of resque.yml'

is "$(found sameersbn | sort)" "$(sort <<'END'
16.3.9 sameersbn unknown
postgres:main /home/git/gitlab/config/database.yml | PostgreSQL on postgresql:5432, database gitlabhq_production | -
redis:queues /home/git/gitlab/config/resque.yml | Redis on redis:6379, database 0 | -
host --root | files below tests/hosts/sameersbn | -
END
)" 'the container of sameersbn/gitlab: one database without a name of its own'
is "$(grep -c hush "$dir/json")" 0 'no secret'

# Files that cannot be understood: what stands beside them is found all the same.
cp -r tests/hosts/helm "$dir/odd"
odd()
{
	printf "$1" >"$dir/odd/srv/gitlab/config/database.yml"
	"$PREFLIGHT" sources --root "$dir/odd" --timeout 8s 2>/dev/null | tr -s ' \n' ' '
}
like "$(odd 'production:\n  main:\n    password: "<%%= File.read("/etc/gitlab/postgres/psql-password") %%>"\n')" \
	'database.yml contains embedded Ruby in line 3, which is not executed' 'embedded Ruby is named with its line'
contains "$(odd '<%%= 1 %%>\n')" 'Redis on 127.0.9.6:6379' 'and what is plain beside it is found'
contains "$(odd 'production: &base\n  main: &main\n    database: x\n    port: 1\n  ci:\n    <<: *main\n    database: y\n')" \
	'database y' 'anchors, aliases and merge keys are read as GitLab reads them'
like "$(odd 'production:\n  main: [\n')" 'database.yml:[0-9]+: not YAML' 'what is no YAML is named with its line'
like "$(odd 'development:\n  database: x\n')" 'database.yml has no section production' 'and a file for something else'

like "$(odd 'production:\n  main:\n    url: postgresql://u:hush@h/x\n')" \
	'database.yml:3: the key url is not supported: specify this database with --postgres' 'an address elsewhere is not passed over'
like "$(odd 'production:\n  main:\n    database: x\n  ci:\n    service: y\n')" 'database.yml:5: the key service' 'nor that of ci'
like "$(odd 'production:\n  primary:\n    database: x\n')" 'there is no connection main' 'a file without main'

# A Geo secondary before 14.10, and files that the configuration names: below the same root.
printf 'production:\n  database: gitlabhq_geo\n  host: "127.0.9.9"\n' >"$dir/odd/srv/gitlab/config/database_geo.yml"
contains "$(odd 'production:\n  main:\n    database: x\n')" 'database gitlabhq_geo' 'the tracking database has a file of its own'
rm "$dir/odd/srv/gitlab/config/database_geo.yml"
mkdir -p "$dir/odd/etc/ssl" && : >"$dir/odd/etc/ssl/ca.crt"
odd 'production:\n  main:\n    database: x\n    host: "127.0.9.9"\n    sslmode: verify-full\n    sslrootcert: /etc/ssl/ca.crt\n' >/dev/null
contains "$("$PREFLIGHT" sources --root "$dir/odd" --print-config 2>/dev/null)" "$dir/odd/etc/ssl/ca.crt" \
	'a certificate is looked for below the root'

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


# Redis in all the forms that GitLab takes. redis NAME... writes files from stdin for one run.
mkdir -p "$dir/redis/etc/ssl"
cp -r tests/hosts/linux_package_14/. "$dir/redis"
etc=$dir/redis/var/opt/gitlab/gitlab-rails/etc
: >"$dir/redis/etc/ssl/ca.crt"
redis()
{
	cat >"$etc/${1:-resque.yml}"
	"$PREFLIGHT" sources --root "$dir/redis" --print-config --timeout 2s 2>&1 | sed -n '/^redis:/,/^[a-z#]/p;/^# redis/p' |
		grep -v '^redis:\|^[a-qs-z]' | tr -s ' \n' ' '
}
like "$(redis <<<'production: {url: "redis://:hush@r:6379/2", db: 3}')" 'queues: "redis://r:6379/3"' 'a database as a key of its own'
like "$(redis <<<'production: {url: "redis://r", username: me, password: hush}')" \
	'password is not in here.*queues: "redis://me@r"' 'user and password too'
like "$(redis <<<'production: {url: "unix:/run/r.sock", db: 4}')" 'queues: "unix:/run/r.sock\?db=4"' 'behind a socket'
like "$(redis <<<'production: {url: "rediss://r", ssl_params: {ca_file: /etc/ssl/ca.crt}}')" \
	"queues: \"rediss://r\?ca=$dir/redis/etc/ssl/ca.crt\"" 'files for TLS, below the root'
like "$(redis <<<'production: {url: "rediss://p/1", sentinels: [{host: s1}, {host: s2, port: 5}], sentinel_password: hush}')" \
	'queues: "rediss\+sentinel://s1:26379,s2:5/p\?sentinel_tls=no&db=1"' 'plain Sentinels of a Redis with TLS'
like "$(redis <<<'production: {url: "redis://p", sentinels: [{host: s1, ssl: true, ssl_params: {ca_file: /etc/ssl/ca.crt}}]}')" \
	'queues: "redis\+sentinel://s1:26379/p\?sentinel_ca=[^&]*ca.crt&sentinel_tls=yes"' 'and Sentinels with TLS of a plain Redis'
like "$(printf 'x: &x\n  url: redis://shared:6379\nproduction:\n  <<: *x\n  db: 2\n' | redis)" \
	'queues: "redis://shared:6379/2"' 'a merge key'
like "$(redis <<<'production: {url: "redis://r", config_command: "/bin/x"}')" \
	'resque.yml:1: GitLab takes the password from config_command, which is not run' 'a command is named, and not run'
like "$(redis <<<'production: {cluster: [{host: a}]}')" 'resque.yml:1: a Redis Cluster is not supported' 'so is what no URL can express'
like "$(redis <<<'production: {url: "redis://p", sentinels: {host: s1}}')" 'resque.yml:1: sentinels is not a list' 'nor is a Sentinel passed over'
redis <<<'production: {url: "redis://old:6379"}' >/dev/null
like "$(redis redis.yml <<<'production: {"queues": {"url": "redis://new:6379"}, cache: {url: "redis://c"}}')" \
	'queues: "redis://new:6379".*cache: "redis://c"' 'redis.yml comes first'
like "$(redis redis.yml <<<'production: {"queues": {"url": "redis://new"}, queues_shard_a: {url: "redis://a"}}')" \
	'redis.yml:1: further Redis of Sidekiq \(queues_shard_a\), whose jobs are not collected' 'shards of Sidekiq are named'
like "$(redis redis.yml <<<'production: {cache: {url: "redis://c"}}')" 'queues: "redis://old:6379"' 'and without it the older files hold'
like "$(redis redis.yml <<<'production: [')" 'redis.yml:[0-9]+: not YAML' 'but not where it cannot be read'
# A file without the section, or with nothing for the instance, configures nothing.
for nothing in '' '---' '# none' '{}' 'staging: {queues: {url: "redis://x"}}' 'production:' 'production: {queues: null}' \
	'production: {queues: ~, cache: {url: "redis://c"}}'; do
	like "$(redis redis.yml <<<"$nothing")" 'queues: "redis://old:6379"' "redis.yml: $nothing"
done
like "$(redis redis.yml <<<'# Nothing but a remark.')" 'queues: "redis://old:6379"' 'redis.yml: a comment'
for strange in '[1, 2]' 'redis://other:6379'; do
	like "$(redis redis.yml <<<"$strange")" 'redis.yml contains no sections' "redis.yml: $strange is not taken for nothing"
done
rm "$etc/redis.yml"
for nothing in '' 'development: {url: "redis://x"}'; do
	like "$(redis redis.queues.yml <<<"$nothing")" 'queues: "redis://old:6379"' "redis.queues.yml: $nothing"
done
rm "$etc/redis.queues.yml"

# Files that a variable names, as the package keeps variables.
mkdir -p "$dir/redis/opt/gitlab/etc/gitlab-rails/env" "$dir/redis/etc/mine"
echo 'production: {url: "redis://mine"}' >"$dir/redis/etc/mine/resque.yml"
echo 'production: {url: "redis://own"}' >"$dir/redis/etc/mine/queues.yml"
printf /etc/mine/resque.yml >"$dir/redis/opt/gitlab/etc/gitlab-rails/env/GITLAB_REDIS_CONFIG_FILE"
like "$(redis <<<'production: {url: "redis://old"}')" 'queues: "redis://mine"' 'a variable that names the file for all'
printf /etc/mine/queues.yml >"$dir/redis/opt/gitlab/etc/gitlab-rails/env/GITLAB_REDIS_QUEUES_CONFIG_FILE"
like "$(redis <<<'production: {url: "redis://old"}')" 'queues: "redis://own"' 'or that of the instance'
rm "$dir/redis/opt/gitlab/etc/gitlab-rails/env/GITLAB_REDIS_QUEUES_CONFIG_FILE"
mkdir "$dir/redis/opt/gitlab/etc/gitlab-rails/env/GITLAB_REDIS_QUEUES_CONFIG_FILE"
like "$(redis <<<'production: {url: "redis://old"}')" 'the variable GITLAB_REDIS_QUEUES_CONFIG_FILE: ' \
	'a variable that cannot be read is not taken for nothing'
rm -r "$dir/redis/opt/gitlab/etc/gitlab-rails/env"

like "$(redis <<<'production: {host: "::1", port: 1234}')" 'queues: "redis://\[::1\]:1234"' 'an address of IPv6 as a key'
like "$(redis <<<'production: {url: "redis://hush@r"}')" 'password is not in here.*queues: "redis://r"' \
	'a word before the @ without a colon is the password'
unlike "$(redis <<<'production: {url: "redis://hush@r"}')" hush 'and is not shown'
exits 2 'nor on the command line' "$PREFLIGHT" check --no-discover --from 14.1.8 --to 14.2 --redis redis://hush@r
unlike "$out" hush 'nor there'
mkdir -p "$dir/redis/etc/certs"
like "$(redis <<<'production: {url: "rediss://r", ssl_params: {ca_path: /etc/certs, ca_file: /etc/ssl/ca.crt}}')" \
	"queues: \"rediss://r\?ca_dir=$dir/redis/etc/certs&ca=$dir/redis/etc/ssl/ca.crt\"" 'a directory of certificates beside a file'

# Self-compiled, as GitLab's guide writes it, and a Docker host with the volumes of a container.
mkdir -p "$dir/host/srv/gitlab/config" "$dir/host/srv/gitlab/data" "$dir/host/srv/gitlab/logs"
contains "$("$PREFLIGHT" sources --root "$dir/host" --timeout 2s 2>&1 | tr -s ' \n' ' ')" \
	'GitLab runs in a container' 'a host with the volumes of a container is told so'

exits 0 'the SQL for a role' "$PREFLIGHT" sources --print-role
contains "$out" "'public.batched_background_migrations'" 'names the tables that are read'
done_testing
