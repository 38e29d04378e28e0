#!/bin/bash
# The recipe of the image: hadolint has no objection; where an engine answers, the image is built and runs.

. "$(dirname "$0")/../lib/tap.sh"

recipe=packaging/container/Containerfile
said=$(O=$top/build packaging/tool hadolint "$recipe" 2>&1)
case $? in
77) skip "$said" ;;
0) pass 'hadolint has no objection' ;;
*) fail 'hadolint has no objection'; diag "$said" ;;
esac
like "$(tail -n 3 "$recipe")" '^USER [1-9]' 'the program runs without the rights of root'
for package in $(sed -n '/^Build-Depends-Arch/,/^[A-Z]/s/^ \(.*\),/\1/p' packaging/debian/control); do
	contains "$(cat "$recipe")" " $package " "it installs $package, which the packages are built with"
done
engine=
for program in podman docker; do
	[ -n "$engine" ] || ! "$program" info >/dev/null 2>&1 || engine=$program
done
if [ -z "$engine" ]; then
	skip 'no container engine answers here'
	done_testing
fi
exits 0 'the image is built' "$engine" build -q -t preflight-test -f "$recipe" .
exits 0 'the program in it finds its rules' "$engine" run --rm preflight-test preflight rules lint
"$engine" rmi preflight-test >/dev/null 2>&1
done_testing
