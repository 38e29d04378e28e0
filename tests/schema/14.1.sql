-- A database as GitLab 14.1 leaves it, as far as preflight looks at it: names, types, defaults,
-- constraints and indexes of the tables that hold the state of migrations, of the flags and
-- settings that steer them, and the columns of the tables whose ids 14.2 and 14.3 make bigint.
-- Everything else that GitLab has is left out. No migration of 14.2 or later is recorded.

CREATE TABLE schema_migrations (
	version character varying NOT NULL PRIMARY KEY,
	finished_at timestamp with time zone DEFAULT now()
);

CREATE TABLE ar_internal_metadata (
	key character varying NOT NULL PRIMARY KEY,
	value character varying,
	created_at timestamp(6) without time zone NOT NULL,
	updated_at timestamp(6) without time zone NOT NULL
);

INSERT INTO ar_internal_metadata VALUES
	('environment', 'production', '2021-07-22 09:00:00', '2021-07-22 09:00:00');

INSERT INTO schema_migrations (version) VALUES
	('20181228175414'),
	('20201112130715'),
	('20210112165500'),
	('20210302104500'),
	('20210421140400'),
	('20210510143200'),
	('20210615234935'),
	('20210701111627');

-- Batched background migrations. The default of job_arguments is a JSON string, not an array:
-- a slip of GitLab's that 15.0 mended.

CREATE TABLE batched_background_migrations (
	id bigserial PRIMARY KEY,
	created_at timestamp with time zone NOT NULL,
	updated_at timestamp with time zone NOT NULL,
	min_value bigint DEFAULT 1 NOT NULL,
	max_value bigint NOT NULL,
	batch_size integer NOT NULL,
	sub_batch_size integer NOT NULL,
	"interval" smallint NOT NULL,
	status smallint DEFAULT 0 NOT NULL,
	job_class_name text NOT NULL,
	batch_class_name text DEFAULT 'PrimaryKeyBatchingStrategy' NOT NULL,
	table_name text NOT NULL,
	column_name text NOT NULL,
	job_arguments jsonb DEFAULT '"[]"' NOT NULL,
	total_tuple_count bigint,
	pause_ms integer DEFAULT 100 NOT NULL,
	CONSTRAINT check_5bb0382d6f CHECK (char_length(column_name) <= 63),
	CONSTRAINT check_6b6a06254a CHECK (char_length(table_name) <= 63),
	CONSTRAINT check_e6c75b1e29 CHECK (char_length(job_class_name) <= 100),
	CONSTRAINT check_fe10674721 CHECK (char_length(batch_class_name) <= 100),
	CONSTRAINT check_batch_size_in_range CHECK (batch_size >= sub_batch_size),
	CONSTRAINT check_max_value_in_range CHECK (max_value >= min_value),
	CONSTRAINT check_positive_min_value CHECK (min_value > 0),
	CONSTRAINT check_positive_sub_batch_size CHECK (sub_batch_size > 0)
);

CREATE UNIQUE INDEX index_batched_background_migrations_on_unique_configuration
	ON batched_background_migrations (job_class_name, table_name, column_name, job_arguments);

CREATE TABLE batched_background_migration_jobs (
	id bigserial PRIMARY KEY,
	created_at timestamp with time zone NOT NULL,
	updated_at timestamp with time zone NOT NULL,
	started_at timestamp with time zone,
	finished_at timestamp with time zone,
	batched_background_migration_id bigint NOT NULL,
	min_value bigint NOT NULL,
	max_value bigint NOT NULL,
	batch_size integer NOT NULL,
	sub_batch_size integer NOT NULL,
	status smallint DEFAULT 0 NOT NULL,
	attempts smallint DEFAULT 0 NOT NULL,
	metrics jsonb DEFAULT '{}' NOT NULL,
	pause_ms integer DEFAULT 100 NOT NULL,
	CONSTRAINT fk_rails_432153b86d FOREIGN KEY (batched_background_migration_id)
		REFERENCES batched_background_migrations (id) ON DELETE CASCADE
);

CREATE INDEX index_batched_jobs_by_batched_migration_id_and_id
	ON batched_background_migration_jobs (batched_background_migration_id, id);
CREATE INDEX index_batched_jobs_on_batched_migration_id_and_status
	ON batched_background_migration_jobs (batched_background_migration_id, status);
CREATE INDEX index_migration_jobs_on_migration_id_and_finished_at
	ON batched_background_migration_jobs (batched_background_migration_id, finished_at);
CREATE INDEX index_migration_jobs_on_migration_id_and_max_value
	ON batched_background_migration_jobs (batched_background_migration_id, max_value);

-- The older kind, whose jobs stand in Sidekiq; this table tracks some of them.

CREATE TABLE background_migration_jobs (
	id bigserial PRIMARY KEY,
	created_at timestamp with time zone NOT NULL,
	updated_at timestamp with time zone NOT NULL,
	status smallint DEFAULT 0 NOT NULL,
	class_name text NOT NULL,
	arguments jsonb NOT NULL,
	CONSTRAINT check_b0de0a5852 CHECK (char_length(class_name) <= 200)
);

CREATE INDEX index_background_migration_jobs_on_class_name_and_arguments
	ON background_migration_jobs (class_name, arguments);
CREATE INDEX index_background_migration_jobs_on_class_name_and_status_and_id
	ON background_migration_jobs (class_name, status, id);

-- Feature flags. A row of features without a true gate is a flag that was switched off.

CREATE TABLE features (
	id serial PRIMARY KEY,
	key character varying NOT NULL,
	created_at timestamp without time zone NOT NULL,
	updated_at timestamp without time zone NOT NULL
);

CREATE UNIQUE INDEX index_features_on_key ON features (key);

CREATE TABLE feature_gates (
	id serial PRIMARY KEY,
	feature_key character varying NOT NULL,
	key character varying NOT NULL,
	value character varying,
	created_at timestamp without time zone NOT NULL,
	updated_at timestamp without time zone NOT NULL
);

CREATE UNIQUE INDEX index_feature_gates_on_feature_key_and_key_and_value
	ON feature_gates (feature_key, key, value);

-- Settings; the two encrypted columns hold what nobody may read.

CREATE TABLE application_settings (
	id serial PRIMARY KEY,
	created_at timestamp without time zone,
	updated_at timestamp without time zone,
	elasticsearch_indexing boolean DEFAULT false NOT NULL,
	elasticsearch_search boolean DEFAULT false NOT NULL,
	elasticsearch_pause_indexing boolean DEFAULT false NOT NULL,
	elasticsearch_url character varying DEFAULT 'http://localhost:9200',
	elasticsearch_username text,
	encrypted_elasticsearch_password bytea,
	encrypted_elasticsearch_password_iv bytea,
	maintenance_mode boolean DEFAULT false NOT NULL
);

INSERT INTO application_settings (created_at, updated_at)
	VALUES ('2021-07-22 09:00:00', '2021-07-22 09:00:00');

CREATE TABLE licenses (
	id serial PRIMARY KEY,
	data text NOT NULL,
	created_at timestamp without time zone,
	updated_at timestamp without time zone,
	cloud boolean DEFAULT false,
	last_synced_at timestamp with time zone
);

-- The tables that are being copied to bigint: each integer has its twin, which triggers and one
-- batched migration fill, until 14.2 or 14.3 swaps the two.

CREATE TABLE events (
	id serial PRIMARY KEY,
	id_convert_to_bigint bigint DEFAULT 0 NOT NULL
);

CREATE TABLE push_event_payloads (
	event_id integer NOT NULL PRIMARY KEY,
	event_id_convert_to_bigint bigint DEFAULT 0 NOT NULL
);

CREATE TABLE ci_build_needs (
	id serial PRIMARY KEY,
	build_id integer NOT NULL,
	build_id_convert_to_bigint bigint DEFAULT 0 NOT NULL
);

CREATE TABLE ci_build_trace_chunks (
	id bigserial PRIMARY KEY,
	build_id integer NOT NULL,
	build_id_convert_to_bigint bigint DEFAULT 0 NOT NULL
);

CREATE TABLE ci_builds (
	id serial PRIMARY KEY,
	stage_id integer,
	id_convert_to_bigint bigint DEFAULT 0 NOT NULL,
	stage_id_convert_to_bigint bigint
);

CREATE TABLE ci_builds_metadata (
	id serial PRIMARY KEY,
	build_id integer NOT NULL,
	id_convert_to_bigint bigint DEFAULT 0 NOT NULL,
	build_id_convert_to_bigint bigint DEFAULT 0 NOT NULL
);

CREATE TABLE ci_builds_runner_session (
	id bigserial PRIMARY KEY,
	build_id integer NOT NULL,
	build_id_convert_to_bigint bigint DEFAULT 0 NOT NULL
);

CREATE TABLE ci_job_artifacts (
	id serial PRIMARY KEY,
	job_id integer NOT NULL,
	id_convert_to_bigint bigint DEFAULT 0 NOT NULL,
	job_id_convert_to_bigint bigint DEFAULT 0 NOT NULL
);

CREATE TABLE ci_sources_pipelines (
	id serial PRIMARY KEY,
	source_job_id integer,
	source_job_id_convert_to_bigint bigint
);

CREATE TABLE ci_stages (
	id serial PRIMARY KEY,
	id_convert_to_bigint bigint DEFAULT 0 NOT NULL
);

CREATE TABLE deployments (
	id serial PRIMARY KEY,
	deployable_id integer,
	deployable_id_convert_to_bigint bigint
);

CREATE TABLE geo_job_artifact_deleted_events (
	id bigserial PRIMARY KEY,
	job_artifact_id integer NOT NULL,
	job_artifact_id_convert_to_bigint bigint DEFAULT 0 NOT NULL
);

CREATE TABLE taggings (
	id serial PRIMARY KEY,
	taggable_id integer,
	id_convert_to_bigint bigint DEFAULT 0 NOT NULL,
	taggable_id_convert_to_bigint bigint
);

-- Tables whose rows a later release checks.

CREATE TABLE users (
	id integer PRIMARY KEY,
	username character varying,
	state character varying,
	user_type smallint,
	password_expires_at timestamp without time zone
);

CREATE TABLE identities (
	id integer PRIMARY KEY,
	provider character varying,
	user_id integer
);

CREATE TABLE namespaces (
	id integer PRIMARY KEY,
	type character varying
);

CREATE TABLE clusters (
	id integer PRIMARY KEY
);

CREATE TABLE projects (
	id integer PRIMARY KEY,
	storage_version smallint,
	repository_storage character varying DEFAULT 'default' NOT NULL
);

CREATE TABLE uploads (
	id integer PRIMARY KEY,
	model_id integer,
	model_type character varying,
	store integer DEFAULT 1 NOT NULL
);
CREATE INDEX index_uploads_on_model_id_and_model_type ON uploads (model_id, model_type);

CREATE TABLE issues (
	id integer PRIMARY KEY,
	title character varying,
	description text
);
CREATE INDEX index_issues_on_title_trigram ON issues (title);
CREATE INDEX index_issues_on_description_trigram ON issues (description);

CREATE TABLE merge_requests (
	id integer PRIMARY KEY,
	title character varying,
	description text
);
CREATE INDEX index_merge_requests_on_title_trigram ON merge_requests (title);
CREATE INDEX index_merge_requests_on_description_trigram ON merge_requests (description);

CREATE TABLE oauth_access_tokens (
	id integer PRIMARY KEY,
	expires_in integer
);

CREATE TABLE packages_packages (
	id bigint PRIMARY KEY,
	project_id integer NOT NULL,
	name character varying NOT NULL,
	version character varying,
	package_type smallint NOT NULL,
	status smallint DEFAULT 0 NOT NULL
);

CREATE TABLE push_rules (
	id integer PRIMARY KEY,
	author_email_regex character varying,
	branch_name_regex character varying,
	commit_message_negative_regex character varying,
	commit_message_regex character varying,
	delete_branch_regex character varying,
	file_name_regex character varying,
	force_push_regex character varying
);

CREATE TABLE keys (
	id integer PRIMARY KEY,
	type character varying,
	user_id integer,
	last_used_at timestamp without time zone
);

CREATE TABLE geo_nodes (
	id integer PRIMARY KEY,
	"primary" boolean DEFAULT false NOT NULL,
	verification_max_capacity integer DEFAULT 100 NOT NULL,
	minimum_reverification_interval integer DEFAULT 90 NOT NULL,
	repos_max_capacity integer DEFAULT 25 NOT NULL,
	container_repositories_max_capacity integer DEFAULT 10 NOT NULL
);

CREATE TABLE ci_runners (
	id integer PRIMARY KEY,
	runner_type smallint NOT NULL
);

CREATE TABLE ci_pipeline_variables (
	id bigint PRIMARY KEY,
	key character varying NOT NULL,
	value text
);

CREATE TABLE ci_pipeline_messages (
	id bigint PRIMARY KEY,
	severity smallint DEFAULT 0 NOT NULL,
	pipeline_id integer NOT NULL,
	content text NOT NULL
);

CREATE TABLE ci_deleted_objects (
	id bigint PRIMARY KEY,
	pick_up_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE sent_notifications (
	id integer PRIMARY KEY
);

CREATE TABLE work_item_types (
	id bigint PRIMARY KEY,
	base_type smallint DEFAULT 0 NOT NULL
);
INSERT INTO work_item_types VALUES (1, 0), (2, 1), (3, 2), (4, 3);
