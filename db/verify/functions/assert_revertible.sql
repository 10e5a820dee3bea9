-- Verify hypermind:functions/assert_revertible on pg

begin;

set local role hypermind_owner;

-- assert_function() comes later in the plan.
do $verify$
begin
    if has_function_privilege('public', 'hypermind_private.assert_revertible()', 'execute') then
        raise exception 'PUBLIC may call hypermind_private.assert_revertible()';
    end if;
end
$verify$;

rollback;
