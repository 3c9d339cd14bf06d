package service_test

import (
	"testing"

	"github.com/rowgate/rowgate/migrations"
	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
)

// BenchmarkCreate is a whole call over the socket, client included.
func BenchmarkCreate(b *testing.B) {
	w := newWorld(b, worldOptions{})
	client, ctx := appv1.NewItemServiceClient(w.conn), as(b, token(b, migrations.Alice))
	req := &appv1.CreateItemRequest{Item: &appv1.Item{Title: "a title"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.CreateItem(ctx, req); err != nil {
			b.Fatal(err)
		}
	}
}
