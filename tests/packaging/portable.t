#!/bin/bash
# The portable folder: it runs from anywhere, with none of this host's libraries, and in the root of
# older Debian releases, where the program itself cannot start. PORTABLE_ROOTS: directories with such
# a release (make test-matrix unpacks some under $O/matrix).

. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/servers.sh
. tests/lib/gitlab.sh

need readelf strip ldd gzip
dir=$(new_dir)
version=$("$PREFLIGHT" --version)
version=${version#preflight }
if ! said=$(build=$O O=$dir VERSION=$version program=$PREFLIGHT bash -c '
	mkdir -p "$O/bin" && ln -s "$program" "$O/bin/preflight" && ln -s "$build/man" "$build/completion" "$O" && packaging/portable/build' 2>&1); then
	case $said in
	*' needs Linux '*) skip_all "$said" ;;
	esac
	fail 'the archive is made'
	diag "$said"
	done_testing
fi
name=preflight-$version-$(uname -m)
mkdir "$dir/a folder" && tar -C "$dir/a folder" -xzf "$dir/$name.tar.gz"
here="$dir/a folder/$name"
ok 'it has the upgrade loop' "$here/upgrade/gitlab-upgrade-loop" --help
exits 3 'and the plugin, which takes its program' env PREFLIGHT="$here/preflight" "$here/nagios/check_preflight" --no-discover \
	--from 14.1.8 --to 14.2.7 --out "$dir/plugin.tar.gz"
like "$out" '^PREFLIGHT UNKNOWN' 'which decides'
ln -s "$here/preflight" "$dir/pf"

# --- Anywhere

cd /
exits 0 'it starts from another directory' "$here/preflight" --version
is "$out" "preflight $version" 'as the program that was built'
exits 0 'through a link, it finds its own rules' "$dir/pf" rules lint
exits 0 'with no environment at all' env -i "$dir/pf" rules lint
cd "$top"
is "$(LD_TRACE_LOADED_OBJECTS=1 "$here/lib/loader" --library-path "$here/lib" "$here/lib/preflight" |
	grep -vF "$here/lib/" | grep -v linux-vdso | grep -v lib/loader)" '' 'no library is of the host'
is "$(find "$here" ! -type l -perm /022)" '' 'nobody else may write to a file of it'
is "$(cd "$here/rules" && find . -type f | sort | xargs sha256sum)" \
	"$(cd rules && find . -type f ! -path '*/.*' | sort | xargs sha256sum)" 'the rules are all there'

# --- In older releases

roots=${PORTABLE_ROOTS:-}
if [ -z "$roots" ]; then
	for root in "$O"/matrix/*/; do
		[ ! -x "$root/bin/sh" ] || roots="$roots $root"
	done
fi
[ -n "$roots" ] || skip 'no older release is unpacked here: make test-matrix does it'
[ "$(id -u)" = 0 ] || { skip 'a change of the root directory needs root'; roots=; }
[ -z "$roots" ] || [ -z "$(servers_why_not)" ] || { skip "$(servers_why_not)"; roots=; }

# inside ROOT COMMAND...: with /proc, which is gone at its end
inside()
{
	unshare -m sh -c 'mount -t proc proc "$0/proc" 2>/dev/null; exec chroot "$0" "$@"' "$@"
}
for root in $roots; do
	root=${root%/}
	suite=${root##*/}
	libc=$(inside "$root" /bin/sh -c 'ls /lib/x86_64-linux-gnu/libc-*.so' 2>/dev/null)
	mkdir -p "$root/opt" "$root/tmp"
	work=$(mktemp -d "$root/tmp/pf.XXXX") && chmod 711 "$work"
	at_exit rm -rf "$work"
	cp -r "$here" "$work/portable"
	pg_start "$work/pg" && redis_start "$work/redis" && gitlab_base && pg_newdb main && redis_newdb ||
		{ fail "$suite: the servers start"; continue; }
	bbm_finish_all main push_event_payloads
	bbm_add main CopyColumnUsingBackgroundMigrationJob push_event_payloads event_id \
		'[["event_id"],["event_id_convert_to_bigint"]]' active >/dev/null
	sidekiq_alive >/dev/null
	sidekiq_cron
	below=${work#"$root"}
	exits 3 "$suite (${libc##*/}): check of a copy that stands still" inside "$root" "$below/portable/preflight" check \
		--no-discover --from 14.1.8 --to 14.2.7 --out "$below/bundle.tar.gz" \
		--postgres "host=$below/pg/sock user=postgres dbname=main" \
		--redis "unix://$below/redis/sock/redis.sock?db=$REDIS_DB"
	contains "$out" push_event_payloads "$suite: and it says which"
	exits 0 "$suite: the bundle is good, read here" "$PREFLIGHT" verify "$work/bundle.tar.gz"
	redis_stop "$work/redis"
	pg_stop "$work/pg"
done

done_testing
