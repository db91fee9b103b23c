package conformance_test

import (
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// ends returns a role with a requirement that passes, a SHOULD that fails, one that cannot
// be judged, and one for real sockets, and counts how many are judged.
func ends() (role conformance.Role, judged *atomic.Int64) {
	judged = new(atomic.Int64)
	counted := func(check func(*conformance.Case)) func(*conformance.Case) {
		return func(c *conformance.Case) {
			judged.Add(1)
			check(c)
		}
	}
	should := must("fail", counted(fails))
	should.Level = conformance.Should
	kernel := must("need-sockets", counted(expectText))
	kernel.Kernel = "it is about sockets"
	return fake(must("pass", counted(expectText)), should, kernel, must("skip", counted(func(c *conformance.Case) { c.Unsupported("no") }))), judged
}

func TestTestInGoTests(t *testing.T) {
	target := &programs{network: conformance.TCP{}}
	role, judged := ends()
	passed := t.Run("passes if no MUST fails", func(t *testing.T) {
		conformance.Test(t, role, target, conformance.Must, conformance.Options{})
	})
	g := NewWithT(t)
	g.Expect(passed).To(BeTrue())
	g.Expect(judged.Load()).To(BeEquivalentTo(4))
	g.Expect(target.closed).To(BeTrue())
	g.Expect(target.all()).To(HaveEach(beGone()))
}

func TestTestSimulatedInGoTests(t *testing.T) {
	role, judged := ends()
	passed := t.Run("passes if no MUST fails, and leaves out what is about real sockets", func(t *testing.T) {
		conformance.TestSimulated(t, role, func(network conformance.Network) conformance.Target {
			return &programs{network: network}
		}, conformance.Must, conformance.Options{})
	})
	g := NewWithT(t)
	g.Expect(passed).To(BeTrue())
	g.Expect(judged.Load()).To(BeEquivalentTo(3))
}
