external_url "https://gitlab.lab.example"
gitlab_rails['time_zone'] = 'Europe/Berlin'
gitlab_rails['backup_keep_time'] = 604800
prometheus_monitoring['enable'] = false
