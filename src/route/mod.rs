//! ContentRouter: block and policy to decision; a table and its exceptions.
