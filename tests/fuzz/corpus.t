#!/bin/bash
# Every input that a fuzz target has collected, once: where there is no fuzzer, what it found before
# must still not crash. An input that is refused is as good as one that is read.

. "$(dirname "$0")/../lib/tap.sh"

for source in tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	inputs=(tests/fuzz/corpus/"${target#fuzz_}"/*)
	ok "$target has inputs in tests/fuzz/corpus/${target#fuzz_}" test -e "${inputs[0]}" || continue
	for input in "${inputs[@]}"; do
		ok "$target survives $(basename "$input")" "$O/tests/fuzz/$target" "$input"
	done
done
done_testing
