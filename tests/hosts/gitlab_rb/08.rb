external_url 'https://registry.example.org'
registry_external_url 'https://images.example.org'
registry['storage'] = {
  's3' => { 'bucket' => 'images', 'region' => 'x' }
}
gitlab_rails['registry_enabled'] = true;
