package poetryclient

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"scansion/conformance/target"
)

// client is a poetry client. The zero value is faultless; each field, where it is set,
// replaces one thing that the program does, and is the place of a fault.
type client struct {
	// addrs are the addresses that it downloads from.
	addrs func(*run) []string

	// begin is called with each connection when it was made.
	begin func(*run, *target.TrackedConn)

	// read reads a poem to its end.
	read func(*run, *target.TrackedConn) ([]byte, error)

	// transform sends a poem through a transform server; without one it is not called.
	transform func(r *run, addr string, poem []byte) ([]byte, error)

	// fallBack is what is handed on of a poem that could not be transformed, and why.
	fallBack func(r *run, poem []byte, err error) []byte

	// write hands a poem on.
	write func(*run, []byte) error

	// failed is called for each poem that failed. An error ends the program at once.
	failed func(*run, error) error

	// inTurn downloads from one address after another.
	inTurn bool

	// atEnd hands on the poems when all have come, in the order of the addresses.
	atEnd bool

	// end is how the program ends.
	end func(*run) error
}

// run is a client at work.
type run struct {
	*target.Process
	client   client
	mu       sync.Mutex // held by whoever writes
	failures int
	poems    int // handed on, or failed
}

func (c client) main(p *target.Process) error {
	r := &run{Process: p, client: c.withDefaults()}
	addrs := r.client.addrs(r)
	poems := make([][]byte, len(addrs))
	ends := make(chan error, len(addrs))
	for i := range addrs {
		one := func() {
			poem, err := r.get(addrs[i])
			ends <- r.take(poem, err, &poems[i])
		}
		if !c.inTurn {
			go one()
			continue
		}
		one()
		if err := r.next(ends); err != nil {
			return err
		}
		ends <- nil // it is counted below
	}
	for range addrs {
		if err := r.next(ends); err != nil {
			return err
		}
	}
	if c.atEnd {
		for _, poem := range poems {
			if err := r.client.write(r, poem); err != nil {
				return err
			}
		}
	}
	return r.client.end(r)
}

// next is what comes next of the downloads, unless the program is ended.
func (r *run) next(ends <-chan error) error {
	select {
	case err := <-ends:
		return err
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

func (c client) withDefaults() client {
	if c.addrs == nil {
		c.addrs = func(r *run) []string { return r.Words("addrs") }
	}
	if c.begin == nil {
		c.begin = func(*run, *target.TrackedConn) {}
	}
	if c.read == nil {
		c.read = readAll
	}
	if c.transform == nil {
		c.transform = transform
	}
	if c.fallBack == nil {
		c.fallBack = tellAndKeep
	}
	if c.write == nil {
		c.write = writeAsItIs
	}
	if c.failed == nil {
		c.failed = tell
	}
	if c.end == nil {
		c.end = exitStatus
	}
	return c
}

// get downloads one poem, and has it transformed if the program was told where.
func (r *run) get(addr string) ([]byte, error) {
	conn, err := r.Dial(addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // it was only read from
	r.client.begin(r, conn)
	if err := conn.SetReadDeadline(r.deadline()); err != nil {
		return nil, err
	}
	poem, err := r.client.read(r, conn)
	server := r.Word("transform")
	if err != nil || server == "" {
		return poem, err
	}
	transformed, err := r.client.transform(r, server, poem)
	if err != nil {
		return r.client.fallBack(r, poem, err), nil
	}
	return transformed, nil
}

// deadline is when a poem must be there that is begun now.
func (r *run) deadline() time.Time {
	seconds, err := strconv.Atoi(r.Word("timeout"))
	if err != nil {
		return time.Time{} // it was told none
	}
	return soon(time.Duration(seconds) * time.Second)
}

// soon is a deadline.
func soon(d time.Duration) time.Time {
	return time.Now().Add(d) //nolint:forbidigo // peers are programs in Go's time
}

// pause waits, unless the program is ended first.
func (r *run) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// hang waits until the program is ended.
func (r *run) hang() { <-r.Context().Done() }

// take counts what came of one poem, and hands it on or keeps it.
func (r *run) take(poem []byte, err error, keep *[]byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.poems++
	if err != nil {
		r.failures++
		return r.client.failed(r, err)
	}
	*keep = poem
	if r.client.atEnd {
		return nil
	}
	return r.client.write(r, poem)
}

// readAll reads a poem to its end.
func readAll(_ *run, conn *target.TrackedConn) ([]byte, error) { return io.ReadAll(conn) }

func writeAsItIs(r *run, poem []byte) error {
	_, err := r.Stdout().Write(poem)
	return err
}

func tell(r *run, err error) error {
	fmt.Fprintln(r, err)
	return nil
}

func tellAndKeep(r *run, poem []byte, err error) []byte {
	fmt.Fprintln(r, "not transformed:", err)
	return poem
}

func exitStatus(r *run) error {
	if r.failures > 0 {
		return target.ExitStatus(1)
	}
	return nil
}

// transform is a client of transform servers.
func transform(r *run, addr string, poem []byte) ([]byte, error) {
	return transformBy(r, addr, fmt.Appendf(nil, "%d:cummingsify.%s,", len(poem)+len("cummingsify."), poem), readAll)
}

// transformBy sends a request to a transform server, and returns what is in the netstring
// that it reads.
func transformBy(r *run, addr string, request []byte, read func(*run, *target.TrackedConn) ([]byte, error)) ([]byte, error) {
	conn, err := r.Dial(addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // what matters was read
	if err := conn.SetDeadline(soon(3 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	answer, err := read(r, conn)
	if err != nil {
		return nil, err
	}
	return unwrap(answer)
}

// unwrap is what is in a netstring.
func unwrap(answer []byte) ([]byte, error) {
	digits, rest, _ := bytes.Cut(answer, []byte(":"))
	n, err := strconv.Atoi(string(digits))
	if err != nil || len(rest) != n+1 || rest[n] != ',' {
		return nil, errors.New("the answer is no netstring")
	}
	return rest[:n], nil
}
