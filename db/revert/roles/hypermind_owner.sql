-- Revert hypermind:roles/hypermind_owner from pg

begin;

-- Roles belong to the whole cluster, and other databases may use this one: it stays. To remove it: drop role hypermind_owner.
select true;

commit;
