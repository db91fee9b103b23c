package fakes_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"scansion/fakes"
	"scansion/harness/reactor"
)

// Hours pass on a clock while a test moves it.
func ExampleClock() {
	clock := fakes.NewClock()
	alarm := clock.CallLater(8*time.Hour, func() { fmt.Println("ring at", clock.Now().Format(time.TimeOnly)) })
	clock.CallLater(time.Hour, func() {
		fmt.Println("sleeping at", clock.Now().Format(time.TimeOnly))
	})

	clock.Elapse(3 * time.Hour)
	fmt.Println(len(clock.Pending()), "call is pending, in", alarm.Time().Sub(clock.Now()))
	clock.Elapse(9 * time.Hour)
	fmt.Println("awake at", clock.Now().Format(time.TimeOnly))
	// Output:
	// sleeping at 01:00:00
	// 1 call is pending, in 5h0m0s
	// ring at 08:00:00
	// awake at 12:00:00
}

// shouter answers in capitals, and ends the conversation after an answer.
type shouter struct{ transport reactor.Transport }

func (s *shouter) ConnectionMade(transport reactor.Transport) { s.transport = transport }
func (s *shouter) ConnectionLost(error)                       {}
func (s *shouter) DataReceived(data []byte) {
	s.transport.Write(bytes.ToUpper(data))
	s.transport.LoseConnection()
}

// asker asks, and then stops the reactor.
type asker struct{ reactor reactor.Reactor }

func (a *asker) ConnectionMade(transport reactor.Transport) {
	transport.Write([]byte("a lamp at the ferry"))
}

func (a *asker) DataReceived(data []byte) { fmt.Printf("answer: %s\n", data) }

func (a *asker) ConnectionLost(reason error) {
	fmt.Println("client:", reason)
	_ = a.reactor.Stop() // it is running
}

// Two protocols talk, on two hosts, on a slow link; the log shows what has travelled.
func ExampleNetwork() {
	clock := fakes.NewClock()
	network := fakes.NewNetwork(clock, fakes.NetworkConfig{
		Link: fakes.Link{MinLatency: 250 * time.Millisecond},
		Log:  os.Stdout,
	})

	server := network.Host("server").Reactor(reactor.Config{})
	_, err := server.ListenTCP(":80", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &shouter{} }))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := server.Start(); err != nil {
		fmt.Println(err)
		return
	}

	client := network.Host("client").Reactor(reactor.Config{})
	reactor.ConnectProtocol(client, "server:80", &asker{reactor: client}, reactor.ConnectOptions{})
	if err := client.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 0.000000000 #0 - listen 198.18.0.1:80
	// 0.000000000 #1 > connect 198.18.0.2:49152 198.18.0.1:80
	// 0.250000000 #1 > accept
	// 0.500000000 #1 < connected
	// 0.750000000 #1 > data 19 "a lamp at the ferry"
	// 1.000000000 #1 < data 19 "A LAMP AT THE FERRY"
	// answer: A LAMP AT THE FERRY
	// 1.000000000 #1 < FIN
	// client: the connection was closed cleanly
}

// The same seed makes the same world, whatever goes wrong in it.
func ExampleSimulate() {
	config := fakes.WorldConfig{
		Link:   fakes.Link{MinLatency: time.Millisecond, MaxLatency: time.Second, RandomCuts: true},
		Faults: fakes.Faults{Stalls: 2, Resets: 2, Partitions: 2},
	}
	build := func(w *fakes.World) error {
		server := w.Reactor("server")
		_, err := server.ListenTCP(":80", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &shouter{} }))
		for i := range 10 {
			client := w.Reactor(fmt.Sprint("client", i))
			wait := time.Duration(w.Rand.Int64N(int64(10 * time.Second)))
			client.CallLater(wait, func() {
				reactor.ConnectProtocol(client, "server:80", &sender{}, reactor.ConnectOptions{})
			})
		}
		return err
	}
	one, err := fakes.Simulate(42, config, build)
	if err != nil {
		fmt.Println(err)
	}
	two, err := fakes.Simulate(42, config, build)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(len(one) > 0, bytes.Equal(one, two))
	// Output:
	// true true
}

// sender sends a line, and takes what comes.
type sender struct{}

func (*sender) ConnectionMade(transport reactor.Transport) {
	transport.Write([]byte("a lamp at the ferry"))
}
func (*sender) DataReceived([]byte)  {}
func (*sender) ConnectionLost(error) {}

// A protocol by itself writes to a transport that leads nowhere.
func ExampleTransport() {
	var transport fakes.Transport
	s := &shouter{}
	s.ConnectionMade(&transport)
	s.DataReceived([]byte("a lamp at the ferry"))
	fmt.Printf("%s, disconnecting: %v\n", transport.Value(), transport.Disconnecting())
	// Output:
	// A LAMP AT THE FERRY, disconnecting: true
}
