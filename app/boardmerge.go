package app

import "slices"

// mergeBoards joins a board, or changes to one, with later changes.
func mergeBoards(have, more *Board) *Board {
	switch {
	case more == nil:
		return have
	case have == nil || more.Whole:
		return more
	}
	out := *more
	out.Whole = have.Whole
	out.Queues = replaced(have.Queues, more.Queues, func(q BoardQueue) string { return q.ID })
	out.Agents = replaced(have.Agents, more.Agents, func(a BoardAgent) string { return a.ID })
	out.Live = replaced(have.Live, more.Live, func(c LiveConversation) string { return c.ID })
	gone := make(map[string]bool, len(more.Gone))
	for _, id := range more.Gone {
		gone[id] = true
	}
	if len(gone) > 0 {
		out.Live = slices.DeleteFunc(out.Live, func(c LiveConversation) bool { return gone[c.ID] })
	}
	out.Gone = []string{}
	if !have.Whole {
		back := make(map[string]bool, len(more.Live))
		for _, c := range more.Live {
			back[c.ID] = true
		}
		for _, id := range have.Gone {
			if !back[id] && !gone[id] {
				out.Gone = append(out.Gone, id)
			}
		}
		out.Gone = append(out.Gone, more.Gone...)
	}
	return &out
}

// replaced is a list with later rows in place of those of the same ID, and new
// ones behind. Neither list is changed.
func replaced[R any](have, more []R, id func(R) string) []R {
	out := slices.Clone(have)
	if len(more) == 0 {
		return slices.Clip(out)
	}
	at := make(map[string]int, len(have))
	for i, r := range have {
		at[id(r)] = i
	}
	for _, r := range more {
		if i, known := at[id(r)]; known {
			out[i] = r
			continue
		}
		at[id(r)] = len(out)
		out = append(out, r)
	}
	return out
}
