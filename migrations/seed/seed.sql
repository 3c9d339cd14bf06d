-- Two users to try things with. Their ids are constants of package migrations.
-- Running it again adds what is missing and leaves the rest.

insert into auth.users (
  instance_id, id, aud, role, email, email_confirmed_at,
  -- Supabase Auth reads these as strings that are never NULL.
  confirmation_token, recovery_token, email_change_token_new, email_change,
  raw_app_meta_data, raw_user_meta_data, created_at, updated_at
)
select
  '00000000-0000-0000-0000-000000000000', u.id, 'authenticated', 'authenticated', u.email, u.at,
  '', '', '', '',
  '{"provider": "email", "providers": ["email"]}', jsonb_build_object('name', u.name), u.at, u.at
from (values
  ('a11ce000-0000-4000-8000-000000000001'::uuid, 'alice@example.com', 'Alice', '2026-01-02 08:00:00+00'::timestamptz),
  ('b0b00000-0000-4000-8000-000000000002'::uuid, 'bob@example.com', 'Bob', '2026-01-03 19:45:00+00'::timestamptz)
) as u (id, email, name, at)
on conflict do nothing;

insert into public.profiles (id, username, display_name, bio, avatar_url, created_at, updated_at) values
  ('a11ce000-0000-4000-8000-000000000001', 'alice', 'Alice Ångström', 'Grows tomatoes and mends bicycles.', 'https://example.com/alice.png', '2026-01-02 08:05:00+00', '2026-01-02 08:05:00+00'),
  ('b0b00000-0000-4000-8000-000000000002', 'bob', 'Bob', null, null, '2026-01-03 19:50:00+00', '2026-01-03 19:50:00+00')
on conflict do nothing;

insert into public.items (id, owner_id, title, description, quantity, price, done, created_at, updated_at)
select
  format('17e50000-0000-4000-8000-%s', lpad(to_hex(i.n), 12, '0'))::uuid,
  case i.owner
    when 'alice' then 'a11ce000-0000-4000-8000-000000000001'
    else 'b0b00000-0000-4000-8000-000000000002'
  end::uuid,
  i.title, i.description, i.quantity, i.price, i.done, i.at::timestamptz, i.at::timestamptz
from (values
  ( 1, 'alice', 'Tomato seeds',        'Three kinds, for the window sill.',  3,       2.95, true,  '2026-01-05 09:30:00+00'),
  ( 2, 'alice', 'Potting soil',        null,                                 2,       7.50, true,  '2026-01-05 09:31:00+00'),
  ( 3, 'alice', 'Watering can',        'The old one leaks.',                 1,      14.00, false, '2026-01-05 09:32:00+00'),
  ( 4, 'alice', 'Inner tube, 28"',     'With a Presta valve.',               2,       6.99, false, '2026-01-09 17:20:15.123456+00'),
  ( 5, 'alice', 'Chain oil',           null,                                 1,       8.49, false, '2026-01-09 17:20:15.123457+00'),
  ( 6, 'alice', 'Brake pads',          'Front and back.',                    4,      11.25, true,  '2026-01-11 12:00:00+01'),
  ( 7, 'alice', 'Bread',               '',                                   1,       3.20, true,  '2026-01-12 07:15:00+00'),
  ( 8, 'alice', 'Bread',               'Rye this time.',                     1,       3.80, false, '2026-01-19 07:15:00+00'),
  ( 9, 'alice', 'Café crème',          'At the corner.',                     1,       2.80, false, '2026-01-19 07:45:00+00'),
  (10, 'alice', 'Jalapeño 🌶',          'Not too hot.',                      12,       0.35, false, '2026-01-20 18:00:00+00'),
  (11, 'alice', '緑茶',                '煎茶、百グラム。',                   1,    1200.00, false, '2026-01-21 10:10:10+09'),
  (12, 'alice', 'Library card',        'Free of charge.',                    1,       0.00, true,  '2026-01-22 16:00:00+00'),
  (13, 'alice', 'Garden fence',        'A quote is on its way.',             0,       null, false, '2026-01-25 11:00:00+00'),
  (14, 'alice', 'Bicycle',             'One day.',                           1,    2499.00, false, '2026-01-31 23:59:59.999999+00'),
  (15, 'alice', 'Rain jacket',         null,                                 1,      89.90, false, '2026-02-01 00:00:00+00'),
  (16, 'alice', 'Screws, 4 × 30 mm',   'A box.',                           200,       0.04, true,  '2026-02-03 13:37:00+00'),
  (17, 'alice', 'Screws, 5 × 40 mm',   'A box.',                           200,       0.05, false, '2026-02-03 13:37:00+00'),
  (18, 'alice', 'Present for Bob',     'He must not see this.',              1,      25.00, false, '2026-02-14 20:00:00+00'),
  (19, 'alice', 'Tax return',          E'Line one.\nLine two.',              1,       null, false, '2026-02-28 21:30:00+00'),
  (20, 'alice', 'Leap day picnic',     'Two years late.',                    6,       null, true,  '2024-02-29 12:00:00+00'),
  (21, 'alice', '100% cotton_shirt',   'For whoever searches with LIKE.',    2,      19.95, false, '2026-03-01 09:00:00+00'),
  (22, 'alice', 'O''Brien''s "guide"', 'Quotes of both kinds.',              1,      12.00, false, '2026-03-02 09:00:00+00'),
  (23, 'alice', 'apples',              'Small letters sort apart.',          8,       0.60, false, '2026-03-03 09:00:00+00'),
  (24, 'alice', 'Apples',              null,                                10,       0.55, false, '2026-03-03 09:00:01+00'),
  (25, 'alice', 'House',               'As much as the column holds.',       1, 9999999999.99, false, '2026-03-04 09:00:00-05'),
  (26, 'bob',   'Guitar strings',      'Light gauge.',                       2,       9.90, true,  '2026-01-04 20:00:00+00'),
  (27, 'bob',   'Plectrums',           null,                                12,       0.50, false, '2026-01-04 20:01:00+00'),
  (28, 'bob',   'Coffee',              'Beans.',                             1,      13.50, false, '2026-01-06 06:30:00+00'),
  (29, 'bob',   'Bread',               'The same as Alice''s.',              1,       3.20, false, '2026-01-12 07:15:00+00'),
  (30, 'bob',   'Cable, 3 m',          null,                                 1,       7.00, true,  '2026-01-15 15:15:00+00'),
  (31, 'bob',   'Пластинка',           'Вторая сторона поцарапана.',         1,      30.00, false, '2026-01-16 18:20:00+03'),
  (32, 'bob',   'Amplifier',           'Second hand.',                       1,     150.00, false, '2026-01-20 21:00:00+00'),
  (33, 'bob',   'Dentist',             'Thursday.',                          1,       null, false, '2026-01-27 08:00:00+00'),
  (34, 'bob',   'Batteries',           null,                                 0,       1.10, true,  '2026-02-02 10:00:00+00'),
  (35, 'bob',   'Cake for Alice',      'A secret as well.',                  1,      22.00, false, '2026-02-10 10:00:00+00'),
  (36, 'bob',   'Train ticket',        'There and back.',                    2,      17.80, true,  '2026-02-20 05:55:00+00'),
  (37, 'bob',   'Notebook',            null,                                 3,       4.25, false, '2026-03-01 12:34:56.789+00')
) as i (n, owner, title, description, quantity, price, done, at)
on conflict do nothing;

insert into public.posts (id, author_id, kind, title, body, published, tags, metadata, created_at, updated_at)
select
  format('90570000-0000-4000-8000-%s', lpad(to_hex(p.n), 12, '0'))::uuid,
  case p.author
    when 'alice' then 'a11ce000-0000-4000-8000-000000000001'
    else 'b0b00000-0000-4000-8000-000000000002'
  end::uuid,
  p.kind::public.post_kind, p.title, p.body, p.published, p.tags::text[], p.metadata::jsonb, p.at::timestamptz, p.at::timestamptz
from (values
  (1, 'alice', 'article',   'Tomatoes on a window sill', 'Start in February and turn the pots every day.', true,  '{garden,tomatoes}', '{"minutes": 4, "cover": {"alt": "A seedling", "width": 1200}}', '2026-01-10 10:00:00+00'),
  (2, 'alice', 'note',      'First sprout',              'Eleven days. 🌱',                                 true,  '{garden}',          null,                                                            '2026-01-24 07:30:00+00'),
  (3, 'alice', 'in review', 'Truing a wheel',            'Half a turn at a time.',                         false, '{bicycle,"by hand"}', '{"reviewers": ["bob"], "score": 0.1}',                        '2026-02-05 19:00:00+00'),
  (4, 'alice', 'note',      'Not for anybody yet',       'A thought to finish.',                           false, '{}',                'null',                                                          '2026-02-06 22:10:00+00'),
  (5, 'bob',   'article',   'Four chords',               'They go a long way.',                            true,  '{music}',           '{"minutes": 2}',                                                '2026-01-18 20:00:00+00'),
  (6, 'bob',   'note',      'Strings changed',           'They sound new because they are.',               true,  '{}',                null,                                                            '2026-01-19 21:15:00+00'),
  (7, 'bob',   'in review', 'On tuning by ear',          'The fifth is nearly pure.',                      false, '{music,draft}',     '[1, 2, 3]',                                                     '2026-02-08 20:00:00+00'),
  (8, 'bob',   'article',   'Why I stopped practising',  'I have not, in fact.',                           false, '{music}',           null,                                                            '2026-02-21 23:00:00+00')
) as p (n, author, kind, title, body, published, tags, metadata, at)
on conflict do nothing;

-- A comment's id is Postgres's to give, so the comment itself says whether it is
-- there.
insert into public.comments (post_id, author_id, body, created_at)
select s.post_id, s.author_id, s.body, s.created_at
from (
  select
    format('90570000-0000-4000-8000-%s', lpad(to_hex(c.post), 12, '0'))::uuid,
    case c.author
      when 'alice' then 'a11ce000-0000-4000-8000-000000000001'
      else 'b0b00000-0000-4000-8000-000000000002'
    end::uuid,
    c.body, c.at::timestamptz
  from (values
    (1, 'bob',   'Mine always fall over.',       '2026-01-10 11:00:00+00'),
    (1, 'alice', 'Tie them to a stick.',         '2026-01-10 11:20:00+00'),
    (2, 'bob',   '👏',                           '2026-01-24 08:00:00+00'),
    (3, 'alice', 'To do: a picture of the key.', '2026-02-05 19:30:00+00'),
    (5, 'alice', 'Which four?',                  '2026-01-18 21:00:00+00'),
    (5, 'bob',   'G, D, E minor and C.',         '2026-01-18 21:05:00+00'),
    (6, 'alice', 'I heard it through the wall.', '2026-01-19 22:00:00+00'),
    (7, 'bob',   'Check the numbers.',           '2026-02-08 20:30:00+00')
  ) as c (post, author, body, at)
) as s (post_id, author_id, body, created_at)
where not exists (
  select from public.comments x
  where (x.post_id, x.author_id, x.created_at) = (s.post_id, s.author_id, s.created_at)
)
order by s.created_at;
