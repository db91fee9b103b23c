// Package reactor is an event loop in the spirit of Twisted's: a program is a set of
// callbacks that a single goroutine calls one at a time, so that they share their
// data without locks, and the same program runs on real sockets and real time or on
// a test's.
//
// # Where to start
//
// Write a [Protocol], which is the conversation on one connection, and a
// [ServerFactory] or a [ClientFactory], which makes a protocol for each connection
// ([FactoryFunc] turns a function into one). [ProtocolBase], [FactoryBase] and
// [ClientFactoryBase], to be embedded, have the methods that do nothing. Hand the factory
// to ListenTCP or ConnectTCP of a [Reactor] made by [NewTCP], and call Run. Nothing in a
// callback may block: what takes time is asked for with [Clock].CallLater or a
// [LoopingCall], or done in a goroutine of its own which brings its result back:
// [DeferToThread].
//
// # How it is built
//
// [Base] is all of a reactor but what it stands on, a [System]. [TCP] is Base on the
// computer's clock and sockets; the fakes have a reactor that is Base on a clock and a
// network which do not exist. So what a program sees of one it sees of the other. Code
// on the reactor takes the interface, or only a Clock.
//
// # What holds
//
// The semantics are those of Twisted, under Go's names. Part D, the reactor and its
// clock:
//
//   - D1: delayed calls run by time, then first in, first out ([Clock].CallLater,
//     [Timers]). The clock that is advanced by hand is in the fakes.
//   - D2: a [DelayedCall] can be cancelled, reset and shifted, and is not active in
//     its own run; too late is [ErrAlreadyCalled] or [ErrAlreadyCancelled].
//   - D3: a call of zero delay runs in the next iteration; CallFromThread runs before
//     delayed calls, in order, and wakes the loop; CallWhenRunning runs at once if
//     the reactor runs.
//   - D4: one callback at a time; one that panics is logged, and the loop goes on.
//   - D5: AddSystemEventTrigger, with the phases [Before], [During] and [After] of
//     [Startup] and [Shutdown]; the end waits for the deferreds of Before; a failing
//     trigger is logged. Stop when not running, and Run twice, are errors.
//   - D6: SIGINT and SIGTERM stop the reactor, if it is asked for
//     ([Config].HandleSignals).
//   - D7: [LoopingCall].
//
// Part E, transports, protocols and factories:
//
//   - E1: the order of callbacks ([ServerFactory], [ClientFactory], [Protocol]).
//   - E2: Write never blocks; LoseConnection sends all that was written before it.
//     What is written after it is dropped, always: Twisted sends it as long as
//     something older waits.
//   - E3: input that nobody read does not cut off the output, since LoseConnection
//     closes the sending side first and reads to the peer's end
//     ([Transport], [Config].Linger).
//   - E4: AbortConnection resets, and ConnectionLost comes later.
//   - E5: [ErrConnectionDone], [ErrConnectionLost]; a lost transport does nothing.
//     A reset before the peer's own end of file counts as lost even where
//     LoseConnection was called before: the peer may not have read everything.
//   - E6: a peer that closes its sending side still gets what was written; a
//     [HalfCloser] may go on writing. Twisted drops what waits.
//   - E7: a protocol that panics loses its connection, with a [*PanicError].
//   - E8: a factory may refuse a connection.
//   - E9: a connection that does not come about is told with its reason, and the
//     [Connector] can try again; [Reconnecting] does so by itself. While the reactor
//     shuts down it is [ErrConnectStopped], and nothing is left open.
//   - E10: connections survive [Port].StopListening, which is a deferred; a port that
//     is taken is an error at once.
//   - E11: push and pull producers ([Producer]); a transport is a push producer.
//   - E12: the test doubles are the fakes' business.
//
// Some things differ from Twisted because of Go. Any goroutine may call Stop, for
// there is no signal handler that runs on the loop. A factory is started and stopped
// once for each of its ports, not once for all of them. Listening and connecting
// begin when the reactor does. There is no pool of threads: goroutines are cheap.
package reactor
