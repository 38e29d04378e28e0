#!/bin/bash
# Queues that nobody serves, and jobs under keys at which nobody looks any more, in a real Redis.

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh
. tests/lib/gate.sh

why=$(servers_why_not)
[ -z "$why" ] || skip_all "$why"
gate_start || skip_all 'the servers do not start'
dir=$(new_dir)

SIDEKIQ_NAMESPACE=
instance
like "$(findings_of 16.7.10 16.11.10 sidekiq.old-namespace)" '^pass: ' 'only plain keys'
legacy_job_queue Plain
legacy_job_schedule Plain 600
like "$(findings_of 16.7.10 16.11.10 sidekiq.old-namespace)" '^pass: ' 'jobs under plain keys'
SIDEKIQ_NAMESPACE=resque:gitlab:
legacy_job_dead Old
like "$(findings_of 16.7.10 16.11.10 sidekiq.old-namespace)" '^pass: ' 'dead jobs under the old keys'
legacy_job_queue Old 5 3
legacy_job_schedule Old 600 2
is "$(findings_of 16.7.10 16.11.10 sidekiq.old-namespace)" \
	'fail: 3 jobs are under resque:gitlab: (queue background_migration), which Sidekiq no longer reads
fail: 2 jobs are under resque:gitlab: (schedule), which Sidekiq no longer reads' 'jobs under the old keys'
is "$(findings_of 16.3.9 16.7.10 sidekiq.old-namespace)" '' 'before 16.7 they belong there'

instance
like "$(findings_of 15.11.13 16.3.9 sidekiq.routing-16-0)" '^pass: ' 'a process that serves all queues'
sidekiq_gone
like "$(findings_of 15.11.13 16.3.9 sidekiq.routing-16-0)" '^pass: ' 'no process, as inside the maintenance window'
redis_newdb
sidekiq_alive gitlab-1 100 default post_receive >/dev/null
is "$(findings_of 15.11.13 16.3.9 sidekiq.routing-16-0)" \
	'fail: No live Sidekiq process serves the queue mailers' 'a process that serves some queues'
sidekiq_alive gitlab-2 100 mailers >/dev/null
like "$(findings_of 15.11.13 16.3.9 sidekiq.routing-16-0)" '^pass: ' 'two that share them'
done_testing
