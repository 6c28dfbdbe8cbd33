//! Tools in an order that follows from the tools alone.
//!
//! Providers cache a prompt from its beginning, and tools stand there. A client that lists the same tools in another
//! order with every start, as one that asks several servers for theirs does, begins anew each time. For the model
//! tools are a set, so they are put in the order of their names; whole definitions move, byte for byte.

use headroom::format::Format;
use headroom::json::{Kind, Value};
use headroom::message::Edit;

use super::edit;

/// The edits that put the tools of a request in order, ascending; none where they are, where a breakpoint of the
/// client's stands among them, or where their order says something.
pub(super) fn edits(format: Format, request: Value<'_, '_>) -> Vec<Edit> {
    lists(format, request)
        .iter()
        .flat_map(|list| moves(list))
        .collect()
}

/// The tools of a request in the order they are sent in.
pub(super) fn in_order<'d, 'a>(format: Format, request: Value<'d, 'a>) -> Vec<Value<'d, 'a>> {
    lists(format, request)
        .iter()
        .flat_map(|list| ordered(list))
        .collect()
}

/// The lists of tools whose order says nothing.
fn lists<'d, 'a>(format: Format, request: Value<'d, 'a>) -> Vec<Vec<Value<'d, 'a>>> {
    let tools = || request.get("tools").filter(|tools| tools.kind() == Kind::Array);
    let lists: Vec<Value<'d, 'a>> = match format {
        Format::OpenAiChat | Format::OpenAiResponses | Format::AnthropicMessages => {
            tools().into_iter().collect()
        }
        // Each entry is a list of functions, or a tool of the provider's own.
        Format::Gemini => tools()
            .iter()
            .flat_map(Value::items)
            .filter_map(declarations)
            .collect(),
        // Nothing is cached there but what a cache point stands behind.
        Format::BedrockConverse | Format::AiSdk | Format::LangChain => Vec::new(),
    };
    lists.into_iter().map(|list| list.items().collect()).collect()
}

fn declarations<'d, 'a>(entry: Value<'d, 'a>) -> Option<Value<'d, 'a>> {
    ["functionDeclarations", "function_declarations"]
        .iter()
        .find_map(|key| entry.get(key))
}

/// By name, then by all they say, so that no order they came in is left.
fn ordered<'d, 'a>(list: &[Value<'d, 'a>]) -> Vec<Value<'d, 'a>> {
    let mut ordered = list.to_vec();
    if !list.iter().any(|tool| tool.get("cache_control").is_some()) {
        ordered.sort_by_cached_key(|tool| (name(*tool), tool.raw()));
    }
    ordered
}

fn moves(list: &[Value<'_, '_>]) -> Vec<Edit> {
    let places = list.iter().zip(ordered(list));
    places
        .filter(|(there, wanted)| there.raw() != wanted.raw())
        .map(|(there, wanted)| {
            let span = there.span();
            edit(span.start, span.end, wanted.raw().to_owned())
        })
        .collect()
}

/// What a tool is known by; tools of the provider's own by their kind.
fn name(tool: Value<'_, '_>) -> String {
    let inner = ["function", "custom"].iter().find_map(|key| tool.get(key));
    let named = inner
        .and_then(|inner| inner.get("name"))
        .or_else(|| tool.get("name"))
        .or_else(|| tool.get("type"));
    named
        .and_then(|named| named.text())
        .unwrap_or_default()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use headroom::json::Document;
    use headroom::message::splice;
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::hints;
    use super::*;

    fn hinted(format: Format, source: &str) -> String {
        let edits = hints(format, &Document::parse(source).unwrap());
        splice(source, &edits).unwrap()
    }

    /// A request of a format with these tools, named by numbers: some share a name, and some have none.
    fn request(format: Format, tools: &[(u8, u8)]) -> String {
        let function =
            |name: u8, text: u8| json!({"name": format!("t{name}"), "description": format!("{text}")});
        let tool = |&(name, text): &(u8, u8)| match format {
            Format::OpenAiChat => json!({"type": "function", "function": function(name, text)}),
            Format::OpenAiResponses if name == 0 => json!({"type": "web_search", "filters": text}),
            _ => function(name, text),
        };
        let tools: Vec<String> = tools.iter().map(|pair| tool(pair).to_string()).collect();
        let list = tools.join(", ");
        match format {
            Format::Gemini => {
                format!(
                    "{{\"tools\": [{{\"functionDeclarations\": [{list}]}}, {{\"googleSearch\": {{}}}}], \"contents\": []}}"
                )
            }
            _ => format!("{{\"model\": \"m\", \"tools\": [ {list} ], \"messages\": []}}"),
        }
    }

    proptest! {
        #[test]
        fn any_order_of_the_same_tools_gives_the_same_bytes(
            (tools, shuffled) in proptest::collection::vec((0..6_u8, 0..3_u8), 0..9)
                .prop_flat_map(|tools| (Just(tools.clone()), Just(tools).prop_shuffle())),
        ) {
            for format in [Format::OpenAiChat, Format::OpenAiResponses, Format::AnthropicMessages, Format::Gemini] {
                let (one, other) = (request(format, &tools), request(format, &shuffled));
                let got = hinted(format, &one);
                prop_assert_eq!(&got, &hinted(format, &other));
                prop_assert_eq!(&got, &hinted(format, &got), "what is in order stays");
                if format == Format::Gemini {
                    let sorted = |text: &str| {
                        let mut bytes = text.as_bytes().to_vec();
                        bytes.sort_unstable();
                        bytes
                    };
                    prop_assert_eq!(sorted(&got), sorted(&one), "definitions move, and nothing else happens");
                }
            }
        }
    }

    #[test]
    fn tools_stand_in_the_order_of_their_names() {
        let source = r#"{"tools":[{"type":"web_search"},{"type":"function","name":"b","x":1.50},{"type":"function","name":"a"}],"prompt_cache_key":"k"}"#;
        assert_eq!(
            hinted(Format::OpenAiResponses, source),
            r#"{"tools":[{"type":"function","name":"a"},{"type":"function","name":"b","x":1.50},{"type":"web_search"}],"prompt_cache_key":"k"}"#
        );
    }

    #[test]
    fn a_client_that_marks_a_tool_has_an_order_of_its_own() {
        let marked =
            r#"{"tools":[{"name":"b"},{"name":"a","cache_control":{"type":"ephemeral"}}],"messages":[]}"#;
        assert_eq!(hinted(Format::AnthropicMessages, marked), marked);
        let points = r#"{"toolConfig":{"tools":[{"toolSpec":{"name":"b"}},{"cachePoint":{"type":"default"}},{"toolSpec":{"name":"a"}}]}}"#;
        assert_eq!(hinted(Format::BedrockConverse, points), points);
    }
}
