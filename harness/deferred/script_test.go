package deferred_test

import (
	"errors"
	"fmt"

	"scansion/harness/deferred"
)

// levelFunc is any function of a chain; err is nil where it gets a result.
type levelFunc = func(v int, err error) (int, error)

// system is a few deferreds, real ones or those of the model.
type system interface {
	Add(on int, kind levelKind, f levelFunc)
	Callback(on, v int) error
	Errback(on int, err error) error
	Pause(on int)
	Unpause(on int)
	Cancel(on int)
	Chain(on, next int)
	Then(on, from int, f levelFunc, inner int)  // has on be a new one, made by ThenBoth; f may return inner
	Inline(on int, f levelFunc, awaited ...int) // or by Inline; f gets what comes
	Look(on int) (v int, err error, ready bool)
	Fired(on int) bool
	Unhandled(on int) error
}

// levelKind is how a function is added.
type levelKind int

const (
	either levelKind = iota // the simplest is the first, here and below
	callbackOnly
	errbackOnly
	pair // the same function twice, with AddCallbacks
	levelKinds
)

// deed is what one does: from outside, or in a function of a chain.
type deed int

const (
	look deed = iota
	succeed
	fail
	pause
	unpause
	cancel
	chain
	convert
	then // which waits for itself, or for one that is there
	inline
	add // a function that does the next deed
	deeds
)

// answer is what a function of a chain returns.
type answer int

const (
	keep answer = iota
	renew
	refuse
	explode
	answers
)

// step is one deed of a script.
type step struct {
	deed   deed
	on, to int // numbers of deferreds
	kind   levelKind
	inside deed // what the function that is added does
	answer answer
}

func (s step) String() string {
	names := []string{"look", "succeed", "fail", "pause", "unpause", "cancel", "chain", "convert", "then", "inline", "add"}
	switch s.deed {
	case chain, convert, then, inline:
		return fmt.Sprintf("%s(%d, %d)", names[s.deed], s.on, s.to)
	case add:
		kinds := []string{"both", "callback", "errback", "pair"}
		replies := []string{"keep", "renew", "refuse", "explode"}
		return fmt.Sprintf("add(%d, %s: %s(%d), %s)", s.on, kinds[s.kind], names[s.inside], s.to, replies[s.answer])
	default:
		return fmt.Sprintf("%s(%d)", names[s.deed], s.on)
	}
}

// howMany deferreds there are.
const howMany = 3

// play plays a script on a system, and tells all that is to be seen.
type play struct {
	system system
	log    []string
	pauses [howMany]int // so that no Unpause is without its Pause
	over   bool         // nobody does anything any more
}

func (p *play) tell(format string, arguments ...any) {
	p.log = append(p.log, fmt.Sprintf(format, arguments...))
}

// do does the step of a number, which names its functions.
func (p *play) do(number int, s step) {
	if s.deed == add {
		p.system.Add(s.on, s.kind, p.function(number, s))
	} else {
		p.act(s.deed, s.on, s.to, number)
	}
	for i := range howMany {
		p.tell("%d: fired %v, unhandled %s", i, p.system.Fired(i), name(p.system.Unhandled(i)))
	}
}

// act does a deed to a deferred.
func (p *play) act(what deed, on, to, number int) {
	if p.over {
		return
	}
	switch what {
	case look:
		v, err, ready := p.system.Look(on)
		p.tell("%d has %d, %s, %v", on, v, name(err), ready)
	case succeed:
		p.tell("succeed: %s", name(p.system.Callback(on, number)))
	case fail:
		p.tell("fail: %s", name(p.system.Errback(on, fmt.Errorf("failure %d", number))))
	case pause:
		p.pauses[on]++
		p.system.Pause(on)
	case unpause:
		if p.pauses[on] > 0 {
			p.pauses[on]--
			p.system.Unpause(on)
		}
	case cancel:
		p.system.Cancel(on)
	case chain:
		p.system.Chain(on, to)
	case convert:
		p.system.Then(on, to, p.inner(number), -1)
		p.pauses[on] = 0
	case then:
		p.system.Then(on, to, p.inner(number), (number+on)%howMany)
		p.pauses[on] = 0
	case inline:
		p.system.Inline(on, p.inner(number), to, on, (on+1)%howMany)
		p.pauses[on] = 0
	default: // add
		p.system.Add(on, either, p.inner(number))
	}
}

// inner is a function that changes nothing.
func (p *play) inner(number int) levelFunc {
	return func(v int, err error) (int, error) {
		p.tell("inner function of %d gets %d, %s", number, v, name(err))
		return v, err
	}
}

// function is what a step adds to a chain.
func (p *play) function(number int, s step) levelFunc {
	return func(v int, err error) (int, error) {
		p.tell("function %d gets %d, %s", number, v, name(err))
		p.act(s.inside, s.to, s.on, number)
		p.tell("function %d returns", number)
		switch s.answer {
		case renew:
			return number, nil
		case refuse:
			return number, fmt.Errorf("refusal %d", number)
		case explode:
			panic(fmt.Sprintf("explosion %d", number))
		default:
			return v, err
		}
	}
}

// name is an error as both systems have it.
func name(err error) string {
	if err == nil {
		return "nil"
	}
	for _, known := range []error{deferred.ErrAlreadyCalled, deferred.ErrWaitsForItself} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return err.Error()
}
