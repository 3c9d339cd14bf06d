package service_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/migrations"
	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// TestCountsOfHiddenRows holds that the planner's estimates, which know of rows
// that policies hide, are told only where the contract allows it.
func TestCountsOfHiddenRows(t *testing.T) {
	w := newWorld(t, worldOptions{})
	super := w.db.Superuser(t)
	if _, err := super.Exec(t.Context(), `insert into items (owner_id, title) select $1, 'secret' from generate_series(1, 5000)`, migrations.Bob); err != nil {
		t.Fatal(err)
	}
	if _, err := super.Exec(t.Context(), "analyze items"); err != nil {
		t.Fatal(err)
	}
	items := appv1.NewItemServiceClient(w.conn)
	alice := as(t, token(t, migrations.Alice))
	ask := &appv1.ListItemsRequest{Filter: `title = "secret"`, Count: rowgatev1.Count_COUNT_PLANNED}
	if _, err := items.ListItems(alice, ask); grpcstatus.Code(err) != codes.FailedPrecondition {
		t.Errorf("COUNT_PLANNED: %v", err)
	}
	for _, mode := range []rowgatev1.Count{rowgatev1.Count_COUNT_ESTIMATED, rowgatev1.Count_COUNT_EXACT} {
		ask.Count = mode
		if got, err := items.ListItems(alice, ask); err != nil || got.GetTotalSize() != 0 {
			t.Errorf("%s of Bob's: %d, %v", mode, got.GetTotalSize(), err)
		}
		if got, err := items.ListItems(as(t, token(t, migrations.Bob)), ask); err != nil || got.GetTotalSize() != 5000 {
			t.Errorf("%s of his own: %d, %v", mode, got.GetTotalSize(), err)
		}
	}
}
