package vault

// ignoreUnsupported: Windows has no way to sync a directory, and needs none for
// a rename to last.
func ignoreUnsupported(error) error { return nil }
