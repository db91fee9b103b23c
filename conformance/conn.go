package conformance

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
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
	c       *Case
	id      int
	options DialOptions
	tcp     atomic.Pointer[net.TCPConn]
	used    atomic.Bool // something was sent or received
	again   int         // how often it was lost
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
	tcp, err := c.connect(addr, o)
	if err != nil {
		c.transcript.note(0, "could not connect to %s: %v", addr, err)
		return nil, err
	}
	k := &Conn{c: c, options: o}
	k.tcp.Store(tcp)
	c.adopt(k)
	c.transcript.note(k.id, "connected to %s", addr)
	return k, nil
}

// connect is what dial does on the network.
func (c *Case) connect(addr string, o DialOptions) (*net.TCPConn, error) {
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
		// The dialer looks at the deadline itself, and may be ahead of the context.
		if deadline, ok := c.ctx.Deadline(); ok && !now().Before(deadline) {
			<-c.ctx.Done()
		}
		c.checkTime()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	c.running.pulse.beat()
	return raw.(*net.TCPConn), nil
}

// holder is implemented by instances that can tell whether the system has their side
// of a connection.
type holder interface{ Holds(client net.Addr) bool }

// mostAgain bounds how often a connection is made again that the system has lost.
const mostAgain = 5

// renew connects again if the system has lost the connection before the program had
// it: with more clients at once than the program's queue has room for, a kernel that
// answers with SYN cookies forgets some, and never tells them. That is no fault, unless
// of a program that should serve many at once, and then it still is one.
func (k *Conn) renew() {
	h, ok := k.c.running.Instance.(holder)
	tcp := k.tcp.Load()
	if !ok || k.used.Load() || k.again == mostAgain || h.Holds(tcp.LocalAddr()) {
		return
	}
	fresh, err := k.c.connect(tcp.RemoteAddr().String(), k.options)
	if err != nil {
		return // the wait goes on, and ends as it would have
	}
	k.again++
	k.c.transcript.note(k.id, "the system has lost the connection: connected again")
	k.c.replace(k, fresh)
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
	wait := k.c.running.pulse.wait(false)
	k.used.Store(true)
	for len(data) > 0 {
		if err := k.tcp.Load().SetWriteDeadline(wait.slice()); err != nil {
			k.c.checkTime()
			return err
		}
		n, err := k.tcp.Load().Write(data)
		if n > 0 {
			k.c.transcript.transfer(k.id, "->", data[:n])
		}
		data = data[n:]
		if err != nil && (!errors.Is(err, os.ErrDeadlineExceeded) || wait.over()) {
			k.c.checkTime()
			k.c.transcript.note(k.id, "-> failed: %v", err)
			return err
		}
	}
	return nil
}

// CloseWrite closes our sending side: a FIN, with reading still possible.
func (k *Conn) CloseWrite() {
	k.used.Store(true)
	k.c.transcript.note(k.id, "-> FIN")
	_ = k.tcp.Load().CloseWrite() // fails where the peer has gone, which reading will tell
}

// Close closes the connection as a program does that has had enough. (The kernel
// makes that a RST if it holds input that was not read.)
func (k *Conn) Close() {
	k.c.transcript.note(k.id, "-> close")
	_ = k.tcp.Load().Close() // twice is fine
}

// Reset closes the connection by a RST.
func (k *Conn) Reset() {
	k.c.transcript.note(k.id, "-> RST")
	tcp := k.tcp.Load()
	_ = tcp.SetLinger(0) // fails where the peer has gone already
	_ = tcp.Close()
}

// lastLook is how long a read that has waited in vain looks once more.
const lastLook = 50 * time.Millisecond

// Read reads what comes next, up to len(p) bytes, waiting as long as the judge
// is patient. With no bytes, End says why.
func (k *Conn) Read(p []byte) (int, End) { return k.read(p, k.c.running.pulse.wait(false)) }

// readEnd is Read where nothing is due any more but the end.
func (k *Conn) readEnd(p []byte) (int, End) { return k.read(p, k.c.running.pulse.wait(true)) }

func (k *Conn) read(p []byte, wait *wait) (int, End) {
	pulse := k.c.running.pulse
	for last := false; ; {
		until := wait.slice()
		if last {
			until = now().Add(lastLook)
		}
		if err := k.tcp.Load().SetReadDeadline(until); err != nil {
			return 0, k.cut(err)
		}
		n, err := k.tcp.Load().Read(p)
		if n > 0 {
			k.used.Store(true)
			pulse.beat()
			pulse.proven.Store(true)
			k.c.transcript.transfer(k.id, "<-", p[:n])
			return n, Open
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			k.c.checkTime()
			k.renew()
			if !wait.over() {
				continue
			}
			if !last {
				last = true // the machine may have slept, and the bytes be there
				continue
			}
			wait.inVain()
			k.c.transcript.note(k.id, "<- nothing for %v", now().Sub(wait.start).Round(time.Millisecond))
			return 0, Silent
		case errors.Is(err, io.EOF):
			pulse.beat()
			pulse.unending.Store(false)
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
