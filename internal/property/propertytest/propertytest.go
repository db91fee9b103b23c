// Package propertytest checks properties in Ginkgo specs.
package propertytest

import (
	"fmt"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"scansion/internal/property"
)

// Check fails the spec with the simplest counterexample to a property that it finds,
// as [property.Falsify] does. If config has no seed it is that of the run, which
// Ginkgo prints: the same seed gives the same values.
func Check[T any](config property.Config, gen property.Gen[T], holds func(g gomega.Gomega, v T)) {
	ginkgo.GinkgoHelper()
	if config.Seed == 0 {
		config.Seed = ginkgo.GinkgoRandomSeed()
	}
	if found := property.Falsify(config, gen, holds); found != nil {
		ginkgo.Fail(fmt.Sprintf("The property is %v\nThe same values again: go tool ginkgo --seed=%d", found, ginkgo.GinkgoRandomSeed()))
	}
}
