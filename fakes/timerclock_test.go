package fakes_test

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"scansion/fakes"
	"scansion/harness/reactor"
)

func TestTimerClockRunsCallsInOrderOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := fakes.NewTimerClock()
		began := clock.Now()
		var ran []string
		note := func(name string) func() {
			return func() { ran = append(ran, name+" at "+clock.Now().Sub(began).String()) }
		}
		clock.CallLater(2*time.Second, note("c"))
		clock.CallLater(time.Second, note("a"))
		clock.CallLater(2*time.Second, func() {
			note("d")()
			clock.CallLater(0, note("f"))
			clock.Post(note("e"))
		})
		clock.CallLater(time.Second, note("b"))
		cancelled := clock.CallLater(time.Second, note("cancelled"))
		moved := clock.CallLater(time.Second, note("g"))
		must(t, cancelled.Cancel())
		must(t, moved.Delay(2*time.Second))
		clock.Post(note("posted"))
		if due := moved.Time().Sub(began); due != 3*time.Second || !moved.Active() {
			t.Errorf("it is due in %v, and active: %v", due, moved.Active())
		}
		pass(time.Hour)
		synctest.Wait()
		expected := []string{
			"posted at 0s", "a at 1s", "b at 1s", "c at 2s", "d at 2s", "e at 2s", "f at 2s", "g at 3s",
		}
		if !slices.Equal(ran, expected) {
			t.Errorf("it ran %q", ran)
		}
		if err := moved.Reset(1); !errors.Is(err, reactor.ErrAlreadyCalled) {
			t.Errorf("resetting it is %v", err)
		}
	})
}

// It runs in real time, since in a bubble no timer fires while a goroutine is at work.
func TestTimerClockIsForAllGoroutines(t *testing.T) {
	clock := fakes.NewTimerClock()
	count := 0 // for the loop alone
	var inside atomic.Bool
	call := func() {
		if inside.Swap(true) {
			t.Error("there are two calls at a time")
		}
		runtime.Gosched()
		count++
		inside.Store(false)
	}
	var others sync.WaitGroup
	for i := range 8 {
		others.Go(func() {
			for j := range 1000 {
				clock.Post(call)
				clock.CallLater(time.Duration(i*j)*time.Microsecond, call)
				_ = clock.CallLater(time.Second, func() { count += 1000 }).Cancel()
			}
		})
	}
	others.Wait()
	done := make(chan int)
	clock.CallLater(10*time.Millisecond, func() { done <- count })
	if count := <-done; count != 16000 {
		t.Errorf("counted %d", count)
	}
}
