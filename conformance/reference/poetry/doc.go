// Package poetry is the reference poetry servers and client: what "conforms" means for a
// program that sends a poem to whoever connects (Part 11), and for one that gets it.
//
// [FastFactory] sends the whole poem at once, [SlowFactory] a few bytes at a time.
// Both serve any number of clients at the same time, ignore what a client sends,
// send the whole poem also to one that has closed its sending side, and end in
// order, the empty poem included. They are factories for a [reactor.Reactor], and
// have no socket and no clock of their own:
//
//	r := reactor.NewTCP(reactor.Config{})
//	port, err := r.ListenTCP("127.0.0.1:10000", poetry.NewFastFactory(poem))
//	...
//	err = r.Run(ctx)
//
// [Get] is the client: it downloads the poem of one server, whole or not at all. A [Client]
// does so within a time, and has a transform server change the poem (Part 13).
package poetry
