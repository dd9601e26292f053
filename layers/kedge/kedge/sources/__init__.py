"""From what was delivered to what happened: raw events, in all their spellings, become signals."""
