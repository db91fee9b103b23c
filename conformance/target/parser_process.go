package target

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"scansion/conformance"
)

const (
	// sampleEvery is how often a parser's memory is looked at while it works.
	// It is also looked at with each chunk, unless there are very many.
	sampleEvery = 10 * time.Millisecond
	mostSamples = 10_000

	// A program that waits for input takes it within some microseconds, for which Go's
	// timers are too coarse. So it is looked at yields times in a row whether it has, and
	// then after naps that become longer, up to longestNap: it may be one that never reads.
	yields      = 20
	shortestNap = 20 * time.Microsecond
	longestNap  = time.Millisecond
)

// parserProcess is a command that reads a stream.
type parserProcess struct {
	cmd         *exec.Cmd
	mark        string   // in the environment of all that it starts, and of nobody else
	stdin       *os.File // our end
	stdout      *os.File // our end
	answer      bounded
	diagnostics output
	grace       time.Duration // for what it has started, to end after it
	held        bool          // something that it has started kept its outputs; known once it has exited
	exited      chan struct{} // closed when it has ended, and all that it wrote was read
	moved       chan struct{} // a chunk was read

	mu                 sync.Mutex
	resident, reserved int64 // the most that was seen, or -1
}

// startParserProcess starts a command. What it starts itself is given a grace to end.
func startParserProcess(c command, mark string, grace time.Duration) (*parserProcess, error) {
	stdin, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, stdout, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, stdin.Close(), in.Close())
	}
	p := &parserProcess{
		stdin: in, stdout: out, mark: "SCANSION_STREAM=" + rand.Text(), grace: grace, resident: -1, reserved: -1,
		answer: bounded{full: make(chan struct{})},
		exited: make(chan struct{}), moved: make(chan struct{}, 1),
	}
	p.cmd, _ = prepare(c, mark, nil)
	p.cmd.Env, p.cmd.WaitDelay = append(p.cmd.Env, p.mark), grace
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, stdout, &p.diagnostics
	err = p.cmd.Start()
	closed := errors.Join(stdin.Close(), stdout.Close()) // they are the program's
	if err != nil {
		return nil, errors.Join(notStartable(err), closed, in.Close(), out.Close())
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		p.readAnswer()
	}()
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait()                                     // the state tells how it ended
		_ = p.stdout.SetReadDeadline(now().Add(pipesWithin)) // or whoever holds it would be waited for
		<-answered
		_ = p.stdout.Close() // it was for reading
	}()
	return p, nil
}

// readAnswer reads what the program writes, to its end or until there was too much. Once
// the program has ended, which sets a deadline, it reads what is there already, however
// slow this machine is, but does not wait long for those that the program has started.
func (p *parserProcess) readAnswer() {
	buf := make([]byte, 64<<10)
	for {
		n, err := p.stdout.Read(buf)
		if !p.answer.take(buf[:n]) {
			return
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if left, _ := unread(p.stdout); left > 0 {
				_ = p.stdout.SetReadDeadline(now().Add(p.grace)) // it can have one
				continue
			}
			p.held = true
		}
		if err != nil {
			return
		}
	}
}

// feed writes the stream, each chunk once the one before has been read, and ends it
// unless it is to stay open. It returns early if nobody reads any more.
func (p *parserProcess) feed(s conformance.Stream) {
	for _, chunk := range s.Chunks {
		p.answer.fed.Add(int64(len(chunk)))
		if _, err := p.stdin.Write(chunk); err != nil {
			return // the program has ended, or was killed
		}
		if !p.drained() {
			return
		}
		if s.Measured && len(s.Chunks) <= mostSamples {
			p.sample() // it has done what it does at the chunk before, and waits for more
		}
		select {
		case p.moved <- struct{}{}:
		default: // nobody has looked since
		}
	}
	if !s.Open {
		_ = p.stdin.Close() // there is nothing to be flushed
	}
}

// drained waits until the program has read all that was written, where the system can
// tell, and reports whether it still runs.
func (p *parserProcess) drained() bool {
	rest := shortestNap
	for looks := 0; ; looks++ {
		left, known := unread(p.stdin)
		if !known || left == 0 {
			return true
		}
		select {
		case <-p.exited:
			return false
		default:
		}
		if looks < yields {
			runtime.Gosched()
			continue
		}
		nap(rest)
		rest = min(2*rest, longestNap)
	}
}

// watch waits until the process has ended, and reports whether it had to be given up: it
// wrote too much, or read nothing and did not end for as long as patience. It calls idle
// when half of that has passed.
func (p *parserProcess) watch(ctx context.Context, patience time.Duration, measured bool, idle func()) (hung bool) {
	var sample <-chan time.Time // never
	if measured {
		ticker := time.NewTicker(sampleEvery)
		defer ticker.Stop()
		sample = ticker.C
	}
	quiet := newVigil(p.cmd.Process.Pid, patience).atStart()
	defer quiet.stop()
	for {
		select {
		case <-p.exited:
			return false
		case <-p.answer.full:
			return false
		case <-ctx.Done():
			return true
		case <-p.moved:
			quiet.restart()
		case <-sample:
			p.sample()
		case <-quiet.over():
			if quiet.isOver() {
				return true
			}
			idle()
		}
	}
}

func (p *parserProcess) sample() {
	resident, reserved := peaks(p.cmd.Process.Pid)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resident, p.reserved = max(p.resident, resident), max(p.reserved, reserved)
}

// end ends the process and all that it started, and waits until it has ended.
func (p *parserProcess) end() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
	_ = p.cmd.Process.Kill()                              // it may have left its group
	_ = p.stdin.Close()                                   // ends a write that nobody reads
	<-p.exited
	if p.held {
		killMarked(p.mark)
	}
}

// took is what the process, which has ended, took.
func (p *parserProcess) took() (cpu time.Duration, resident, reserved int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	state := p.cmd.ProcessState
	return state.UserTime() + state.SystemTime(), max(p.resident, mostResident(state)), p.reserved
}

const (
	// What a parser may write that has been fed so many bytes: for each string a line of
	// two digits a byte, and for each line three bytes at least. Who writes more by this
	// much, or more than all that a check could want, writes without end.
	bytesSlack, bytesMost = 1 << 20, 64 << 20
	linesSlack            = 10_000
)

// bounded keeps what a parser writes, in measure.
type bounded struct {
	fed   atomic.Int64 // bytes that the parser was sent
	buf   bytes.Buffer
	lines int64
	full  chan struct{} // closed when there was more
}

// take keeps p, and reports whether it may be followed by more.
func (b *bounded) take(p []byte) bool {
	fed := b.fed.Load()
	b.lines += int64(bytes.Count(p, []byte("\n")))
	if size := int64(b.buf.Len() + len(p)); size > min(2*fed+bytesSlack, bytesMost) || b.lines > fed/3+linesSlack {
		close(b.full)
		return false
	}
	b.buf.Write(p)
	return true
}

// flooded reports whether there was more than could be kept.
func (b *bounded) flooded() bool {
	select {
	case <-b.full:
		return true
	default:
		return false
	}
}
