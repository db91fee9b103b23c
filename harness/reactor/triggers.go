package reactor

import (
	"slices"

	"scansion/harness/deferred"
)

// Event is what a reactor as a whole goes through.
type Event uint8

// The events. Startup is the beginning of Run. Shutdown is what Stop begins: in the
// midst of it, after the During triggers, ports and connections are closed.
const (
	Startup Event = iota
	Shutdown
	events // how many there are
)

// Phase is when, relative to an [Event], a trigger is called.
type Phase uint8

// The phases. The event waits for the deferreds of its Before triggers, while
// everything else goes on as it did.
const (
	Before Phase = iota
	During
	After
	phases // how many there are
)

// A Trigger is a function that a reactor calls at an event, once. One that panics
// or fails is logged, and the others are called nevertheless. The deferred may be
// nil; it is waited for in the phase Before only.
type Trigger func() *deferred.Deferred[struct{}]

// triggers are those that are still to be called, in the order in which they were
// added.
type triggers [events][phases][]*Trigger

// AddSystemEventTrigger is described at [Reactor].
func (b *Base) AddSystemEventTrigger(phase Phase, event Event, f Trigger) (remove func()) {
	need("AddSystemEventTrigger", "function", f)
	added := &f
	list := &b.triggers[event][phase]
	*list = append(*list, added)
	return func() {
		*list = slices.DeleteFunc(*list, func(t *Trigger) bool { return t == added })
	}
}

// fire has an event happen.
func (b *Base) fire(event Event) {
	b.phase(event, Before, func() {
		b.phase(event, During, nil)
		b.during(event, func() {
			b.phase(event, After, nil)
			if event == Shutdown {
				b.end()
			}
		})
	})
}

// during does what the reactor itself does at an event, and then calls done.
func (b *Base) during(event Event, done func()) {
	switch event {
	case Shutdown:
		b.disconnect(done)
	default:
		b.begin()
		done()
	}
}

// phase calls the triggers of one phase, and then next, unless that is nil, when
// their deferreds have fired.
func (b *Base) phase(event Event, phase Phase, next func()) {
	waiting := 1 // for the loop below
	arrived := func() {
		if waiting--; waiting == 0 && next != nil {
			next()
		}
	}
	list := &b.triggers[event][phase]
	for len(*list) > 0 {
		trigger := *(*list)[0]
		*list = (*list)[1:]
		var result *deferred.Deferred[struct{}]
		b.guard("a system event trigger", func() { result = trigger() })
		if result == nil {
			continue
		}
		waiting++
		result.AddBoth(func(none struct{}, err error) (struct{}, error) {
			if err != nil {
				b.log.Error("a system event trigger failed", "error", err)
			}
			arrived()
			return none, nil
		})
	}
	arrived()
}
