#!/bin/bash
# What the last upgrade left on a node, and what a way back needs: from a tree of files, against a real PostgreSQL.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
instance
host=$(new_dir)
rails=$host/opt/gitlab/embedded/service/gitlab-rails
status=$host/var/opt/gitlab/gitlab-rails/upgrade-status
mkdir -p "$rails/db/schema_migrations" "$status" "$host/etc/gitlab" "$host/var/opt/gitlab/backups" \
	"$host/var/log/gitlab/gitlab-rails" "$host/proc/1" "$host/opt/gitlab/embedded/nodes"
echo '{"build_version": "14.1.8"}' >"$host/opt/gitlab/version-manifest.json"
echo "external_url 'https://gitlab.example.com'" >"$host/etc/gitlab/gitlab.rb"
: >"$host/etc/gitlab/gitlab-secrets.json"
pg_sql "$main" 'SELECT version FROM schema_migrations' | while read -r version; do
	: >"$rails/db/schema_migrations/$version"
done

# says RULE: status, effect and message of its findings, after a check
says()
{
	/usr/bin/python3 - "$report" "$1" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'] == sys.argv[2]:
		        print(f['status'], f['effect'], f['message'])
	END
}
look()
{
	gate "$1" 14.1.8 14.2.7 "$2" --root "$host"
}

look 0 'all is in order'
is "$(effects)" '' 'nothing in the way, nothing to warn of'
is "$(says schema.unfinished)" 'pass none All schema migrations of the installed release have run' 'what the release brings has run'
is "$(says backup.recent)" 'manual none Back up GitLab 14.1.8, its repositories and its secrets; none was found' \
	'a backup is a chore, and no warning'
is "$(grep -c 'READ FIRST  Make a backup before you start' <<<"$out")" 1 'and is shown as one'

: >"$host/var/opt/gitlab/backups/1630000000_2021_08_26_14.1.8-ee_gitlab_backup.tar"
look 0 'a backup of today'
is "$(says backup.recent)" 'pass none A recent backup exists' 'is one'
like "$(field target.way_back)" \
	'^Backup of .*: 1630000000_2021_08_26_14\.1\.8-ee_gitlab_backup\.tar\. Its restore is not tested\.$' 'the way back names its file'
touch -d '1 hour ago' "$host/var/opt/gitlab/backups/1630000000_2021_08_26_14.1.8-ee_gitlab_backup.tar"
: >"$host/var/opt/gitlab/backups/1630086400_2021_08_27_14.1.8-ee_gitlab_backup.tar"
: >"$host/var/opt/gitlab/backups/1630172800_2021_08_28_14.0.12-ee_gitlab_backup.tar"
look 0 'backups of this release and of an older one'
like "$(field target.way_back)" ': 1630086400_2021_08_27_14\.1\.8-ee_' 'the newest of this release is named'
rm "$host/var/opt/gitlab/backups/"16300864* "$host/var/opt/gitlab/backups/"16301728*
touch -d '2 days ago' "$host/var/opt/gitlab/backups/1630000000_2021_08_26_14.1.8-ee_gitlab_backup.tar"
look 0 'a backup of two days ago'
contains "$(says backup.recent)" 'the newest backup found is 2 days old' 'is told with its age'

: >"$rails/db/schema_migrations/20210802131812"
: >"$rails/db/schema_migrations/20210802131813"
look 3 'migrations of the release that have not run'
contains "$(says schema.unfinished)" \
	'fail blocks 2 schema migrations of GitLab 14.1.8 have not run in main: 20210802131812 to 20210802131813' 'are counted'
rm "$rails/db/schema_migrations/"2021080213181?
version=$(pg_sql "$ci" 'SELECT max(version) FROM schema_migrations')
pg_sql "$ci" "DELETE FROM schema_migrations WHERE version = '$version'"
look 3 'one that has not run in ci'
like "$(says schema.unfinished)" "^fail blocks 1 schema migration .* has not run in ci: $version" 'is found there too'
pg_sql "$ci" "INSERT INTO schema_migrations VALUES ('$version')"

echo 1 >"$status/db-migrate-0cc175b9-8e5d3b4"
: >"$host/var/log/gitlab/gitlab-rails/gitlab-rails-db-migrate-2021-08-26-03-01-12.log"
look 0 'a reconfigure that could not migrate'
is "$(says schema.migrate-failed)" "fail warns db:migrate of the last reconfigure ended with 1; its log is \
/var/log/gitlab/gitlab-rails/gitlab-rails-db-migrate-2021-08-26-03-01-12.log" 'is a warning that names the log'
echo hello >"$status/db-migrate-0cc175b9-8e5d3b4"
look 0 'a status that is no number'
contains "$(says schema.migrate-failed)" 'ended with an invalid exit code' 'is no success'
echo 0 >"$status/db-migrate-0cc175b9-8e5d3b4"

: >"$host/etc/gitlab/skip-auto-backup"
rm "$host/etc/gitlab/gitlab-secrets.json"
look 0 'a switch is set, the secrets are gone'
contains "$(says package.switches)" 'fail none /etc/gitlab/skip-auto-backup exists: the package makes no backup' 'the switch is noted'
is "$(says backup.secrets)" 'fail warns /etc/gitlab/gitlab-secrets.json is missing' 'the secrets are missed'
: >"$host/etc/gitlab/gitlab-secrets.json"

# What cannot be listed is unknown, also to root.
mv "$rails/db/schema_migrations" "$rails/db/kept"
ln -s schema_migrations "$rails/db/schema_migrations"
look 5 'the list of migrations cannot be read'
contains "$out" 'cannot be read: run as root' 'and says what to do'
rm "$rails/db/schema_migrations"
mv "$rails/db/kept" "$rails/db/schema_migrations"

# Settings from Docker's environment, from gitlab.rb and from what was resolved: each is found, never a value.
printf "HOME=/root\0GITLAB_OMNIBUS_CONFIG=# it's ours\nexternal_url 'https://x;y'; gitlab_rails['db_password'] = 'hush'; unicorn['port'] = 1;\0A=b\0" \
	>"$host/proc/1/environ"
echo "gitlab_shell['migration'] = 1
git_data_dirs({'default' => {'path' => '/mnt'}})" >>"$host/etc/gitlab/gitlab.rb"
echo '{"normal": {"gitaly": {"ruby_max_rss": 1}}}' >"$host/opt/gitlab/embedded/nodes/a.json"
"$PREFLIGHT" collect --no-discover --root "$host" --only host --out "$gate_dir/facts" >/dev/null 2>&1
settings=$gate_dir/facts/facts/gitlab_rb_key.ndjson
like "$(cat "$settings")" '"unicorn.port","","set","GITLAB_OMNIBUS_CONFIG",2\]' "Docker's environment"
like "$(cat "$settings")" '"git_data_dirs","","set","/etc/gitlab/gitlab.rb",3\]' 'gitlab.rb, with the line'
like "$(cat "$settings")" '"gitaly.ruby_max_rss","","set","/opt/gitlab/embedded/nodes/a.json",0\]' 'what the last reconfigure resolved'
is "$(grep -rl hush "$gate_dir/facts" | wc -l)" 0 'no value is kept'
rm -r "$host/proc" "$host/opt/gitlab/embedded/nodes/a.json"
echo "external_url 'https://gitlab.example.com'" >"$host/etc/gitlab/gitlab.rb"

# The C library of the tree, not ours.
mkdir -p "$host/lib64"
printf 'x\0GNU C Library (Debian GLIBC 2.31-13+deb11u11) stable release version 2.31.\nCopyright' >"$host/lib64/libc.so.6"
"$PREFLIGHT" collect --no-discover --root "$host" --only host --out "$gate_dir/libc" >/dev/null 2>&1
like "$(cat "$gate_dir/libc/facts/host_libc.ndjson")" '"local","2.31"' 'its version stands in its text'

# The processor of the tree: the flags of the first one, as whole words.
# flags TEXT ROW NAME: with that /proc/cpuinfo the fact has this row, or none
flags()
{
	mkdir -p "$host/proc"
	printf "$1" >"$host/proc/cpuinfo"
	"$PREFLIGHT" collect --no-discover --root "$host" --only host --out "$gate_dir/cpu" >/dev/null 2>&1
	is "$(sed 1d "$gate_dir/cpu/facts/host_processor.ndjson")" "$2" "$3"
	rm -r "$gate_dir/cpu"
}
flags 'processor\t: 0\nflags\t\t: fpu sse4_1 sse4_2 avx\n\nprocessor\t: 1\n' '["local","sse4_2",1]' 'it has the flag'
flags 'flags\t\t: fpu sse4_2\n' '["local","sse4_2",1]' 'as the last one'
flags 'processor\t: 0\nflags\t\t: fpu sse4_1 sse4_2x xsse4_2\nbugs\t: sse4_2\n' '["local","sse4_2",0]' 'it has others'
flags 'processor\t: 0\nFeatures\t: fp asimd\nCPU part\t: 0xd0c\n' '' 'of ARM nothing is known'
flags 'flags\t\t: fpu ss' '' 'nor of one that is cut'
flags '' '' 'nor of an empty file'
flags 'vmx flags\t: x\nflagship\t: sse4_2\n' '' 'another key is none'
rm "$host/proc/cpuinfo" && mkfifo "$host/proc/cpuinfo"
"$PREFLIGHT" collect --no-discover --root "$host" --only host --out "$gate_dir/cpu" >/dev/null 2>&1
contains "$(cat "$gate_dir/cpu/facts/host_processor.ndjson")" '"status":"unreadable"' 'a pipe is not read'
done_testing
