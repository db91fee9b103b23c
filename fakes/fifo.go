package fakes

// fifo is a queue. The zero value is empty.
type fifo[T any] struct {
	items []T
	head  int // of items, where the first is
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }

// first returns the first item's place, until something is pushed. There has to be one.
func (q *fifo[T]) first() *T { return &q.items[q.head] }

func (q *fifo[T]) push(item T) {
	if len(q.items) == cap(q.items) && q.head > len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, item)
}

// pop takes the first item. There has to be one.
func (q *fifo[T]) pop() T {
	var none T
	item := q.items[q.head]
	q.items[q.head] = none
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	return item
}

// drop takes all.
func (q *fifo[T]) drop() { *q = fifo[T]{} }
