#!/bin/bash
# The order of text in a real PostgreSQL: a recorded version that is not the one of now is told, and what clears it does.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
instance
version=$(pg_sql postgres "SELECT collversion FROM pg_collation WHERE collname = 'en-x-icu'")
[ -n "$version" ] || skip_all 'this PostgreSQL has no ICU'

sql()
{
	pg_sql "$main" "$1" >/dev/null || fail "SQL: $1"
}

finds()
{
	findings_of 14.1.8 14.2.7 postgres.text-order
}

like "$(finds)" '^pass: ' 'a database of the C locale has no version'
sql "UPDATE pg_collation SET collversion = '1.0'"
like "$(finds)" '^pass: ' 'collations that no index uses do not matter'
sql 'CREATE TABLE words (word text COLLATE "en-x-icu"); CREATE INDEX ON words (word)'
is "$(finds)" "fail: The sort order of en-x-icu ($main) is from ICU 1.0; the server now runs with $version" \
	'one that an index uses'
sql 'ALTER COLLATION "en-x-icu" REFRESH VERSION'
like "$(finds)" '^pass: ' 'its version is recorded anew'

if [ "$(pg_sql postgres "SELECT current_setting('server_version_num')::int >= 150000")" != t ]; then
	skip 'databases have a version since PostgreSQL 15' 4
	done_testing
fi
pg_sql postgres "CREATE DATABASE ordered TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'" >/dev/null
pg_sql ordered <tests/schema/14.1.sql >/dev/null
main=ordered
like "$(finds)" '^pass: ' 'a database of ICU that was made here'
sql "UPDATE pg_database SET datcollversion = '1.0' WHERE datname = 'ordered'"
is "$(finds)" "fail: The sort order of the database (ordered) is from ICU 1.0; the server now runs with $version" \
	'a database that was made elsewhere'
sql "UPDATE pg_database SET datcollversion = NULL WHERE datname = 'ordered'"
like "$(finds)" '^pass: ' 'one without a recorded version'
sql "UPDATE pg_database SET datcollversion = '1.0' WHERE datname = 'ordered'"
sql 'REINDEX DATABASE ordered'
sql 'ALTER DATABASE ordered REFRESH COLLATION VERSION'
like "$(finds)" '^pass: ' 'what clears it clears it'
done_testing
