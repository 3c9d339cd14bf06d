package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowgate/rowgate/store"
)

// readAsCaller asks what the caller sees. An error of the SQL becomes a note, or
// the policy's verdict; what has run out of time is left out.
func (e *explanation) readAsCaller(ctx context.Context, user *store.Store) error {
	bounded, cancel := context.WithTimeout(ctx, totalTimeout)
	defer cancel()
	options := store.TxOptions{Isolation: pgx.RepeatableRead, ReadOnly: true, Request: e.Request}
	err := user.Tx(bounded, e.As, options, func(tx pgx.Tx) error {
		if err := limit(bounded, tx); err != nil {
			return err
		}
		for _, ask := range []func(context.Context, pgx.Tx) error{e.askPolicies, e.findRow, e.count, e.listKeys, e.plan} {
			if err := ask(bounded, tx); err != nil {
				return err
			}
		}
		return errUndone
	})
	var refused *store.PreRequestError
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, errUndone):
		return nil
	case ctx.Err() == nil && bounded.Err() != nil:
		e.note("What is asked as the caller took longer than %v all together; what is missing was not found out.", totalTimeout)
		return nil
	case errors.As(err, &refused) && errors.As(err, &pg):
		e.note("The function that runs before each call refuses the caller: %s", pg.Message)
		return nil
	}
	return err
}

// limit bounds each statement, unless the role has a tighter bound.
func limit(ctx context.Context, tx pgx.Tx) error {
	const sql = `select pg_catalog.set_config('statement_timeout', $1::pg_catalog.text, true) from pg_catalog.pg_settings s
where s.name operator(pg_catalog.=) 'statement_timeout'
  and (s.setting::pg_catalog.int4 operator(pg_catalog.=) 0 or s.setting::pg_catalog.int4 operator(pg_catalog.>) $1::pg_catalog.text::pg_catalog.int4)`
	_, err := tx.Exec(ctx, sql, pgx.QueryExecModeExec, strconv.FormatInt(statementTimeout.Milliseconds(), 10))
	return err
}

// attempt runs f in a savepoint that is undone, with all that its SQL has set. It
// returns Postgres' sentence where the SQL ended in an error, and an error where
// nothing more can be asked.
func attempt(ctx context.Context, tx pgx.Tx, f func(tx pgx.Tx) error) (sentence string, err error) {
	within, err := tx.Begin(ctx)
	if err != nil {
		return "", err
	}
	err = f(within)
	var pg *pgconn.PgError
	if err != nil && (ctx.Err() != nil || !errors.As(err, &pg)) {
		return "", err
	}
	if err := within.Rollback(ctx); err != nil {
		return "", err
	}
	switch {
	case pg == nil:
		return "", nil
	case pg.Code == pgerrcode.QueryCanceled:
		return fmt.Sprintf("it took longer than a statement may, %v or what is set for the role", statementTimeout), nil
	}
	return strings.ToValidUTF8(pg.Message[:min(len(pg.Message), maxSentence)], "\uFFFD"), nil
}

// maxSentence is the most that is told of what Postgres says, in bytes: a function
// may raise any text.
const maxSentence = 2048

// onlyStored tells of columns that the row has in its table alone.
const onlyStored = " (columns such as tableoid and ctid, which a row has in its table alone, cannot be asked about here)"

// The policies' expressions, written for the caller's search_path, on which they
// run: functions in them may look names up there.
const usingSQL = `select p.polname::pg_catalog.text, pg_catalog.pg_get_expr(p.polqual, p.polrelid)
from pg_catalog.pg_policy p
where p.polrelid operator(pg_catalog.=) $1::pg_catalog.text::pg_catalog.oid and p.polqual is not null`

// askPolicies asks each policy that counts about the row.
func (e *explanation) askPolicies(ctx context.Context, tx pgx.Tx) error {
	if e.row == nil {
		return nil
	}
	using := map[string]string{}
	rows, err := tx.Query(ctx, usingSQL, pgx.QueryExecModeExec, strconv.FormatUint(uint64(e.relation.OID), 10))
	if err != nil {
		return err
	}
	var name, expression string
	if _, err := pgx.ForEachRow(rows, []any{&name, &expression}, func() error { using[name] = expression; return nil }); err != nil {
		return err
	}
	for i := range e.Policies {
		p := &e.Policies[i]
		expression, there := using[p.Name]
		if !p.Applies || !there {
			continue
		}
		// The row stands as a relation of its own, under the name that the
		// expression knows; with no member in the object, the function gives the
		// row that it was given. Its type is the relation's own, so that the row
		// as a whole can be passed on, too.
		sql := fmt.Sprintf("select (%s) from pg_catalog.jsonb_populate_record($1::pg_catalog.text::%s, '{}'::pg_catalog.jsonb) as %s",
			expression, e.name(), quote(e.relation.Name.Name))
		var holds *bool
		sentence, err := attempt(ctx, tx, func(tx pgx.Tx) error {
			err := tx.QueryRow(ctx, sql, pgx.QueryExecModeExec, *e.row).Scan(&holds)
			var pg *pgconn.PgError
			if errors.As(err, &pg) && pg.Code == pgerrcode.UndefinedColumn && pg.Where == "" {
				pg.Message += onlyStored
			}
			return err
		})
		switch {
		case err != nil:
			return err
		case sentence != "":
			p.Verdict, p.Error = Raises, sentence
		case holds != nil && *holds:
			p.Verdict = Passes
		default:
			p.Verdict = Fails
		}
	}
	return nil
}

// findRow looks for the row as the caller does.
func (e *explanation) findRow(ctx context.Context, tx pgx.Tx) error {
	if e.Row == nil {
		return nil
	}
	where, args := e.keyCondition()
	return e.ask(ctx, tx, "Looking for the row as the caller", func(tx pgx.Tx) error {
		sql := fmt.Sprintf("select exists (select from %s as t where %s)", e.name(), where)
		if err := tx.QueryRow(ctx, sql, args...).Scan(&e.Row.Visible); err != nil {
			return err
		}
		e.Row.Exists = e.Row.Exists || e.Row.Visible
		return nil
	})
}

// count counts the rows that the caller sees.
func (e *explanation) count(ctx context.Context, tx pgx.Tx) error {
	return e.ask(ctx, tx, "Counting the rows as the caller", func(tx pgx.Tx) error {
		sql := fmt.Sprintf("select pg_catalog.count(*) from (select from %s limit %d) as t", e.name(), MaxRows+1)
		if err := tx.QueryRow(ctx, sql, pgx.QueryExecModeExec).Scan(&e.Visible); err != nil {
			return err
		}
		e.More, e.Visible = e.Visible > MaxRows, min(e.Visible, MaxRows)
		return nil
	})
}

// listKeys reads the first keys that the caller sees.
func (e *explanation) listKeys(ctx context.Context, tx pgx.Tx) error {
	key := e.relation.PrimaryKey
	if len(key) == 0 {
		e.note("%s has no primary key, so no keys are listed.", e.relation)
		return nil
	}
	columns, texts := make([]string, len(key)), make([]string, len(key))
	for i, name := range key {
		columns[i] = "t." + quote(name)
		texts[i] = columns[i] + "::pg_catalog.text"
	}
	return e.ask(ctx, tx, "Listing the keys as the caller", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, exactly, pgx.QueryExecModeExec); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, fmt.Sprintf("select %s from %s as t order by %s limit %d",
			strings.Join(texts, ", "), e.name(), strings.Join(columns, ", "), MaxKeys), pgx.QueryExecModeExec)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			e.Keys = append(e.Keys, object(key, values))
		}
		return rows.Err()
	})
}

// object writes a JSON object with its members in their order.
func object(names []string, values []any) string {
	var b strings.Builder
	for i, name := range names {
		b.WriteString(map[bool]string{true: "{", false: ", "}[i == 0])
		b.WriteString(text(name) + ": " + text(values[i]))
	}
	return b.String() + "}"
}

// text writes a JSON string.
func text(value any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(value) // A string always can be.
	return strings.TrimSuffix(b.String(), "\n")
}

// plan reads what Postgres plans, without running it.
func (e *explanation) plan(ctx context.Context, tx pgx.Tx) error {
	columns := "*"
	if n := len(e.readable); n > 0 && n < len(e.relation.Columns) {
		some := make([]string, n)
		for i, name := range e.readable {
			some[i] = quote(name)
		}
		columns = strings.Join(some, ", ")
	}
	return e.ask(ctx, tx, "Planning to read as the caller", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, fmt.Sprintf("explain (costs) select %s from %s", columns, e.name()), pgx.QueryExecModeExec)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		e.Plan = strings.Join(lines, "\n")
		return nil
	})
}

// ask asks in a savepoint, and notes why there is no answer.
func (e *explanation) ask(ctx context.Context, tx pgx.Tx, what string, f func(pgx.Tx) error) error {
	sentence, err := attempt(ctx, tx, f)
	if sentence != "" {
		e.note("%s failed: %s", what, sentence)
	}
	return err
}
