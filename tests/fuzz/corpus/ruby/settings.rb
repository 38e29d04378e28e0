external_url 'https://gitlab.example.com'; roles %w(a b)
gitaly['configuration'] = { git: {bin_path: '/x'}, 'b' => [1, 2], **c }
gitlab_rails['ldap_servers'] = YAML.load <<-'EOS', <<~B
  main: 'x'
  EOS
  #{x['y'] = "#{z}"}
B
[u].each { |x; y| x[1] = ?a if /[/]#{'}'}/i =~ %q{a{b}c} }
def f(a, b: 1) = a
while x do y ||= ->(z) { z.merge!(q) } end unless false
=begin
=end
@a[1] = $' ; Gitlab['u']['w'], v = nil, ENV['X'] || 2
__END__
'
