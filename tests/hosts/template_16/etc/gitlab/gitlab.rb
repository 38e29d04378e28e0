## Settings of GitLab
##! Every line below is a comment until it is needed — remove the hash to use it.

external_url 'http://gitlab.example.com'

### Settings that this release has
###! Docs: https://docs.gitlab.com/omnibus/
# gitaly['listen_addr'] = 'localhost:8075'
# praefect['virtual_storages'] = {
#   'default' => {
#   }
# }
# gitlab_rails['gitlab_default_can_create_group'] = true

### LDAP
# gitlab_rails['ldap_servers'] = YAML.load <<-'EOS'
#   main: # 'main' is its id
#     label: 'LDAP'
# EOS
