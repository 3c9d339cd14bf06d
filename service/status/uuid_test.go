package status

import "testing"

func TestIsUUID(t *testing.T) {
	const u = "6c8d1e7a-52a5-4f0e-9d0b-2f6f2a0d9a11"
	for s, want := range map[string]bool{
		u:                                      true,
		"6C8D1E7A-52A5-4F0E-9D0B-2F6F2A0D9A11": true,
		"6c8d1e7a52a54f0e9d0b2f6f2a0d9a11":     true,
		"{" + u + "}":                          true,
		"6c8d-1e7a-52a5-4f0e-9d0b-2f6f-2a0d-9a11": true,
		"":                                      false,
		"{":                                     false,
		"{}":                                    false,
		"{" + u:                                 false,
		u + "}":                                 false,
		u + "0":                                 false,
		u + "-":                                 false,
		"-" + u:                                 false,
		u[:35]:                                  false,
		" " + u:                                 false,
		"6c8d1e7a--52a5-4f0e-9d0b-2f6f2a0d9a11": false,
		"6c8d1e7-a52a5-4f0e-9d0b-2f6f2a0d9a11":  false,
		"gc8d1e7a-52a5-4f0e-9d0b-2f6f2a0d9a11":  false,
		"user_2abc":                             false,
	} {
		if got := isUUID(s); got != want {
			t.Errorf("isUUID(%q) = %v", s, got)
		}
	}
}
