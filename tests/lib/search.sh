# shellcheck shell=bash
# What GitLab's settings say about advanced search.
#
#   search_on DB [URL]    indexing and search on, with a licence
#   search_off DB
#
# Needs servers.sh.

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
