package conformance_test

import (
	"context"
	"os"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

var _ = Describe("A signal to the first process", func() {
	signals := must("stop", func(c *conformance.Case) {
		c.SignalLeader(syscall.SIGTERM)
		c.Expect(c.Within(time.Minute, func() bool {
			_, err := c.TryDial(c.Instance().Addr())
			return err != nil
		})).To(BeTrue())
	})

	It("ends a program without its being blamed for that, and the program can tell", func() {
		only := make(chan bool, 1)
		t := target.NewInProcess("one", func(p *target.Process) error {
			listener, err := p.Listen()
			if err != nil {
				return err
			}
			Expect(<-p.Signals()).To(Equal(os.Signal(syscall.SIGTERM)))
			only <- p.LeaderOnly()
			return listener.Close()
		})
		r := judge(t, conformance.Options{}).Judge(context.Background(), alone(signals))
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
		Expect(only).To(Receive(BeTrue()))
	})

	It("cannot be sent where processes cannot be told from each other", func() {
		r := judge(&programs{}, conformance.Options{}).Judge(context.Background(), alone(signals))
		Expect(r.Outcome).To(Equal(conformance.Skip))
		Expect(r.Message).To(ContainSubstring("cannot be told from each other"))
	})

	It("is waited for no longer than was said", func() {
		r := judge(&programs{}, conformance.Options{}).Judge(context.Background(), must("last", func(c *conformance.Case) {
			c.Expect(c.Within(time.Millisecond, func() bool { return false })).To(BeFalse())
		}))
		Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	})
})
