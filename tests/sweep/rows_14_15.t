#!/bin/bash
# Rows that 14.0 to 15.10 trip over, in a real PostgreSQL: each fact query finds them, passes over what is in
# order, and reads no more of a large table than it says.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)
rules_through "$dir/rules" 19.3
gate_rules=(--rules-dir "$dir/rules")

sql()
{
	pg_sql "$main" "$1" >/dev/null || fail "SQL: $1"
}

# era FILE...: fresh databases with 14.1 and what these eras changed
era()
{
	local file

	pg_sql postgres 'DROP DATABASE IF EXISTS base' >/dev/null 2>&1
	cp tests/schema/14.1.sql "$dir/era.sql"
	for file in "$@"; do
		cat "tests/schema/eras/$file.sql" >>"$dir/era.sql"
	done
	gitlab_base "$dir/era.sql" && instance
}

# --- 13.12
instance
like "$(findings_of 13.12.15 14.0.12 storage.legacy-14-0)" '^pass: ' '14.0: no project'
sql 'INSERT INTO projects (id, storage_version) VALUES (1, 1), (2, 2)'
like "$(findings_of 13.12.15 14.0.12 storage.legacy-14-0)" '^pass: ' '14.0: hashed storage'
like "$(findings_of 13.12.15 14.0.12 storage.uploads-14-0)" '^pass: ' '14.0: a project whose uploads would be in legacy storage has none'
sql "INSERT INTO uploads (id, model_id, model_type, store) VALUES (1, 1, 'Project', 2), (2, 1, 'Namespace', 1), (3, 2, 'Project', 1)"
like "$(findings_of 13.12.15 14.0.12 storage.uploads-14-0)" '^pass: ' \
	'14.0: uploads in object storage, of a namespace, in hashed storage'
sql "INSERT INTO uploads (id, model_id, model_type, store) VALUES (4, 1, 'Project', 1), (5, 1, 'Project', 1)"
like "$(findings_of 13.12.15 14.0.12 storage.uploads-14-0)" '^fail: 1 projects .*: 1$' '14.0: a project with uploads in legacy storage'
sql 'INSERT INTO projects (id, storage_version) VALUES (3, NULL), (4, 0)'
like "$(findings_of 13.12.15 14.0.12 storage.legacy-14-0)" '^fail: 2 projects .*: 3, 4$' '14.0: projects in legacy storage'

like "$(findings_of 13.12.15 14.0.12 settings.maintenance-mode-14)" '^pass: ' '14.0: no maintenance mode'
sql 'UPDATE application_settings SET maintenance_mode = true'
like "$(findings_of 13.12.15 14.0.12 settings.maintenance-mode-14)" '^fail: Maintenance mode is on; on 14.0.12 ' '14.0: maintenance mode'

# note FROM TO WORDS [OPTION...]: how many of the notes to read have these words
note()
{
	local from=$1 to=$2 words=$3
	shift 3

	findings_of "$from" "$to" notes.to-read --install-method linux_package "$@" | grep -c "$words"
}
is "$(note 13.12.1 14.0.12 'password expired')" 0 '14.0: no password has expired'
sql "INSERT INTO users (id, state, password_expires_at) VALUES (1, 'blocked', '2020-01-01'), (2, 'active', '2999-01-01'), (3, 'active', NULL)"
is "$(note 13.12.1 14.0.12 'password expired')" 0 '14.0: that of a blocked user, and one that will'
sql "INSERT INTO users (id, state, password_expires_at) VALUES (4, 'active', '2020-01-01')"
is "$(note 13.12.1 14.0.12 'password expired')" 1 '14.0: one has expired'
is "$(note 14.2.7 14.3.6 'users of LDAP')" 0 '14.3: nobody signs in by LDAP'
sql "INSERT INTO identities (id, provider) VALUES (1, 'saml'), (2, 'ldapmain')"
is "$(note 14.2.7 14.3.6 'users of LDAP')" 1 '14.3: somebody does'
is "$(note 14.3.6 14.4.5 Aurora)" 0 '14.4: PostgreSQL'
sql "CREATE FUNCTION aurora_version() RETURNS text LANGUAGE sql AS 'SELECT ''11.9'' '"
is "$(note 14.3.6 14.4.5 Aurora)" 1 '14.4: Aurora'
sql "INSERT INTO namespaces SELECT n, CASE WHEN n < 10000 THEN NULL ELSE 'Group' END FROM generate_series(1, 20000) AS n"
is "$(note 14.5.4 14.6.7 'user namespaces')" 0 '14.6: not so many user namespaces'
sql 'INSERT INTO namespaces VALUES (30000, NULL)'
is "$(note 14.5.4 14.6.7 'user namespaces')" 1 '14.6: many'
is "$(note 14.10.5 15.0.5 'connected with certificates')" 0 '15.0: no Kubernetes cluster'
sql 'INSERT INTO clusters VALUES (1)'
is "$(note 14.10.5 15.0.5 'connected with certificates')" 1 '15.0: a Kubernetes cluster'
is "$(note 14.3.6 14.4.5 paginatedTree)" 1 '14.4: there may be several nodes'
host=$dir/host
mkdir -p "$host/opt/gitlab" "$host/etc/gitlab"
echo '{"build_version": "14.3.6"}' >"$host/opt/gitlab/version-manifest.json"
echo "external_url 'https://gitlab.example.com'" >"$host/etc/gitlab/gitlab.rb"
is "$(note 14.3.6 14.4.5 paginatedTree --root "$host")" 0 '14.4: no other host reaches the database'

bbm_add "$main" CopyColumnUsingBackgroundMigrationJob ci_build_trace_sections build_id \
	'[["build_id"],["build_id_convert_to_bigint"]]' active >/dev/null
like "$(findings_of 14.1.8 14.3.6 bbm.trace-sections-14)" '^fail: ci_build_trace_sections.build_id ' '14.1: a copy that is taken back'

# --- 14.9
era 14.10
like "$(findings_of 14.9.5 14.10.5 projects.namespace-14-10)" '^pass: ' '14.10: no project'
sql 'INSERT INTO projects (id, project_namespace_id) VALUES (1, 11), (2, 12)'
like "$(findings_of 14.9.5 14.10.5 projects.namespace-14-10)" '^pass: ' '14.10: every project has its namespace'
sql 'INSERT INTO projects (id) VALUES (3)'
like "$(findings_of 14.9.5 14.10.5 projects.namespace-14-10)" '^fail: 1 projects .*: 3$' '14.10: one has none'
sql 'CREATE UNIQUE INDEX index_projects_on_project_namespace_id ON projects (project_namespace_id)'
like "$(findings_of 14.9.5 14.10.5 projects.namespace-14-10)" '^fail: 1 projects .*: 3$' "14.10: with GitLab's index"

# --- 15.4
era 14.10 15.11
sql 'ALTER TABLE issues ALTER namespace_id DROP NOT NULL, ALTER work_item_type_id DROP NOT NULL;
	INSERT INTO issues (id) VALUES (1), (2), (3)'
like "$(findings_of 15.4.6 15.7.9 issues.namespace-15-7)" '^pass: ' '15.7: every issue has its namespace'
like "$(findings_of 15.4.6 15.7.9 issues.work-item-type-15-7)" '^pass: ' '15.7: and its type'
sql 'UPDATE issues SET namespace_id = NULL WHERE id = 2; UPDATE issues SET work_item_type_id = NULL WHERE id = 3'
like "$(findings_of 15.4.6 15.7.9 issues.namespace-15-7)" '^fail: 1 issues .*: 2$' '15.7: an issue without a namespace'
like "$(findings_of 15.4.6 15.7.9 issues.work-item-type-15-7)" '^fail: 1 issues .*: 3$' '15.7: an issue without a type'
sql 'CREATE INDEX index_issues_on_namespace_id ON issues (namespace_id);
	CREATE INDEX index_issues_on_work_item_type_id ON issues (work_item_type_id)'
like "$(findings_of 15.4.6 15.7.9 issues.namespace-15-7)" '^fail: 1 issues .*: 2$' "15.7: with GitLab's index"
like "$(findings_of 15.4.6 15.7.9 issues.work-item-type-15-7)" '^fail: 1 issues .*: 3$' "15.7: with GitLab's other index"

like "$(findings_of 15.4.6 15.6.1 indexes.trigram-15-6)" '^pass: ' '15.6.1: all trigram indexes are there'
sql 'DROP INDEX index_merge_requests_on_title_trigram'
is "$(findings_of 15.4.6 15.6.1 indexes.trigram-15-6)" \
	'fail: The index index_merge_requests_on_title_trigram does not exist' '15.6.1: one is missing'

sql 'INSERT INTO oauth_access_tokens VALUES (1, 7200)'
like "$(findings_of 15.4.6 15.11.13 oauth.expires-in-15-10)" '^pass: ' '15.10: a token that expires'
sql 'INSERT INTO oauth_access_tokens VALUES (2, NULL), (3, NULL)'
like "$(findings_of 15.4.6 15.11.13 oauth.expires-in-15-10)" '^fail: 2 OAuth access tokens .*: 2, 3$' '15.10: two that do not'

like "$(findings_of 15.4.6 15.11.13 ci.build-needs-15-9)" '^not_applicable: ' '15.9: ci_build_needs is small'
sed -i 's/WHERE s.bytes >= 1000000000 ORDER/WHERE s.bytes >= 100000 ORDER/' "$dir/rules/steps/15-traps.yml"
sql 'INSERT INTO ci_build_needs (build_id) SELECT n FROM generate_series(1, 5000) AS n'
like "$(findings_of 15.4.6 15.11.13 ci.build-needs-15-9)" '^manual: ' '15.9: it is large'
bbm_add "$main" BackfillUserDetailsFields users id '[]' failed >/dev/null
like "$(findings_of 15.9.8 15.11.13 bbm.user-details-15-9)" '^fail: ' '15.9: the columns of a migration are gone'
sql 'ALTER TABLE users ADD linkedin varchar'
like "$(findings_of 15.9.8 15.11.13 bbm.user-details-15-9)" '^pass: ' '15.9: they are there'
like "$(findings_of 15.1.6 15.4.6 web-nodes.digest-15-2)" '^manual: ' '15.2: the flag is not on'
sql "INSERT INTO feature_gates (feature_key, key, value, created_at, updated_at)
	VALUES ('active_support_hash_digest_sha256', 'boolean', 'true', now(), now())"
like "$(findings_of 15.1.6 15.4.6 web-nodes.digest-15-2)" '^not_applicable: ' '15.2: the flag is on'

# --- Large tables. What counts as large is lowered in the copy of the rules.
sed -i 's/^    bounded:/&\n      bytes: 4000000/' "$dir/rules"/steps/*.yml
sql 'TRUNCATE oauth_access_tokens; ALTER TABLE oauth_access_tokens SET (autovacuum_enabled = false);
	INSERT INTO oauth_access_tokens SELECT n, 7200 FROM generate_series(1, 3000000) AS n'

counters()
{
	pg_sql "$main" "SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'oauth_access_tokens'"
}
# touched: rows of the table that were read since `before` in order, and through an index
touched()
{
	local now

	pg_alone || fail 'the sessions end'
	now=$(counters)
	echo "$((${now%|*} - ${before%|*})) $((${now#*|} - ${before#*|}))"
}
pg_alone
before=$(counters)
like "$(findings_of 15.4.6 15.11.13 oauth.expires-in-15-10)" '^pass: ' '3,000,000 tokens that expire'
read -r in_order by_index <<<"$(touched)"
is "$in_order" 0 'the table is not read through'
ok "$by_index rows are read through the primary key, both ends" [ "$by_index" -gt 0 -a "$by_index" -le 40000 ]
sql 'UPDATE oauth_access_tokens SET expires_in = NULL WHERE id IN (20000, 20001, 2980001)'
like "$(findings_of 15.4.6 15.11.13 oauth.expires-in-15-10)" '^fail: 2 OAuth access tokens .*: 20000, 2980001$' \
	'tokens at both ends are seen, one in the middle is not'
sql 'CREATE INDEX tmp_index_oauth_access_tokens_on_id_where_expires_in_null ON oauth_access_tokens (id) WHERE expires_in IS NULL'
like "$(findings_of 15.4.6 15.11.13 oauth.expires-in-15-10)" '^fail: 3 OAuth access tokens .*: 20000, 20001, 2980001$' \
	"with GitLab's index all are seen"
done_testing
