package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// Conn is a connection between a case and a program under test, whichever of them made
// it. What goes over it is recorded in the case's transcript. One goroutine may read
// while another writes.
type Conn struct {
	c       *Case
	lane    string
	options DialOptions
	socket  atomic.Pointer[Socket]
	used    atomic.Bool // something was sent or received
	again   int         // how often it was lost
	holds   func(client net.Addr) bool
	forget  func() // when the connection was closed
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

func (c *Case) newConn(lane string, socket Socket) *Conn {
	k := &Conn{c: c, lane: lane}
	k.socket.Store(&socket)
	k.forget = c.closeWithCase(k.closeSocket)
	return k
}

func (k *Conn) closeSocket() { _ = k.net().Close() } // twice is fine

// net is the socket, which may be replaced by [Conn.renew].
func (k *Conn) net() Socket { return *k.socket.Load() }

// mostAgain bounds how often a connection is made again that the system has lost.
const mostAgain = 5

// renew connects again if the system has lost the connection before the program had
// it: with more clients at once than the program's queue has room for, a kernel that
// answers with SYN cookies forgets some, and never tells them. That is no fault, unless
// of a program that should serve many at once, and then it still is one.
func (k *Conn) renew() {
	socket := k.net()
	if k.holds == nil || k.used.Load() || k.again == mostAgain || k.holds(socket.LocalAddr()) {
		return
	}
	fresh, err := k.c.connect(socket.RemoteAddr().String(), k.options)
	if err != nil {
		return // the wait goes on, and ends as it would have
	}
	k.again++
	k.c.recorder.note(k.lane, "the system has lost the connection: connected again")
	k.socket.Store(&fresh)
	_ = socket.Close() // nobody was at the other end
	if k.c.ctx.Err() != nil {
		_ = fresh.Close() // the case is over
	}
}

// Send writes all of data. The error tells that the peer has gone, which is for
// the check to judge.
func (k *Conn) Send(data []byte) error {
	wait := k.c.activity.wait(false)
	k.used.Store(true)
	for len(data) > 0 {
		if err := k.net().SetWriteDeadline(wait.Next()); err != nil {
			k.c.checkTime()
			return err
		}
		n, err := k.net().Write(data)
		if n > 0 {
			k.c.recorder.transfer(k.lane, Sent, data[:n])
		}
		if n > 0 && err != nil {
			k.c.activity.seen() // it has made room for what did not fit before
		}
		data = data[n:]
		if err != nil && (!errors.Is(err, os.ErrDeadlineExceeded) || wait.Over()) {
			k.c.checkTime()
			k.c.recorder.note(k.lane, "-> failed: %v", err)
			return err
		}
	}
	return nil
}

// SendBytes writes data byte by byte, each in a segment of its own where the network
// keeps them apart.
func (k *Conn) SendBytes(data []byte) error {
	for i := range data {
		if err := k.Send(data[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

// CloseWrite closes our sending side: a FIN, with reading still possible.
func (k *Conn) CloseWrite() {
	k.used.Store(true)
	k.c.recorder.note(k.lane, "-> FIN")
	_ = k.net().CloseWrite() // fails where the peer has gone, which reading will tell
}

// Close closes the connection as a program does that has had enough. (The kernel
// makes that a RST if it holds input that was not read.)
func (k *Conn) Close() {
	k.c.recorder.note(k.lane, "-> close")
	k.closeSocket()
	k.forget()
}

// Reset closes the connection by a RST.
func (k *Conn) Reset() {
	k.c.recorder.note(k.lane, "-> RST")
	_ = k.net().SetLinger(0) // fails where the peer has gone
	k.closeSocket()
	k.forget()
}

// lastLook is how long a read that has waited in vain looks once more.
const lastLook = 50 * time.Millisecond

// Read reads what comes next, up to len(p) bytes, waiting as long as the judge
// is patient. With no bytes, End says why.
func (k *Conn) Read(p []byte) (int, End) { return k.read(p, k.c.activity.wait(false)) }

// ReadEnd is Read where nothing is due any more but the end.
func (k *Conn) ReadEnd(p []byte) (int, End) { return k.read(p, k.c.activity.wait(true)) }

func (k *Conn) read(p []byte, wait *wait) (int, End) {
	activity := k.c.activity
	for last := false; ; {
		until := wait.Next()
		if last {
			until = now().Add(lastLook)
		}
		if err := k.net().SetReadDeadline(until); err != nil {
			return 0, k.cut(err)
		}
		n, err := k.net().Read(p)
		if n > 0 {
			k.used.Store(true)
			activity.seen()
			activity.works.Store(true)
			k.c.recorder.transfer(k.lane, Received, p[:n])
			return n, Open
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			k.c.checkTime()
			k.renew()
			if !wait.Over() {
				continue
			}
			if !last {
				last = true // the machine may have slept, and the bytes be there
				continue
			}
			wait.inVain()
			k.c.recorder.note(k.lane, "<- nothing for %v", now().Sub(wait.start).Round(time.Millisecond))
			return 0, Silent
		case errors.Is(err, io.EOF):
			activity.seen()
			activity.unending.Store(false)
			k.c.recorder.note(k.lane, "<- FIN")
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
	k.c.activity.seen()
	if errors.Is(err, syscall.ECONNRESET) {
		k.c.recorder.note(k.lane, "<- RST")
	} else {
		k.c.recorder.note(k.lane, "<- failed: %v", err)
	}
	return RST
}

// ExpectBytes fails the case unless exactly these bytes come next. What comes after
// them is not looked at.
func (k *Conn) ExpectBytes(want []byte) {
	got := make([]byte, len(want))
	for n := 0; n < len(want); {
		read, end := k.Read(got[n:])
		if end != Open {
			k.c.Wrong(fmt.Sprintf("%s on %s", Quote(want), k.lane), fmt.Sprintf("%v after %s", end, Quote(got[:n])))
		}
		if !bytes.Equal(got[n:n+read], want[n:n+read]) {
			k.c.Wrong(fmt.Sprintf("%s on %s", Quote(want), k.lane), Quote(got[:n+read]))
		}
		n += read
	}
}

// ExpectFIN fails the case unless the program closes its sending side, orderly, and has
// sent nothing more.
func (k *Conn) ExpectFIN() {
	buf := make([]byte, 64)
	if n, end := k.ReadEnd(buf); end != FIN {
		seen := end.String()
		if n > 0 {
			seen = Quote(buf[:n])
		}
		k.c.Wrong("an orderly close of "+k.lane, seen)
	}
}

// ExpectNothingSent fails the case if the program sends anything, from what was read last
// to the end of its sending side or, if it does not end that, for as long as the judge is
// patient.
func (k *Conn) ExpectNothingSent() {
	buf := make([]byte, 64)
	if n, _ := k.ReadEnd(buf); n > 0 {
		k.c.Wrong("not a byte from the program on "+k.lane, Quote(buf[:n]))
	}
}

// ListenFor waits for so long, and returns how the program's sending side stands: Silent
// if nothing came, Open if some bytes did, which are lost.
func (k *Conn) ListenFor(d time.Duration) End {
	if err := k.net().SetReadDeadline(now().Add(d)); err != nil {
		return k.cut(err)
	}
	buf := make([]byte, 4096)
	switch n, err := k.net().Read(buf); {
	case n > 0:
		k.c.recorder.transfer(k.lane, Received, buf[:n])
		return Open
	case errors.Is(err, os.ErrDeadlineExceeded):
		k.c.checkTime()
		return Silent
	case errors.Is(err, io.EOF):
		k.c.recorder.note(k.lane, "<- FIN")
		return FIN
	default:
		return k.cut(err)
	}
}

// PeerHasLeft waits for so long, and reports whether the program has ended the connection,
// or its sending side.
func (k *Conn) PeerHasLeft(within time.Duration) bool {
	end := k.ListenFor(within)
	return end == FIN || end == RST
}
