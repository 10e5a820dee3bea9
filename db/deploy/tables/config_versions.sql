-- Deploy hypermind:tables/config_versions to pg
-- requires: tables/config_entities

begin;

set local role hypermind_owner;

create table hypermind.config_versions (
    config_id        uuid        not null,
    version          integer     not null,
    project_id       uuid        not null,
    content          jsonb       not null,
    content_sha256   bytea       not null,
    summary          text,
    author           text        not null,
    created_at       timestamptz not null,
    contract_version integer,
    constraint config_versions_pkey primary key (config_id, version),
    constraint config_versions_belong_to_an_entity foreign key (config_id) references hypermind.config_entities,
    constraint config_versions_count_from_one check (version >= 1),
    constraint config_versions_sha256_has_32_bytes check (length(content_sha256) = 32)
);

comment on table hypermind.config_versions is 'The immutable, numbered contents of prompts, tools, agents and evaluators.';
comment on column hypermind.config_versions.config_id is 'Which prompt, tool, agent or evaluator.';
comment on column hypermind.config_versions.version is '1, 2, 3 ... without gaps.';
comment on column hypermind.config_versions.project_id is 'The project it belongs to, as in config_entities.';
comment on column hypermind.config_versions.content is 'The content, a JSON object.';
comment on column hypermind.config_versions.content_sha256 is 'SHA-256 over the UTF-8 text of content as jsonb prints it.';
comment on column hypermind.config_versions.summary is 'What changed, in the words of its author.';
comment on column hypermind.config_versions.author is 'The role that registered it.';
comment on column hypermind.config_versions.created_at is 'When it was registered.';
comment on column hypermind.config_versions.contract_version is
    'The version of the project''s contract for its kind that the content met; NULL when there was none.';

alter table hypermind.config_versions enable row level security;
grant select on hypermind.config_versions to hypermind_reader;

commit;
