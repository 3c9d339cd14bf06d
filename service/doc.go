// Package service puts a contract, services defined in protobuf, in front of a
// store. [New] binds every method that carries a (rowgate.v1.method) option to
// the database and fails with the whole list of what does not fit; [Server.Serve]
// answers calls on a listener.
//
// A call's way is short: the bearer token becomes a [store.Caller], the bound
// method turns the request's bytes into a statement's arguments, the store runs
// the statement as the caller, and the rows become the response's bytes.
//
// A [Server] is a [grpc.ServiceRegistrar]: a service written by hand registers
// on it as on any gRPC server, and gets its transaction as the caller from
// [Server.Tx].
package service
