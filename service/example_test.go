package service_test

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	byhandv1 "github.com/rowgate/rowgate/proto/gen/byhand/v1"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/store"
)

// stock is a service written by hand. It implements an interface that
// protoc-gen-go-grpc has generated.
type stock struct {
	byhandv1.UnimplementedStockServiceServer
	server *service.Server
}

// MoveStock makes two updates in one transaction, as the caller: policies
// decide which items there are. Any error rolls both back.
func (s *stock) MoveStock(ctx context.Context, req *byhandv1.MoveStockRequest) (*byhandv1.MoveStockResponse, error) {
	if req.GetQuantity() <= 0 {
		return nil, status.Error(codes.InvalidArgument, "quantity: must be positive")
	}
	res := &byhandv1.MoveStockResponse{}
	err := s.server.Tx(ctx, func(tx pgx.Tx) error {
		const move = "update items set quantity = quantity + $2 where id = $1 returning quantity"
		var there int32
		if err := tx.QueryRow(ctx, move, req.GetToItem(), req.GetQuantity()).Scan(&there); err != nil {
			return err
		}
		return tx.QueryRow(ctx, move, req.GetFromItem(), -req.GetQuantity()).Scan(&res.Left)
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// A service written by hand stands on the same server as those of a contract,
// and runs under the same policies.
func ExampleServer_Tx() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	url, drop := exampleDatabase()
	defer drop()
	st, err := store.Open(ctx, store.Config{URL: url})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()
	verifier, err := auth.New(ctx, auth.Config{Secret: secret})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv, err := service.New(ctx, service.Config{Store: st, Verifier: verifier})
	if err != nil {
		fmt.Println(err)
		return
	}
	byhandv1.RegisterStockServiceServer(srv, &stock{server: srv})
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() { _ = srv.Serve(lis) }()
	defer srv.GracefulStop(ctx)

	// A client, as Alice.
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	token, err := auth.SignHS256(secret, auth.Claims{
		Subject: "a11ce000-0000-4000-8000-000000000001", Role: "authenticated", TTL: time.Hour,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	alice := metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	client := byhandv1.NewStockServiceClient(conn)
	move := func(from, to string, quantity int32) {
		res, err := client.MoveStock(alice, &byhandv1.MoveStockRequest{FromItem: from, ToItem: to, Quantity: quantity})
		if err != nil {
			fmt.Println(status.Code(err))
			return
		}
		fmt.Println("left:", res.GetLeft())
	}
	const seeds, soil = "17e50000-0000-4000-8000-000000000001", "17e50000-0000-4000-8000-000000000002"
	const bobs = "17e50000-0000-4000-8000-00000000001a"
	move(seeds, soil, 1)
	move(seeds, soil, 5) // a check of the table refuses it, and soil keeps what it has
	move(soil, seeds, 3)
	move(seeds, bobs, 1) // an item that Alice cannot see
	// Output:
	// left: 2
	// InvalidArgument
	// left: 0
	// NotFound
}
