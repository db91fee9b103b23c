// Package testdata holds the poems that targets are made to serve, and the netstrings
// that parsers are fed. All of them were written for Scansion.
package testdata

import "embed"

// Poems holds the poems, poems/NAME.txt each.
//
//go:embed poems/*.txt
var Poems embed.FS

// NetstringVectors is netstrings/vectors.json, whose format is explained beside it.
//
//go:embed netstrings/vectors.json
var NetstringVectors []byte
