-- Deploy hypermind:functions/store_contract to pg
-- requires: tables/contracts
-- requires: functions/compile_schema
-- requires: functions/schema_predicate
-- requires: functions/closed_members
-- requires: functions/contract_breaks
-- requires: functions/column_schema
-- requires: functions/text_rule_number
-- requires: functions/unknown_keywords
-- requires: functions/check_columns
-- requires: functions/check_text
-- requires: functions/clock
-- requires: functions/caller

begin;

set local role hypermind_owner;

create or replace function hypermind_private.store_contract(
    p_project_id       uuid,
    p_subject          text,
    p_schema           jsonb,
    p_columns          jsonb,
    p_text_rule        text,
    p_expected_version integer,
    p_breaking         boolean,
    p_summary          text
)
    returns integer
    language plpgsql
    volatile
as $function$
declare
    v_latest   hypermind.contracts;
    v_program  jsonb;
    v_unknown  text;
    v_problems jsonb;
begin
    if p_summary is not null then
        perform hypermind_private.check_text('p_summary', p_summary, 2000);
    end if;
    perform hypermind_private.check_columns(p_columns);
    if p_text_rule is not null and hypermind_private.text_rule_number(p_text_rule) is null then
        perform hypermind_private.refuse_argument(
            'p_text_rule', format('%L is no text rule', left(p_text_rule, 100)), 'Use messages, tool or all.');
    end if;
    v_program := hypermind_private.compile_schema(p_schema);
    if p_columns <> '{}' then
        v_program := v_program
                         || hypermind_private.compile_schema(hypermind_private.column_schema(p_columns), '/x-columns');
    end if;

    select * into v_latest
    from hypermind.contracts as c
    where c.subject = p_subject and c.project_id is not distinct from p_project_id
    order by c.version desc
    limit 1;
    v_latest.version := coalesce(v_latest.version, 0);

    -- The same content again, also as a retry of the call that made this version.
    if (v_latest.schema, v_latest.columns, v_latest.text_rule) is not distinct from (p_schema, p_columns, p_text_rule)
       and (p_expected_version is null or p_expected_version in (v_latest.version, v_latest.version - 1)) then
        return v_latest.version;
    end if;
    if p_expected_version <> v_latest.version then
        perform hypermind_private.refuse(
            'MH014',
            format('the contract of %s is at version %s, not at %s', p_subject, v_latest.version, p_expected_version),
            jsonb_build_object('subject', p_subject, 'expected_version', p_expected_version, 'actual_version', v_latest.version),
            'A version never changes. Read the latest, merge your change into it, and register that as the next.');
    end if;

    if v_latest.version > 0 and not coalesce(p_breaking, false) then
        select jsonb_agg(jsonb_build_object('pointer', b.pointer, 'problem', b.problem)) into v_problems
        from (
            select * from hypermind_private.contract_breaks(v_latest.schema, p_schema)
            union all
            select '/x-columns/' || c.name, format('%s must now fit the column %s', c.member, c.name)
            from jsonb_each_text(p_columns) as c (name, member)
            where v_latest.columns ->> c.name is distinct from c.member
        ) as b;
        if v_problems is not null then
            perform hypermind_private.refuse(
                'MH022',
                format('the contract of %s would refuse what version %s accepts: %s', p_subject, v_latest.version,
                       (v_problems -> 0 ->> 'problem')
                       || case when jsonb_array_length(v_problems) > 1
                               then format(' (and %s more)', jsonb_array_length(v_problems) - 1) else '' end),
                jsonb_build_object('subject', p_subject, 'version', v_latest.version, 'problems', v_problems),
                'Only add what is optional, or say that it breaks: p_breaking => true.');
        end if;
    end if;

    for v_unknown in select u.rule || '/' || u.keyword from hypermind_private.unknown_keywords(p_schema) as u loop
        raise notice 'the schema has %, which is no keyword of JSON Schema draft 2020-12: it is kept, and checks nothing', v_unknown;
    end loop;

    insert into hypermind.contracts (
        subject, version, project_id, schema, columns, text_rule, breaking, summary, author, created_at, program, accepts, closed
    )
    values (
        p_subject, v_latest.version + 1, p_project_id, p_schema, p_columns, p_text_rule,
        v_latest.version > 0 and coalesce(p_breaking, false), p_summary, hypermind_private.caller(), hypermind_private.clock(),
        v_program, hypermind_private.schema_predicate(v_program), hypermind_private.closed_members(v_program, '')
    )
    on conflict (subject, scope, version) do nothing;

    if not found then
        raise exception using
            errcode = '40001',
            message = format('somebody else registered version %s of the contract of %s just now', v_latest.version + 1, p_subject),
            hint    = 'Run the transaction again.';
    end if;
    return v_latest.version + 1;
end
$function$;

comment on function hypermind_private.store_contract(uuid, text, jsonb, jsonb, text, integer, boolean, text) is
$comment$Makes the next version of a contract, or returns the latest when it has the same content. The caller has checked that the
role may.

Arguments as in register_event_type(). Raises what that raises, but for the project.$comment$;

commit;
