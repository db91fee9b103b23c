// Package testdata holds the poems that targets are made to serve. All of them
// were written for Scansion.
package testdata

import "embed"

// Poems holds the poems, poems/NAME.txt each.
//
//go:embed poems/*.txt
var Poems embed.FS
