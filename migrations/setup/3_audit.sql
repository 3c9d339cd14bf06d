-- What has been done by the admin path. rowgate_admin adds rows and can neither
-- read, change nor remove one; who may is the owner's to say. How long rows are
-- kept is, too: rowgate removes none.
create schema if not exists rowgate;

create table if not exists rowgate.audit (
  id         bigint generated always as identity primary key,
  at         timestamptz not null default clock_timestamp(),
  -- What one call has left.
  call_id    text not null,
  -- started, done, failed or denied. A call has a row of its own for its start
  -- where rows leave the database before its end is known.
  event      text not null,
  principal  text not null,
  method     text not null,
  -- The role and claims of the user whom the principal has stood in for.
  acting_as  jsonb,
  request_id text,
  reason     text,
  -- The status that was answered, by its gRPC name.
  code       text,
  -- How many rows the call has read or changed.
  rows       bigint,
  login      name not null default session_user
);

create index if not exists audit_at_idx on rowgate.audit (at);
create index if not exists audit_call_id_idx on rowgate.audit (call_id);

comment on table rowgate.audit is 'Calls of rowgate''s admin path, written in the transaction of the call.';

revoke all on table rowgate.audit from public, anon, authenticated, rowgate, rowgate_admin;
grant insert (call_id, event, principal, method, acting_as, request_id, reason, code, rows) on table rowgate.audit to rowgate_admin;
