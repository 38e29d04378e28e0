external_url 'https://broken.example.org
gitlab_rails['time_zone'] = 'UTC'
