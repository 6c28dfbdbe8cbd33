//! Networks written by hand, as the protocol buffers ONNX is made of: a table with one weight a token, and what
//! a test wants to be wrong with it.

/// `TensorProto.DataType`.
pub(crate) const FLOAT: u64 = 1;
pub(crate) const INT64: u64 = 7;

/// A side of a tensor of the interface.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Any(&'static str),
    Fixed(u64),
}

/// Both sides of any length.
pub(crate) const FREE: [Side; 2] = [Side::Any("batch"), Side::Any("sequence")];

/// What the interface of a network looks like; by default that of Kompress.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) ids: &'static str,
    pub(crate) ids_type: u64,
    pub(crate) sides: [Side; 2],
    pub(crate) scores: &'static str,
    pub(crate) extra_input: bool,
    /// The scores come with one axis too many.
    pub(crate) deep: bool,
    /// The scores are divided by zero.
    pub(crate) infinite: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            ids: "input_ids",
            ids_type: INT64,
            sides: FREE,
            scores: "final_scores",
            extra_input: false,
            deep: false,
            infinite: false,
        }
    }
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn number(field: u64, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    varint(field << 3, &mut out);
    varint(value, &mut out);
    out
}

fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    varint(field << 3 | 2, &mut out);
    varint(value.len() as u64, &mut out);
    out.extend_from_slice(value);
    out
}

fn message(field: u64, parts: &[Vec<u8>]) -> Vec<u8> {
    bytes(field, &parts.concat())
}

fn text(field: u64, value: &str) -> Vec<u8> {
    bytes(field, value.as_bytes())
}

fn node(kind: &str, inputs: &[&str], output: &str, attributes: &[(&str, u64)]) -> Vec<u8> {
    const INT: u64 = 2;
    let mut parts: Vec<Vec<u8>> = inputs.iter().map(|input| text(1, input)).collect();
    parts.push(text(2, output));
    parts.push(text(4, kind));
    for (name, value) in attributes {
        parts.push(message(5, &[text(1, name), number(3, *value), number(20, INT)]));
    }
    message(1, &parts)
}

fn table(name: &str, values: &[f32]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let dims = number(1, values.len() as u64);
    message(5, &[dims, number(2, FLOAT), text(8, name), bytes(9, &raw)])
}

fn index(name: &str, value: i64) -> Vec<u8> {
    message(
        5,
        &[number(2, INT64), text(8, name), bytes(9, &value.to_le_bytes())],
    )
}

fn outlet(field: u64, name: &str, kind: u64, sides: &[Side]) -> Vec<u8> {
    let side = |side: &Side| match side {
        Side::Any(name) => message(1, &[text(2, name)]),
        Side::Fixed(length) => message(1, &[number(1, *length)]),
    };
    let shape = message(2, &sides.iter().map(side).collect::<Vec<_>>());
    let tensor = message(1, &[number(1, kind), shape]);
    message(field, &[text(1, name), message(2, &[tensor])])
}

/// A network that gives each token the weight of its id in `weights`, 0 to 1, and fails on more than `longest`
/// tokens: positions are looked up in a table of that length, as models with learnt positions do.
pub(crate) fn network(weights: &[f32], longest: usize, shape: Shape) -> Vec<u8> {
    let mut parts = vec![
        node("Cast", &["attention_mask"], "mask", &[("to", FLOAT)]),
        node("CumSum", &["attention_mask", "axis"], "counted", &[]),
        node("Gather", &["positions", "counted"], "position", &[]),
        node("Cast", &[shape.ids], "ids", &[("to", INT64)]),
        node("Gather", &["weights", "ids"], "weight", &[]),
        node("Mul", &["weight", "mask"], "masked", &[]),
        node("Add", &["masked", "position"], "sum", &[]),
    ];
    parts.push(match (shape.deep, shape.infinite) {
        (true, _) => node("Unsqueeze", &["sum", "axes"], shape.scores, &[]),
        (_, true) => node("Div", &["sum", "position"], shape.scores, &[]),
        _ => node("Identity", &["sum"], shape.scores, &[]),
    });
    parts.extend([
        text(2, "table"),
        table("weights", weights),
        // Counting begins at 1.
        table("positions", &vec![0.0; longest + 1]),
        index("axis", 1),
        message(
            5,
            &[
                number(1, 1),
                number(2, INT64),
                text(8, "axes"),
                bytes(9, &0_i64.to_le_bytes()),
            ],
        ),
        outlet(11, shape.ids, shape.ids_type, &shape.sides),
        outlet(11, "attention_mask", INT64, &FREE),
    ]);
    if shape.extra_input {
        parts.push(outlet(11, "token_type_ids", INT64, &FREE));
    }
    parts.push(outlet(
        12,
        shape.scores,
        FLOAT,
        if shape.deep { &[] } else { &FREE },
    ));
    let opset = message(8, &[text(1, ""), number(2, 17)]);
    [number(1, 8), message(7, &parts), opset].concat()
}
