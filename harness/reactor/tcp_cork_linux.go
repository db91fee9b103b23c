package reactor

import "golang.org/x/sys/unix"

// send is write(2). If there is more to come, the kernel may hold back the last
// packet of it until that is sent, or push is called; or for 200 ms.
func send(fd int, data []byte, more bool) (n int, err error) {
	if !more {
		return unix.Write(fd, data)
	}
	return unix.SendmsgN(fd, data, nil, nil, unix.MSG_MORE)
}

// push has the kernel send what it held back: to set this option does so, also where
// it was set before, as Go does for all connections.
func push(fd int) { _ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) }
