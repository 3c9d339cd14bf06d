-- What keeps updated_at in every table that has it.

create function public.set_updated_at() returns trigger
  language plpgsql
  set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function public.set_updated_at() is 'Sets updated_at to the transaction''s time.';

-- A trigger runs it without asking for EXECUTE, and nobody else has a use for it.
revoke all on function public.set_updated_at() from public, anon, authenticated;
