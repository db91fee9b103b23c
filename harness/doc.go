// Package harness tests asynchronous code with Ginkgo. The body of a spec may return a
// deferred, and ends when that has fired. Whatever a spec leaves behind fails it, with a
// message that says what it is and where it was made. It is what trial is to Twisted.
//
// # Where to start
//
// Nodes are Ginkgo's own. The function of a node is made by [Async], or by [Sync] if there
// is nothing to wait for:
//
//	var _ = Describe("a client of poems", func() {
//		var port reactor.Port
//
//		BeforeEach(harness.Sync(func(s *harness.Spec) {
//			port = listen(s.Reactor())
//			DeferCleanup(harness.Async(func(*harness.Spec) *deferred.Deferred[struct{}] {
//				return port.StopListening()
//			}))
//		}))
//
//		It("fetches the poem", harness.Async(func(s *harness.Spec) *deferred.Deferred[string] {
//			return fetch(s.Reactor(), port.Addr().String())
//		}))
//	})
//
// [Await] does the same within a body, of a table, for example, and returns the result.
// The function runs on the loop of the spec's reactor, as do all callbacks; Expect, Fail
// and Skip work in all of them. Labels, focus, tables, ordered containers, parallel
// processes, retries, time-outs, progress reports and random order are Ginkgo's own.
//
// [Spec] is what a spec works with. Its reactor is a real one, or, under the decorator
// [OnFakeReactor], a fake one, on which hours pass in microseconds. The time-out is
// 120 s for each node, or what the decorator [Timeout] says. [Configure] sets both for
// the suite. [HaveFired], [HaveResult] and [HaveFailed] are Gomega matchers for
// deferreds, and [AssertFailure] is for those that are to fail. [Test] is for tests
// without Ginkgo.
//
// # The leak check
//
// At the end of a Spec nothing may be left of it: [LeakKind] lists what is looked for.
// If something is left, the spec fails, once, with a list of everything, each with the
// place where it was made or asked for. [Spec.Allow] allows a kind of leak, for a reason;
// [Spec.FlushErrors] takes expected errors out of the log. A spec that has failed already
// does not fail again: the list is shown with it.
//
// # Logs
//
// The log of a spec is [Spec.Log], and [log/slog.Default] as well. Records of every
// level go to a file for each spec that logs anything, in the folder "_scansion_temp" in
// the package's own folder (see [Config]). The next run replaces that folder, unless the
// harness did not make it or another process uses it: the name is "_scansion_temp-1"
// then, and so on. A spec that fails is shown with the last lines of its log and the
// command that repeats it with the same seed.
//
// # Compared with trial
//
// The model is trial, the test runner of Twisted. Titles of specs cite these numbers:
//
//	G1 order       Set-up, body, tear-down, then cleanups, last in first out, each
//	               awaited. This is Ginkgo's order: in trial, tearDown comes after the
//	               cleanups. If set-up fails, the body is left out, and the cleanups run; so
//	               do AfterEach nodes, which trial's tearDown does not. They run after
//	               failures, panics and time-outs. A failure in set-up is one like any
//	               other: Ginkgo says in which node it was.
//	G2 errors      An expectation that fails is Ginkgo's "failed", a panic "panicked",
//	               a deferred that fails "failed": there is no third state for errors.
//	               Errors that are logged and not flushed fail the spec ([LoggedErrors],
//	               [Spec.FlushErrors], [FlushErrorsAs]), and so do failures of
//	               deferreds that nobody handles ([UnhandledFailures]), found
//	               without waiting for the collector.
//	G3 reactor     Delayed calls that are pending after two iterations in which no time
//	               passes, and ports, connectors and connections that are open, each
//	               with its place. Connections that are being closed are waited for,
//	               where trial is as strict with them as with the rest.
//	G4 time-out    120 s for each node, so set-up has its own; per spec, container
//	               ([Timeout]) and suite ([Config]). "... is still running after ...", with
//	               the deferreds that are waited for and what is pending.
//	G5 assertions  [AssertFailure], [AssertFailureAs]; successResultOf is [HaveResult],
//	               failureResultOf [HaveFailed], assertNoResult Not(HaveFired()).
//	G6 skip, todo  Ginkgo's Skip, also in callbacks, and Pending; Ginkgo has no expected
//	               failures, so there are none here. Allowing a leak takes a reason.
//	G7 folder      See above, on logs.
//	G8 runs        Ginkgo's: exit status, --until-it-fails, --randomize-all with --seed,
//	               --fail-fast, --procs, reporters, --cover.
package harness
