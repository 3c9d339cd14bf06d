-- The answers of calls that carried a request id (AIP-155): a repeat of such a
-- call, after a lost connection for instance, is given the first one's answer
-- and writes nothing. Like 1_logins.sql it may be run again at any time.
--
-- Only rowgate's logins have rights here. SQL that a caller reaches may go back
-- to the login, so there is nothing to learn here: keys are hashes, and an
-- answer is encrypted under a key that only the request's id gives.
create schema if not exists rowgate;

create table if not exists rowgate.requests (
  key        bytea primary key,
  digest     bytea not null,
  answer     bytea,
  expires_at timestamptz not null
);

-- For the removal of what has expired.
create index if not exists requests_expires_at_idx on rowgate.requests (expires_at);

comment on table rowgate.requests is 'Answers of calls with a request id, kept by rowgate until they expire.';

-- Default privileges may have granted more.
revoke all on schema rowgate from public, anon, authenticated;
revoke all on table rowgate.requests from public, anon, authenticated;
grant usage on schema rowgate to rowgate, rowgate_admin;
grant select, insert, update, delete on table rowgate.requests to rowgate, rowgate_admin;
