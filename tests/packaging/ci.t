#!/bin/bash
# The CI/CD component and the pipeline that uses it: GitLab's schema accepts both once the inputs are pasted in, the
# job ends with the exit code of preflight, whichever it is, and preflight writes each report that the job uploads.

. "$(dirname "$0")/../lib/tap.sh"

need python3
dir=$(new_dir)
component=packaging/ci-component/templates/preflight.yml

# As GitLab does: the part after ---, with the inputs of the example, or their defaults, pasted in.
python3 - "$component" packaging/ci-component/example.gitlab-ci.yml "$dir" <<'END' || { fail 'the component is read'; done_testing; }
import json, re, sys, yaml
spec, body = open(sys.argv[1]).read().split("\n---\n")
inputs = yaml.safe_load(spec)["spec"]["inputs"]
example = yaml.safe_load(open(sys.argv[2]))
given = example["include"][0]["inputs"]
assert not set(given) - set(inputs), "the example has an input that the component lacks"
values = {name: given.get(name, about.get("default")) for name, about in inputs.items()}
assert None not in values.values(), "the example lacks an input"
used = set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", body))
assert used == set(inputs), f"inputs that are not used, or not declared: {used ^ set(inputs)}"
text = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda m: str(values[m.group(1)]).lower()
              if isinstance(values[m.group(1)], bool) else str(values[m.group(1)]), body)
job = yaml.safe_load(text)[values["job_name"]]
assert not [line for line in yaml.safe_load(body)["$[[ inputs.job_name ]]"]["script"] if "$[[" in line], \
    "an input is pasted into a command"
open(f"{sys.argv[3]}/component.gitlab-ci.yml", "w").write(text)
open(f"{sys.argv[3]}/script", "w").write("\n".join(job["script"]) + "\n")
open(f"{sys.argv[3]}/variables", "w").write("".join(f"{k}={v}\n" for k, v in job["variables"].items()))
open(f"{sys.argv[3]}/reports", "w").write("\n".join(job["artifacts"]["reports"].values()) + "\n")
open(f"{sys.argv[3]}/gate", "w").write("\n".join(example["upgrade"]["script"][:1]) + "\n")
END
pass 'the inputs of the component are those that it uses and that the example gives'
for file in "$dir/component.gitlab-ci.yml" packaging/ci-component/example.gitlab-ci.yml; do
	said=$(O=$top/build packaging/tool check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci \
		"$file" 2>&1)
	case $? in
	77) skip "$said" ;;
	0) pass "GitLab's schema accepts ${file##*/}" ;;
	*) fail "GitLab's schema accepts ${file##*/}"; diag "$said" ;;
	esac
done

# --- The exit code of preflight is that of the job; a runner stops at the first command that fails

job()
{
	(cd "$dir/project" && env $(cat "$dir/variables") PATH="$1:$PATH" bash -eo pipefail "$dir/script")
}
mkdir "$dir/fake" "$dir/real" "$dir/project"
for code in 0 1 2 3 4 5 6 130; do
	printf '#!/bin/sh\nexit %s\n' "$code" >"$dir/fake/preflight" && chmod +x "$dir/fake/preflight"
	exits "$code" "$code arrives as $code" job "$dir/fake"
done

# --- And with the program itself

ln -s "$PREFLIGHT" "$dir/real/preflight"
mkdir "$dir/project/instances"
printf 'no-discover: yes\nfrom: "17.11.7"\n' >"$dir/project/instances/shop.yml"
exits 5 'a check that reads nothing is UNDETERMINED' job "$dir/real"
while read -r report; do
	ok "preflight writes $report" test -s "$dir/project/$report"
done <"$dir/reports"
ok 'the bundle is where the artifacts are taken from' test -s "$dir/project/preflight/report.html"
gate()
{
	(cd "$dir/project" && PATH="$dir/real:$PATH" bash -eo pipefail "$dir/gate")
}
exits 7 'the upgrade job of the example stops without a GO' gate
done_testing
