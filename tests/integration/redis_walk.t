#!/bin/bash
# Jobs counted in a real Redis: exact whatever their number, whatever shares one score, and whatever
# Sidekiq does meanwhile. WALK_JOBS: how many (default 100000).

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh

why=$(servers_why_not redis)
[ -z "$why" ] || skip_all "$why"
dir=$(new_dir)
redis_start "$(servers_dir "$dir/redis")" || skip_all 'Redis does not start'
jobs=${WALK_JOBS:-100000}

# fill N [PREFIX] [one-score]: a fresh database with so many jobs; $dir/expected.json
fill()
{
	redis_newdb
	/usr/bin/python3 tests/bench/redis_fill.py "$1" "$dir/expected.json" "${@:2}" |
		redis-cli -s "$(redis_socket)" -n "$REDIS_DB" --pipe >/dev/null
}
redis_socket()
{
	redis_url | sed 's,^unix://,,; s,?.*,,'
}
collect()
{
	rm -rf "$dir/facts"
	"$PREFLIGHT" collect --no-discover --only redis:queues --redis "$(redis_url "$REDIS_DB")" \
		--out "$dir/facts" >/dev/null 2>"$dir/err"
}
# Counts, oldest and newest against what was put there. $1: "bounds" compares the times as well.
compare()
{
	/usr/bin/python3 - "$dir" "${1:-bounds}" <<-'END'
		import json, sys
		want = json.load(open(sys.argv[1] + '/expected.json'))
		lines = [json.loads(l) for l in open(sys.argv[1] + '/facts/facts/legacy_job.ndjson')]
		at = {c['name']: i for i, c in enumerate(lines[0]['columns'])}
		part = lines[0]['parts'][0]
		if part['status'] != 'complete':
		    sys.exit('%s: %s' % (part['status'], part['reason']))
		got = {r[at['class_name']]: [r[at['jobs']], r[at['oldest_at']], r[at['newest_at']]]
		       for r in lines[1:] if r[at['place']] == 'schedule'}
		for name in sorted(set(want) | set(got)):
		    w, g = want.get(name), got.get(name)
		    near = w and g and all(abs(a - b) <= 200 for a, b in zip(w[1:], g[1:]))
		    if not w or not g or w[0] != g[0] or (sys.argv[2] == 'bounds' and not near):
		        sys.exit('%s: expected %s, got %s' % (name, w, g))
	END
}

fill "$jobs"
collect
ok "$jobs jobs, 40 classes, behind the prefix: counts, oldest and newest are exact" compare
fill 5000 ''
collect
ok '5,000 jobs, plain keys' compare
fill 20000 resque:gitlab: one-score
collect
ok '20,000 jobs on one score' compare

# --- While Sidekiq works: pops from the head, pushes anywhere. What was there throughout counts once.

# mutate pop|one: until $dir/enough is there; $dir/at-work once it has begun

mutate()
{
	/usr/bin/python3 - "$(redis_socket)" "$REDIS_DB" "$1" "$dir" <<-'END'
		import os, random, socket, sys
		path, db, mode, dir = sys.argv[1:]
		s = socket.socket(socket.AF_UNIX); s.connect(path); f = s.makefile('rb')
		def send(*w):
		    w = [str(x).encode() for x in w]
		    s.sendall(b'*%d\r\n' % len(w) + b''.join(b'$%d\r\n%s\r\n' % (len(x), x) for x in w))
		    line = f.readline()
		    if line[:1] == b'*':
		        for _ in range(max(0, int(line[1:]))):
		            n = int(f.readline()[1:]); f.read(n + 2)
		    elif line[:1] == b'$' and line != b'$-1\r\n':
		        f.read(int(line[1:]) + 2)
		send('SELECT', db)
		key, n = 'resque:gitlab:schedule', 0
		while not os.path.exists(dir + '/enough'):
		    for _ in range(20):
		        score = 1795362487 if mode == 'one' else 1795362487 + random.random() * 1e6
		        send('ZADD', key, repr(score), '{"class":"TransientWorker","args":[%d],"queue":"x","jid":"%024x"}' % (n, n))
		        n += 1
		    send('ZPOPMIN', key, 20) if mode == 'pop' else None
		    n = n % 100000 if mode == 'one' else n      # the same again: it need not grow for ever
		    open(dir + '/at-work', 'w').close()
	END
}
mutation_starts()
{
	rm -f "$dir/enough" "$dir/at-work"
	mutate "$1" &
	wait_for 'others are at work on the jobs' test -e "$dir/at-work"
}
mutation_ends()
{
	touch "$dir/enough"
	wait
}
# The jobs that may be popped are others': theirs have the lowest scores.
fill "$jobs"
/usr/bin/python3 -c '
for i in range(200000):
    m = "{\"class\":\"GoneWorker\",\"args\":[%d],\"queue\":\"x\",\"jid\":\"%024x\"}" % (i, i)
    w = ["ZADD", "resque:gitlab:schedule", str(1000 + i), m]
    print("*4\r\n" + "".join("$%d\r\n%s\r\n" % (len(x), x) for x in w), end="")
' | redis-cli -s "$(redis_socket)" -n "$REDIS_DB" --pipe >/dev/null
mutation_starts pop
missed=0
for _ in 1 2 3; do
	collect && compare counts >"$dir/why" 2>&1 || missed=$((missed + 1))
done
is $missed 0 'while Sidekiq pops and pushes: nothing missed, nothing counted twice'
mutation_ends
fill 20000 resque:gitlab: one-score
mutation_starts one
collect
ok 'the same where all share one score' compare counts
mutation_ends

# --- Queues: pushed at the head, popped at the tail

redis_newdb
sidekiq_alive >/dev/null
legacy_job_queue BackfillQueue 5 5000
(
	for n in 1 2 3 4 5 6 7 8; do
		legacy_job_queue Noise 1 200
	done
) &
collect
wait
is "$(grep -o '"BackfillQueue",[0-9]*' "$dir/facts/facts/legacy_job.ndjson")" '"BackfillQueue",5000' \
	'a queue of 5,000 while others push'

# --- Memory does not grow with the queue

rss()
{
	/usr/bin/python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$PREFLIGHT" collect --no-discover \
		--only redis:queues --redis "$(redis_url "$REDIS_DB")" --out "$dir/facts"
}
if [[ $O == */san ]]; then
	skip 'memory is not measured under the sanitizers'
else
	fill 10000
	small=$(rss)
	fill "$jobs"
	large=$(rss)
	ok "resident memory: $small KiB at 10,000, $large KiB at $jobs" [ "$((large - small))" -le 1024 ]
fi

# --- Servers that lie

# lie ANSWER: a server that reads a request and answers so to each; then the part must be unknown
lie()
{
	local socket=$dir/liar.sock

	rm -f "$socket"
	/usr/bin/python3 - "$socket" "$1" <<-'END' &
		import os, socket, sys
		s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1] + '.new'); s.listen(4); s.settimeout(120)
		os.rename(sys.argv[1] + '.new', sys.argv[1])
		answer = sys.argv[2].encode().decode('unicode_escape').encode('latin-1')
		try:
		    while True:
		        c, _ = s.accept()
		        try:
		            while c.recv(65536):
		                c.sendall(answer)
		        except OSError:
		            pass
		except OSError:
		    pass
	END
	liar=$!
	wait_for 'the liar listens' test -S "$socket"
	rm -rf "$dir/facts"
	"$PREFLIGHT" collect --no-discover --timeout 5s --only redis:queues --redis "unix://$socket" \
		--out "$dir/facts" >/dev/null 2>&1
	kill $liar 2>/dev/null
	wait $liar 2>/dev/null
	head -n 1 "$dir/facts/facts/legacy_job.ndjson" | grep -o '"status":"[a-z_]*"'
}
for answer in 'HTTP/1.1 400 Bad Request\r\n\r\n' '$2000000000\r\nxx' '*1000000000\r\n' '+OK\r\n' ':-1\r\n' \
	'*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n' '-LOADING Redis is loading\r\n' \
	'-MOVED 1 127.0.0.1:1\r\n' '$5\r\nab'; do
	like "$(lie "$answer")" '"status":"(unreachable|unreadable|timeout|denied|absent)"' "a server that answers ${answer:0:30}"
done
done_testing
