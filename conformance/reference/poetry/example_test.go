package poetry_test

import (
	"context"
	"fmt"
	"time"

	"scansion/conformance/reference/poetry"
	"scansion/harness/deferred"
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

	r.CallWhenRunning(func() {
		both := deferred.Gather([]*deferred.Deferred[[]byte]{poetry.Get(r, addrs[0]), poetry.Get(r, addrs[1])}, true)
		both.AddBoth(func(poems [][]byte, err error) ([][]byte, error) {
			fmt.Printf("%s, %v\n", poems, err)
			return nil, r.Stop()
		})
	})
	if err := r.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [A lamp at the ferry A lamp at the ferry], <nil>
}
