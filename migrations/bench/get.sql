-- What rowgate sends, with one user's values in place of parameters. For pgbench.
select "id", "owner_id", "title", "description", "quantity", "price", "done", "created_at", "updated_at" from "public"."items" as t where "id" operator(pg_catalog.=) '{item}';
