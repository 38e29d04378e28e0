# What the documentation's snippet does: every scheduled job becomes an object, then they are asked.
require 'sidekiq/api'
Sidekiq.configure_client { |c| c.redis = { path: ARGV[0], db: ARGV[1].to_i } }
jobs = Sidekiq::ScheduledSet.new.select { |job| job.klass == 'BackgroundMigrationWorker' }
puts jobs.size, jobs.map { |job| job.args.first }.uniq.size
