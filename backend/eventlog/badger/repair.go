package badger

func finishRepair(string, Options) error { return nil }
