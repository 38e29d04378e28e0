-- What changed from 16.11 to 17.11, as far as it is read here.
ALTER TABLE batched_background_migrations ADD min_cursor jsonb, ADD max_cursor jsonb,
	ALTER min_value DROP NOT NULL, ALTER max_value DROP NOT NULL;
ALTER TABLE ci_deleted_objects ADD project_id bigint;
DROP TABLE ci_runners;
CREATE TABLE ci_runners (id bigint NOT NULL, runner_type smallint NOT NULL, sharding_key_id bigint,
	PRIMARY KEY (id, runner_type)) PARTITION BY LIST (runner_type);
CREATE TABLE instance_type_ci_runners PARTITION OF ci_runners FOR VALUES IN (1);
CREATE TABLE group_type_ci_runners PARTITION OF ci_runners FOR VALUES IN (2);
CREATE TABLE project_type_ci_runners PARTITION OF ci_runners FOR VALUES IN (3);
ALTER TABLE ci_build_needs ADD project_id bigint;
ALTER TABLE taggings ADD taggable_type character varying;
CREATE INDEX index_taggings_on_taggable_id_and_taggable_type_and_context ON taggings (taggable_id, taggable_type);
CREATE TABLE ci_runner_taggings (id bigint NOT NULL, tag_id bigint NOT NULL, runner_id bigint NOT NULL,
	runner_type smallint NOT NULL, PRIMARY KEY (id, runner_type)) PARTITION BY LIST (runner_type);
INSERT INTO ci_runners VALUES (1, 1, NULL);
INSERT INTO taggings (id, taggable_id, taggable_type) VALUES (1, 1, 'Ci::Runner');
CREATE TABLE ci_runner_taggings_instance_type PARTITION OF ci_runner_taggings FOR VALUES IN (1);
INSERT INTO ci_runner_taggings VALUES (1, 1, 1, 1);
