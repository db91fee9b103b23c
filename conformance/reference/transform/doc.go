// Package transform is the reference client of transform servers: what "conforms" means
// for a program that has a server transform a poem (Parts 12 and 13).
//
// A request is one netstring, NAME.POEM, with the name of the transformation up to the
// first dot. The answer is one netstring, the transformed poem, and then the server
// closes the connection. A server that cannot transform the poem closes without an
// answer. [Do] sends one request and reads its answer:
//
//	answer := transform.Do(r, "127.0.0.1:11000", transform.Cummingsify, poem)
//
// The client has no socket and no clock of its own: it runs on a [reactor.Reactor].
package transform
