# Classes of GitLab and Sidekiq with the method signatures that printed commands call, over the stores of a test:
# PostgreSQL through psql, Redis through redis-cli. Only the effect on the stores is made, as GitLab would have it.
#
# REMEDY_MAIN, REMEDY_CI     conninfo of both databases
# REMEDY_REDIS               words for redis-cli, up to the database number
# REMEDY_NAMESPACE           of Sidekiq's keys: "resque:gitlab:" or ""
# REMEDY_GONE                classes that this release no longer has, by blanks
# REMEDY_KEYWORDS            "no": methods of a release before they took keywords

require 'json'
require 'open3'
require 'time'

module Store
  def self.sql(database, statement)
    conninfo = ENV.fetch("REMEDY_#{database.upcase}")
    out, err, status = Open3.capture3('psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', conninfo, '-c', statement)
    raise "psql: #{err}" unless status.success?

    out.lines.map { |line| line.chomp.split('|', -1) }
  end

  def self.quote(text)
    "'#{text.to_s.gsub("'", "''")}'"
  end

  def self.redis(*words)
    out, err, status = Open3.capture3('redis-cli', *ENV.fetch('REMEDY_REDIS').split, *words)
    raise "redis-cli: #{err}#{out}" unless status.success? && !out.start_with?('ERR', '(error)')

    out.lines.map(&:chomp)
  end

  def self.key(name)
    "#{ENV.fetch('REMEDY_NAMESPACE')}#{name}"
  end
end

class Feature
  def self.enable(flag, _thing = true)
    now = "now() - interval '1 day'"
    Store.sql('main', "DELETE FROM feature_gates WHERE feature_key = '#{flag}'; DELETE FROM features WHERE key = '#{flag}';
      INSERT INTO features (key, created_at, updated_at) VALUES ('#{flag}', #{now}, #{now});
      INSERT INTO feature_gates (feature_key, key, value, created_at, updated_at)
        VALUES ('#{flag}', 'boolean', 'true', #{now}, #{now})")
    true
  end

  def self.enabled?(flag, _thing = nil, type: :development, default_enabled_if_undefined: nil)
    Store.sql('main', "SELECT 1 FROM feature_gates WHERE feature_key = '#{flag}' AND value = 'true'").any?
  end
end

module Sidekiq
  module Cron
    class Job
      def self.find(name)
        key = Store.key("cron_job:#{name}")
        Store.redis('EXISTS', key) == ['1'] ? new(key) : nil
      end

      def initialize(key)
        @key = key
      end

      def enable!
        Store.redis('HSET', @key, 'status', 'enabled')
      end
    end
  end

  # An entry of a sorted set or list, as Sidekiq's API gives it.
  class Entry
    attr_reader :klass, :args

    def initialize(key, payload, sorted)
      @key, @payload, @sorted = key, payload, sorted
      job = JSON.parse(payload)
      @klass, @args = job['class'], job['args']
    end

    def delete
      @sorted ? Store.redis('ZREM', @key, @payload) : Store.redis('LREM', @key, '0', @payload)
    end
  end

  class Entries
    include Enumerable

    def initialize(name, sorted = true)
      @key, @sorted = Store.key(name), sorted
    end

    def each
      words = @sorted ? ['ZRANGE', @key, '0', '-1'] : ['LRANGE', @key, '0', '-1']
      Store.redis(*words).reject(&:empty?).each { |payload| yield Entry.new(@key, payload, @sorted) }
    end
  end

  class DeadSet < Entries
    def initialize
      super('dead')
    end
  end
end

module Gitlab
  module Database
    Model = Struct.new(:connection)

    def self.database_base_models
      { 'main' => Model.new('main'), 'ci' => Model.new('ci') }
    end

    class SharedModel
      class << self
        attr_accessor :current

        def using_connection(connection)
          before, self.current = current, connection
          yield
        ensure
          self.current = before
        end
      end
      self.current = 'main'
    end

    # A row of background_migration_jobs.
    class BackgroundMigrationJob
      attr_reader :class_name, :arguments

      def initialize(class_name, arguments)
        @class_name, @arguments = class_name, arguments
      end

      class Relation
        def initialize(names = nil)
          @names = names
        end

        def where(class_name:)
          Relation.new(Array(class_name))
        end

        def count
          find_each.to_a.size
        end

        def find_each
          return enum_for(:find_each) unless block_given?

          names = @names&.map { |n| Store.quote(n) }&.join(', ')
          Store.sql(SharedModel.current, "SELECT json_build_array(class_name, arguments) FROM background_migration_jobs
            WHERE status = 0 #{"AND class_name IN (#{names})" if names} ORDER BY id").each do |row|
            yield BackgroundMigrationJob.new(*JSON.parse(row.join('|')))
          end
        end
      end

      def self.pending
        Relation.new
      end

      def self.mark_all_as_succeeded(class_name, arguments)
        Store.sql(SharedModel.current, "UPDATE background_migration_jobs SET status = 1, updated_at = now()
          WHERE status = 0 AND class_name = #{Store.quote(class_name)}
            AND arguments = #{Store.quote(JSON.generate(arguments))}::jsonb")
      end
    end

    module BackgroundMigration
      class BatchedMigration
        Jobs = Struct.new(:migration_id, :condition) do
          def where(status:)
            Jobs.new(migration_id, "AND status = #{Integer(status)}")
          end

          def update_all(attempts:)
            Store.sql(SharedModel.current, "UPDATE batched_background_migration_jobs SET attempts = #{Integer(attempts)}
              WHERE batched_background_migration_id = #{migration_id} #{condition}")
          end
        end

        def self.where(conditions)
          terms = conditions.map { |c, v| "#{c} IN (#{Array(v).map { |x| Store.quote(x) }.join(', ')})" }
          Store.sql(SharedModel.current, "SELECT id FROM batched_background_migrations WHERE #{terms.join(' AND ')}")
               .map { |row| new(Integer(row[0])) }
        end

        def initialize(id)
          @id = id
        end

        def batched_jobs
          Jobs.new(@id, '')
        end
      end
    end
  end

  # Runs a job: its rows are done. A class that is gone ends as in Ruby.
  module BackgroundMigration
    WORKERS = { 'main' => 'BackgroundMigrationWorker', 'ci' => 'BackgroundMigration::CiDatabaseWorker' }.freeze

    def self.run(class_name, arguments, database)
      name = class_name.delete_prefix('::')
      raise NameError, "uninitialized constant Gitlab::BackgroundMigration::#{name}" if ENV['REMEDY_GONE'].to_s.split.include?(name)

      Database::SharedModel.using_connection(database) do
        [name, "::#{name}"].each { |n| Database::BackgroundMigrationJob.mark_all_as_succeeded(n, arguments) }
      end
    end

    def self.jobs(database, places)
      queues = Store.redis('SMEMBERS', Store.key('queues')).map { |q| Sidekiq::Entries.new("queue:#{q}", false) }
      (places.map { |p| Sidekiq::Entries.new(p) } + queues).flat_map(&:to_a).select { |j| j.klass == WORKERS.fetch(database) }
    end

    def self.take(class_name, places, database)
      jobs(database, places).select { |j| j.args[0].delete_prefix('::') == class_name }.each do |job|
        run(class_name, job.args[1], database)
        job.delete
      end
    end

    if ENV['REMEDY_KEYWORDS'] == 'no'
      def self.steal(steal_class)
        take(steal_class, %w[schedule], 'main')
      end

      def self.perform(class_name, arguments)
        run(class_name, arguments, Database::SharedModel.current)
      end

      def self.remaining
        jobs('main', %w[schedule]).size
      end
    else
      def self.steal(steal_class, retry_dead_jobs: false, database: 'main')
        take(steal_class, %w[schedule] + (retry_dead_jobs ? %w[retry dead] : []), database)
      end

      def self.perform(class_name, arguments, database: 'main')
        run(class_name, arguments, database)
      end

      def self.remaining(database: 'main')
        jobs(database, %w[schedule]).size
      end
    end
  end
end
