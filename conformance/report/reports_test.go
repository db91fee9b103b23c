package report_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"scansion/conformance"
)

const command = "scansion check poetry-server --exec 'python3 server.py --port {port} {poem}' --seed 42 --run "

// result returns a result with everything that a run fills in for any outcome.
func result(slug string, level conformance.Level, outcome conformance.Outcome) conformance.Result {
	id := "poetry-server/" + slug
	return conformance.Result{
		ID: id, Role: "poetry-server", Level: level, Outcome: outcome,
		Statement:  fmt.Sprintf("A poetry server %v %s.", level, strings.ReplaceAll(slug, "-", " ")),
		Source:     "specification 1.3; tutorial Part 1",
		Seconds:    0.012,
		Transcript: "   0.001s #1     connected\n   0.002s #1     <- 12 bytes \"A lamp is hu\"\n   0.003s #1     FIN received\n",
		Repeat:     command + id,
	}
}

func failing(slug string, level conformance.Level) conformance.Result {
	r := result(slug, level, conformance.Fail)
	r.Message = "expected: the 28 bytes of the poem, then FIN\nseen:     FIN after 12 of 28 bytes"
	r.Output = "listening on 127.0.0.1:40001\n"
	return r
}

func skipping(slug string, level conformance.Level, reason string) conformance.Result {
	r := result(slug, level, conformance.Skip)
	r.Message, r.Transcript, r.Seconds = reason, "", 0
	return r
}

func knownToFail(r conformance.Result) conformance.Result {
	r.KnownFailure = true
	return r
}

// long fails after a transcript and an output that are too long to be shown whole.
func long() conformance.Result {
	r := failing("serve-many-clients", conformance.Must)
	var transcript, output strings.Builder
	for i := range 34 {
		fmt.Fprintf(&transcript, "%8.3fs #%-5d connected\n", float64(i)/1000, i+1)
		fmt.Fprintf(&output, "client %d is served\n", i+1)
	}
	r.Transcript, r.Output = transcript.String(), output.String()
	return r
}

// garbage fails with bytes in every field that a target can get at, which would
// clear a terminal, end an element, or break an encoder.
func garbage() conformance.Result {
	r := failing("survive-binary-garbage", conformance.Must)
	r.Message = "expected: nothing\nseen:     \x1b[2J\x00]]><b>&amp;</b>"
	r.Output = "\x1b[31mred\x07\r\nnot UTF-8: \xff\xfe\ttab\nline separator: \u2028, right to left: \u202e, none: \ufffe \U000e0001\n"
	r.Transcript += "   0.004s        a note with \x1b[2J in it\n"
	return r
}

func brokenCase() conformance.Result {
	r := result("be-checked-by-a-sound-check", conformance.Must, conformance.Skip)
	r.Broken = true
	r.Message = "the check itself is broken, which is a fault of Scansion: runtime error: index out of range [3] with length 3"
	return r
}

func reportOf(results ...conformance.Result) *conformance.Report {
	return &conformance.Report{
		Version: "1.2.3",
		Seed:    42,
		Target:  conformance.TargetInfo{Name: "python3 server.py --port {port} {poem}", Kind: "exec"},
		Started: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC),
		Seconds: 1.618,
		Results: results,
	}
}

// everything has one result of every standing.
func everything() *conformance.Report {
	return reportOf(
		result("send-exactly-its-poem", conformance.Must, conformance.Pass),
		failing("close-after-the-poem", conformance.Must),
		long(),
		garbage(),
		knownToFail(failing("refuse-a-missing-poem", conformance.Must)),
		knownToFail(result("reuse-its-port", conformance.Must, conformance.Pass)),
		skipping("end-when-told", conformance.Must, "needs a process that the judge starts, and the target is an address"),
		brokenCase(),
		failing("say-where-it-listens", conformance.Should),
		result("pace-its-output", conformance.May, conformance.Pass),
	)
}

func conforming() *conformance.Report {
	return reportOf(
		result("send-exactly-its-poem", conformance.Must, conformance.Pass),
		result("close-after-the-poem", conformance.Must, conformance.Pass),
		skipping("say-where-it-listens", conformance.Should,
			"could not be judged, for the control failed (a poem is served): expected: a connection to 127.0.0.1:40001\nseen:     connection refused"),
	)
}

func couldNotRun() *conformance.Report {
	reason := "it ended before it listened: exit status 1"
	r := reportOf(
		skipping("send-exactly-its-poem", conformance.Must, "the target could not be run: "+reason),
		skipping("say-where-it-listens", conformance.Should, "the target could not be run: "+reason),
	)
	r.CouldNotRun = reason
	r.Output = "Traceback (most recent call last):\n  File \"server.py\", line 3, in <module>\n\x1b[31mNameError: name 'sokcet' is not defined\x1b[0m\n"
	return r
}

func interrupted() *conformance.Report {
	r := reportOf(
		result("send-exactly-its-poem", conformance.Must, conformance.Pass),
		skipping("close-after-the-poem", conformance.Must, "interrupted"),
	)
	r.Interrupted = true
	return r
}

var errFull = errors.New("no space left on device")

// full is a disk with room for so many writes.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room--; f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}
