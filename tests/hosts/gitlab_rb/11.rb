external_url 'https://proxy.example.org'
nginx['listen_port'] = 80
nginx['listen_https'] = false
nginx['real_ip_trusted_addresses'] = [ '10.0.0.0/8', '172.16.0.0/12' ]
nginx['custom_gitlab_server_config'] = "location ^~ /x { deny all; }\nlocation /y { return 301 /z; }\n"
