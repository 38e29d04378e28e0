#!/bin/bash
# One release as every artefact that GitLab is shipped in: the same files come out of each, and whatever is cut,
# damaged, foreign or hostile is refused with one clear line.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/release.sh"
need dpkg-deb xz zstd /usr/bin/python3
reader=$O/tests/integration/release_tree
[ -x "$reader" ] || skip_all 'not built: make test-programs'
dir=$(new_dir)
release_tree "$dir/rails" || exit 1

files()
{
	grep '^file ' <<<"$out" | grep -v '^file @' | LC_ALL=C sort
}

# same KIND PACKAGE NAME FILE
same()
{
	exits 0 "$3" "$reader" "$4"
	is "$(files)" "$expected" "$3: the same files"
	like "$out" "release kind=$1 package=$2 version=19.9.0 edition=ee complete=1 digest=[0-9a-f]{64}" "$3: what it is"
}

# refused NAME REGEX FILE
refused()
{
	exits 1 "$1 is refused" timeout 120 "$reader" "$3"
	like "$err" "$2" "$1: why"
	is "$(wc -l <<<"$err")" 1 "$1: in one line"
	unlike "$out" 'complete=1' "$1: nothing counts"
}

# What must come out, without the reader.
expected=$(cd "$dir/rails" && find VERSION config/upgrade_path.yml db ee -type f ! -name init_structure.sql |
	while read -r path; do
		case $path in
		db/schema_migrations/*) printf 'file %s 0 %s\n' "$path" "$(sha256sum </dev/null | cut -c -64)" ;;
		*) printf 'file %s %s %s\n' "$path" "$(stat -c %s "$path")" "$(sha256sum <"$path" | cut -c -64)" ;;
		esac
	done | LC_ALL=C sort)

same directory '' 'a Rails root' "$dir/rails"
for c in xz gzip zstd none; do
	ok "dpkg-deb -Z$c" release_deb "$dir/$c.deb" "$dir/rails" 19.9.0 $c
	same deb gitlab-ee "a .deb with $c" "$dir/$c.deb"
	is "$(head -n 2 <<<"$out" | cut -d ' ' -f 2 | sort | tr '\n' ' ')" '@control/control @control/preinst ' \
		"$c: control file and pre-install script come first"
	like "$out" 'file @version-manifest.json' "$c: the manifest of versions"
	like "$out" 'file @deprecations.rb' "$c: the removed settings"
done
is "$(grep -o 'digest=.*' <<<"$out")" "digest=$(sha256sum <"$dir/none.deb" | cut -c -64)" 'the digest is that of the file'
mkdir "$dir/unpacked" && dpkg-deb -x "$dir/xz.deb" "$dir/unpacked"
same directory '' 'an unpacked package' "$dir/unpacked"
mv "$dir/unpacked/opt" "$dir/unpacked/disk" && ln -s disk "$dir/unpacked/opt"
same directory '' 'an unpacked package whose /opt is a link inside of it' "$dir/unpacked"
if command -v rpmbuild >/dev/null; then
	for c in w6.xzdio w6.gzdio w3.zstdio; do
		ok "rpmbuild $c" release_rpm "$dir/$c.rpm" "$dir/rails" 19.9.0 $c
		same rpm gitlab-ee "an RPM with $c" "$dir/$c.rpm"
		like "$out" 'file @control/preinst' "$c: the pre-install script"
	done
	ok 'another RPM' release_rpm "$dir/other.rpm" "$dir/rails" 19.9.0 w6.xzdio other
	refused 'an RPM of another product' 'other than gitlab-ee or gitlab-ce: other' "$dir/other.rpm"
else
	skip 'rpmbuild is not installed' 20
fi
for form in docker oci; do
	for c in plain,plain,plain gzip,zstd,plain; do
		for order in first last; do
			release_image "$dir/image" $form "$dir/rails" compress=$c order=$order || fail "$form"
			same image '' "an image: $form $c, its list $order" "$dir/image"
		done
	done
	release_image "$dir/$form.d" $form "$dir/rails" dir=1 || fail "$form as a directory"
	same image '' "an image: $form as a directory" "$dir/$form.d"
	release_image "$dir/image" $form "$dir/rails" root=opt/gitlab/embedded/service/gitlab-rails
	same image '' "an image of the Linux package: $form" "$dir/image"
	gzip -c "$dir/image" >"$dir/image.gz"
	same image '' "an image, packed with gzip: $form" "$dir/image.gz"
	release_image "$dir/image" $form "$dir/rails" break=missing
	refused "$form without a layer" 'a layer of the image is missing' "$dir/image"
	release_image "$dir/image" $form "$dir/rails" break=whiteout
	refused "$form whose last layer removes GitLab" 'it contains no GitLab' "$dir/image"
done
release_image "$dir/image" oci "$dir/rails" break=digest
refused 'a layer with another digest' 'does not have the digest that is its name' "$dir/image"

# Cut and damaged. A cut of an image may look like a shorter one, but never be complete.
cp "$dir/rails/db/structure.sql" "$dir/large.sql"
head -c 300000 /dev/urandom | base64 | sed 's/^/-- /' >>"$dir/rails/db/structure.sql"
for c in xz gzip zstd; do
	release_deb "$dir/$c.deb" "$dir/rails" 19.9.0 $c
done
release_image "$dir/image.tar" oci "$dir/rails" compress=gzip,zstd,plain
[ ! -e "$dir/w6.xzdio.rpm" ] || for c in w6.xzdio w6.gzdio w3.zstdio; do
	release_rpm "$dir/$c.rpm" "$dir/rails" 19.9.0 $c
done
for file in xz.deb gzip.deb zstd.deb w6.xzdio.rpm w6.gzdio.rpm w3.zstdio.rpm image.tar; do
	[ -e "$dir/$file" ] || continue
	size=$(stat -c %s "$dir/$file")
	for part in 20 50 90; do
		head -c $((size * part / 100)) "$dir/$file" >"$dir/cut"
		refused "$file cut at $part %" 'cut|damaged|index names no|truncated|no container image' "$dir/cut"
	done
	for part in 50 80; do
		cp "$dir/$file" "$dir/flipped"
		printf '\xa5\x5a\xa5\x5a' | dd of="$dir/flipped" bs=1 seek=$((size * part / 100)) conv=notrunc status=none
		refused "$file with flipped bytes at $part %" 'cut|damaged' "$dir/flipped"
	done
done
cp "$dir/large.sql" "$dir/rails/db/structure.sql"

# Other things.
ok 'another product' release_deb "$dir/other.deb" "$dir/rails" 19.9.0 xz gitlab-runner
refused 'a .deb of another product' 'other than gitlab-ee or gitlab-ce: gitlab-runner' "$dir/other.deb"
ok 'another version' release_deb "$dir/other.deb" "$dir/rails" 19.8.1
refused 'a .deb whose VERSION is another' 'VERSION names 19.9.0, the package 19.8.1' "$dir/other.deb"
exits 1 'the caller refuses a version' "$reader" -r "$dir/xz.deb"
is "$err" 'refused by its version' 'with its own words'
unlike "$out" 'file ' 'before any other file'
exits 1 'the time limit' "$reader" -t 0 "$dir/xz.deb"
like "$err" 'time limit expired' 'is named'
head -c 100000 /dev/urandom >"$dir/random"
refused 'noise' 'neither a Debian package nor' "$dir/random"
: >"$dir/empty"
refused 'an empty file' 'neither a Debian package nor' "$dir/empty"
head -c 100000 /dev/urandom | gzip >"$dir/random.gz"
refused 'packed noise' 'unknown format' "$dir/random.gz"
refused 'a file that is not there' 'cannot be opened: No such file' "$dir/absent"
refused 'a device' 'neither a regular file nor' /dev/null
refused 'a directory without GitLab' 'contains no GitLab' "$dir/unpacked/disk/gitlab/embedded"
tar -C "$dir/rails" -cf "$dir/tree.tar" .
refused 'a tar of a tree' 'without manifest.json and index.json' "$dir/tree.tar"

# A bomb: little to read, more than 16 MiB of one file, and memory stays small.
cp -a "$dir/rails" "$dir/bomb" && mkdir "$dir/bomb/tmp" && truncate -s 300M "$dir/bomb/tmp/zeros"
ok 'a bomb' release_deb "$dir/bomb.deb" "$dir/bomb" 19.9.0 zstd
same deb gitlab-ee 'a file of zeros that is not wanted' "$dir/bomb.deb"
memory=$(sed -n 's/^memory //p' <<<"$out")
if [ -n "${ASAN_OPTIONS:-}" ]; then
	skip 'memory is not measured under the sanitizers'
else
	ok 'takes little memory' [ "$memory" -lt 49152 ]
fi

# Hostile trees.
hostile()
{
	local rails=$dir/hostile

	rm -rf "$rails" && cp -a "$dir/rails" "$rails" && (cd "$rails" && eval "$2")
	refused "a directory: $1" "$3" "$rails"
	if release_deb "$dir/hostile.deb" "$rails"; then
		refused "a .deb: $1" "$3" "$dir/hostile.deb"
	fi
}
hostile 'VERSION is a link' 'rm VERSION; ln -s /etc/passwd VERSION' 'link or a device'
hostile 'a migration is a link' 'ln -s /etc/passwd db/migrate/20260101000000_x.rb' 'link or a device'
hostile 'a migration is a pipe' 'mkfifo db/migrate/20260101000000_x.rb' 'link or a device|No such'
hostile 'db/migrate is a link' 'mv db/migrate m; ln -s ../m db/migrate' 'link|in place of a folder'
hostile 'a file is too large' 'truncate -s 17M db/structure.sql' 'larger than 16 MiB'
hostile 'too many files' 'cd db/migrate; seq -f %.0f_x.rb 20270000000000 20270000020100 | xargs touch' 'more than 20000'
hostile 'VERSION is no version' 'echo nothing >VERSION' 'not one of GitLab'
hostile 'no VERSION' 'rm VERSION' 'no GitLab'
mkdir "$dir/out" && ln -s "$dir/rails" "$dir/out/srv" && ln -s / "$dir/out/opt" && mkdir -p "$dir/away/srv" &&
	ln -s "$dir/rails" "$dir/away/srv/gitlab"
refused 'a directory whose GitLab is a link out of it' 'leads out of it' "$dir/away"

/usr/bin/python3 - "$dir" <<'END' || exit 1
import io, os, struct, subprocess, sys, tarfile
d = sys.argv[1]
R, S, H, C = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE
root = './opt/gitlab/embedded/service/gitlab-rails/'

def tar(members):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode='w') as t:
        for name, kind, data in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.size = len(data) if kind == R else 0
            info.linkname = data.decode() if kind in (S, H) else ''
            t.addfile(info, io.BytesIO(data) if kind == R else None)
    return raw.getvalue()

def deb(name, members, how=('data.tar', lambda x: x), control=b'Package: gitlab-ee\nVersion: 19.9.0-ee.0\n'):
    with open(os.path.join(d, name), 'wb') as f:
        f.write(b'!<arch>\n')
        for n, data in (('debian-binary', b'2.0\n'), ('control.tar', tar([('./control', R, control)])),
                        (how[0], how[1](tar(members)))):
            f.write(b'%-16s%-12d%-6d%-6d%-8o%-10d`\n' % (n.encode(), 0, 0, 0, 0o100644, len(data)) + data)
            f.write(b'\n' * (len(data) % 2))

def rpm(name, tags, cut=0):
    store = b''.join(data for _, _, data in tags)
    at, index = 0, b''
    for tag, kind, data in tags:
        index += struct.pack('>IIII', tag, kind, at + (len(data) - 1 if cut else 0) * (kind == 4), 1)
        at += len(data)
    head = lambda n, size: b'\x8e\xad\xe8\x01\0\0\0\0' + struct.pack('>II', n, size)
    with open(os.path.join(d, name), 'wb') as f:
        f.write(b'\xed\xab\xee\xdb\3\0' + bytes(90) + head(0, 0) + head(len(tags), len(store)) + index + store + b'no payload')

text = lambda tag, s: (tag, 6, s + b'\0')
names = [text(1000, b'gitlab-ee'), text(1001, b'19.9.0'), text(1124, b'cpio')]
rpm('h-number.rpm', names + [(5093, 4, struct.pack('>I', 8))], cut=1)
rpm('h-noname.rpm', names[1:])
version = (root + 'VERSION', R, b'19.9.0-ee')
deb('h-climbing.deb', [version, ('./opt/../../etc/x', R, b'x')])
deb('h-absolute.deb', [version, ('/etc/x', R, b'x')])
deb('h-twice.deb', [version, (root + 'db/structure.sql', R, b'x'), (root + 'db/structure.sql', R, b'y')])
deb('h-hardlink.deb', [version, (root + 'db/structure.sql', H, b'./etc/passwd')])
deb('h-device.deb', [version, (root + 'db/structure.sql', C, b'')])
deb('h-nocontrol.deb', [version], control=b'')
run = lambda *c: lambda x: subprocess.run(c, input=x, stdout=subprocess.PIPE, check=True).stdout
big = [version, ('./usr/x', R, bytes(1000))]
deb('w-zstd.deb', big, ('data.tar.zst', run('zstd', '-q', '-c', '--long=27')))
deb('w-zstd31.deb', big, ('data.tar.zst', run('zstd', '-q', '-c', '--ultra', '--long=31')))
deb('w-xz.deb', big, ('data.tar.xz', run('xz', '-c', '--lzma2=preset=0,dict=128MiB')))
deb('h-twicepacked.deb', [version], ('data.tar.gz', lambda x: run('gzip', '-c')(run('gzip', '-c')(x))))
END
for name in climbing absolute; do
	refused "a .deb with a name that is $name" 'unsafe name' "$dir/h-$name.deb"
done
refused 'a .deb with a file twice' 'two files with the same name: db/structure.sql' "$dir/h-twice.deb"
refused 'a .deb with a hard link' 'link or a device' "$dir/h-hardlink.deb"
refused 'a .deb with a device' 'link or a device' "$dir/h-device.deb"
refused 'a .deb without a package name' 'other than gitlab-ee' "$dir/h-nocontrol.deb"
refused 'an RPM whose last number ends behind its header' 'unknown format' "$dir/h-number.rpm"
refused 'an RPM without a name' 'other than gitlab-ee or gitlab-ce' "$dir/h-noname.rpm"
for name in zstd zstd31 xz; do
	refused "a window that is too large: $name" 'window of more than 64 MiB' "$dir/w-$name.deb"
done
refused 'packed twice' 'packed twice' "$dir/h-twicepacked.deb"
done_testing
