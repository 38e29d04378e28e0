=begin
Old settings, kept for reference:
unicorn['worker_processes'] = 2
=end
external_url 'https://old.example.org'
gitlab_rails['webhook_timeout'] = 60
postgresql['shared_buffers'] = "2GB"
postgresql['max_connections'] = 400
