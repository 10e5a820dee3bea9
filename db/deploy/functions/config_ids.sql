-- Deploy hypermind:functions/config_ids to pg
-- requires: functions/refuse_argument
-- requires: functions/check_config_name
-- requires: tables/config_entities

begin;

set local role hypermind_owner;

create or replace function hypermind_private.config_ids(p_projects uuid[], p_kind text, p_name text, p_version integer)
    returns uuid[]
    language plpgsql
    stable
as $function$
begin
    if p_kind is null and p_name is null and p_version is null then
        return null;
    end if;

    if p_kind is null or p_name is null then
        perform hypermind_private.refuse_argument(
            'p_config_name', 'a config is named by its kind and its name', 'Give both; a version only with them.');
    end if;
    perform hypermind_private.check_config_name(p_kind, p_name);

    return array(
        select e.config_id
        from hypermind.config_entities as e
        where e.project_id = any (p_projects) and e.kind = p_kind and e.name = p_name);
end
$function$;

comment on function hypermind_private.config_ids(uuid[], text, text, integer) is
$comment$The configs that a filter means: those of that kind and name in any of the projects. NULL when nothing is asked for.

Raises MH016 (invalid argument).$comment$;

commit;
