-- What changed from 17.11 to 18.11, as far as it is read here.
DROP TABLE background_migration_jobs;
-- Owners of rows that 18.9 makes mandatory.
CREATE TABLE pool_repositories (id bigint PRIMARY KEY, organization_id bigint);
CREATE TABLE gpg_key_subkeys (id bigint PRIMARY KEY, user_id bigint);
CREATE TABLE user_agent_details (id bigint PRIMARY KEY, organization_id bigint);
CREATE TABLE commit_user_mentions (id bigint PRIMARY KEY, namespace_id bigint);
CREATE TABLE suggestions (id bigint PRIMARY KEY, namespace_id bigint);
