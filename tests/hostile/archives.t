#!/bin/bash
# Archives made to hurt: verify says 7, check and report 2, each for its own reason; nothing is written, nothing takes
# long.

. "$(dirname "$0")/../lib/tap.sh"
dir=$(new_dir)
/usr/bin/python3 - "$dir" <<'END' || exit 1
import gzip, io, os, sys, tarfile, zipfile
d = sys.argv[1]

def tar(name, members, tail=b'', spoil=lambda packed: packed):
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
        f.write(spoil(gzip.compress(raw.getvalue())) + tail)

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
tar('checksum', [('top/a', R, b'x')], spoil=lambda packed: packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:])
tar('length', [('top/a', R, b'x')], spoil=lambda packed: packed[:-4] + bytes([packed[-4] ^ 1]) + packed[-3:])
tar('folder-and-file', [('top/a/b', R, b'x'), ('top/A', R, b'x')])
tar('together', [('top/%d' % i, R, os.urandom(30 << 10) * 800) for i in range(11)])
tar('nomanifest', [('top/report.json', R, b'{}')])
tar('deepjson', [('top/manifest.json', R, b'[' * 1_000_000)])

def odd(name, data=b'', **of_info):
    """One member whose header says more than there is, or something else in its extension."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode='w', format=tarfile.PAX_FORMAT) as t:
        info = tarfile.TarInfo('top/a')
        for key, value in of_info.items():
            setattr(info, key, value)
        t.addfile(info, io.BytesIO(data) if data else None)
    with open(os.path.join(d, name + '.tar.gz'), 'wb') as f:
        f.write(gzip.compress(raw.getvalue()))

odd('terabyte', size=1 << 40)
odd('path-in-extension', pax_headers={'path': 'top/../../escaped'})
odd('link-in-extension', type=L, linkname='b', pax_headers={'linkpath': '/etc/passwd'})
odd('hardlink-with-data', b'x', type=H, linkname='top/b', size=1)
odd('size-in-extension', pax_headers={'size': str(1 << 62)})
odd('sparse', pax_headers={'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'top/a',
                           'GNU.sparse.realsize': str(1 << 40)})
odd('hole', pax_headers={'GNU.sparse.size': '9', 'GNU.sparse.numblocks': '1', 'GNU.sparse.map': '0,0'})
with zipfile.ZipFile(os.path.join(d, 'climbing.zip'), 'w') as z:
    z.writestr('top/../../escaped', 'x')
open(os.path.join(d, 'empty.tar.gz'), 'wb').close()
open(os.path.join(d, 'text.tar.gz'), 'w').write('not an archive')
os.mkdir(os.path.join(d, 'links'))
os.symlink('/etc/passwd', os.path.join(d, 'links', 'manifest.json'))
END
# Without the check that it is made for, an archive would be refused later, for another reason: none has a manifest.
reason_of()
{
	case $1 in
	climbing.* | absolute.* | newline.* | escape.* | path-in-extension.*) echo 'a file with an unsafe name' ;;
	symlink.* | hardlink* | device.* | fifo.* | link-in-extension.* | links) echo 'neither a file nor a folder' ;;
	duplicate.*) echo 'two files called manifest.json' ;;
	case.*) echo 'both report.json and REPORT.json' ;;
	folder-and-file.*) echo 'both a/b and A' ;;
	twotops.*) echo 'more than one top folder' ;;
	notop.*) echo 'a file outside of a top folder' ;;
	many.*) echo 'more than 2000 entries' ;;
	bomb.*) echo 'more than 200 times its size' ;;
	together.*) echo 'larger than 256 MiB together' ;;
	terabyte.* | size-in-extension.*) echo 'a is larger than 64 MiB' ;;
	trailing.* | garbage.*) echo 'something follows its end' ;;
	checksum.* | length.*) echo 'its check sum is wrong' ;;
	sparse.*) echo 'cut or damaged' ;;
	hole.*) echo 'a file with holes or without a size' ;;
	nomanifest.*) echo 'manifest.json is missing' ;;
	deepjson.*) echo 'maximum parsing depth' ;;
	empty.* | text.*) echo 'neither a tar.gz nor a zip archive' ;;
	*) echo 'no reason is listed here' ;;
	esac
}
work=$(new_dir)
cd "$work" || exit 1
for archive in "$dir"/*; do
	name=$(basename "$archive")
	exits 7 "$name: verify" timeout 120 "$PREFLIGHT" verify "$archive"
	exits 2 "$name: rules" timeout 120 "$PREFLIGHT" rules lint --rules-file "$archive"
	is "$(wc -l <<<"$err")" 1 "$name: one line"
	if [ "$name" = links ] || [ "${name#*.}" != "$name" ]; then
		exits 2 "$name: report" timeout 120 "$PREFLIGHT" report "$archive"
		contains "$err" "$(reason_of "$name")" "$name: the reason"
		exits 2 "$name: check" timeout 120 "$PREFLIGHT" check --to 14.2 --facts "$archive" --out "$work/out"
	fi
done
is "$(ls -A "$work")" '' 'nothing was written'
nok 'nothing escaped' [ -e "$dir/../escaped" ]
done_testing
