//! JSON documents built from bytes: every byte is one decision, so that a mutation changes the shape and not
//! just a character. Tables, templates, steps and constants come up all the time, with cells that look
//! like the notation they are written in.

use std::fmt::Write as _;

/// Deepest nesting that is built.
const MAX_DEPTH: usize = 6;
/// Longest document that is built, in bytes; decisions after that are scalars.
const MAX_BYTES: usize = 1 << 14;

/// Scalars, most of them mistakable for something else.
const SCALARS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "1.0",
    "1e2",
    "1E+2",
    "12345678901234567890123",
    "-1.50",
    "1e400",
    r#""""#,
    r#"" ""#,
    r#""null""#,
    r#""true""#,
    r#""1""#,
    r#""-0""#,
    r#""a""#,
    r#""b c""#,
    r#"" x ""#,
    r#""é東""#,
    r#""a,b|c""#,
    r#""|""#,
    r#""||""#,
    r#""^""#,
    r#""^ ""#,
    r#""${}""#,
    r#""${1}""#,
    r#""${id}""#,
    r#""$""#,
    r#""}""#,
    r#""like a""#,
    r#""same as a""#,
    r#""- x""#,
    r#""-""#,
    r#""[list]""#,
    r#""[2 rows] a|b""#,
    r#""{}""#,
    r#""[]""#,
    r#""[headroom: rows 1-2 left out]""#,
    r#""…12""#,
    r#""line\nbreak""#,
    r#""\r\n""#,
    r#""tab\t""#,
    r#""\u0000""#,
    r#""\u00e9""#,
    r#""\/""#,
    r#""\ud83d\ude00""#,
    r#""\ud800""#,
    r#""\\""#,
    r#""\"""#,
    r#""raw\"x\"""#,
    r#""a: b""#,
    r#""{\"a\":1}""#,
    r#""[1,2]""#,
    r#""(a step 1)""#,
    r#""2024-01-31T23:59:59Z""#,
    r#""2024-02-01""#,
    r#""https://api.example.com/v1/orders""#,
    r#""https://api.example.com/v1/orders/17?page=2""#,
    r#""=""#,
    r#""a=b""#,
    r#""error: timeout""#,
    r#""\u007f""#,
    "\"\u{feff}\"",
    "\"\u{a0}\"",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "[1,2,3]",
    r#"["a","b"]"#,
];

/// Keys, likewise.
const KEYS: &[&str] = &[
    "a",
    "b",
    "id",
    "url",
    "a.b",
    "a b",
    "",
    "^",
    "-",
    "- a",
    "${a}",
    "a|b",
    "a=b",
    "a: b",
    ":",
    "é",
    "1",
    "null",
    "like a",
    "[list]",
    "x[0]",
    "a{b}",
    ",",
    "line\\nbreak",
    "\\u0061",
    "\\\"",
    "__proto__",
    "items",
    "user",
    "login",
];

struct Builder<'a> {
    bytes: &'a [u8],
    out: String,
    pretty: bool,
}

/// The document `bytes` describe.
pub(crate) fn json(bytes: &[u8]) -> String {
    let (&first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let mut builder = Builder {
        bytes: rest,
        out: String::new(),
        pretty: first & 1 == 1,
    };
    if first & 2 == 0 {
        builder.records(0);
    } else {
        builder.value(0);
    }
    builder.out
}

impl Builder<'_> {
    fn next(&mut self) -> usize {
        let (&first, rest) = self.bytes.split_first().unwrap_or((&0, &[]));
        self.bytes = rest;
        usize::from(first)
    }

    fn space(&mut self, depth: usize) {
        if self.pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', depth));
        }
    }

    fn value(&mut self, depth: usize) {
        let choice = self.next();
        if depth > MAX_DEPTH || self.out.len() > MAX_BYTES {
            return self.scalar(choice);
        }
        match choice % 8 {
            0 => self.records(depth),
            1 => self.object(depth),
            2 => self.array(depth),
            3 => self.map(depth),
            4 => self.embedded(depth),
            _ => self.scalar(choice / 8),
        }
    }

    fn scalar(&mut self, choice: usize) {
        let choice = if choice == 0 { self.next() } else { choice };
        self.out.push_str(SCALARS[choice % SCALARS.len()]);
    }

    fn key(&mut self) {
        let choice = self.next();
        let _ = write!(self.out, "\"{}\":", KEYS[choice % KEYS.len()]);
    }

    /// Members between brackets, separated.
    fn list(
        &mut self,
        brackets: [char; 2],
        depth: usize,
        count: usize,
        mut member: impl FnMut(&mut Self, usize),
    ) {
        self.out.push(brackets[0]);
        for index in 0..count {
            self.out.push_str(if index > 0 { "," } else { "" });
            self.space(depth + 1);
            member(self, index);
        }
        self.space(depth);
        self.out.push(brackets[1]);
    }

    fn object(&mut self, depth: usize) {
        let count = self.next() % 6;
        self.list(['{', '}'], depth, count, |builder, _| {
            builder.key();
            builder.value(depth + 1);
        });
    }

    fn array(&mut self, depth: usize) {
        let count = self.next() % 6;
        self.list(['[', ']'], depth, count, |builder, _| builder.value(depth + 1));
    }

    /// Many keys over values of one shape.
    fn map(&mut self, depth: usize) {
        let (count, shape) = (self.next() % 24, self.next());
        self.list(['{', '}'], depth, count, |builder, index| {
            let _ = write!(builder.out, "\"k{:02x}\":", index * 37 % 256);
            match shape % 3 {
                0 => builder.scalar(0),
                1 => builder.record(&[shape, shape / 5, shape / 7], index, depth + 1),
                _ => builder.value(depth + 1),
            }
        });
    }

    /// JSON inside a JSON string.
    fn embedded(&mut self, depth: usize) {
        let outer = std::mem::take(&mut self.out);
        self.value(depth + 1);
        let inner = std::mem::replace(&mut self.out, outer);
        headroom::json::quote_into(&inner, &mut self.out);
    }

    /// An array of records whose columns follow rules, with exceptions.
    fn records(&mut self, depth: usize) {
        let columns: Vec<usize> = (0..1 + self.next() % 6).map(|_| self.next()).collect();
        let rows = self.next() % 40;
        self.list(['[', ']'], depth, rows, |builder, row| {
            builder.record(&columns, row, depth + 1)
        });
    }

    fn record(&mut self, columns: &[usize], row: usize, depth: usize) {
        let mut names = 0..columns.len();
        self.out.push('{');
        let start = self.out.len();
        for (&rule, name) in columns.iter().zip(&mut names) {
            // One byte in sixteen breaks the rule of its cell: another value, or no cell.
            let whim = if rule & 1 == 0 { 255 } else { self.next() };
            if whim % 16 == 0 {
                continue;
            }
            if self.out.len() > start {
                self.out.push(',');
            }
            self.space(depth + 1);
            let _ = write!(self.out, "\"{}\":", KEYS[(name * 5 + rule / 16) % KEYS.len()]);
            if whim % 16 == 1 {
                self.value(depth + 1)
            } else {
                self.cell(rule / 2, row, depth)
            }
        }
        self.space(depth);
        self.out.push('}');
    }

    fn cell(&mut self, rule: usize, row: usize, depth: usize) {
        let fixed = SCALARS[rule % SCALARS.len()];
        // Writing to a String cannot fail.
        let _ = match rule % 10 {
            0 => write!(self.out, "{fixed}"),
            1 => write!(self.out, "{}", 1000 + row * (rule % 7)),
            2 => write!(self.out, "\"https://api.example.com/v1/orders/{}\"", 1001 + row),
            3 => write!(
                self.out,
                "\"https://api.example.com/v1/orders/{}/events{{?x}}\"",
                1000 + row * (rule % 7)
            ),
            4 => write!(self.out, "{}", SCALARS[(row / 3 + rule) % SCALARS.len()]),
            5 => write!(
                self.out,
                "{{\"id\":{row},\"login\":{fixed},\"url\":\"/u/{row}\"}}"
            ),
            6 => write!(self.out, "\"2024-03-{:02}T10:{:02}:00Z\"", 1 + row % 28, row),
            7 => write!(
                self.out,
                "{}",
                ["\"open\"", "\"closed\"", "null", "\"\""][row % 4]
            ),
            8 => return self.scalar(0),
            _ if self.out.len() < MAX_BYTES => return self.value(depth + 1),
            _ => write!(self.out, "{row}"),
        };
    }
}
