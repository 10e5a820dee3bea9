-- Deploy hypermind:functions/register_event_type to pg
-- requires: functions/store_contract
-- requires: functions/check_event_type
-- requires: functions/project_of
-- requires: roles/hypermind_writer
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.register_event_type(
    p_event_type       text,
    p_schema           jsonb,
    p_project_id       uuid    default null,
    p_columns          jsonb   default '{}',
    p_text_rule        text    default null,
    p_expected_version integer default null,
    p_breaking         boolean default false,
    p_summary          text    default null
)
    returns integer
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
begin
    perform hypermind_private.check_event_type(p_event_type);

    if starts_with(p_event_type, 'custom.') <> (p_project_id is not null) then
        perform hypermind_private.refuse_argument(
            'p_project_id',
            case when p_project_id is null then format('%s is a type of a project''s own: say of which', p_event_type)
                 else format('%s is a type of the whole ledger: it has no project', p_event_type) end,
            'Types that start with custom. belong to a project, all others to the ledger.');
    end if;
    if p_project_id is not null then
        perform hypermind_private.project_of(p_project_id);
    elsif not pg_has_role(hypermind_private.caller(), 'hypermind_operator', 'USAGE')
          or pg_has_role(hypermind_private.caller(), 'hypermind_owner', 'USAGE') then
        -- A superuser is a member of everything, and may be lent: see acts_for().
        raise exception using
            errcode = '42501',
            message = format('%s is a type of the whole ledger: only members of hypermind_operator register it', p_event_type),
            hint    = 'Name it custom.something to register it for your project, or ask an operator. A superuser says SET ROLE first.';
    end if;

    return hypermind_private.store_contract(
        p_project_id, p_event_type, p_schema, p_columns, p_text_rule, p_expected_version, p_breaking, p_summary);
end
$function$;

comment on function hypermind.register_event_type(text, jsonb, uuid, jsonb, text, integer, boolean, text) is
$comment$Registers the contract of an event type and returns its version: a new one, or the latest when that has the same content.
From then on, an append with a payload that breaks it is refused, and each event records the version that it met.

p_event_type: custom.* for a type of a project's own; any other for all projects, by members of hypermind_operator.
p_schema: a JSON Schema (draft 2020-12) for the payload, at most 256 KiB; docs/contracts.md says what it may use.
p_project_id: of custom.* types.
p_columns: which top-level members of the payload fill the event's columns where the client leaves them out: an object with some of
model, tool, input_tokens, output_tokens, cost, such as {"model": "gen_ai.request.model"}. Such a member must fit its column.
p_text_rule: what text of the payload is searchable: messages, tool, all, or NULL for none (see event_text()).
p_expected_version: the version the caller believes to be the latest, 0 for none; NULL does not check it.
p_breaking: whether it may refuse what the latest version accepts. If not, it may only add what is optional or ask for less.
p_summary: what changed, up to 2000 characters.

Raises MH011 (reserved event type), MH014 (another version is the latest), MH015 (project not found), MH016 (invalid argument),
MH017 (value too large), MH021 (invalid schema), MH022 (breaking contract), 42501 (the caller is no operator), 40001 (somebody else registered a version just now: run the transaction
again).$comment$;

grant execute on function hypermind.register_event_type(text, jsonb, uuid, jsonb, text, integer, boolean, text) to hypermind_writer;

commit;
