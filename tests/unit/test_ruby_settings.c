#include "sources/host/ruby_settings.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct seen {
	char lines[4000];
	size_t n;
};

/* "key", "key=value"; behind it "?" (may be nil), "~" (not read), "/" (conditional), "-" (off), "{}"; "@2" from line 2 on. */
static bool
note(void *arg, const struct ruby_finding *f)
{
	static const char *const kinds[] = {"", "file ", "unclear ", "not ASCII"},
				 *const states[] = {"", "~", "?", "/"};
	struct seen *s = arg;

	s->n += (size_t)snprintf(s->lines + s->n, sizeof s->lines - s->n, "%s%s%s%s%s%s", s->n > 0 ? "; " : "",
	    kinds[f->kind], f->key, f->value[0] != '\0' ? "=" : "", f->value, states[f->state]);
	if (f->off || f->empty)
		s->n += (size_t)snprintf(s->lines + s->n, sizeof s->lines - s->n, f->off ? "-" : "{}");
	if (f->line > 1)
		s->n += (size_t)snprintf(s->lines + s->n, sizeof s->lines - s->n, "@%u", f->line);
	assert_true(s->n < sizeof s->lines);
	return true;
}

static void
expect_seen(const char *text, const char *expected)
{
	struct seen s = {0};

	assert_true(ruby_settings(text, strlen(text), false, note, &s));
	if (strcmp(s.lines, expected) != 0)
		fail_msg("\n  %s\n  gave     %s\n  expected %s", text, s.lines, expected);
}

static bool
is_named(const struct seen *s, const char *key)
{
	return strstr(s->lines, key) != NULL || strstr(s->lines, "unclear") != NULL ||
	    strstr(s->lines, "file ") != NULL;
}

static void
test_values(void **state)
{
	(void)state;
	expect_seen("", "");
	expect_seen("external_url 'https://x'", "external_url=https://x");
	expect_seen("a['b'] = 2\na['c'] = \"x\"\na[:d] = %w(x y)", "a.b=2; a.c=x@2; a.d=x y@3");
	expect_seen("a['b'] = nil; a['c'] = {}; a['e'] = { }", "a.c{}; a.e{}");
	expect_seen("a({})\nGitlab['b'] = {}\nc['d'] = {}\nc['f'] = {} if x", "c.d{}@3; c.f/{}@4");
	/* one hash under two names: what is set by the other one is in both */
	expect_seen("a['b'] = c['d'] = {}\nc['d']['e'] = 1", "a.b~; c.d~; c.d.e=1@2");
	expect_seen("Gitlab['a'] = c['d'] = { 'f' => 1 }", "a.f=1; a~; c.d.f=1; c.d~");
	expect_seen("c['d'] = Gitlab['a'] = {}\nx = {}\nc['e'] = x", "c.d~; a~; c.e?@3");
	expect_seen("a['b'] = []\na['c'] = [\n  # none\n]", "a.b; a.c@2");
	expect_seen("a['enable'] = false", "a.enable=false-");
	expect_seen("a['b'] = ['x', \"y\", :z,\n 3]\n", "a.b=x y z 3");
	expect_seen("a['b'] = ENV['X']\na['c'] = ENV.fetch('X')\na['d'] = ENV['X'] || 'y'\n", "a.b?; a.c~@2; a.d~@3");
	expect_seen("a['b'] = File.read('/x').strip\na['c'] = foo\n", "a.b~; a.c?@2");
	expect_seen("a['b'] = \"x#{y}\"\na['c'] = 'x' + y\n", "a.b~; a.c~@2");
	expect_seen("a['b'] = <<~EOS\n  c['d'] = 1\nEOS\ne['f'] = 1", "a.b~; e.f=1@4");
	expect_seen("a['b'] = c['d'] = 3", "a.b=3; c.d=3");
	expect_seen("roles ['x_role', 'y_role']\nroles %w[z]", "roles=x_role y_role; roles=z@2");
	expect_seen("roles 'x_role', :y_role\nroles('a', x)\n", "roles=x_role y_role; roles=a~@2");
	expect_seen("from_file '/etc/x.rb'\nfrom_file('/y') if z", "file /etc/x.rb; file /y/@2");
}

static void
test_hashes(void **state)
{
	(void)state;
	expect_seen("g['c'] = { git: {bin_path: '/x'} }", "g.c.git.bin_path=/x; g.c.git; g.c");
	expect_seen("g['c'] = {\n  'git' => {\n    :bin => 1,\n  },\n  \"x\" =>\n    2\n}\n",
	    "g.c.git.bin=1@3; g.c.git@2; g.c.x=2@5; g.c");
	expect_seen("git_data_dirs({\n  \"default\" => { \"path\" => \"/mnt\" }\n})\n",
	    "git_data_dirs.default.path=/mnt@2; git_data_dirs.default@2; git_data_dirs");
	expect_seen("a 'b' => 1, c: 2\nd['e'] = 3", "a.b=1; a.c=2; a; d.e=3@2");
	expect_seen("a['b'] = { c => 1, 'd' => 2 }", "a.b.d=2; a.b~");
	expect_seen("a['b'] = { **c }", "a.b~");
	expect_seen("a['b'] = { 'c' => nil, 'd' => ENV['X'] }", "a.b.d?; a.b");
	expect_seen("a['b'] = [{ 'c' => 1 }]", "a.b~");
	expect_seen("a['b'] = {'x' => 1}.merge(c)", "a.b.x=1; a.b~");
}

static void
test_conditions(void **state)
{
	(void)state;
	expect_seen("if x\n  a['b'] = 1\nend\na['c'] = 2", "a.b=1/@2; a.c=2@4");
	expect_seen("a['b'] = 1 if x\na['c'] = 2 unless y", "a.b=1/; a.c=2/@2");
	expect_seen("a['b'] = 1 if true", "a.b=1");
	expect_seen("if true then a['b'] = 1 end", "a.b=1");
	expect_seen("x && a['b'] = 1", "a.b=1/");
	expect_seen("x.each do |y|\n a['b'] = 1\nend\na['c'] = 1", "a.b=1/@2; a.c=1@4");
	expect_seen("3.times { a['b'] = 1 }\na['c'] = 1", "a.b=1/; a.c=1@2");
	expect_seen("def f(x)\n  a['b'] = x\nend\na['c'] = 1", "a.b/@2; a.c=1@4");
	expect_seen("begin\n  a['b'] = 1\nrescue => e\n  a['c'] = 2\nend", "a.b=1@2; a.c=2/@4");
	expect_seen("while x do\n  y.each do |z| puts z end\nend\na['c'] = 1", "a.c=1@4");
	expect_seen("x = if y then 1 else 2 end\na['c'] = 1", "a.c=1@2");
	expect_seen("case x\nwhen 1\n  a['b'] = 1\nend\na['c'] = 1", "a.b=1/@3; a.c=1@5");
	/* a literal condition decides */
	expect_seen("if false\n  a['b'] = 1\nend\na['c'] = 2", "a.c=2@4");
	expect_seen("if false\n  a['b'] = 1\nelse\n  a['c'] = 2\nend", "a.c=2@4");
	expect_seen("if true\n  a['b'] = 1\nelse\n  a['c'] = 2\nend", "a.b=1@2");
	expect_seen("if false\n  a['b'] = 1\nelsif x\n  a['c'] = 2\nelse\n  a['d'] = 3\nend", "a.c=2/@4; a.d=3/@6");
	expect_seen("if true\n  a['b'] = 1\nelsif x\n  a['c'] = 2\nelse\n  a['d'] = 3\nend", "a.b=1@2");
	expect_seen("unless true then a['b'] = 1 end; while false do a['c'] = 1 end; until true do a['d'] = 1 end", "");
	expect_seen("if nil\n  eval x\nend\na['b'] = 1 if !true\nfrom_file '/x' unless (true)\na[k] = 1 if false", "");
	expect_seen("if false\n  if x\n    a['b'] = 1\n  else\n    a['c'] = 1\n  end\nend\na['d'] = 1", "a.d=1@8");
	expect_seen("a['b'] = {\n  'c' => 1\n} if false\na['d'] = 1", "a.d=1@4");
	/* and only that */
	expect_seen("if false || x\n  a['b'] = 1\nend\na['c'] = 1 if false or x", "a.b=1/@2; a.c=1/@4");
	expect_seen("a['b'] = if false then 1 else 2 end", "a.b/");
	expect_seen("begin\n  a['b'] = 1\nend while false", "a.b=1@2");
	expect_seen("(1 if false) || a['b'] = 1\na['c'] = 1", "a.b=1/; a.c=1@2");
	expect_seen("[1].each { 1 if false } && a['b'] = 1", "a.b=1/");
	expect_seen("if false\n  )\nend\na['b'] = 1", "unclear this is not Ruby: ) closes nothing@2");
	expect_seen("if false\n  a['b'] = 1\n", "unclear this is not Ruby: a block or bracket has no end@3");
}

/* One setting, spelled so that Ruby sets it: it is named, or what cannot be told is. */
static void
test_spellings(void **state)
{
	static const char *const all[] = {"u['w'] = 2", "u[\"w\"]=2", "u[:w] = 2", "u[ 'w' ] = 2", "u ['w'] = 2",
	    "u\t[\t'w'\t]\t=\t2", "external_url 'http://x'; u['w'] = 2", "if true then u['w'] = 2 end", "(u['w'] = 2)",
	    "x = (u['w'] = 2)", "x = u['w'] = 2", "u['w'] ||= 2", "u['w'] += 2", "u[\n  'w'\n] = 2", "u['w'] = \\\n 2",
	    "u['w'] =\n  2", "u[%q(w)] = 2", "u[:'w'] = 2", "u[:\"w\"] = 2", "u['w'], x = 2, 3", "x, u['w'] = 3, 2",
	    "u['a'], u['w'], x = 3, 2, 1", "self.u['w'] = 2", "Gitlab['u']['w'] = 2", "Gitlab.u['w'] = 2",
	    "u('w' => 2)", "u w: 2", "u({ 'w' => 2 })", "u['w'] = 2 # removed", "begin; u['w'] = 2; end",
	    "u['w'] = 2\r\n", "\xEF\xBB\xBFu['w'] = 2", "=begin\n=end\nu['w'] = 2", "x = <<E\nE\nu['w'] = 2",
	    "x = <<-E.strip + 'y'\n  E\nu['w'] = 2", "\"#{u['w'] = 2}\"", "`#{u['w'] = 2}`",
	    "x = \"#{u['w'] = 2}\" if y", "from_file '/x'", "from_file('/x')", "x = /[/]'/\nu['w'] = 2",
	    "x = y / 2; u['w'] = 2 / 1", "x = ?'; u['w'] = 2", "x = $'; u['w'] = 2", "x = 5 % (3); u['w'] = 2",
	    /* not understood */
	    "u[x] = 2", "u['w' + 'x'] = 2", "u['w' 'x'] = 2", "u[\"w\\x20\"] = 2", "u[\"#{x}\"] = 2",
	    "u.merge!('w' => 2)", "u.store('w', 2)", "u.[]=('w', 2)", "u&.store('w', 2)", "u\n  .update(w: 2)",
	    "eval \"u['w'] = 2\"", "instance_eval(File.read('/x'))", "load '/x'", "require '/x'",
	    "require_relative 'x'", "Kernel.load('/x')", "send(:u)['w'] = 2", "__send__ :u", "self.send(:u)['w'] = 2",
	    "method(:u).call['w'] = 2", "x = u\nx['w'] = 2", "x = u['a']\nx['w'] = 2", "x = [u]\nx['w'] = 2",
	    "%w(w).each { |k| u[k] = 2 }", "[u].each do |x|\n  x['w'] = 2\nend", "[u].each { _1['w'] = 2 }",
	    "[u].first['w'] = 2", "(u)['w'] = 2", "->(x) { x['w'] = 2 }.call(u)", "lambda { |x| x['w'] = 2 }.call(u)",
	    "def f(x)\n x['w'] = 2\nend\nf(u)", "for k in %w(w) do u[k] = 2 end", "u.tap { |x| x['w'] = 2 }",
	    "$x = u; $x['w'] = 2", "@x = u; @x['w'] = 2", "X = u; X['w'] = 2", "node.default['u']['w'] = 2", "u.w = 2",
	    "from_file x", "from_file \"#{x}/y\"", "Dir['/x/*'].each { |f| from_file f }",
	    "JSON.parse(x).each { |k, v| Gitlab[k] = v }", "u['x'].merge!('w' => 2)", "binding.eval(\"u['w'] = 2\")",
	    /* the object that holds all settings */
	    "Gitlab.u = { 'w' => 2 }", "self.u = { 'w' => 2 }", "Gitlab.merge!('u' => { 'w' => 2 })",
	    "merge!('u' => { 'w' => 2 })", "self.merge!('u' => h)", "Gitlab.configuration['u']['w'] = 2",
	    "configuration[:u] = { w: 2 }", "restore('u' => h)", "Gitlab.configure { |c| c.u = { 'w' => 2 } }",
	    "Gitlab.configure { |c| c['u']['w'] = 2 }",
	    /* a setting by another name */
	    "@x = u\n@x.merge!('w' => 2)", "$x = u\n$x.store('w', 2)", "X = u\nX.merge!('w' => 2)",
	    "X, Y = u, v\nX['w'] = 2", "x, y = u, v\nx['w'] = 2", "x, (y, z) = v, [u, v]\ny['w'] = 2",
	    "*x = u, v\nx[0]['w'] = 2", "x = true && u\nx['w'] = 2", "x = {} && u\nx['w'] = 2",
	    "x = nil || u\nx['w'] = 2", "x = true ? u : v\nx['w'] = 2", "x = ENV && u\nx['w'] = 2",
	    "x = 'a'.then { u }\nx['w'] = 2", "x = [1].map { |q| Gitlab[:u] }\nx[0]['w'] = 2",
	    "x = case 1\nwhen 1 then u\nend\nx['w'] = 2", "x = begin\n  u\nend\nx['w'] = 2",
	    "x = {}\nx[:a] = u\nx[:a]['w'] = 2", "x = []\nx << u\nx[0]['w'] = 2", "x = []\nx.push u\nx[0]['w'] = 2",
	    "x = []\nx += [u]\nx[0]['w'] = 2", "x = {}\nx, y = u, v\nx['w'] = 2", "x = Array.new(1, u)\nx[0]['w'] = 2",
	    "def z; u; end\nz['w'] = 2", "def z = u\nz['w'] = 2", "def z(k) Gitlab[k] end\nz('u')['w'] = 2",
	    "def z(k) = Gitlab[k]\nz('u').store('w', 2)", "def self.z; Gitlab.u; end\nself.z['w'] = 2",
	    "class << self; def z; u; end; end\nz['w'] = 2", ":x.then { |u| X = 1 }\nu['w'] = 2", "u => x\nx['w'] = 2",
	    "u in x\nx['w'] = 2", "case u\nin x\n  x['w'] = 2\nend", "case u\nin Hash => x\n  x['w'] = 2\nend",
	    "case [u]\nin [x, *]\n  x['w'] = 2\nend", "case u['a']\nin { b: x }\n  x['w'] = 2\nend",
	    "case u['a']\nin { b: }\n  b['w'] = 2\nend", "Gitlab[:u].then { |y| y => x; x['w'] = 2 }",
	    "x = {u:}\nx[:u]['w'] = 2", "x = { v:, u: }\nx.each_value { |y| y['w'] = 2 }", "f(u:)['w'] = 2",
	    /* a setting where a variable is written, or that is handed on as an object */
	    "for u['w'] in [2] do end", "begin\n  x\nrescue => u['w']\nend", "proc { |x = u['w'] = 2| }.call",
	    ":[]=.to_proc.call(u, 'w', 2)", "Hash.instance_method(:store).bind_call(u, 'w', 2)",
	    "Hash.instance_method(:store).bind(u).call('w', 2)", "(true ? u : v).merge!('w' => 2)",
	    "[u].first.store('w', 2)", "(u['w'], v['x']), y = [1, 2], 3",
	    /* what looks like the beginning of a text */
	    "y = 4\nx = y /2; u['w'] = 2 # /", "[4].each { |y| x = y /2; u['w'] = 2 } # /", "x = :/; u['w'] = 2 # /",
	    "x = :`; u['w'] = 2 # `", "x = [1].inject(&:/); u['w'] = 2 # /", "def /(o) end; u['w'] = 2 # /"};

	(void)state;
	for (size_t i = 0; i < nitems(all); i++) {
		struct seen s = {0};

		assert_true(ruby_settings(all[i], strlen(all[i]), false, note, &s));
		if (!is_named(&s, "u.w"))
			fail_msg("passes: %s (%s)", all[i], s.lines);
	}
}

/* What only looks like it: never set. */
static void
test_lookalikes(void **state)
{
	static const char *const all[] = {"# u['w'] = 2", "  # u['w'] = 2", "x = 1 # ; u['w'] = 2", "#\\\nx = 1",
	    "=begin\nu['w'] = 2\n=end", "x = \"u['w'] = 2\"", "x = 'u[\"w\"] = 2'", "x = 'it\\'s; u[\"w\"] = 2'",
	    "x = \"a\nu['w'] = 2\n\"", "x = <<E\nu['w'] = 2\nE\n", "x = <<~'E'\n  u['w'] = 2\n  E\n",
	    "foo(<<A, <<B)\nu['w'] = 2\nA\nu['w'] = 2\nB\n", "x = %q(u['w'] = 2)", "x = %(u['w'] = (2))",
	    "x = %w[u['w'] = 2]", "x = /u['w'] = 2/", "x = `u['w'] = 2`", "x = :\"u['w'] = 2\"", "__END__\nu['w'] = 2",
	    "puts u['w']", "x = u['w'] == 2", "x = { u['w'] => 2 }", "u['w'] =~ /x/", "u['w'] = nil", "v_u['w'] = 2",
	    "u['w2'] = 2", "u['x'] = 'w'", "@u['w'] = 2", "$u['w'] = 2", "u = {}\nu['w'] = 2", "ENV['u.w'] = 'x'",
	    "gitlab_rails['u']['w'] = 2", "puts \"u['w'] = 2\"", "x = \"a#b; u['w'] = 2\"", "x = '#{u[\"w\"] = 2}'",
	    "x = \"\\#{u['w'] = 2}\"", "x = \"#{'}'} u['w'] = 2\"", "x = ?# + \"u['w'] = 2\""};

	(void)state;
	for (size_t i = 0; i < nitems(all); i++) {
		struct seen s = {0};

		assert_true(ruby_settings(all[i], strlen(all[i]), false, note, &s));
		if (strncmp(s.lines, "u.w=", 4) == 0 || strstr(s.lines, "; u.w=") != NULL)
			fail_msg("is taken for a setting: %s (%s)", all[i], s.lines);
	}
	expect_seen("# u['w'] = 2\nx = \"u['w'] = 2\"\nx = <<E\nu['w'] = 2\nE\nputs u['w']\n", "");
}

/* What real files hold beside settings is understood. */
static void
test_harmless(void **state)
{
	(void)state;
	expect_seen("require 'json'\nx = 'a'\ny = [1, 2]\nputs x\na['b'] = \"#{x}-c\"\n", "a.b~@5");
	expect_seen("h = {}\nh['a'] = 1\nh['b'] << 2\na['b'] = h\n", "a.b?@4");
	expect_seen("def f(n) File.read(n) end\nh = {}\nh['a'] = f('/x')\nh['b'] = 1\na['b'] = h\n", "a.b?@5");
	expect_seen("def f(n) = File.read(n)\na['b'] = f('/x')\n", "a.b?@2");
	expect_seen("begin\n  x\nrescue StandardError => e\n  warn e.message\n  puts e.backtrace.join\nend", "");
	expect_seen("a.delete('b')\nputs 'x' if a['port'].positive?\na['c'].zero?", "");
	expect_seen("h = %w(a b).map { |x| \"#{x}.y\" }\nh << 'c'\nh.push('d')\na['b'] = h\n", "a.b?@4");
	expect_seen("H = { 'a' => 1 }\nH['b'] = 2\nH.merge!('c' => 3)\na['b'] = H\n", "a.b~@4");
	expect_seen("@h = {}\n@h['b'] = 2\n@h.store('c', 3)\na['b'] = @h\n", "a.b~@4");
	expect_seen("s = +''\ns << 'a'\ns.concat('b')\na['b'] = s\n", "a.b?@4");
	expect_seen("ENV['X'] = 'y'\na['b'] = ENV.fetch('X', 'z').split(',').map { |v| v.strip }\n", "a.b~@2");
	expect_seen("a['b'] = node['fqdn'].downcase\n", "a.b?");
	expect_seen("s = YAML.load_file('/x')\na['b'] = s['c']['d']\n", "a.b?@2");
	expect_seen("a['b'] = YAML.load <<-'EOS'\n  main:\n    x: 'y'\nEOS\na['c'] = 1\n", "a.b~; a.c=1@5");
	expect_seen("def secret(n)\n  File.read(\"/run/#{n}\").chomp\nend\na['b'] = secret('x')\n", "a.b?@4");
}

static void
test_faults(void **state)
{
	(void)state;
	expect_seen("a['b'] = 1\na['c'] = 'x\nb['d'] = \"2\"\n",
	    "a.b=1; a.c~@2; unclear this is not Ruby: a text has no end@3");
	expect_seen("a['b'] = <<E\nx\n", "a.b~; unclear this is not Ruby: a heredoc has no end");
	expect_seen("if x\na['b'] = 1\n", "a.b=1/@2; unclear this is not Ruby: a block or bracket has no end@3");
	expect_seen("a['b'] = 1\nend\n", "a.b=1; unclear this is not Ruby: end closes nothing@2");
	expect_seen("a(['b')\n", "a=b; unclear this is not Ruby: ) closes nothing");
	expect_seen("a['b'] = 1\na\x01['c'] = 2", "a.b=1; unclear this is not Ruby: a control character@2");
	expect_seen("=begin\nx\n", "unclear this is not Ruby: =begin without =end");
	expect_seen("# \xc3\xbc\na['b'] = '\xc3\xbc'", "not ASCII@2; a.b=\xc3\xbc@2");
	expect_seen("# only \xe2\x80\x94 in a comment\n", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_hashes),
	    cmocka_unit_test(test_conditions),
	    cmocka_unit_test(test_spellings),
	    cmocka_unit_test(test_lookalikes),
	    cmocka_unit_test(test_harmless),
	    cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
