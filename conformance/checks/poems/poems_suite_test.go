package poems_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestPoems(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "The poems")
}
