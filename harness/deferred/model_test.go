package deferred_test

import (
	"errors"
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
	pauses                          int
	waitsFor                        *model
	canceller                       func()
}

// modelLevel either has functions, or gives the result away.
type modelLevel struct {
	callback, errback levelFunc
	give              func(v int, err error) (refusal error)
}

func (m *model) stuck() bool {
	return !m.called || m.running || m.pauses > 0 || m.waitsFor != nil
}

func (m *model) run() {
	for !m.stuck() && len(m.levels) > 0 {
		level := m.levels[0]
		m.levels = m.levels[1:]
		if level.give != nil {
			m.giveTo(level.give)
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
		m.taken = false
		m.become(v, err)
	}
}

func (m *model) giveTo(give func(int, error) error) {
	m.taken = true // already while the others have it
	if refusal := give(m.value, m.err); refusal != nil {
		m.value, m.err, m.taken = 0, refusal, false
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

// modelPending stands for a model that has no result yet.
type modelPending struct{ m *model }

func (modelPending) Error() string { return deferred.ErrPending.Error() }

// become has m go on with what a function has returned.
func (m *model) become(v int, err error) {
	var p modelPending
	if err != nil {
		v = 0
	}
	if !errors.As(err, &p) {
		m.value, m.err = v, err
		return
	}
	m.value, m.err = 0, nil
	if p.m.needs(m) {
		m.err = deferred.ErrWaitsForItself
	} else if v, err := p.m.result(); errors.As(err, &modelPending{}) {
		m.await(p.m, func(v int, err error) { m.finish(v, err) })
	} else {
		m.value, m.err = v, err
	}
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

func (m *model) result() (int, error) {
	if m.stuck() || len(m.levels) > 0 {
		return 0, modelPending{m}
	}
	m.taken = true
	return m.value, m.err
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
	m.levels = append(m.levels, modelLevel{give: next.fire})
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
	if m.taken || m.running {
		return nil
	}
	return m.err
}
