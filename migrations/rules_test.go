package migrations_test

import (
	"testing"

	"github.com/rowgate/rowgate/migrations"
)

// TestAppsRules holds every table, present and to come, to the rules of the
// house: each query finds what breaks one.
func TestAppsRules(t *testing.T) {
	db := start(t).database(t, "app")
	apply(t, db, migrations.Supabase(), migrations.App())
	const tables = `pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`
	for rule, sql := range map[string]string{
		"RLS is enabled and forced": `
			select c.oid::regclass from ` + tables + ` and not (c.relrowsecurity and c.relforcerowsecurity)`,
		"each command has one policy": `
			select c.oid::regclass, command from unnest(array['r', 'a', 'w', 'd']::"char"[]) command, ` + tables + `
			and (select count(*) from pg_policy p where p.polrelid = c.oid and p.polcmd = command) <> 1`,
		"policies name their roles": `
			select polname from pg_policy where polroles @> '{0}'`,
		"inserts and updates are checked": `
			select polname from pg_policy where polcmd in ('a', 'w') and polwithcheck is null`,
		"auth.uid() is asked once a statement": `
			select policyname from pg_policies
			where regexp_replace(concat(qual, with_check), 'SELECT auth\.uid\(\)', '', 'g') like '%auth.uid()%'`,
		"anon only reads": `
			select c.oid::regclass from ` + tables + ` and has_table_privilege('anon', c.oid, 'insert, update, delete, truncate, references, trigger')`,
		"authenticated has no more than the four": `
			select c.oid::regclass from ` + tables + ` and has_table_privilege('authenticated', c.oid, 'truncate, references, trigger')`,
		"no sequence is open": `
			select c.oid::regclass from pg_class c where c.relkind = 'S' and c.relnamespace = 'public'::regnamespace
			and (has_sequence_privilege('anon', c.oid, 'usage, select, update') or has_sequence_privilege('authenticated', c.oid, 'usage, select, update'))`,
		"functions pin search_path": `
			select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace
			and not coalesce(array_to_string(p.proconfig, ' '), '') like '%search_path=%'`,
		"trigger functions are nobody's to call": `
			select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prorettype = 'trigger'::regtype
			and (has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('authenticated', p.oid, 'execute'))`,
		"foreign keys have an index": `
			select k.conname from pg_constraint k where k.contype = 'f' and k.connamespace = 'public'::regnamespace
			and not exists (select from pg_index i where i.indrelid = k.conrelid and i.indkey[0] = k.conkey[1] and i.indpred is null)`,
		"updated_at is kept": `
			select c.oid::regclass from ` + tables + `
			and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'updated_at')
			and not exists (select from pg_trigger g where g.tgrelid = c.oid and g.tgfoid = 'public.set_updated_at()'::regprocedure)`,
		"tables have comments": `
			select c.oid::regclass from ` + tables + ` and obj_description(c.oid, 'pg_class') is null`,
		"columns have comments": `
			select c.oid::regclass, a.attname from pg_attribute a, ` + tables + ` and a.attrelid = c.oid
			and a.attnum > 0 and not a.attisdropped and col_description(c.oid, a.attnum) is null`,
		"policies have comments": `
			select polname from pg_policy p where obj_description(p.oid, 'pg_policy') is null`,
	} {
		t.Run(rule, func(t *testing.T) {
			if got := rows(t, db, sql); got != nil {
				t.Errorf("broken by %q", got)
			}
		})
	}
}
