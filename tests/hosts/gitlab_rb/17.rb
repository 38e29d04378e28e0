external_url ENV.fetch('EXTERNAL_URL', 'http://docker.example.org')
gitlab_rails['gitlab_shell_ssh_port'] = 2222
gitlab_rails['initial_root_password'] = File.read('/run/secrets/root').gsub("\n", "")
logging['logrotate_frequency'] = "daily"
