#!/bin/bash
# What GitLab and its package left on a node: values of gitlab.yml.

. "$(dirname "$0")/../lib/tap.sh"

host=$(new_dir)
facts=$(new_dir)
mkdir -p "$host/opt/gitlab" "$host/etc/gitlab" "$host/var/opt/gitlab/gitlab-rails/etc"
echo '{"build_version": "17.11.7"}' >"$host/opt/gitlab/version-manifest.json"
echo 17.11.7-ee >"$host/var/opt/gitlab/gitlab-rails/VERSION"

# rows TABLE: its rows below $host, one a line; its status, if that is not complete
rows()
{
	rm -rf "$facts/b"
	"$PREFLIGHT" collect --only host --no-discover --root "$host" --out "$facts/b" >/dev/null 2>&1
	/usr/bin/python3 - "$facts/b/facts/$1.ndjson" <<-'END'
		import json, sys
		head, *rows = [json.loads(line) for line in open(sys.argv[1])]
		for part in head['parts']:
		    if part['status'] != 'complete':
		        print(part['status'], part['reason'])
		for row in rows:
		    print(*row[1:])
	END
}

# --- gitlab.yml: named values, as the package writes the file

yml=/var/opt/gitlab/gitlab-rails/etc/gitlab.yml
is "$(rows gitlab_yml)" '' 'no gitlab.yml'
cat >"$host$yml" <<'END'
# This file is managed by gitlab-ctl.
production: &base
  gitlab:
    host: gitlab.example.com
    port: 443
    relative_url_root: 
    trusted_proxies:
    issue_closing_pattern: "\\b((?:[Cc]los(?:e[sd]?|ing)) +(?:#{issue_ref}))"
  incoming_email:
    password: "hush"
  artifacts:
    object_store:
      enabled: false
      connection: {"provider":"AWS","aws_secret_access_key":"hush"}
  backup:
    path: "/mnt/backups"   # Relative paths are relative to Rails.root
    upload:
      # Fog storage connection settings
      connection: {"provider":"AWS","aws_secret_access_key":"hush"}
      remote_directory: "bucket"

development:
  <<: *base
END
is "$(rows gitlab_yml)" "artifacts.object_store.enabled false $yml
backup.path /mnt/backups $yml
backup.upload.connection true $yml
backup.upload.remote_directory bucket $yml
gitlab.host gitlab.example.com $yml" 'values by name, whatever else stands there'
is "$(grep -rl hush "$facts" | wc -l)" 0 'and no secret'
sed -i 's/connection: .*/connection: {}/; s/path: .*/path: <%= ENV["X"] %>/' "$host$yml"
is "$(rows gitlab_yml | grep backup)" "backup.upload.remote_directory bucket $yml" 'what Ruby gives is not known; {} is nothing'
printf 'production:\n  backup: {path: /a\n' >"$host$yml"
like "$(rows gitlab_yml)" "^unreadable $yml: line 3: not YAML" 'half a file'
rm "$host$yml"

done_testing
