package status

import (
	"github.com/jackc/pgerrcode"
	"google.golang.org/grpc/codes"
)

// A code that the list of PostgreSQL 16 in pgerrcode does not have.
const transactionTimeout = "25P04" // PostgreSQL 17

// Answers that stand in several places.
var (
	internal      = answer{code: codes.Internal, reason: "INTERNAL", text: "the server failed; its log says why"}
	lost          = answer{code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: "the connection to the database was lost; what the call was to change may or may not be changed"}
	unreachable   = answer{code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: "the database cannot be reached; try again later"}
	busy          = answer{code: codes.Unavailable, reason: "DATABASE_BUSY", text: "every connection to the database is busy; try again later"}
	notFound      = answer{code: codes.NotFound, reason: "NOT_FOUND", text: "a row that the call needs was not found"}
	retry         = answer{code: codes.Aborted, reason: "CONFLICT", text: "the call met another one and was undone; try it again"}
	exhausted     = answer{code: codes.ResourceExhausted, reason: "DATABASE_EXHAUSTED", text: "the database has run out of a resource"}
	deadline      = answer{code: codes.DeadlineExceeded, reason: "DEADLINE_EXCEEDED", text: "the call took longer than it may"}
	canceled      = answer{code: codes.Canceled, reason: "CANCELED", text: "the call was cancelled"}
	outOfRange    = answer{code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", text: "a number or a time is out of range"}
	invalidValue  = answer{code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value is not valid for its type or for a function that takes it"}
	invalidText   = answer{code: codes.InvalidArgument, reason: "INVALID_TEXT", text: "a text holds a character that the database cannot store"}
	notAudited    = answer{code: codes.Unavailable, reason: "AUDIT_FAILED", text: "the call could not be written to the audit, so it has done nothing; the server's log says why"}
	schemaChanged = answer{code: codes.Internal, reason: "SCHEMA_CHANGED", text: "the database's schema is not the one that the server was started with; run rowgate check, then restart the server"}
	statementLost = answer{code: codes.Internal, reason: "PREPARED_STATEMENT_LOST", text: "a prepared statement is not where the server left it; behind a connection pooler, put ?pgbouncer=true on DATABASE_URL"}
	rowTooLarge   = answer{code: codes.ResourceExhausted, reason: "ROW_TOO_LARGE", text: "a row is larger than 64 MiB; leave its large fields out by read_mask"}
	tooLarge      = answer{code: codes.InvalidArgument, reason: "TOO_LARGE", text: "a value is too large or too deeply nested for the database"}
)

// table maps an SQLSTATE to what the client is told. What depends on more than
// the code is refined in postgres.go, where each case names its code again.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
var table = map[string]answer{
	// A foreign server does not answer.
	pgerrcode.FDWUnableToEstablishConnection: {code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: "a database behind the database cannot be reached; try again later"},

	// A plan whose columns have changed since; refined by routine.
	pgerrcode.FeatureNotSupported: schemaChanged,

	// Numbers, dates and intervals beyond what their type holds.
	pgerrcode.NumericValueOutOfRange: outOfRange,
	pgerrcode.DatetimeFieldOverflow:  outOfRange,
	pgerrcode.IntervalFieldOverflow:  outOfRange,
	// A sequence has come to its end: nothing that the caller sent.
	pgerrcode.SequenceGeneratorLimitExceeded: exhausted,
	// A view does not tell that a column of what it reads is generated.
	pgerrcode.GeneratedAlways: {code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value is given for a column that the database generates"},
	// varchar(n), char(n) and bit(n); Postgres does not say which column.
	pgerrcode.StringDataRightTruncationDataException: {code: codes.InvalidArgument, reason: "VALUE_TOO_LONG", text: "a value is longer than its column allows"},
	pgerrcode.StringDataLengthMismatch:               {code: codes.InvalidArgument, reason: "VALUE_TOO_LONG", text: "a value does not have the length of its column"},
	// A NUL or a byte sequence that is not UTF-8, or a character that the
	// database's own encoding has not got.
	pgerrcode.CharacterNotInRepertoire: invalidText,
	pgerrcode.UntranslatableCharacter:  invalidText,
	// The text form of a value: a parameter sent as text, or a policy that
	// casts a claim; refined by the subject.
	pgerrcode.InvalidTextRepresentation: {code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value does not have the form of its type"},

	// Constraints. The names stay in the log: they are the schema's.
	pgerrcode.UniqueViolation: {code: codes.AlreadyExists, reason: "ALREADY_EXISTS", text: "a row with the same key or the same unique value is there already"},
	// Both directions: what is referred to is missing, or is still referred to.
	pgerrcode.ForeignKeyViolation: {code: codes.FailedPrecondition, reason: "REFERENCE_VIOLATION", text: "a row that this one refers to does not exist, or rows still refer to this one"},
	pgerrcode.RestrictViolation:   {code: codes.FailedPrecondition, reason: "REFERENCE_VIOLATION", text: "rows still refer to this one"},
	// Names the field when the column is one of the message's.
	pgerrcode.NotNullViolation: {code: codes.InvalidArgument, reason: "VALUE_REQUIRED", text: "a value that is required is missing"},
	// A check depends on the values of the row alone, so the argument is wrong.
	pgerrcode.CheckViolation: {code: codes.InvalidArgument, reason: "CHECK_VIOLATION", text: "a value breaks a rule of the table or of its type"},
	// An exclusion depends on the other rows, which may go away.
	pgerrcode.ExclusionViolation: {code: codes.FailedPrecondition, reason: "EXCLUSION_VIOLATION", text: "the row collides with one that is there already"},
	// WITH CHECK OPTION of a view: depends on the values, like a check.
	pgerrcode.WithCheckOptionViolation: {code: codes.InvalidArgument, reason: "CHECK_VIOLATION", text: "the row would not be part of the view that it is written through"},

	// A write where only reads may be; refined by what the method says it is.
	pgerrcode.ReadOnlySQLTransaction: {code: codes.Unavailable, reason: "DATABASE_READ_ONLY", text: "the database takes no writes at present; try again later"},
	// A transaction that was open for too long, idle or not.
	pgerrcode.IdleInTransactionSessionTimeout: deadline,
	transactionTimeout:                        deadline,

	// Statements that a pooler or DISCARD ALL took away, or that are there twice.
	pgerrcode.InvalidSQLStatementName:    statementLost,
	pgerrcode.DuplicatePreparedStatement: statementLost,

	// Transactions that met; both were rolled back as a whole.
	pgerrcode.SerializationFailure: retry,
	pgerrcode.DeadlockDetected:     retry,
	pgerrcode.LockNotAvailable:     retry,
	pgerrcode.SnapshotTooOld:       retry,
	// The server does not know itself whether the statement was completed.
	pgerrcode.StatementCompletionUnknown: lost,

	// Row-level security's WITH CHECK and a missing grant alike: to tell them
	// apart would tell what the schema holds.
	pgerrcode.InsufficientPrivilege: {code: codes.PermissionDenied, reason: "PERMISSION_DENIED", text: "the caller's role may not do this"},

	// The schema changed under the server: a table, column, function, type or
	// setting is gone, is another one, or has another type.
	pgerrcode.UndefinedTable:         schemaChanged,
	pgerrcode.UndefinedColumn:        schemaChanged,
	pgerrcode.UndefinedFunction:      schemaChanged,
	pgerrcode.AmbiguousFunction:      schemaChanged,
	pgerrcode.UndefinedObject:        schemaChanged,
	pgerrcode.InvalidSchemaName:      schemaChanged,
	pgerrcode.DatatypeMismatch:       schemaChanged,
	pgerrcode.CannotCoerce:           schemaChanged,
	pgerrcode.WrongObjectType:        schemaChanged,
	pgerrcode.InvalidColumnReference: schemaChanged,
	// At run time this is a policy, a view or a rule that leads back to itself.
	pgerrcode.InvalidObjectDefinition: {code: codes.Internal, reason: "POLICY_RECURSION", text: "a policy or a view of the database refers to itself; the server's log names the table"},

	// No slot left: another moment may do.
	pgerrcode.TooManyConnections: unreachable,

	// A view that cannot be written, a materialized view not yet filled.
	pgerrcode.ObjectNotInPrerequisiteState: {code: codes.FailedPrecondition, reason: "NOT_READY", text: "what the call is about is not in a state that allows it"},
	pgerrcode.ObjectInUse:                  {code: codes.FailedPrecondition, reason: "NOT_READY", text: "what the call is about is in use"},

	// statement_timeout, or a cancel request; refined by the context.
	pgerrcode.QueryCanceled: deadline,

	// RAISE EXCEPTION: the application's words for its clients, put in for the
	// text in postgres.go.
	pgerrcode.RaiseException: {code: codes.FailedPrecondition, reason: "RAISED", text: "the database refused the call"},
	// SELECT INTO STRICT without a row, or RAISE no_data_found.
	pgerrcode.NoDataFound: notFound,
}

// classes maps the first two characters of an SQLSTATE, for the codes that
// table does not name.
var classes = map[string]answer{
	// Connection exceptions.
	"08": lost,
	// Data exceptions: values that a type, a function or an operator refuses.
	"22": invalidValue,
	// Integrity constraints of no further kind.
	"23": {code: codes.FailedPrecondition, reason: "CONSTRAINT_VIOLATION", text: "the change breaks a rule of the database"},
	// The server's own login was refused.
	"28": unreachable,
	// Transactions that were rolled back.
	"40": retry,
	// Disk, memory, locks.
	"53": exhausted,
	// Limits of a row, an index entry, an expression.
	"54": tooLarge,
	// The server goes down, comes up, or closed the connection.
	"57": lost,
}

// lookup finds the answer for an SQLSTATE; INTERNAL is the answer for one that
// neither table has.
func lookup(sqlstate string) answer {
	if a, ok := table[sqlstate]; ok {
		return a
	}
	if len(sqlstate) == 5 {
		if a, ok := classes[sqlstate[:2]]; ok {
			return a
		}
	}
	return internal
}
