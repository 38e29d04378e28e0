# shellcheck shell=bash
# The states that a GitLab's stores can be in. Every time is relative to now: an AGO is an interval
# as PostgreSQL reads it ('5 hours', '3 days'); SECONDS are seconds.
#
# PostgreSQL (DB is the database's name; STATUS a word of GitLab's or its number):
#   gitlab_base [FILE]             the database "base" for pg_newdb, from tests/schema/14.1.sql
#   gitlab_load DB FILE            an empty database with the tables of FILE (tests/schema/...)
#   bbm_add DB CLASS TABLE COLUMN ARGUMENTS STATUS [NAME=VALUE...]
#       a batched background migration; prints its id. Names: ago (created and last changed,
#       default '5 days'), updated (last changed), interval, min, max, batch, sub_batch, total (or
#       null), and set='COLUMN = EXPRESSION' for any other column
#   bbm_job_add DB ID STATUS [NAME=VALUE...]
#       jobs of that migration. Names: count (1), attempts (1), ago (created and started), updated,
#       finished (each defaults to the one before; finished only where the status says so), min
#       (where the last one ended), size (ids a job, 1000), batch (as size)
#   bbm_finish_all DB [TABLE]      all finished, among them the bigint copies that 14.1 starts, with
#       a row added for each that has none; except the rows on TABLE
#   schema_at DB VERSION
#       what rules/markers.yml has on record of every release up to that of VERSION, and nothing of a later one
#   legacy_row_add DB CLASS STATUS AGO [ARGUMENTS]
#       a row of background_migration_jobs (pending, succeeded)
#   scheduler_flag DB off|on|default [FLAG]
#
# Redis (in database $REDIS_DB; keys begin with $SIDEKIQ_NAMESPACE, "resque:gitlab:" by default as
# up to GitLab 16.5, empty as from 16.6):
#   sidekiq_alive [HOST [STARTED_SECONDS [QUEUE...]]]
#       a process that lives since then (default 3 days), serving all queues; prints its identity
#   sidekiq_quiet                  every process takes no more jobs
#   sidekiq_gone                   every process died: their names remain, their hashes do not
#   sidekiq_cron [SECONDS [STATUS]]      the batched migrations' cron entry ran SECONDS ago (30);
#       enabled or disabled
#   sidekiq_work IDENTITY QUEUE CLASS ARGUMENTS [SECONDS]
#       that process is at work on a job since SECONDS
#   legacy_job_schedule CLASS IN_SECONDS [COUNT]    due in so many seconds (negative: overdue)
#   legacy_job_queue CLASS [SECONDS_AGO [COUNT]]
#   legacy_job_retry CLASS [IN_SECONDS [COUNT]]
#   legacy_job_dead CLASS [SECONDS_AGO [COUNT]]
#
# Needs servers.sh, with both servers started.

gitlab_schema=$(cd "$(dirname "${BASH_SOURCE[0]}")/../schema" && pwd)
gitlab_jobs=0

gitlab_error()
{
	printf 'gitlab.sh: %s\n' "$*" >&2
	return 1
}

gitlab_load()
{
	pg_newdb "$1" template0 && pg_sql "$1" <"$2" >/dev/null
}

gitlab_base()
{
	gitlab_load base "${1:-$gitlab_schema/14.1.sql}"
}

# Makes NAME=VALUE words local variables of the caller, which has declared the names it knows.
gitlab_words()
{
	local known=" $1 " word

	shift
	for word in "$@"; do
		[[ $known == *" ${word%%=*} "* && $word == *=* ]] ||
			gitlab_error "\"$word\" is none of:$known" || return 1
		printf -v "${word%%=*}" %s "${word#*=}"
	done
}

bbm_status()
{
	case $1 in
	paused) echo 0 ;;
	active) echo 1 ;;
	finished) echo 3 ;;
	failed) echo 4 ;;
	finalizing) echo 5 ;;
	finalized) echo 6 ;;
	*) echo "$1" ;;
	esac
}

bbm_add()
{
	local db=$1 class=$2 table=$3 column=$4 arguments=$5 status
	local ago='5 days' updated='' interval=120 min=1 max=1000000 batch=20000 sub_batch=1000
	local total=1000000 set=''

	status=$(bbm_status "$6")
	shift 6
	gitlab_words 'ago updated interval min max batch sub_batch total set' "$@" || return 1
	pg_sql "$db" <<-END
		INSERT INTO batched_background_migrations (created_at, updated_at, min_value, max_value,
			batch_size, sub_batch_size, "interval", status, job_class_name, table_name,
			column_name, job_arguments, total_tuple_count)
		VALUES (now() - interval '$ago', now() - interval '${updated:-$ago}', $min, $max,
			$batch, $sub_batch, $interval, $status, '$class', '$table', '$column', '$arguments',
			$total)
		RETURNING id;
		${set:+UPDATE batched_background_migrations SET $set WHERE id =
			currval('batched_background_migrations_id_seq');}
	END
}

bbm_job_status()
{
	case $1 in
	pending) echo 0 ;;
	running) echo 1 ;;
	failed) echo 2 ;;
	succeeded) echo 3 ;;
	*) echo "$1" ;;
	esac
}

bbm_job_add()
{
	local db=$1 id=$2 status
	local count=1 attempts=1 ago='5 hours' updated='' finished='' min='' size=1000 batch=''

	status=$(bbm_job_status "$3")
	shift 3
	gitlab_words 'count attempts ago updated finished min size batch' "$@" || return 1
	updated=${updated:-$ago}
	case $status in
	2 | 3) finished="now() - interval '${finished:-$updated}'" ;;
	*) finished=${finished:+"now() - interval '$finished'"} ;;
	esac
	pg_sql "$db" <<-END
		INSERT INTO batched_background_migration_jobs (created_at, updated_at, started_at,
			finished_at, batched_background_migration_id, min_value, max_value, batch_size,
			sub_batch_size, status, attempts)
		SELECT now() - interval '$ago', now() - interval '$updated',
			CASE WHEN $status > 0 THEN now() - interval '$ago' END,
			${finished:-NULL}, $id, first.value + n * $size, first.value + n * $size + $size - 1,
			${batch:-$size}, least(100, $size), $status, $attempts
		FROM generate_series(0, $count - 1) AS n,
			(SELECT coalesce(${min:-NULL}, (SELECT max(max_value) + 1
				FROM batched_background_migration_jobs
				WHERE batched_background_migration_id = $id), 1) AS value) AS first;
	END
}

# Table, column, columns copied: what 13.11 to 14.1 queue, and 14.2 and 14.3 require.
bbm_bigint_copies()
{
	cat <<-'END'
		events id ["id"]
		push_event_payloads event_id ["event_id"]
		ci_build_needs id ["build_id"]
		ci_build_trace_chunks id ["build_id"]
		ci_builds id ["id","stage_id"]
		ci_builds_metadata id ["build_id"]
		ci_builds_metadata id ["id"]
		ci_builds_runner_session id ["build_id"]
		ci_job_artifacts id ["id","job_id"]
		ci_sources_pipelines id ["source_job_id"]
		ci_stages id ["id"]
		deployments id ["deployable_id"]
		geo_job_artifact_deleted_events id ["job_artifact_id"]
		taggings id ["id","taggable_id"]
	END
}

bbm_finish_all()
{
	local db=$1 except=${2:-} table column from

	bbm_bigint_copies | while read -r table column from; do
		[ "$table" != "$except" ] || continue
		cat <<-END
			INSERT INTO batched_background_migrations (created_at, updated_at, max_value,
				batch_size, sub_batch_size, "interval", job_class_name, table_name, column_name,
				job_arguments, total_tuple_count)
			VALUES (now() - interval '9 days', now() - interval '8 days', 400000, 20000, 1000, 120,
				'CopyColumnUsingBackgroundMigrationJob', '$table', '$column',
				'[$from,${from//\"[],]/_convert_to_bigint&}]', 400000)
			ON CONFLICT DO NOTHING;
		END
	done | pg_sql "$db" || return 1
	pg_sql "$db" <<-END
		INSERT INTO batched_background_migration_jobs (created_at, updated_at, started_at,
			finished_at, batched_background_migration_id, min_value, max_value, batch_size,
			sub_batch_size, status, attempts)
		SELECT m.created_at, m.updated_at, m.created_at, m.updated_at, m.id, m.min_value,
			m.max_value, coalesce(m.total_tuple_count, m.batch_size), m.sub_batch_size, 3, 1
		FROM batched_background_migrations AS m
		WHERE m.table_name <> '$except' AND NOT EXISTS (SELECT 1
			FROM batched_background_migration_jobs
			WHERE batched_background_migration_id = m.id);
		UPDATE batched_background_migration_jobs AS j SET status = 3,
			finished_at = coalesce(j.finished_at, j.updated_at)
		FROM batched_background_migrations AS m
		WHERE m.id = j.batched_background_migration_id AND m.table_name <> '$except'
			AND j.status <> 3;
		UPDATE batched_background_migrations SET status = 3
		WHERE table_name <> '$except' AND status NOT IN (3, 6);
	END
}

# KIND NAME of the markers whose release is up to (le) or beyond (gt) that of a version, one a line
gitlab_markers()
{
	awk -v op="$1" -v version="$2" '
		function number(v, part) { split(v, part, "."); return part[1] * 1000 + part[2] }
		/^ *- \{release: / { row = "" }
		{ row = row " " $0 }
		row ~ /^ *- \{release: .*\}$/ {
			gsub(/[]["{},]/, " ", row)
			sub(/^ *-/, "", row)
			n = split(row, word, " ")
			for (i = 1; i <= n; i++)
				if (word[i] ~ /:$/)
					key = word[i]
				else if (key == "name:" && (number(release) <= number(version)) == (op == "le"))
					print kind, word[i]
				else if (key == "release:")
					release = word[i]
				else if (key == "kind:")
					kind = word[i]
			row = ""
		}' "$gitlab_schema/../../rules/markers.yml"
}

schema_at()
{
	local db=$1 version=$2

	{
		echo 'SET client_min_messages = warning;'
		gitlab_markers le "$version" | awk '
			$1 == "table" { print "CREATE TABLE IF NOT EXISTS public." $2 " (id bigint PRIMARY KEY);"; next }
			{ print "INSERT INTO public.schema_migrations (version) VALUES (\047" $2 "\047) ON CONFLICT DO NOTHING;" }'
		gitlab_markers gt "$version" | awk '
			$1 == "table" { print "DROP TABLE IF EXISTS public." $2 ";"; next }
			{ print "DELETE FROM public.schema_migrations WHERE version = \047" $2 "\047;" }'
	} | pg_sql "$db" >/dev/null
}

legacy_row_add()
{
	local db=$1 class=$2 status=$3 ago=$4 arguments=${5:-[1, 1000]}

	case $status in
	pending) status=0 ;;
	succeeded) status=1 ;;
	esac
	pg_sql "$db" "INSERT INTO background_migration_jobs (created_at, updated_at, status, class_name,
			arguments)
		VALUES (now() - interval '$ago', now() - interval '$ago', $status, '$class',
			'$arguments')"
}

# Switching a flag off leaves its row and takes its gates away.
scheduler_flag()
{
	local db=$1 state=$2 flag=${3:-execute_batched_migrations_on_schedule}

	pg_sql "$db" "DELETE FROM feature_gates WHERE feature_key = '$flag';
		DELETE FROM features WHERE key = '$flag'" || return 1
	case $state in off | on)
		pg_sql "$db" "INSERT INTO features (key, created_at, updated_at)
			VALUES ('$flag', now() - interval '1 day', now() - interval '1 day')" || return 1
	esac
	case $state in on)
		pg_sql "$db" "INSERT INTO feature_gates (feature_key, key, value, created_at, updated_at)
			VALUES ('$flag', 'boolean', 'true', now() - interval '1 day',
				now() - interval '1 day')"
	esac
}

sidekiq_key()
{
	printf %s "${SIDEKIQ_NAMESPACE-resque:gitlab:}$1"
}

gitlab_hex()
{
	od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

# "1650000000.25": now, or so many seconds from now.
gitlab_epoch()
{
	printf '%d.25' "$(($(date +%s) + ${1:-0}))"
}

# Some of the several hundred queues of 14.1: those that matter here, and a few besides.
gitlab_queues()
{
	printf '%s\n' background_migration chaos:chaos_sleep \
		cronjob:database_batched_background_migration cronjob:stuck_ci_jobs default \
		deployment:deployments_update_environment emails_on_push mailers \
		pipeline_processing:build_finished post_receive project_destroy
}

sidekiq_alive()
{
	local host=${1:-gitlab-1} started=${2:-259200} queues queue list identity info

	shift "$(($# < 2 ? $# : 2))"
	if [ $# -gt 0 ]; then
		queues=("$@")
	else
		mapfile -t queues < <(gitlab_queues)
	fi
	identity=$host:$((1000 + RANDOM)):$(gitlab_hex 6)
	list=$(printf ',"%s"' "${queues[@]}")
	info=$(printf '{"hostname":"%s","started_at":%s,"pid":%s,"tag":"queues:%s","concurrency":50,' \
		"$host" "$(gitlab_epoch "-$started")" "$(cut -d: -f2 <<<"$identity")" "${queues[0]}"
		printf '"queues":[%s],"labels":[],"identity":"%s"}' "${list:1}" "$identity")
	redis_cmd SADD "$(sidekiq_key processes)" "$identity" >/dev/null
	redis_cmd HSET "$(sidekiq_key "$identity")" info "$info" busy 0 beat "$(gitlab_epoch)" \
		quiet false >/dev/null
	redis_cmd SADD "$(sidekiq_key queues)" "${queues[@]}" >/dev/null
	redis_cmd INCRBY "$(sidekiq_key stat:processed)" 4711 >/dev/null
	printf '%s\n' "$identity"
}

sidekiq_processes()
{
	redis_cmd SMEMBERS "$(sidekiq_key processes)"
}

sidekiq_quiet()
{
	local identity

	while read -r identity; do
		redis_cmd HSET "$(sidekiq_key "$identity")" quiet true >/dev/null </dev/null
	done < <(sidekiq_processes)
}

sidekiq_gone()
{
	local identity

	while read -r identity; do
		redis_cmd DEL "$(sidekiq_key "$identity")" "$(sidekiq_key "$identity:workers")" \
			"$(sidekiq_key "$identity:work")" >/dev/null </dev/null
	done < <(sidekiq_processes)
}

sidekiq_cron()
{
	local seconds=${1:-30} status=${2:-enabled} name=${3:-batched_background_migrations_worker}
	local class=${4:-Database::BatchedBackgroundMigrationWorker}

	redis_cmd SADD "$(sidekiq_key cron_jobs)" "cron_job:$name" >/dev/null
	redis_cmd HSET "$(sidekiq_key "cron_job:$name")" name "$name" \
		klass "$class" cron '* * * * *' description '' \
		args '[]' status "$status" active_job 0 queue_name_prefix '' queue_name_delimiter '' \
		message '{"retry":false,"queue":"cronjob:a_worker","class":"'"$class"'","args":[]}' \
		last_enqueue_time "$(date -u -d "@$(($(date +%s) - seconds))" '+%Y-%m-%d %H:%M:%S +0000')" \
		>/dev/null
}

# Sidekiq 5 keeps the payload as an object; from 6 on it is a string that holds JSON.
sidekiq_work()
{
	local identity=$1 queue=$2 class=$3 arguments=$4 seconds=${5:-60} job

	job=$(printf '{"class":"%s","args":%s,"queue":"%s","retry":3,"jid":"%s","created_at":%s}' \
		"$class" "$arguments" "$queue" "$(gitlab_hex 12)" "$(gitlab_epoch "-$seconds")")
	redis_cmd HSET "$(sidekiq_key "$identity:workers")" "$(gitlab_hex 3)" \
		"$(printf '{"queue":"%s","payload":%s,"run_at":%d}' "$queue" "$job" \
			"$(($(date +%s) - seconds))")" >/dev/null
	redis_cmd HINCRBY "$(sidekiq_key "$identity")" busy 1 >/dev/null
}

# COUNT commands for redis_feed: COMMAND KEY [SCORE] and a job, each with a range and a jid of its
# own. The order of the members differs between what perform_in and perform_async write.
gitlab_job_lines()
{
	class=$5 more=$6 awk -v command="$1" -v key="$2" -v score="$3" -v count="$4" \
		-v first="$gitlab_jobs" -v now="$(date +%s)" 'BEGIN {
		class = ENVIRON["class"]
		more = ENVIRON["more"]          # -v would read its backslashes
		for (i = 0; i < count; i++) {
			n = first + i
			args = sprintf("\"args\":[\"%s\",[%d,%d]]", class, n * 1000 + 1, n * 1000 + 1000)
			worker = "\"class\":\"BackgroundMigrationWorker\""
			printf "%s\t%s\t", command, key
			if (score != "")
				printf "%.3f\t", score + i / 1000
			printf "{\"retry\":3,\"queue\":\"background_migration\",%s,%s,\"jid\":\"%024x\",",
				n % 2 ? args : worker, n % 2 ? worker : args, n
			printf "\"created_at\":%d.125%s}\n", now - 600, more
		}
	}'
}

gitlab_jobs_add()
{
	gitlab_job_lines "$@" | redis_feed || return 1
	gitlab_jobs=$((gitlab_jobs + $4))
}

legacy_job_schedule()
{
	gitlab_jobs_add ZADD "$(sidekiq_key schedule)" "$(gitlab_epoch "$2")" "${3:-1}" "$1" ''
}

legacy_job_queue()
{
	redis_cmd SADD "$(sidekiq_key queues)" background_migration >/dev/null
	gitlab_jobs_add LPUSH "$(sidekiq_key queue:background_migration)" '' "${3:-1}" "$1" \
		",\"enqueued_at\":$(gitlab_epoch "-${2:-5}")"
}

gitlab_failure()
{
	printf ',"enqueued_at":%s,"error_message":"PG::QueryCanceled: ERROR:  canceling statement due to statement timeout\\n","error_class":"ActiveRecord::QueryCanceled","failed_at":%s,"retry_count":%d' \
		"$(gitlab_epoch -500)" "$(gitlab_epoch -400)" "$1"
}

legacy_job_retry()
{
	gitlab_jobs_add ZADD "$(sidekiq_key retry)" "$(gitlab_epoch "${2:-60}")" "${3:-1}" "$1" \
		"$(gitlab_failure 1)"
}

legacy_job_dead()
{
	gitlab_jobs_add ZADD "$(sidekiq_key dead)" "$(gitlab_epoch "-${2:-300}")" "${3:-1}" "$1" \
		"$(gitlab_failure 3)"
}
