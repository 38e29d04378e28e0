## Mail goes through the relay of the company — see the wiki
external_url 'http://git.corp.example'
gitlab_rails['smtp_enable'] = true
gitlab_rails['smtp_address'] = "relay.corp.example"
gitlab_rails['smtp_port'] = 587
gitlab_rails['smtp_password'] = ENV['SMTP_PASSWORD']
