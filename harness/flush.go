package harness

import "errors"

// FlushErrors takes those errors out of the log that match target, as [errors.Is]
// sees it, and returns them: the spec expected them, and does not fail because of them.
// What is taken are records at level Error, each a [*LoggedError]; the file of the log
// keeps them.
func (s *Spec) FlushErrors(target error) []error {
	taken := s.recorder.take(func(e *LoggedError) bool { return errors.Is(e, target) })
	flushed := make([]error, len(taken))
	for i, e := range taken {
		flushed[i] = e
	}
	return flushed
}

// FlushErrorsAs is [Spec.FlushErrors] for errors of a type, as [errors.As] sees it. With
// [*LoggedError] it takes all.
func FlushErrorsAs[E error](s *Spec) []E {
	var flushed []E
	s.recorder.take(func(e *LoggedError) bool {
		err, ok := errors.AsType[E](e)
		if ok {
			flushed = append(flushed, err)
		}
		return ok
	})
	return flushed
}
