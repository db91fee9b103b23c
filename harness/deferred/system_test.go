package deferred_test

import (
	"scansion/harness/deferred"
)

// realSystem is the one that is tested.
type realSystem struct {
	ds  [howMany]*deferred.Deferred[int]
	all []*deferred.Deferred[int] // there have ever been
}

// newRealSystem makes deferreds of every kind: without a canceller, with one that fires, and with
// one that does nothing.
func newRealSystem() *realSystem {
	r := &realSystem{}
	r.put(0, deferred.New[int]())
	r.put(1, deferred.WithCanceller(func(d *deferred.Deferred[int]) { _ = d.Callback(-1) }))
	r.put(2, deferred.WithCanceller(func(*deferred.Deferred[int]) {}))
	return r
}

func (r *realSystem) put(on int, d *deferred.Deferred[int]) {
	r.ds[on] = d
	r.all = append(r.all, d)
}

// destroy has all coroutines come to their end.
func (r *realSystem) destroy() {
	for range r.all {
		for _, d := range r.all {
			for d.Paused() {
				d.Unpause()
			}
			d.Cancel()
		}
	}
}

func (r *realSystem) Add(on int, kind levelKind, f levelFunc) {
	callback := func(v int) (int, error) { return f(v, nil) }
	errback := func(err error) (int, error) { return f(0, err) }
	switch kind {
	case callbackOnly:
		r.ds[on].AddCallback(callback)
	case errbackOnly:
		r.ds[on].AddErrback(errback)
	case either:
		r.ds[on].AddBoth(f)
	default:
		r.ds[on].AddCallbacks(callback, errback)
	}
}

func (r *realSystem) Then(on, from int, f levelFunc, inner int) {
	r.put(on, deferred.ThenBoth(r.ds[from], func(v int, err error) *deferred.Deferred[int] {
		// Afterwards, since f may put another in its place.
		v, err = f(v, err)
		switch {
		case inner >= 0:
			return r.ds[inner]
		case err != nil:
			return deferred.Fail[int](err)
		default:
			return deferred.Succeed(v)
		}
	}))
}

func (r *realSystem) Inline(on int, f levelFunc, awaited ...int) {
	r.put(on, deferred.Inline(func(c *deferred.Coroutine) (v int, err error) {
		for _, inner := range awaited {
			v, err = f(deferred.Await(c, r.ds[inner]))
		}
		return v, err
	}))
}

func (r *realSystem) Callback(on, v int) error        { return r.ds[on].Callback(v) }
func (r *realSystem) Errback(on int, err error) error { return r.ds[on].Errback(err) }
func (r *realSystem) Pause(on int)                    { r.ds[on].Pause() }
func (r *realSystem) Unpause(on int)                  { r.ds[on].Unpause() }
func (r *realSystem) Cancel(on int)                   { r.ds[on].Cancel() }
func (r *realSystem) Chain(on, next int)              { r.ds[on].Chain(r.ds[next]) }
func (r *realSystem) Fired(on int) bool               { return r.ds[on].Fired() }
func (r *realSystem) Unhandled(on int) error          { return r.ds[on].Unhandled() }

func (r *realSystem) Look(on int) (v int, err error, ready bool) {
	view := r.ds[on].Peek()
	v, _ = view.Value.(int)
	return v, r.ds[on].Handle(), view.State >= deferred.Succeeded
}

// modelSystem is what the real one has to agree with.
type modelSystem [howMany]*model

func newModelSystem() *modelSystem {
	m := &modelSystem{{}, {}, {}}
	second := m[1]
	second.canceller = func() { _ = second.fire(-1, nil) }
	m[2].canceller = func() {}
	return m
}

func (m *modelSystem) Add(on int, kind levelKind, f levelFunc) {
	switch kind {
	case callbackOnly:
		m[on].add(f, nil)
	case errbackOnly:
		m[on].add(nil, f)
	default:
		m[on].add(f, f)
	}
}

func (m *modelSystem) Then(on, from int, f levelFunc, inner int) {
	outer := &model{called: true}
	outer.await(m[from], func(v int, err error) {
		panicked := true
		v, err = guard(func(v int, err error) (int, error) {
			v, err = f(v, err)
			panicked = false
			return v, err
		}, v, err)
		if inner < 0 || panicked {
			outer.finish(v, err)
			return
		}
		outer.get(m[inner], outer.finish)
	})
	m[from].run()
	m[on] = outer
}

func (m *modelSystem) Inline(on int, f levelFunc, awaited ...int) {
	r := &model{called: true, running: true}
	var last struct {
		v   int
		err error
	}
	var proceed func()
	get := func(v int, err error) {
		last.v, last.err = f(v, err)
		proceed()
	}
	proceed = func() {
		if len(awaited) == 0 {
			r.finish(last.v, last.err)
			return
		}
		inner := m[awaited[0]]
		awaited = awaited[1:]
		r.get(inner, get)
	}
	proceed()
	m[on] = r
}

func (m *modelSystem) Callback(on, v int) error        { return m[on].fire(v, nil) }
func (m *modelSystem) Errback(on int, err error) error { return m[on].fire(0, err) }
func (m *modelSystem) Pause(on int)                    { m[on].pauses++ }
func (m *modelSystem) Unpause(on int)                  { m[on].pauses--; m[on].run() }
func (m *modelSystem) Cancel(on int)                   { m[on].cancel() }
func (m *modelSystem) Chain(on, next int)              { m[on].chain(m[next]) }
func (m *modelSystem) Fired(on int) bool               { return m[on].called }
func (m *modelSystem) Unhandled(on int) error          { return m[on].unhandled() }

func (m *modelSystem) Look(on int) (v int, err error, ready bool) { return m[on].look() }
