package target_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

var _ = Describe("A function in place of a program", func() {
	setup := conformance.Setup{Fixture: verse}
	function := func(main func(*target.Process) error) *target.InProcess {
		return target.NewInProcess("function", main)
	}
	// listens is a function that listens, and then does something.
	listens := func(then func(*target.Process, net.Listener) error) *target.InProcess {
		return function(func(p *target.Process) error {
			listener, err := p.Listen()
			if err != nil {
				return err
			}
			return then(p, listener)
		})
	}
	// serves is a plain server.
	serves := target.Serve(func(listener net.Listener, poem []byte) error {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return err
			}
			_, _ = conn.Write(poem)
			_ = conn.Close()
		}
	})

	It("serves, and is stopped", func() {
		t := function(serves)
		Expect(t.Name()).To(Equal("function"))
		Expect(t.Kind()).To(Equal("in-process"))
		Expect(t.Single()).To(BeFalse())
		Expect(t.Lacks(conformance.NeedProcess | conformance.NeedUsage)).To(BeEmpty())
		instance := started(t, setup)
		Expect(fetch(instance.Addr())).To(Equal(string(verse.Bytes())))
		Expect(instance.Poem()).To(Equal(verse.Bytes()))
		Expect(instance.Exited()).NotTo(BeClosed())
		Expect(instance.Stop()).To(Succeed())
		Expect(instance.Exited()).To(BeClosed())
		Expect(instance.Exit()).To(Equal(conformance.Exit{Status: 0, How: "exit status 0"}))
		_, err := net.Dial("tcp", instance.Addr())
		Expect(err).To(MatchError(syscall.ECONNREFUSED))
		Expect(instance.Stop()).To(Succeed(), "twice is fine")
		Expect(t.Close()).To(Succeed())
	})

	It("gets the signals that it is sent", func() {
		instance := started(listens(func(p *target.Process, _ net.Listener) error {
			fmt.Fprintf(p, "told %v, then %v", <-p.Signals(), <-p.Signals())
			return nil
		}), setup)
		Expect(instance.Signal(syscall.SIGHUP)).To(Succeed())
		Expect(instance.Signal(syscall.SIGINT)).To(Succeed())
		Eventually(instance.Exited()).Should(BeClosed())
		Expect(instance.Output()).To(Equal("told hangup, then interrupt"))
		for range 20 {
			Expect(instance.Signal(syscall.SIGINT)).To(Succeed(), "though nobody looks at them")
		}
	})

	It("that ignores its signals is killed, and all that it has open is closed", func() {
		instance := started(listens(func(p *target.Process, listener net.Listener) error {
			conn, err := listener.Accept()
			if err != nil {
				return err
			}
			go func() {
				_, _ = io.Copy(io.Discard, conn) // until it is closed
				fmt.Fprint(p, "the connection is closed")
			}()
			<-p.Context().Done()
			return p.Context().Err()
		}), setup)
		dial(instance.Addr())
		Expect(instance.Stop()).To(Succeed())
		Expect(instance.Exited()).To(BeClosed())
		Eventually(instance.Output).Should(ContainSubstring("the connection is closed"))
		_, err := net.Dial("tcp", instance.Addr())
		Expect(err).To(MatchError(syscall.ECONNREFUSED))
	})

	DescribeTable("ends with a status, as a program does",
		func(end func() error, exit conformance.Exit, output string) {
			instance := started(listens(func(p *target.Process, _ net.Listener) error {
				<-p.Signals()
				return end()
			}), setup)
			Expect(instance.Signal(syscall.SIGTERM)).To(Succeed())
			Eventually(instance.Exited()).Should(BeClosed())
			Expect(instance.Exit()).To(Equal(exit))
			Expect(instance.Output()).To(Equal(output))
		},
		Entry("of success", func() error { return nil }, conformance.Exit{Status: 0, How: "exit status 0"}, ""),
		Entry("of failure, with a message", func() error { return errors.New("out of ink") },
			conformance.Exit{Status: 1, How: "exit status 1"}, "out of ink\n"),
		Entry("of a panic, with its message", func() error { panic("out of ink") },
			conformance.Exit{Status: 2, How: "exit status 2"}, "panic: out of ink\n"),
	)

	Describe("that does not start", func() {
		It("without its poem file, says so", func() {
			failed := notStarted(function(serves), conformance.Setup{Fixture: verse, MissingPoem: true})
			Expect(failed.Reason).To(ContainSubstring("before it listened (exit status 1)"))
			Expect(failed.Exit).To(HaveValue(HaveField("Status", 1)))
			Expect(failed.Output).To(ContainSubstring("poem.txt"))
			Expect(failed.Output).To(ContainSubstring("no such file"))
		})

		It("on a port that is taken, says so", func() {
			taken := portOf(listen())
			failed := notStarted(function(serves), conformance.Setup{Fixture: verse, TakenPort: taken})
			Expect(failed.Exit).To(HaveValue(HaveField("Status", 1)))
			Expect(failed.Output).To(SatisfyAll(ContainSubstring(strconv.Itoa(taken)), ContainSubstring("in use")))
		})

		It("because it panics, says so", func() {
			failed := notStarted(function(func(*target.Process) error { panic("no ink") }), setup)
			Expect(failed.Exit).To(HaveValue(HaveField("Status", 2)))
			Expect(failed.Output).To(ContainSubstring("no ink"))
		})

		It("before it is interrupted, is ended", func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_, err := function(func(p *target.Process) error {
				<-p.Signals()
				return nil
			}).Start(ctx, setup)
			Expect(err).To(MatchError(context.Canceled))
		})
	})

	It("that returns as soon as it has listened has been started, every time", func() {
		t := listens(func(*target.Process, net.Listener) error { return errors.New("that was all") })
		for range 50 {
			instance := started(t, setup)
			Expect(instance.Addr()).NotTo(BeEmpty())
			Eventually(instance.Exited()).Should(BeClosed())
		}
	})

	It("may listen on an interface of its choice", func() {
		instance := started(function(func(p *target.Process) error {
			if _, err := p.ListenWith(net.ListenConfig{}, "0.0.0.0"); err != nil {
				return err
			}
			<-p.Signals()
			return nil
		}), setup)
		Expect(instance.Addr()).To(HavePrefix("127.0.0.1:"))
		Expect(dial(instance.Addr()).Close()).To(Succeed())
	})

	It("has what it has open counted", func() {
		accepted := make(chan net.Conn)
		instance := started(listens(func(p *target.Process, listener net.Listener) error {
			go func() {
				<-p.Signals()
				_ = listener.Close()
			}()
			for {
				conn, err := listener.Accept()
				if err != nil {
					return nil
				}
				accepted <- conn
			}
		}), setup)
		descriptors := func() int {
			GinkgoHelper()
			usage, err := instance.Usage()
			Expect(err).NotTo(HaveOccurred())
			Expect(usage.Processes).To(Equal(1))
			Expect(usage.Threads).To(Equal(1))
			return usage.Descriptors
		}
		Expect(descriptors()).To(Equal(1), "the listener")
		var conns []net.Conn
		for i := range 3 {
			dial(instance.Addr())
			var conn net.Conn
			Eventually(accepted).Should(Receive(&conn))
			Expect(descriptors()).To(Equal(2 + i))
			conns = append(conns, conn)
		}
		Expect(conns[1].Close()).To(Succeed())
		Expect(descriptors()).To(Equal(3))
		Expect(instance.Stop()).To(Succeed())
		Expect(descriptors()).To(BeZero())
	})

	It("says itself what memory it holds", func() {
		instance := started(listens(func(p *target.Process, _ net.Listener) error {
			<-p.Signals()
			p.Hold(1000)
			p.Hold(24)
			return nil
		}), setup)
		memory := func() int64 {
			usage, err := instance.Usage()
			Expect(err).NotTo(HaveOccurred())
			return usage.Memory
		}
		Expect(memory()).To(BeEquivalentTo(-1), "it cannot be told")
		Expect(instance.Signal(syscall.SIGTERM)).To(Succeed())
		Eventually(memory).Should(BeEquivalentTo(1024))
	})

	It("whose serving fails ends with that", func() {
		instance := started(function(target.Serve(func(net.Listener, []byte) error {
			return errors.New("no more paper")
		})), setup)
		Eventually(instance.Exited()).Should(BeClosed())
		Expect(instance.Exit().Status).To(Equal(1))
		Expect(instance.Output()).To(ContainSubstring("no more paper"))
	})
})
