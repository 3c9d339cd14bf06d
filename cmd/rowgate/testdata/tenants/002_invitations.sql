-- How people come into an organization.

create table public.invitations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  email text not null,
  role public.org_role not null default 'member',
  token text not null unique default replace(gen_random_uuid()::text, '-', ''),
  invited_by uuid not null default auth.uid() references public.profiles,
  expires_at timestamptz not null default now() + interval '7 days',
  accepted_by uuid references public.profiles,
  accepted_at timestamptz,
  created_at timestamptz not null default now(),
  unique (organization_id, email)
);
comment on table public.invitations is 'Invitations that are open or were accepted.';
comment on column public.invitations.token is 'What the link in the mail carries. No API role may read it.';

alter table public.invitations enable row level security;
create policy "Admins see invitations" on public.invitations
  for select to authenticated using (public.has_role(organization_id, 'admin'));
create policy "Admins take invitations back" on public.invitations
  for delete to authenticated using (public.has_role(organization_id, 'admin'));

revoke all on public.invitations from anon, authenticated;
grant select (id, organization_id, email, role, invited_by, expires_at, accepted_by, accepted_at, created_at)
  on public.invitations to authenticated;
grant delete on public.invitations to authenticated;

-- In a real project a mail carries the token; here the caller gets it.
create function public.invite_member(
  org uuid, email text, role public.org_role default 'member',
  out invitation_id uuid, out token text
)
language plpgsql security definer set search_path = '' as $$
begin
  if not public.has_role(org, 'admin') then
    raise exception 'only admins invite' using errcode = 'insufficient_privilege';
  end if;
  insert into public.invitations as i (organization_id, email, role)
  values (org, lower(invite_member.email), invite_member.role)
  returning i.id, i.token into invitation_id, invite_member.token;
end;
$$;
comment on function public.invite_member(uuid, text, public.org_role) is 'Invites someone by their address. For admins.';
revoke execute on function public.invite_member(uuid, text, public.org_role) from public, anon;

create function public.accept_invitation(token text) returns public.memberships
language plpgsql security definer set search_path = '' as $$
declare
  invitation public.invitations;
  made public.memberships;
begin
  select i.* into invitation from public.invitations i
  where i.token = accept_invitation.token
    and i.accepted_at is null and i.expires_at > now()
    and i.email = lower(auth.email())
  for update;
  if not found then
    raise exception 'there is no such invitation' using errcode = 'no_data_found';
  end if;
  update public.invitations i set accepted_at = now(), accepted_by = auth.uid()
  where i.id = invitation.id;
  insert into public.memberships (organization_id, user_id, role)
  values (invitation.organization_id, auth.uid(), invitation.role)
  returning * into made;
  return made;
end;
$$;
comment on function public.accept_invitation(text) is
  'Makes the caller a member, if the invitation is open and was sent to their address.';
revoke execute on function public.accept_invitation(text) from public, anon;
