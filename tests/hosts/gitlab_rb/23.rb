external_url 'https://paste.example.org'
gitlab_rails['omniauth_providers'] = [
  { name: 'x',
    args: { a: 1 }
]
gitlab_rails['time_zone'] = 'UTC'
