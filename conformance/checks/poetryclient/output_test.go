package poetryclient

import (
	"testing"

	"scansion/conformance"
)

func TestOutputIsExactlyThePoems(t *testing.T) {
	one, two := []byte("one\n"), []byte("two")
	for _, test := range []struct {
		name, out string
		poems     [][]byte
		want      bool
	}{
		{"no poem, no output", "", nil, true},
		{"no poem, some output", "x", nil, false},
		{"a poem as it is", "one\n", [][]byte{one}, true},
		{"a poem and a line end", "one\n\n", [][]byte{one}, true},
		{"a poem and CR LF", "two\r\n", [][]byte{two}, true},
		{"a poem and two line ends", "two\n\n", [][]byte{two}, false},
		{"a poem whose own line end is missing", "one", [][]byte{one}, false},
		{"a heading before a poem", "poem:\ntwo", [][]byte{two}, false},
		{"two poems", "one\ntwo", [][]byte{one, two}, true},
		{"two poems in the other order, with line ends", "two\none\n\n", [][]byte{one, two}, true},
		{"one of two poems", "one\n", [][]byte{one, two}, false},
		{"one of two poems twice", "twotwo", [][]byte{one, two}, false},
		{"equal poems", "twotwo", [][]byte{two, two}, true},
		{"poems of which one begins as the other", "onetwo" + "one", [][]byte{[]byte("one"), []byte("onetwo")}, true},
		{"an empty poem", "", [][]byte{nil}, true},
		{"an empty poem and a line end", "\n", [][]byte{nil}, true},
		{"an empty poem beside another", "two\n\n", [][]byte{nil, two}, true},
		{"an empty poem and two line ends", "\n\n", [][]byte{nil}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := isExactly([]byte(test.out), test.poems...); got != test.want {
				t.Errorf("isExactly(%q, %q) is %t, not %t", test.out, test.poems, got, test.want)
			}
		})
	}
}

func TestClientSaysMoreThanUsual(t *testing.T) {
	poem := []byte("a poem,\nof two lines\n")
	run := func(stdout, log string) finished {
		return finished{Output: conformance.Output{Stdout: []byte(stdout), Log: log}}
	}
	usual := run(string(poem), "connecting to 127.0.0.1:12345\n10:15:03 done\n")
	for _, test := range []struct {
		name string
		f    finished
		want bool
	}{
		{"the same words, on other ports and at another time", run(string(poem), "connecting to 127.0.0.1:54321\n11:22:33 done\n"), false},
		{"less", run("", "connecting to 127.0.0.1:54321\n"), false},
		{"a message on standard error", run(string(poem), "connecting to 127.0.0.1:54321\nconnection refused\n"), true},
		{"a message on standard output", run(string(poem)+"could not get the other one\n", ""), true},
		{"the poem alone", run(string(poem), ""), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.f.saysMore([]finished{usual}, poem); got != test.want {
				t.Errorf("saysMore is %t, not %t: %q, beside %q", got, test.want, test.f.remarks(poem), usual.remarks(poem))
			}
		})
	}
}

func TestRequestsToTransformServers(t *testing.T) {
	for _, test := range []struct {
		request, poem string
		want          int
	}{
		{"", "", partial},
		{"1", "", partial},
		{"15:cummingsify.ABC", "", partial},
		{"15:cummingsify.ABC,", "ABC", whole},
		{"12:cummingsify.,", "", whole},
		{"9:name.a.b.,", "a.b.", whole},
		{"3:ABC,", "", broken},
		{"15:cummingsify.ABC;", "", broken},
		{"15:cummingsify.ABC,x", "", broken},
		{"015:cummingsify.ABC,", "", broken},
		{"x", "", partial},
		{"GET / HTTP/1.0", "", broken},
		{"100000:", "", broken},
		{"1000000", "", broken},
	} {
		poem, state := parseRequest([]byte(test.request))
		if state != test.want || (state == whole && string(poem) != test.poem) {
			t.Errorf("parseRequest(%q) is %q, %d, not %q, %d", test.request, poem, state, test.poem, test.want)
		}
	}
}
