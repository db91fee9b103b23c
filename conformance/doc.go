// Package conformance is the judge. It runs requirements against a program
// under test and says, for each, whether the program keeps it; it knows no
// protocol.
//
// The words it is built from:
//
//   - A [Requirement] is one sentence of a specification, with the function that
//     checks it. A [Role] holds all that differs between the kinds of programs:
//     its requirements, what a command may be told, and when a program runs.
//   - A [Target] is a way of reaching a program under test. Starting it with a
//     [Launch] gives an [Instance]: a [Process] and what else can be done with it.
//   - A [Case] is one run of one check: it dials, listens, starts programs, expects,
//     and records everything that happens in a [Transcript].
//   - A [Judge] runs cases, one [Result] each; [Run.Do] runs all requirements of a
//     role, side by side, and collects a [Report].
//   - A [Network] is what connections are made on: [TCP], or a [Simulated] one, in a
//     bubble of testing/synctest, where nothing takes real time.
//
// # What makes a verdict
//
// A check ends in one of four ways. It returns: the requirement passes. It
// expects something that does not hold: the requirement fails. It cannot tell: it is
// skipped as [Unsupported], because the target was not started with what the check
// needs, or as [Inconclusive], because what was seen does not tell, such as a
// precondition that does not hold. It panics, or lacks something of its own, such as
// ports: it is [Broken], which is never the target's fault.
//
// Waiting is generous and bounded by silence, not by time: a wait for something
// that must come goes on while the target makes progress on any connection, and
// ends only when it has been silent for the judge's patience. So neither a slow
// machine nor a server that serves one client at a time is failed for being
// slow. A case that runs out of time while the target still makes progress is
// skipped, not failed.
//
// Cases that could disturb others ([Dedicated]) get an instance of their own. If a shared instance dies, or is so slow that a case runs out of time, each
// case that met that is judged again on one of its own, so that nobody is blamed
// for another's crash, or kept waiting by another's clients.
package conformance
