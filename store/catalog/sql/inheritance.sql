-- Partitions and other children.
select i.inhparent::int8, i.inhrelid::int8 from pg_catalog.pg_inherits i order by 1, 2
