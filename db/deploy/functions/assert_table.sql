-- Deploy hypermind:functions/assert_table to pg
-- requires: schemas/hypermind_private
-- requires: roles/hypermind_operator
-- requires: roles/hypermind_auditor
-- requires: roles/hypermind_writer

begin;

set local role hypermind_owner;

create or replace function hypermind_private.assert_table(p_table regclass, p_columns text)
    returns void
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_columns   text;
    v_role      name;
    v_privilege text;
begin
    select string_agg(a.attname, ', ' order by a.attnum) into v_columns
    from pg_attribute as a
    where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped;

    if v_columns <> p_columns then
        raise exception '% has the columns %, not %', p_table, v_columns, p_columns;
    end if;
    if (select relowner from pg_class where oid = p_table) <> 'hypermind_owner'::regrole then
        raise exception '% must be owned by hypermind_owner', p_table;
    end if;
    if not (select relrowsecurity and not relforcerowsecurity from pg_class where oid = p_table) then
        raise exception '% must have row-level security enabled, not forced', p_table;
    end if;
    if exists (select from pg_attribute as a
               where a.attrelid = p_table and a.attnum > 0 and not a.attisdropped
                 and col_description(p_table, a.attnum) is null) then
        raise exception '% has a column without a comment', p_table;
    end if;
    if not has_table_privilege('hypermind_reader', p_table, 'select') then
        raise exception 'hypermind_reader must be able to read %', p_table;
    end if;

    foreach v_role in array '{public, hypermind_reader, hypermind_writer, hypermind_operator, hypermind_auditor}'::name[] loop
        foreach v_privilege in array '{insert, update, delete, truncate, references, trigger}'::text[] loop
            if has_table_privilege(v_role, p_table, v_privilege) then
                raise exception '% must not have % on %', v_role, v_privilege, p_table;
            end if;
        end loop;
    end loop;
end
$function$;

comment on function hypermind_private.assert_table(regclass, text) is
$comment$For verify scripts: raises unless a table has exactly these columns, its owner, comments and row-level security,
can be read by hypermind_reader, and can be written by no client role.

p_columns: the column names in order, separated by ', '.$comment$;

commit;
