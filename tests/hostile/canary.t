#!/bin/bash
# A password in a URL, connection string or file, well-formed or not, is in no byte of any output. Needs no server.

. "$(dirname "$0")/../lib/tap.sh"

work=$(new_dir)
secret=hunter2
step=(--from 14.1.8 --to 14.2.7)

# silent NAME COMMAND...: its output, and what it leaves below $work/out, without the secret
silent()
{
	local name=$1
	shift

	rm -rf "$work/out"
	"$@" >"$work/said" 2>&1
	[ $? -lt 128 ] || fail "$name: it crashed"
	if grep -aq "$secret" "$work/said"; then
		fail "$name: the output holds it"
	elif [ -e "$work/out" ] && grep -arq "$secret" "$work/out"; then
		fail "$name: $(grep -arl "$secret" "$work/out" | head -n 1) holds it"
	else
		pass "$name"
	fi
}

# everywhere NAME OPTION...: a check, its bundle, a dry run, and what the sources are
everywhere()
{
	local name=$1
	shift

	silent "$name: dry run" "$PREFLIGHT" check "$@" "${step[@]}" --dry-run
	silent "$name: sources" "$PREFLIGHT" sources "$@" --print-config --timeout 1s
	silent "$name: check" "$PREFLIGHT" check "$@" "${step[@]}" --timeout 1s --out "$work/out"
}

while IFS= read -r url; do
	everywhere "--redis ${url//$secret/...}" --no-discover --redis "$url"
done <<END
//:$secret@h:6379
redis:$secret@h
redis://h:6379/0?password=$secret
redis://:$secret@h:x/0
redis//:$secret@h
rediss://u:$secret@h/0?ca=
unix://:$secret@/x
$secret@h:6379
redis://:hun$secret @h
redis://:$secret@
redis+sentinel://:$secret@h/x
/run/:$secret@redis.sock?x=1
redis://:p@$secret@h
redis://:x#$secret@h
redis://:x/$secret@h
redis://h/$secret
queues=redis:/:$secret@h
redis://[::1:$secret@h
redis://:$secret@h:6379,:$secret@i
redis://h/0;password=$secret
redis://u:1/$secret@127.0.0.1:1
redis://%3A$secret@127.0.0.1:1
redis+tls://h:1?auth=$secret
h:1,password=$secret,ssl=true
queues = redis://:$secret@h:1
END

while IFS= read -r conninfo; do
	everywhere "--postgres ${conninfo//$secret/...}" --no-discover --postgres "$conninfo"
done <<END
postgresql://u:$secret@h/db
postgresql://u:p@$secret@127.0.0.1:1/db?sslmode=bad
host=h password='$secret
passwrd=$secret host=h
jdbc:postgresql://h/db?password=$secret
postgresql//u:$secret@h/db
u:$secret@h/db
ci=host=h password=$secret
host=127.0.0.1;password=$secret;port=1
host=u:$secret@127.0.0.1 port=1
host=127.0.0.1 port=:$secret@1
host=127.0.0.1 port=1 dbname='x; PWD = $secret'
postgres://u:1/$secret@127.0.0.1/db
postgresql://127.0.0.1:1/$secret@h/db
postgresql://127.0.0.1:1/db?user=u:$secret
host=127.0.0.1 port=1 user=u:$secret
host=127.0.0.1 port=1 sslpassword=$secret
main:host=h password=$secret
END

while IFS= read -r url; do
	for option in --search --gitlab; do
		everywhere "$option ${url//$secret/...}" --no-discover $option "$url"
	done
done <<END
https://u:$secret@127.0.0.1:1
http//u:$secret@h
u:$secret@127.0.0.1:1
http://127.0.0.1:1?api_key=$secret
https://u:p@$secret@h
https://u:$secret@[::1
http://127.0.0.1:1/#$secret
http://elastic:1/$secret@127.0.0.1:1
https://elastic:1/a/$secret@h:9200/
http:\\u:$secret@h
END

rails=$work/root/opt/gitlab/embedded/service/gitlab-rails
etc=$work/root/var/opt/gitlab/gitlab-rails/etc
mkdir -p "$rails/config" "$etc" "$work/root/etc/gitlab"
echo 14.1.8-ee >"$rails/VERSION"
while IFS='|' read -r file text; do
	rm -f "$etc"/* "$rails/config"/* "$work/root/etc/gitlab"/*
	for dir in "$rails/config" "$etc" "$work/root/etc/gitlab"; do
		printf '%b\n' "$text" >"$dir/$file"
	done
	everywhere "$file: ${text//$secret/...}" --root "$work/root"
done <<END
resque.yml|production:\n  url: //:$secret@h:6379
resque.yml|production:\n  url: "redis:$secret@h"
resque.yml|production:\n  url: redis://h\n  password: {a: $secret}
resque.yml|production:\n  url: redis://127.0.0.1:1\n  db: $secret
resque.yml|production: {url: redis://:$secret@h
resque.yml|production:\n  url: redis://:$secret@mymaster\n  sentinel_password: $secret\n  sentinels: [{host: 127.0.0.1, port: x}]
resque.yml|production:\n  url: redis://m\n  sentinels: ["redis://:$secret@127.0.0.1:1"]
resque.yml|production:\n  url: redis://127.0.0.1:1\n  ssl_params: $secret
resque.yml|production:\n  - $secret
resque.yml|production:\n  url: |\n    redis://u:1/$secret@127.0.0.1:1
redis.yml|production:\n  queues:\n    url: redis//:$secret@h\n  queues_shard_a:\n    url: '$secret@h'
redis.yml|production:\n  queues: {cluster: ['redis://:$secret@127.0.0.1:1']}
database.yml|production:\n  main:\n    host: 127.0.0.1\n    port: 1\n    password: "$secret
database.yml|production:\n  main:\n    url: postgresql//u:$secret@127.0.0.1:1/db
database.yml|production:\n  main:\n    host: 'u:$secret@h'\n    port: 1
database.yml|production:\n  main:\n    host: 127.0.0.1\n    port: 1\n    database: 'x password=$secret'
database.yml|production:\n  main:\n    password: *$secret\n    host: x
database.yml|production:\n\tpassword: $secret
database.yml|production:\n  main:\n    url: postgres://u:1/$secret@127.0.0.1/db
database.yml|production:\n  main:\n    adapter: mysql2\n    host: [$secret]
database.yml|production:\n  main:\n    host: 127.0.0.1\n    port: 1\n    options: "-c x=$secret"
gitlab.rb|gitlab_rails['db_password'] = '$secret
gitlab.rb|gitlab_rails['redis_password'] = "#{'$secret'}"\nunicorn.store('x', '$secret')
gitlab.rb|gitlab_rails['x'] = <<EOS\n$secret\nEOS\nexternal_url 'https://u:$secret@h'
gitlab.rb|p = '$secret'; gitlab_rails['db_password'] = p; unicorn['worker_timeout'] = p
gitlab.rb|gitlab_rails['env'] = {'http_proxy' => "http://u:$secret@p:1"}\neval '$secret'
END

printf 'redis: {url: "redis://:%s@h"}\npostgres: "host=h password=%s\n' $secret $secret >"$work/config.yml"
everywhere 'a configuration file that is not YAML' --no-discover --config "$work/config.yml"
printf 'redis: "redis//:%s@h"\n' $secret >"$work/config.yml"
everywhere 'a malformed URL in a configuration file' --no-discover --config "$work/config.yml"
printf '%s\n%s\n' $secret $secret >"$work/password"
everywhere 'a password file of two lines' --no-discover --redis redis://127.0.0.1:1 --redis-password-file "$work/password"
PGPASSWORD=$secret everywhere 'PGPASSWORD' --no-discover --postgres 'host=127.0.0.1 port=1'
http_proxy=http://u:$secret@127.0.0.1:1 everywhere 'a proxy' --no-discover --search http://127.0.0.1:2
printf 'label: https://u:%s@h\n' $secret >"$work/config.yml"
everywhere 'a login in another option of the configuration file' --no-discover --config "$work/config.yml"
PREFLIGHT_LABEL=https://u:$secret@h everywhere 'a login in a variable' --no-discover

# A login in an option that takes none, or in place of a file
url=https://u:$secret@127.0.0.1:1/x
for option in label change to from root rules history release decisions nodes format=html without=redis facts config \
	install-method attach log require notes-read timeout; do
	name=${option%=*} value=${option#*=}
	[ "$name" = "$option" ] && value=$url || value=$value=$url
	silent "--$name" "$PREFLIGHT" check --no-discover "${step[@]}" "--$name" "$value" --timeout 1s --out "$work/out"
done
for command in report verify diff fleet explain plan facts help accept collect sources rules; do
	silent "$command URL" "$PREFLIGHT" $command "$url" "$url"
done
silent 'in place of a command' "$PREFLIGHT" "$url"
silent 'before the command' "$PREFLIGHT" "--search=$url" check
exits 2 'a login where none is taken is refused' "$PREFLIGHT" check --no-discover "${step[@]}" --change "$url"
contains "$err" '--change: a URL with a login is not accepted' 'and it says why'
exits 5 'an address without one is not' "$PREFLIGHT" check --no-discover "${step[@]}" --change https://h/@team/1 --out "$work/x"

# What a bundle is rendered as, and what other commands make of it.
printf 'production:\n  url: redis://:%s@127.0.0.1:1\n' $secret >"$etc/resque.yml"
PGPASSWORD=$secret "$PREFLIGHT" check --root "$work/root" "${step[@]}" --timeout 1s --history "$work/history" \
	--postgres 'host=127.0.0.1 port=1' --out "$work/bundle" >/dev/null 2>&1
formats=$("$PREFLIGHT" report --help | sed -n '/--format NAME/,/to stdout/p' | sed 's/.*\[=FILE\]//; s/;.*//' | tr -d ',\n')
ok 'the formats are known' [ "$(wc -w <<<"$formats")" -ge 10 ]
for format in $formats; do
	silent "report as $format" "$PREFLIGHT" report --format "$format" "$work/bundle"
done
silent 'verify' "$PREFLIGHT" verify "$work/bundle"
silent 'fleet' "$PREFLIGHT" fleet "$work/bundle"
silent 'diff' "$PREFLIGHT" diff "$work/bundle" "$work/bundle"
silent 'plan' "$PREFLIGHT" plan --facts "$work/bundle" --to 15.0
ok 'the bundle and the history are without it' sh -c "! grep -arq $secret '$work/bundle' '$work/history'"
done_testing
