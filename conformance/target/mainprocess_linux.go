package target

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// listensAt reports whether a process holds a socket that listens at a port.
func listensAt(pid, port int) (bool, error) {
	sockets, err := listeningSockets(port)
	if err != nil {
		return false, err
	}
	dir := "/proc/" + strconv.Itoa(pid) + "/fd/"
	open, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	for _, file := range open {
		if name, err := os.Readlink(dir + file.Name()); err == nil && sockets[name] {
			return true, nil
		}
	}
	return false, nil
}

// listeningSockets returns the sockets that listen at a port, by the names that they
// have among a process's files.
func listeningSockets(port int) (map[string]bool, error) {
	found := map[string]bool{}
	for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		table, err := os.ReadFile(name)
		if err != nil {
			if name == "/proc/net/tcp6" && os.IsNotExist(err) {
				continue // no IPv6
			}
			return nil, err
		}
		for line := range strings.Lines(string(table)) {
			// Number, local and remote address, state, and six columns on is the inode.
			fields := strings.Fields(line)
			if len(fields) < 10 || fields[3] != fmt.Sprintf("%02X", stateListen) {
				continue
			}
			if local, ok := parseSocketAddress(fields[1]); ok && int(local.Port()) == port {
				found["socket:["+fields[9]+"]"] = true
			}
		}
	}
	return found, nil
}
