-- A thousand users with twenty items each, whose ids tell their numbers: user 7
-- is 00000000-0000-4000-8000-000000000007, and so is that user's first item.
insert into auth.users (id, email)
select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'user' || n || '@example.com'
from generate_series(1, 1000) n;

insert into items (id, owner_id, title, description, quantity, price, created_at)
select ('00000000-0000-4' || lpad((n - 1)::text, 3, '0') || '-8000-' || lpad(u::text, 12, '0'))::uuid,
       ('00000000-0000-4000-8000-' || lpad(u::text, 12, '0'))::uuid,
       'Item ' || n, 'The description of an item, of some length', n, n * 1.25, now() - n * interval '1 hour'
from generate_series(1, 1000) u, generate_series(1, 20) n;
