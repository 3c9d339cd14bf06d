//go:build linux || darwin

package localpg

import (
	"errors"
	"os"
	"syscall"
)

// supported returns nil on the systems that this package runs on.
func supported() error { return nil }

// attributes puts a process into its own session, away from the signals of the
// terminal, and into an account.
func attributes(a *account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: a.groups}
	}
	return attr
}

// owner returns the account and the group that a file belongs to.
func owner(info os.FileInfo) (uid, gid uint32) {
	stat := info.Sys().(*syscall.Stat_t)
	return stat.Uid, stat.Gid
}

// lockFile takes the exclusive lock of an open file and reports whether it got
// it. The system frees it when the process ends, however it ends.
func lockFile(file *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, err
		}
	}
}

// exists reports whether a process exists, of whatever account.
func exists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// interrupt asks a postmaster for a fast shutdown, and quit for an immediate
// one (https://www.postgresql.org/docs/current/server-shutdown.html).
func interrupt(pid int) error { return syscall.Kill(pid, syscall.SIGINT) }
func quit(pid int) error      { return syscall.Kill(pid, syscall.SIGQUIT) }
