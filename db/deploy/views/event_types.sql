-- Deploy hypermind:views/event_types to pg
-- requires: tables/contracts
-- requires: policies/contracts

begin;

set local role hypermind_owner;

create view hypermind.event_types
with (security_invoker = true)
as
select c.project_id,
       c.subject as event_type,
       c.version,
       c.version = max(c.version) over (partition by c.subject, c.scope) as is_latest,
       c.schema ->> 'title' as title,
       c.schema,
       c.columns,
       c.text_rule,
       c.breaking,
       c.summary,
       c.author,
       c.created_at
from hypermind.contracts as c
where c.subject like '%.%';

comment on view hypermind.event_types is
    'The catalogue of event types: every version of every payload contract, of the ledger and of the reader''s projects.';
comment on column hypermind.event_types.project_id is 'The project whose own type it is; NULL for the types of the ledger.';
comment on column hypermind.event_types.is_latest is 'Whether this version is in force.';
comment on column hypermind.event_types.title is 'The title of the schema.';
comment on column hypermind.event_types.text_rule is 'Which text of the payload is searchable: messages, tool, all, or NULL for none.';

grant select on hypermind.event_types to hypermind_reader;

commit;
