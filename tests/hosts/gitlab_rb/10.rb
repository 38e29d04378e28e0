external_url 'http://pi.example.org'
puma['worker_processes'] = 0
sidekiq['concurrency'] = 5
prometheus_monitoring['enable'] = false
gitaly['env'] = {
  'MALLOC_CONF' => 'dirty_decay_ms:1000,muzzy_decay_ms:1000'
}
gitlab_rails['env'] = {
  'MALLOC_CONF' => 'dirty_decay_ms:1000'
}
