"""Makes a container image with a GitLab in it, without any container tool.

    release_image.py FILE docker|oci RAILS [root=DIR] [compress=plain,gzip,zstd] [order=first|last] [dir=1]
        [break=digest|missing|whiteout]

Three layers: the first holds the Rails root without its migrations and with files that later layers replace, remove
and hide; the second removes them; the third holds the migrations. What they leave is RAILS. Without `order`, the list
of layers comes last. dir=1: FILE is a directory.
"""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

file, form, rails = sys.argv[1:4]
option = dict(word.split('=', 1) for word in sys.argv[4:])
root = option.get('root', 'srv/gitlab')
compress = option.get('compress', 'plain,plain,plain').split(',')


def layer(entries):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode='w') as tar:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            if data is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(info)
            else:
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return raw.getvalue()


def files(top):
    for where, _, names in sorted(os.walk(top)):
        for name in sorted(names):
            path = os.path.join(where, name)
            if not os.path.islink(path):
                with open(path, 'rb') as f:
                    yield os.path.relpath(path, top), f.read()


def pack(data, how):
    if how == 'gzip':
        return gzip.compress(data)
    if how == 'zstd':
        return subprocess.run(['zstd', '-q', '-c'], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


tree = list(files(rails))
late = [(n, d) for n, d in tree if n.startswith('db/migrate/')]
early = [(n, d) for n, d in tree if not n.startswith('db/migrate/')]
first = [(f'{root}/{n}', b'1.2.3' if n == 'VERSION' else d) for n, d in early]
first += [(f'{root}/db/migrate/20200101000000_hidden.rb', b'hidden'), (f'{root}/db/docs/removed.yml', b'removed'),
          (f'{root}/db/docs/views/old/x', b''), (f'{root}/db/post_migrate/20200101000001_gone.rb', b'gone')]
second = [(f'{root}/db/docs/.wh.removed.yml', b''), (f'{root}/db/post_migrate/.wh.20200101000001_gone.rb', b'')]
third = [(f'{root}/db/migrate', None)] + [(f'{root}/{n}', d) for n, d in late]
third += [(f'{root}/db/migrate/.wh..wh..opq', b''), (f'{root}/VERSION', dict(tree)['VERSION'])]
if option.get('break') == 'whiteout':
    third += [(os.path.dirname(root) + '/.wh.' + os.path.basename(root), b'')]
    third = [e for e in third if 'VERSION' not in e[0]]
layers = [pack(layer(e), how) for e, how in zip((first, second, third), compress)]
out, blobs = [], []


def blob(data, kind):
    digest = hashlib.sha256(data).hexdigest()
    name = digest if option.get('break') != 'digest' or data != layers[0] else hashlib.sha256(b'x').hexdigest()
    if not (option.get('break') == 'missing' and data == layers[1]):
        blobs.append((f'blobs/sha256/{name}', data))
    return {'mediaType': kind, 'digest': f'sha256:{name}', 'size': len(data)}


if form == 'oci':
    kinds = {'plain': 'tar', 'gzip': 'tar+gzip', 'zstd': 'tar+zstd'}
    lists = [blob(d, 'application/vnd.oci.image.layer.v1.' + kinds[c]) for d, c in zip(layers, compress)]
    config = blob(b'{"architecture": "amd64"}', 'application/vnd.oci.image.config.v1+json')
    manifest = blob(json.dumps({'schemaVersion': 2, 'config': config, 'layers': lists}).encode(),
                    'application/vnd.oci.image.manifest.v1+json')
    absent = {'mediaType': manifest['mediaType'], 'digest': 'sha256:' + '0' * 64, 'size': 1,
              'platform': {'os': 'linux', 'architecture': 'arm64'}}
    index = blob(json.dumps({'schemaVersion': 2, 'manifests': [manifest, absent]}).encode(),
                 'application/vnd.oci.image.index.v1+json')
    last = [('index.json', json.dumps({'schemaVersion': 2, 'manifests': [index]}).encode()),
            ('oci-layout', b'{"imageLayoutVersion": "1.0.0"}')]
else:
    names = []
    for i, data in enumerate(layers):
        ident = hashlib.sha256(b'%d' % i).hexdigest()
        names.append(f'{ident}/layer.tar')
        blobs += [(f'{ident}/VERSION', b'1.0'), (f'{ident}/json', b'{}')]
        if not (option.get('break') == 'missing' and i == 1):
            blobs.append((names[-1], data))
    # The same empty layer twice: the second is a link to the first.
    names[2:2] = ['twice/layer.tar']
    blobs.append(('twice/layer.tar', '../' + names[1]))
    last = [('manifest.json', json.dumps([{'Config': 'c.json', 'RepoTags': ['x:1'], 'Layers': names}]).encode())]
members = last + blobs if option.get('order') == 'first' else blobs + last
if option.get('dir'):
    for name, data in members:
        path = os.path.join(file, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(data, str):
            os.symlink(data, path)
        else:
            with open(path, 'wb') as f:
                f.write(data)
    sys.exit()
with tarfile.open(file, 'w') as tar:
    for name, data in members:
        info = tarfile.TarInfo(name)
        if isinstance(data, str):
            info.type, info.linkname = tarfile.SYMTYPE, data
            tar.addfile(info)
        else:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
