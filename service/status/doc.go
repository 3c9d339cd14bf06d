// Package status is the one place where what went wrong below becomes a gRPC
// status: Postgres errors by their SQLSTATE, values that do not fit their
// field, deadlines, and a database that is not there.
//
// A handler hands over whatever the store or a codec returned:
//
//	row, err := store.Get(ctx, caller, statement)
//	if err != nil {
//		return nil, status.FromError(ctx, err, status.Info{
//			Method:  "/app.v1.ItemService/GetItem",
//			Read:    true,
//			Subject: caller.Subject,
//		})
//	}
//
// What the client sees is a code, a sentence of this package and google.rpc
// details: an ErrorInfo whose reason is an UPPER_SNAKE name and whose metadata
// holds the SQLSTATE (https://google.aip.dev/193), and a BadRequest naming the
// field where one is known. A stored value that has no place in its field is
// told with the column's name, in the text and in the metadata. What Postgres said (its message, DETAIL, HINT, the
// names of constraints and tables) is never part of it, with one exception:
// the message of RAISE EXCEPTION, which an application writes for its clients.
//
// The error that is returned unwraps to its cause, and its LogValue gives the
// log everything that the client does not get.
//
// The mapping is one flat table, in table.go, a commented line a case. An
// SQLSTATE that it does not name is INTERNAL.
package status
