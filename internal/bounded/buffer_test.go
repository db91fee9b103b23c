package bounded_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"scansion/internal/bounded"
)

func ExampleBuffer() {
	b := bounded.New(4, 6)
	fmt.Fprint(b, "A lamp, a rope, a river.")
	fmt.Println(b)
	// Output:
	// A la
	// [... 14 bytes left out ...]
	// river.
}

func TestABufferKeepsBothEnds(t *testing.T) {
	t.Parallel()
	text := "abcdefghijklmnopqrstuvwxyz"
	for head := range 8 {
		for tail := range 8 {
			for size := 1; size <= len(text); size++ { // of each write
				for length := range len(text) + 1 {
					b := bounded.New(head, tail)
					for rest := text[:length]; rest != ""; {
						n := min(size, len(rest))
						if wrote, err := b.Write([]byte(rest[:n])); wrote != n || err != nil {
							t.Fatal(wrote, err)
						}
						rest = rest[n:]
					}
					first, last, dropped := b.Ends()
					wantFirst := text[:min(head, length)]
					wantLast := text[max(len(wantFirst), length-tail):length]
					if string(first) != wantFirst || string(last) != wantLast || dropped != int64(length-len(wantFirst)-len(wantLast)) {
						t.Fatalf("of %d bytes, %d at a time, %d and %d kept: %q %q %d", length, size, head, tail, first, last, dropped)
					}
				}
			}
		}
	}
}

func TestABufferThatLostNothingIsWhatWasWritten(t *testing.T) {
	t.Parallel()
	b := bounded.New(3, 3)
	fmt.Fprint(b, "ab")
	fmt.Fprint(b, "cdef")
	if b.String() != "abcdef" || string(b.Bytes()) != "abcdef" {
		t.Errorf("%q, %q", b, b.Bytes())
	}
}

func TestAFloodIsTheFirstWriteThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	b := bounded.New(100, 0).Allow(func(written, lines int64) bool { return written <= 10 && lines <= 2 })
	for _, line := range []string{"a\n", "b\n"} {
		if _, err := fmt.Fprint(b, line); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-b.Flooded():
		t.Fatal("flooded too early")
	default:
	}
	if _, err := fmt.Fprint(b, "c\n"); !errors.Is(err, bounded.ErrFlood) {
		t.Errorf("the third line: %v", err)
	}
	<-b.Flooded()
	if _, err := fmt.Fprint(b, "x"); !errors.Is(err, bounded.ErrFlood) {
		t.Errorf("after the flood: %v", err)
	}
	if b.String() != "a\nb\n" {
		t.Errorf("kept: %q", b)
	}
}

func TestABufferMayBeWrittenFromManyGoroutines(t *testing.T) {
	t.Parallel()
	b := bounded.New(1000, 1000)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 1000 {
				fmt.Fprint(b, "word ")
				_ = b.String()
			}
		})
	}
	wg.Wait()
	first, last, dropped := b.Ends()
	if want := []byte(strings.Repeat("word ", 200)); !bytes.Equal(first, want) || !bytes.Equal(last, want) || dropped != 48_000 {
		t.Errorf("%q\n%q\n%d", first, last, dropped)
	}
}
