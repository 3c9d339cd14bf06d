package service_test

import (
	"strings"
	"testing"

	"github.com/rowgate/rowgate/store/storetest"
)

// The marks that psql puts between columns, after rows and for NULL.
const (
	columnMark = "\x1f"
	rowMark    = "\x1e"
	null       = "\x1dNULL"
)

// psqlForms makes psql print values as the cases have them.
const psqlForms = `\set QUIET on
\pset fieldsep '\x1f'
\pset recordsep '\x1e'
\pset null '\x1dNULL'
set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'iso_8601'; set lc_monetary = 'C';
set bytea_output = 'hex'; set extra_float_digits = 1; set xmloption = 'content';
`

// query runs statements with psql and returns the rows that it prints.
func (w *typesWorld) query(t testing.TB, sql string) [][]string {
	t.Helper()
	return psqlRows(t, w.db, sql)
}

func psqlRows(t testing.TB, db *storetest.Database, sql string) [][]string {
	t.Helper()
	out := db.Psql(t, psqlForms+sql)
	var rows [][]string
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\n"), rowMark) {
		if line = strings.TrimPrefix(line, "\n"); line != "" {
			rows = append(rows, strings.Split(line, columnMark))
		}
	}
	return rows
}

// literal writes a text as an SQL constant.
func literal(text string) string {
	if text == null {
		return "null"
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}
