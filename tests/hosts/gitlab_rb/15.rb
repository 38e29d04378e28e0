external_url 'https://gitaly.example.org'
gitaly['configuration'] = {
  listen_addr: '0.0.0.0:8075',
  auth: { token: 'x' },
  storage: [
    { name: 'default', path: '/data/repositories' },
    { name: 'two', path: '/mnt/two' },
  ],
}
gitlab_rails['repositories_storages'] = {
  'default' => { 'gitaly_address' => 'tcp://10.0.0.9:8075' },
}
