//! What a block is judged against: the question and the tool's arguments, as terms, and BM25 over them.

/// The terms of the user's latest question before a block and of the tool call's arguments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Distinct terms, lower case.
    pub terms: Vec<String>,
    /// Identifiers quoted exactly (ids, paths, uuids, quoted strings): a row that holds one always stays.
    pub anchors: Vec<String>,
}
