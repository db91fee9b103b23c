package deferred

import "sync"

// entry is one level of a chain. Each side is nil, which lets pass what comes, or
// a function of one of the types that [Deferred.step] knows, or a waiter. (A function
// in an interface needs no memory of its own.)
type entry struct{ callback, errback any }

// blockSize is how many entries a block holds: few, since most chains are short.
const blockSize = 8

// block is a piece of a queue.
type block struct {
	entries    [blockSize]entry
	head, tail int // what is between them waits
	next       *block
}

// blocks are those that nobody needs at present. They are shared by all goroutines.
var blocks = sync.Pool{New: func() any { return new(block) }}

// queue holds entries, first in, first out. While it is empty it keeps no memory.
type queue struct{ first, last *block }

func (q *queue) empty() bool { return q.first == nil }

func (q *queue) push(e entry) {
	b := q.last
	if b == nil || b.tail == blockSize {
		b = q.grow()
	}
	b.entries[b.tail] = e
	b.tail++
}

func (q *queue) grow() *block {
	b := blocks.Get().(*block)
	if q.last == nil {
		q.first = b
	} else {
		q.last.next = b
	}
	q.last = b
	return b
}

func (q *queue) pop() (e entry, ok bool) {
	b := q.first
	if b == nil {
		return entry{}, false
	}
	e = b.entries[b.head]
	b.entries[b.head] = entry{} // let go of what it holds
	b.head++
	if b.head == b.tail {
		q.shrink()
	}
	return e, true
}

// shrink gives back the first block, which is used up.
func (q *queue) shrink() {
	b := q.first
	q.first = b.next
	if q.first == nil {
		q.last = nil
	}
	b.head, b.tail, b.next = 0, 0, nil
	blocks.Put(b)
}
