// Package filter reads what a list request asks for, the order of AIP-132 and
// the page tokens of AIP-158, and turns it into the expressions of package
// query. It holds no SQL text.
package filter
