package harness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// recorder keeps the log of a spec in a file, and its errors in memory.
type recorder struct {
	spec   *Spec
	panics chan *deferred.PanicError // has the first panic of a callback since forgetPanic

	mu     sync.Mutex // guards what follows
	log    specLog
	errors []*LoggedError
	closed bool
}

func newRecorder(s *Spec) *recorder {
	return &recorder{
		spec:   s,
		log:    specLog{folder: s.config.LogFolder, title: s.framework.title()},
		panics: make(chan *deferred.PanicError, 1),
	}
}

// lowestLevel is below all levels that anybody uses.
const lowestLevel = slog.Level(-1 << 16)

// logger returns the logger of the spec. When the recorder is closed, records go to next.
func (r *recorder) logger(next slog.Handler) *slog.Logger {
	text := slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: lowestLevel})
	return slog.New(&handler{recorder: r, text: text, next: next})
}

func (r *recorder) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.log.close()
}

// forgetPanic keeps a panic from ending the next wait.
func (r *recorder) forgetPanic() {
	if len(r.panics) > 0 {
		<-r.panics //nolint:errcheck // it has been logged
	}
}

// tail is the end of the log, and the path of the file that has all of it.
func (r *recorder) tail() (lines, file string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.tail()
}

// take removes the errors that are wanted, and returns them.
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
		if !knownToGinkgo(panicked) && r.spec.allows(Panics) != "" {
			continue
		}
		select {
		case r.panics <- panicked:
		default: // one is enough
		}
		if knownToGinkgo(panicked) {
			return // Ginkgo knows it
		}
	}
	e := &LoggedError{Message: record.Message, Err: errors.Join(errs...)}
	if len(errs) == 1 {
		e.Err = errs[0]
	}
	if source := record.Source(); source != nil {
		e.Where = fmt.Sprintf("%s (%s:%d)", source.Function, source.File, source.Line)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, e)
}

// handler is the slog.Handler of a recorder.
type handler struct {
	recorder *recorder
	text     slog.Handler // writes to the log of the spec
	next     slog.Handler // for records that come when the spec is over
	errs     []error      // among the attributes so far
}

var _ slog.Handler = (*handler)(nil)

func (h *handler) Enabled(context.Context, slog.Level) bool { return true }

func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	written, err := h.write(ctx, record)
	switch {
	case !written && h.next.Enabled(ctx, record.Level):
		return h.next.Handle(ctx, record)
	case written && record.Level >= slog.LevelError:
		errs := slices.Clone(h.errs)
		record.Attrs(func(a slog.Attr) bool {
			errs = appendErrors(errs, a)
			return true
		})
		h.recorder.note(record, errs)
	}
	return err
}

// write writes a record to the log of the spec, unless that is closed.
func (h *handler) write(ctx context.Context, record slog.Record) (written bool, err error) {
	h.recorder.mu.Lock()
	defer h.recorder.mu.Unlock()
	if h.recorder.closed {
		return false, nil
	}
	return true, h.text.Handle(ctx, record)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	errs := slices.Clone(h.errs)
	for _, a := range attrs {
		errs = appendErrors(errs, a)
	}
	return &handler{recorder: h.recorder, text: h.text.WithAttrs(attrs), next: h.next.WithAttrs(attrs), errs: errs}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{recorder: h.recorder, text: h.text.WithGroup(name), next: h.next.WithGroup(name), errs: h.errs}
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
