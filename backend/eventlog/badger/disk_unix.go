//go:build !windows

package badger

import "golang.org/x/sys/unix"

// diskSpace returns the bytes free for this process and the size of the disk
// that holds dir.
func diskSpace(dir string) (free, size int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
