roles ['application_role']
external_url 'https://ha.example.org'
gitlab_rails['db_host'] = '10.1.0.5'
gitlab_rails['db_password'] = File.read('/run/secrets/db').strip
redis['master_name'] = 'main-redis'
gitlab_rails['redis_sentinels'] = [
  {'host' => '10.1.0.6', 'port' => 26379},
  {'host' => '10.1.0.7', 'port' => 26379}
]
