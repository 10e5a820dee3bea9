-- Revert hypermind:roles/hypermind_operator from pg

begin;

-- Roles belong to the whole cluster, and other databases may use this one: it stays. To remove it: drop role hypermind_operator.
select true;

commit;
