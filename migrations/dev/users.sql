-- The first two users, for the tokens that rowgate dev prints.
select id::text, coalesce(email, '') from auth.users order by created_at, id limit 2
