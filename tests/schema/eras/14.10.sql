-- What changed from 14.1 to 14.10, as far as it is read here.
ALTER TABLE batched_background_migrations ADD max_batch_size integer, ADD started_at timestamp with time zone,
	ADD on_hold_until timestamp with time zone;
ALTER TABLE projects ADD project_namespace_id bigint;
INSERT INTO schema_migrations (version) VALUES ('20210802043253'), ('20210622045705');
