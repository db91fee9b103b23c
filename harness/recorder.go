package harness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"

	"scansion/harness/deferred"
)

// LoggedError is a record at level Error, or above, of a spec's log: an error as
// [Spec.FlushErrors] sees it.
type LoggedError struct {
	Message string

	// Err is what the record has for errors among its attributes: one, or
	// several joined, or nil.
	Err error

	// Where is the function that logged it, and its place.
	Where string
}

// Error is the message and the error.
func (e *LoggedError) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return fmt.Sprintf("%s: %v", e.Message, e.Err)
}

// Unwrap is Err.
func (e *LoggedError) Unwrap() error { return e.Err }

// recorder keeps the log of a spec: all of it in a file, errors in mind.
type recorder struct {
	spec *Spec
	text slog.Handler // writes to the spool

	// panics is told of a callback that panicked, if somebody waits for it.
	panics chan *deferred.PanicError

	mu     sync.Mutex // guards what follows, and writing
	spool  spool
	errors []*LoggedError
	after  slog.Handler // gets what comes when the spec is over
}

func newRecorder(s *Spec) *recorder {
	r := &recorder{spec: s, panics: make(chan *deferred.PanicError, 1)}
	r.spool.folder = s.config.Folder
	r.spool.title = s.host.title()
	r.text = slog.NewTextHandler(&r.spool, &slog.HandlerOptions{Level: lowest})
	return r
}

// lowest is a level below all that anybody uses.
const lowest = slog.Level(-1 << 16)

func (r *recorder) handler() slog.Handler { return &handler{recorder: r, text: r.text} }

// close has everything go to another handler.
func (r *recorder) close(after slog.Handler) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.after = after
	r.spool.close()
}

// forgetPanic lets the next wait not be bothered by what happened before it.
func (r *recorder) forgetPanic() {
	if len(r.panics) > 0 {
		<-r.panics //nolint:errcheck // it has been logged
	}
}

// tail is the end of the log, and the file that has all of it.
func (r *recorder) tail() (lines, file string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spool.tail()
}

// take takes those errors out that are asked for.
func (r *recorder) take(wanted func(e *LoggedError) bool) []*LoggedError {
	r.mu.Lock()
	defer r.mu.Unlock()
	var taken []*LoggedError
	r.errors = slices.DeleteFunc(r.errors, func(e *LoggedError) bool {
		if !wanted(e) {
			return false
		}
		taken = append(taken, e)
		return true
	})
	return taken
}

// note remembers a record at level Error.
func (r *recorder) note(record slog.Record, errs []error) {
	for _, err := range errs {
		panicked, ok := errors.AsType[*deferred.PanicError](err)
		if !ok {
			continue
		}
		if !raised(panicked) && r.spec.allows(Panics) {
			continue
		}
		select {
		case r.panics <- panicked:
		default: // there is one to be told already
		}
		if raised(panicked) {
			return // Ginkgo knows it
		}
	}
	e := &LoggedError{Message: record.Message, Where: where(record.PC)}
	switch len(errs) {
	case 0:
	case 1:
		e.Err = errs[0]
	default:
		e.Err = errors.Join(errs...)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, e)
}

// where is the function of a program counter, and its place.
func where(pc uintptr) string {
	if pc == 0 {
		return ""
	}
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return fmt.Sprintf("%s (%s:%d)", frame.Function, frame.File, frame.Line)
}

// handler is the slog.Handler of a recorder.
type handler struct {
	recorder *recorder
	text     slog.Handler
	errs     []error                           // among the attributes so far
	dress    []func(slog.Handler) slog.Handler // what to do to another handler to have the same
}

var _ slog.Handler = (*handler)(nil)

func (h *handler) Enabled(context.Context, slog.Level) bool { return true }

func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	r := h.recorder
	r.mu.Lock()
	after := r.after
	var err error
	if after == nil {
		err = h.text.Handle(ctx, record)
	}
	r.mu.Unlock()
	if after != nil {
		if !after.Enabled(ctx, record.Level) {
			return nil
		}
		for _, f := range h.dress {
			after = f(after)
		}
		return after.Handle(ctx, record)
	}
	if record.Level >= slog.LevelError {
		errs := slices.Clone(h.errs)
		record.Attrs(func(a slog.Attr) bool {
			errs = appendErrors(errs, a)
			return true
		})
		r.note(record, errs)
	}
	return err
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	errs := slices.Clone(h.errs)
	for _, a := range attrs {
		errs = appendErrors(errs, a)
	}
	return &handler{
		recorder: h.recorder, text: h.text.WithAttrs(attrs), errs: errs,
		dress: append(slices.Clip(h.dress), func(other slog.Handler) slog.Handler { return other.WithAttrs(attrs) }),
	}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{
		recorder: h.recorder, text: h.text.WithGroup(name), errs: h.errs,
		dress: append(slices.Clip(h.dress), func(other slog.Handler) slog.Handler { return other.WithGroup(name) }),
	}
}

// appendErrors finds the errors in an attribute.
func appendErrors(errs []error, a slog.Attr) []error {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		for _, inner := range value.Group() {
			errs = appendErrors(errs, inner)
		}
		return errs
	}
	if err, ok := value.Any().(error); ok {
		errs = append(errs, err)
	}
	return errs
}
