package poetry_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"scansion/conformance/reference/poetry"
	"scansion/harness/reactor"
)

// Two servers of one poem on one reactor, and a client that gets it from both.
func Example() {
	poem := []byte("A lamp at the ferry")
	r := reactor.NewTCP(reactor.Config{})
	var addrs []string
	for _, factory := range []reactor.ServerFactory{
		poetry.NewFastFactory(poem),
		poetry.NewSlowFactory(r, poem, poetry.Pace{NumBytes: 5, Delay: time.Millisecond}),
	} {
		port, err := r.ListenTCP("127.0.0.1:0", factory)
		if err != nil {
			fmt.Println(err)
			return
		}
		addrs = append(addrs, port.Addr().String())
	}

	ctx, stop := context.WithCancel(context.Background())
	go func() {
		defer stop()
		for _, addr := range addrs {
			fmt.Println(get(addr))
		}
	}()
	if err := r.Run(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// A lamp at the ferry
	// A lamp at the ferry
}

// get is a poetry client: what comes until the end is the poem.
func get(addr string) string {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	poem, err := io.ReadAll(conn)
	if err != nil {
		return err.Error()
	}
	return string(poem)
}
