// Package process runs programs under test: servers, clients, programs that read one
// stream, and programs that stay to be asked.
//
// [Start] starts a program in a process group of its own. [Process.Stop] and [Process.Kill]
// end it with all that it has started, and one of them must be called for every process,
// also for one that has ended by itself. What the program writes is kept in bounded buffers
// or read by the caller, so that it never waits for anybody to read it.
//
// What a program and all that it has started hold and use is read from /proc. Elsewhere
// than on Linux it is not known: see [Measurable].
package process
