-- Deploy hypermind:tables/restores to pg
-- requires: tables/archives

begin;

set local role hypermind_owner;

create table hypermind.restores (
    run_id      uuid not null,
    archive_id  uuid not null,
    restored_by text not null,
    constraint restores_pkey primary key (run_id),
    constraint restores_name_an_archive foreign key (archive_id) references hypermind.archives
);

comment on table hypermind.restores is
    'Runs whose rows are being brought back by this very transaction. Nobody else ever sees a row here.';
comment on column hypermind.restores.run_id is 'The run.';
comment on column hypermind.restores.archive_id is 'The archive that it comes from.';
comment on column hypermind.restores.restored_by is 'The role that restores it.';

alter table hypermind.restores enable row level security;
grant select on hypermind.restores to hypermind_reader;

commit;
