//! Small questions answered at once: decoding, counting, the tool definition.

use headroom::ccr;
use headroom::format::Format;
use headroom::pipeline;
use headroom::tokens::Encoding;
use napi_derive::napi;
use serde_json::json;

use crate::answer::{answer, to_json};

/// The source text of a lossless re-spelling.
#[napi]
pub fn decode(text: String) -> String {
    answer(|| to_json(&pipeline::decode_text(&text)?))
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
