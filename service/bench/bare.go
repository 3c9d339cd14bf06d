package main

import (
	"context"

	"google.golang.org/grpc"

	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
)

// bare answers with messages that it has: what gRPC alone costs.
type bare struct {
	appv1.UnimplementedItemServiceServer
	item  *appv1.Item
	items *appv1.ListItemsResponse
}

func (b *bare) GetItem(context.Context, *appv1.GetItemRequest) (*appv1.Item, error) {
	return b.item, nil
}

func (b *bare) ListItems(context.Context, *appv1.ListItemsRequest) (*appv1.ListItemsResponse, error) {
	return b.items, nil
}

// startBare takes the messages from rowgate, so that both send the same.
func (w *world) startBare(context.Context) error {
	b := &bare{}
	var err error
	if b.item, err = w.rowgate.GetItem(w.contexts[0], &appv1.GetItemRequest{Id: w.itemIDs[0]}); err != nil {
		return err
	}
	if b.items, err = w.rowgate.ListItems(w.contexts[0], &appv1.ListItemsRequest{PageSize: itemsPerUser}); err != nil {
		return err
	}
	srv := grpc.NewServer()
	appv1.RegisterItemServiceServer(srv, b)
	conn, err := w.listen(srv.Serve, srv.Stop)
	if err != nil {
		return err
	}
	w.bare = appv1.NewItemServiceClient(conn)
	return nil
}

func (w *world) echoGet(_ context.Context, user int) error {
	_, err := w.bare.GetItem(w.contexts[user], &appv1.GetItemRequest{Id: w.itemIDs[user]})
	return err
}

func (w *world) echoList(_ context.Context, user int) error {
	_, err := w.bare.ListItems(w.contexts[user], &appv1.ListItemsRequest{PageSize: itemsPerUser})
	return err
}
