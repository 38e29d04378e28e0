## Settings of GitLab
##! Every line below is a comment until it is needed — remove the hash to use it.

external_url 'http://gitlab.example.com'

### Settings that this release has
###! Docs: https://docs.gitlab.com/omnibus/
# unicorn['worker_timeout'] = 60
# nginx['gzip'] = "on"
# git_data_dirs({
#   "default" => {
#     "path" => "/mnt/nfs-01/git-data"
#   }
# })

### LDAP
# gitlab_rails['ldap_servers'] = YAML.load <<-'EOS'
#   main: # 'main' is its id
#     label: 'LDAP'
# EOS
