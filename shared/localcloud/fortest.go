package localcloud

import "testing"

// ForTest starts a cloud that ends with a test, which is skipped where there is none to start, or no time.
func ForTest(t testing.TB, o Options) *Cloud {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts a cloud on this machine")
	}
	program, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	if program == "" {
		t.Skipf("no cloud to start: scripts/test installs one, or name it with %s", ProgramVariable)
	}
	c, err := Start(t.Context(), program, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}
