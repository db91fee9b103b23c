package peers_test

import (
	"fmt"
	"slices"
	"strings"

	"scansion/conformance"
)

// trial is a stream, as it is read, and what a parser should make of it.
type trial struct {
	reads   []string
	open    bool
	strings []string
	verdict conformance.ParserVerdict
}

func (t trial) stream() conformance.Stream {
	s := conformance.Stream{Open: t.open}
	for _, read := range t.reads {
		s.Chunks = append(s.Chunks, []byte(read))
	}
	return s
}

func (t trial) String() string {
	return fmt.Sprintf("%.200q, open: %t", t.reads, t.open)
}

func netstring(s string) string { return fmt.Sprintf("%d:%s,", len(s), s) }

// accepted is a stream of these strings in one read.
func accepted(all ...string) trial {
	var b strings.Builder
	for _, s := range all {
		b.WriteString(netstring(s))
	}
	return trial{reads: []string{b.String()}, strings: all}
}

// rejected are streams that begin with "a" and then have a fault.
func rejected(faulty ...string) []trial {
	var all []trial
	for _, f := range faulty {
		all = append(all, trial{reads: []string{"1:a," + f}, strings: []string{"a"}, verdict: conformance.Rejected})
	}
	return all
}

// waiting are streams that are rejected although they stay open.
func waiting(faulty ...string) []trial {
	all := rejected(faulty...)
	for i := range all {
		all[i].open = true
	}
	return all
}

// incomplete are the streams that end inside a netstring after "a".
func incomplete(s string) []trial {
	var all []trial
	for i := 1; i < len(s); i++ {
		all = append(all, trial{reads: []string{"1:a," + s[:i]}, strings: []string{"a"}, verdict: conformance.Incomplete})
	}
	return all
}

// cut returns the trial with other reads.
func (t trial) cut(at ...int) trial {
	whole := strings.Join(t.reads, "")
	t.reads = nil
	from := 0
	for _, to := range append(at, len(whole)) {
		if to > from {
			t.reads = append(t.reads, whole[from:to])
			from = to
		}
	}
	return t
}

// blocks returns the trial with reads of a size.
func (t trial) blocks(size int) trial {
	var at []int
	for i := size; i < len(strings.Join(t.reads, "")); i += size {
		at = append(at, i)
	}
	return t.cut(at...)
}

// trials has streams for each requirement that is about verdicts and strings, such as
// its check may have.
func trials() map[string][]trial {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	var (
		several = accepted("over", "", "the hills", "1:a,", "over", "a", "")
		long    = strings.Repeat("x", 99_999)
		longer  = netstring(strings.Repeat("x", 100_000))
	)
	var once, twice []trial
	for i := range several.reads[0] {
		once = append(once, several.cut(i))
		for j := range i {
			twice = append(twice, several.cut(j, i))
		}
	}
	return map[string][]trial{
		"accepts-netstrings":            {accepted(), accepted("hello"), accepted("hello world")},
		"accepts-empty-string":          {accepted("")},
		"accepts-any-bytes":             {accepted(string(every)), accepted(" a "), accepted("a\r\nb"), accepted("été")},
		"accepts-longest-string":        {accepted(long), accepted(long).blocks(4096)},
		"delivers-in-order":             {several.blocks(2), several},
		"many-in-one-read":              {several},
		"cut-once":                      once,
		"cut-twice":                     twice,
		"cut-into-bytes":                {several.blocks(1)},
		"cut-into-blocks":               {several.blocks(2), several.blocks(5)},
		"rejects-empty-length":          rejected(":", ":,"),
		"rejects-leading-zero":          rejected("00:,", "01:a,", "010:abcdefgh,"),
		"rejects-sign":                  rejected("+1:a,", "-1:a,", "-0:,"),
		"rejects-white-space":           rejected(" 1:a,", "1 :a,", "\n1:a,", "\n"),
		"rejects-other-characters":      rejected("a", "0x1:a,", "1e1:abcdefghij,", "1_0:abcdefghij,", "1.:a,", "\u0661:a,"),
		"rejects-missing-colon":         rejected("1,a,", "1;a,", "1a,"),
		"rejects-missing-comma":         rejected("1:a;", "1:ab,", "1:a1:b,", "1:a\n"),
		"rejects-at-once":               waiting(":,", "00:", "+1", "1;a", "1:ab,"),
		"delivers-strings-before-fault": rejected("x1:b,", "1:bc,1:c,"),
		"rejects-longer-string":         rejected(longer),
		"rejects-long-length-at-once":   waiting("100000:", "999999:", "1000000:"),
		"rejects-overflowing-lengths": rejected("2147483648:hello,", "4294967301:hello,", "9223372036854775808:hello,",
			"18446744073709551621:hello,", "100000000000000000005:hello,"),
		"rejects-endless-length": rejected(strings.Repeat("1", 1_000_000), strings.Repeat("7", 1_000_000)+":hello,"),
		"reports-incomplete":     append(incomplete("10:0123456789,"), incomplete("0:,")...),
	}
}

// costs are the requirements that are not about what is made of a stream, or not with the
// usual maximum.
var costs = []string{
	"encodes-netstrings", "keeps-set-maximum",
	"linear-time-for-bytes", "linear-time-for-blocks", "linear-time-for-strings", "linear-time-for-one-read",
	"bounded-memory", "reserves-nothing",
}

// refusal reports whether a requirement is about something that a parser must refuse.
func refusal(slug string) bool {
	return strings.HasPrefix(slug, "rejects-") || slices.Contains([]string{"reports-incomplete", "delivers-strings-before-fault"}, slug)
}
