#!/bin/bash
# What it costs to look for known errors in a large log, against grep for one fixed word. CPU time, because both wait
# for the same disk.

. "$(dirname "$0")/lib.sh"

logs=$(mktemp -d "$O/logs.XXXXXX") || exit 1
at_exit rm -rf "$logs"
megabytes=1024
[ -z "$BENCH_FULL" ] || megabytes=2048

# Lines as a reconfigure prints them, with two known errors near the end.
make_log()
{
	/usr/bin/python3 - "$1" "$2" <<-'END'
		import random, sys
		random.seed(1)
		words = ('main ci migrating batch INFO ERROR rails execute resource template action run service database '
		         'connection reconfigure ruby_block recipe background migration constraint violates permission '
		         'directory workhorse gitlab-exporter owner mode new content from to link yes now puma sidekiq').split()
		block = ''.join('    [2026-11-22T03:01:%02d+00:00] INFO: %s\n' % (i % 60,
		        ' '.join(random.choice(words) for _ in range(random.randint(3, 18)))) for i in range(20000))
		with open(sys.argv[1], 'w') as f:
		    written = 0
		    while written < int(sys.argv[2]) << 20:
		        f.write(block)
		        written += len(block)
		    f.write(open('tests/errors/check-validate.plain.log').read())
	END
}

# The median of five: CPU milliseconds, and the peak of memory in MiB.
cpu_ms()
{
	/usr/bin/python3 - "$@" <<-'END'
		import os, sys
		times, peak = [], 0
		null = os.open(os.devnull, os.O_RDWR)
		for _ in range(5):
		    pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,
		        file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])
		    _, status, usage = os.wait4(pid, 0)
		    if os.waitstatus_to_exitcode(status) != 0:
		        sys.exit(f'{sys.argv[1]}: exit {os.waitstatus_to_exitcode(status)}')
		    times.append(usage.ru_utime + usage.ru_stime)
		    peak = max(peak, usage.ru_maxrss)
		print(f'{sorted(times)[2] * 1000:.1f} {peak / 1024:.1f}')
	END
}

make_log "$logs/large" "$megabytes" && make_log "$logs/small" 4 || exit 1
read -r grep _ < <(cpu_ms grep -cF 'is violated by some row' "$logs/large") || exit 1
read -r explain memory < <(cpu_ms "$PREFLIGHT" explain --no-discover "$logs/large") || exit 1
read -r _ small < <(cpu_ms "$PREFLIGHT" explain --no-discover "$logs/small") || exit 1
bench_row "explain on a log of $megabytes MiB, against grep -cF (CPU)" "$explain" "$grep" '<= 3' CPU
bench_row "memory of that, against a log of 4 MiB" "$memory" "$small" '<= 1.1' MiB
