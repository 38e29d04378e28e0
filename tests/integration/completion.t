#!/bin/bash
# Completion of bash, zsh and fish, by the shells themselves.

. "$(dirname "$0")/../lib/tap.sh"
dir=$(new_dir)
scripts=$O/completion
export HOME=$dir
mkdir "$dir/here" "$dir/bin"
touch "$dir/here/shop.yml" "$dir/here/two words.yml"
ln -s "$PREFLIGHT" "$dir/bin/preflight"
export PATH=$dir/bin:$PATH

# shellcheck source=/dev/null
. "$scripts/preflight.bash"

# becomes NAME EXPECTED WORD...: what bash offers for the last word, words being split as bash splits them
becomes()
{
	local name=$1 expected=$2

	shift 2
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_preflight
	is "${COMPREPLY[*]}" "$expected" "bash: $name"
}

exits 0 'bash: syntax' bash -n "$scripts/preflight.bash"
becomes 'a command' check preflight chec
becomes 'an option' '--require --require-tls --required-only' preflight check --requi
becomes 'no option of another command' '' preflight facts --postg
becomes 'words' 'auto always' preflight check --color a
becomes 'words behind =' 'auto always' preflight check --color = a
becomes 'words behind = that is no break' '--color=never' preflight check --color=n
becomes 'a source' 'queues queues_shard' preflight check --require redis : q
becomes 'a format of a report' 'json junit' preflight check --format j
becomes 'a format of a plan' 'text json markdown' preflight plan --format ''
becomes 'the first part of NAME=VALUE' 'main=' preflight check --postgres m
becomes 'a subcommand' 'list lint' preflight rules li
becomes 'the id of a rule' 'bbm.unfinished' preflight rules show bbm.unfini
becomes 'behind an option with a value' 'bbm.unfinished' preflight rules --color never show bbm.unfini
becomes 'behind an option with =' 'bbm.unfinished' preflight rules --color = never show bbm.unfini
becomes 'behind a flag' 'bbm.unfinished' preflight rules -q show bbm.unfini
becomes 'a fact table' 'batched_migration_movement' preflight facts batched_migration_m
becomes 'a command of help' verify preflight help ver
becomes 'nothing for text' '' preflight check --label ''
cd "$dir/here" || exit 1
becomes 'a file' 'shop.yml' preflight check --config s
becomes 'a file with a blank' 'two words.yml' preflight report t
becomes 'a file of a format' 'shop.yml' preflight check --format json = s
becomes 'a rule or a file' 'shop.yml' preflight explain shop
cd "$top" || exit 1

# Every command and every option is offered, and no other.
becomes 'all commands' "$(preflight help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' | tr '\n' ' ')--help --version" preflight ''

if command -v fish >/dev/null; then
	offers()
	{
		is "$(fish --no-config -c "source $scripts/preflight.fish; complete -C '$3'" | cut -f 1 | tr '\n' ' ')" "$2" "fish: $1"
	}
	offers 'a command' 'check ' 'preflight chec'
	offers 'an option' '--require --required-only --require-tls ' 'preflight check --requi'
	offers 'no option of another command' '' 'preflight facts --postg'
	offers 'words' 'always auto ' 'preflight check --color a'
	offers 'the id of a rule' 'bbm.unfinished ' 'preflight rules show bbm.unfini'
	offers 'a fact table' 'batched_migration_movement ' 'preflight facts batched_migration_m'
	offers 'a file' 'README.md ' 'preflight check --config READM'
else
	skip 'fish is not installed' 7
fi

# Zsh completes in an interactive shell only: one on a terminal of its own, which writes its line to a file.
if command -v zsh >/dev/null; then
	mkdir "$dir/functions"
	cp "$scripts/preflight.zsh" "$dir/functions/_preflight"
	exits 0 'zsh: syntax' zsh -n "$scripts/preflight.zsh"
	cat >"$dir/.zshrc" <<-'END'
		fpath=($HOME/functions $fpath)
		autoload -U compinit && compinit -u -D
		show() { print -r -- $BUFFER >$HOME/line.new && mv $HOME/line.new $HOME/line; BUFFER= }
		zle -N show
		bindkey '^X' show
		print ready >$HOME/ready
	END
	cat >"$dir/type.zsh" <<-'END'
		zmodload zsh/zpty
		zpty shell zsh -d -i
		for n in {1..300}; do [ -e $HOME/ready ] && break; sleep 0.1; done
		sleep 0.3
		zpty -n -w shell $1$'\t'$'\x18'
		for n in {1..300}; do [ -e $HOME/line ] && break; zpty -r -t shell out; sleep 0.1; done
		cat $HOME/line
	END
	types()
	{
		rm -f "$dir/line" "$dir/ready"
		is "$(ZDOTDIR=$dir TERM=xterm timeout 60 zsh -f "$dir/type.zsh" "$3")" "$2" "zsh: $1"
	}
	types 'a command' 'preflight check ' 'preflight chec'
	types 'an option' 'preflight check --exit-on-warnings ' 'preflight check --exit'
	types 'an option with a value' 'preflight check --decisions=' 'preflight check --deci'
	types 'words' 'preflight check --color never ' 'preflight check --color n'
	types 'words behind =' 'preflight check --color=never ' 'preflight check --color=n'
	types 'the id of a rule' 'preflight rules show bbm.unfinished ' 'preflight rules show bbm.unfini'
	types 'a file' 'preflight check --config README.md ' 'preflight check --config READM'
else
	skip 'zsh is not installed' 8
fi
done_testing
