#!/bin/bash
# Settings of gitlab.rb and the operating system, from a tree of files: names and lines, never a value.

. "$(dirname "$0")/../lib/tap.sh"

host=$(new_dir)
mkdir -p "$host/opt/gitlab/embedded/nodes" "$host/etc/gitlab" "$host/var/opt/gitlab/gitlab-rails"
echo '{"build_version": "17.11.7"}' >"$host/opt/gitlab/version-manifest.json"
echo 17.11.7-ee >"$host/var/opt/gitlab/gitlab-rails/VERSION"
printf 'ID=ubuntu\nVERSION_ID="20.04"\nPRETTY_NAME="Ubuntu 20.04.6 LTS"\n' >"$host/etc/os-release"
cat >"$host/etc/gitlab/gitlab.rb" <<'END'
external_url 'https://gitlab.example.com'
# gitlab_shell['migration'] = 1
git_data_dirs({
  "default" => { "path" => "/mnt/nas/git-data" }
})
gitlab_rails['smtp_password'] = "hush-one"
  gitaly["configuration"] = { git: { bin_path: '/usr/bin/git' } }
END
echo '{"normal": {"gitlab": {"gitlab-rails": {"db_password": "hush-two"}, "git_data_dirs": {"default": {"path": "/x"}}},
	"gitaly": {"configuration": {"git": {"bin_path": "/usr/bin/git"}, "storage": []}, "env": {}}, "spamcheck": {},
	"mattermost": {"sql_at_rest_key": "hush-three"}}}' >"$host/opt/gitlab/embedded/nodes/a.json"

# check FROM-TREE TO: the lines of the rule named
says()
{
	"$PREFLIGHT" check --no-discover --root "$host" --to "$1" --out "$host/bundle" >/dev/null 2>&1
	/usr/bin/python3 - "$host/bundle/report.json" "$2" <<-'END'
		import json, sys
		for f in json.load(open(sys.argv[1]))['findings']:
		    if f['rule']['id'] == sys.argv[2]:
		        print(f['status'], f['effect'], f['message'])
	END
}

# A file that the last reconfigure left half written stops the package; the cure is another reconfigure.
cp "$host/opt/gitlab/embedded/nodes/a.json" "$host/resolved.json"
for malformed in '{}' '{"name": "a"}' '{"normal": null}' '[' ''; do
	printf '%s' "$malformed" >"$host/opt/gitlab/embedded/nodes/a.json"
	like "$(says 18.0 settings.removed)" 'unknown blocks .*nodes/a.json.*"sudo gitlab-ctl reconfigure" first' \
		"nodes/a.json: $malformed"
done
mv "$host/resolved.json" "$host/opt/gitlab/embedded/nodes/a.json"
like "$(says 18.0 settings.removed)" \
	'^fail blocks git_data_dirs in /etc/gitlab/gitlab.rb line 3 is gone in 18.0' 'a setting that 18.0 no longer has'
is "$(says 18.0 settings.removed | wc -l)" 1 'once, though the resolved file has it too, and not from a comment'
is "$(grep -rl hush "$host/bundle" | wc -l)" 0 'no value is kept'
echo '{"build_version": "18.11.11"}' >"$host/opt/gitlab/version-manifest.json"
echo 18.11.11-ee >"$host/var/opt/gitlab/gitlab-rails/VERSION"
like "$(says 19.0 settings.removed)" 'gitaly.configuration.git.bin_path in /etc/gitlab/gitlab.rb line 7 is gone in 19.0' \
	'an inner setting'
unlike "$(says 19.0 settings.removed)" mattermost 'what the package itself resolves is not held against anybody'
like "$(says 19.0 os.no-packages)" '^fail blocks GitLab has no packages for Ubuntu 20.04.6 LTS after 18.11' 'the operating system'
printf '# \xc3\xbc\n' >>"$host/etc/gitlab/gitlab.rb"
echo '{"build_version": "15.11.13"}' >"$host/opt/gitlab/version-manifest.json"
echo 15.11.13 >"$host/var/opt/gitlab/gitlab-rails/VERSION"
like "$(says 16.0.1 settings.ascii-16-0)" '^pass' 'an umlaut in a comment harms nothing'
printf "gitlab_rails['gitlab_email_display_name'] = 'M\xc3\xbcller'\n" >>"$host/etc/gitlab/gitlab.rb"
like "$(says 16.0.1 settings.ascii-16-0)" '^fail blocks .*gitlab.rb has a value that is not ASCII in line 9' 'one in a value does'
is "$(says 16.0 settings.ascii-16-0)" '' 'to 16.0.0 and 16.0.1 only'
echo "gitlab_rails['env'] = {'LANG' => 'C.UTF-8'}" >>"$host/etc/gitlab/gitlab.rb"
like "$(says 16.0.1 settings.ascii-16-0)" '^pass' 'and not where Sidekiq runs with UTF-8'
cat >"$host/etc/gitlab/gitlab.rb" <<'END'
gitlab_rails['enable_jemalloc'] = nil
gitaly['socket_path'] = {}
=begin
gitaly['storage'] = 1
=end
gitaly['listen_addr'] = 'x'
__END__
gitaly['log_directory'] = 'x'
END
rm "$host/opt/gitlab/embedded/nodes/a.json"
is "$(says 16.0 settings.removed | grep -o 'gitaly[a-z._]*[ (empty)]* in [^ ]* line [0-9]*' | sort)" \
	'gitaly.listen_addr in /etc/gitlab/gitlab.rb line 6
gitaly.socket_path (empty) in /etc/gitlab/gitlab.rb line 2' 'not what is nil, in a comment or past the end; {} counts'
printf "unicorn['enable'] = false\nnginx['gzip'] = false\n" >"$host/etc/gitlab/gitlab.rb"
echo '{"build_version": "13.12.15"}' >"$host/opt/gitlab/version-manifest.json"
echo 13.12.15 >"$host/var/opt/gitlab/gitlab-rails/VERSION"
is "$(says 14.0 settings.removed | grep -o '^fail blocks [a-z.]*')" 'fail blocks nginx.gzip' \
	'a service that is switched off is no hindrance'
echo '{"build_version": "15.11.13"}' >"$host/opt/gitlab/version-manifest.json"
echo 15.11.13 >"$host/var/opt/gitlab/gitlab-rails/VERSION"
echo 'not json' >"$host/opt/gitlab/embedded/nodes/a.json"
like "$(says 16.0 settings.removed)" '^unknown blocks' 'a file that cannot be read is no all-clear'
echo '{"name": "a"}' >"$host/opt/gitlab/embedded/nodes/a.json"
like "$(says 16.0 settings.removed)" '^unknown blocks.*sudo gitlab-ctl reconfigure' \
	'a node file that the package stops on names the command that mends it'
rm "$host/opt/gitlab/embedded/nodes/a.json"

# Files that gitlab.rb names, and code that is not read.
rb()
{
	cat >"$host/etc/gitlab/gitlab.rb"
	says "${1:-16.0}" settings.removed
}
echo "gitaly['listen_addr'] = 'hush'" >"$host/etc/gitlab/extra.rb"
like "$(rb <<<"from_file '/etc/gitlab/extra.rb'")" '^fail blocks gitaly.listen_addr in /etc/gitlab/extra.rb line 1' \
	'a file that gitlab.rb names is read'
like "$(rb <<<"from_file '/etc/gitlab/none.rb'")" \
	'^unknown warns /etc/gitlab/gitlab.rb line 1 is not understood \(from_file: /etc/gitlab/none.rb is not there' \
	'one that is not there is no all-clear; the package checks before it changes anything'
contains "$(cat "$host/bundle/report.json")" \
	'sudo gitlab-ctl check-config --version 16.0' 'and is named as the one to ask'
: >"$host/.dockerenv"
like "$(rb <<<"eval File.read('/x')")" '^unknown blocks /etc/gitlab/gitlab.rb line 1 is not understood' \
	'in a container nobody checks before it starts'
mkdir -p "$host/proc/1"
printf "A=b\0GITLAB_OMNIBUS_CONFIG=external_url 'http://x'; from_file('/etc/gitlab/extra.rb')\0" >"$host/proc/1/environ"
like "$(rb <<<"external_url 'x'")" '^fail blocks gitaly.listen_addr in /etc/gitlab/extra.rb line 1' \
	"and so is one that Docker's environment names"
rm -r "$host/proc" "$host/.dockerenv"
like "$(rb <<<"gitaly['listen_addr'] = ENV['X']")" '^unknown warns gitaly.listen_addr in .* has a value that cannot be read' \
	'a value that may be nil is a warning'
done_testing
