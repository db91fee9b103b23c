package reactor_test

import (
	"context"
	"errors"
	"log/slog"
	"net"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"scansion/harness/deferred"
	"scansion/harness/reactor"
)

var _ = Describe("System event triggers", func() {
	var (
		r     *reactor.TCP
		order []string
	)
	BeforeEach(func() {
		r = reactor.NewTCP(quiet())
		order = nil
	})
	on := func(phase reactor.Phase, event reactor.Event, name string) (remove func()) {
		return r.AddSystemEventTrigger(phase, event, func() *deferred.Deferred[struct{}] {
			order = append(order, name)
			return nil
		})
	}
	stop := func() { Expect(r.Stop()).To(Succeed()) }

	It("D5: are called before, during and after the start and the end, in order", func() {
		on(reactor.After, reactor.Shutdown, "after shutdown")
		on(reactor.During, reactor.Shutdown, "during shutdown")
		on(reactor.Before, reactor.Shutdown, "before shutdown")
		on(reactor.After, reactor.Startup, "after startup")
		on(reactor.During, reactor.Startup, "during startup")
		on(reactor.Before, reactor.Startup, "before startup")
		on(reactor.Before, reactor.Startup, "before startup, too")
		r.CallWhenRunning(func() { order = append(order, "running"); stop() })
		Expect(r.Run(context.Background())).To(Succeed())
		Expect(order).To(Equal([]string{
			"before startup", "before startup, too", "during startup", "running", "after startup",
			"before shutdown", "during shutdown", "after shutdown",
		}))
	})

	It("D5: find ports and connections standing before the shutdown, and none after it", func() {
		var port reactor.Port
		listening := func() bool {
			conn, err := net.Dial("tcp", port.Addr().String())
			if err == nil {
				_ = conn.Close()
			}
			return err == nil
		}
		var before, after bool
		r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
			before = listening()
			return nil
		})
		r.AddSystemEventTrigger(reactor.After, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
			after = listening()
			return nil
		})
		var err error
		port, err = r.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return &conversation{} }))
		Expect(err).NotTo(HaveOccurred())
		r.CallWhenRunning(stop)
		Expect(r.Run(context.Background())).To(Succeed())
		Expect(before).To(BeTrue())
		Expect(after).To(BeFalse())
	})

	It("D5: have the shutdown wait for the deferreds of its Before triggers, with the loop running", func() {
		r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
			order = append(order, "first")
			d := deferred.New[struct{}]()
			r.CallLater(0, func() {
				order = append(order, "timer")
				Expect(d.Callback(struct{}{})).To(Succeed())
			})
			return d
		})
		on(reactor.Before, reactor.Shutdown, "second")
		on(reactor.During, reactor.Shutdown, "third")
		r.CallWhenRunning(stop)
		Expect(r.Run(context.Background())).To(Succeed())
		Expect(order).To(Equal([]string{"first", "second", "timer", "third"}))
	})

	It("D5: log a failure, and the others are called", func() {
		log := gbytes.NewBuffer()
		r = reactor.NewTCP(reactor.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})
		r.AddSystemEventTrigger(reactor.Before, reactor.Startup, func() *deferred.Deferred[struct{}] { panic("first trouble") })
		r.AddSystemEventTrigger(reactor.Before, reactor.Startup, func() *deferred.Deferred[struct{}] {
			return deferred.Fail[struct{}](errors.New("second trouble"))
		})
		on(reactor.Before, reactor.Startup, "third")
		r.CallWhenRunning(stop)
		Expect(r.Run(context.Background())).To(Succeed())
		Expect(log).To(gbytes.Say("first trouble"))
		Expect(log).To(gbytes.Say("second trouble"))
		Expect(order).To(Equal([]string{"third"}))
	})

	It("can be removed", func() {
		on(reactor.Before, reactor.Startup, "kept")
		on(reactor.Before, reactor.Startup, "removed")()
		var remove func()
		r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
			remove()
			remove()
			return nil
		})
		remove = on(reactor.During, reactor.Shutdown, "removed by an earlier one")
		r.CallWhenRunning(stop)
		Expect(r.Run(context.Background())).To(Succeed())
		Expect(order).To(Equal([]string{"kept"}))
	})

	It("may stop a reactor that has not begun", func() {
		r.AddSystemEventTrigger(reactor.Before, reactor.Startup, func() *deferred.Deferred[struct{}] {
			stop()
			return nil
		})
		port, err := r.ListenTCP("127.0.0.1:0", &diary{})
		Expect(err).NotTo(HaveOccurred())
		Expect(r.Run(context.Background())).To(Succeed())
		_, err = net.Dial("tcp", port.Addr().String())
		Expect(err).To(HaveOccurred())
	})
})
