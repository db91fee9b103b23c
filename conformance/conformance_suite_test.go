package conformance_test

import (
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/leaks"
)

func TestConformance(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(20 * time.Second) // long, for slow machines
	RunSpecs(t, "Conformance")
}

var _ = BeforeEach(leaks.Watch)
