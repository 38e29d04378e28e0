#!/bin/bash
# Every file that is shipped for another program is read by that program, or by its schema: systemd, Kubernetes, Helm as
# rendered, compose, Nagios, Prometheus, Grafana. And preflight takes each option that they give it.

. "$(dirname "$0")/../lib/tap.sh"

need python3
dir=$(new_dir)

# by TOOL NAME ARGUMENT...: the tool has no objection; skipped where it cannot be had
by()
{
	local tool=$1 name=$2 said

	shift 2
	said=$(O=$top/build packaging/tool "$tool" "$@" 2>&1)
	case $? in
	77) skip "$said" ;;
	0) pass "$name" ;;
	*) fail "$name"; diag "$said" ;;
	esac
}

# --- systemd

if command -v systemd-analyze >/dev/null; then
	# The program is somewhere else here, and the manual not installed.
	for unit in packaging/systemd/preflight-check.*; do
		sed "s,/usr/bin/preflight,$PREFLIGHT,; /^Documentation=/d" "$unit" >"$dir/${unit##*/}"
	done
	exits 0 'systemd accepts the units' systemd-analyze verify "$dir/preflight-check.service" "$dir/preflight-check.timer"
	is "$err" '' 'without a remark'
	exits 0 'the exposure of the service is under 2.0' systemd-analyze security --offline=true --threshold=20 \
		"$dir/preflight-check.service"
else
	skip 'systemd-analyze is not installed' 3
fi
sed 's/^# \([a-z-]*: \)/\1/' packaging/systemd/check.yml >"$dir/check.yml"
echo secret >"$dir/redis.password" && chmod 600 "$dir/redis.password"
sed -i "s,/etc/preflight/,$dir/," "$dir/check.yml"
exits 0 'preflight takes the configuration of the service' "$PREFLIGHT" check --dry-run --next --no-discover \
	--from 17.11.7 --config "$dir/check.yml"

# The command of the service as it stands, with its directories elsewhere: a database that does not answer leaves no decision, and the
# metrics say so.
for made in $(sed -n 's/^StateDirectory=//p' packaging/systemd/preflight-check.service); do
	mkdir -p "$dir/lib/$made"
done
read -ra command < <(sed -n 's,^ExecStart=/usr/bin/preflight ,,p' packaging/systemd/preflight-check.service |
	sed "s,/etc/preflight/,$dir/,; s,/var/lib/,$dir/lib/,g")
is "${command[0]}" check 'the command of the service is found'
echo 'to: latest' >"$dir/check.yml"
exits 5 'it runs' "$PREFLIGHT" "${command[@]}" --no-discover --from 17.11.7 --postgres main=host=$dir/none
is "$(wc -l <<<"$out")" 1 'and prints the verdict alone, for the journal'
like "$(cat "$dir/lib/preflight/preflight.prom")" 'preflight_run_complete[^ ]* 1' 'the metrics are there'
ok 'and the bundle' test -f "$dir/lib/preflight/last/report.json"

# --- Kubernetes and compose

by kubernetes-validate 'Kubernetes accepts the Job' --strict packaging/kubernetes/job.yml
# As a template of a chart that has nothing else. Where helm cannot be had, the hook is skipped.
chart=$dir/chart
mkdir -p "$chart/templates" && cp packaging/kubernetes/helm-hook.yml.tpl "$chart/templates/hook.yml"
printf 'apiVersion: v2\nname: gate\nversion: 0.1.0\n' >"$chart/Chart.yaml"
render()
{
	O=$top/build packaging/tool helm template shop "$chart" --set preflight.image=image:1 --set preflight.to=18.2 \
		--set preflight.from=17.11.7 "$@"
}
hooks=()
said=$(render 2>&1 >"$dir/hook.yml")
case $? in
77) skip "$said" 4 ;;
*)
	is "$said" '' 'Helm renders the hook'
	by kubernetes-validate 'Kubernetes accepts the hook as rendered' --strict "$dir/hook.yml"
	render --set preflight.postgres.host=pg,preflight.postgres.secret=own,preflight.redis.url=redis://r:1/2 >"$dir/own.yml"
	by kubernetes-validate 'and with other servers' --strict "$dir/own.yml"
	is "$(grep -c -e host=shop-postgresql -e redis://shop-redis-master:6379/0 -e shop-postgresql-password -e shop-redis-secret \
		"$dir/hook.yml") $(grep -c -e host=pg -e '"own"' -e redis://r:1/2 "$dir/own.yml")" '4 3' \
		'servers and secrets are those of the chart, or those of the values'
	hooks=("$dir/hook.yml" "$dir/own.yml")
	;;
esac
# Prints the arguments and the environment of the container, as env(1) takes them.
job_words='import sys, yaml
c = yaml.safe_load(open(sys.argv[1]))["spec"]["template"]["spec"]["containers"][0]
words = [f"{e[\"name\"]}={e.get(\"value\", \"secret\")}" for e in c["env"]] + c["command"]
print("\0".join(words), end="")'
for job in packaging/kubernetes/job.yml "${hooks[@]}"; do
	python3 -c "$(printf %s "$job_words" | sed 's/\\"/'"'"'/g')" "$job" >"$dir/words"
	mapfile -d '' -t words <"$dir/words"
	exits 0 "preflight takes the options of ${job##*/}" env -i PATH="$(dirname "$PREFLIGHT")" "${words[@]}" --dry-run
done
by check-jsonschema 'the schema of compose accepts both files' --builtin-schema vendor.compose-spec \
	packaging/compose/preflight.compose.yml packaging/sameersbn/docker-compose.override.yml

# --- Monitoring

cat >"$dir/nagios.cfg" <<END
cfg_file=$top/packaging/nagios/preflight.cfg
cfg_file=$dir/objects.cfg
resource_file=$dir/resource.cfg
log_file=$dir/nagios.log
check_result_path=$dir
temp_path=$dir
nagios_user=$(id -un)
nagios_group=$(id -gn)
END
echo "\$USER1\$=$top/packaging/nagios" >"$dir/resource.cfg"
cat >"$dir/objects.cfg" <<'END'
define timeperiod { 
    timeperiod_name 24x7
    alias always
    monday 00:00-24:00
}
define command {
    command_name nothing
    command_line /bin/true
}
define contact {
    contact_name nobody
    host_notification_period 24x7
    service_notification_period 24x7
    host_notification_commands nothing
    service_notification_commands nothing
}
define host {
    host_name gitlab
    address 127.0.0.1
    max_check_attempts 1
    check_period 24x7
    contacts nobody
}
define service {
    use preflight
    host_name gitlab
    contacts nobody
}
END
by nagios4 'Nagios accepts the command and the service' -v "$dir/nagios.cfg"
by promtool 'promtool accepts the alerts' check rules packaging/prometheus/alerts.yml
by promtool 'and each fires on the samples that it is for' test rules packaging/prometheus/alerts.test.yml
python3 - packaging/prometheus/dashboard.json "$dir/dashboard.yml" <<'END'
import json, sys
panels = json.load(open(sys.argv[1]))["panels"]
rules = [{"record": f"panel:{p['id']}:{t['refId']}", "expr": t["expr"].replace("$label", "shop")}
         for p in panels for t in p["targets"]]
json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, open(sys.argv[2], "w"))
END
by promtool 'promtool accepts each expression of the dashboard' check rules "$dir/dashboard.yml"
is "$(grep -oh 'preflight_[a-z_]*' packaging/prometheus/* | sort -u | while read -r metric; do
	grep -qh "^# TYPE $metric gauge" tests/golden/render/*.openmetrics || echo "$metric"; done)" '' \
	'alerts and dashboard use metrics that preflight writes'
done_testing
