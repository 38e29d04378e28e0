#!/bin/bash
# The worked examples of CONTRIBUTING.md, followed to the letter in a copy of the tree.

. "$(dirname "$0")/../lib/tap.sh"
top=$PWD
dir=$(new_dir)/tree
mkdir "$dir" || skip_all 'no room for a copy of the tree'

# What is built already need not be built again; -p keeps the times that make compares.
build=$(dirname "$(dirname "$PREFLIGHT")")
cp -Rp "$top/CONTRIBUTING.md" "$top/Makefile" "$top/preflight" "$top/reports" "$top/rules" "$top/packaging" "$dir" || exit 1
mkdir "$dir/build" && cp -Rp "$build/obj" "$build/bin" "$build/gen" "$build/flags" "$dir/build" || exit 1

# Each fence becomes a numbered file: a name on its first line is where it goes, `sh` is to be run.
awk -v out="$dir/build/step" '
	/^```/ && fence == "" { split($0, word, " "); fence = word[2] != "" ? word[2] : word[1] == "```sh" ? "sh" : "other"
		name = sprintf("%s-%02d", out, ++n); print fence >name; next }
	/^```$/ { close(name); fence = ""; next }
	fence != "" { print >name }' "$dir/CONTRIBUTING.md"

for step in "$dir"/build/step-*; do
	where=$(head -n 1 "$step")
	case $where in
	other) ;;
	sh)
		tail -n +2 "$step" >"$step.sh"
		exits 0 "run: $(head -n 1 "$step.sh")" env -C "$dir" -u O -u MAKEFLAGS bash -e "$step.sh"
		;;
	*)
		mkdir -p "$dir/$(dirname "$where")"
		nok "$where is a new file" [ -e "$dir/$where" ]
		tail -n +2 "$step" >"$dir/$where"
		;;
	esac
done

# What came of them, where a person would look for it.
cd "$dir" || exit 1
contains "$(build/bin/preflight rules list)" example.broadcast-without-end 'the rule is in the list'
exits 5 'a check with the new format and kind' build/bin/preflight check --from 14.1.8 --to 14.2.7 --out build/bundle \
	--format counts
contains "$(cat build/bundle/README.txt)" 'counts.txt     how many rules' 'the README of the bundle lists the format'
contains "$(cat build/bundle/facts/kernel.ndjson)" "$(uname -r)" 'the facts hold the rows of the new kind'
exits 0 'and the bundle is verified' build/bin/preflight verify build/bundle

# Nothing of it is refused by the checks that a contributor is told to run.
exits 0 'make lint: layers' "$top/tests/lint/layers" "$dir"
exits 0 'make lint: cycles' "$top/tests/lint/cycles" build/obj
exits 0 'make lint: headers' "$top/tests/lint/headers"
exits 0 'make lint: rules' build/bin/preflight rules lint
exits 0 'the tests of the new rule' build/bin/preflight rules test example.broadcast-without-end
if [[ $(clang-format --version 2>/dev/null) == *' version 14.'* ]]; then
	exits 0 'make lint: the layout' clang-format --style="file:$top/.clang-format" --dry-run --Werror reports/counts.c \
		preflight/sources/kernel/source_kernel.c reports/render.c preflight/sources/collect.c
fi
done_testing
