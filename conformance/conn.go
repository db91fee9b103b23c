package conformance

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// DialOptions shape a connection. The zero value is an ordinary one.
type DialOptions struct {
	// Segment, if not zero, is the largest TCP segment that the target may send,
	// in bytes, as on a network where packets are smaller than on loopback. It
	// also keeps the target's send buffer small.
	Segment int

	// Window, if not zero, is the receive buffer in bytes.
	Window int
}

// narrow makes kernel buffers small, so that what a server has sent and what it
// has only written differ by little.
var narrow = DialOptions{Segment: 1460, Window: 16 << 10}

// Narrow returns options under which the kernel's buffers hold some tens of
// kilobytes rather than megabytes, so that a server notices a client that does
// not read.
func Narrow() DialOptions { return narrow }

// Conn is a connection to a target. What goes over it is recorded in the case's
// transcript. One goroutine may read while another writes.
type Conn struct {
	c   *Case
	tcp *net.TCPConn
	id  int
}

// End is how a peer's sending side stands.
type End int

// The ends. Silent is a peer that sent nothing for as long as the judge is patient.
const (
	Open   End = iota
	FIN        // orderly close: end of file
	RST        // reset
	Silent     // still open, with nothing coming
)

// String says the end as a report does.
func (e End) String() string {
	switch e {
	case FIN:
		return "an orderly close"
	case RST:
		return "a reset"
	case Silent:
		return "silence"
	case Open:
	}
	return "an open connection"
}

// dial connects, and returns an error only if the target refused or stayed
// silent; an interrupted case is aborted.
func (c *Case) dial(addr string, o DialOptions) (*Conn, error) {
	ctx, cancel := c.patient()
	defer cancel()
	dialer := net.Dialer{
		// No keep-alives or happy eyeballs: the address is a number.
		KeepAlive: -1,
		Control: func(_, _ string, raw syscall.RawConn) error {
			return o.apply(raw)
		},
	}
	raw, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		c.checkTime()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		c.transcript.note(0, "could not connect to %s: %v", addr, err)
		return nil, err
	}
	c.running.pulse.beat()
	k := &Conn{c: c, tcp: raw.(*net.TCPConn)}
	c.adopt(k)
	c.transcript.note(k.id, "connected to %s", addr)
	return k, nil
}

func (o DialOptions) apply(raw syscall.RawConn) error {
	var failed error
	set := func(fd uintptr) {
		if o.Window > 0 {
			failed = errors.Join(failed, syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, o.Window))
		}
		if o.Segment > 0 {
			failed = errors.Join(failed, syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, o.Segment))
		}
	}
	return errors.Join(raw.Control(set), failed)
}

// Send writes all of data. The error tells that the peer has gone, which is for
// the check to judge.
func (k *Conn) Send(data []byte) error {
	start := now()
	for len(data) > 0 {
		if err := k.tcp.SetWriteDeadline(k.c.running.pulse.due(start)); err != nil {
			k.c.checkTime()
			return err
		}
		n, err := k.tcp.Write(data)
		if n > 0 {
			k.c.transcript.transfer(k.id, "->", data[:n])
		}
		data = data[n:]
		if err != nil && (!errors.Is(err, os.ErrDeadlineExceeded) || now().After(k.c.running.pulse.due(start))) {
			k.c.checkTime()
			k.c.transcript.note(k.id, "-> failed: %v", err)
			return err
		}
	}
	return nil
}

// CloseWrite closes our sending side: a FIN, with reading still possible.
func (k *Conn) CloseWrite() {
	k.c.transcript.note(k.id, "-> FIN")
	_ = k.tcp.CloseWrite() // fails where the peer has gone, which reading will tell
}

// Close closes the connection as a program does that has had enough. (The kernel
// makes that a RST if it holds input that was not read.)
func (k *Conn) Close() {
	k.c.transcript.note(k.id, "-> close")
	_ = k.tcp.Close() // twice is fine
}

// Reset closes the connection by a RST.
func (k *Conn) Reset() {
	k.c.transcript.note(k.id, "-> RST")
	_ = k.tcp.SetLinger(0) // fails where the peer has gone already
	_ = k.tcp.Close()
}

// lastLook is how long a read that has waited in vain looks once more.
const lastLook = 50 * time.Millisecond

// Read reads what comes next, up to len(p) bytes, waiting as long as the judge
// is patient. With no bytes, End says why.
func (k *Conn) Read(p []byte) (int, End) {
	start := now()
	for last := false; ; {
		// In slices: what is due may change while we wait, in either direction.
		slice := now().Add(time.Second)
		if last {
			slice = now().Add(lastLook)
		} else if due := k.c.running.pulse.due(start); due.Before(slice) {
			slice = due
		}
		if err := k.tcp.SetReadDeadline(slice); err != nil {
			return 0, k.cut(err)
		}
		n, err := k.tcp.Read(p)
		if n > 0 {
			k.c.running.pulse.beat()
			k.c.running.pulse.proven.Store(true)
			k.c.transcript.transfer(k.id, "<-", p[:n])
			return n, Open
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			k.c.checkTime()
			if now().Before(k.c.running.pulse.due(start)) {
				continue
			}
			if !last {
				last = true // the machine may have slept, and the bytes be there
				continue
			}
			k.c.running.pulse.silent.Store(true)
			k.c.transcript.note(k.id, "<- nothing for %v", now().Sub(start).Round(time.Millisecond))
			return 0, Silent
		case errors.Is(err, io.EOF):
			k.c.running.pulse.beat()
			k.c.transcript.note(k.id, "<- FIN")
			return 0, FIN
		default:
			return 0, k.cut(err)
		}
	}
}

// cut is the end of a connection that an error has ended. Any is a reset to those
// who wait for bytes, but the transcript says what it really was.
func (k *Conn) cut(err error) End {
	k.c.checkTime()
	k.c.running.pulse.beat()
	if errors.Is(err, syscall.ECONNRESET) {
		k.c.transcript.note(k.id, "<- RST")
	} else {
		k.c.transcript.note(k.id, "<- failed: %v", err)
	}
	return RST
}
