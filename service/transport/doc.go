// Package transport is what stands between a socket and a server: the rule that
// plain text stays on loopback, and TLS from files that may change while the
// server runs. It serves gRPC and HTTP alike:
//
//	certs, err := transport.Load(ctx, transport.TLS{Cert: "tls.crt", Key: "tls.key"})
//	lis, err := transport.Listen(ctx, ":443", transport.Options{TLS: certs})
//	grpc.NewServer(grpc.Creds(credentials.NewTLS(certs.Config()))).Serve(lis)
package transport
