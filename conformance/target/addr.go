package target

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"scansion/conformance"
)

const (
	// learnWithin is how long a server may be silent while its poem is learnt.
	learnWithin = 5 * time.Second
	// learnMost is the longest poem that is learnt, in bytes.
	learnMost = 256 << 20
)

// Addr is a server that runs already. All cases share it.
type Addr struct {
	addr string

	once sync.Once
	poem []byte
	err  error
}

var _ conformance.Target = (*Addr)(nil)

// NewAddr returns a target for the server at addr, host:port. Its poem is learnt
// from the first connection, unless poem is not nil.
func NewAddr(addr string, poem []byte) (*Addr, error) {
	if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
		return nil, fmt.Errorf("the address %q is not HOST:PORT", addr)
	}
	return &Addr{addr: addr, poem: poem}, nil
}

// Name is the address.
func (a *Addr) Name() string { return a.addr }

// Kind is "addr".
func (a *Addr) Kind() string { return "addr" }

// Single is true.
func (a *Addr) Single() bool { return true }

// Lacks tells that a server that runs already can only be connected to.
func (a *Addr) Lacks(need conformance.Need) string {
	if need == 0 {
		return ""
	}
	return "needs a program that Scansion starts itself: use --exec"
}

// Close does nothing: the server goes on running.
func (a *Addr) Close() error { return nil }

// Start makes sure that the server is there, and learns its poem.
func (a *Addr) Start(ctx context.Context, _ conformance.Setup) (conformance.Instance, error) {
	a.once.Do(func() {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.addr)
		if err != nil {
			a.err = &conformance.StartError{Reason: fmt.Sprintf("nothing accepts connections at %s: %v", a.addr, err)}
			return
		}
		if a.poem == nil {
			a.poem = readPoem(ctx, conn)
		}
		a.err = conn.Close()
	})
	if a.err != nil {
		return nil, a.err
	}
	return served{a}, nil
}

// learn returns what the server at addr sends: everything, if it ends orderly; as
// much as comes, if it does not, which the checks will judge.
func learn(ctx context.Context, addr string) []byte {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil
	}
	defer func() { _ = conn.Close() }() // only read from
	return readPoem(ctx, conn)
}

func readPoem(ctx context.Context, conn net.Conn) []byte {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends the reading
	defer stop()
	silent := time.AfterFunc(learnWithin, func() { _ = conn.Close() })
	defer silent.Stop()
	var poem bytes.Buffer
	buf := make([]byte, 64<<10)
	for poem.Len() < learnMost {
		n, err := conn.Read(buf)
		poem.Write(buf[:n])
		if err != nil {
			break
		}
		silent.Reset(learnWithin)
	}
	return poem.Bytes()
}

// served is the one instance of an Addr.
type served struct{ target *Addr }

// Addr is the server's address.
func (s served) Addr() string { return s.target.addr }

// Poem is what was given or learnt.
func (s served) Poem() []byte { return s.target.poem }

// Exited never closes: nobody can tell.
func (s served) Exited() <-chan struct{} { return nil }

// Exit is never told.
func (s served) Exit() conformance.Exit { return conformance.Exit{} }

// Signal is not supported.
func (s served) Signal(os.Signal) error { return conformance.ErrNotSupported }

// Usage is not supported.
func (s served) Usage() (conformance.Usage, error) {
	return conformance.Usage{}, conformance.ErrNotSupported
}

// Output is nothing: it goes elsewhere.
func (s served) Output() string { return "" }

// Stop does nothing: the server is not ours.
func (s served) Stop() error { return nil }
