external_url 'https://saml.example.org'
gitlab_rails['omniauth_enabled'] = true
gitlab_rails['omniauth_allow_single_sign_on'] = ['saml']
gitlab_rails['omniauth_providers'] = [ { "name" => "saml", "args" => { idp_cert: <<~PEM, issuer: 'x' } } ]
  -----BEGIN CERTIFICATE-----
  MIIB'"[
  -----END CERTIFICATE-----
PEM
high_availability['mountpoint'] = '/var/opt/gitlab/git-data'
