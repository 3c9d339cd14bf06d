//go:build !linux && !darwin

package localpg

import (
	"os"
	"syscall"
)

// supported refuses: the rest of this file only lets the package compile, so
// that programs which import it build on every system.
func supported() error { return ErrUnsupported }

func attributes(*account) *syscall.SysProcAttr   { return nil }
func owner(os.FileInfo) (uid, gid uint32)        { return 0, 0 }
func lockFile(*os.File) (locked bool, err error) { return false, ErrUnsupported }
func exists(int) bool                            { return false }
func interrupt(int) error                        { return ErrUnsupported }
func quit(int) error                             { return ErrUnsupported }
