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
		ID: id, Level: level, Outcome: outcome,
		Statement: fmt.Sprintf("A poetry server %v %s.", level, strings.ReplaceAll(slug, "-", " ")),
		Source:    "specification 1.3; tutorial Part 1",
		Seconds:   0.012,
		Transcript: conformance.Transcript{
			note(0.001, "client#1", "connected to 127.0.0.1:40001"),
			{At: 0.002, Lane: "client#1", Kind: conformance.Received, Bytes: 12, Parts: 1, First: []byte("A lamp is hu")},
			note(0.003, "client#1", "<- FIN"),
		},
		Repeat: command + id,
	}
}

func note(at float64, lane, text string) conformance.Event {
	return conformance.Event{At: at, Lane: lane, Kind: conformance.Note, Text: text}
}

func failing(slug string, level conformance.Level) conformance.Result {
	r := result(slug, level, conformance.Fail)
	r.Message = "expected: the 28 bytes of the poem, then FIN\nseen:     FIN after 12 of 28 bytes"
	r.Output = "listening on 127.0.0.1:40001\n"
	return r
}

func skipping(slug string, level conformance.Level, why conformance.Why, reason string) conformance.Result {
	r := result(slug, level, conformance.Skip)
	r.Why, r.Message, r.Transcript, r.Seconds = why, reason, nil, 0
	return r
}

func knownToFail(r conformance.Result) conformance.Result {
	r.KnownFailure = true
	return r
}

// long fails after a transcript and an output that are too long to be shown whole.
func long() conformance.Result {
	r := failing("serve-many-clients", conformance.Must)
	r.Transcript, r.Output = nil, ""
	for i := range 34 {
		r.Transcript = append(r.Transcript, note(float64(i)/1000, fmt.Sprintf("client#%d", i+1), "connected"))
		r.Output += fmt.Sprintf("client %d is served\n", i+1)
	}
	return r
}

// garbage fails with bytes in every field that a target can get at, which would
// clear a terminal, end an element, or break an encoder.
func garbage() conformance.Result {
	r := failing("survive-binary-garbage", conformance.Must)
	r.Message = "expected: nothing\nseen:     \x1b[2J\x00]]><b>&amp;</b>"
	r.Output = "\x1b[31mred\x07\r\nnot UTF-8: \xff\xfe\ttab\nline separator: \u2028, right to left: \u202e, none: \ufffe \U000e0001\n"
	r.Transcript = append(r.Transcript,
		conformance.Event{At: 0.004, Lane: "client#1", Kind: conformance.Sent, Bytes: 99, Parts: 3, First: []byte("\x1b[2J"), Last: []byte("\xff\n")},
		conformance.Event{At: 0.005, Kind: conformance.Omitted, Text: "7 events left out"},
		note(0.006, "", "a note with \x1b[2J and \xff in it"))
	return r
}

func brokenCase() conformance.Result {
	r := result("be-checked-by-a-sound-check", conformance.Must, conformance.Skip)
	r.Why = conformance.Broken
	r.Message = "the check itself is broken, which is a fault of Scansion: runtime error: index out of range [3] with length 3"
	return r
}

func reportOf(results ...conformance.Result) *conformance.Report {
	return &conformance.Report{
		Format:  conformance.ReportFormat,
		Version: "1.2.3",
		Role:    "poetry-server",
		Seed:    42,
		Target:  conformance.TargetInfo{Name: "python3 server.py --port {port} {poem}", Kind: "exec"},
		Started: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC),
		Seconds: 1.618,
		Results: results,
	}
}

// everything has one result of every status.
func everything() *conformance.Report {
	return reportOf(
		result("send-exactly-its-poem", conformance.Must, conformance.Pass),
		failing("close-after-the-poem", conformance.Must),
		long(),
		garbage(),
		knownToFail(failing("refuse-a-missing-poem", conformance.Must)),
		knownToFail(result("reuse-its-port", conformance.Must, conformance.Pass)),
		skipping("end-when-told", conformance.Must, conformance.Unsupported, "needs a process that the judge starts, and the target is an address"),
		brokenCase(),
		failing("say-where-it-listens", conformance.Should),
		result("pace-its-output", conformance.May, conformance.Pass),
	)
}

func conforming() *conformance.Report {
	return reportOf(
		result("send-exactly-its-poem", conformance.Must, conformance.Pass),
		result("close-after-the-poem", conformance.Must, conformance.Pass),
		skipping("say-where-it-listens", conformance.Should, conformance.Inconclusive,
			"could not be judged: a precondition does not hold (a poem is served): expected: a connection to 127.0.0.1:40001\nseen:     connection refused"),
	)
}

func couldNotRun() *conformance.Report {
	reason := "it ended before it listened: exit status 1"
	r := reportOf(
		skipping("send-exactly-its-poem", conformance.Must, conformance.Unsupported, "the target could not be run: "+reason),
		skipping("say-where-it-listens", conformance.Should, conformance.Unsupported, "the target could not be run: "+reason),
	)
	r.CouldNotRun = reason
	r.Output = "Traceback (most recent call last):\n  File \"server.py\", line 3, in <module>\n\x1b[31mNameError: name 'sokcet' is not defined\x1b[0m\n"
	return r
}

func interrupted() *conformance.Report {
	r := reportOf(
		result("send-exactly-its-poem", conformance.Must, conformance.Pass),
		skipping("close-after-the-poem", conformance.Must, conformance.Interrupted, "interrupted"),
	)
	r.Interrupted = true
	return r
}

// of is a run of one target.
func of(r *conformance.Report) []*conformance.Report { return []*conformance.Report{r} }

var errFull = errors.New("no space left on device")

// full is a disk with room for so many writes.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room--; f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}
