package target_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

var _ = Describe("A function in place of a program", func() {
	function := func(main func(*target.Process) error) *target.InProcess {
		return target.NewInProcess("function", conformance.TCP{}, main)
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
		Expect(t.Lacks(conformance.NeedUsage)).To(BeEmpty())
		instance := started(t, withVerse)
		Expect(fetch(instance.Addr)).To(Equal(string(verse.Bytes())))
		Expect(has(instance)).To(Equal(string(verse.Bytes())))
		Expect(instance.Exited()).NotTo(BeClosed())
		Expect(instance.Stop()).To(Succeed())
		Expect(instance.Exited()).To(BeClosed())
		Expect(instance.Exit()).To(beExit(0, "exit status 0"))
		_, err := net.Dial("tcp", instance.Addr)
		Expect(err).To(MatchError(syscall.ECONNREFUSED))
		Expect(instance.Stop()).To(Succeed(), "twice is fine")
		Expect(t.Close()).To(Succeed())
	})

	It("gets the signals that it is sent", func() {
		instance := started(listens(func(p *target.Process, _ net.Listener) error {
			fmt.Fprintf(p, "told %v, then %v", <-p.Signals(), <-p.Signals())
			return nil
		}), withVerse)
		Expect(instance.Signals.Signal(syscall.SIGHUP)).To(Succeed())
		Expect(instance.Signals.Signal(syscall.SIGINT)).To(Succeed())
		Eventually(instance.Exited()).Should(BeClosed())
		Expect(log(instance)()).To(Equal("told hangup, then interrupt"))
		for range 20 {
			Expect(instance.Signals.Signal(syscall.SIGINT)).To(Succeed(), "though nobody looks at them")
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
		}), withVerse)
		dial(instance.Addr)
		Expect(instance.Stop()).To(Succeed())
		Expect(instance.Exited()).To(BeClosed())
		Eventually(log(instance)).Should(ContainSubstring("the connection is closed"))
		_, err := net.Dial("tcp", instance.Addr)
		Expect(err).To(MatchError(syscall.ECONNREFUSED))
	})

	DescribeTable("ends with a status, as a program does",
		func(end func() error, status int, output string) {
			instance := started(listens(func(p *target.Process, _ net.Listener) error {
				<-p.Signals()
				return end()
			}), withVerse)
			Expect(instance.Signals.Signal(syscall.SIGTERM)).To(Succeed())
			Eventually(instance.Exited()).Should(BeClosed())
			Expect(instance.Exit()).To(beExit(status, fmt.Sprintf("exit status %d", status)))
			Expect(log(instance)()).To(Equal(output))
		},
		Entry("of success", func() error { return nil }, 0, ""),
		Entry("of failure, with a message", func() error { return errors.New("out of ink") },
			1, "out of ink\n"),
		Entry("of a panic, with its message", func() error { panic("out of ink") },
			2, "panic: out of ink\n"),
	)

	Describe("that does not start", func() {
		It("without its poem file, says so", func() {
			failed := notStarted(function(serves), conformance.Launch{"poem": conformance.MissingFile()})
			Expect(failed.Reason).To(ContainSubstring("before it listened (exit status 1)"))
			Expect(failed.Exit).To(HaveValue(HaveField("Status", 1)))
			Expect(failed.Output).To(ContainSubstring("poem.txt"))
			Expect(failed.Output).To(ContainSubstring("no such file"))
		})

		It("on a port that is taken, says so", func() {
			taken := portOf(listen())
			failed := notStarted(function(serves), conformance.Launch{"poem": conformance.Content(verse), "port": conformance.OccupiedPort(taken)})
			Expect(failed.Exit).To(HaveValue(HaveField("Status", 1)))
			Expect(failed.Output).To(SatisfyAll(ContainSubstring(strconv.Itoa(taken)), ContainSubstring("in use")))
		})

		It("because it panics, says so", func() {
			failed := notStarted(function(func(*target.Process) error { panic("no ink") }), withVerse)
			Expect(failed.Exit).To(HaveValue(HaveField("Status", 2)))
			Expect(failed.Output).To(ContainSubstring("no ink"))
		})

		It("before it is interrupted, is ended", func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_, err := function(func(p *target.Process) error {
				<-p.Signals()
				return nil
			}).Start(ctx, withVerse)
			Expect(err).To(MatchError(context.Canceled))
		})
	})

	It("that returns as soon as it has listened has been started, every time", func() {
		t := listens(func(*target.Process, net.Listener) error { return errors.New("that was all") })
		for range 50 {
			instance := started(t, withVerse)
			Expect(instance.Addr).NotTo(BeEmpty())
			Eventually(instance.Exited()).Should(BeClosed())
		}
	})

	It("may listen on an interface of its choice", func() {
		instance := started(function(func(p *target.Process) error {
			if _, err := p.ListenOn("0.0.0.0"); err != nil {
				return err
			}
			<-p.Signals()
			return nil
		}), withVerse)
		Expect(instance.Addr).To(HavePrefix("127.0.0.1:"))
		Expect(dial(instance.Addr).Close()).To(Succeed())
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
		}), withVerse)
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
			dial(instance.Addr)
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
		}), withVerse)
		memory := func() int64 {
			usage, err := instance.Usage()
			Expect(err).NotTo(HaveOccurred())
			return usage.Memory
		}
		Expect(memory()).To(BeEquivalentTo(-1), "it cannot be told")
		Expect(instance.Signals.Signal(syscall.SIGTERM)).To(Succeed())
		Eventually(memory).Should(BeEquivalentTo(1024))
	})

	It("that runs once has its outputs kept apart, takes words, and dials", func() {
		listener := listen()
		t := target.NewInProcessOnce("function", conformance.TCP{}, func(p *target.Process) error {
			conn, err := p.Dial(p.Word("addr"))
			if err != nil {
				return err
			}
			fmt.Fprintf(p.Stdout(), "%v %v", conn.RemoteAddr(), p.Words("rest"))
			p.Burn(time.Second)
			p.Hold(1024)
			return target.ExitStatus(3)
		})
		instance := started(t, conformance.Launch{"addr": conformance.Words(listener.Addr().String()), "rest": conformance.Words("a", "b")})
		Expect(exit(instance)).To(Equal(conformance.Exit{Status: 3, How: "exit status 3", Computed: time.Second, Memory: 1024}))
		Expect(string(instance.Output().Stdout)).To(Equal(listener.Addr().String() + " [a b]"))
		Expect(instance.Output().Log).To(BeEmpty(), "a status has no message")
		Expect(instance.Addr).To(BeEmpty())
		Expect(instance.Usage()).To(HaveField("Descriptors", 0), "what it leaves open is closed")
	})

	It("that runs once cannot write without end", func() {
		t := target.NewInProcessOnce("function", conformance.TCP{}, func(p *target.Process) error {
			for {
				if _, err := p.Stdout().Write(make([]byte, 1<<20)); err != nil {
					return err
				}
			}
		})
		instance := started(t, nil)
		Expect(exit(instance)).To(HaveField("Status", 1))
		Expect(instance.Output().Flooded).To(BeTrue())
		Expect(instance.Output().Stdout).To(HaveLen(64 << 20))
	})

	It("whose serving fails ends with that", func() {
		instance := started(function(target.Serve(func(net.Listener, []byte) error {
			return errors.New("no more paper")
		})), withVerse)
		Eventually(instance.Exited()).Should(BeClosed())
		Expect(instance.Exit().Status).To(Equal(1))
		Expect(log(instance)()).To(ContainSubstring("no more paper"))
	})
})
