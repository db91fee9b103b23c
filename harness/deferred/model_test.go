package deferred_test

import (
	"fmt"

	"scansion/harness/deferred"
)

// model is what a deferred does in the plainest form: it calls itself where the real one
// must not, and looks for circles by walking.
type model struct {
	levels                          []modelLevel
	value                           int
	err                             error
	called, running, taken, swallow bool
	handled                         bool // somebody answers for the failure
	pauses                          int
	waitsFor                        *model
	canceller                       func()
}

// modelLevel either has functions, or gives the result away.
type modelLevel struct {
	callback, errback levelFunc
	give              func(v int, err error) (refusal error)
	fires             bool // give, which is then a part of what the model runs
}

func (m *model) stuck() bool {
	return !m.called || m.running || m.pauses > 0 || m.waitsFor != nil
}

func (m *model) run() {
	for !m.stuck() && len(m.levels) > 0 {
		level := m.levels[0]
		m.levels = m.levels[1:]
		if level.give != nil {
			m.giveTo(level)
			continue
		}
		v, err, f := m.value, m.err, level.callback
		if m.taken {
			v, err = 0, nil
		}
		if err != nil {
			f = level.errback
		}
		if f == nil {
			continue
		}
		m.running = true
		v, err = guard(f, v, err)
		m.running = false
		m.become(v, err)
	}
}

func (m *model) giveTo(level modelLevel) {
	m.taken = true // already while the others have it
	m.running = level.fires
	refusal := level.give(m.value, m.err)
	m.running = false
	if refusal != nil {
		m.become(0, refusal)
	}
}

// guard calls f and returns its panic.
func guard(f levelFunc, v int, err error) (w int, failure error) {
	defer func() {
		if value := recover(); value != nil {
			w, failure = 0, fmt.Errorf("panic: %v", value)
		}
	}()
	return f(v, err)
}

// become has m go on with what a function has returned.
func (m *model) become(v int, err error) {
	if err != nil {
		v = 0
	}
	m.value, m.err, m.taken, m.handled = v, err, false, false
}

// needs tells whether m is, or waits for, the other.
func (m *model) needs(other *model) bool {
	return m == other || m.waitsFor != nil && m.waitsFor.needs(other)
}

// await has m wait for inner; got goes on with what comes.
func (m *model) await(inner *model, got func(v int, err error)) {
	m.running, m.waitsFor = false, inner
	inner.levels = append(inner.levels, modelLevel{give: func(v int, err error) error {
		m.running, m.waitsFor = true, nil
		got(v, err)
		return nil
	}})
}

// finish has m go on with what it has waited for.
func (m *model) finish(v int, err error) {
	m.running = false
	m.become(v, err)
	m.run()
}

// ready tells whether there is a result that could be taken.
func (m *model) ready() bool { return !m.stuck() && len(m.levels) == 0 }

// look is what one sees who answers for a failure.
func (m *model) look() (v int, err error, ready bool) {
	if m.ready() && !m.taken {
		m.handled = true
		v, err = m.value, m.err
	}
	return v, err, m.ready()
}

// get has got called with the result of inner, at once or later, or with the failure of
// a wait that would not end.
func (m *model) get(inner *model, got func(v int, err error)) {
	switch {
	case inner.ready():
		inner.taken = true
		got(inner.value, inner.err)
	case inner.needs(m):
		got(0, deferred.ErrWaitsForItself)
	default:
		m.await(inner, got)
	}
}

func (m *model) fire(v int, err error) error {
	if m.called {
		if !m.swallow {
			return deferred.ErrAlreadyCalled
		}
		m.swallow = false
		return nil
	}
	m.called, m.value, m.err = true, v, err
	m.run()
	return nil
}

func (m *model) chain(next *model) {
	m.levels = append(m.levels, modelLevel{give: next.fire, fires: true})
	m.run()
}

func (m *model) add(callback, errback levelFunc) {
	m.levels = append(m.levels, modelLevel{callback: callback, errback: errback})
	m.run()
}

func (m *model) cancel() {
	if m.waitsFor != nil {
		m.waitsFor.cancel()
		return
	}
	if m.called {
		return
	}
	if canceller := m.canceller; canceller != nil {
		m.canceller = func() {}
		canceller()
	} else {
		m.swallow = true
	}
	if !m.called {
		m.called, m.err = true, deferred.ErrCancelled
		m.run()
	}
}

func (m *model) unhandled() error {
	if m.taken || m.running || m.handled {
		return nil
	}
	return m.err
}
