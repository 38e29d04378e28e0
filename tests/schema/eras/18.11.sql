-- What changed from 17.11 to 18.11, as far as it is read here.
DROP TABLE background_migration_jobs;
