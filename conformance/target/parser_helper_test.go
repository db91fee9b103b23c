package target_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/target"
)

// patient is for parsers that have something to say, on slow machines too.
const patient = 60 * time.Second

// parserCommand makes the test binary the parser under test, of the kind that mode names,
// and returns the command.
func parserCommand(mode string) string {
	GinkgoHelper()
	self, err := os.Executable()
	Expect(err).NotTo(HaveOccurred())
	GinkgoT().Setenv(helperMode, "parser-"+mode)
	GinkgoT().Setenv("GORACE", "atexit_sleep_ms=0")
	return "'" + self + "'"
}

// parserOf is the instance of a target, until the end of the spec.
func parserOf(t conformance.Target, err error) *conformance.Instance {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(t.Close()).To(Succeed()) })
	return started(t, nil)
}

// execParser is a parser of a mode behind a command that is started for each stream.
func execParser(mode string) *conformance.Instance {
	GinkgoHelper()
	return parserOf(target.NewParserExec(parser, parserCommand(mode)))
}

// chunks is a stream that comes in these reads.
func chunks(reads ...string) conformance.Stream {
	s := conformance.Stream{}
	for _, read := range reads {
		s.Chunks = append(s.Chunks, []byte(read))
	}
	return s
}

// waiting is a stream that stays open after these reads.
func waiting(reads ...string) conformance.Stream {
	s := chunks(reads...)
	s.Open = true
	return s
}

// parse is what a parser makes of a stream, which it can be fed.
func parse(p *conformance.Instance, s conformance.Stream, patience time.Duration) conformance.Parsed {
	GinkgoHelper()
	parsed, err := p.Parse(GinkgoT().Context(), s, patience)
	Expect(err).NotTo(HaveOccurred())
	return parsed
}

// strs are strings as they are delivered.
func strs(all ...string) [][]byte {
	var found [][]byte
	for _, s := range all {
		found = append(found, []byte(s))
	}
	return found
}

// runParserHelper is the parser under test, or an adapter.
func runParserHelper(mode string) int {
	switch mode {
	case "reads": // tells the size of each read, as a string
		buf := make([]byte, 1<<20)
		for {
			n, err := os.Stdin.Read(buf)
			if err != nil {
				return 0
			}
			fmt.Printf("%x\n", strconv.Itoa(n))
		}
	case "at-end":
		all, _ := io.ReadAll(os.Stdin)
		out := bufio.NewWriter(os.Stdout)
		status := decodeTo(bytes.NewReader(all), out)
		_ = out.Flush()
		return status
	case "status-2", "killed", "waits-at-fault":
		if decodeTo(os.Stdin, os.Stdout) == 0 {
			return 0
		}
		fmt.Fprintln(os.Stderr, "first words")
		fmt.Fprintln(os.Stderr, "it cannot go on")
		switch mode {
		case "killed":
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			fallthrough
		case "waits-at-fault":
			waitForSignal(takeSignals("stubborn"))
		}
		return 2
	case "no-hex":
		_, _ = io.Copy(io.Discard, os.Stdin)
		fmt.Println("68656c6c6f\nhello")
		return 0
	case "upper":
		_, _ = io.Copy(io.Discard, os.Stdin)
		fmt.Println("4A\r")
		return 0
	case "floods", "floods-lines":
		_, _ = os.Stdin.Read(make([]byte, 1))
		what := strings.Repeat("00", 32<<10)
		if mode == "floods-lines" {
			what = strings.Repeat("\n", 32<<10)
		}
		for {
			if _, err := os.Stdout.WriteString(what); err != nil {
				return 0
			}
		}
	case "exits-0", "exits-1", "exits-127":
		status, _ := strconv.Atoi(strings.TrimPrefix(mode, "exits-"))
		return status
	case "never-reads":
		return waitForSignal(takeSignals("stubborn"))
	case "has-child", "has-child-elsewhere":
		var attributes *syscall.SysProcAttr
		if mode == "has-child-elsewhere" {
			attributes = &syscall.SysProcAttr{Setsid: true}
		}
		// It holds the outputs, of which standard error tells the spec who it is.
		out := os.Stdout
		os.Stdout = os.Stderr
		if err := child("sleeps", attributes, out); err != nil {
			return 7
		}
		os.Stdout = out
		return decodeTo(os.Stdin, os.Stdout)
	case "long-answer":
		status := decodeTo(os.Stdin, io.Discard)
		_, _ = os.Stdout.WriteString(strings.Repeat("ab", 30_000) + "\n") // a pipe holds it
		return status
	case "300-mb":
		big := make([]byte, 300<<20)
		for i := 0; i < len(big); i += 4096 {
			big[i] = 1
		}
		return decodeTo(os.Stdin, os.Stdout)
	case "reserves":
		// Only at a byte that comes, and gone when the next but one does.
		buf := make([]byte, 1)
		for {
			if n, _ := os.Stdin.Read(buf); n == 0 {
				return 1
			}
			if buf[0] == ':' {
				if _, err := syscall.Mmap(-1, 0, 3<<30, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE); err != nil {
					return 7
				}
			}
		}
	case "spins":
		status := decodeTo(os.Stdin, os.Stdout)
		spin(500 * time.Millisecond)
		return status
	}
	if strings.HasPrefix(mode, "adapter") {
		return runAdapter(mode)
	}
	return decodeTo(os.Stdin, os.Stdout)
}

// spin uses as much of the processor.
func spin(d time.Duration) {
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for {
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
		if time.Duration(after.Utime.Nano()-before.Utime.Nano()+after.Stime.Nano()-before.Stime.Nano()) > d {
			return
		}
	}
}

// decodeTo is a good parser: it writes lines of hex, and returns its exit status.
func decodeTo(in io.Reader, out io.Writer) int {
	if decodeAll(in, func(data []byte) { fmt.Fprintf(out, "%x\n", data) }) != nil {
		return 1
	}
	return 0
}

var errMalformed = errors.New("malformed")

// decodeAll is a good decoder, which reads byte by byte.
func decodeAll(in io.Reader, deliver func([]byte)) error {
	buf := bufio.NewReader(in)
	for {
		length, digits := 0, 0
		for {
			b, err := buf.ReadByte()
			if err != nil && digits == 0 && errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return io.ErrUnexpectedEOF
			}
			if b == ':' && digits > 0 {
				break
			}
			if b < '0' || b > '9' || digits == 1 && length == 0 {
				return errMalformed
			}
			digits++
			if length = length*10 + int(b-'0'); length > 99_999 {
				return errMalformed
			}
		}
		data := make([]byte, length+1)
		if _, err := io.ReadFull(buf, data); err != nil {
			return io.ErrUnexpectedEOF
		}
		if data[length] != ',' {
			return errMalformed
		}
		deliver(data[:length])
	}
}

// runAdapter answers requests until there are no more.
func runAdapter(mode string) int {
	requests := bufio.NewReader(os.Stdin)
	var kept []byte
	for {
		line, err := requests.ReadBytes('\n')
		if err != nil {
			return 0
		}
		var request struct {
			Chunks [][]byte
			End    bool
			Limit  int
			Encode [][]byte
		}
		if err := json.Unmarshal(line, &request); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 9
		}
		if mode == "adapter-encodes" && request.Encode != nil {
			fmt.Printf("{\"stream\":%q}\n", base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d:%s,", len(request.Encode[0]), request.Encode[0])))
			continue
		}
		if request.Limit != 0 || request.Encode != nil {
			fmt.Println(`{"verdict":"unsupported"}`)
			continue
		}
		stream := bytes.Join(request.Chunks, nil)
		switch string(stream) {
		case "4:exit,":
			fmt.Fprintln(os.Stderr, "no such string")
			return 5
		case "4:kill,":
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		case "4:hang,":
			fmt.Printf("child %d\n", os.Getpid()) // of which no end comes
			signal.Ignore(syscall.SIGTERM)
			select {}
		case "4:mute,":
			select {}
		case "8:nonsense,":
			fmt.Println("Traceback (most recent call last):")
			continue
		case "7:verdict,":
			fmt.Println(`{"strings":[],"verdict":"fine"}`)
			continue
		case "5:flood,":
			for {
				if _, err := os.Stdout.WriteString(strings.Repeat("x", 64<<10)); err != nil {
					return 0
				}
			}
		case "5:twice,":
			fmt.Print("{\"strings\":[],\"verdict\":\"complete\"}\n{\"strings\":[],\"verdict\":\"complete\"}\n")
			continue
		case "5:heavy,":
			kept = bytes.Repeat([]byte{1}, 300<<20)
		case "4:spin,":
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				spin(500 * time.Millisecond)
			}()
			<-ended
		case "3:pid,":
			stream = fmt.Appendf(nil, "%d:%d,", len(strconv.Itoa(os.Getpid())), os.Getpid())
		}
		answer := struct {
			Strings [][]byte `json:"strings"`
			Verdict string   `json:"verdict"`
		}{[][]byte{}, "complete"}
		switch err := decodeAll(bytes.NewReader(stream), func(data []byte) { answer.Strings = append(answer.Strings, data) }); {
		case errors.Is(err, io.ErrUnexpectedEOF):
			answer.Verdict = "incomplete"
		case err != nil:
			answer.Verdict = "rejected"
		}
		if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
			return 0
		}
		if mode == "adapter-twice" {
			_ = json.NewEncoder(os.Stdout).Encode(answer)
		}
		_ = kept
	}
}
