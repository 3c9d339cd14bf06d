package status

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/store"
)

// maxRaised bounds the message of a RAISE EXCEPTION that is passed on, in
// bytes: a status travels in HTTP/2 trailers, and clients bound those, some at
// 8 KiB, where it stands twice.
const maxRaised = 1024

// postgres maps what Postgres said. The code decides; the rest refines.
func postgres(ctx context.Context, pg *pgconn.PgError, err error, info Info) answer {
	a := lookup(pg.Code)
	if meant, ok := httpCode(pg.Code); ok {
		a = meant
		// Without a message, Postgres gives the code for one.
		if text := raised(pg.Message); text != "" && text != pg.Code {
			a.text = text
		}
	}
	switch pg.Code {
	case pgerrcode.QueryCanceled:
		if errors.Is(ended(ctx, err), context.Canceled) {
			a = canceled
		}
	case pgerrcode.ReadOnlySQLTransaction:
		if info.Read {
			a = methodIsRead(info)
		}
	case pgerrcode.InvalidTextRepresentation:
		if castOfSubject(pg, info.Subject) {
			a = answer{code: codes.PermissionDenied, reason: "SUBJECT_NOT_UUID", text: "the token's sub is not a uuid, and a policy of this database needs one (auth.uid())"}
		}
	case pgerrcode.FeatureNotSupported:
		// The code stands for much else, in a function's body for example.
		switch {
		case info.Function && info.Read && writesWhereNone[pg.Routine]:
			a = methodIsRead(info)
		case pg.Routine != "" && pg.Routine != "RevalidateCachedQuery":
			a = internal
		}
	case pgerrcode.CardinalityViolation:
		// The code stands for a subquery of several rows, too.
		if pg.Routine == "ExecOnConflictUpdate" {
			a = answer{code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "two of the rows have the same key, and one request can write a row only once"}
		}
	case pgerrcode.InvalidColumnReference:
		if pg.Routine == "infer_arbiter_indexes" {
			a = answer{code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "the fields that on_conflict names are no unique key"}
		}
	case pgerrcode.RaiseException:
		if text := raised(pg.Message); text != "" {
			a.text = text
		}
	}
	if a.code == codes.Internal && ofValue(pg) {
		a = lookup(pgerrcode.InvalidTextRepresentation)
	}
	var refused *store.SettingsError
	if errors.As(err, &refused) {
		a = settings(pg.Code, refused.Role, a)
	}
	if pg.ColumnName != "" && info.Field != nil && pg.Code != pgerrcode.RaiseException {
		if field, ok := info.Field(pg.SchemaName, pg.TableName, pg.ColumnName); ok {
			a.field = field
			if pg.Code == pgerrcode.NotNullViolation {
				a.text = "a value is required"
			}
		}
	}
	if len(pg.Code) == 5 && utf8.ValidString(pg.Code) {
		a.sqlstate = pg.Code
	}
	return a
}

// settings refines an error that came before the statement, when the session
// was to take on the caller's role: the role is not there, or the login is not
// a member of it.
func settings(sqlstate, role string, a answer) answer {
	switch sqlstate {
	case pgerrcode.InsufficientPrivilege, pgerrcode.InvalidParameterValue, pgerrcode.UndefinedObject:
		return answer{code: codes.PermissionDenied, reason: "ROLE_NOT_GRANTED", text: "the role " + role + " cannot be taken on: the database has no such role, or has not granted it to the server's login"}
	}
	return a
}

// writesWhereNone are the routines that refuse a statement which writes within
// a function that is not VOLATILE: of PL/pgSQL and the like, of a cursor there,
// and of SQL functions.
var writesWhereNone = map[string]bool{
	"_SPI_execute_plan": true, "SPI_cursor_open_internal": true, "init_execution_state": true,
}

func methodIsRead(info Info) answer {
	text := cmp.Or(info.Method, "the method")
	if info.Function {
		text += " calls a function that is not VOLATILE, which means that it only reads, and it tried to write; " +
			"if it is meant to write, declare it VOLATILE in the database"
	} else {
		text += " is declared a read and tried to write; if it is meant to write, declare it so in the .proto"
	}
	return answer{code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", text: text}
}

// ofValue says whether an error that looks like one of SQL text or of the schema
// is a parameter's: regclass says that there is no such table, and ltree that
// the syntax is wrong. An array of ltree is cast from one of texts, where no
// parameter is named; a syntax error of SQL has a position in it.
func ofValue(pg *pgconn.PgError) bool {
	switch {
	case strings.HasPrefix(pg.Where, "unnamed portal parameter $"):
		return pg.Routine != "getTypeInputInfo" // The type itself is gone.
	case pg.Code == pgerrcode.SyntaxError:
		return pg.Routine != "" && pg.Where == "" && pg.Position == 0 && pg.InternalPosition == 0
	}
	return false
}

// castOfSubject says whether a text that is no uuid can only be the token's
// sub, which a policy casts. Parameters of type uuid are sent in binary form
// and cannot fail so. The routine, where it is told, is the uuid's input.
func castOfSubject(pg *pgconn.PgError, subject string) bool {
	if subject == "" || isUUID(subject) {
		return false
	}
	return pg.Routine == "" || pg.Routine == "string_to_uuid"
}

// isUUID says whether Postgres reads s as a uuid: 32 hexadecimal digits, with
// a hyphen after any group of four, in braces or not.
// https://www.postgresql.org/docs/current/datatype-uuid.html
func isUUID(s string) bool {
	if strings.HasPrefix(s, "{") {
		if !strings.HasSuffix(s, "}") {
			return false
		}
		s = s[1 : len(s)-1]
	}
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			digits++
		case c == '-' && digits > 0 && digits < 32 && digits%4 == 0 && s[i-1] != '-':
		default:
			return false
		}
	}
	return digits == 32
}

// raised makes a message of RAISE EXCEPTION fit to be sent: valid UTF-8, and no
// longer than maxRaised.
func raised(message string) string {
	message = strings.ToValidUTF8(strings.TrimSpace(message), "\uFFFD")
	if len(message) <= maxRaised {
		return message
	}
	const ellipsis = "…"
	cut := maxRaised - len(ellipsis)
	for !utf8.RuneStart(message[cut]) {
		cut--
	}
	return message[:cut] + ellipsis
}

// SumOutOfRange names the field of the one value that was added to a stored one,
// where Postgres says that the sum is out of range. Other errors it returns as
// they are.
func SumOutOfRange(err error, field string) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code {
	case pgerrcode.NumericValueOutOfRange, pgerrcode.DatetimeFieldOverflow, pgerrcode.IntervalFieldOverflow:
		a := outOfRange
		a.field, a.text, a.sqlstate = field, "with what the row has it is out of range", pg.Code
		return a.because(err)
	}
	return err
}
