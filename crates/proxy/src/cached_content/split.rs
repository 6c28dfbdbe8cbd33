//! What of a request can lie with the provider, and the request without it.

use std::ops::Range;

use headroom::json::{Document, Kind, Value};
use headroom::message::{Edit, splice};

/// Members that a cached content takes, in both spellings the API reads. A request that names one must have none
/// of them.
const HELD: [[&str; 2]; 3] = [
    ["systemInstruction", "system_instruction"],
    ["tools", "tools"],
    ["toolConfig", "tool_config"],
];

/// A request that names a cached content of its client's.
const OWN: [&str; 2] = ["cachedContent", "cached_content"];

/// Where a request can be cut in two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    /// The members that go, as they are written, in the order of [`HELD`].
    members: Vec<String>,
    /// Where they stand. The name takes the place of the first.
    holes: Vec<Range<usize>>,
}

impl Split {
    /// Cuts a request; `None` where nothing of it can lie elsewhere, or its client sees to that.
    pub(super) fn of(body: &str) -> Option<Self> {
        let document = Document::parse(body).ok()?;
        let mut members = [const { None }; HELD.len()];
        let mut holes: Vec<Range<usize>> = Vec::new();
        let mut before = None;
        for (key, value) in document.root().entries() {
            let name = key.text()?;
            let end = value.span().end;
            if OWN.contains(&name.as_ref()) {
                return None;
            }
            if let Some(kind) = HELD.iter().position(|names| names.contains(&name.as_ref())) {
                if members[kind].is_some() || (name == "tools" && !are_functions(value)) {
                    return None;
                }
                let start = key.span().start;
                members[kind] = Some(body[start..end].to_owned());
                // The comma before a member goes with it, except where the name takes its place.
                holes.push(before.filter(|_| !holes.is_empty()).unwrap_or(start)..end);
            }
            before = Some(end);
        }
        let members: Vec<String> = members.into_iter().flatten().collect();
        (!members.is_empty()).then_some(Self { members, holes })
    }

    /// What is to be held, as the members of an object.
    pub(super) fn held(&self) -> String {
        self.members.join(",")
    }

    /// The request with a name in place of what is held under it.
    pub(super) fn naming(&self, body: &str, name: &str) -> Option<String> {
        let mut new = Some(format!("\"cachedContent\":{}", headroom::json::quote(name)));
        let edits: Vec<Edit> = self
            .holes
            .iter()
            .map(|hole| Edit {
                path: Vec::new(),
                span: hole.clone(),
                json: new.take().unwrap_or_default(),
            })
            .collect();
        splice(body, &edits).filter(|body| Document::parse(body).is_ok())
    }
}

/// True when all tools are functions. What the provider's own tools do with a cached content differs by model.
fn are_functions(tools: Value<'_, '_>) -> bool {
    let is_list = |entry: Value<'_, '_>| {
        let declared = entry
            .get("functionDeclarations")
            .or_else(|| entry.get("function_declarations"));
        entry.len() == 1 && declared.is_some()
    };
    tools.kind() == Kind::Array && tools.items().all(is_list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(body: &str) -> Option<(String, String)> {
        let split = Split::of(body)?;
        Some((split.held(), split.naming(body, "cachedContents/x")?))
    }

    #[test]
    fn the_name_takes_the_place_of_the_first_member_and_the_rest_keeps_its_bytes() {
        for (body, held, rest) in [
            (
                r#"{ "systemInstruction" : {"parts":[]} , "contents": [ 1.50 ], "tools":[{"functionDeclarations":[]}] }"#,
                r#""systemInstruction" : {"parts":[]},"tools":[{"functionDeclarations":[]}]"#,
                r#"{ "cachedContent":"cachedContents/x" , "contents": [ 1.50 ] }"#,
            ),
            (
                r#"{"contents":[],"tool_config":{},"tools":[{"function_declarations":[]}],"system_instruction":"s","x":1}"#,
                r#""system_instruction":"s","tools":[{"function_declarations":[]}],"tool_config":{}"#,
                r#"{"contents":[],"cachedContent":"cachedContents/x","x":1}"#,
            ),
            (
                r#"{"tools":[{"functionDeclarations":[]}]}"#,
                r#""tools":[{"functionDeclarations":[]}]"#,
                r#"{"cachedContent":"cachedContents/x"}"#,
            ),
        ] {
            assert_eq!(cut(body), Some((held.to_owned(), rest.to_owned())), "{body}");
        }
    }

    #[test]
    fn requests_that_name_their_own_or_use_tools_of_the_providers_stay_whole() {
        for body in [
            r#"{"cachedContent":"cachedContents/mine","systemInstruction":{}}"#,
            r#"{"systemInstruction":{},"cached_content":"cachedContents/mine"}"#,
            r#"{"systemInstruction":{},"system_instruction":{}}"#,
            r#"{"tools":[{"functionDeclarations":[]},{"googleSearch":{}}]}"#,
            r#"{"tools":[{"functionDeclarations":[],"codeExecution":{}}]}"#,
            r#"{"contents":[]}"#,
            r#"["tools"]"#,
            "{",
        ] {
            assert_eq!(Split::of(body), None, "{body}");
        }
    }
}
