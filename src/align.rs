//! CacheAligner: what in a system prompt or tool definition changes from turn to turn. Reports, never edits.
