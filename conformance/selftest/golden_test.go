package selftest_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"scansion/conformance"
	"scansion/conformance/selftest"
	"scansion/fakes/peers"
)

var update = flag.Bool("update", false, "write the verdicts of the simulated selftest to testdata")

// golden is a file with the verdicts on all peers of a role: a head, and a block for each
// peer, with an empty line before it. The lines of a block are lists of slugs, of which
// those are left out that stand for a pass.
type golden struct {
	role conformance.Role
	path string

	mu     sync.Mutex
	head   string
	blocks map[string]string // by the names of the peers
	order  []string          // the names as they stand in the file
}

// The lists of a block.
const (
	catches = "catches" // requirements that fail the peer, as they must
	also    = "also"    // others that fail it
	skips   = "skips"   // not judged
	passes  = "passes"  // requirements that may differ, and passed when they were marked
)

// readGolden reads the file of a role. Once all peers have been judged, it is complete, or
// is written if that was asked for.
func readGolden(t *testing.T, role conformance.Role) *golden {
	t.Helper()
	g := &golden{role: role, path: filepath.Join("testdata", role.Name+".txt"), blocks: map[string]string{}}
	content, err := os.ReadFile(g.path)
	if err != nil && !*update {
		t.Error(err)
	}
	parts := strings.Split(string(content), "\n\n")
	g.head = parts[0] + "\n"
	for _, part := range parts[1:] {
		name, _, _ := strings.Cut(part, "\n")
		g.order = append(g.order, name)
		g.blocks[name] = strings.TrimRight(part, "\n") + "\n"
	}
	t.Cleanup(func() { g.finish(t) })
	return g
}

// compare holds a row against the peer's block.
func (g *golden) compare(t *testing.T, row selftest.Row) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	had := g.blocks[row.Peer.Name]
	has := block(row, marks(had))
	if *update {
		g.blocks[row.Peer.Name] = has
	} else if has != had {
		t.Errorf("the verdicts differ from those in %s, which -update renews\nexpected:\n%s\nseen:\n%s", g.path, had, has)
	}
}

// finish looks at what is not of one peer: the head, and which peers there are.
func (g *golden) finish(t *testing.T) {
	t.Helper()
	head := headOf(g.role)
	var names []string
	for _, peer := range selftest.Peers() {
		if peer.Role == g.role.Name && peer.Kernel == "" {
			names = append(names, peer.Name)
		}
	}
	if !*update {
		if head != g.head || !slices.Equal(names, g.order) {
			t.Errorf("the head of %s is not up to date, or its peers are not all that there are, in order: -update renews it", g.path)
		}
		return
	}
	text := head
	for _, name := range names {
		if block := g.blocks[name]; block != "" {
			text += "\n" + block
		}
	}
	if err := os.WriteFile(g.path, []byte(text), 0o644); err != nil { //nolint:gosec // everybody may read it
		t.Error(err)
	}
}

// headOf is what the file of a role begins with.
func headOf(role conformance.Role) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# The verdicts on every peer of the role %s, in the simulated world.
# To renew them: go test ./conformance/selftest -run TestSimulated -update
#   %-7s  requirements that fail the peer, as they must
#   %-7s  others that fail it
#   %-7s  requirements that were not judged
# All others pass. A ? behind a requirement is put there by hand, and kept: its verdict
# may differ from run to run, and is not compared. (In a list "%s" if it mostly passes.)
`, role.Name, catches, also, skips, passes)
	left := map[string][]string{} // out of the simulated world, by the reasons
	for _, requirement := range role.Requirements {
		left[requirement.Kernel] = append(left[requirement.Kernel], requirement.Slug)
	}
	for _, peer := range selftest.Peers() {
		if peer.Role == role.Name {
			left[peer.Kernel] = append(left[peer.Kernel], "the peer "+peer.Name)
		}
	}
	delete(left, "")
	for _, why := range slices.Sorted(maps.Keys(left)) {
		fmt.Fprintf(&b, "# On real sockets only: %s. %s\n", strings.Join(left[why], ", "), why)
	}
	return b.String()
}

// marks returns the requirements of a block that may differ, and the list that each is in.
func marks(block string) map[string]string {
	lists := map[string]string{}
	for line := range strings.Lines(block) {
		words := strings.Fields(line)
		for _, word := range words {
			if slug, may := strings.CutSuffix(word, "?"); may {
				lists[slug] = words[0]
			}
		}
	}
	return lists
}

// block is what the file has of a row.
func block(row selftest.Row, marks map[string]string) string {
	lists := map[string][]string{}
	for _, result := range row.Report.Results {
		_, slug, _ := strings.Cut(result.ID, "/")
		list, marked := marks[slug]
		if marked {
			slug += "?"
		} else {
			list = listOf(row.Peer, slug, result.Outcome)
		}
		lists[list] = append(lists[list], slug)
	}
	text := row.Peer.Name + "\n"
	for _, list := range []string{catches, also, skips, passes} {
		if len(lists[list]) > 0 {
			text += fmt.Sprintf("    %-7s %s\n", list, strings.Join(lists[list], " "))
		}
	}
	return text
}

// listOf is the list that a requirement is in, or "" if it stands for a pass.
func listOf(peer peers.Peer, slug string, outcome conformance.Outcome) string {
	switch {
	case outcome == conformance.Pass:
		return ""
	case outcome == conformance.Skip:
		return skips
	case slices.Contains(peer.Catches, slug):
		return catches
	default:
		return also
	}
}
