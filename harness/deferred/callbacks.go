package deferred

// AddCallback adds a level that turns a result into another one, or into a failure.
// A failure passes it. If d has its result already, f is called before AddCallback
// returns; if it is called from a function of the chain, f comes after that.
//
// A function of the chain that returns an error, or panics, hands a failure to the
// next level. One that returns what [Deferred.Result] of another deferred returned
// has d wait for that one (Part 13). A level with nil for its function lets
// everything pass.
func (d *Deferred[T]) AddCallback(f func(v T) (T, error)) *Deferred[T] {
	return d.AddCallbacks(f, nil)
}

// AddErrback adds a level that handles a failure: what f returns is the result from
// there on, or the next failure. A result passes it. For the rest it is as
// [Deferred.AddCallback].
func (d *Deferred[T]) AddErrback(f func(err error) (T, error)) *Deferred[T] {
	return d.AddCallbacks(nil, f)
}

// AddCallbacks adds one level that has functions for both: callback gets a result, errback a
// failure, but not the failure of callback, which is for the next level. Either may be
// nil. For the rest it is as [Deferred.AddCallback].
func (d *Deferred[T]) AddCallbacks(callback func(v T) (T, error), errback func(err error) (T, error)) *Deferred[T] {
	var e entry
	if callback != nil {
		e.callback = callback
	}
	if errback != nil {
		e.errback = errback
	}
	return d.add(e)
}

// AddBoth adds a level whose function gets a result, with an err of nil, or a failure,
// with the zero value. For the rest it is as [Deferred.AddCallback].
func (d *Deferred[T]) AddBoth(f func(v T, err error) (T, error)) *Deferred[T] {
	if f == nil {
		return d
	}
	return d.add(entry{f, f})
}

func (d *Deferred[T]) add(e entry) *Deferred[T] {
	d.queue.push(e)
	if d.free() {
		drive(d)
	}
	return d
}

// free tells whether there is a result, and nothing in the way of handing it on.
func (b *base) free() bool {
	return b.called && !b.running && b.paused == 0 && b.waiting == nil
}

// resume goes on where something has changed.
func (d *Deferred[T]) resume() {
	if d.queue.empty() || !d.free() {
		d.settle()
		return
	}
	drive(d)
}

// run is of [task].
func (d *Deferred[T]) run() (next task, again bool) {
	if d.free() {
		d.running = true
		for d.paused == 0 && d.waiting == nil {
			e, ok := d.queue.pop()
			if !ok {
				break
			}
			if next = d.step(e); next != nil {
				d.running = false
				if !d.queue.empty() {
					return next, true
				}
				d.settle()
				return next, false
			}
		}
		d.running = false
	}
	d.settle()
	return nil, false
}

// step passes one level. If it is one that wakes another deferred, next is who goes on
// first.
func (d *Deferred[T]) step(e entry) (next task) {
	var v T
	var err error
	if d.err == nil || d.taken {
		switch f := e.callback.(type) {
		case nil:
			return nil
		case func(T) (T, error):
			v, err = f(d.present())
		case func(T, error) (T, error):
			v, err = f(d.present(), nil)
		case link[T]:
			return d.fireNext(f.next)
		case observer[T]:
			return d.observe(f)
		case taker[T]:
			return f.take(d.hand())
		}
	} else {
		switch f := e.errback.(type) {
		case nil:
			return nil
		case func(error) (T, error):
			d.handled()
			v, err = f(d.err)
		case func(T, error) (T, error):
			d.handled()
			v, err = f(v, d.err)
		case link[T]:
			return d.fireNext(f.next)
		case observer[T]:
			return d.observe(f)
		case taker[T]:
			return f.take(d.hand())
		}
	}
	d.accept(v, err)
	return nil
}

// present is the result for a function of the chain: nothing is left of one that
// others have taken.
func (d *Deferred[T]) present() (v T) {
	if !d.taken {
		v = d.value
	}
	return v
}

// accept has d go on with what a function has returned.
func (d *Deferred[T]) accept(v T, err error) {
	d.taken = false
	if err != nil {
		var none T
		v = none
		if p, ok := err.(pending[T]); ok { //nolint:errorlint // wrapped, it is an error like any other
			d.value, d.err = none, nil
			d.waitFor(p.d)
			return
		}
	}
	d.value, d.err = v, err
}

// fail is of [task].
func (d *Deferred[T]) fail(err error) {
	var none T
	d.running = false
	d.accept(none, err)
}
