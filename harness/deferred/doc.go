// Package deferred has results that are not there yet, after Twisted's Deferred.
//
// # Where to start
//
// A function that cannot have its result at once makes a deferred with [New], returns
// it, and fires it with [Deferred.Callback] or [Deferred.Errback] when the result has
// come. Who gets the deferred says what is to be done then: [Deferred.AddCallback] and
// its like add functions to a chain, through which the result passes. Where a result
// needs another one that has still to come, or is of another type, [Then] takes a function
// that returns a deferred. [Inline] runs an ordinary function that waits where it needs
// to. [List], [Gather] and [Dict] are for many at once, [Maybe] for functions that may
// panic before they return their deferred, [Timeout] for those who cannot wait for ever.
//
// Everything here is for the goroutine of one loop, and there are no locks. The few
// functions that any goroutine may call say so.
//
// # What holds
//
// The semantics are those of Twisted, under Go's names.
//
//   - A1, A2: a level has a function for the result, one for the failure, or both, or
//     one for either ([Deferred.AddCallback], [Deferred.AddErrback],
//     [Deferred.AddCallbacks], [Deferred.AddBoth]). What has no function passes.
//   - A3: a panic is a failure, a [*PanicError]. A function that ends its goroutine
//     fails its level with [ErrGoexit]; what follows runs on the goroutine's way out,
//     and nobody is left to wait.
//   - A4: what is added to a fired deferred runs before adding returns; what is added
//     from a function of the chain queues behind that.
//   - A5: firing twice is [ErrAlreadyCalled].
//   - A6: a function that returns a deferred is for [Then], or [ThenBoth]. What waits is
//     the deferred that Then returns. The results of those that it has waited for are
//     empty then, for functions and for [Deferred.Peek]: the zero value.
//   - A7: several may wait for the same one, and all get its result; in Twisted all
//     but the first get nothing. Who would wait for himself, at any remove, fails with
//     [ErrWaitsForItself]; in Twisted he waits for ever, unless it is quite direct.
//   - A8: [Deferred.Chain]. While it fires the other, its own deferred is running.
//   - A9: [Deferred.Pause] and [Deferred.Unpause] nest.
//   - A10: a failure that nobody has handled when the deferred is collected is reported
//     once ([SetReporter]); also one that waits behind a Pause.
//   - A11: [Maybe].
//   - A12: [Deferred.Cancel].
//   - A13: [Timeout].
//   - A14: no chain is too long for the stack, whether of functions, of deferreds that
//     wait for each other, or fire or cancel each other, or of lists in lists; in
//     Twisted firing and cancelling overflow.
//   - B1 to B5, B7: [List]. An empty one that waits for the first success never
//     fires, but can be cancelled.
//   - B6: [Gather].
//   - B8: [Dict].
//   - C1 to C3: [Inline] and [Await].
//
// Three things differ from Twisted because of Go. A chain has one type of result, and
// its functions return either a result or a deferred, which the compiler checks: Then
// makes a new deferred, where Twisted's waits in place. A nil error is no failure
// ([ErrNilFailure]). And a nil function or deferred, where there has to be one, is an
// error at once: a deferred that has failed with [ErrNil], or a panic of [Deferred.Chain],
// which has none to return.
//
// One thing is not seen: an element of a list that waits for the list. Both wait for
// ever, as in Twisted.
package deferred
