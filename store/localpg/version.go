package localpg

import (
	"fmt"
	"strconv"
	"strings"
)

// minMajor is the oldest major version that is used: the first one with
// multirange types and with initdb --no-instructions.
const minMajor = 14

// parseVersion reads the answer of postgres --version, such as
// "postgres (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)", into the version as
// printed and its major number. Development versions such as 18devel and
// 18beta1 have a major number too.
func parseVersion(answer string) (version string, major int, err error) {
	_, rest, ok := strings.Cut(strings.TrimSpace(answer), "(PostgreSQL) ")
	if !ok {
		return "", 0, fmt.Errorf("%.100q is not a version of Postgres", answer)
	}
	version, _, _ = strings.Cut(rest, " ")
	major, err = leadingNumber(version)
	if err != nil {
		return "", 0, fmt.Errorf("%.100q is not a version of Postgres", answer)
	}
	return version, major, nil
}

// leadingNumber reads the decimal digits that text begins with.
func leadingNumber(text string) (int, error) {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	return strconv.Atoi(text[:end])
}
