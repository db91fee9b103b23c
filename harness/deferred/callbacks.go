package deferred

// AddCallback adds a level that turns a result into another one, or into a failure.
// A failure passes it. If d has its result already, f is called before AddCallback
// returns; if it is called from a function of the chain, f comes after that.
//
// A function of the chain that returns an error, or panics, hands a failure to the
// next level. A level with nil for its function lets everything pass. For a function
// that returns another deferred, or another type, there is [Then].
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
		d.watchFailure()
		return
	}
	drive(d)
}

// run is of [task].
func (d *Deferred[T]) run() (next task, again bool) {
	d.running = false // it was running while next was
	if d.free() {
		d.running = true
		for d.paused == 0 && d.waiting == nil {
			e, ok := d.queue.pop()
			if !ok {
				break
			}
			if next = d.step(e); next != nil {
				return next, d.running || !d.queue.empty()
			}
		}
		d.running = false
	}
	d.watchFailure()
	return nil, false
}

// step passes one level. If that lets another deferred go on, next is that one, which goes
// on first. Meanwhile d is running if it has fired the other, but not if the other has
// waited for d: so it is in Twisted.
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
		case chained[T]:
			return d.fireNext(f.next)
		case element[T]:
			return d.collect(f)
		case waiter[T]:
			d.running = false
			return f.take(d.take())
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
		case chained[T]:
			return d.fireNext(f.next)
		case element[T]:
			return d.collect(f)
		case waiter[T]:
			d.running = false
			return f.take(d.take())
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
	if err != nil {
		var none T
		v = none
	}
	d.value, d.err, d.taken = v, err, false
}

// fail is of [task].
func (d *Deferred[T]) fail(err error) {
	var none T
	d.running = false
	d.accept(none, err)
}
