// Package suites is the catalogue as Ginkgo specs, one for each requirement,
// labelled by role and level:
//
//	ginkgo ./suites                             the reference, in this process
//	ginkgo ./suites -- --exec 'CMD' --role poetry-server
//	SCANSION_ADDR=127.0.0.1:10000 SCANSION_ROLE=poetry-server ginkgo ./suites
//	ginkgo --label-filter 'MUST && poetry-server' ./suites
//
// A target is given by a flag or by the environment: --exec or SCANSION_EXEC,
// --addr or SCANSION_ADDR, --role or SCANSION_ROLE, --level or SCANSION_LEVEL.
// Specs run in this folder, so name files in a command from the root. Requirements
// below the level that a target does not meet are skipped, saying
// so; the reference has to meet all of them.
//
// The specs labelled "programs" judge real programs in other languages.
package suites
