external_url 'https://eval.example.org'
Dir.glob('/etc/gitlab/conf.d/*.rb').sort.each { |f| eval File.read(f) }
