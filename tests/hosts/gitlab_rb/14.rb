external_url 'https://müller.example.org'
gitlab_rails['gitlab_email_display_name'] = 'Müller & Söhne'
