// Package conformance is the judge. It runs requirements against a program
// under test and says, for each, whether the program keeps it; it knows no
// protocol.
//
// The words it is built from:
//
//   - A [Requirement] is one sentence of a specification, with the function that
//     checks it. A [Catalogue] holds those of one [Role].
//   - A [Target] is a way of reaching a program under test. Starting it with a
//     [Setup] gives an [Instance]; a [Fixture] is what an instance is to serve.
//   - A [Case] is one run of one check: it dials, reads, expects, and keeps a
//     [Transcript] of everything that went over the wire.
//   - A [Judge] runs cases, one [Result] each; [Run.Do] runs a whole catalogue,
//     side by side, and collects a [Report].
//
// # What makes a verdict
//
// A check ends in one of four ways. It returns: the requirement passes. It
// expects something that does not hold: the requirement fails. It cannot tell,
// because the target lacks something or a control failed: it is skipped, with
// the reason. It panics: the check itself is broken, which is our fault and
// never the target's.
//
// Waiting is generous and bounded by silence, not by time: a wait for something
// that must come goes on while the target makes progress on any connection, and
// ends only when it has been silent for the judge's patience. So neither a slow
// machine nor a server that serves one client at a time is failed for being
// slow. A case that runs out of time while the target still makes progress is
// skipped, not failed.
//
// Cases that could disturb others ([Requirement.Alone]) get an instance of their
// own. If a shared instance dies, or is so slow that a case runs out of time, each
// case that met that is judged again on one of its own, so that nobody is blamed
// for another's crash, or kept waiting by another's clients.
package conformance
