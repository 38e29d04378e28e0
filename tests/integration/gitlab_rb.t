#!/bin/bash
# Settings files as instances have them, and the template that each era's package installs: nothing is held against
# them, and "not understood" is for what could set anything or is not Ruby.

. "$(dirname "$0")/../lib/tap.sh"

dir=$(new_dir)
mkdir -p "$dir/opt/gitlab" "$dir/etc/gitlab"

# installed VERSION [docker]
installed()
{
	echo "{\"build_version\": \"$1\"}" >"$dir/opt/gitlab/version-manifest.json"
	rm -f "$dir/.dockerenv"
	[ "${2-}" != docker ] || : >"$dir/.dockerenv"
}

# says TO: status and effect of the rules of settings that apply
says()
{
	"$PREFLIGHT" check --no-discover --root "$dir" --to "$1" --without postgres:main=x --without redis:queues=x \
		--out "$dir/bundle" >/dev/null 2>&1
	/usr/bin/python3 - "$dir/bundle/report.json" <<-'END'
		import json, sys
		print(' '.join(sorted({f['rule']['id'][9:] + ' ' + f['status'] + ' ' + f['effect']
		      for f in json.load(open(sys.argv[1]))['findings']
		      if f['rule']['id'].startswith('settings.') and f['status'] not in ('not_applicable', 'skipped')})))
	END
}

for file in tests/hosts/gitlab_rb/*.rb; do
	cp "$file" "$dir/etc/gitlab/gitlab.rb"
	name=$(basename "$file" .rb)
	installed 13.12.15
	got=$(says 14.0.12)
	installed 13.12.15 docker
	case $name in
	20 | 21 | 22 | 23)
		is "$got" 'removed unknown warns' "$name is not understood: a package checks it itself"
		is "$(says 14.0.12)" 'removed unknown blocks' "$name: a container does not"
		;;
	*)
		is "$got" 'removed pass none' "$name holds nothing that 14.0 lacks"
		is "$(says 14.0.12)" 'removed pass none' "$name: nor in a container"
		;;
	esac
done

# The template of a package: every setting in a comment but the address, a dash outside of ASCII up to 16.6.
for era in 13.12.15:14.0.12 14.10.5:15.0.5 15.11.13:16.0.0 15.11.13:16.0.10 16.11.10:17.0.8 17.11.7:18.0.6 18.11.11:19.0.8; do
	case $era in 13*) old=14 ;; 14*) old=15 ;; 15*) old=16 ;; 16*) old=17 ;; 17*) old=18 ;; *) old=19 ;; esac
	cp "tests/hosts/template_$old/etc/gitlab/gitlab.rb" "$dir/etc/gitlab/gitlab.rb"
	for method in package docker; do
		installed "${era%:*}" $method
		unlike "$(says "${era#*:}")" 'fail|unknown' "an untouched template, ${era%:*} to ${era#*:}, $method"
	done
done

# One removed setting in every form that Ruby takes, through the program.
installed 13.12.15 docker
while IFS= read -r line; do
	printf '%b\n' "$line" >"$dir/etc/gitlab/gitlab.rb"
	like "$(says 14.0.12)" 'removed (fail|unknown) blocks' "is found: $line"
done <<'END'
unicorn['worker_processes'] = 2
unicorn[ 'worker_processes' ] = 2
unicorn ['worker_processes'] = 2
external_url 'http://x'; unicorn['worker_processes'] = 2
if true then unicorn['worker_processes'] = 2 end
(unicorn['worker_processes'] = 2)
unicorn.merge!('worker_processes' => 2)
unicorn[key] = 2
from_file '/etc/gitlab/none.rb'
unicorn['worker_processes'] = 2 if ENV['X']
unicorn('worker_processes' => 2)
unicorn[:worker_processes] ||= 2
Gitlab['unicorn']['worker_processes'] = 2
Gitlab.unicorn = { 'worker_processes' => 2 }
unicorn['worker_processes'] = []
merge!('unicorn' => { 'worker_processes' => 2 })
x = [unicorn]\nx[0]['worker_processes'] = 2
@x = unicorn\n@x.store('worker_processes', 2)
roles 'application_role', 'redis_slave_role'
unicorn['worker_processes'] = {}
nginx['gzip'] = {}
unicorn => u\nu['worker_processes'] = 2
h = { unicorn: }\nh[:unicorn]['worker_processes'] = 2
for unicorn['worker_processes'] in [2] do end
END

# A part of a setting that is gone is that setting.
installed 17.11.7 docker
while IFS= read -r line; do
	printf '%b\n' "$line" >"$dir/etc/gitlab/gitlab.rb"
	is "$(says 18.0.6)" 'removed fail blocks' "is a part of git_data_dirs: $line"
done <<'END'
git_data_dirs['default'] = { 'path' => '/mnt' }
git_data_dirs["default"]["path"] = "/mnt"
Gitlab['git_data_dirs']['default'] = '/mnt'
git_data_dirs 'default' => { 'path' => '/mnt' }
END

# What literally never runs, or sets nothing.
while IFS= read -r line; do
	printf '%b\n' "$line" >"$dir/etc/gitlab/gitlab.rb"
	is "$(says 18.0.6)" 'removed pass none' "sets nothing: $line"
done <<'END'
if false\n  git_data_dirs({ 'default' => { 'path' => '/mnt' } })\nend
git_data_dirs({ 'default' => { 'path' => '/mnt' } }) if false
unless true\n  from_file '/etc/gitlab/none.rb'\nelse\n  nginx['enable'] = true\nend
if false\n  gitlab_shell[key] = 1\nend
git_data_dirs({})
gitlab_shell['migration'] = {}
gitlab_shell.delete('migration')
puts 'x' if gitlab_shell['migration'].present?
END
installed 13.12.15 docker

# The value is read by nobody: a warning that names it.
for line in 'unicorn(JSON.parse(x))' "Gitlab['unicorn'] = h" "self.unicorn = h if x" \
	"Gitlab['unicorn'] = h = {}\nh['worker_processes'] = 2" "h = h2 = {}\nGitlab['unicorn'] = h\nh2['worker_processes'] = 2" \
	"nginx['x'] = Gitlab['unicorn'] = {}\nnginx['x']['worker_processes'] = 2"; do
	printf '%b\n' "$line" >"$dir/etc/gitlab/gitlab.rb"
	is "$(says 14.0.12)" 'removed unknown warns' "a family of settings from elsewhere: $line"
done
done_testing
