// Package fuzz makes streams for netstring decoders to go wrong on (specification,
// section 3), and makes those on which one did as small as they can be.
//
// A [Grammar] generates a [Case], which is a stream and the cuts at which it comes in
// reads: valid ones, ones that are nearly so, and hostile ones. [Search] tries a
// property on many of them, and shrinks the first on which it does not hold. Cases
// have a text form, which people can read and edit, so that they can be kept in a
// corpus on disk.
//
// Generators and shrinkers are those of gopter, written by hand for this one type:
// gopter's combinators and its reflection would take far longer than judging a case.
package fuzz
