"""Files that compress like what the Linux package installs: release_filling.py DIR BYTES. About 200 KB each, and to
some 38 % with xz -1, whose window of 1 MiB sees none of the text twice."""
import os
import random
import sys

root, left = sys.argv[1], int(sys.argv[2])
rnd = random.Random(1)
letters = 'etaoinshrdlucmfwypvbgkjqxz'
words = [''.join(rnd.choices(letters, weights=range(26, 0, -1), k=rnd.randint(2, 11))) for _ in range(6000)]
between = [' ', ' ', ' ', ' ', '_', '.', ', ', '(', ')\n', '\n  ', '\n    ', ' = ']


def text():
    return ''.join(a + b for a, b in zip(rnd.choices(words, k=40000), rnd.choices(between, k=40000))).encode()


blocks = [text() for _ in range(60)]
n = 0
while left > 0:
    folder = os.path.join(root, str(n // 100))
    os.makedirs(folder, exist_ok=True)
    data = blocks[n % len(blocks)][rnd.randrange(100000):][:left]
    with open(os.path.join(folder, f'{n}.rb'), 'wb') as f:
        f.write(data)
    left -= len(data)
    n += 1
