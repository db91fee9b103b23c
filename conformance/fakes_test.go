package conformance_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"scansion/conformance"
)

// world is where a test's programs and its judge meet: a network and the test.
type world struct {
	testing.TB
	Gomega
	network conformance.Network
}

// simulated runs a subtest in a bubble of simulated time, on a simulated network.
func simulated(t *testing.T, title string, test func(w *world)) {
	t.Helper()
	t.Run(title, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			network := conformance.NewSimulated(1)
			t.Cleanup(network.Close)
			test(&world{t, NewWithT(t), network})
		})
	})
}

// judge returns a judge of a target on the world's network until the end of the test.
func (w *world) judge(p *programs, o conformance.Options) *conformance.Judge {
	w.Helper()
	j := w.judgeOf(fake(), p, o)
	w.Cleanup(func() { w.Expect(j.Close()).To(Succeed()) })
	return j
}

// judgeOf returns a judge of a role, which the test closes.
func (w *world) judgeOf(role conformance.Role, p *programs, o conformance.Options) *conformance.Judge {
	if o.Network == nil {
		o.Network = w.network
	}
	p.network = w.network
	return conformance.NewJudge(role, p, o)
}

// judged returns the result of a check on a target.
func (w *world) judged(p *programs, o conformance.Options, check func(*conformance.Case)) conformance.Result {
	w.Helper()
	return w.judge(p, o).Judge(w.Context(), must("hold", check))
}

// passes expects a check on a target to pass, and returns its result.
func (w *world) passes(p *programs, o conformance.Options, check func(*conformance.Case)) conformance.Result {
	w.Helper()
	r := w.judged(p, o, check)
	w.Expect(r.Outcome).To(Equal(conformance.Pass), r.Message)
	return r
}

// skips expects a result to be a skip, for a reason.
func (w *world) skips(r conformance.Result, why conformance.Why, message any) {
	w.Helper()
	w.Expect(r.Outcome).To(Equal(conformance.Skip), r.Message)
	w.Expect(r.Why).To(Equal(why), r.Message)
	w.Expect(r.Message).To(matching(message))
}

// fails expects a result to be a failure with a message.
func (w *world) fails(r conformance.Result, message any) {
	w.Helper()
	w.Expect(r.Outcome).To(Equal(conformance.Fail), r.Message)
	w.Expect(r.Why).To(BeEmpty())
	w.Expect(r.Message).To(matching(message))
}

// run judges a target by a role's requirements.
func (w *world) run(ctx context.Context, r conformance.Run) *conformance.Report {
	w.Helper()
	r.Target.(*programs).network, r.Options.Network = w.network, w.network
	report, err := r.Do(ctx)
	w.Expect(err).NotTo(HaveOccurred())
	return report
}

// in returns gomega for checks: what does not hold fails the case.
func in(c *conformance.Case) Gomega {
	return NewGomega(func(message string, _ ...int) { c.Wrong("what the test expects", message) })
}

// programs is a target whose programs are functions of this process. The zero
// value starts programs that send their text to every client and close.
type programs struct {
	network   conformance.Network
	single    bool
	wasSilent bool
	lacks     map[conformance.Need]string
	starts    func(context.Context, conformance.Launch) error // nil: it starts
	serves    func(*program, conformance.Socket)              // one client; the connection is closed afterwards
	once      func(*program)                                  // makes it a program that runs once: it ends when this returns
	signal    func(*program, os.Signal)                       // nil: it ends with status 0
	pointless string                                          // what SignalMain returns
	holds     func(client net.Addr) bool
	busy      func() (computed, starved time.Duration)
	usage     func() (conformance.Usage, error)
	stops     error // what Stop returns
	closes    error // what Close returns

	mu      sync.Mutex
	started []*program
	closed  bool
}

var _ conformance.Target = (*programs)(nil)

func (t *programs) Name() string { return "fake programs" }
func (t *programs) Kind() string { return "fake" }
func (t *programs) Single() bool { return t.single }

func (t *programs) Lacks(need conformance.Need) string { return t.lacks[need] }

func (t *programs) Start(ctx context.Context, l conformance.Launch) (*conformance.Instance, error) {
	if t.starts != nil {
		if err := t.starts(ctx, l); err != nil {
			return nil, err
		}
	}
	p := &program{target: t, launch: l, exited: make(chan struct{}), conns: map[net.Conn]bool{}}
	instance := &conformance.Instance{Process: p, Launch: l, Signals: p, Usage: t.usage, Busy: t.busy, Holds: t.holds, WasSilent: t.wasSilent}
	if t.once == nil {
		listener, err := t.network.Listen(ctx, "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		p.listener, p.addr = listener, listener.Addr().String()
		instance.Addr = p.addr
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.started = append(t.started, p)
	p.number = len(t.started)
	if t.once == nil {
		p.workers.Go(p.accept)
	} else {
		p.workers.Go(func() { t.once(p); p.die(0, "exit status 0") })
	}
	return instance, nil
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

// texts returns the names of the files that programs were started with.
func (t *programs) texts() []string {
	var names []string
	for _, p := range t.all() {
		file, _ := p.launch["text"].File()
		names = append(names, file.Name)
	}
	return names
}

// program is one running program of the target.
type program struct {
	target   *programs
	launch   conformance.Launch
	number   int // 1 for the first that was started
	listener net.Listener
	addr     string
	workers  sync.WaitGroup

	end    sync.Once
	exited chan struct{}
	exit   conformance.Exit

	mu     sync.Mutex
	conns  map[net.Conn]bool
	stdout []byte
}

func (p *program) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.opens(conn)
		p.workers.Go(func() {
			defer conn.Close()
			if p.target.serves != nil {
				p.target.serves(p, conn.(conformance.Socket))
				return
			}
			p.send(conn.(conformance.Socket))
		})
	}
}

// opens notes a connection to be closed when the program ends.
func (p *program) opens(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[conn] = true
}

// dial connects a program that runs once to an address, or returns nil if it cannot.
func (p *program) dial(addr string) conformance.Socket {
	conn, err := p.target.network.Dial(context.Background(), addr, conformance.DialOptions{})
	if err != nil {
		return nil
	}
	p.opens(conn)
	return conn
}

// word returns what the program was told as a variable of one word.
func (p *program) word(variable string) string { return p.launch[variable].Words()[0] }

// send serves a client as it should be.
func (p *program) send(conn conformance.Socket) {
	_, _ = conn.Write(p.text())
	_ = conn.CloseWrite()
	_, _ = io.Copy(io.Discard, conn) // or a close would be a reset, if the client has sent something
}

func (p *program) text() []byte {
	file, _ := p.launch["text"].File()
	return file.Bytes()
}

// print writes to the standard output.
func (p *program) print(text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stdout = append(p.stdout, text...)
}

// die ends the program as a crash does: all that it has open is closed.
func (p *program) die(status int, how string) {
	p.end.Do(func() {
		p.exit = conformance.Exit{Status: status, How: how}
		if p.listener != nil {
			_ = p.listener.Close()
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for conn := range p.conns {
			_ = conn.Close()
		}
		close(p.exited)
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

func (p *program) Exited() <-chan struct{} { return p.exited }
func (p *program) Exit() conformance.Exit  { return p.exit }

func (p *program) Output() conformance.Output {
	p.mu.Lock()
	defer p.mu.Unlock()
	return conformance.Output{Stdout: p.stdout, Log: "what it wrote"}
}

func (p *program) Signal(signal os.Signal) error {
	if p.target.signal != nil {
		p.target.signal(p, signal)
		return nil
	}
	p.die(0, "exit status 0")
	return nil
}

func (p *program) SignalMain(signal os.Signal) (pointless string, err error) {
	if p.target.pointless != "" {
		return p.target.pointless, nil
	}
	return "", p.Signal(signal)
}

func (p *program) Stop() error {
	p.die(0, "exit status 0")
	p.workers.Wait()
	return p.target.stops
}

// text returns a file.
func text(name, content string) conformance.File {
	all := []byte(content)
	return conformance.File{Name: name, About: "a " + name + " text", Bytes: func() []byte { return all }}
}

var usual = text("usual", "One line will do.\n")

// launch starts a program with a file.
func launch(f conformance.File) conformance.Launch {
	return conformance.Launch{"text": conformance.Content(f)}
}

// fake returns a role of programs that serve.
func fake(requirements ...conformance.Requirement) conformance.Role {
	return conformance.Role{
		Name: "fake", About: "A program that sends a text.",
		Variables:    []conformance.Variable{{Name: "text", Help: "a file"}, {Name: "mode", Help: "a word"}, {Name: "addr", Help: "a server"}},
		Baseline:     launch(usual),
		Requirements: requirements,
	}
}

// must returns a requirement of an instance that is shared.
func must(slug string, check func(*conformance.Case)) conformance.Requirement {
	return conformance.Requirement{
		Slug: slug, Level: conformance.Must, Statement: "It MUST " + slug + ".",
		Source: conformance.Source{Section: "1.1", Part: "Part 1"}, Check: check,
	}
}

// dedicated returns a requirement with an instance of its own.
func dedicated(r conformance.Requirement) conformance.Requirement {
	r.Instance = conformance.Dedicated
	return r
}

// startedByCheck returns a requirement without an instance.
func startedByCheck(r conformance.Requirement) conformance.Requirement {
	r.Instance = conformance.StartedByCheck
	return r
}

// on returns a requirement of an instance with another file.
func on(f conformance.File, r conformance.Requirement) conformance.Requirement {
	r.Launch = launch(f)
	return r
}

// outcomes returns how the cases ended, in the report's order.
func outcomes(r *conformance.Report) []conformance.Outcome {
	var all []conformance.Outcome
	for _, result := range r.Results {
		all = append(all, result.Outcome)
	}
	return all
}

// expectText fails the case unless the instance sends its text.
func expectText(c *conformance.Case) {
	r := c.Dial(conformance.DialOptions{}).Match(c.File("text"), conformance.Pace{})
	if !r.Whole() || r.End != conformance.FIN {
		c.Wrong("the text", r.String())
	}
}

// fails fails the case.
func fails(c *conformance.Case) { c.Wrong("this", "that") }

// matching returns a matcher for a message: itself, or the text that it contains.
func matching(message any) types.GomegaMatcher {
	if s, ok := message.(string); ok {
		return ContainSubstring(s)
	}
	return message.(types.GomegaMatcher)
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
