package localpg

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
)

// maxSocketPath is the longest path of a Unix socket that every supported
// system takes: macOS has 104 bytes for it with the final NUL, Linux 108.
const maxSocketPath = 103

// socketDir returns the folder for the Unix socket. That is the data folder,
// or a new temporary one when the path is too long or has a character that the
// setting unix_socket_directories cannot carry.
func (f *folder) socketDir() (dir string, temporary bool, err error) {
	longest := f.path(".s.PGSQL.65535")
	if len(longest) <= maxSocketPath && !strings.ContainsAny(f.dir, `,"`) && f.dir == strings.TrimSpace(f.dir) {
		return f.dir, false, f.removeSockets()
	}
	// os.TempDir may be long too: on macOS it is most of the limit.
	dir, err = os.MkdirTemp("/tmp", "rowgate-")
	if err != nil {
		return "", false, fmt.Errorf("localpg: a folder for the socket of Postgres, since the path of the data folder is too long for one: %w", err)
	}
	if f.acct != nil {
		if err := os.Lchown(dir, int(f.acct.uid), int(f.acct.gid)); err != nil {
			os.Remove(dir)
			return "", false, fmt.Errorf("localpg: cannot give %s to %s: %w", dir, f.acct, err)
		}
	}
	return dir, true, nil
}

// removeSockets removes the sockets and their lock files that a killed
// Postgres left. Postgres would take the process id in such a lock file for a
// living server when another program has it by now.
func (f *folder) removeSockets() error {
	names, err := fs.Glob(f.root.FS(), ".s.PGSQL.*")
	if err != nil {
		return f.explain(err)
	}
	for _, name := range names {
		if err := f.root.Remove(name); err != nil {
			return f.explain(err)
		}
	}
	return nil
}

// choosePort returns the port to listen on: the wanted one, else that of the
// last start, else a free one.
func (f *folder) choosePort(wanted int) (int, error) {
	if wanted != 0 {
		if !portFree(wanted) {
			return 0, portTaken(wanted)
		}
		return wanted, nil
	}
	text, err := f.read(portName)
	if err != nil {
		return 0, err
	}
	if last, err := strconv.Atoi(text); err == nil && last > 0 && last <= 65535 && portFree(last) {
		return last, nil
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("localpg: no free port on 127.0.0.1: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func portTaken(port int) error {
	return fmt.Errorf("localpg: port %d on 127.0.0.1 is taken; stop what listens there, or use port 0 for a free one", port)
}

// portFree reports whether a server can listen on a port.
func portFree(port int) bool {
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	listener.Close()
	return true
}
