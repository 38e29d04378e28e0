external_url 'https://oidc.example.org'
gitlab_rails['omniauth_providers'] = [
  {
    name: 'openid_connect',
    label: "Company #1",
    args: {
      name: "openid_connect",
      scope: ["openid", "profile"],
      client_options: { identifier: 'x', secret: 'y', redirect_uri: "https://oidc.example.org/cb" }
    }
  }
]
