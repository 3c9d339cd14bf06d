-- A schema with whatever a generator of code may choke on: every kind of type,
-- and names that are reserved somewhere or fold to one another.

create schema "Second Schema";
grant usage on schema "Second Schema" to anon, authenticated;

-- Types.

create type mood as enum ('', '+', '-', 'good', 'Good', 'so so', 'it''s', '2nd', 'unspecified', 'null', 'true', 'default', 'class', '名', 'имя', '"', '\');
create type type as enum ('type', 'func', 'const');
create type mood_schema as enum ('a', 'b');
create type point3_schema as enum ('a', 'b');
create type item_schema as enum ('a', 'b');
create type "Second Schema".mood as enum ('good', 'bad');
create type point3 as (x double precision, y double precision, "Z" double precision);
create type place as (name text, at point3, moods mood[], "class" int8range, "constructor" jsonb);
create type "toString" as ("toString" text, descriptor bytea, "get_x" int, x int, "数" numeric, size_cache int, unknown_fields text);
create type pair as (a int, b text);
create type place_request as (place place, places place[]);
create type span as range (subtype = double precision, multirange_type_name = spans);
create type text_range as range (subtype = text);
create domain percent as numeric(5, 2) check (value >= 0 and value <= 100);
create domain short as varchar(20) not null check (length(value) > 1);
create domain slug as text check (value in ('a-b', 'c''d', 'e\f'));
create domain mood_list as mood[];
create domain somewhere as place;
create domain counts as integer[] check (cardinality(value) < 9);

create table scalars (
  id bigint generated always as identity primary key,
  b boolean not null, i2 smallint, i4 integer not null default 7 check (i4 > 0), i8 bigint, o oid,
  f4 real check (f4 >= 1.5), f8 double precision, n numeric, n2 numeric(12, 3), m money,
  t text not null check (length(t) between 1 and 50), vc varchar(20), c char(5), ch "char", nm name,
  u uuid not null default gen_random_uuid(), by bytea, ip inet, ci cidr, ma macaddr, ma8 macaddr8,
  tz timestamptz not null default now(), ts timestamp, ts3 timestamp(3), d date, ti time, titz timetz, iv interval,
  j json, jb jsonb, x xml, bi bit(3), vb bit varying(5), pt point, bx box, cr circle, po polygon,
  tv tsvector generated always as (to_tsvector('simple', t)) stored, tq tsquery, lsn pg_lsn, rc regclass, jp jsonpath
);
create table arrays (
  id uuid primary key,
  b boolean[] not null, i2 smallint[], i4 integer[] not null default '{}', i8 bigint[], o oid[], f4 real[], f8 double precision[], n numeric[], m money[],
  t text[], vc varchar(20)[], c char(5)[], u uuid[], by bytea[], ip inet[], tz timestamptz[], ts timestamp[], d date[], ti time[], titz timetz[], iv interval[],
  j json[], jb jsonb[], x xml[], bi bit(3)[], pt point[], moods mood[], places place[], percents percent[], ranges int4range[], multiranges datemultirange[],
  spans span[], deep integer[][]
);
create table own_types (
  id smallint primary key, mood mood not null, other_mood "Second Schema".mood not null default 'bad', type type, s item_schema, s2 mood_schema, s3 point3_schema,
  place place not null, odd "toString", request place_request, percent percent not null, short short, slug slug, moods mood_list, somewhere somewhere, counts counts,
  r4 int4range not null, r8 int8range, rn numrange, rt tsrange, rz tstzrange, rd daterange, rs span, rx text_range,
  m4 int4multirange not null, m8 int8multirange, mn nummultirange, mt tsmultirange, mz tstzmultirange, md datemultirange, ms spans
);
do $$ begin
  if (select count(*) from pg_extension where extname in ('citext', 'hstore', 'ltree')) = 3 then
    create domain email as extensions.citext check (value ~ '@');
    create table extended (id extensions.citext primary key, email email not null, pairs extensions.hstore not null, more extensions.hstore[], path extensions.ltree, paths extensions.ltree[]);
  end if;
end $$;

-- Keys: of every type that a path takes, and of those that it does not.

create table by_date (day date primary key, note text);
create table by_moment (at timestamptz, zone text, primary key (zone, at));
create table by_mood (mood mood primary key, note text);
create table by_bytes (id bytea primary key, note text);
create table by_flag (flag boolean primary key, note text);
create table by_number (id numeric primary key, ratio double precision unique, note text);
create table by_range (during tstzrange primary key, note text);
create table by_parts ("part 1" int, "part-2" text, "Part_3" uuid, "default" smallint, note text, primary key ("part 1", "part-2", "Part_3", "default"));
create table by_string ("string" text primary key, "descriptor" int, note text);
create table by_getter (id int, get_id int, note text, primary key (id, get_id));
create table get_update_masks (id int primary key);
create table update_masks (id int primary key);
create table resets (id int primary key);
create table keys_alone (id int primary key);
create table no_key (note text);

-- Relations: to itself, in a circle, through a junction.

create table nodes (id bigint primary key, parent_id bigint references nodes, root_id bigint references nodes, "parent" text);
create table hens (id int primary key, egg_id int);
create table eggs (id int primary key, hen_id int references hens);
alter table hens add foreign key (egg_id) references eggs;
create table "order" (id int primary key, "by part 1" int, "by part 2" text, "by part 3" uuid, "by default" smallint,
  foreign key ("by part 1", "by part 2", "by part 3", "by default") references by_parts);
create table item (id int primary key, get_id int, id_ text, "Id" text);
create table order_items (order_id int references "order", item_id int references item, primary key (order_id, item_id));
create table "Second Schema".item (id int primary key, item_id int references public.item, "order" int references public."order");

-- Names of relations.

create table get_item_request (id int primary key);
create table list_items_response (id int primary key, items text[], next_page_token text);
create table item_service (id int primary key);
create table item_service_client (id int primary key);
create table item_service_server (id int primary key);
create table unimplemented_item_service_server (id int primary key);
create table unsafe_item_service_server (id int primary key);
create table register_item_service_server (id int primary key);
create table register_item_service_handler (id int primary key);
create table register_item_service_handler_client (id int primary key);
create table new_item_service_client (id int primary key);
create table "Items" (id int primary key);
create table "order items" (id int primary key);
create table "orderItems" (id int primary key);
create table "types" (id int primary key);
create table "class" (id int primary key, class_id int references "class");
create table "default" (id int primary key);
create table "func" (id int primary key);
create table "package" (id int primary key);
create table "import" (id int primary key);
create table "constructor" (id int primary key);
create table "toStrings" (id int primary key) inherits ("default");
create table "descriptor" (id int primary key);
create table "message" (id int primary key);
create table "string" (id int primary key, s text);
create table "object" (id int primary key, o jsonb);
create table "array" (id int primary key, a int[]);
create table "promise" (id int primary key);
create table "error" (id int primary key);
create table "context" (id int primary key);
create table "timestamp" (id int primary key, at timestamptz);
create table "date" (id int primary key, on_day date);
create table "any" (id int primary key);
create table "empty" (id int primary key);
create table "google" (id int primary key);
create table "buf" (id int primary key);
create table "rowgate" (id int primary key);
create table "app" (id int primary key);
create table "2fa codes" ("1" int primary key, "1st" text, "2" text);
create table "it's ""quoted""" ("say ""hi""" int primary key, "back\slash" text, "*/ // {brace}" text);
create table "日本" ("番号" int primary key, "имя" text, "😀" text, "+" text, "-" text);
create table long_long_long_long_long_long_long_long_long_long_long_long_ (id int primary key);

-- Names of what requests and responses have, and of what stands within them.

create table transactions (id int primary key, total numeric, took interval);
create table groups (id int primary key, "group" int, sum int, avg int, min int, max int, count int);
create table sums (id int primary key, sum money);
create table avgs (id int primary key, avg real);
create table writes (id int primary key, write text, uses text[]);
create table results (id int primary key, result jsonb);
create table filters (id int primary key, filter text);
create table increments (increment int primary key, n int8);
create table expecteds (expected text primary key, append bytea, merge jsonb);
create table by_mask (read_mask int, include text, "validateOnly" int, primary key (read_mask, include, "validateOnly"));
create table many_items (id int primary key);
create table data (id int primary key);
create table many_data (id int primary key);
create table "count" (id int primary key, counts int);

-- Names of columns.

create table names (
  id int primary key, get_id int, has_id int, clear_id int, set_id int, id_request int,
  "type" text, "class" text, "default" text, "func" text, "package" text, "import" text, "constructor" text, "toString" text, "descriptor" text, "__proto__" text, "prototype" text,
  "message" text, "enum" text, "service" text, "syntax" text, "option" text, "reserved" text, "oneof" text, "repeated" text, "optional" text, "map" text, "extend" text, "extensions" text,
  "string" text, "int32" text, "bytes" text, "float" text, "double" text, "bool" text, "stream" text, "returns" text, "rpc" text, "to" text, "max" text, "true" text, "inf" text, "nan" text,
  "var" text, "range" text, "go" text, "chan" text, "interface" text, "struct" text, "select" text, "nil" text, "error" text, "len" text,
  "let" text, "const" text, "new" text, "delete" text, "await" text, "function" text, "this" text, "valueOf" text, "hasOwnProperty" text, "arguments" text, "eval" text, "undefined" text,
  "$typeName" text, "$unknown" text, "proto_reflect" text, "reset" text, "proto_message" text, "size_cache" text, "unknown_fields" text, "state" text, "x" text, "value" text, "key" text,
  "items" text, "next_page_token" text, "page_size" text, "page_token" text, "order_by" text, "update_mask" text, "names" text, "name" text,
  "foo bar" text, "foo_bar" text, "fooBar" text, "FooBar" text, "FOO_BAR" text, "foo-bar" text, "foo__bar" text, "_foo_bar_" text, "foo_bar_2" text, "foo_1" text, "foo1" text, "foo_1_a" text, "foo1a" text
);
comment on table names is 'Ends a comment: */ and begins one: /* or //. `Ticks` and ${template} {@link x} %v \n.';
comment on column names.id is E'Two\n\nparagraphs,\u2028with separators.';
comment on column names."type" is 'Deprecated: not in use.';
alter table names enable row level security;
create policy "it's */ odd" on names for select to anon using ("name" <> '*/ //' and "class" = E'a\nb');

-- Views.

create view item_view as select id, get_id, 1.5::numeric as ratio from item;
create view "select" as select 1 as "select", array[1, 2] as "class", row(1, 'a')::pair as odd;
create materialized view mood_counts as select mood, count(*) as count from by_mood group by mood;
create view "Second Schema"."items" as select * from "Second Schema".item;
create table parted (id int, day date, primary key (id, day)) partition by range (day);
create table parted_2026 partition of parted for values from ('2026-01-01') to ('2027-01-01');

-- Functions.

create function no_arguments() returns int language sql as 'select 1';
create function nothing(a int) returns void language sql as '';
create function with_defaults(a int, b text default 'x', c mood default 'good', d date default current_date) returns text language sql stable as 'select b';
create function many(a int, variadic more text[]) returns int language sql as 'select a';
create function unnamed(int, text, int[]) returns int language sql immutable as 'select $1';
create function outs(a int, out b int, inout c text, out "class" mood) language sql as 'select a, c, null::mood';
create function one_out(a int, out b jsonb) language sql as 'select null::jsonb';
create function as_table(a int) returns table (id int, "type" text, "toString" place, ranges int4range[]) language sql as 'select 1, null::text, null::place, null::int4range[]';
create function one_column() returns table ("constructor" numeric) language sql as 'select 1.5';
create function set_of_scalars(n int) returns setof timestamptz language sql stable as 'select now()';
create function set_of_items(n int) returns setof item language sql stable as 'select * from item';
create function one_item(id int) returns item language sql stable as 'select * from item';
create function a_place(p place, l mood_list, s span) returns place language sql as 'select p';
create function places(p place[], d somewhere, m spans) returns setof place language sql stable as 'select p[1]';
create function of_arrays(a int[], m mood[]) returns mood[] language sql as 'select m';
create function a_mood(m mood, "Second" "Second Schema".mood) returns mood language sql as 'select m';
create function ranges(r int4range, m datemultirange, s span) returns numrange language sql as 'select numrange(1, 2)';
create function overloaded(a int) returns int language sql as 'select 1';
create function overloaded(a text) returns text language sql as 'select a';
create function overloaded(a int, b text) returns setof item language sql as 'select * from item';
create function "get_item"(id int) returns int language sql as 'select 1';
create function "type"("type" text, "func" int) returns text language sql stable as 'select $1';
create function "class"("class" int, "constructor" int, "toString" text, "__proto__" text) returns int language sql as 'select $1';
create function "constructor"() returns int language sql as 'select 1';
create function "toString"("descriptor" text, "reset" text) returns text language sql stable as 'select $1';
create function "default"("context" int, "ctx" int, "req" int, "in" int, "opts" int, "srv" int) returns int language sql as 'select 1';
create function "func"() returns void language sql as '';
create function "2 x 4"("1" int, "+" int) returns int language sql as 'select 3';
create function "функция"("аргумент" int) returns int language sql as 'select 4';
create function function_service_client() returns int language sql as 'select 1';
create function "Second Schema"."type"(a int) returns int language sql stable as 'select 1';
create function "Second Schema".overloaded(a "Second Schema".item) returns int language sql as 'select 1';
create function transact(writes text) returns int language sql as 'select 1';
create function batch_create_groups(requests text) returns int language sql as 'select 1';
create function set_of_names("page_size" text, "orderBy" int, "filter" bool, "read_mask" text) returns setof names language sql stable as 'select * from names';
create function set_of_views("count" int) returns setof item_view language sql stable as 'select * from item_view';
create function set_of_groups(next_page_token text) returns setof groups language sql stable as 'select * from groups';
create function as_pages(a int) returns table (page_size int, filter text, total_size int8) language sql as 'select 1, null::text, 2::int8';

grant all on all tables in schema public, "Second Schema" to anon, authenticated;
grant all on all sequences in schema public, "Second Schema" to anon, authenticated;
grant execute on all functions in schema public, "Second Schema" to anon, authenticated;
-- These are here for their names, and the code for writing them would be more of the same.
revoke insert, update, delete on
  get_item_request, item_service, item_service_client, item_service_server, unimplemented_item_service_server, unsafe_item_service_server,
  register_item_service_server, register_item_service_handler, register_item_service_handler_client, new_item_service_client, "Items", "orderItems",
  "types", "default", "func", "package", "import", "constructor", "toStrings", "object", "promise", "error", "context", "date", "any", "empty",
  nodes, hens, eggs, order_items, "order items", "class", "message", "array", "timestamp", transactions, groups, sums, avgs, "count",
  "google", "buf", "rowgate", "app", long_long_long_long_long_long_long_long_long_long_long_long_
  from anon, authenticated;
-- Of these the path of a key matters, which a method to delete has as well.
revoke insert, update on
  arrays, by_date, by_moment, by_mood, by_bytes, by_flag, by_number, by_range, parted, keys_alone, "descriptor", "string", "2fa codes", "日本"
  from anon, authenticated;
