package poetryserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"scansion/conformance/checks/poems"
)

const (
	// learnSilence is how long a server may be silent while its poem is learnt.
	learnSilence = 4 * time.Second
	// learnMost is the longest poem that is learnt, in bytes.
	learnMost = 256 * poems.MiB
	// learnFor is how long it may take to learn a poem.
	learnFor = time.Minute
)

// learn returns what a server sends: everything, if it ends orderly, and as much as comes,
// if it does not, which the checks will judge. It is nil if nothing comes and no end
// either. The error is that it does not end. The connection may be closed.
func learn(ctx context.Context, conn net.Conn) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, learnFor)
	defer cancel()
	closeConn := func() { _ = conn.Close() } // ends the reading
	defer context.AfterFunc(limited, closeConn)()
	silent := time.AfterFunc(learnSilence, closeConn)
	defer silent.Stop()
	var poem []byte
	for buf := make([]byte, 64*poems.KiB); len(poem) < learnMost && limited.Err() == nil; silent.Reset(learnSilence) {
		n, err := conn.Read(buf)
		poem = append(poem, buf[:n]...)
		switch {
		case errors.Is(err, io.EOF) && poem == nil:
			return []byte{}, nil // an empty poem
		case err != nil && limited.Err() == nil:
			return poem, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("the server sends without end: %d bytes so far", len(poem))
}
