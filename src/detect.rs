//! What a text is. Linear time, no model.
