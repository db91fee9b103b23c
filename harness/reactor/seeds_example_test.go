package reactor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"scansion/fakes"
	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

// question is a protocol that says one thing and waits for the whole answer.
type question struct {
	say    string
	heard  bytes.Buffer
	answer *deferred.Deferred[string]
}

func (q *question) ConnectionMade(t reactor.Transport) {
	t.Write([]byte(q.say))
	t.LoseWriteConnection()
}

func (q *question) DataReceived(data []byte) { q.heard.Write(data) }

func (q *question) ConnectionLost(reason error) {
	if errors.Is(reason, reactor.ErrConnectionDone) {
		_ = q.answer.Callback(q.heard.String())
		return
	}
	_ = q.answer.Errback(reason)
}

// put asks a server, and returns its answer.
func put(r reactor.Reactor, addr, say string) *deferred.Deferred[string] {
	connected := reactor.ConnectProtocol(r, addr, &question{say: say, answer: deferred.New[string]()}, reactor.ConnectOptions{})
	return deferred.Then(connected, func(q *question) *deferred.Deferred[string] { return q.answer })
}

// answering is a protocol that answers what it was sent once the peer has said all,
// after some time.
type answering struct {
	clock     reactor.Clock
	reply     func(question string) (answer string, after time.Duration)
	transport reactor.Transport
	heard     bytes.Buffer
}

var _ reactor.HalfCloser = (*answering)(nil)

func (a *answering) ConnectionMade(t reactor.Transport) { a.transport = t }
func (a *answering) DataReceived(data []byte)           { a.heard.Write(data) }
func (a *answering) ConnectionLost(error)               {}

func (a *answering) ReadConnectionLost() {
	answer, after := a.reply(a.heard.String())
	a.clock.CallLater(after, func() {
		a.transport.Write([]byte(answer))
		a.transport.LoseConnection()
	})
}

// answer has a host of a network answer at a port.
func answer(host *fakes.Host, port string, reply func(string) (string, time.Duration)) {
	r := host.Reactor(reactor.Config{})
	_, err := r.ListenTCP(":"+port, reactor.FactoryFunc(func(net.Addr) reactor.Protocol {
		return &answering{clock: r, reply: reply}
	}))
	if err == nil {
		err = r.Start()
	}
	if err != nil {
		fmt.Println(err)
	}
}

// The reverse look-up of the slides: all questions are asked at once, so that they take
// as long as the slowest, and those without an answer are left out.
func Example_reverseLookup() {
	network := fakes.NewNetwork(fakes.NewClock(), fakes.NetworkConfig{})
	names := map[string]string{
		"9.113.0.203.in-addr.arpa":  "ferry.example",
		"20.113.0.203.in-addr.arpa": "lamp.example",
	}
	answer(network.Host("names"), "53", func(question string) (string, time.Duration) {
		if name, ok := names[question]; ok {
			return name, time.Duration(len(name)) * 10 * time.Millisecond
		}
		return "", 200 * time.Millisecond
	})

	r := network.Host("here").Reactor(reactor.Config{})
	lookup := func(addr string) *deferred.Deferred[string] {
		octets := strings.Split(addr, ".")
		slices.Reverse(octets)
		return put(r, "names:53", strings.Join(octets, ".")+".in-addr.arpa").AddCallback(func(name string) (string, error) {
			if name == "" {
				return "", fmt.Errorf("%s has no name", addr)
			}
			return name, nil
		})
	}
	start := r.Now()
	r.CallWhenRunning(func() {
		var lookups []*deferred.Deferred[string]
		for _, addr := range []string{"203.0.113.20", "203.0.113.66", "203.0.113.9"} {
			lookups = append(lookups, lookup(addr))
		}
		all := deferred.List(lookups, deferred.ListOptions{ConsumeErrors: true})
		all.AddCallback(func(results deferred.ListResult[string]) (deferred.ListResult[string], error) {
			for _, result := range results.Outcomes {
				if result.Err == nil {
					fmt.Println(result.Value)
				}
			}
			fmt.Println("all in", r.Now().Sub(start))
			return results, r.Stop()
		})
	})
	if err := r.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// lamp.example
	// ferry.example
	// all in 200ms
}

// The page of the slides, with its chain of two callbacks and an errback.
func Example_pageFetch() {
	network := fakes.NewNetwork(fakes.NewClock(), fakes.NetworkConfig{})
	answer(network.Host("www.example"), "80", func(request string) (string, time.Duration) {
		return "HTTP/1.0 200 OK\r\n\r\nthe page for " + strings.Fields(request)[1], time.Second
	})

	r := network.Host("here").Reactor(reactor.Config{})
	page := func(host string) *deferred.Deferred[string] {
		return put(r, host+":80", "GET /lamps HTTP/1.0\r\n\r\n").AddCallback(func(response string) (string, error) {
			_, body, found := strings.Cut(response, "\r\n\r\n")
			if !found {
				return "", errors.New("this is no response")
			}
			return body, nil
		})
	}
	fetch := func(host string) *deferred.Deferred[string] {
		return page(host).
			AddCallback(func(data string) (string, error) {
				fmt.Println(data)
				return "", nil
			}).
			AddCallback(func(string) (string, error) { return "done", nil }).
			AddErrback(func(err error) (string, error) {
				fmt.Println("failed:", err)
				return "failed", nil
			})
	}
	r.CallWhenRunning(func() {
		both := deferred.Gather([]*deferred.Deferred[string]{fetch("www.example"), fetch("nowhere.example")}, false)
		both.AddCallback(func(ends []string) ([]string, error) {
			fmt.Println(ends)
			return ends, r.Stop()
		})
	})
	if err := r.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// failed: the host name was not found: dial tcp: lookup nowhere.example: no such host on the fake network
	// the page for /lamps
	// [done failed]
}
