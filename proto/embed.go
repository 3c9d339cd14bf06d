// Package proto holds the example application's contract, built into the
// program for `rowgate dev` in a folder without one.
package proto

import "embed"

// Example holds app/v1/*.proto.
//
//go:embed app/v1/*.proto
var Example embed.FS
