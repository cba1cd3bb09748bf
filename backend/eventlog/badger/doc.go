// Package badger is the embedded home of the log: two Badger stores in one
// directory of one machine.
//
// # The log
//
// One committer goroutine takes whoever waits, checks each commit against the
// heads of the streams, writes all that passed as one transaction, syncs it once
// and answers. Encoding, hashing and the search for a repeated command happen in
// the callers' goroutines. Nothing is visible to readers before its sync. A
// failed sync fails all who waited, and the log takes no more (ErrStopped).
// Heads are found on demand, so that opening does not read the whole log.
//
// # The second copy
//
// A second store, the witness, receives every commit with its sealed content
// after the acknowledgement, from one goroutine, in batches; with each batch, in
// the same transaction, the mark {Epoch, Partition, Pos, Hash}, where Hash is
// the rolling hash over all commits in order of position. It lags behind by at
// most Options.WitnessEvery (200 ms) and the time one batch takes, or by
// Options.WitnessLag commits (65,536), for which the committer waits; Close and
// SyncWitness bring it up. What was acknowledged within that lag and then lost by
// the log's files cannot be restored, nor its loss be noticed by comparison.
//
// # Damage
//
// Every record carries a checksum bound to its key, every commit the hash of the
// one before it in its stream, every group of commits the rolling hash. Open
// compares both stores and reads back the newest commits; a scrub walks over the
// rest at a low rate; and whatever is read is verified. What fails is not
// served: reads end with ErrDamaged, Damage says what and where, the stream
// takes no more commits. If the log has lost its end, which Badger lets happen
// without a word, nothing is written at all until Repair, so that no new commit
// takes the place of an acknowledged one. A hub therefore does: Open; if that
// fails with ErrDamaged or Damage is not empty, Close, Repair, Open.
//
// # Full disk
//
// Badger writes through mapped files and is killed by SIGBUS when the disk is
// full. Appends are refused with ErrFull while less is free than the reserve:
// 512 MiB or 5 % of the disk, whichever is less, but never less than what Badger
// may still write for itself to tidy up. Who stores files on the same disk asks
// Room first.
//
// # Limits
//
// One partition, 0. A commit with its sealed content takes at most a sixteenth
// of Options.MemTable. On Windows Badger's sync does nothing: there the log
// survives the death of the process, but not a power cut.
package badger
