// Package descriptor turns what a team keeps of its contract, a folder of
// .proto files or a buf image, into linked descriptors with typed options and
// source positions.
//
// The files that every contract imports (google/protobuf, google/api,
// google/type, buf/validate, rowgate/v1) come from the descriptors linked into
// the program, so that nothing is fetched and options have the types that the
// program knows.
package descriptor
