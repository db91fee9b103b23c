// Package fakes are test doubles under which hours pass in microseconds: deterministic,
// seeded, no sockets, no sleeps.
//
// # Where to start
//
// A program that takes a [scansion/harness/reactor.Clock] is given a [*Clock], whose
// time moves when the test says so. A protocol by itself is given a [*Transport], which
// collects what the protocol writes. A program that takes a
// [scansion/harness/reactor.Reactor] is given one of [Host.Reactor]: it listens and
// connects on a simulated [Network], where segments take their time, arrive cut
// anywhere, stall, and are reset, as the test or its seed has it. [Simulate] makes,
// from a seed alone, a whole [World] of hosts and faults, and returns the log of all that
// has happened there: with the same seed it is the same log, to the byte.
//
// Ordinary blocking code is given the same network as [net.Listener] and [net.Conn], by
// [Host.Listen] and [Host.Dial]. Its time is that of a [TimerClock]: in a bubble of
// testing/synctest the bubble's, and a test of an hour takes no time there either.
// Reactors and blocking code may talk to each other. [Network.Close] releases whoever
// waits, so that the bubble can end.
//
// [Connection.After] resets, stalls or half-closes a connection after an exact number of
// bytes. [SocketOptions] and [Conn.SetReadBuffer] make buffers small, so that a sender
// notices a peer that does not read.
//
// # What holds
//
// The three ideas are Twisted's, in one network: its Clock ([Clock]), its
// StringTransport ([Transport]), its MemoryReactor ([Reactor.Listens],
// [Reactor.Connects]); what its iosim does by pumping, the clock does. [Clock] and
// [Network] say what is kept of Twisted's clock and of TCP. The semantics of reactors are
// not imitated: a [Reactor] is a [scansion/harness/reactor.Base], as the real one is, on
// another [scansion/harness/reactor.System].
//
// # The log
//
// The log of a network has a line for each event:
//
//	0.015000000 #2 > data 5 "hello"
//
// that is: the seconds since the network was made; the connection's number, in the order
// of dialling, or #0 if it concerns none; the direction, > from the client, < from the
// server, or - if there is none; and what has happened, which is one of these:
//
//	connect CLIENT SERVER   somebody has dialled
//	accept                  this has arrived at a port that takes it
//	connected, refused      the answer has arrived
//	given up                who has dialled does not wait any longer
//	data LENGTH "BYTES"     a segment has arrived, quoted as Go does in ASCII
//	lost LENGTH "BYTES"     it has arrived where there is no connection any more
//	FIN, RST                the end has arrived, in order or not
//	stall, resume, reset, half-close
//	                        a test did this to the connection, or to one direction
//	stall, resume, partition, heal
//	                        a test did this to hosts, with their names
//	listen, stop listening  at an address
//
// # Determinism
//
// Where a single goroutine moves a [Clock] and nobody else uses the network, everything
// follows from the seed and from what the program does: the order of all callbacks, and
// every byte of the log. Blocking code has goroutines, whose order Go's scheduler
// decides; the network is safe for them, but its log is then not always the same.
package fakes
