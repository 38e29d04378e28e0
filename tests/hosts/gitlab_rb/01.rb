external_url 'https://git.example.org'
