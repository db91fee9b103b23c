// Package harness is for specs of asynchronous code, on Ginkgo: a body of a spec may
// return a deferred, and is not over before that has fired; and whatever a careless spec
// leaves behind is a failure that says what it is and where it was made. It is what
// trial is to Twisted.
//
// # Where to start
//
// Nodes are Ginkgo's own. Where a node would have a function, it has one made by
// [Async], or by [Sync] if there is nothing to wait for:
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
// [Await] does the same within a body, for tables, say, and returns the result. The
// function runs on the loop of the spec's reactor, and so do all callbacks; Expect, Fail
// and Skip work in all of them. Labels, focus, tables, ordered containers, parallel
// processes, retries, time-outs, progress reports and random order are Ginkgo's, and
// work as ever.
//
// [Spec] is what a spec works with. Its reactor is a real one, or, under the decorator
// [OnFakeReactor], a fake one, on which hours pass in microseconds. The time-out is
// 120 s for each node, or what the decorator [Timeout] says. [Configure] sets both for
// the suite. [HaveFired], [HaveResult] and [HaveFailed] are Gomega matchers for
// deferreds, and [AssertFailure] is for those that are to fail. [Test] has the
// same for tests without Ginkgo.
//
// # A clean house
//
// At the end of a Spec nothing may be left of it: see [Dirt] for what is looked for.
// If something is, the spec fails, once, with a list of everything, each with the place
// where it was made or asked for. [Spec.Allow] lets a kind of thing be, for a reason;
// [Spec.FlushErrors] takes errors that were to be expected out of the log. A spec that
// has failed already does not fail again: the list is shown with it.
//
// # Logs
//
// The log of a spec is [Spec.Log], and [log/slog.Default] as well. Records of every
// level go to a file for each spec that logs anything, in the folder "_scansion_temp" in
// the package's own folder (see [Config]). The next run replaces it; but if there
// is a folder of this name that the harness did not make, or that another process has
// at present, the name is "_scansion_temp-1", and so on. With a spec that fails the last
// lines of its log are shown, and the command that repeats it with the same seed.
//
// # What holds
//
// The model is trial, TWISTED.md part G:
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
//	               failures, so there are none here. A reason is needed to allow dirt.
//	G7 folder      See above, on logs.
//	G8 runs        Ginkgo's: exit status, --until-it-fails, --randomize-all with --seed,
//	               --fail-fast, --procs, reporters, --cover.
package harness
