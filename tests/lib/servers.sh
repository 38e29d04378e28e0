# shellcheck shell=bash
# Throw-away PostgreSQL and Redis on Unix sockets, as root (then they run as nobody) or as anybody.
# They listen on no port and keep nothing. A server that was started here is stopped at the end of
# the script, whatever happens.
#
#   servers_why_not [postgres|redis]  prints why a server (or any) cannot run here; nothing if it can
#   servers_dir WANTED       prints WANTED if its sockets can work there, else a directory that can
#
#   pg_start DIR [LINE...]   a server with its data and socket below DIR; LINEs for postgresql.conf
#   pg_stop [DIR]            at once; its directory stays
#   pg_conninfo [DB]         prints the words that libpq needs to connect
#   pg_sql DB [SQL]          runs SQL (or stdin) and prints rows as a|b; fails at the first error
#   pg_is_true DB SQL        succeeds if SQL returns one row, t
#   pg_alone                 waits until no other session is left; what each of them did is counted then
#   pg_newdb NAME [TEMPLATE] creates a database as a copy of TEMPLATE (default: base)
#   pg_dropdb NAME           with whoever is connected
#   pg_version               prints the server's major version
#
#   redis_start DIR [OPTION...]       a server with its socket below DIR; options of redis-server
#   redis_stop [DIR]
#   redis_url [DB]           prints unix://SOCKET?db=N
#   redis_cmd WORD...        runs a command in database $REDIS_DB and prints the reply
#   redis_feed               runs many commands quickly: one a line on stdin, words parted by tabs
#   redis_newdb              changes to the next database number, emptied
#
# One pair of servers per file of tests; per case a database (pg_newdb) and a number (redis_newdb).
# Several servers of one kind: the one started last is meant, or the one that pg_use or redis_use
# DIR names.
#
# SERVERS_ROOT: the root of another release whose servers run instead, with /tmp, /dev and /proc of this
# one (tests/matrix/run arranges that, as root); SERVERS_REDIS: valkey runs Valkey.

# shellcheck source=tests/lib/cleanup.sh
. "$(dirname "${BASH_SOURCE[0]}")/cleanup.sh"
# shellcheck source=tests/lib/await.sh
. "$(dirname "${BASH_SOURCE[0]}")/await.sh"

PG_DIR=
PG_BIN=
PG_MEMORY_KB=8000000
REDIS_DIR=
REDIS_DB=0
REDIS_DATABASES=64

servers_error()
{
	printf 'servers.sh: %s\n' "$*" >&2
	return 1
}

# The newest PostgreSQL that is installed: Debian keeps the server's programs out of PATH.
pg_find()
{
	local dir

	[ -z "$PG_BIN" ] || return 0
	while read -r dir; do
		if [ -x "${SERVERS_ROOT:-}$dir/initdb" ] && [ -x "${SERVERS_ROOT:-}$dir/postgres" ]; then
			PG_BIN=$dir
			return 0
		fi
	done < <(
		printf '%s\n' "${SERVERS_ROOT:-}"/usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
			/usr/libexec/postgresql*/ /usr/lib/postgresql*/bin | sed "s,^${SERVERS_ROOT:-},," | sort -rV
		pg_config --bindir 2>/dev/null
		dirname "$(command -v initdb)" 2>/dev/null
	)
	return 1
}

# Debian's psql in PATH is a wrapper that takes four times as long as psql.
pg_client()
{
	if [ -n "${SERVERS_ROOT:-}" ]; then
		command -v "$1"
	else
		printf '%s\n' "$PG_BIN/$1"
	fi
}

redis_find()
{
	if [ -n "${SERVERS_ROOT:-}" ] && [ "$1" = server ]; then
		PATH=$SERVERS_ROOT/usr/bin command -v "${SERVERS_REDIS:-redis}-server" | sed "s,^$SERVERS_ROOT,,"
	else
		command -v "redis-$1" || command -v "valkey-$1"
	fi
}

servers_why_not()
{
	case ${1:-any} in postgres | any)
		pg_find || echo 'no PostgreSQL server is installed'
	esac
	case ${1:-any} in redis | any)
		redis_find server >/dev/null && redis_find cli >/dev/null ||
			echo 'no Redis server is installed'
	esac
	if [ "$(id -u)" = 0 ] && ! servers_as_nobody true 2>/dev/null; then
		echo 'PostgreSQL does not run as root, and setpriv cannot become nobody here'
	fi
}

# PostgreSQL refuses to run as root.
servers_as_nobody()
{
	if [ -n "${SERVERS_ROOT:-}" ]; then
		chroot --userspec="$(id -u nobody):$(id -g nobody)" --groups= "$SERVERS_ROOT" \
			env HOME=/nonexistent "$@"
	elif [ "$(id -u)" = 0 ]; then
		setpriv --reuid="$(id -u nobody)" --regid="$(id -g nobody)" --clear-groups \
			env HOME=/nonexistent "$@"
	else
		"$@"
	fi
}

servers_dir()
{
	local path

	path=$(realpath -m "$1")
	if [ "${#path}" -le 70 ] && mkdir -p "$path" && chmod 711 "$path" &&
		servers_as_nobody test -x "$path"; then
		printf '%s\n' "$path"
	else
		new_dir
	fi
}

# Makes DIR/$2 and DIR/sock for whoever the server runs as; the path of a socket has a limit.
servers_prepare()
{
	local dir=$1 data=$2 name=$3

	mkdir -p "$dir/$data" "$dir/sock" || return 1
	[ "$(printf %s "$dir/sock/$name" | wc -c)" -le 107 ] ||
		servers_error "$dir is too long for a socket: 107 bytes with /sock/$name" || return 1
	if [ "$(id -u)" = 0 ]; then
		chown nobody "$dir/$data" "$dir/sock" || return 1
	fi
	chmod 700 "$dir/$data" && chmod 755 "$dir/sock" || return 1
	servers_as_nobody test -w "$dir/$data" -a -w "$dir/sock" ||
		servers_error "nobody cannot write to $dir: is a directory above it closed? See servers_dir"
}

pg_use()
{
	PG_DIR=$1
}

# PostgreSQL makes some thousand files for a few databases, which on a disk is half of the time of many a test. Where
# memory is plenty its data are in memory: DIR/pg is a link then.
pg_in_memory()
{
	local dir=$1 memory

	[ ! -e "$dir/pg" ] && [ -z "${SERVERS_ROOT:-}" ] || return 0
	[ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] && [ -w /dev/shm ] &&
		[ "$(df --output=avail /dev/shm | tail -n 1)" -gt "$PG_MEMORY_KB" ] &&
		[ "$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)" -gt "$PG_MEMORY_KB" ] || return 0
	memory=$(mktemp -d /dev/shm/pf.XXXXXX) || return 0
	at_exit rm -rf "$memory"
	mkdir -p "$dir" && ln -s "$memory" "$dir/pg"
}

pg_start()
{
	local dir

	dir=$(realpath -m "$1")
	shift
	pg_find || servers_error 'no PostgreSQL server is installed' || return 1
	pg_in_memory "$dir"
	servers_prepare "$dir" pg .s.PGSQL.5432 || return 1
	if [ ! -e "$dir/pg/PG_VERSION" ]; then
		(cd / && servers_as_nobody env -u PGDATA LC_ALL=C "$PG_BIN/initdb" -D "$dir/pg" -U postgres \
			-A trust -E UTF8 --locale=C --no-sync) >"$dir/sock/initdb.log" 2>&1 ||
			servers_error "initdb failed: $(cat "$dir/sock/initdb.log")" || return 1
		pg_settings "$dir" "$@" >>"$dir/pg/postgresql.conf"
	fi
	at_exit pg_stop "$dir"
	(cd / && servers_as_nobody env -i PATH=/usr/bin:/bin LC_ALL=C "$PG_BIN/pg_ctl" -D "$dir/pg" \
		-l "$dir/sock/pg.log" -w -t 300 start) >/dev/null 2>&1 </dev/null ||
		servers_error "PostgreSQL did not start: $(tail -n 20 "$dir/sock/pg.log")" || return 1
	PG_DIR=$dir
}

# Nothing here outlives the test, so nothing needs to survive a crash.
pg_settings()
{
	cat <<-END
		listen_addresses = ''
		unix_socket_directories = '$1/sock'
		port = 5432
		fsync = off
		synchronous_commit = off
		full_page_writes = off
		wal_level = minimal
		max_wal_senders = 0
		autovacuum = off
		shared_buffers = 32MB
	END
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

pg_stop()
{
	local dir

	dir=$(realpath -m "${1:-$PG_DIR}")
	[ -e "$dir/pg/postmaster.pid" ] || return 0
	(cd / && servers_as_nobody "$PG_BIN/pg_ctl" -D "$dir/pg" -m immediate -w stop) \
		>/dev/null 2>&1 </dev/null
}

pg_conninfo()
{
	printf 'host=%s port=5432 user=postgres dbname=%s\n' "$PG_DIR/sock" "${1:-postgres}"
}

pg_sql()
{
	local db=$1

	shift
	[ $# -eq 0 ] || set -- -c "$1"
	env -u PGOPTIONS -u PGSERVICE LC_ALL=C.UTF-8 PGCLIENTENCODING=UTF8 PGAPPNAME=test \
		"$(pg_client psql)" -X -q -A -t -v ON_ERROR_STOP=1 "$@" "$(pg_conninfo "$db")"
}

pg_is_true()
{
	[ "$(pg_sql "$1" "$2")" = t ]
}

pg_alone()
{
	await pg_is_true postgres 'SELECT count(*) = 0 FROM pg_stat_activity WHERE datid IS NOT NULL
		AND pid <> pg_backend_pid()'
}

pg_newdb()
{
	pg_sql postgres "CREATE DATABASE \"$1\" TEMPLATE \"${2:-base}\""
}

pg_dropdb()
{
	pg_sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = '$1' AND pid <> pg_backend_pid()" >/dev/null &&
		pg_sql postgres "DROP DATABASE IF EXISTS \"$1\""
}

pg_version()
{
	pg_sql postgres "SELECT current_setting('server_version_num')::int / 10000"
}

redis_use()
{
	REDIS_DIR=$1
	REDIS_DB=0
}

redis_start()
{
	local dir server

	dir=$(realpath -m "$1")
	shift
	server=$(redis_find server) || servers_error 'no Redis server is installed' || return 1
	servers_prepare "$dir" redis redis.sock || return 1
	at_exit redis_stop "$dir"
	(cd / && servers_as_nobody "$server" --port 0 --unixsocket "$dir/sock/redis.sock" --save '' \
		--appendonly no --databases "$REDIS_DATABASES" --dir "$dir/redis" --daemonize yes \
		--pidfile "$dir/redis/redis.pid" --logfile "$dir/redis/redis.log" "$@") \
		>"$dir/sock/redis.out" 2>&1 </dev/null ||
		servers_error "Redis did not start: $(tail -n 3 "$dir/sock/redis.out")" || return 1
	redis_use "$dir"
	await redis_answers ||
		servers_error "Redis did not start: $(tail -n 20 "$dir/redis/redis.log" 2>&1)"
}

# An answer that asks for a password is an answer.
redis_answers()
{
	case $(redis_cmd PING 2>&1) in
	PONG | NOAUTH*) return 0 ;;
	esac
	return 1
}

redis_stop()
{
	local dir pid

	dir=$(realpath -m "${1:-$REDIS_DIR}")
	pid=$(cat "$dir/redis/redis.pid" 2>/dev/null) || return 0
	# A number alone does not say that the process is still ours: the directory it works in does.
	if [ "/proc/$pid/cwd" -ef "$dir/redis" ]; then
		kill "$pid" 2>/dev/null
		await redis_ended "$dir" "$pid"
	fi
	rm -f "$dir/redis/redis.pid" "$dir/sock/redis.sock"
}

redis_ended()
{
	[ ! -S "$1/sock/redis.sock" ] || [ ! -e "/proc/$2" ]
}

redis_url()
{
	printf 'unix://%s?db=%s\n' "$REDIS_DIR/sock/redis.sock" "${1:-$REDIS_DB}"
}

redis_cmd()
{
	"$(redis_find cli)" -s "$REDIS_DIR/sock/redis.sock" -n "$REDIS_DB" "$@"
}

redis_feed()
{
	LC_ALL=C awk -F '\t' '{
		printf "*%d\r\n", NF
		for (i = 1; i <= NF; i++)
			printf "$%d\r\n%s\r\n", length($i), $i
	}' | redis_cmd --pipe >/dev/null
}

redis_newdb()
{
	REDIS_DB=$((REDIS_DB + 1))
	[ "$REDIS_DB" -lt "$REDIS_DATABASES" ] ||
		servers_error "this Redis has $REDIS_DATABASES databases only" || return 1
	redis_cmd FLUSHDB >/dev/null
}
