-- What changed from 14.10 to 15.11, as far as it is read here.
ALTER TABLE batched_background_migrations ADD gitlab_schema text DEFAULT 'gitlab_main' NOT NULL,
	ALTER job_arguments SET DEFAULT '[]';
ALTER TABLE issues ADD namespace_id bigint NOT NULL DEFAULT 1, ADD work_item_type_id bigint NOT NULL DEFAULT 1;
ALTER TABLE ci_build_needs ADD id_convert_to_bigint bigint DEFAULT 0 NOT NULL;
ALTER TABLE sent_notifications ADD id_convert_to_bigint bigint DEFAULT 0 NOT NULL;
CREATE TABLE remote_development_agent_configs (id bigint PRIMARY KEY, cluster_agent_id bigint NOT NULL);
INSERT INTO schema_migrations (version) VALUES ('20220706145113'), ('20230116160904'), ('20230209171547'),
	('20230313150531'), ('20230412141541'), ('20230130104819'), ('20230130175512');
CREATE TABLE personal_access_tokens (id integer PRIMARY KEY, expires_at date, revoked boolean DEFAULT false);
