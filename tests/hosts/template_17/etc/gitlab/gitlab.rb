## Settings of GitLab
##! Every line below is a comment until it is needed - remove the hash to use it.

external_url 'http://gitlab.example.com'

### Settings that this release has
###! Docs: https://docs.gitlab.com/omnibus/
# grafana['enable'] = false
# sidekiq['queue_selector'] = false
# gitaly['ruby_max_rss'] = 1

### LDAP
# gitlab_rails['ldap_servers'] = YAML.load <<-'EOS'
#   main: # 'main' is its id
#     label: 'LDAP'
# EOS
