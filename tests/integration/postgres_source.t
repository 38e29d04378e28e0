#!/bin/bash
# Facts read from real PostgreSQL servers: each way in which it can work, be refused, fail or hang.
# Needs build/tests/integration/postgres_source ($O names another build directory).

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh

why=$(servers_why_not postgres)
[ -z "$why" ] || skip_all "$why"
need openssl python3
driver=$O/tests/integration/postgres_source
if [ ! -x "$driver" ]; then
	fail "$driver is built"
	done_testing
fi

dir=$(new_dir)
mkdir "$dir/home"
unset "${!PG@}"
pg_find
export HOME=$dir/home LC_ALL=C.UTF-8
# What collect_sources() keeps for a thread that might be left behind is no leak of a test.
echo leak:collect_sources >"$dir/leaks"
export LSAN_OPTIONS=suppressions=$dir/leaks:print_suppressions=0

sql() { "$PG_BIN/psql" -qXAt -v ON_ERROR_STOP=1 -h "$dir/sock" -p "$port" -U postgres -d "$@"; }

has() # NAME REGEX: some line of $out is like this
{
	grep -Eq -- "$2" <<<"$out" && set -- yes "$@" || set -- no "$@"
	tap_verdict "$1" "$2" got "$out" 'to have a line like' "$3"
}
hasnt()
{
	grep -Eq -- "$2" <<<"$out" && set -- no "$@" || set -- yes "$@"
	tap_verdict "$1" "$2" got "$out" 'to have no line like' "$3"
}

# Says only what is wrong: a crash, or a sanitizer's finding.
works()
{
	[ "$1" = 0 ] && [ ! -s "$dir/stderr" ] ||
		tap_verdict no 'the driver works' exit "$1" stderr "$(cat "$dir/stderr")"
}
# Runs the driver; its output is in $out.
pf()
{
	out=$("$driver" "$@" 2>"$dir/stderr")
	works $?
}
# The same beside us; `pf_wait` collects what it printed.
pf_start()
{
	"$driver" "$@" >"$dir/out" 2>"$dir/stderr" &
	running=$!
}
pf_wait()
{
	wait "$running"
	local status=$?

	out=$(cat "$dir/out")
	works "$status"
}
is_true() # DATABASE SQL
{
	[ "$(sql "$1" -c "$2")" = t ]
}
until_true() # DATABASE SQL
{
	wait_for 'the server gets where the test wants it' is_true "$1" "$2"
}
sleeping="SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'preflight'
	AND state = 'active' AND wait_event = 'PgSleep'"
gone="SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'preflight'"
free_port()
{
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
# A listener that answers every connection with $2 and then says nothing more.
listener() # PORT ANSWER
{
	rm -f "$dir/listener"   # that of the last one says that it is ready
	python3 -c '
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
print("ready", flush=True)
held = []
while True:
    c = s.accept()[0]
    held.append(c)
    if sys.argv[2]:
        c.recv(8)
        c.sendall(sys.argv[2].encode())
' "$1" "$2" >"$dir/listener" &
	at_exit kill $!
	wait_for 'somebody listens' grep -q ready "$dir/listener"
}
bail()
{
	fail "$1"
	done_testing
}

# --- The server

port=$(free_port)
start()
{
	pg_start "$dir" "listen_addresses = '127.0.0.1'" "port = $port" 'log_statement = all' \
		'log_min_messages = debug1' "log_line_prefix = '%a '" 'min_parallel_table_scan_size = 0' \
		'parallel_setup_cost = 0' 'parallel_tuple_cost = 0' || bail 'the server starts'
}
start
log=$dir/sock/pg.log

authority() # NAME SUBJECT
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/$1.key" -out "$dir/$1.crt" -days 3650 \
		-subj "/CN=$2" >/dev/null 2>&1
}
authority ca 'test authority'
authority other 'somebody else'
openssl req -newkey rsa:2048 -nodes -keyout "$dir/pg/server.key" -out "$dir/server.csr" \
	-subj '/CN=db.test' >/dev/null 2>&1
printf 'subjectAltName=DNS:db.test\n' >"$dir/server.ext"
openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial \
	-days 3650 -extfile "$dir/server.ext" -out "$dir/pg/server.crt" >/dev/null 2>&1
chmod 600 "$dir/pg/server.key"
if [ "$(id -u)" = 0 ]; then chown nobody "$dir/pg/server.key" "$dir/pg/server.crt"; fi
echo 'ssl = on' >>"$dir/pg/postgresql.conf"
cat >"$dir/pg/pg_hba.conf" <<EOF
local all all trust
host all scrammed 127.0.0.1/32 scram-sha-256
host all turned_away 127.0.0.1/32 reject
host all all 127.0.0.1/32 trust
EOF
sql postgres -c 'SELECT pg_reload_conf()' >/dev/null
until_true postgres "SELECT current_setting('ssl') = 'on'"

sql postgres <<'EOF' || bail 'cannot make roles and databases'
SET password_encryption = 'scram-sha-256';
CREATE ROLE reader LOGIN;
CREATE ROLE lured LOGIN;
CREATE ROLE scrammed LOGIN PASSWORD 'right';
CREATE ROLE turned_away LOGIN;
CREATE ROLE owner LOGIN;
CREATE ROLE writer LOGIN;
CREATE ROLE runner LOGIN;
GRANT pg_execute_server_program TO runner;
CREATE ROLE bare LOGIN;
CREATE DATABASE empty;
CREATE DATABASE registry;
CREATE DATABASE gitlab;
CREATE DATABASE closed;
REVOKE CONNECT ON DATABASE closed FROM PUBLIC;
CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;
EOF
sql registry <<'EOF' || bail 'cannot fill a database'
CREATE TABLE schema_migrations (id text PRIMARY KEY, applied_at timestamptz);
INSERT INTO schema_migrations VALUES ('20210503145024_create_top_level_namespaces_table', now());
GRANT SELECT ON schema_migrations TO reader;
EOF
gitlab='
CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar);
CREATE TABLE features (id bigint PRIMARY KEY, key text, created_at timestamp(6) NOT NULL);
'
rows="
INSERT INTO schema_migrations VALUES ('20210622045705');
INSERT INTO ar_internal_metadata VALUES ('environment', 'production');
INSERT INTO features VALUES (1, 'a', '2021-06-22 04:57:05'), (2, 'b', '2021-06-22 04:57:05.000001');
"
sql gitlab <<EOF || bail 'cannot fill a database'
$gitlab
$rows
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE every_type (small smallint, big numeric, name mood, json jsonb, zoned timestamptz,
	plain timestamp, yes boolean, release varchar);
INSERT INTO every_type VALUES
	(-1, 9007199254740993, 'happy', '{"b": 1,   "a": [2]}', '2021-06-22 04:57:05+02',
	'1969-12-31 23:59:59.999999', true, '14.1.8-ee'),
	(1, 0, NULL, '[]', 'infinity', '2021-01-01', false, '14.10.0');
CREATE TABLE secret (n bigint);
CREATE SCHEMA hidden;
CREATE TABLE hidden.place (n bigint);
CREATE TABLE granted (id bigint, key text, created_at timestamp);
INSERT INTO granted VALUES (1, 'x', '2021-01-01');
CREATE TABLE rls (n bigint);
INSERT INTO rls VALUES (1);
ALTER TABLE rls ENABLE ROW LEVEL SECURITY;
CREATE TABLE rls_policy (n bigint);
INSERT INTO rls_policy VALUES (1);
ALTER TABLE rls_policy ENABLE ROW LEVEL SECURITY;
CREATE POLICY more_than_1 ON rls_policy USING (n > 1);
CREATE VIEW a_view AS SELECT 1::bigint AS n;
CREATE MATERIALIZED VIEW a_copy AS SELECT 1::bigint AS n;
CREATE TABLE parted (n bigint) PARTITION BY LIST (n);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
INSERT INTO parted VALUES (1);
CREATE TABLE many WITH (parallel_workers = 2) AS SELECT g AS n FROM generate_series(1, 5000) AS g;
CREATE TABLE wide (word text);
INSERT INTO wide VALUES ('short'), (repeat('x', 1048576)), (repeat('y', 65536));
CREATE SEQUENCE counter;
CREATE INDEX invalid_index ON features (key);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'invalid_index'::regclass;
GRANT SELECT ON schema_migrations, ar_internal_metadata, features, every_type, hidden.place, rls,
	rls_policy, a_view, a_copy, parted, many, wide TO reader, lured, scrammed, writer, runner;
GRANT ALL ON SEQUENCE counter TO reader;
GRANT INSERT, DELETE ON features, schema_migrations TO writer;
GRANT SELECT (id) ON granted TO reader;
CREATE SCHEMA lure;
CREATE TABLE lure.features (id bigint, key text, created_at timestamp);
CREATE TABLE lure.schema_migrations (version varchar);
CREATE FUNCTION lure.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT \$2';
CREATE FUNCTION lure.current_setting(text) RETURNS text LANGUAGE sql AS \$\$SELECT 'on'\$\$;
CREATE FUNCTION lure.current_database() RETURNS name LANGUAGE sql AS \$\$SELECT 'lured'::name\$\$;
GRANT USAGE ON SCHEMA lure TO lured;
GRANT SELECT ON ALL TABLES IN SCHEMA lure TO lured;
ALTER ROLE lured SET search_path = lure, pg_catalog, public;
EOF
sql gitlab -c 'CREATE EXTENSION postgres_fdw' >/dev/null 2>&1 && sql gitlab <<'EOF'
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE far_away (n bigint) SERVER elsewhere;
GRANT SELECT ON far_away TO reader;
EOF
sql latin <<EOF || bail 'cannot fill a database'
$gitlab
$rows
INSERT INTO features VALUES (3, E'\u00c4', '2021-01-01');
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
EOF
sock="host=$dir/sock port=$port"
me="$sock dbname=gitlab user=reader"
main="main=$me"

# --- All is well

pf features,few,words,types,parted,catalog "$main"
has 'the source is complete' '^source postgres:main complete reason=$'
has 'it is shown as people know it' \
	"^shown postgres:main PostgreSQL [0-9.]+ on socket $dir/sock, database gitlab, role reader\$"
has 'version, transport and privilege' \
	'^is postgres:main version=[0-9.]+ tls=unix_socket privilege=restricted$'
has 'cost is counted' '^cost postgres:main requests=[1-9][0-9]* bytes=some$'
has 'a table' '^part features main complete rows=2 read=yes missing= reason=$'
has 'times are microseconds UTC' '^row features main 2\|b\|1624337825000001$'
has 'where' '^part few main complete rows=1 '
has 'an expression' '^row words main 1\|A$'
has 'every type' \
	'^row types main -1\|9007199254740993\|happy\|\{"a": \[2\], "b": 1\}\|1624330625000000\|-1\|1\|140010085$'
has 'an infinite time and NULL' \
	'^row types main 1\|0\|NULL\|\[\]\|NULL\|1609459200000000\|0\|140100005$'
has 'a partitioned table' '^part parted main complete rows=1 '
has 'a view of the server itself' '^row catalog main features$'

pf settings "$main"
for setting in 'search_path|pg_catalog, pg_temp' 'lock_timeout|500' 'row_security|off' 'TimeZone|UTC' \
	'DateStyle|ISO, YMD' 'IntervalStyle|iso_8601' 'extra_float_digits|3' 'bytea_output|hex' \
	'max_parallel_workers_per_gather|0' 'jit|off' 'transaction_read_only|on' \
	'transaction_isolation|repeatable read' 'statement_timeout|10000' 'client_encoding|UTF8'; do
	has "set while a fact is read: $setting" "^row settings main ${setting//|/\\|}\$"
done
has 'a session that is forgotten ends' \
	'^row settings main idle_in_transaction_session_timeout\|[1-9]'
pf -t 4000 settings "$main"
has 'no statement outlives the run' '^row settings main statement_timeout\|3[0-9]{3}$'

pf features "main=$sock dbname=latin user=reader"
has 'another encoding arrives as UTF-8' '^row features main 3\|Ä\|'

# --- What the catalog says

pf nowhere,lacks,later,uses_nothing,no_choice,choice,min_rows,features "$main"
has 'no such table' '^part nowhere main absent .*reason=table public\.nowhere does not exist$'
has 'no such column' '^part lacks main absent .*reason=public\.features has no column nothing$'
has 'columns of a later release are NULL, and named' \
	'^part later main complete rows=2 read=yes missing=started_at,note,held reason=$'
has 'as NULL of each type' '^row later main 1\|NULL\|NULL\|NULL$'
has 'a query that uses a missing column' \
	'^part uses_nothing main absent .*reason=public\.features has no column nothing$'
has 'no variant fits' '^part no_choice main absent .*there is no public\.no_such_index$'
has 'an invalid index does not count, the first that fits is taken' '^row choice main index$'
has 'fewer rows than GitLab has' '^part min_rows main absent .*2 rows where GitLab has at least 3'
has 'the others are read all the same' '^part features main complete rows=2 '
has 'what this release lacks is no fault of the source' '^source postgres:main complete '

# --- What we may not read

pf secret,hidden,granted,granted_all,granted_word,rls,rls_policy,a_view,a_copy,features "$main"
has 'no privilege: the GRANT that clears it' \
	'^part secret main denied .*role reader may not read public\.secret: GRANT SELECT ON public\.secret TO reader$'
has 'no privilege on the schema' \
	'^part hidden main denied .*may not look into schema hidden: GRANT USAGE ON SCHEMA hidden TO reader$'
has 'a grant on the columns is enough' '^part granted main complete rows=1 '
has 'a grant on some columns is not' \
	'^part granted_all main denied .*GRANT SELECT \("key", "created_at"\) ON public\.granted TO reader$'
has 'nor for a column inside an expression' \
	'^part granted_word main denied .*permission denied for table granted: GRANT SELECT ON public\.granted TO reader$'
has 'row-level security without a policy' \
	'^part rls main denied rows=0 .*row-level security would hide rows.*BYPASSRLS'
has 'row-level security with a policy' \
	'^part rls_policy main denied rows=0 .*row-level security would hide rows.*BYPASSRLS'
has 'a view under the name of a table' \
	"^part a_view main denied .*public\.a_view is a view, not GitLab's table\$"
has 'a materialized view' "^part a_copy main denied .*is a materialized view, not GitLab's table\$"
has 'one denied table does not poison the others' '^part features main complete rows=2 '
has 'the source says so' '^source postgres:main denied reason=secret: role reader '
if [ "$(sql gitlab -c "SELECT count(*) FROM pg_class WHERE relname = 'far_away'")" = 1 ]; then
	pf far_away "$main"
	has 'a foreign table' \
		"^part far_away main denied .*is a foreign table, not GitLab's table\$"
else
	skip 'postgres_fdw is not installed'
fi
pf rls,rls_policy "main=$sock dbname=gitlab user=postgres"
has 'the owner reads all rows in spite of a policy' '^part rls_policy main complete rows=1 '
has 'a superuser is called so' ' privilege=superuser$'
pf features "main=$sock dbname=gitlab user=writer"
has 'a role that may write is not called restricted' " privilege=may write GitLab's tables\$"
pf features "main=$sock dbname=gitlab user=runner"
has 'nor one that may run programs' ' privilege=member of pg_execute_server_program$'
sql gitlab -c 'ALTER TABLE schema_migrations OWNER TO owner'
pf features "main=$sock dbname=gitlab user=owner"
has 'nor the owner' " privilege=owner of GitLab's tables\$"
has 'whose tables may still be denied' \
	'^source postgres:main denied reason=.*GRANT SELECT ON public\.ar_internal_metadata TO owner$'
sql gitlab -c 'ALTER TABLE schema_migrations OWNER TO postgres'
pf features "main=$sock dbname=gitlab user=bare"
has 'tables that tell GitLab apart, not readable' \
	'^source postgres:main denied reason=.*GRANT SELECT ON public\.schema_migrations TO bare$'
has 'and every part with them' '^part features main denied rows=0 read=no '
pf features,unqualified "main=$sock dbname=gitlab user=lured"
has 'a table of the same name first in search_path is not taken' \
	'^part features main complete rows=2 '
has 'nor are functions' '^shown postgres:main .*database gitlab, role lured$'
has 'a name without a schema finds neither' '^part unqualified main absent '

# --- Too much

pf many,all_of_many,wide "$main"
has 'more rows than declared' '^part many main truncated rows=1000 .*reason=more than 1000 rows$'
has 'as many rows as declared, over several fetches' '^part all_of_many main complete rows=5000 '
has 'a cell of 1 MiB is left out, and said' \
	'^part wide main truncated rows=2 .*reason=1 row left out: column word has more than 65536 bytes$'
has 'a cell of 64 KiB is not' '^row wide main y{100}$'
has 'the long cell never crossed the wire' '^cost postgres:main .*bytes=some$'

# 100 million rows, and a text of 300 MB: neither is held here.
pf endless,vast,features "$main"
has 'rows without end' '^part endless main truncated rows=10 .*reason=more than 10 rows$'
has 'a cell of 300 MB' '^part vast main (truncated rows=1 .*reason=1 row left out: column word has more than|timeout rows=0)'
has 'which never crossed the wire' '^cost postgres:main .*bytes=some$'
has 'the next table is read' '^part features main complete rows=2 '

# --- Declarations that do not fit, or that do more than read

before=$(sql gitlab -c 'SELECT pg_current_xact_id(), tup_inserted + tup_updated + tup_deleted
	FROM pg_stat_database WHERE datname = current_database()')
pf wrong,no_bool,undeclared,fraction,two,semicolon,commit,set,copy,do,call,insert,with_insert,next_value,writable,closing,features \
	"main=$sock dbname=gitlab user=postgres"
has 'text where an integer was declared' \
	'^part wrong main error rows=0 .*invalid input syntax for type bigint'
has 'an integer where a bool was declared' \
	"^part no_bool main error rows=0 .*column id: the server's type is no bool\$"
has 'a query without a declared column' '^part undeclared main absent rows=0 .*q\.n does not exist'
has 'a query that fails on its rows' '^part fraction main error rows=0 .*division by zero'
has 'two statements' '^part two main error rows=0 .*syntax error'
has 'a semicolon at the end' '^part semicolon main error rows=0 .*syntax error'
has 'COMMIT' '^part commit main error rows=0 .*syntax error'
for word in set copy do call; do
	has "${word^^}" "^part $word main error rows=0 .*syntax error"
done
has 'INSERT' '^part insert main error rows=0 .*syntax error'
has 'INSERT inside WITH' '^part with_insert main error rows=0 .*must be at the top level'
has 'a function that writes' '^part next_value main error rows=0 .*read-only transaction'
has 'leaving the read-only mode' \
	'^part writable main error rows=0 .*read-write mode must be set before any query'
has 'closing our brackets' '^part closing main error rows=0 .*multiple commands'
has 'the next table is read all the same' '^part features main complete rows=2 '
after=$(sql gitlab -c 'SELECT pg_current_xact_id(), tup_inserted + tup_updated + tup_deleted
	FROM pg_stat_database WHERE datname = current_database()')
is "$after" "$((${before%|*} + 1))|${before#*|}" 'no tuple was written, no transaction number taken'

parallel() { grep -c 'parallel worker for PID' "$log"; }
sql gitlab -c 'SELECT count(*) FROM many' >/dev/null
started=$(parallel)
ok 'the server would take parallel workers' [ "$started" -gt 0 ]
pf counted "$main"
has 'a count' '^row counted main 5000$'
is "$(parallel)" "$started" 'and none is taken for us'

# --- Not GitLab's

pf features "main=$sock dbname=empty user=reader"
has 'an empty database' \
	'^source postgres:main absent reason=this does not look like a GitLab database: in empty table public\.schema_migrations does not exist$'
has 'its parts' '^part features main absent rows=0 .*does not look like a GitLab database'
pf features "main=$sock dbname=registry user=reader"
has "the container registry's database" \
	'^source postgres:main absent reason=this does not look like a GitLab database: in registry public\.schema_migrations has no column version$'
sql empty -c "$gitlab GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"
pf features "main=$sock dbname=empty user=reader"
has 'tables without rows' \
	'^source postgres:main absent .*schema_migrations has no version of 14 digits$'
sql empty -c "INSERT INTO schema_migrations VALUES ('20210622045705')"
pf features "main=$sock dbname=empty user=reader"
has 'no environment' '^source postgres:main absent .*ar_internal_metadata has no key "environment"$'

# --- Two sources, one database

pf features,secret,ci_only "$main" "ci=host=127.0.0.1 port=$port dbname=gitlab user=runner"
has 'the same database over TCP is read once' \
	'^source postgres:ci complete reason=same database as postgres:main: read once$'
has 'with no rows of its own' '^part features ci complete rows=0 '
has 'also where the first may not read' '^part secret ci complete rows=0 '
has 'a table that is declared for it alone is read' '^part ci_only ci complete rows=2 '
is "$(grep '^identity' <<<"$out" | cut -d' ' -f3- | sort -u | wc -l)" 1 'both say who they are alike'
pf features "$main" "ci=$sock dbname=latin user=reader"
has 'another database of the same server is read' '^part features ci complete rows=3 '

# --- Nobody there, or not for us

pf features "main=$sock dbname=no_such_database user=reader"
has 'no such database' \
	'^source postgres:main absent reason=.*database "no_such_database" does not exist$'
pf features "main=$sock dbname=gitlab user=nobody_here"
has 'no such role' '^source postgres:main denied reason=.*role "nobody_here" does not exist$'
pf features "main=$sock dbname=closed user=reader"
has 'no CONNECT' '^source postgres:main denied reason=.*permission denied for database "closed"'
pf features "main=host=127.0.0.1 port=$port dbname=gitlab user=turned_away"
has 'not let in' '^source postgres:main denied reason=.*pg_hba\.conf rejects connection'
hasnt 'without the place in the source of the server' 'LOCATION|auth\.c|28000'
scrammed="host=127.0.0.1 port=$port dbname=gitlab user=scrammed"
PGPASSWORD=wrong pf features "main=$scrammed"
has 'a wrong password' \
	'^source postgres:main denied reason=.*password authentication failed for user "scrammed"'
hasnt 'which is shown nowhere' 'wrong'
hasnt 'and an error that came twice (with TLS and without) is told once' 'scrammed".*scrammed"'
pf features "main=$scrammed"
has 'no password' '^source postgres:main denied reason=.*no password supplied'
PGPASSWORD=right pf features "main=$scrammed"
has 'the right one' '^part features main complete rows=2 '
printf '127.0.0.1:%s:*:scrammed:right\n' "$port" >"$dir/pass"
chmod 600 "$dir/pass"
PGPASSFILE=$dir/pass pf features "main=$scrammed"
has 'from a password file' '^part features main complete rows=2 '
pf features "main=$scrammed password=hunter2"
has 'a password in the connection string is refused' \
	'^source postgres:main unreachable reason=not contacted: '
hasnt 'and not repeated' 'hunter2'
pf features "main=postgresql://scrammed:hunter2@127.0.0.1:$port/gitlab"
has 'also in a URI' '^source postgres:main unreachable reason=not contacted: '
hasnt 'and not repeated there' 'hunter2'
pf features "main=postgresql://reader@127.0.0.1:$port/gitlab"
has 'a URI without one' '^part features main complete rows=2 '
pf features 'main=hots=db1'
has 'a connection string with a slip' \
	'^source postgres:main unreachable reason=the connection string cannot be read: .*"hots"$'
pf features 'main=service=no_such_service'
has 'no such service' \
	'^source postgres:main unreachable reason=definition of service "no_such_service" not found$'
nothing=$(free_port)
pf features "main=host=127.0.0.1 port=$nothing dbname=gitlab user=reader"
has 'nothing listens' '^source postgres:main unreachable reason=.*Connection refused'
has 'the endpoint is shown all the same' \
	"^shown postgres:main PostgreSQL on 127\.0\.0\.1:$nothing, database gitlab\$"
pf features "main=host=$dir/nowhere dbname=gitlab user=reader"
has 'no socket' '^source postgres:main unreachable reason=.*No such file or directory'
RES_OPTIONS='timeout:1 attempts:1' pf features 'main=host=no-such-host.invalid dbname=gitlab user=reader'
has 'no such host' \
	'^source postgres:main unreachable reason=could not translate host name "no-such-host\.invalid"'
mute=$(free_port)
listener "$mute" ''
pf -t 1000 features,ids "main=host=127.0.0.1 port=$mute dbname=gitlab user=reader" \
	"ci=$me"
has 'a port that says nothing' \
	"^source postgres:main timeout reason=no answer from 127\.0\.0\.1:$mute within "
has 'all its parts' '^part ids main timeout rows=0 read=no '
hasnt 'its thread ended' '^left behind'
pf features "main=host=127.0.0.1 port=$mute dbname=gitlab user=reader connect_timeout=1"
has 'a limit of its own' '^source postgres:main timeout reason=no answer from .* within 1 s$'

# --- TLS

remote="host=db.test hostaddr=127.0.0.1 port=$port dbname=gitlab user=reader"
pf features "main=$remote"
has 'a server elsewhere is verified: its certificate cannot be' \
	'^source postgres:main tls_failed reason=.*add sslrootcert=FILE.*root\.crt'
pf features "main=$remote sslrootcert=$dir/ca.crt"
has 'with its authority it can' '^source postgres:main complete '
has 'and is' '^is postgres:main .*tls=verify-full '
pf features "main=$remote sslrootcert=$dir/other.crt"
has 'with another authority it is not' \
	'^source postgres:main tls_failed reason=.*certificate verify failed'
wrong="host=other.test hostaddr=127.0.0.1 port=$port dbname=gitlab user=reader sslrootcert=$dir/ca.crt"
pf features "main=$wrong"
has 'nor under another name' \
	'^source postgres:main tls_failed reason=.*does not match host name "other\.test"'
pf features "main=$wrong sslmode=verify-ca"
has 'verify-ca when told so' '^is postgres:main .*tls=verify-ca '
pf features "main=$remote sslmode=require"
has 'unverified when told so' '^is postgres:main .*tls=encrypted-unverified '
here="host=127.0.0.1 port=$port dbname=gitlab user=reader"
pf features "main=$here"
hasnt 'on loopback nothing is verified' '^is postgres:main .*tls=verify-full '
pf features "main=$here sslrootcert=$dir/other.crt"
has 'unless an authority is named, which did not sign this one' \
	'^source postgres:main tls_failed reason=.*certificate verify failed'
PGSSLMODE=require pf features "main=$remote"
has 'by the environment' '^is postgres:main .*tls=encrypted-unverified '
printf '[loose]\nhost=db.test\nhostaddr=127.0.0.1\nport=%s\ndbname=gitlab\nuser=reader\nsslmode=disable\n' \
	"$port" >"$dir/services"
PGSERVICEFILE=$dir/services pf features 'main=service=loose'
has 'by a service file' '^is postgres:main .*tls=plaintext '
sed -i '/sslmode/d' "$dir/services"
PGSERVICEFILE=$dir/services pf features 'main=service=loose'
has 'which may also say nothing' '^source postgres:main tls_failed '
PGHOST=db.test PGHOSTADDR=127.0.0.1 pf features "main=port=$port dbname=gitlab user=reader"
has 'a host from the environment is verified, too' '^source postgres:main tls_failed '
pf features "main=host=127.0.0.1 port=$port dbname=gitlab user=reader sslmode=disable"
has 'loopback' \
	"^shown postgres:main PostgreSQL [0-9.]+ on 127\.0\.0\.1:$port, database gitlab, role reader\$"
has 'in plain text' '^is postgres:main .*tls=plaintext '
plain=$(free_port)
listener "$plain" N
pf features "main=host=db.test hostaddr=127.0.0.1 port=$plain dbname=gitlab user=reader sslrootcert=$dir/ca.crt"
has 'a server without TLS' '^source postgres:main tls_failed reason=the server offers no TLS'

# --- Locked, hanging, stopped

sql gitlab -c 'BEGIN; LOCK TABLE features IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)' >/dev/null 2>&1 &
locker=$!
until_true gitlab "SELECT count(*) = 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
	AND relation = 'features'::regclass"
pf features,all_of_many "$main"
has 'a locked table' \
	'^part features main timeout rows=0 .*table is locked by another session \(waited 0\.5 s\)$'
has 'the next one is read' '^part all_of_many main complete rows=5000 '
sql gitlab -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'" >/dev/null
wait "$locker"

pf -t 4000 features,sleep,ids "$main"
has 'the time is over: what was read stays' '^part features main complete rows=2 '
has 'what was being read' '^part sleep main timeout rows=0 '
# (The server's clock may strike a moment before ours: then there is time for a short query more.)
has 'what came after' '^part ids main (timeout rows=0|complete rows=2) '
until_true gitlab "$gone"
pass 'no session of ours is left'
begun=$SECONDS
pf -t 4000 awake,features "$main"
has 'a query that switches off the time limit of the server' '^part awake main timeout rows=0 '
ok 'ends in time all the same' [ $((SECONDS - begun)) -le 15 ]
until_true gitlab "$gone"

pf_start sleep,ids "$main"
until_true gitlab "$sleeping"
kill -TERM "$running"
pf_wait
has 'interrupted' '^part sleep main timeout rows=0 .*interrupted while reading sleep$'
has 'and the rest' '^part ids main timeout rows=0 .*interrupted while reading sleep$'
has 'the signal is handed on' '^interrupted 15$'
until_true gitlab "$gone"
ok 'the statement was cancelled' \
	grep -q '^preflight ERROR:  canceling statement due to user request' "$log"

before=$(grep -c '^preflight ERROR:  canceling statement due to statement timeout' "$log")
pf_start sleep,sleep_more,sleep_most "$main"
until_true gitlab "$sleeping"
kill -TERM "$running"
pf_wait
until_true gitlab "$gone"
is "$(grep -c '^preflight ERROR:  canceling statement due to statement timeout' "$log")" "$before" \
	'nor does the server begin what it has already been sent'

pf_start -t 6000 sleep,ids "$main"
until_true gitlab "$sleeping"
stopped=$(sql gitlab -c "SELECT pid FROM pg_stat_activity WHERE application_name = 'preflight'")
kill -STOP "$stopped"
pf_wait
kill -CONT "$stopped"
has 'a server that hangs' \
	'^part sleep main timeout rows=0 .*--timeout expired while reading sleep$'
hasnt 'does not keep us' '^left behind'
until_true gitlab "$gone"
pass 'and is cancelled when it wakes up'

pf_start features,sleep,ids "$main"
until_true gitlab "$sleeping"
sql gitlab -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'preflight'" >/dev/null
pf_wait
has 'our session is ended' \
	'^part sleep main unreachable rows=0 .*closed the connection while reading sleep: terminating connection'

pf_start features,sleep,ids "$main"
until_true gitlab "$sleeping"
pg_stop
pf_wait
has 'the server dies: what was read stays' '^part features main complete rows=2 '
has 'what was being read is not' \
	'^part sleep main unreachable rows=0 .*closed the connection while reading sleep'
has 'nor is the rest' \
	'^part ids main unreachable rows=0 read=no .*closed the connection while reading sleep'
has 'nor the source' '^source postgres:main unreachable '
start

# --- A pooler in between

pooler_stop()
{
	[ ! -s "$dir/sock/pooler.pid" ] || kill "$(cat "$dir/sock/pooler.pid")"
}
pooler=$(command -v pgbouncer || echo /usr/sbin/pgbouncer)
if [ -x "$pooler" ]; then
	pool=$(free_port)
	cat >"$dir/sock/pooler.ini" <<EOF
[databases]
gitlab = host=$dir/sock port=$port dbname=gitlab
[pgbouncer]
listen_addr =
unix_socket_dir = $dir/sock
listen_port = $pool
auth_type = trust
auth_file = $dir/sock/users
pidfile = $dir/sock/pooler.pid
pool_mode = transaction
default_pool_size = 1
EOF
	printf '"reader" ""\n' >"$dir/sock/users"
	at_exit pooler_stop
	(cd / && servers_as_nobody "$pooler" "$dir/sock/pooler.ini") >"$dir/pooler.log" 2>&1 &
	wait_for 'the pooler listens' "$PG_BIN/psql" -qXAt -h "$dir/sock" -p "$pool" -U reader -d gitlab -c 'SELECT 1'
	through="host=$dir/sock port=$pool user=reader"
	pf features,many,secret,rls,wrong,ids "main=$through dbname=gitlab" "ci=$me"
	has 'through PgBouncer' '^part features main complete rows=2 '
	has 'after an error' '^part ids main complete rows=2 '
	has 'with refusals' '^part rls main denied '
	has 'the same database with and without it' \
		'^source postgres:ci complete reason=same database as postgres:main: read once$'
	is "$("$PG_BIN/psql" -qXAt -h "$dir/sock" -p "$pool" -U reader -d gitlab -c "SELECT current_setting(name)
		FROM unnest(ARRAY['statement_timeout', 'lock_timeout', 'search_path', 'row_security', 'transaction_read_only']) AS name" |
		paste -sd' ')" '0 0 "$user", public on off' 'nothing stays set for the next client'
	pf -t 4000 sleep "main=$through dbname=gitlab"
	has 'the time is over' '^part sleep main timeout '
	until_true gitlab "SELECT count(*) = 0 FROM pg_stat_activity WHERE state <> 'idle' AND usename = 'reader'"
	pass 'nothing runs on behind the pooler'
	pf features "main=$through dbname=no_such_database"
	has 'no such database there' '^source postgres:main absent reason=.*no such database'
else
	skip 'pgbouncer is not installed' 8
fi

# --- What the server saw

until_true gitlab "SELECT count(*) = 0 FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
pass 'no transaction is left open'
out=$(sed -n 's/^preflight LOG:  execute [^:]*: //p' "$log" | grep -Ev \
	-e '^BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY$' \
	-e "^SELECT pg_catalog\.set_config\('search_path', 'pg_catalog, pg_temp', true\)," \
	-e '^SELECT current_database\(\), quote_ident\(current_user\),' \
	-e "^SELECT CASE WHEN current_setting\('is_superuser'\)" \
	-e '^SELECT c\.relkind, pg_catalog\.has_schema_privilege' \
	-e '^SELECT EXISTS \(SELECT 1 FROM public\.schema_migrations' \
	-e '^SELECT CASE WHEN NOT EXISTS \(SELECT 1 FROM pg_stat_wal_receiver' \
	-e '^DECLARE pf NO SCROLL CURSOR FOR SELECT ' -e '^FETCH ALL FROM pf$' -e '^ROLLBACK$')
is "$out" '' 'the log shows nothing but reading'
# (The pooler says for itself whom it hands our session to.)
is "$(grep '^preflight LOG:  statement:' "$log" |
	grep -v "statement: SET application_name='psql';\$")" '' 'and no statement of the simple protocol'
statements=$(grep -c '^preflight LOG:  execute' "$log")
ok 'the log shows our statements at all' [ "$statements" -gt 500 ]

done_testing
