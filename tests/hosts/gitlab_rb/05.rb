external_url 'https://ldap.example.org'
gitlab_rails['ldap_enabled'] = true
gitlab_rails['ldap_servers'] = YAML.load <<-'EOS'
  main:
    label: 'LDAP'
    host: 'ldap.example.org'
    port: 636
    uid: 'uid'
    encryption: 'simple_tls'
    password: 'it''s; a["secret"] = 1'
EOS
