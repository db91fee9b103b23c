// Package fuzz looks for streams that a netstring parser gets wrong (specification,
// section 3), and makes them as small as they can be.
//
// [Generate] makes a [Case], which is a stream and the cuts at which it comes in reads:
// valid ones, ones that are nearly so, and hostile ones. A [Fuzzer] feeds cases to a
// parser, holds what it makes of them against the oracle, and returns a [Finding] for each
// kind of fault. Cases have a text form, which people can read and edit, so that they can
// be kept in a corpus on disk.
//
// Generator and shrinker are written by hand for this one type: the combinators and the
// reflection of gopter would take far longer than judging a case.
package fuzz
