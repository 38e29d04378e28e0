fqdn = node['fqdn']
external_url "https://#{fqdn}"
if fqdn.start_with?('stage')
  %w(gitlab_rails sidekiq).each { |s| Gitlab[s]['env'] = { 'STAGE' => '1' } }
  send(:unicorn)['worker_processes'] = 2
end
