# shellcheck shell=bash
# Rules whose horizon is wide enough for the hops that search migrations are about, and settings.
#
#   search_rules DIR      a copy of the rules, known through 19.0
#   search_on DB [URL]    indexing and search on, with a licence; search_off DB
#
# Needs tap.sh and servers.sh.

search_rules()
{
	cp -r rules "$1" && sed -i 's/known_through: .*/known_through: "19.0"/' "$1/path.yml"
}

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
