//go:build unix

package store

import (
	"errors"
	"net"
	"syscall"
)

// looksAlive peeks at an idle connection's socket, without a round trip: a
// server that went away has closed it, and one that is shutting down has sent
// a word. Nothing to read means that the connection stands as we left it.
func looksAlive(c net.Conn) bool {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = t.NetConn()
	}
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	idle := false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		idle = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err == nil && idle
}
