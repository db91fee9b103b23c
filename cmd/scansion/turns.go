package main

import (
	"bytes"
	"io"
	"sync"
)

// turns lets several writers share an output one after the other: what a writer writes
// before its turn is kept until then.
type turns struct {
	out io.Writer

	mu   sync.Mutex
	next int // whose turn it is
	kept []bytes.Buffer
	over []bool // the writers that are closed
}

// inTurn returns as many writers to an output, in the order of their turns. They may be
// used from different goroutines, and must be closed.
func inTurn(out io.Writer, n int) []io.WriteCloser {
	t := &turns{out: out, kept: make([]bytes.Buffer, n), over: make([]bool, n)}
	writers := make([]io.WriteCloser, n)
	for i := range writers {
		writers[i] = turn{t, i}
	}
	return writers
}

// turn is one of the writers.
type turn struct {
	of     *turns
	number int
}

// Write writes to the output, or keeps the text if others come first.
func (w turn) Write(text []byte) (int, error) {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	if w.number != w.of.next {
		return w.of.kept[w.number].Write(text)
	}
	return w.of.out.Write(text)
}

// Close hands the output on to the next writer.
func (w turn) Close() error {
	t := w.of
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over[w.number] = true
	for t.next < len(t.over) && t.over[t.next] {
		if t.next++; t.next < len(t.over) {
			if _, err := t.kept[t.next].WriteTo(t.out); err != nil {
				return err
			}
		}
	}
	return nil
}
