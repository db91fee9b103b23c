package reactor_test

import (
	"context"
	"fmt"
	"io"
	"net"

	"scansion/harness/reactor"
)

// echo sends back what it receives, until the peer has no more to say.
type echo struct{ transport reactor.Transport }

func (e *echo) ConnectionMade(transport reactor.Transport) { e.transport = transport }
func (e *echo) DataReceived(data []byte)                   { e.transport.Write(data) }
func (e *echo) ConnectionLost(reason error)                { fmt.Println("server:", reason) }

// An echo server, and an ordinary client that tries it and then stops it.
func Example() {
	r := reactor.NewTCP(reactor.Config{})
	port, err := r.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
		return &echo{}
	}))
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
	// Unordered output:
	// client: a lamp at the ferry
	// server: the connection was closed cleanly
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
