package poetryserver

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"scansion/conformance/target"
)

// server is a poetry server. The zero value is faultless; each field, where it is set,
// replaces one thing that the program does, and is the place of a fault.
type server struct {
	load   func(*target.Process) ([]byte, error)
	listen func(*target.Process) (net.Listener, error)

	// handle serves one client, and returns once it is done with it. An error ends
	// the whole program, as an exception that nobody caught.
	handle func(*client) error

	// serial serves one client at a time.
	serial bool

	// first, if not zero, is after how many clients the program accepts no more.
	first int

	// atATime, if not zero, is how many clients it serves at the same time.
	atATime int

	// stop ends the program on a signal.
	stop func(*running, os.Signal)
}

// running is a poetry server at work.
type running struct {
	*target.Process
	poem     []byte
	listener net.Listener
	crashed  chan error
	ended    chan struct{} // closed when the program is told to end

	mu       sync.Mutex
	clients  map[*client]bool
	accepted atomic.Int64
	cursor   atomic.Int64 // for faults: a place in the poem that clients share
	sending  atomic.Int64 // for faults: how many clients are being sent the poem
	workers  sync.WaitGroup
	once     sync.Once
}

// client is one connection of a poetry server.
type client struct {
	*target.TrackedConn
	server *running
	number int // 1 for the first
}

func (s server) main(p *target.Process) error {
	load := loadPoem
	if s.load != nil {
		load = s.load
	}
	poem, err := load(p)
	if err != nil {
		return err
	}
	listen := (*target.Process).Listen
	if s.listen != nil {
		listen = s.listen
	}
	listener, err := listen(p)
	if err != nil {
		return err
	}
	r := &running{
		Process: p, poem: poem, listener: listener,
		crashed: make(chan error, 1), ended: make(chan struct{}), clients: map[*client]bool{},
	}
	r.workers.Go(func() { s.watch(r) })
	go s.acceptAll(r) // until the listener is closed, which may be after main has returned
	select {
	case <-r.ended:
	case err = <-r.crashed:
		r.end()
	}
	r.mu.Lock()   // after which nobody begins to work any more
	r.mu.Unlock() //nolint:staticcheck // the lock is what is waited for
	r.workers.Wait()
	return err
}

// watch ends the program when it is told to.
func (s server) watch(r *running) {
	for {
		select {
		case signal := <-r.Signals():
			if s.stop != nil {
				s.stop(r, signal)
				continue
			}
			r.end()
		case <-r.Context().Done():
			r.end()
		case <-r.ended:
			return
		}
	}
}

func (s server) acceptAll(r *running) {
	handle := send
	if s.handle != nil {
		handle = s.handle
	}
	free := make(chan struct{}, s.atATime)
	for s.first == 0 || int(r.accepted.Load()) < s.first {
		if s.atATime > 0 {
			select {
			case free <- struct{}{}:
			case <-r.ended:
				return
			}
		}
		conn, err := r.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		c := &client{TrackedConn: conn.(*target.TrackedConn), server: r, number: int(r.accepted.Add(1))}
		serve := func() {
			defer func() {
				r.leave(c)
				if s.atATime > 0 {
					<-free
				}
			}()
			if err := handle(c); err != nil {
				r.crash(err)
			}
		}
		if r.enter(c, serve, !s.serial) && s.serial {
			serve()
		}
	}
}

// enter lets a client in, and has it served by a worker if it is to be. It returns
// false, and the client is turned away, once the program has been told to end.
func (r *running) enter(c *client, serve func(), byWorker bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.ended:
		_ = c.drop()
		return false
	default:
	}
	r.clients[c] = true
	if byWorker {
		r.workers.Go(serve)
	}
	return true
}

func (r *running) leave(c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.clients, c)
}

func (r *running) open() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.clients)
}

// end closes what the program has open, which ends everything it does.
func (r *running) end() {
	_ = r.listener.Close()
	r.abandon()
}

// abandon ends the program, but for its listener: something that it started holds
// that too.
func (r *running) abandon() {
	r.once.Do(func() { close(r.ended) })
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.clients {
		_ = c.Close()
	}
}

// crash ends the program with an error.
func (r *running) crash(err error) {
	select {
	case r.crashed <- err:
	default: // it has crashed already
	}
	_ = r.listener.Close()
}

// pause waits, unless the program ends first.
func (c *client) pause(d time.Duration) { pause(c.server.Context(), c.server.ended, d) }

func pause(ctx context.Context, ended <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ended:
	case <-ctx.Done():
	}
}

// loadPoem reads the file of the poem.
func loadPoem(p *target.Process) ([]byte, error) { return p.ReadFile("poem") }

// send serves a client as it should be.
func send(c *client) error { return c.sends(c.server.poem) }

// sends writes a poem, or what is made of one, and finishes.
func (c *client) sends(poem []byte) error {
	if _, err := c.Write(poem); err != nil {
		return c.drop()
	}
	return c.finish()
}

// finish closes the connection so that all that was written is read: it sends a
// FIN, and takes what the client has sent until the client closes, or for a while.
func (c *client) finish() error {
	if err := c.CloseWrite(); err != nil {
		return c.drop()
	}
	if err := c.SetReadDeadline(soon(2 * time.Second)); err != nil {
		return c.drop()
	}
	return c.drain()
}

// drain takes what the client sends until the client closes, and drops the connection.
func (c *client) drain() error {
	_, _ = io.Copy(io.Discard, c) // the client's end, or the deadline's
	return c.drop()
}

// halfClose sends the poem and a FIN, and leaves our end of the connection open.
func (c *client) halfClose() error {
	if _, err := c.Write(c.server.poem); err != nil {
		return err
	}
	return c.CloseWrite()
}

// keep leaves the connection open until the program ends.
func (c *client) keep() error {
	<-c.server.ended
	return c.drop()
}

// drop closes the connection. Errors are the client's, who has gone.
func (c *client) drop() error {
	_ = c.Close()
	return nil
}

// reset closes the connection by a RST.
func (c *client) reset() error {
	_ = c.SetLinger(0)
	return c.drop()
}

// writer sends the poem piece by piece.
type writer struct {
	piece  int                        // bytes of each; default 64 KiB
	every  time.Duration              // after each, if not zero
	within time.Duration              // each may take; no limit if zero
	failed func(*client, error) error // what is done if a write fails; default drop
	finish func(*client) error        // what is done at the end; default (*client).finish
}

func (w writer) send(c *client) error {
	piece := cmp.Or(w.piece, 64<<10)
	for rest := c.server.poem; len(rest) > 0; {
		if w.within > 0 {
			if err := c.SetWriteDeadline(soon(w.within)); err != nil {
				return c.drop()
			}
		}
		n, err := c.Write(rest[:min(len(rest), piece)])
		switch {
		case err != nil && w.failed != nil:
			return w.failed(c, err)
		case err != nil:
			return c.drop()
		}
		rest = rest[n:]
		if w.every > 0 {
			c.pause(w.every)
		}
	}
	if w.finish != nil {
		return w.finish(c)
	}
	return c.finish()
}

// notices is a server that sends the poem in pieces, and does what the fault is with a
// client that has left.
func notices(left func(*client, error) error) server {
	return server{handle: writer{failed: left}.send}
}

// listens is a server that looks for up to most bytes of input before it sends, and does
// with them what the fault is. Err is that of the read.
func listens(wait time.Duration, most int, then func(c *client, input []byte, err error) error) server {
	return server{handle: func(c *client) error {
		if err := c.SetReadDeadline(soon(wait)); err != nil {
			return c.drop()
		}
		input := make([]byte, most)
		n, err := c.Read(input)
		return then(c, input[:n:n], err)
	}}
}

// soon is a deadline.
func soon(d time.Duration) time.Time {
	return time.Now().Add(d) //nolint:forbidigo // the one clock of these peers
}
