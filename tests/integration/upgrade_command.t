#!/bin/bash
# Under a GO stands the command that upgrades, for the way in which GitLab is installed; under nothing else.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
instance
# commands: those of the report's own install method
commands()
{
	/usr/bin/python3 -c 'import json, sys
for s in (json.load(open(sys.argv[1]))["gate"]["upgrade"] or [{"steps": []}])[0]["steps"]:
    if s["command"]: print(s["command"])' "$report"
}

gate 0 14.1.8 14.2.7 'a Linux package' --install-method linux_package
is "$(commands)" "sudo apt-get update && sudo apt-get install gitlab-ee=14.2.7-ee.0
sudo apt-get update && sudo apt-get install gitlab-ce=14.2.7-ce.0
sudo dnf install gitlab-ee-14.2.7
sudo dnf install gitlab-ce-14.2.7
sudo zypper install gitlab-ee=14.2.7
sudo zypper install gitlab-ce=14.2.7" 'where neither the edition nor the system was read, all of them'
contains "$out" 'sudo apt-get install gitlab-ee=14.2.7-ee.0' 'on the terminal'
contains "$out" 'Run one of these commands' 'which is told to be a choice'
for file in report.html summary.md README.txt; do
	contains "$(tar -xzOf "$bundle" --wildcards "*/$file")" 'gitlab-ee=14.2.7-ee.0' "in $file"
done
gate 0 14.1.8 14.2.7 'Docker' --install-method docker
is "$(commands)" "docker pull gitlab/gitlab-ee:14.2.7-ee.0
docker pull gitlab/gitlab-ce:14.2.7-ce.0" 'the image'
gate 0 14.1.8 14.2.7 'the chart' --install-method helm
is "$(commands)" 'helm repo update && helm get values gitlab >gitlab.yaml && helm upgrade gitlab gitlab/gitlab --version 5.2.7 -f gitlab.yaml' \
	'the version of the chart'
gate 0 14.1.8 14.2.7 'self-compiled' --install-method self_compiled
like "$(commands)" 'git checkout v14.2.7-ee' 'the tag'
gate 0 14.1.8 14.2.7 'the image of sameersbn' --install-method sameersbn
is "$(commands | head -n 1)" 'docker compose stop gitlab && docker compose run --rm gitlab app:rake gitlab:backup:create' \
	'the backup with the image that runs'
like "$(commands | tail -n 1)" '^docker pull sameersbn/gitlab:14\.2\.7 .* docker compose up -d gitlab$' \
	'the command that upgrades is the last'
dir=$(new_dir)
cat >"$dir/docker-compose.yml" <<'END'
services:
  postgresql:
    image: sameersbn/postgresql:12-20200524
  gitlab:
    image: sameersbn/gitlab:14.1.1-1
END
(cd "$dir" && eval "docker() { :; }; $(commands | tail -n 1)")
is "$(grep image: "$dir/docker-compose.yml" | xargs)" 'image: sameersbn/postgresql:12-20200524 image: sameersbn/gitlab:14.2.7' \
	'it changes the image of GitLab, and no other'

# With the files of the host, the command of its edition and system alone.
host=$(new_dir)
mkdir -p "$host/etc" "$host/opt/gitlab"
while IFS='|' read -r id version edition command; do
	printf 'ID=%s\nVERSION_ID="%s"\n' "$id" "$version" >"$host/etc/os-release"
	printf '{"build_version": "14.1.8-%s"}\n' "$edition" >"$host/opt/gitlab/version-manifest.json"
	gate_run_any "$id, $edition" --from 14.1.8 --to 14.2.7 --root "$host" --postgres "main=$(pg_conninfo "$main")" \
		--postgres "ci=$(pg_conninfo "$ci")" --redis "$(redis_url "$REDIS_DB")"
	is "$(commands)" "$command" "$id $version with gitlab-$edition"
done <<'END'
debian|9|ce|sudo apt-get update && sudo apt-get install gitlab-ce=14.2.7-ce.0
almalinux|9|ee|sudo dnf install gitlab-ee-14.2.7
rocky|8.4|ce|sudo dnf install gitlab-ce-14.2.7
centos|7|ce|sudo yum install gitlab-ce-14.2.7
rhel|7.9|ee|sudo yum install gitlab-ee-14.2.7
amzn|2|ee|sudo yum install gitlab-ee-14.2.7
amzn|2023|ee|sudo dnf install gitlab-ee-14.2.7
ubuntu|20.04|ee|sudo apt-get update && sudo apt-get install gitlab-ee=14.2.7-ee.0
sles|12.5|ee|sudo zypper install gitlab-ee=14.2.7
END

bbm_add "$main" BackfillX issues id '[]' failed >/dev/null
gate 3 14.1.8 14.2.7 'a NO-GO' --install-method linux_package
is "$(commands)" '' 'has no such command'
unlike "$out" 'apt-get install' 'on the terminal neither'
reports_are_valid
done_testing
