package transform_test

import (
	"context"
	"fmt"
	"net"
	"strings"

	"scansion/conformance/reference/netstring"
	"scansion/conformance/reference/transform"
	"scansion/harness/reactor"
)

// lowerer is a server of one transformation.
type lowerer struct {
	transport reactor.Transport
	decoder   netstring.Decoder
}

func (l *lowerer) ConnectionMade(t reactor.Transport) { l.transport = t }
func (l *lowerer) ConnectionLost(error)               {}

func (l *lowerer) DataReceived(data []byte) {
	l.decoder.Feed(data)
	if !l.decoder.Next() {
		return
	}
	if name, poem, _ := strings.Cut(string(l.decoder.Bytes()), "."); name == transform.Cummingsify {
		l.transport.Write(netstring.Append(nil, strings.ToLower(poem)))
	}
	l.transport.LoseConnection()
}

// A server that knows one transformation is asked for two, one after the other.
func Example() {
	r := reactor.NewTCP(reactor.Config{})
	port, err := r.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &lowerer{} }))
	if err != nil {
		fmt.Println(err)
		return
	}

	ask := func(name string, then func()) {
		answer := transform.Do(r, port.Addr().String(), name, []byte("A Lamp at the Ferry"))
		answer.AddBoth(func(poem []byte, err error) ([]byte, error) {
			if err != nil {
				_, reason, _ := strings.Cut(err.Error(), "transform a poem: ")
				fmt.Println(name, "fails:", reason)
			} else {
				fmt.Printf("%s gives %q\n", name, poem)
			}
			then()
			return nil, nil
		})
	}
	r.CallWhenRunning(func() {
		ask(transform.Cummingsify, func() {
			ask("shout", func() { _ = r.Stop() }) // it runs
		})
	})
	if err := r.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// cummingsify gives "a lamp at the ferry"
	// shout fails: the connection was closed without an answer
}
