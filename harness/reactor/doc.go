// Package reactor is an event loop in the spirit of Twisted's: a program is a set of
// callbacks that a single goroutine calls one at a time, so that they share their
// data without locks, and the same program runs on real sockets and real time or on
// a test's.
//
// # Where to start
//
// Write a [Protocol], which is the conversation on one connection, and a
// [ServerFactory], which makes a protocol for each connection ([FactoryFunc] turns a
// function into one). Hand the factory to [Reactor.ListenTCP] of a reactor made by
// [NewTCP], and call [Reactor.Run]. Nothing in a callback may block: what takes time
// is asked for with [Clock.CallLater], or done in a goroutine of its own which
// brings its result back with [Reactor.CallFromThread].
//
// Only [TCP] and what lies behind it touch a clock or a socket. Code on the reactor
// takes the interfaces, and can be given others.
//
// # What holds
//
// The semantics are those of Twisted, under Go's names. Part D, the reactor and its
// clock:
//
//   - D1: delayed calls run by time, then first in, first out ([Clock.CallLater]).
//   - D2: a [DelayedCall] can be cancelled, reset and shifted, and is not active in
//     its own run; too late is [ErrAlreadyCalled] or [ErrAlreadyCancelled].
//   - D3: a call of zero delay runs in the next iteration; [Reactor.CallFromThread]
//     runs before delayed calls, in order, and wakes the loop;
//     [Reactor.CallWhenRunning] runs at once if the reactor runs.
//   - D4: one callback at a time; one that panics is logged, and the loop goes on.
//   - D5: Stop when not running, and Run twice, are errors ([Reactor]).
//   - D6: SIGINT and SIGTERM stop the reactor, if it is asked for
//     ([Config].HandleSignals).
//
// Part E, transports, protocols and factories of a server:
//
//   - E1: the order of callbacks ([ServerFactory], [Protocol]).
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
//   - E10: connections survive [Port].StopListening; a port that is taken is an
//     error at once.
//
// Two things differ from Twisted because of Go. Any goroutine may call Stop, for
// there is no signal handler that runs on the loop. And a factory is started and
// stopped once for each of its ports, not once for all of them.
package reactor
