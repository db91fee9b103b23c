package deferred_test

import (
	"errors"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
	"scansion/harness/leaks"
)

// patience is how long to wait for the collector: long, for slow machines.
const patience = 20 * time.Second

func TestDeferred(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(patience)
	RunSpecs(t, "Deferred")
}

var _ = BeforeEach(leaks.Watch)

// The specs leave many failures behind; the log need not tell of them.
var _ = BeforeSuite(func() { deferred.SetReporter(func(deferred.Unhandled) {}) })

// Failures to tell apart.
var (
	errRain = errors.New("rain")
	errWind = errors.New("wind")
)

// succeeded is the result of d, which has to be there.
func succeeded[T any](d *deferred.Deferred[T]) T {
	GinkgoHelper()
	view := d.Peek()
	Expect(view.State).To(Equal(deferred.Succeeded), "it has failed with %v", view.Err)
	v, _ := view.Value.(T) // a T may be a nil error
	return v
}

// failed is the failure of d, which has to be there, and is handled then.
func failed[T any](d *deferred.Deferred[T]) error {
	GinkgoHelper()
	err := d.Handle()
	Expect(err).To(HaveOccurred())
	return err
}

// expectPending expects that the result of d is still to come.
func expectPending[T any](d *deferred.Deferred[T]) {
	GinkgoHelper()
	Expect(d.Peek().State).To(BeNumerically("<", deferred.Succeeded))
}

// journal keeps what functions got, in order.
type journal []any

// callback notes the result under a name, and lets it pass.
func (j *journal) callback(name string) func(int) (int, error) {
	return func(v int) (int, error) {
		*j = append(*j, name, v)
		return v, nil
	}
}

// errback notes the failure under a name, and lets it pass.
func (j *journal) errback(name string) func(error) (int, error) {
	return func(err error) (int, error) {
		*j = append(*j, name, err)
		return 0, err
	}
}

// both notes either.
func (j *journal) both(name string) func(int, error) (int, error) {
	return func(v int, err error) (int, error) {
		if err != nil {
			return j.errback(name)(err)
		}
		return j.callback(name)(v)
	}
}

// returning makes a callback that gives v and err whatever it gets.
func returning(v int, err error) func(int) (int, error) {
	return func(int) (int, error) { return v, err }
}

// handling makes an errback that gives v and err whatever it gets.
func handling(v int, err error) func(error) (int, error) {
	return func(error) (int, error) { return v, err }
}

// waitingFor waits for d.
func waitingFor(d *deferred.Deferred[int]) *deferred.Deferred[int] {
	return after(deferred.Succeed(0), d)
}

// after waits for first and then, if that succeeds, for d.
func after(first, d *deferred.Deferred[int]) *deferred.Deferred[int] {
	return deferred.Then(first, func(int) *deferred.Deferred[int] { return d })
}
