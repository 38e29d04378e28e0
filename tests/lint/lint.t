#!/bin/bash
# Every fault of a rule file is refused at file:line:col, with what to do about it.

. "$(dirname "$0")/../lib/tap.sh"
dir=$(new_dir)/rules

# A rule set that is small and right; cases put something wrong beside it.
base()
{
	rm -rf "$dir" && mkdir -p "$dir"
	cat >"$dir/path.yml" <<-'END'
		path: {rules: "1", known_from: "14.0", known_through: "14.3", stops: []}
		sources:
		  - {id: "postgres:main", title: main, need: required}
		install_methods:
		  - {name: linux_package, title: Linux package, rake: "sudo gitlab-rake {}", runner: "sudo gitlab-rails runner {}"}
		remedies:
		  - {name: wait, steps: [{text: Wait.}]}
		facts:
		  - table: thing
		    about: Things.
		    source: postgres
		    databases: [main]
		    from: public.things
		    columns:
		      id: {type: integer, class: public}
		      name: {type: text, class: public}
		      seen_at: {type: time, class: public, null: true}
		      release: {type: version, class: public, example: 14.1.0}
	END
	cat >"$dir/rule.yml"
}

# wrong NAME PLACE REGEX: rule.yml on stdin is refused at rule.yml:PLACE with a line that matches
wrong()
{
	base
	exits 2 "$1: exit 2" "$PREFLIGHT" rules lint --rules-dir "$dir"
	like "$err" "rule.yml:$2: [^"$'\n'"]*$3" "$1: where and what"
}

# A rule with one line replaced: rule LINE-PREFIX REPLACEMENT
rule()
{
	sed -e '1,$b s' -e ':s' -e "s|^    $1.*|    $2|" <<-'END'
		rules:
		  - id: a.rule
		    title: A rule
		    why: Because.
		    applies: {hop: any}
		    severity: blocker
		    confidence: documented
		    violations: SELECT t.id, t.name FROM thing AS t WHERE t.name = 'bad'
		    key: "{id}"
		    message: "{name} is bad"
		    remedy: wait
		    tests: # expects is below: cases name lines
		      - {name: bad, hop: {from: 14.1.8, to: 14.2.7}, given: {thing: [{name: bad}]}, expect: {status: fail}}
		      - {name: good, hop: {from: 14.1.8, to: 14.2.7}, given: {thing: [{name: good}]}, expect: {status: pass}}
		    expects: All is good
	END
}

base < <(rule nothing nothing)
exits 0 'the rule set that cases start from is right' "$PREFLIGHT" rules lint --rules-dir "$dir"
exits 0 'and its tests pass' "$PREFLIGHT" rules test --rules-dir "$dir"

# --- YAML

wrong 'a tab' 2:1 tab < <(printf 'rules:\n\t- id: x\n')
wrong 'an anchor' 1:8 anchor < <(printf 'rules: &a []\n')
wrong 'an alias' 1:9 alias < <(printf 'rules: [*a]\n')
wrong 'a key twice' 2:1 'rules' < <(printf 'rules: []\nrules: []\n')
wrong 'a tag' 1:8 tag < <(printf 'rules: !!set {}\n')
wrong 'two documents' '2:[0-9]+' document < <(printf 'rules: []\n---\nrules: []\n')
wrong 'broken YAML' '[0-9]+:[0-9]+' . < <(printf 'rules: [\n')
wrong '10,000 levels' '1:[0-9]+' 'more than 16' < <(
	printf 'rules: '
	printf '[%.0s' {1..10000}
)
wrong 'an unknown section' 1:1 'did you mean "rules"' < <(printf 'rulse: []\n')
wrong 'a map for a list' 1:8 'must be a list' < <(printf 'rules: {a: b}\n')

# --- Rules

wrong 'an unknown key' 6:5 'did you mean "severity"' < <(rule severity 'severty: blocker')
wrong 'an unknown word' 6:15 'notice, warning, blocker' < <(rule severity 'severity: fatal')
wrong 'a key that is missing' 2:5 'needs the key "severity"' < <(rule severity '')
wrong 'a blocker on unverified knowledge' 6:15 'must not block' < <(rule confidence 'confidence: unverified')
wrong 'a rule that does not tell what passes' 2:5 'needs the key "expects"' < <(rule expects '')
wrong 'a rule that expects its own title' 15:14 'and not the title' < <(rule expects 'expects: A rule')
wrong 'a rule that expects a whole sentence' 15:14 'without its full stop' < <(rule expects 'expects: All is good.')
wrong 'a manual rule that expects something' 2:5 'a manual one cannot' < <(rule 'violations:' 'kind: manual' | sed '/    key:/d')
wrong 'an id without a dot' 2:9 'joined by dots' < <(rule nothing nothing | sed 's/id: a.rule/id: arule/')
wrong 'an unknown remedy' 11:13 'did you mean "wait"' < <(rule remedy 'remedy: wiat')
wrong 'an unknown placeholder' 10:14 'did you mean "name"' < <(rule message 'message: "{nmae} is bad"')
wrong 'a range that says too little' 5:19 '14.2' < <(rule applies 'applies: {to: ">14.2"}')
wrong 'a range that is none' 5:19 . < <(rule applies 'applies: {to: ">=14.2O"}')
wrong 'an unknown column' 8:30 'nmae' < <(rule violations "violations: SELECT t.id, t.nmae AS name FROM thing AS t")
wrong 'an undeclared table' 8:38 'thnig' < <(rule violations "violations: SELECT id, name FROM thnig")
wrong 'SQL that does not parse' 8:17 'syntax error' < <(rule violations "violations: SELEC id, name FROM thing")
wrong 'a statement that writes' '8:[0-9]+' 'not authorized|SELECT' < <(rule violations "violations: DELETE FROM thing")
wrong 'two statements' 8:17 'one statement' < <(rule violations "violations: SELECT id, name FROM thing; SELECT 1")
wrong 'EXPLAIN' 8:17 SELECT < <(rule violations "violations: EXPLAIN SELECT id, name FROM thing")
wrong 'randomness' '8:[0-9]+' 'random\(\) is not allowed in rules' < <(rule violations "violations: SELECT random() AS id, name FROM thing")
wrong 'a clock' '8:[0-9]+' 'not allowed in rules' < <(rule violations "violations: SELECT id, name FROM thing WHERE seen_at < CURRENT_TIMESTAMP")
wrong 'a string in double quotes' '8:[0-9]+' 'bad' < <(rule violations "violations: SELECT id, name FROM thing WHERE name = \"bad\"")
wrong 'a naked version' 8:60 "version\('14.10'\)" < <(rule violations "violations: SELECT id, name FROM thing WHERE release < '14.10'")
wrong 'a naked version as number' 8:60 "version\('14.10'\)" < <(rule violations "violations: SELECT id, name FROM thing WHERE release < 14.10")
wrong 'a version that is none' 8:68 '14.1O' < <(rule violations "violations: SELECT id, name FROM thing WHERE release < version('14.1O')")
wrong 'a column without a name' 8:17 'name it with AS' < <(rule violations "violations: SELECT id, name, count(*) FROM thing")
wrong 'two columns of one name' 8:17 'two columns' < <(rule violations "violations: SELECT id, name, id FROM thing")
wrong 'SQL in quotes' 8:17 '| block' < <(rule violations 'violations: "SELECT id, name FROM thing"')
# The name of the table is a part of an earlier word, and stands in a comment, a text, and behind a dot.
printf '%s\n' '    violations: |' "      SELECT t.id AS own_id, t.name, 'own' AS own_name -- own" '        FROM thing AS t' \
	'        /* FROM own */' '        JOIN own AS own_x ON own_x.own = t.id' >"$dir.query"
wrong 'a table that is a part of another word' 12:14 'no such table: own' < <(
	rule nothing nothing | sed -e "/^    violations/{r $dir.query" -e 'd}'
)
wrong 'recursion' '8:[0-9]+' 'not authorized: .*recursive queries' < <(rule violations "violations: WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n AS id, 'x' AS name FROM r")
wrong 'an id that is taken' 16:9 'is taken by' < <(
	rule nothing nothing
	rule nothing nothing | tail -n +2
)
wrong 'no test that it passes' 2:5 'a test that it passes' < <(rule nothing nothing | sed '/name: good/d')
wrong 'no test that it does not pass' 2:5 'does not pass' < <(rule nothing nothing | sed '/name: bad,/d')
wrong 'a test with an unknown column' '13:[0-9]+' 'did you mean "name"' < <(rule nothing nothing | sed 's/thing: \[{name: bad}\]/thing: [{nam: bad}]/')
wrong 'a test with an unknown table' '13:[0-9]+' 'did you mean "thing"' < <(rule nothing nothing | sed 's/given: {thing: \[{name: bad}\]}/given: {thign: []}/')
wrong 'a test without a hop' 14:9 'needs the keys "from" and "to" of hop' < <(rule nothing nothing | sed '/name: good/s/hop: {[^}]*}, //')

# --- What tests share

# each ENTRIES <<<TESTS: the rule with an entry `each` and these tests in place of its own
each()
{
	rule nothing nothing | sed '/^      - {name:/d; /^    expects:/d'
	printf '      - each: %s\n' "$1"
	sed 's/^/      - /'
	echo '    expects: All is good'
}
bad='{hop: {from: 14.1.8, to: 14.2.7}, given: {thing: [{name: bad}]}}'
wrong 'an each with an unknown table' '13:[0-9]+' 'did you mean "thing"' < <(each "${bad/thing/thign}" <<<'{name: good, expect: pass}')
is "$(grep -c thign <<<"$err")" 1 'is reported once'
wrong 'an each with an unknown column' '13:[0-9]+' 'did you mean "name"' < <(each "${bad/name/nmae}" <<<'{name: x, given: {thing: []}, expect: pass}')
wrong 'an each with an unknown key' '13:16' 'each has no key "expect"' < <(each '{expect: pass}' <<<'{name: x, expect: pass}')
wrong 'an each with rows that are none' '13:[0-9]+' 'given must be a map' < <(each '{given: [thing]}' <<<'{name: x, expect: pass}')
wrong 'an each with another key beside it' 13:9 'an entry each has no key "name"' < <(
	each "$bad" <<<'{name: x, expect: pass}' | sed 's/^      - each:/      - name: x\n        each:/')
wrong 'an each with half a hop' 14:9 'needs the keys "from" and "to" of hop' < <(each '{hop: {from: 14.1.8}}' <<<'{name: x, expect: pass}')
wrong 'an each and no test' 2:5 'a test that it passes' < <(each "$bad" </dev/null)
base < <(each "$bad" <<'END'
{name: as each, expect: {status: fail, findings: 1}}
{name: other rows, given: {thing: [{name: good}]}, expect: pass}
{name: no rows, given: {thing: []}, expect: {status: pass, findings: 0}}
{name: the next one has those of each again, expect: fail}
{name: another start, hop: {from: 14.0.5}, expect: fail}
{name: not read, unknown: [thing], expect: unknown}
each: {hop: {from: 14.2.7, to: 14.3.6}, unknown: thing}
{name: the second each alone, expect: unknown}
{name: 'nothing of the first, and all is read', unknown: [], expect: pass}
END
)
exits 0 'tests with each' "$PREFLIGHT" rules test -v --rules-dir "$dir"
is "$(sed -n 's/^test a.rule //p' <<<"$out" | xargs)" "$(xargs <<'END'
14.1.8 14.2.7 fail 14.1.8 14.2.7 pass 14.1.8 14.2.7 pass 14.1.8 14.2.7 fail 14.0.5 14.2.7 fail 14.1.8 14.2.7 unknown
14.2.7 14.3.6 unknown 14.2.7 14.3.6 pass
END
)" 'have what they share, and what they replace'
base < <(each "$bad" <<<'{name: as each, expect: pass}' | sed 's/^      - {name: as each.*/&\n      - {name: bad, expect: fail}/')
exits 2 'a test that does not hold for what each gives' "$PREFLIGHT" rules test --rules-dir "$dir"
like "$err" 'rule.yml:14: a.rule, test "as each": expected pass, got fail' 'is named by its own line'

# --- Rows

# things ROWS: a table with these rows, and a rule that finds each of them
things()
{
	rule violations "violations: SELECT n.name AS id, t.name FROM thing AS t JOIN known AS n ON n.name = t.name"
	printf '%s\n' tables: '  - table: known' '    about: x' '    columns: {name: {type: text, class: public}, of: {type: text, class: public}}' "    rows: $1"
}
base < <(things '[{name: [bad, worse], of: x}, {name: worst}]' | sed 's/{name: bad}/{name: [bad, worst, good]}/; s/status: fail/status: fail, findings: 2/')
exits 0 'a list in a row is one row of each value' "$PREFLIGHT" rules test --rules-dir "$dir"
base < <(things '[{name: bad}]' | sed 's/SELECT n.name AS id, t.name/SELECT 1 AS id, t.name/; s/JOIN known.*/LIMIT 1/; s/{name: bad}\]}/{name: [bad, worse]}]}/; s/{thing: \[{name: good}\]}/{}/')
exits 2 'rows of a list that depend on their order' "$PREFLIGHT" rules test --rules-dir "$dir"
like "$err" 'order of rows' 'are tested in the other order too'
wrong 'two lists in a row' '20:[0-9]+' 'one value, or one list' < <(things '[{name: [bad, worse], of: [x, y]}]')
wrong 'a list in a list' '20:[0-9]+' 'one value, or one list' < <(things '[{name: [[bad]]}]')
wrong 'an empty list in a row' '20:[0-9]+' 'a list in a row needs a value' < <(things '[{name: []}]')

# All faults, not only the first.
base < <(rule severity 'severity: fatal' | sed 's/remedy: wait/remedy: wiat/; s/confidence: documented/confidence: hearsay/')
exits 2 'several faults' "$PREFLIGHT" rules lint --rules-dir "$dir"
like "$err" 'rule.yml:6:15' 'the first is reported'
like "$err" 'rule.yml:7:17' 'the second too'

# --- Facts, views, sources

wrong "a secret" 7:15 secret <<-'END'
	facts:
	  - table: x
	    about: x
	    source: postgres
	    databases: [main]
	    from: public.x
	    columns: {encrypted_password: {type: text, class: public}}
END
wrong 'an unknown kind of source' 4:13 'no kind of source' <<-'END'
	facts:
	  - table: x
	    about: x
	    source: mongo
	    databases: [main]
	    columns: {a: {type: text, class: public}}
END
wrong 'files of nodes that are declared' 2:5 'names one node' <<-'END'
	facts:
	  - table: x
	    about: x
	    source: host
	    nodes: [a, b]
	    from: os_release
	    columns: {id: {type: text, class: public}}
END
wrong 'a view that does not prepare' '4:[0-9]+' 'nothere' <<-'END'
	views:
	  - name: v
	    about: x
	    query: SELECT nothere FROM thing
END
wrong 'views in a circle' 2:5 'through other views' <<-'END'
	views:
	  - {name: v, about: x, query: SELECT 1 AS a FROM w}
	  - {name: w, about: x, query: SELECT 1 AS a FROM v}
END
wrong 'a view that reads the hop' 2:5 'views are evaluated once' <<-'END'
	views:
	  - {name: v, about: x, query: SELECT from_version FROM hop}
END
wrong 'a name that is taken' 2:12 'is taken' <<-'END'
	views:
	  - {name: thing, about: x, query: SELECT 1 AS a}
END

# bounded WITHOUT... WITH: a bounded fact whose lines WITHOUT are replaced by WITH
bounded()
{
	sed "s/^ *$1:.*/$2/" <<-'END'
		facts:
		  - table: late
		    about: Things without a name.
		    source: postgres
		    databases: [main]
		    bounded:
		      from: public.things
		      reads: [name]
		      where: t.name IS NULL
	END
}
base < <(bounded nothing nothing)
exits 0 'a bounded fact is composed' "$PREFLIGHT" facts late --rules-dir "$dir"
contains "$out" "(SELECT f.id, f.name FROM public.things AS f ORDER BY f.id LIMIT 20000)" 'of both ends of the table'
contains "$out" 'Things without a name. Counted up to 1000; of a table of more than 400 MB, only among' 'and says so'
wrong 'a bounded fact with columns' 2:5 '"columns", or else "bounded"' < <(bounded databases '    databases: [main]\n    columns: {id: {type: integer, class: public}}')
wrong 'a bounded fact of no table' 8:7 'needs the key "from"' < <(bounded from '')
wrong 'an order without an index' 7:7 'order belongs to an index' < <(bounded reads '      reads: [name]\n      order: id')

# --- Tests that do not hold

base < <(rule nothing nothing | sed "s/WHERE t.name = 'bad'/WHERE t.name = 'worse'/")
exits 2 'a test that does not hold' "$PREFLIGHT" rules test --rules-dir "$dir"
like "$err" 'rule.yml:13: a.rule, test "bad": expected fail, got pass' 'it says which'
base < <(rule nothing nothing | sed "s/WHERE t.name = 'bad'/WHERE t.name = 'bad' AND t.seen_at IS NOT NULL/; s/{name: bad}/{name: bad, seen_at: -1h}/")
exits 2 'a NULL that drops a row' "$PREFLIGHT" rules test --rules-dir "$dir"
like "$err" 'with NULL in thing.seen_at' 'it says in which column'
base < <(rule nothing nothing | sed "s/SELECT t.id, t.name FROM thing AS t WHERE t.name = 'bad'/SELECT 1 AS id, t.name FROM thing AS t LIMIT 1/; s/given: {thing: \[{name: bad}\]}/given: {thing: [{name: bad}, {name: worse}]}/; s/given: {thing: \[{name: good}\]}/given: {}/")
exits 2 'a result that depends on the order of rows' "$PREFLIGHT" rules test --rules-dir "$dir"
like "$err" 'order of rows' 'it says so'

# Two nodes of an instance may both have what one has.
nodes()
{
	base < <(rule nothing nothing)
	sed -i "s/FROM thing AS t/FROM file AS t/; s/{thing: /{file: /; s/t.id, t.name/$1/; s/t[.]name/t.id/; s/{name} is/{id} is/; s/\[{name:/[{id:/" "$dir/rule.yml"
	cat >>"$dir/rule.yml" <<-'END'
		facts:
		  - {table: file, about: x, source: host, nodes: [local], from: os_release, columns: {id: {type: text, class: public}}}
	END
	sed -i '/^install_methods:/i\  - {id: host, title: files, need: optional}' "$dir/path.yml"
}
nodes 't.id'
exits 2 'a rule that takes two nodes for one' "$PREFLIGHT" rules test --rules-dir "$dir"
like "$err" 'on a second node the rule is an error: select the column node' 'is told what to do'
nodes 'max(t.id) AS id'
exits 2 'a rule that drops a node' "$PREFLIGHT" rules test --rules-dir "$dir"
like "$err" 'on a second node findings are missing' 'is told so'
nodes 't.node, t.id'
exits 0 'a rule that tells them apart' "$PREFLIGHT" rules test --rules-dir "$dir"

# --- The shipped rules

exits 0 'the shipped rules are right' "$PREFLIGHT" rules lint --rules-dir rules
exits 0 'and pass their tests' "$PREFLIGHT" rules test -v --rules-dir rules
# What is tested around each bound follows from `applies`; this copy makes a change of a bound one that somebody sees.
edges=$(sed -n 's/^edge //p' <<<"$out" | LC_ALL=C sort -u)
[ -z "${UPDATE_GOLDEN:-}" ] || printf '%s\n' "$edges" >tests/rules/edges.txt
is "$edges" "$(<tests/rules/edges.txt)" 'on the steps around each bound they find what they found (UPDATE_GOLDEN=1 rewrites)'

# --- rules of kind engine

# An engine rule with one line replaced: engine LINE-PREFIX REPLACEMENT
engine()
{
	sed "s|^    $1.*|    $2|" <<-'END'
		rules:
		  - id: path.skipped
		    kind: engine
		    title: A stop would be skipped
		    severity: blocker
		    why: Because.
		    remedy: wait
	END
}

base < <(engine nothing nothing)
exits 0 'the words of a finding of preflight itself' "$PREFLIGHT" rules lint --rules-dir "$dir"
exits 0 'and they are shown' "$PREFLIGHT" rules show path.skipped --rules-dir "$dir"
wrong 'an id that preflight does not use' 2:9 'did you mean "path.skipped"' < <(engine x x | sed 's/path.skipped/path.skiped/')
wrong 'a law made milder' 5:15 'blocker at least' < <(engine severity: 'severity: warning')
wrong 'a query in it' 4:5 violations < <(engine title: 'violations: SELECT 1 AS id')
wrong 'a remedy that does not exist' 7:13 'did you mean "wait"' < <(engine remedy: 'remedy: wayt')
wrong 'an id of the engine under another kind' 2:9 'its kind is engine' < <(rule nothing nothing | sed 's/a\.rule/path.conditional-14.2/')
mkdir "$dir/../pack"
engine severity: 'severity: notice' >"$dir/../pack/milder.yml"
rm "$dir/rule.yml"
exits 2 'a pack cannot make a law milder' "$PREFLIGHT" rules lint --rules-dir "$dir" --rules "$dir/../pack"
like "$err" 'milder.yml:5:15: .*path.skipped must be a blocker at least' 'and is told where'
engine nothing nothing >"$dir/../pack/milder.yml"
exits 2 'nor take the id of a shipped rule' "$PREFLIGHT" rules lint --rules "$dir/../pack"
like "$err" 'path.skipped is taken by engine.yml' 'and is told whose it is'

done_testing
