package protogen_test

import "github.com/rowgate/rowgate/proto/protogen"

// walkSchema is what the walk begins with.
const walkSchema = `
create type mood as enum ('good', 'bad');
create type address as (street text, city varchar(40));
create table authors (
	id bigint generated always as identity primary key,
	name text not null,
	born date,
	feeling mood,
	home address
);
comment on table authors is 'Who writes.';
create table books (
	id uuid primary key default gen_random_uuid(),
	author_id bigint not null references authors,
	title varchar(80) not null,
	subtitle text,
	pages int4,
	price numeric(8,2) check (price >= 0),
	tags text[] not null default '{}',
	copies int4
);
alter table books enable row level security;
create policy reading on books for select using (true);
create table loans (
	book_id uuid not null references books,
	reader text not null,
	since timestamptz not null default now(),
	primary key (book_id, reader)
);
create view shelf as select id, title, subtitle from books;
create function books_of(author bigint) returns setof books language sql stable as 'select * from books where author_id = author';
create function page_count(book uuid) returns int language sql stable as 'select pages from books where id = book';
`

type options = []func(*protogen.Options)

// walkSteps are the changes; testdata/walk.txt has what pulls say and write.
var walkSteps = []step{
	{name: "a column is added", sql: `alter table books add column isbn text`},
	{name: "a column is renamed", sql: `alter table books rename column isbn to ean`},
	{name: "a column is dropped", sql: `alter table books drop column tags`},
	{name: "the dropped column is added again", sql: `alter table books add column tags text[]`},
	{name: "a column is dropped and added again at once, of another type", sql: `alter table books drop column pages; alter table books add column pages text`},
	{name: "a column is dropped and added again at once, of the same type", sql: `alter table authors drop column born; alter table authors add column born date`},
	{name: "int4 becomes int8", sql: `alter table books alter column copies type int8`},
	{name: "varchar becomes text", sql: `drop view shelf; alter table books alter column title type text; create view shelf as select id, title, subtitle from books`},
	{name: "text becomes int4", sql: `alter table books alter column pages type int4 using pages::int4`},
	{name: "a column becomes NOT NULL", sql: `alter table books alter column copies set not null`},
	{name: "a column becomes NULL again", sql: `alter table books alter column copies drop not null; alter table books alter column price set not null`},
	{name: "a column becomes NULL that never was", sql: `alter table authors alter column name drop not null`},
	{name: "a default is added", sql: `alter table loans alter column reader set default current_user; alter table books alter column copies set default 1`},
	{name: "a check is added", sql: `alter table books add check (copies between 0 and 100)`},
	{name: "a check is loosened and one is tightened", sql: `alter table books drop constraint books_copies_check, add check (copies >= 1), add check (copies <= 200)`},
	{name: "labels are added before, between and behind", sql: `alter type mood add value 'great' before 'good'; alter type mood add value 'so so' after 'good'; alter type mood add value 'Good'`},
	{name: "a label is renamed", sql: `alter type mood rename value 'bad' to 'poor'`},
	{name: "an enum type is renamed", sql: `alter type mood rename to humour`},
	{name: "a label is dropped", sql: `alter type humour rename to old; create type humour as enum ('great', 'good', 'so so', 'poor'); alter table authors alter column feeling type humour using feeling::text::humour; drop type old`},
	{name: "the dropped label is added again", sql: `alter type humour add value 'Good' before 'great'`},
	{name: "an attribute is renamed", sql: `alter type address rename attribute street to line`},
	{name: "an attribute is added and another dropped", sql: `alter type address add attribute country text; alter type address drop attribute city`},
	{name: "a table is renamed", sql: `alter table loans rename to lendings`},
	{name: "a foreign key's constraint is renamed", sql: `alter table books rename constraint books_author_id_fkey to written_by`},
	{name: "a foreign key is added", sql: `alter table books add column translator_id bigint, add constraint translated_by foreign key (translator_id) references authors`},
	{name: "a foreign key is dropped", sql: `alter table books drop constraint translated_by`},
	{name: "the dropped foreign key is added again", sql: `alter table books add constraint translated_by foreign key (translator_id) references authors`},
	{name: "a junction is added", sql: `create table awards (id int primary key, name text not null); create table book_awards (book_id uuid references books, award_id int references awards, primary key (book_id, award_id))`},
	{name: "another junction is added", sql: `create table shops (id int primary key); create table stock (book_id uuid references books, shop_id int references shops, primary key (book_id, shop_id))`},
	{name: "a junction is renamed", sql: `alter table stock rename to supplies`},
	{name: "a junction gives way to another", sql: `drop table supplies; create table sales (book_id uuid references books, shop_id int references shops, primary key (book_id, shop_id))`},
	{name: "a foreign key is by another column", sql: `alter table sales add column gift_id uuid, drop constraint sales_book_id_fkey, add constraint sales_gift_id_fkey foreign key (gift_id) references books`},
	{name: "a relation is one to one", sql: `create table prefaces (id int primary key, book_id uuid not null references books); alter table prefaces add unique (book_id)`},
	{name: "a relation becomes one to many", sql: `alter table prefaces drop constraint prefaces_book_id_key`},
	{name: "a relation becomes one to one again", sql: `alter table prefaces add unique (book_id)`},
	{name: "a key becomes one of two columns", sql: `alter table prefaces add column language text not null default 'en', drop constraint prefaces_pkey, add primary key (language, id)`},
	{name: "a key becomes one of one column", sql: `alter table prefaces drop constraint prefaces_pkey, add primary key (id)`},
	{name: "a key becomes one of two columns again", sql: `alter table prefaces drop constraint prefaces_pkey, add primary key (language, id)`},
	{name: "a key's column changes its type", sql: `alter table book_awards drop constraint book_awards_award_id_fkey; alter table awards alter column id type text using id::text`},
	{name: "a key is dropped", sql: `alter table awards drop constraint awards_pkey`},
	{name: "what stood for the key is taken out", options: options{prune}},
	{name: "a key is added", sql: `alter table awards add primary key (id)`},
	{name: "the methods for the key are added", options: options{methods}},
	{name: "a table is dropped", sql: `drop table book_awards`},
	{name: "what stood for the table is taken out", options: options{prune}},
	{name: "a table is made under the old name", sql: `create table book_awards (note text, id int primary key)`},
	{name: "a view is replaced", sql: `drop view shelf; create view shelf as select id, pages, title, isbn from (select id, pages, title, ean as isbn from books) b`},
	{name: "a view's column gives way to one of its type", sql: `drop view shelf; create view shelf as select id, pages, ean as code, author_id from books`},
	{name: "grants are taken back", sql: `revoke insert, update, delete on authors from anon, authenticated`},
	{name: "grants are given again", sql: `grant insert, update, delete on authors to authenticated`},
	{name: "some columns are nobody's to write", sql: `revoke insert, update on books from anon, authenticated; grant insert (author_id, title), update (title) on books to authenticated`},
	{name: "some columns are nobody's to read", sql: `revoke select on authors from anon, authenticated; grant select (id, name, feeling) on authors to anon, authenticated`},
	{name: "what stood for the columns is taken out", options: options{prune}},
	{name: "comments are changed", sql: `comment on table authors is 'Those who write.'; comment on column books.title is 'What it is called.'`},
	{name: "comments are taken over", options: options{comments}},
	{name: "policies are changed", sql: `alter policy reading on books using (title is not null); create policy adding on books for insert to authenticated with check (true)`},
	{name: "a function gets an argument", sql: `drop function books_of(bigint); create function books_of(author bigint, since date default null) returns setof books language sql stable as 'select * from books where author_id = author'`},
	{name: "a function's argument is renamed", sql: `drop function books_of(bigint, date); create function books_of(writer bigint, since date default null) returns setof books language sql stable as 'select * from books where author_id = writer'`},
	{name: "a function is overloaded", sql: `create function page_count(author bigint) returns bigint language sql stable as 'select 1::bigint'`},
	{name: "an overloaded function is dropped", sql: `drop function page_count(uuid)`},
	{name: "what stood for the overloaded function is taken out", options: options{prune}},
	{name: "a function returns another type", sql: `drop function page_count(bigint); create function page_count(author bigint) returns text language sql stable as 'select 1::text'`},
	{name: "a function returns nothing", sql: `drop function page_count(bigint); create function page_count(author bigint) returns void language sql as ''`},
	{name: "a function returns a set", sql: `drop function page_count(bigint); create function page_count(author bigint) returns setof text language sql as 'select 1::text'`},
	{name: "a function returns several values", sql: `drop function page_count(bigint); create function page_count(author bigint, out low int, out high int) language sql as 'select 1, 2'`},
	{name: "a function returns other values", sql: `drop function page_count(bigint); create function page_count(author bigint, out low int, out mean int, out high int) language sql as 'select 1, 2, 3'`},
	{name: "a function is dropped", sql: `drop function books_of`},
	{name: "what stood for the function is taken out", options: options{prune}},
	{name: "a type is dropped", sql: `alter table authors drop column home; drop type address`},
	{name: "what stood for the type is taken out", options: options{prune}},
}
