//! Small questions answered at once: decoding, counting, the tool definition.

use headroom::ccr;
use headroom::format::Format;
use headroom::pipeline;
use headroom::tokens::Encoding;
use napi_derive::napi;
use serde_json::json;

use crate::answer::{answer, to_json};

/// The source text of a lossless re-spelling; `above`: the earlier tool outputs, as they were sent.
#[napi]
pub fn decode(text: String, above: Vec<String>) -> String {
    let above: Vec<&str> = above.iter().map(String::as_str).collect();
    answer(|| to_json(&pipeline::decode_below(&text, &above)?))
}

/// Tokens of a text for a model, and what counted them.
#[napi]
pub fn count_tokens(text: String, model: String) -> String {
    answer(|| {
        let encoding = Encoding::for_model(&model);
        Ok(json!({ "tokens": encoding.count(&text), "tokenizer": encoding.name() }).to_string())
    })
}

/// The retrieval tool in the shape of a format.
#[napi]
pub fn retrieve_tool(format: String) -> String {
    answer(|| {
        Ok(Format::from_name(&format)?
            .retrieval_tool(&ccr::tool_definition())
            .to_string())
    })
}
