package deferred

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Dict is [List] for elements that have keys (the exercise of Part 18). It fires with
// the outcomes of all elements by their keys; where one success is enough, with that
// one alone.
//
// The elements are taken in the order of their keys as [fmt.Sprint] prints them, so
// that equal programs run equally.
func Dict[K comparable, T any](ds map[K]*Deferred[T], o ListOptions) *Deferred[map[K]Outcome[T]] {
	keys := slices.SortedFunc(maps.Keys(ds), func(a, b K) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	elements := make([]*Deferred[T], len(keys))
	for i, key := range keys {
		elements[i] = ds[key]
	}
	return collect(elements, o, collection[T, map[K]Outcome[T]]{
		whole: func(outcomes []Outcome[T]) map[K]Outcome[T] {
			all := make(map[K]Outcome[T], len(outcomes))
			for i, outcome := range outcomes {
				all[keys[i]] = outcome
			}
			return all
		},
		first:  func(i int, v T) map[K]Outcome[T] { return map[K]Outcome[T]{keys[i]: {Value: v}} },
		failed: func(i int, err error) *FirstError { return &FirstError{Index: -1, Key: keys[i], Err: err} },
	})
}
