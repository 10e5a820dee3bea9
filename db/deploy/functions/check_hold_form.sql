-- Deploy hypermind:functions/check_hold_form to pg
-- requires: functions/check_text
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_hold_form(
    p_run_id uuid, p_kind text, p_name text, p_version integer, p_label text
)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_run_id is not null and num_nonnulls(p_kind, p_name, p_version, p_label) > 0
       or num_nonnulls(p_kind, p_name) = 1
       or num_nonnulls(p_version, p_label) <> (p_kind is not null)::integer then
        perform hypermind_private.refuse_argument(
            'p_run_id', 'a hold is on one run, one version or label of a config, or the whole project',
            'Give p_run_id; or p_kind, p_name and either p_version or p_label; or none of these, for all runs of the project.');
    end if;
    if p_label is not null then
        perform hypermind_private.check_text('p_label', p_label, 100);
    end if;
end
$function$;

comment on function hypermind_private.check_hold_form(uuid, text, text, integer, text) is
$comment$Refuses a hold that is not on exactly one thing: a run, a version or a label of a config, or, with nothing named, the
project.

Raises MH016 (invalid argument).$comment$;

commit;
