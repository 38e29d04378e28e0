#!/bin/bash
# The recipes for Ansible, compose, sameersbn and Kubernetes: Ansible takes the tasks and runs them, with a preflight and
# an apt-get that only note their calls; and each page gives preflight options that it has.

. "$(dirname "$0")/../lib/tap.sh"

need python3
dir=$(new_dir)
log=$dir/log

# --- The pages

commands=$(sed -n 's,^    .*\(preflight \(check\|plan\|wait\|verify\|accept\) .*\),\1,p' packaging/{ansible,compose,kubernetes,sameersbn}/README.md |
	sed 's,.*/preflight ,preflight ,; s,^preflight preflight,preflight,')
is "$(grep -c '^preflight' <<<"$commands")" 6 'the pages have six commands of preflight'
while read -r _ command options; do
	help=$("$PREFLIGHT" "$command" --help)
	for option in $(grep -o -e '--[a-z-]*' <<<"$options"); do
		contains "$help" "$option" "$command has $option"
	done
done <<<"$commands"
for file in $(grep -oh '`[a-z.-]*\.\(yml\|tpl\)`' packaging/{ansible,compose,kubernetes,sameersbn}/README.md | tr -d '`' | sort -u); do
	case $file in
	compose.yml | docker-compose.yml) ;;
	*) ok "$file is there" test -n "$(find packaging -name "$file")" ;;
	esac
done

# --- Ansible

O=$top/build packaging/tool ansible-playbook --version >/dev/null 2>"$dir/why"
if [ $? = 77 ]; then
	skip "$(cat "$dir/why")" 3
	done_testing
fi
{
	printf -- '- hosts: localhost\n  gather_facts: false\n  tasks:\n'
	sed -n '/^- name: GitLab/,/^```/p' packaging/ansible/README.md | sed "/^[\`]/d; s,/var/lib/preflight,$dir,
		s,gitlab-step.yml,$top/packaging/ansible/gitlab-step.yml,; s,gitlab_backup: .*,gitlab_backup: echo backup >>$log,
		s/^/    /"
} >"$dir/play.yml"
mkdir "$dir/bin"
# Answers as $dir/answer.COMMAND says (an exit code); the step is 17.11.7 to $dir/next.
cat >"$dir/bin/preflight" <<END
#!/bin/sh
echo "\$*" | sed 's, --out.*,,; s, $dir[^ ]*,,' >>$log
[ "\$1" != report ] || printf 'PREFLIGHT_FROM_VERSION=17.11.7\nPREFLIGHT_TO_VERSION=%s\n' "\$(cat $dir/next)"
exit "\$(cat $dir/answer.\$1 2>/dev/null || echo 0)"
END
printf '#!/bin/sh\necho "apt-get $*" >>%s\n' "$log" >"$dir/bin/apt-get"
chmod 755 "$dir"/bin/*
play()
{
	rm -f "$log"
	O=$top/build PATH=$dir/bin:$PATH HOME=$dir ANSIBLE_LOCALHOST_WARNING=false packaging/tool ansible-playbook -i localhost, \
		-c local -e "ansible_python_interpreter=$(command -v python3)" "$@" "$dir/play.yml"
}
check_and_report='check --next --to 18.2 --exit-on-warnings
report --format dotenv'

echo 18.2.8 >"$dir/next"
exits 0 'Ansible accepts the tasks of the page' play --syntax-check
exits 0 'a GO' play
is "$(cat "$log")" "$check_and_report
backup
check --to 18.2.8 --exit-on-warnings
verify --expect-gate go --expect-from 17.11.7 --expect-to 18.2.8 --max-age 30min
apt-get install -y gitlab-ee=18.2.8-ee.0
wait --after" 'takes the step, after a backup and a second GO'
exits 0 'Ansible without changes' play --check
is "$(cat "$log")" "$check_and_report" 'decides, and changes nothing'
echo 3 >"$dir/answer.check"
exits 2 'a NO-GO' play
is "$(cat "$log")" 'check --next --to 18.2 --exit-on-warnings' 'ends the play with nothing changed'
rm "$dir/answer.check" && echo 7 >"$dir/answer.verify"
exits 2 'a bundle that is not for this step' play
unlike "$(cat "$log")" 'apt-get' 'installs nothing'
rm "$dir/answer.verify" && echo 17.11.7 >"$dir/next"
exits 0 'a node that is there' play
is "$(cat "$log")" "$check_and_report" 'needs nothing more'
done_testing
