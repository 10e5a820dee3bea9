-- The one change that the guards let through: the content of a row and its salt to NULL, by the owner's function, for
-- somebody who is not the owner. Nothing else, nobody else.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(38);

-- The owner's own function, as wide open as none of the product's is; and one of a superuser's.
create function pg_temp.as_owner(p_statement text) returns bigint language plpgsql security definer as $function$
declare
    v_rows bigint;
begin
    execute p_statement;
    get diagnostics v_rows = row_count;
    return v_rows;
end
$function$;
create function pg_temp.as_superuser(p_statement text) returns bigint language plpgsql security definer
    as $function$ begin execute p_statement; return 1; end $function$;
alter function pg_temp.as_owner(text) owner to hypermind_owner;
create function pg_temp.attempt(p_who text, p_call text) returns text language plpgsql as $function$
declare
    v_rows bigint;
begin
    perform set_config('role', p_who, true);
    execute p_call into v_rows;
    raise exception using errcode = 'ZZ001', message = v_rows || ' changed';
exception when others then
    perform set_config('role', 'none', true);
    return case sqlstate when 'ZZ001' then sqlerrm else sqlstate end;
end
$function$;
create function pg_temp.by_owners_function(p_statement text) returns text language sql as $function$
    select pg_temp.attempt('oscar', format('select pg_temp.as_owner(%L)', p_statement))
$function$;
select hypermind_private.period_name(hypermind.uuidv7_time(:'run_id')) as leaf \gset
\set of_event 'update hypermind.run_events set payload = null, state_delta = null, salt = null'

-- What an erasure does.
select is(pg_temp.by_owners_function(t.statement), t.answer, t.what)
from (values
    (:'of_event' || ' where seq = 4', '2 changed', 'the content of events goes'),
    (format('update hypermind_private.run_events_%s set payload = null, state_delta = null, salt = null', :'leaf'),
     '12 changed', 'in a leaf, too'),
    ('update hypermind.run_state_snapshots set state = null, salt = null', '3 changed', 'that of snapshots'),
    ('update hypermind.runs set input = null, metadata = null, salt = null', '3 changed', 'that of runs'),
    ('update hypermind.run_artifacts set uri = null, metadata = null, salt = null', '1 changed', 'that of artifacts')
) as t (statement, answer, what);

-- Anything less, more or else.
select is(pg_temp.by_owners_function(t.statement), 'MH004', t.what)
from (values
    ('update hypermind.run_events set payload = null', 'a payload without its salt stays'),
    ('update hypermind.run_events set salt = null', 'so does a salt alone'),
    ('update hypermind.run_events set payload = null, salt = null where seq = 4', 'a delta goes with its payload'),
    ('update hypermind.run_events set payload = ''{}'', state_delta = null, salt = null',
     'nothing takes the place of a payload'),
    (:'of_event' || ', tags = null where seq = 4 and tags is not null', 'a tag is no content'),
    (:'of_event' || ', cost = 0.01250 where cost = 0.0125', 'an equal number with other digits is another'),
    (:'of_event' || ', event_hash = sha256(event_hash)', 'a hash never changes'),
    (:'of_event' || ', seq = seq + 100', 'nor does a seq'),
    (:'of_event' || ', run_id = hypermind.uuidv7_floor(now() + interval ''40 days'')',
     'no event moves to another period'),
    (:'of_event' || ', text_rule = null where text_rule is not null', 'nor does a text rule'),
    ('update hypermind.run_events set payload = payload', 'an update that changes nothing is refused'),
    ('update hypermind.run_state_snapshots set state = null', 'a state without its salt stays'),
    ('update hypermind.run_state_snapshots set state = null, salt = null, state_hash = sha256('''')',
     'the hash of a state stays'),
    ('update hypermind.runs set input = null, salt = null', 'input and metadata go together'),
    ('update hypermind.runs set input = null, metadata = null, salt = null, owner = ''x''', 'an owner is no content'),
    ('update hypermind.run_artifacts set uri = null, salt = null', 'uri and metadata go together'),
    ('update hypermind.run_artifacts set uri = null, metadata = null, salt = null, sha256 = sha256('''')',
     'the hash of a file stays'),
    ('delete from hypermind.run_events', 'no event is deleted'),
    ('truncate hypermind.run_events cascade', 'or truncated'),
    ('update hypermind.run_outcomes set cost = cost', 'outcomes have no content'),
    ('update hypermind.run_config_refs set slot = slot', 'nor have pins'),
    ('update hypermind.config_versions set content = null', 'configurations are not erased'),
    ('update hypermind.contracts set schema = schema', 'nor are contracts')
) as t (statement, what);

-- Nobody else.
select is(pg_temp.attempt('hypermind_owner', :'of_event'), 'MH004', 'the owner erases nothing by SET ROLE');
select is(pg_temp.attempt('hypermind_owner', format('select pg_temp.as_owner(%L)', :'of_event')), 'MH004',
          'nor through its own function');
select is(pg_temp.attempt('none', :'of_event'), 'MH004', 'nor does a superuser');
select is(pg_temp.attempt('none', format('select pg_temp.as_owner(%L)', :'of_event')), 'MH004',
          'not through the owner''s function, either');
select is(pg_temp.attempt('oscar', format('select pg_temp.as_superuser(%L)', :'of_event')), 'MH004',
          'nor anybody through a function of a superuser''s');

-- What was erased stays as it is.
set local role oscar;
select events as ignored from hypermind.erase_payload(:'run_id', 3, 'personal data') \gset
reset role;
select is(pg_temp.by_owners_function(:'of_event' || ' where seq = 3 and salt is null'), 'MH004',
          'what is erased cannot be erased again');
select is(pg_temp.by_owners_function('update hypermind.run_events set payload = ''{}'', salt = gen_random_uuid() '
                                     'where salt is null'), 'MH004', 'nor filled again');
select is(pg_temp.by_owners_function(t.statement), 'MH004', t.what)
from (values ('delete from hypermind.erased_hashes', 'its hashes stay'),
             ('update hypermind.erasures set reason = ''another''', 'and why it was erased'))
    as t (statement, what);

set local role audrey;
select is(valid, true, 'after all that, the run is what it was') from hypermind.verify_run(:'run_id');

select * from finish();
rollback;
