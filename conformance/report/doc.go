// Package report writes a [conformance.Report] for people and for machines.
//
//   - [Text] is for people: a line for each requirement as its result comes, then
//     a block for each failure with all that is needed to understand and repeat it,
//     then a summary whose last line is the verdict in words. [WriteText] writes a
//     finished report the same way.
//   - [JSON] is for programs, and [ReadJSON] reads it back.
//   - [JUnit] is for the test tabs of CI services.
//
// [Lookup] finds a format by its name; a [File] is a format with the file that it
// goes to, as [ParseFile] reads them from "FORMAT=FILE".
//
// What a target prints and sends is arbitrary bytes. In text and XML, whatever
// cannot be printed is written as an escape such as \x1b; JSON, which has escapes
// of its own, keeps it, but for bytes that are not UTF-8.
package report
