external_url 'https://pages.example.org'
pages_external_url "https://pages.example.io"
gitlab_pages['enable'] = true
gitlab_pages['access_control'] = true
pages_nginx['enable'] = false
