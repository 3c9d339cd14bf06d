// Package admin is the admin path: the same services on a listener of their own,
// run by a login that no policy of the database holds, for whom a file of rules
// names. Nobody else is let in, and every call is audited.
package admin
