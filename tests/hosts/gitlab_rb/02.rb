external_url 'https://code.example.net:8443'
nginx['ssl_certificate'] = '/etc/gitlab/ssl/code.crt'
nginx['ssl_certificate_key'] = '/etc/gitlab/ssl/code.key'
letsencrypt['enable'] = false
