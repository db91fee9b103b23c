package fakes

import (
	"errors"
	"fmt"
	"hash/maphash"
)

// ErrWriteChanged is what [Network.Err] and [Transport.Err] say of a program that has
// changed a slice after it gave it to Write of a [scansion/harness/reactor.Transport],
// which keeps slices until the connection is lost.
var ErrWriteChanged = errors.New("a slice was changed after Write")

// keptWrites is how many of the writes that the network has taken are checked at the end
// of a connection; those before them are checked when they are forgotten.
const keptWrites = 1000

// writes are what a program has written to a connection. It is for one goroutine.
type writes struct {
	count int
	kept  fifo[write]
	err   error // of the first that was changed
}

// write is one of them.
type write struct {
	number int
	data   []byte
	sum    uint64
	start  [20]byte // of the data
}

var sumSeed = maphash.MakeSeed()

// add remembers writes. The network must have taken those before them.
func (w *writes) add(pieces ...[]byte) {
	for w.kept.len() > keptWrites {
		w.verify(w.kept.pop())
	}
	for _, data := range pieces {
		w.count++
		this := write{number: w.count, data: data, sum: maphash.Bytes(sumSeed, data)}
		copy(this.start[:], data)
		w.kept.push(this)
	}
}

// check finds out whether any write was changed.
func (w *writes) check() error {
	for _, this := range w.kept.items[w.kept.head:] {
		w.verify(this)
	}
	return w.err
}

func (w *writes) verify(this write) {
	if w.err == nil && maphash.Bytes(sumSeed, this.data) != this.sum {
		w.err = fmt.Errorf("%w: write %d of the connection, %d bytes that began with %q; "+
			"Write keeps the slice until the connection is lost: write a copy, or use another slice for what comes next",
			ErrWriteChanged, this.number, len(this.data), this.start[:min(len(this.start), len(this.data))])
	}
}
