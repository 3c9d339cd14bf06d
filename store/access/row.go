package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/catalog"
)

// maxRow is the largest row that is passed on to the policies, in bytes of its
// text.
const maxRow = 8 << 20

// errUndone ends a transaction that has done what it was for.
var errUndone = errors.New("access: nothing is to be kept")

// readAsAdmin reads what the admin path's login is asked: the role's rights, and
// the question's row.
func (e *explanation) readAsAdmin(ctx context.Context, admin *store.Store, policies []catalog.Policy) error {
	ctx, cancel := context.WithTimeout(ctx, totalTimeout)
	defer cancel()
	var has rights
	options := store.TxOptions{ReadOnly: true, Request: e.Request}
	err := admin.Tx(ctx, store.Caller{Role: e.admin.Name}, options, func(tx pgx.Tx) error {
		if err := e.readRights(ctx, tx, policies, &has); err != nil {
			return err
		}
		if len(e.Key) > 0 {
			e.Row = &Row{}
			if err := e.readRow(ctx, tx); err != nil {
				return err
			}
		}
		return errUndone
	})
	if !errors.Is(err, errUndone) {
		return err
	}
	e.judge(policies, has)
	return nil
}

// A membership gives a role's rights where it inherits them: has_privs_of_role
// in Postgres, whose name in SQL is pg_has_role with USAGE.
const rightsSQL = `select pg_catalog.has_schema_privilege($1::pg_catalog.name, n.oid, 'USAGE'),
  array(select r from pg_catalog.unnest($3::pg_catalog.text[]) as r
    where pg_catalog.pg_has_role($1::pg_catalog.name, r::pg_catalog.name, 'USAGE'))
from pg_catalog.pg_namespace n where n.nspname operator(pg_catalog.=) $2::pg_catalog.name`

func (e *explanation) readRights(ctx context.Context, tx pgx.Tx, policies []catalog.Policy, has *rights) error {
	asked := []string{e.relation.Owner}
	for _, p := range policies {
		asked = append(asked, p.Roles...)
	}
	return tx.QueryRow(ctx, rightsSQL, pgx.QueryExecModeExec, e.As.Role, e.relation.Schema, asked).Scan(&has.usage, &has.of)
}

// checkKey says whether the key's columns are those of a key.
func (e *explanation) checkKey() error {
	if len(e.Key) == 0 {
		return nil
	}
	hint := "it has no primary key"
	if len(e.relation.PrimaryKey) > 0 {
		hint = "its primary key is " + strings.Join(e.relation.PrimaryKey, ", ")
	}
	names := slices.Sorted(maps.Keys(e.Key))
	for _, name := range names {
		c := e.relation.Column(name)
		switch {
		case c == nil:
			return &KeyError{Column: name, Text: fmt.Sprintf("%s has no such column; %s", e.relation, hint)}
		case c.Type.Operators == "":
			return &KeyError{Column: name, Text: fmt.Sprintf("values of type %s cannot be compared", c.Declared)}
		}
	}
	if !e.unique(names) {
		return &KeyError{Text: fmt.Sprintf("(%s) does not tell the rows of %s apart; %s", strings.Join(names, ", "), e.relation, hint)}
	}
	return nil
}

// unique says whether one row at the most has values in the columns, as far as
// that is known: of a view and the like it shows once rows are looked for.
func (e *explanation) unique(columns []string) bool {
	if e.relation.Kind == 'v' || e.relation.Kind == 'm' || e.relation.Kind == 'f' {
		return true
	}
	for _, key := range append(slices.Clip(e.relation.UniqueKeys), e.relation.Arbiters...) {
		if !slices.ContainsFunc(key, func(name string) bool { return !slices.Contains(columns, name) }) {
			return true
		}
	}
	return false
}

// keyCondition is the condition that a row t has the key, and its arguments.
func (e *explanation) keyCondition() (string, []any) {
	var all []string
	args := []any{pgx.QueryExecModeExec}
	for _, name := range slices.Sorted(maps.Keys(e.Key)) {
		c := e.relation.Column(name)
		args = append(args, e.Key[name])
		all = append(all, fmt.Sprintf("t.%s::%s operator(%s.=) $%d::pg_catalog.text::%s",
			quote(name), typeName(c), quote(c.Type.Operators), len(all)+1, typeName(c)))
	}
	return strings.Join(all, " and "), args
}

// exactly sets forms of text that lose nothing, and that are read in the same way
// whatever a role has set.
const exactly = "select pg_catalog.set_config('datestyle', 'ISO', true), pg_catalog.set_config('intervalstyle', 'postgres', true), " +
	"pg_catalog.set_config('extra_float_digits', '1', true), pg_catalog.set_config('bytea_output', 'hex', true)"

// readRow reads the text form of the row, which is exact for values of any type
// and makes the same row again where it is cast back.
func (e *explanation) readRow(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, exactly+", pg_catalog.set_config('search_path', '', true)", pgx.QueryExecModeExec); err != nil {
		return err
	}
	if err := e.readKey(ctx, tx); err != nil {
		return err
	}
	where, args := e.keyCondition()
	rows, err := tx.Query(ctx, fmt.Sprintf("select case when pg_catalog.octet_length(r.text) operator(pg_catalog.<=) %d then r.text end "+
		"from (select (t.*)::pg_catalog.text as text from %s as t where %s limit 2) as r", maxRow, e.name(), where), args...)
	if err != nil {
		return e.granted(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[*string])
	switch {
	case err != nil:
		return e.granted(err)
	case len(found) > 1:
		return &KeyError{Text: fmt.Sprintf("several rows of %s have it", e.relation)}
	case len(found) == 1 && found[0] == nil:
		e.note("The row is larger than %d MiB as text, so no policy was asked about it.", maxRow>>20)
		fallthrough
	case len(found) == 1:
		e.Row.Exists, e.row = true, found[0]
	}
	return nil
}

// readKey checks the key's values, and writes them in the form that means the
// same to every role.
func (e *explanation) readKey(ctx context.Context, tx pgx.Tx) error {
	key := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(e.Key)) {
		var value string
		sql := "select $1::pg_catalog.text::" + typeName(e.relation.Column(name)) + "::pg_catalog.text"
		if err := tx.QueryRow(ctx, sql, pgx.QueryExecModeExec, e.Key[name]).Scan(&value); err != nil {
			var pg *pgconn.PgError
			if errors.As(err, &pg) && strings.HasPrefix(pg.Code, "22") {
				return &KeyError{Column: name, Text: pg.Message}
			}
			return e.granted(err)
		}
		key[name] = value
	}
	e.Key = key
	return nil
}

// granted makes a privilege that the admin path's login lacks an error that says
// so.
func (e *explanation) granted(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == pgerrcode.InsufficientPrivilege {
		return &GrantError{Login: e.admin.Name, Relation: e.relation.Name, Err: err}
	}
	return err
}

// name is the relation's in SQL.
func (e *explanation) name() string { return quote(e.relation.Schema, e.relation.Name.Name) }

// typeName is the type of a column in SQL, without the modifier, with which a
// cast would cut a value, and without a domain.
func typeName(c *catalog.Column) string { return quote(c.Type.Schema, c.Type.Name.Name) }

// quote writes a name, part by part.
func quote(parts ...string) string { return pgx.Identifier(parts).Sanitize() }
