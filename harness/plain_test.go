package harness_test

import (
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness"
	"scansion/harness/deferred"
)

// plainTests has the test binary run the failing ones below.
const plainTests = "HARNESS_TEST_PLAIN"

// TestPlain are clean ordinary tests.
func TestPlain(t *testing.T) {
	for name, config := range map[string]harness.Config{"fake": {Fake: true}, "real": {}} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(func() {
				if slog.Default().Enabled(t.Context(), slog.LevelDebug) {
					t.Error("the log of the spec is still the default one")
				}
			})
			five := harness.Test(t, config, func(s *harness.Spec) *deferred.Deferred[int] {
				s.Log().Info("hello")
				return after(s, time.Millisecond, 5)
			})
			if five != 5 {
				t.Errorf("Test returned %d", five)
			}
			harness.Test(t, config, fetchAndClose)
		})
	}
}

// TestPlainFailures are to fail, each in its way.
func TestPlainFailures(t *testing.T) {
	if os.Getenv(plainTests) == "" {
		t.Skip("they are to fail, in a process of their own")
	}
	for _, name := range []string{"fake", "real"} {
		config := harness.Config{Fake: name == "fake"}
		for _, c := range leakCases {
			if c.name == "a connector" {
				continue
			}
			t.Run(name+" "+c.name, func(t *testing.T) {
				RegisterTestingT(t)
				config.GracePeriod = time.Second
				harness.Test(t, config, c.leave)
			})
		}
		t.Run(name+" is clean", func(t *testing.T) {
			harness.Test(t, config, func(*harness.Spec) *deferred.Deferred[int] {
				// The package signal has a goroutine from now on.
				signals := make(chan os.Signal, 1)
				signal.Notify(signals, os.Interrupt)
				signal.Stop(signals)
				return nil
			})
		})
		t.Run(name+" fails", func(t *testing.T) {
			harness.Test(t, config, func(*harness.Spec) *deferred.Deferred[int] { return failed() })
		})
		t.Run(name+" panics", func(t *testing.T) {
			harness.Test(t, config, func(*harness.Spec) *deferred.Deferred[int] { panic("hail") })
		})
		t.Run(name+" ends the goroutine", func(t *testing.T) {
			harness.Test(t, config, func(s *harness.Spec) *deferred.Deferred[int] {
				s.Reactor().CallLater(0, func() { t.Fatal("it is fatal") })
				return deferred.New[int]()
			})
		})
		t.Run(name+" changes the config", func(t *testing.T) {
			harness.Test(t, config, func(*harness.Spec) *deferred.Deferred[int] { return nil })
			other := config
			other.Fake = !config.Fake
			harness.Test(t, other, func(*harness.Spec) *deferred.Deferred[int] {
				t.Error("a second Config has been ignored")
				return nil
			})
		})
		t.Run(name+" never ends", func(t *testing.T) {
			config.Timeout = 10 * time.Millisecond
			harness.Test(t, config, never)
		})
	}
	t.Run("is parallel", func(t *testing.T) {
		defer func() { t.Log(recover()) }()
		t.Parallel()
		harness.Test(t, harness.Config{}, never)
	})
}

var _ = Describe("harness.Test in an ordinary test", func() {
	It("fails it for leaks, failures, panics, time-outs and another Config", func() {
		command := exec.Command(os.Args[0], "-test.run=^TestPlainFailures$", "-test.v")
		command.Env = append(os.Environ(), plainTests+"=1")
		command.Dir = GinkgoT().TempDir()
		output, err := command.CombinedOutput()
		Expect(err).To(HaveOccurred())
		text := string(output)
		for _, kind := range []string{"fake", "real"} {
			for _, c := range leakCases {
				if c.name == "a connector" {
					continue
				}
				for _, piece := range c.found {
					Expect(text).To(ContainSubstring(piece))
				}
			}
			Expect(text).To(MatchRegexp(`plain_test.go:\d+: TestPlainFailures/%s_fails: the deferred made at .* failed: heavy rain`, kind))
			Expect(text).To(MatchRegexp(`TestPlainFailures/%s_panics panicked: panic: hail\s+The panic's own stack`, kind))
			Expect(text).To(ContainSubstring(`go test -count=1 -run=^TestPlainFailures\$/^` + kind + `_fails\$ .`))
			Expect(text).To(MatchRegexp(`--- FAIL: TestPlainFailures/%s_changes_the_config`, kind))
			Expect(text).To(MatchRegexp(`--- FAIL: TestPlainFailures/%s_ends_the_goroutine`, kind))
		}
		Expect(text).To(ContainSubstring("this test has called harness.Test with {Fake:true Timeout:2m0s GracePeriod:1s LogFolder:_scansion_temp}, " +
			"and now with {Fake:false Timeout:2m0s GracePeriod:1s LogFolder:_scansion_temp}"))
		Expect(text).NotTo(ContainSubstring("a second Config has been ignored"))
		Expect(text).To(ContainSubstring("it is fatal"))
		Expect(text).To(ContainSubstring("fake_never_ends waits for what can never happen"))
		Expect(text).To(ContainSubstring("real_never_ends is still running after 10ms"))
		Expect(text).To(MatchRegexp(`can ?not use t.Parallel|parallel`))
		passed := regexp.MustCompile(`(?m)^    --- PASS: (.*) \(`).FindAllString(text, -1)
		Expect(passed).To(HaveExactElements(
			ContainSubstring("fake_is_clean"), ContainSubstring("real_is_clean"),
			ContainSubstring("is_parallel")), "the last has told why it cannot run")
	})
})
