# frozen_string_literal: true
external_url 'https://geo.example.org'
roles %w(geo_primary_role)
gitlab_rails['geo_node_name'] = 'eins'
postgresql['md5_auth_cidr_addresses'] = %w[10.0.0.1/32 10.0.0.2/32]
