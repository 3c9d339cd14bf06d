package safety

import (
	"fmt"
	"time"

	"github.com/rowgate/rowgate/store/catalog"
)

// release is a major version of Postgres.
type release struct {
	major int
	// minor is the first one without known ways around row level security.
	minor int
	// end is the day of its last release.
	// https://www.postgresql.org/support/versioning/
	end string
}

// releases are those that are supported or were; what came before them is not.
var releases = []release{
	{14, 19, "2026-11-12"},
	{15, 14, "2027-11-11"},
	{16, 10, "2028-11-09"},
	{17, 6, "2029-11-08"},
	{18, 0, "2030-11-14"},
}

// Server returns what is wrong with the server's version at a time.
func Server(cat *catalog.Catalog, now time.Time) []Finding {
	major, minor := cat.ServerVersion/10000, cat.ServerVersion%10000
	version := fmt.Sprintf("%d.%d", major, minor)
	var found findings
	today := now.UTC().Format(time.DateOnly)
	if major < releases[0].major {
		found.add(ServerVersion, version, "-- Move to a major version that is supported.",
			"PostgreSQL %d is out of support, and its holes stay open", major)
	}
	for _, r := range releases {
		switch {
		case major != r.major:
		case today > r.end:
			found.add(ServerVersion, version, "-- Move to a major version that is supported.",
				"PostgreSQL %d had its last release on %s, and holes found since stay open", major, r.end)
		case minor < r.minor:
			found.add(ServerVersion, version, fmt.Sprintf("-- Update the server to PostgreSQL %d.%d or later.", major, r.minor),
				"PostgreSQL %s has known ways around row level security, which %d.%d closes", version, major, r.minor)
		}
	}
	return found
}
