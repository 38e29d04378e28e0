#!/bin/bash
# A password in a URL, well-formed or not, is in no byte of any output. Needs no server.

. "$(dirname "$0")/../lib/tap.sh"

work=$(new_dir)
secret=hunter2
urls=("//:$secret@h:6379" "redis:$secret@h" "redis://h:6379/0?password=$secret" "redis://:$secret@h:x/0" "redis//:$secret@h"
	"rediss://u:$secret@h/0?ca=" "unix://:$secret@/x" "$secret@h:6379" "redis://:hun$secret @h" "redis://:$secret@"
	"redis+sentinel://:$secret@h/x" "/run/:$secret@redis.sock?x=1")

# silent NAME COMMAND...: its output, and what it leaves below $work/out, without the secret
silent()
{
	local name=$1
	shift

	rm -rf "$work/out"
	"$@" >"$work/said" 2>&1
	if grep -q "$secret" "$work/said"; then
		fail "$name: the output holds it"
	elif [ -e "$work/out" ] && grep -rq "$secret" "$work/out"; then
		fail "$name: $(grep -rl "$secret" "$work/out" | head -n 1) holds it"
	else
		pass "$name"
	fi
}

step=(--from 14.1.8 --to 14.2.7)
for url in "${urls[@]}"; do
	silent "--redis ${url//$secret/...}" "$PREFLIGHT" check --no-discover "${step[@]}" --redis "$url" \
		--without postgres:main=test --timeout 1s --out "$work/out"
done

rails=$work/root/opt/gitlab/embedded/service/gitlab-rails
mkdir -p "$rails/config" "$work/root/var/opt/gitlab/gitlab-rails/etc"
echo 14.1.8-ee >"$rails/VERSION"
for url in "${urls[@]}"; do
	for file in "$rails/config/resque.yml" "$work/root/var/opt/gitlab/gitlab-rails/etc/resque.yml"; do
		printf 'production:\n  url: "%s"\n' "$url" >"$file"
	done
	silent "resque.yml with ${url//$secret/...}" "$PREFLIGHT" check --root "$work/root" "${step[@]}" --timeout 1s \
		--out "$work/out"
	silent 'and --dry-run' "$PREFLIGHT" check --root "$work/root" "${step[@]}" --dry-run
	silent 'and --print-config' "$PREFLIGHT" sources --root "$work/root" --print-config --timeout 1s
done
done_testing
