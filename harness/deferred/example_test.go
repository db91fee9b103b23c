package deferred_test

import (
	"errors"
	"fmt"
	"time"

	"scansion/harness/deferred"
)

// A ferryman is asked for a song, and sings when he has time. What becomes of the song
// is written down before there is one.
func Example() {
	song := deferred.New[string]() // the ferryman keeps it, and fires it
	translation := deferred.New[string]()

	heard := deferred.Then(song, func(text string) *deferred.Deferred[string] {
		fmt.Println("he sings:", text)
		return translation // this takes its time too
	}).AddErrback(func(err error) (string, error) {
		fmt.Println("no translation:", err)
		return "la la la", nil
	})
	heard.AddBoth(func(text string, err error) (string, error) {
		fmt.Printf("we have %q, %v\n", text, err)
		return text, err
	})

	fmt.Println("we wait")
	fire(song.Callback("slow water, wide water"))
	fmt.Println("we wait for the translator")
	fire(translation.Errback(errors.New("he is asleep")))
	// Output:
	// we wait
	// he sings: slow water, wide water
	// we wait for the translator
	// no translation: he is asleep
	// we have "la la la", <nil>
}

// The list of Part 18: two deferreds, the second of which fires first, and fails.
func ExampleList() {
	d1, d2 := deferred.New[string](), deferred.New[string]()
	list := deferred.List([]*deferred.Deferred[string]{d1, d2}, deferred.ListOptions{ConsumeErrors: true})
	list.AddCallback(func(r deferred.ListResult[string]) (deferred.ListResult[string], error) {
		for i, outcome := range r.Outcomes {
			fmt.Printf("%d: %q, %v\n", i+1, outcome.Value, outcome.Err)
		}
		return r, nil
	})

	fmt.Println("firing the second")
	fire(d2.Errback(errors.New("a string has snapped")))
	fmt.Println("firing the first")
	fire(d1.Callback("a clear note"))
	// Output:
	// firing the second
	// firing the first
	// 1: "a clear note", <nil>
	// 2: "", a string has snapped
}

// The function of Part 17, which waits for three things: one that is there, one that
// comes later, and one that fails.
func ExampleInline() {
	clock := &fakeClock{}
	result := deferred.Inline(func(c *deferred.Coroutine) (string, error) {
		fmt.Println("first step")
		first, err := deferred.Await(c, deferred.Succeed(1))
		fmt.Println("second step, with", first, err)

		soon := deferred.New[int]()
		clock.CallLater(5*time.Second, func() { fire(soon.Callback(2)) })
		second, err := deferred.Await(c, soon)
		fmt.Println("third step, with", second, err)

		never := deferred.New[int]()
		clock.CallLater(5*time.Second, func() { fire(never.Errback(errors.New("three"))) })
		third, err := deferred.Await(c, never)
		fmt.Println("fourth step, with", third, err)
		return "the end", nil
	})
	result.AddCallback(func(s string) (string, error) {
		fmt.Println(s)
		return s, nil
	})
	for range 2 {
		fmt.Println("five seconds pass")
		clock.advance(5 * time.Second)
	}
	// Output:
	// first step
	// second step, with 1 <nil>
	// five seconds pass
	// third step, with 2 <nil>
	// five seconds pass
	// fourth step, with 0 three
	// the end
}

// fire is what those who fire do about errors.
func fire(err error) {
	if err != nil {
		fmt.Println("fired twice:", err)
	}
}
