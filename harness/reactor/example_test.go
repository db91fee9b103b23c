package reactor_test

import (
	"context"
	"fmt"
	"io"
	"net"

	"scansion/fakes"
	"scansion/harness/reactor"
)

// Echo sends back what it receives.
type Echo struct{ reactor.ProtocolBase }

func (e *Echo) DataReceived(data []byte) { e.Transport.Write(data) }

func newEcho(net.Addr) reactor.Protocol { return &Echo{} }

// An echo server: Twisted's needs a class for the factory, too. An ordinary client tries it
// and then stops it.
func Example() {
	r := reactor.NewTCP(reactor.Config{})
	port, err := r.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(newEcho))
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, stop := context.WithCancel(context.Background())
	go func() {
		defer stop()
		fmt.Println(ask(port.Addr().(*net.TCPAddr), "a lamp at the ferry"))
	}()
	if err := r.Run(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// client: a lamp at the ferry
}

// What a test of the echo server does, without a network.
func ExampleProtocolBase() {
	var transport fakes.Transport
	echo := newEcho(nil)
	echo.ConnectionMade(&transport)
	echo.DataReceived([]byte("a lamp at the ferry"))
	fmt.Printf("%s\n", transport.Value())
	// Output:
	// a lamp at the ferry
}

// ask sends a question and the end of it, and returns the answer.
func ask(addr *net.TCPAddr, question string) string {
	conn, err := net.DialTCP("tcp", nil, addr)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, question); err != nil {
		return err.Error()
	}
	if err := conn.CloseWrite(); err != nil {
		return err.Error()
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return err.Error()
	}
	return "client: " + string(answer)
}
