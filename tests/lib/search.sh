# shellcheck shell=bash
# What GitLab's settings say about advanced search.
#
#   search_on DB [URL]    indexing and search on, with a licence
#   search_off DB
#   search_base ERA       the database "base" as of that era: 14.1, 14.10, 15.11
#
# Needs servers.sh, gitlab.sh and gate.sh.

search_on()
{
	pg_sql "$1" "UPDATE application_settings SET elasticsearch_indexing = true, elasticsearch_search = true,
			elasticsearch_url = '${2:-http://localhost:9200}';
		INSERT INTO licenses (data) SELECT 'x' WHERE NOT EXISTS (SELECT 1 FROM licenses)"
}

search_off()
{
	pg_sql "$1" 'UPDATE application_settings SET elasticsearch_indexing = false, elasticsearch_search = false'
}

search_base()
{
	local era file=$gate_dir/era_$1.sql

	cp tests/schema/14.1.sql "$file"
	for era in 14.10 15.11; do
		[ "$1" != 14.1 ] || break
		cat "tests/schema/eras/$era.sql" >>"$file"
		[ "$1" != "$era" ] || break
	done
	pg_sql postgres 'DROP DATABASE IF EXISTS base' >/dev/null 2>&1
	gitlab_base "$file"
}
