//go:build !windows

package vault

func ignoreUnsupported(err error) error { return err }
