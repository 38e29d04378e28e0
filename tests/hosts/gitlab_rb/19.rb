external_url 'https://consul.example.org'
consul['enable'] = true
consul['configuration'] = {
  retry_join: %w(10.0.0.1 10.0.0.2 10.0.0.3),
}
patroni['postgresql']['max_wal_senders'] = 7
pgbouncer['users'] = { 'pgbouncer': { password: 'x' } }
__END__
unicorn['worker_processes'] = 2
