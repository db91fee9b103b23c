package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"scansion/conformance"
)

const (
	// learnWithin is how long a server may be silent while its poem is learnt.
	learnWithin = 4 * time.Second
	// learnMost is the longest poem that is learnt, in bytes.
	learnMost = 256 << 20
	// learnFor is how long learning a poem may take altogether.
	learnFor = time.Minute
)

// errNoEnd says that a server sent more than can be taken for a poem.
var errNoEnd = errors.New("the server sends without end")

// Addr is a server that runs already. All cases share it.
type Addr struct {
	addr   string
	silent time.Duration // how long the server may be, while its poem is learnt

	once sync.Once
	mute bool // it said nothing when its poem was to be learnt
	poem []byte
	err  error
}

var _ conformance.Target = (*Addr)(nil)

// NewAddr returns a target for the server at addr, host:port. Its poem is learnt
// from the first connection, unless poem is not nil.
func NewAddr(addr string, poem []byte) (*Addr, error) {
	if err := CheckAddr(addr); err != nil {
		return nil, err
	}
	return &Addr{addr: addr, silent: learnWithin, poem: poem}, nil
}

// CheckAddr fails unless addr is the address of a server, host:port, as it is written.
func CheckAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if number, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || number == 0 {
		return fmt.Errorf("the address %q is not HOST:PORT, with a port from 1 to 65535", addr)
	}
	return nil
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
func (a *Addr) Start(ctx context.Context, setup conformance.Setup) (conformance.Instance, error) {
	a.once.Do(func() {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.addr)
		if err != nil {
			a.err = &conformance.StartError{Reason: fmt.Sprintf("nothing accepts connections at %s: %v", a.addr, err)}
			return
		}
		defer func() { _ = conn.Close() }() // only read from
		if a.poem != nil {
			return
		}
		if a.poem, err = readPoem(ctx, conn, a.silent); err != nil {
			a.err = &conformance.StartError{Reason: fmt.Sprintf("the poem of %s could not be learnt: %v; give it with --poem", a.addr, err)}
			return
		}
		if a.poem == nil {
			a.mute = true
			a.poem = setup.Fixture.Bytes() // of which it will be judged to say nothing
		}
	})
	if a.err != nil {
		return nil, a.err
	}
	return served{a}, nil
}

// learn returns what the server at addr sends: everything, if it ends orderly; as
// much as comes, if it does not, which the checks will judge; nil, if nothing comes
// and no end either. The error is that it does not end.
func learn(ctx context.Context, addr string) ([]byte, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, nil //nolint:nilerr // nothing comes, for which it will be judged
	}
	defer func() { _ = conn.Close() }() // only read from
	return readPoem(ctx, conn, learnWithin)
}

// readPoem reads a poem from a server that may be silent for so long. An empty poem,
// orderly ended, is not nil.
func readPoem(ctx context.Context, conn net.Conn, silence time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, learnFor)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends the reading
	defer stop()
	silent := time.AfterFunc(silence, func() { _ = conn.Close() })
	defer silent.Stop()
	var poem []byte
	buf := make([]byte, 64<<10)
	for len(poem) < learnMost {
		n, err := conn.Read(buf)
		poem = append(poem, buf[:n]...)
		if errors.Is(err, io.EOF) && poem == nil {
			return []byte{}, nil // an empty poem
		}
		if err != nil && ctx.Err() == nil {
			return poem, nil
		}
		if err != nil {
			break
		}
		silent.Reset(silence)
	}
	return nil, fmt.Errorf("%w: %d bytes so far", errNoEnd, len(poem))
}

// served is the one instance of an Addr.
type served struct{ target *Addr }

// Addr is the server's address.
func (s served) Addr() string { return s.target.addr }

// Poem is what was given or learnt.
func (s served) Poem() []byte { return s.target.poem }

// Mute reports whether the server said nothing when its poem was to be learnt.
func (s served) Mute() bool { return s.target.mute }

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
