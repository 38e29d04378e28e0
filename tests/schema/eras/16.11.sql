-- What changed from 15.11 to 16.11, as far as it is read here.
ALTER TABLE batched_background_migrations ADD finished_at timestamp with time zone,
	ADD queued_migration_version text;
UPDATE users SET user_type = 0 WHERE user_type IS NULL;
ALTER TABLE users ALTER user_type SET DEFAULT 0, ALTER user_type SET NOT NULL;
ALTER TABLE ci_build_needs DROP id_convert_to_bigint;
ALTER TABLE sent_notifications DROP id_convert_to_bigint;
CREATE TABLE epics (id bigint PRIMARY KEY, issue_id integer NOT NULL);
INSERT INTO epics VALUES (1, 7);
CREATE TABLE shards (id integer PRIMARY KEY, name character varying NOT NULL);
INSERT INTO shards VALUES (1, 'default');
