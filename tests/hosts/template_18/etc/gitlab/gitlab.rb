## Settings of GitLab
##! Every line below is a comment until it is needed - remove the hash to use it.

external_url 'http://gitlab.example.com'

### Settings that this release has
###! Docs: https://docs.gitlab.com/omnibus/
# git_data_dirs({
#   "default" => { "path" => "/x" }
# })
# gitlab_shell['migration'] = { enabled: true }

### LDAP
# gitlab_rails['ldap_servers'] = YAML.load <<-'EOS'
#   main: # 'main' is its id
#     label: 'LDAP'
# EOS
