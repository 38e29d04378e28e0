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
