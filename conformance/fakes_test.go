package conformance_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
)

const role conformance.Role = "fake"

// programs is a target whose programs are functions of this process. The zero
// value starts programs that send their fixture to every client and close.
type programs struct {
	single bool
	mute   bool // it has been silent before
	lacks  map[conformance.Need]string
	starts func(context.Context, conformance.Setup) error // nil: it starts
	serves func(*program, *net.TCPConn)                   // one client; the connection is closed afterwards
	signal func(*program, os.Signal)                      // nil: it ends with status 0
	holds  func(client net.Addr) bool                     // nil: every connection
	hungry func() time.Duration                           // for the processor, so far; nil: never
	stops  error                                          // what Stop returns
	closes error                                          // what Close returns

	mu      sync.Mutex
	started []*program
	closed  bool
}

var _ conformance.Target = (*programs)(nil)

func (t *programs) Name() string { return "fake programs" }
func (t *programs) Kind() string { return "fake" }
func (t *programs) Single() bool { return t.single }

func (t *programs) Lacks(need conformance.Need) string { return t.lacks[need] }

func (t *programs) Start(ctx context.Context, setup conformance.Setup) (conformance.Instance, error) {
	if t.starts != nil {
		if err := t.starts(ctx, setup); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &program{target: t, setup: setup, listener: listener, exited: make(chan struct{}), conns: map[net.Conn]bool{}}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.started = append(t.started, p)
	p.number = len(t.started)
	p.workers.Go(p.accept)
	return p, nil
}

func (t *programs) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	return t.closes
}

// all returns every program that was started, in order.
func (t *programs) all() []*program {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]*program(nil), t.started...)
}

// served returns the names of the fixtures that programs were started with.
func (t *programs) served() []string {
	var names []string
	for _, p := range t.all() {
		names = append(names, p.setup.Fixture.Name)
	}
	return names
}

// program is one running program of the target.
type program struct {
	target   *programs
	setup    conformance.Setup
	number   int // 1 for the first that was started
	listener net.Listener
	workers  sync.WaitGroup

	once   sync.Once
	exited chan struct{}
	exit   conformance.Exit

	mu      sync.Mutex
	conns   map[net.Conn]bool
	clients int
}

func (p *program) Holds(client net.Addr) bool {
	return p.target.holds == nil || p.target.holds(client)
}

func (p *program) Starved() time.Duration {
	if p.target.hungry == nil {
		return 0
	}
	return p.target.hungry()
}

func (p *program) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.conns[conn] = true
		p.clients++
		p.mu.Unlock()
		p.workers.Go(func() {
			defer conn.Close()
			if p.target.serves != nil {
				p.target.serves(p, conn.(*net.TCPConn))
				return
			}
			p.send(conn.(*net.TCPConn))
		})
	}
}

// send serves a client as it should be.
func (p *program) send(conn *net.TCPConn) {
	_, _ = conn.Write(p.Poem())
	_ = conn.CloseWrite()
	_, _ = io.Copy(io.Discard, conn) // or a close would be a reset, if the client has sent something
}

// die ends the program as a crash does: all that it has open is closed.
func (p *program) die(status int, how string) {
	p.once.Do(func() {
		p.exit = conformance.Exit{Status: status, How: how}
		close(p.exited)
		_ = p.listener.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		for conn := range p.conns {
			_ = conn.Close()
		}
	})
}

func (p *program) isGone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

func (p *program) Addr() string            { return p.listener.Addr().String() }
func (p *program) Poem() []byte            { return p.setup.Fixture.Bytes() }
func (p *program) Exited() <-chan struct{} { return p.exited }
func (p *program) Exit() conformance.Exit  { return p.exit }
func (p *program) Output() string          { return "what it wrote" }
func (p *program) Mute() bool              { return p.target.mute }

func (p *program) Signal(signal os.Signal) error {
	if p.target.signal != nil {
		p.target.signal(p, signal)
		return nil
	}
	p.die(0, "exit status 0")
	return nil
}

func (p *program) Usage() (conformance.Usage, error) {
	return conformance.Usage{}, conformance.ErrNotSupported
}

func (p *program) Stop() error {
	p.die(0, "exit status 0")
	p.workers.Wait()
	return p.target.stops
}

// poem is a fixture.
func poem(name, text string) conformance.Fixture {
	content := []byte(text)
	return conformance.Fixture{Name: name, About: "a " + name + " poem", Bytes: func() []byte { return content }}
}

var control = poem("control", "One line will do.\n")

// must is a requirement that is judged on the control.
func must(slug string, check func(*conformance.Case)) conformance.Requirement {
	return conformance.Requirement{
		ID: string(role) + "/" + slug, Role: role, Level: conformance.Must, Statement: "It MUST " + slug + ".",
		Source: conformance.Source{Section: "1.1", Part: "Part 1"}, Fixture: control, Check: check,
	}
}

// alone is a requirement with an instance of its own.
func alone(r conformance.Requirement) conformance.Requirement {
	r.Alone = true
	return r
}

// on is a requirement judged on another fixture.
func on(f conformance.Fixture, r conformance.Requirement) conformance.Requirement {
	r.Fixture = f
	return r
}

func catalogue(requirements ...conformance.Requirement) conformance.Catalogue {
	return conformance.Catalogue{Role: role, Control: control, Requirements: requirements}
}

// judge is a judge of the target until the end of the spec.
func judge(t conformance.Target, o conformance.Options) *conformance.Judge {
	j := conformance.NewJudge(t, control, o)
	DeferCleanup(func() { Expect(j.Close()).To(Succeed()) })
	return j
}

// judged is the result of a check on a target.
func judged(t conformance.Target, o conformance.Options, check func(*conformance.Case)) conformance.Result {
	GinkgoHelper()
	return judge(t, o).Judge(context.Background(), must("hold", check))
}

// run judges a target by a whole catalogue.
func run(ctx context.Context, r conformance.Run) *conformance.Report {
	GinkgoHelper()
	report, err := r.Do(ctx)
	Expect(err).NotTo(HaveOccurred())
	return report
}

// outcomes returns how the cases ended, in the report's order.
func outcomes(r *conformance.Report) []conformance.Outcome {
	var all []conformance.Outcome
	for _, result := range r.Results {
		all = append(all, result.Outcome)
	}
	return all
}

// expectPoem fails the case unless the instance serves its poem.
func expectPoem(c *conformance.Case) {
	r := c.Dial(conformance.DialOptions{}).Match(c.Poem(), conformance.Pace{})
	if !r.Whole() || r.End != conformance.FIN {
		c.Wrong("the poem", r.String())
	}
}

// meeting is where n goroutines wait for each other.
type meeting struct {
	mu      sync.Mutex
	missing int
	full    chan struct{}
}

func newMeeting(n int) *meeting { return &meeting{missing: n, full: make(chan struct{})} }

func (m *meeting) arrive() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.missing--; m.missing == 0 {
		close(m.full)
	}
}

// isFull reports whether all have come.
func (m *meeting) isFull() bool {
	select {
	case <-m.full:
		return true
	default:
		return false
	}
}

// crowd counts who is in a place at the same time.
type crowd struct {
	mu        sync.Mutex
	now, most int
}

func (c *crowd) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now++
	c.most = max(c.most, c.now)
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now--
}

func (c *crowd) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

var errOurs = errors.New("no more processes")
