//go:build race

package filter_test

func init() { slow = 100 }
