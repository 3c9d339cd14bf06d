package service_test

import (
	"testing"

	"github.com/rowgate/rowgate/migrations"
	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
)

// BenchmarkGet is a whole call over the socket, client included.
func BenchmarkGet(b *testing.B) {
	w := newWorld(b, worldOptions{})
	client, ctx := appv1.NewItemServiceClient(w.conn), as(b, token(b, migrations.Alice))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.GetItem(ctx, &appv1.GetItemRequest{Id: "17e50000-0000-4000-8000-000000000001"}); err != nil {
			b.Fatal(err)
		}
	}
}
