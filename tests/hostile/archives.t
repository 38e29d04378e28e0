#!/bin/bash
# Archives made to hurt: verify says 7, check and report 2, nothing is written, nothing takes long.

. "$(dirname "$0")/../lib/tap.sh"
dir=$(new_dir)
/usr/bin/python3 - "$dir" <<'END' || exit 1
import gzip, io, os, sys, tarfile, zipfile
d = sys.argv[1]

def tar(name, members, tail=b''):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode='w', format=tarfile.PAX_FORMAT) as t:
        for path, kind, data in members:
            info = tarfile.TarInfo(path)
            info.type = kind
            if kind == tarfile.REGTYPE:
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
            else:
                info.linkname = data.decode()
                t.addfile(info)
    with open(os.path.join(d, name + '.tar.gz'), 'wb') as f:
        f.write(gzip.compress(raw.getvalue()) + tail)

R, L, H, C, F = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE
tar('climbing', [('top/../../escaped', R, b'x')])
tar('absolute', [('/tmp/escaped', R, b'x')])
tar('symlink', [('top/a', L, b'/etc/passwd'), ('top/a/b', R, b'x')])
tar('hardlink', [('top/a', H, b'/etc/passwd')])
tar('device', [('top/a', C, b'')])
tar('fifo', [('top/a', F, b'')])
tar('duplicate', [('top/manifest.json', R, b'{}'), ('top/manifest.json', R, b'{}')])
tar('case', [('top/report.json', R, b'{}'), ('top/REPORT.json', R, b'{}')])
tar('newline', [('top/a\nb', R, b'x')])
tar('escape', [('top/a\x1b[2J', R, b'x')])
tar('twotops', [('one/a', R, b'x'), ('two/a', R, b'x')])
tar('notop', [('a', R, b'x')])
tar('many', [('top/%d' % i, R, b'') for i in range(3000)])
tar('bomb', [('top/a', R, b'\0' * 60_000_000)])
tar('trailing', [('top/a', R, b'x')], gzip.compress(b'more'))
tar('garbage', [('top/a', R, b'x')], b'garbage')
tar('nomanifest', [('top/report.json', R, b'{}')])
tar('deepjson', [('top/manifest.json', R, b'[' * 1_000_000)])

def odd(name, **of_info):
    """One member whose header says more than there is, or something else in its extension."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode='w', format=tarfile.PAX_FORMAT) as t:
        info = tarfile.TarInfo('top/a')
        for key, value in of_info.items():
            setattr(info, key, value)
        t.addfile(info)
    with open(os.path.join(d, name + '.tar.gz'), 'wb') as f:
        f.write(gzip.compress(raw.getvalue()))

odd('terabyte', size=1 << 40)
odd('path-in-extension', pax_headers={'path': 'top/../../escaped'})
odd('link-in-extension', type=L, linkname='b', pax_headers={'linkpath': '/etc/passwd'})
odd('size-in-extension', pax_headers={'size': str(1 << 62)})
odd('sparse', pax_headers={'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'top/a',
                           'GNU.sparse.realsize': str(1 << 40)})
with zipfile.ZipFile(os.path.join(d, 'climbing.zip'), 'w') as z:
    z.writestr('top/../../escaped', 'x')
open(os.path.join(d, 'empty.tar.gz'), 'wb').close()
open(os.path.join(d, 'text.tar.gz'), 'w').write('not an archive')
os.mkdir(os.path.join(d, 'links'))
os.symlink('/etc/passwd', os.path.join(d, 'links', 'manifest.json'))
END
work=$(new_dir)
cd "$work" || exit 1
for archive in "$dir"/*; do
	name=$(basename "$archive")
	exits 7 "$name: verify" timeout 120 "$PREFLIGHT" verify "$archive"
	exits 2 "$name: rules" timeout 120 "$PREFLIGHT" rules lint --rules-file "$archive"
	is "$(wc -l <<<"$err")" 1 "$name: one line"
	if [ "$name" = links ] || [ "${name#*.}" != "$name" ]; then
		exits 2 "$name: report" timeout 120 "$PREFLIGHT" report "$archive"
		exits 2 "$name: check" timeout 120 "$PREFLIGHT" check --to 14.2 --facts "$archive" --out "$work/out"
	fi
done
is "$(ls -A "$work")" '' 'nothing was written'
nok 'nothing escaped' [ -e "$dir/../escaped" ]
done_testing
