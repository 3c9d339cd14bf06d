// Package store runs statements in Postgres as a [Caller]: within one
// transaction that has taken on the caller's role and claims with set_config,
// so that row level security decides what the statement sees and changes.
//
// [Store.Run] is the hot path. A call is one round trip: the settings and the
// statement travel as one extended-protocol pipeline with a single Sync, and
// Postgres runs them as one implicit transaction. Statements are prepared once
// per connection and role, within that same pipeline.
//
// [Store.Batch] runs several statements in one transaction, in a round trip for
// each Flush and one for the commit; [Store.Once] does so once for a request's id,
// and keeps the answer for its repeats. [Store.Stream] hands up the rows of one
// statement however many they are.
//
// [Store.Tx] is for handlers written by hand: a closure that gets a pgx
// transaction in which the settings hold.
//
//	st, err := store.Open(ctx, store.Config{URL: url})
//	...
//	as := store.Caller{Role: "authenticated", Claims: `{"sub":"…"}`}
//	err = st.Tx(ctx, as, store.TxOptions{}, func(tx pgx.Tx) error {
//		_, err := tx.Exec(ctx, "update items set done = true where id = $1", id)
//		return err
//	})
//
// Nothing here knows gRPC, HTTP, tokens or configuration files.
package store
