--
-- One of each shape that pg_dump writes into the structure of a large Rails application. Real servers take this file
-- as it is (PostgreSQL 15 and later), and a database made from it must not differ from it.
--

\restrict aBcDeF0123456789

SET client_encoding = 'UTF8';

CREATE SCHEMA gitlab_partitions_dynamic;

COMMENT ON SCHEMA gitlab_partitions_dynamic IS 'Made while running; with a ; and it''s quoted';

CREATE SCHEMA gitlab_partitions_static;

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE FUNCTION next_row_id() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
IF NEW."id" IS NOT NULL THEN
  RAISE WARNING 'CREATE TABLE not_a_table (id bigint); ALTER TABLE rows_of DROP COLUMN id;';
END IF;
NEW."id" := nextval('rows_of_id_seq'::regclass);
RETURN NEW;

END
$$;

CREATE FUNCTION path_of(a bigint, b text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
    AS $_$
  SELECT $1::text || '/' || $2;
$_$;

CREATE TABLE people (
    id bigint NOT NULL,
    email character varying DEFAULT ''::character varying NOT NULL,
    state character varying DEFAULT 'active'::character varying NOT NULL,
    projects_limit integer NOT NULL,
    "user" text,
    "order" integer DEFAULT 0 NOT NULL,
    "Mixed" text,
    traversal_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    fixed character varying(255)[] DEFAULT '{}'::character varying[],
    sizes integer[],
    ip inet,
    addresses inet[] DEFAULT '{1.1.1.1/32}'::inet[],
    network cidr,
    mac macaddr,
    sha bytea,
    token_sha256 bytea DEFAULT '\x00'::bytea NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    meta json,
    list jsonb DEFAULT '[]'::jsonb NOT NULL,
    at timestamp without time zone,
    at6 timestamp(6) without time zone,
    tz timestamp with time zone DEFAULT now() NOT NULL,
    tz0 timestamp(0) with time zone,
    later timestamp with time zone DEFAULT (now() + '10 days'::interval) NOT NULL,
    epoch timestamp without time zone DEFAULT '1970-01-01 00:00:00'::timestamp without time zone NOT NULL,
    far timestamp with time zone DEFAULT '2022-10-21 00:00:00+00'::timestamp with time zone,
    day date DEFAULT CURRENT_DATE,
    clock time without time zone,
    clock_tz time(3) with time zone,
    wait interval,
    wait_hours interval hour to second(2),
    amount numeric(24,4) DEFAULT 0.0 NOT NULL,
    ratio double precision DEFAULT '-1'::integer,
    small real,
    big numeric,
    price money,
    span daterange,
    spans tstzrange,
    span4 int4range,
    span8 int8multirange,
    uuid uuid DEFAULT '00000000-0000-0000-0000-000000000000'::uuid NOT NULL,
    random uuid DEFAULT gen_random_uuid() NOT NULL,
    weight smallint DEFAULT 5,
    negative smallint DEFAULT '-1'::smallint NOT NULL,
    letter character(1),
    code character(40) COLLATE pg_catalog."C",
    collated text COLLATE "C" DEFAULT 'a'::text NOT NULL,
    kind "char",
    bits bit(8),
    bits_varying bit varying(16),
    words tsvector,
    lock xid8,
    name_of name,
    o oid,
    class regclass,
    place point,
    label text DEFAULT 'it''s; (a, "b")'::text NOT NULL,
    long text DEFAULT (('v'::text || 1) || '{"a": [1, 2]}'::text),
    twice bigint GENERATED ALWAYS AS ((weight * 2)) STORED,
    lowered text GENERATED ALWAYS AS (lower((email)::text)) STORED NOT NULL,
    CONSTRAINT check_0000000001 CHECK ((char_length(label) <= 255)),
    CONSTRAINT check_0000000002 CHECK ((cardinality(sizes) <= 10)),
    CONSTRAINT check_0000000003 CHECK (((state)::text = ANY ((ARRAY['active'::character varying, 'blocked'::character varying])::text[]))),
    CONSTRAINT check_0000000004 CHECK ((jsonb_typeof(settings) = 'object'::text)),
    CONSTRAINT check_0000000005 CHECK ((((projects_limit > 0) AND (weight IS NOT NULL)) OR ((projects_limit = 0) AND (weight IS NULL)))),
    CONSTRAINT check_0000000006 CHECK ((num_nonnulls(sha, uuid) = 1)),
    CONSTRAINT check_0000000007 CHECK (((email)::text ~ '^[a-z]+\.;''"[(]$'::text)),
    CONSTRAINT check_0000000008 CHECK ((btrim(label) <> ''::text)) NO INHERIT,
    CONSTRAINT "check mixed (1, ""2"")" CHECK (("Mixed" IS DISTINCT FROM "user")),
    CONSTRAINT check_0000000009 CHECK ((octet_length(sha) <= 32)),
    CONSTRAINT check_0000000010 CHECK (((tz)::date >= day)),
    CONSTRAINT check_0000000011 CHECK ((date_trunc('month'::text, (day)::timestamp with time zone) = day)),
    CONSTRAINT check_0000000012 CHECK ((array_position(traversal_ids, NULL::bigint) IS NULL)),
    CONSTRAINT check_0000000013 CHECK (((sizes <@ ARRAY[1, 2]) IS TRUE)),
    CONSTRAINT check_0000000014 CHECK ((weight = ANY (ARRAY[1, 2, 3]))),
    CONSTRAINT check_0000000015 CHECK (((COALESCE((weight)::integer, 0) >= 0) AND (COALESCE((weight)::integer, 0) <= 9))),
    CONSTRAINT check_0000000016 CHECK (((NOT (weight IS NULL)) AND (amount >= (0)::numeric) AND (small < (1.5)::double precision))),
    CONSTRAINT check_0000000017 CHECK (((email)::text !~~ '%@%'::text)),
    CONSTRAINT check_0000000018 CHECK ((ratio > (- (1)::double precision))),
    CONSTRAINT check_0000000019 CHECK ((settings @> '{"a": 1}'::jsonb)),
    CONSTRAINT check_0000000020 CHECK (((settings ->> 'a'::text) IS NOT NULL)),
    CONSTRAINT check_0000000021 CHECK (
CASE
    WHEN (weight > 1) THEN (projects_limit > 1)
    ELSE true
END),
    CONSTRAINT check_0000000022 CHECK ((lower_inf(spans) OR (EXTRACT(epoch FROM tz) > (0)::numeric))),
    CONSTRAINT check_0000000023 CHECK ((("position"(label, '/'::text) > 0) OR ("substring"(label, 1, 2) = 'a,'::text)))
)
WITH (autovacuum_enabled='true', fillfactor='90', toast.autovacuum_enabled='false');

COMMENT ON TABLE people IS 'A table; CREATE TABLE inside';

COMMENT ON COLUMN people.email IS 'ALTER TABLE people;';

CREATE FUNCTION find_people_by_id(people_id bigint) RETURNS people
    LANGUAGE plpgsql STABLE COST 1 PARALLEL SAFE
    AS $$
BEGIN
  return (SELECT people FROM people WHERE id = people_id LIMIT 1);
END;
$$;

ALTER TABLE ONLY people ALTER COLUMN sha SET STATISTICS 1000;

ALTER TABLE ONLY people ALTER COLUMN sha SET STORAGE EXTERNAL;

ALTER TABLE ONLY people ALTER COLUMN label SET COMPRESSION pglz;

ALTER TABLE ONLY people ALTER COLUMN label SET (n_distinct=100);

CREATE SEQUENCE people_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE people_id_seq OWNED BY people.id;

CREATE SEQUENCE shared_event_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    MINVALUE -5
    MAXVALUE 2147483647
    CACHE 1
    CYCLE;

CREATE TABLE identified (
    id bigint NOT NULL,
    name text
);

ALTER TABLE identified ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME identified_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE UNLOGGED TABLE fast (
    id bigint NOT NULL
);

CREATE TABLE empty_one (
);

CREATE TABLE logs (
    id bigint DEFAULT nextval('shared_event_id_seq'::regclass) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    person_id bigint NOT NULL,
    body text,
    CONSTRAINT logs_body_check CHECK ((char_length(body) <= 255))
)
PARTITION BY RANGE (created_at);

CREATE TABLE gitlab_partitions_dynamic.logs_202601 (
    id bigint DEFAULT nextval('shared_event_id_seq'::regclass) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    person_id bigint NOT NULL,
    body text,
    CONSTRAINT logs_body_check CHECK ((char_length(body) <= 255))
);

CREATE TABLE stage_events (
    hash_id bigint NOT NULL,
    issue_id bigint NOT NULL,
    state_id smallint DEFAULT 1 NOT NULL
)
PARTITION BY HASH (hash_id);

CREATE TABLE gitlab_partitions_static.stage_events_00 (
    hash_id bigint NOT NULL,
    issue_id bigint NOT NULL,
    state_id smallint DEFAULT 1 NOT NULL
);

CREATE TABLE gitlab_partitions_static.stage_events_01 (
    hash_id bigint NOT NULL,
    issue_id bigint NOT NULL,
    state_id smallint DEFAULT 1 NOT NULL,
    CONSTRAINT check_0000000030 CHECK ((issue_id IS NOT NULL))
);

CREATE TABLE p_rows (
    id bigint NOT NULL,
    partition_id bigint DEFAULT 100 NOT NULL,
    person_id bigint,
    upstream_id bigint,
    upstream_partition_id bigint
)
PARTITION BY LIST (partition_id);

CREATE TABLE rows_of (
    id bigint NOT NULL,
    partition_id bigint DEFAULT 100 NOT NULL,
    person_id bigint,
    upstream_id bigint,
    upstream_partition_id bigint
);

CREATE SEQUENCE rows_of_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE rows_of_id_seq OWNED BY p_rows.id;

CREATE VIEW active_people AS
 SELECT people.id,
    (people.email)::text AS email
   FROM people
  WHERE ((people.state)::text = 'active'::text);

CREATE MATERIALIZED VIEW counts AS
 SELECT count(*) AS n
   FROM people
  WITH NO DATA;

CREATE VIEW all_indexes AS
 SELECT (((pg_namespace.nspname)::text || '.'::text) || (i.relname)::text) AS identifier
   FROM ((pg_index
     JOIN pg_class i ON ((i.oid = pg_index.indexrelid)))
     JOIN pg_namespace ON ((i.relnamespace = pg_namespace.oid)))
  WHERE ((pg_namespace.nspname <> 'pg_catalog'::name) AND (pg_namespace.nspname = ANY (ARRAY["current_schema"(), 'gitlab_partitions_dynamic'::name])));

CREATE TABLE cadences (
    id bigint,
    group_id bigint,
    start_date date,
    due_date date,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone
);

CREATE SEQUENCE cadences_id_seq
    AS smallint
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE cadences_id_seq OWNED BY cadences.id;

ALTER TABLE ONLY logs ATTACH PARTITION gitlab_partitions_dynamic.logs_202601 FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-02-01 00:00:00+00');

ALTER TABLE ONLY stage_events ATTACH PARTITION gitlab_partitions_static.stage_events_00 FOR VALUES WITH (modulus 2, remainder 0);

ALTER TABLE ONLY stage_events ATTACH PARTITION gitlab_partitions_static.stage_events_01 FOR VALUES WITH (modulus 2, remainder 1);

ALTER TABLE ONLY p_rows ATTACH PARTITION rows_of FOR VALUES IN ('100', '101');

ALTER TABLE ONLY people ALTER COLUMN id SET DEFAULT nextval('people_id_seq'::regclass);

ALTER TABLE ONLY cadences ALTER COLUMN id SET DEFAULT nextval('cadences_id_seq'::regclass);

ALTER TABLE ONLY people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY logs
    ADD CONSTRAINT logs_pkey PRIMARY KEY (id, created_at);

ALTER TABLE ONLY gitlab_partitions_dynamic.logs_202601
    ADD CONSTRAINT logs_202601_pkey PRIMARY KEY (id, created_at);

ALTER TABLE ONLY stage_events
    ADD CONSTRAINT stage_events_pkey PRIMARY KEY (hash_id, issue_id);

ALTER TABLE ONLY gitlab_partitions_static.stage_events_00
    ADD CONSTRAINT stage_events_00_pkey PRIMARY KEY (hash_id, issue_id);

ALTER TABLE ONLY gitlab_partitions_static.stage_events_01
    ADD CONSTRAINT stage_events_01_pkey PRIMARY KEY (hash_id, issue_id);

ALTER TABLE ONLY p_rows
    ADD CONSTRAINT p_rows_pkey PRIMARY KEY (id, partition_id);

ALTER TABLE ONLY rows_of
    ADD CONSTRAINT rows_of_pkey PRIMARY KEY (id, partition_id);

ALTER TABLE ONLY cadences
    ADD CONSTRAINT cadences_pkey PRIMARY KEY (id);

ALTER TABLE ONLY cadences
    ADD CONSTRAINT cadence_dates EXCLUDE USING gist (group_id WITH =, daterange(start_date, due_date, '[]'::text) WITH &&) WHERE ((group_id IS NOT NULL)) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY cadences
    ADD CONSTRAINT cadence_shifts EXCLUDE USING gist (group_id WITH =, tstzrange(starts_at, ends_at, '[)'::text) WITH &&);

ALTER TABLE ONLY cadences
    ADD CONSTRAINT cadences_dates_key UNIQUE (group_id, start_date) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY people
    ADD CONSTRAINT people_uuid_key UNIQUE NULLS NOT DISTINCT (uuid) INCLUDE (email);

ALTER TABLE cadences
    ADD CONSTRAINT check_0000000040 CHECK ((group_id IS NOT NULL)) NOT VALID;

ALTER TABLE p_rows
    ADD CONSTRAINT check_0000000041 CHECK ((person_id IS NOT NULL)) NOT VALID;

CREATE INDEX p_rows_person_idx ON ONLY p_rows USING btree (person_id);

CREATE INDEX index_rows_of_on_person ON rows_of USING btree (person_id);

CREATE UNIQUE INDEX p_rows_unique ON ONLY p_rows USING btree (upstream_id, partition_id) WHERE (upstream_id IS NOT NULL);

CREATE UNIQUE INDEX rows_of_unique ON rows_of USING btree (upstream_id, partition_id) WHERE (upstream_id IS NOT NULL);

CREATE INDEX index_stage_on_issue ON ONLY stage_events USING btree (issue_id);

CREATE INDEX stage_events_00_issue_id_idx ON gitlab_partitions_static.stage_events_00 USING btree (issue_id);

CREATE INDEX stage_events_01_issue_id_idx ON gitlab_partitions_static.stage_events_01 USING btree (issue_id);

CREATE INDEX index_people_on_email_trigram ON people USING gin (email gin_trgm_ops);

CREATE INDEX index_people_on_words ON people USING gin (words) WITH (fastupdate='false');

CREATE INDEX index_people_on_path ON people USING btree (lower((email)::text) varchar_pattern_ops, id DESC NULLS LAST) WITH (fillfactor='80');

CREATE UNIQUE INDEX index_people_on_lower ON people USING btree (lower((email)::text), COALESCE("user", ''::text)) INCLUDE (id) WHERE (((state)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])) AND (weight > 0));

CREATE UNIQUE INDEX index_people_nulls ON people USING btree (sha, uuid) NULLS NOT DISTINCT;

CREATE UNIQUE INDEX index_people_collate ON people USING btree (collated COLLATE "POSIX" text_pattern_ops DESC, ((settings ->> 'a'::text)));

CREATE UNIQUE INDEX "Index ""mixed"", (odd)" ON people USING btree ("Mixed", "order" DESC);

CREATE UNIQUE INDEX index_people_md5 ON people USING btree (md5(label), substr(label, 1, 10), ((weight + 1)), (
CASE
    WHEN (weight > 1) THEN 1
    ELSE NULL::integer
END)) WHERE ((state)::text <> 'made using on x'::text);

CREATE INDEX index_people_sha_hash ON people USING hash (sha);

CREATE INDEX index_people_span ON people USING gist (span) WHERE (span IS NOT NULL);

CREATE INDEX index_people_brin ON people USING brin (tz) WITH (pages_per_range='32', autosummarize='true');

CREATE STATISTICS people_stats (dependencies) ON weight, projects_limit FROM people;

ALTER STATISTICS people_stats SET STATISTICS 500;

ALTER TABLE people CLUSTER ON people_pkey;

ALTER TABLE ONLY rows_of REPLICA IDENTITY USING INDEX rows_of_pkey;

ALTER INDEX logs_pkey ATTACH PARTITION gitlab_partitions_dynamic.logs_202601_pkey;

ALTER INDEX stage_events_pkey ATTACH PARTITION gitlab_partitions_static.stage_events_00_pkey;

ALTER INDEX stage_events_pkey ATTACH PARTITION gitlab_partitions_static.stage_events_01_pkey;

ALTER INDEX index_stage_on_issue ATTACH PARTITION gitlab_partitions_static.stage_events_00_issue_id_idx;

ALTER INDEX index_stage_on_issue ATTACH PARTITION gitlab_partitions_static.stage_events_01_issue_id_idx;

ALTER INDEX p_rows_pkey ATTACH PARTITION rows_of_pkey;

ALTER INDEX p_rows_person_idx ATTACH PARTITION index_rows_of_on_person;

ALTER INDEX p_rows_unique ATTACH PARTITION rows_of_unique;

CREATE TRIGGER rows_next BEFORE INSERT ON p_rows FOR EACH ROW EXECUTE FUNCTION next_row_id();

CREATE TRIGGER people_loose AFTER DELETE ON people REFERENCING OLD TABLE AS old_table FOR EACH STATEMENT EXECUTE FUNCTION next_row_id();

ALTER TABLE people DISABLE TRIGGER people_loose;

ALTER TABLE ONLY cadences
    ADD CONSTRAINT fk_0000000001 FOREIGN KEY (group_id) REFERENCES people(id) ON DELETE CASCADE;

ALTER TABLE ONLY cadences
    ADD CONSTRAINT fk_0000000002 FOREIGN KEY (group_id) REFERENCES people(id) ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE cadences
    ADD CONSTRAINT fk_0000000003 FOREIGN KEY (group_id) REFERENCES people(id) NOT VALID;

ALTER TABLE p_rows
    ADD CONSTRAINT fk_0000000004 FOREIGN KEY (upstream_partition_id, upstream_id) REFERENCES p_rows(partition_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE logs
    ADD CONSTRAINT fk_0000000005 FOREIGN KEY (person_id) REFERENCES people(id) ON DELETE CASCADE;

ALTER TABLE gitlab_partitions_static.stage_events_00
    ADD CONSTRAINT fk_0000000006 FOREIGN KEY (issue_id) REFERENCES people(id) ON DELETE CASCADE;

ALTER TABLE ONLY rows_of
    ADD CONSTRAINT fk_0000000007 FOREIGN KEY (person_id) REFERENCES people(id) MATCH FULL ON DELETE SET NULL (person_id);

\unrestrict aBcDeF0123456789
