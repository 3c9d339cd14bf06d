// Package proto holds .proto files that are built into the program: the example
// application's contract and the files that any contract imports.
package proto

import "embed"

// Example holds app/v1/*.proto, for `rowgate dev` in a folder without a
// contract.
//
//go:embed app/v1/*.proto
var Example embed.FS

// Imports holds rowgate's own options and what else contracts import, for
// `rowgate pull` to put beside what it writes.
//
//go:embed rowgate/v1/*.proto google buf
var Imports embed.FS
