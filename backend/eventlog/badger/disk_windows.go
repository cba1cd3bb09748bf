package badger

import "golang.org/x/sys/windows"

// diskSpace returns the bytes free for this process and the size of the disk
// that holds dir.
func diskSpace(dir string) (free, size int64, err error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	var avail, total uint64
	if err := windows.GetDiskFreeSpaceEx(name, &avail, &total, nil); err != nil {
		return 0, 0, err
	}
	return int64(avail), int64(total), nil
}
