//! What compressors made of texts before: a conversation sends the same texts turn after turn.
//!
//! A compressor is a pure function of its input (law 1), so what it made once is what it would make again. The key is a
//! hash of all that an input holds; where something is remembered, nothing comes out otherwise, only sooner. Memory is
//! bounded in bytes, and what was not asked for the longest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use blake3::{Hash, Hasher};
use headroom::compress::{CompressError, Compressed, Compressor, Elision, Input, Piece};
use headroom::message::{ContentKind, ToolCall};
use headroom::pipeline::Pipeline;
use headroom::relevance::Query;
use headroom::route;

/// What may be remembered, in bytes: some 16 conversations of 200,000 tokens, as far as they were made smaller.
const ROOM: usize = 8 << 20;

/// Shorter texts are done sooner than looked up, in bytes.
const SHORT: usize = 2048;

/// What an entry takes besides its texts, about, in bytes.
const ENTRY: usize = 160;

/// The built-in compressors, with a memory.
pub struct Recall {
    rows: Vec<(ContentKind, Remembering)>,
}

impl Default for Recall {
    fn default() -> Self {
        let memory = Arc::new(Mutex::new(Memory::new(ROOM)));
        let row = |&(kind, compressor)| {
            let memory = Arc::clone(&memory);
            (kind, Remembering { compressor, memory })
        };
        Self {
            rows: route::table().iter().map(row).collect(),
        }
    }
}

impl Recall {
    /// Which of these compressors is for which kind, as [`Pipeline::with`] takes them.
    pub fn rows(&self) -> Vec<(ContentKind, &dyn Compressor)> {
        let rows = self.rows.iter();
        rows.map(|(kind, compressor)| (*kind, compressor as &dyn Compressor))
            .collect()
    }

    /// The pipeline with these compressors.
    pub(super) fn pipeline(&self) -> Pipeline<'_> {
        Pipeline::with(&self.rows())
    }
}

/// A compressor that looks whether it has done the same before.
struct Remembering {
    compressor: &'static dyn Compressor,
    memory: Arc<Mutex<Memory>>,
}

impl Compressor for Remembering {
    fn name(&self) -> &'static str {
        self.compressor.name()
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        if input.text.len() < SHORT {
            return self.compressor.compress(input);
        }
        let key = key(self.name(), input);
        let memory = || self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory().get(&key);
        if let Some(known) = known {
            return Ok(known.as_deref().cloned());
        }
        let made = self.compressor.compress(input)?.map(Arc::new);
        memory().put(key, made.clone());
        Ok(made.as_deref().cloned())
    }
}

/// A hash of who is asked and of everything the input holds. Taken apart field by field, so that none that is added
/// can be forgotten here.
fn key(name: &str, input: Input<'_>) -> Hash {
    let Input {
        text,
        kind,
        query,
        tool,
        encoding,
        elide,
    } = input;
    let Query {
        terms,
        asked,
        anchors,
        asks,
    } = query;
    let mut hasher = Hasher::new();
    // Lengths go before texts: no two inputs are spelled alike.
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(name.as_bytes());
    add(kind.as_str().as_bytes());
    add(encoding.name().as_bytes());
    for texts in [terms, anchors] {
        add(&texts.len().to_le_bytes());
        for text in texts {
            add(text.as_bytes());
        }
    }
    add(&asked.to_le_bytes());
    add(format!("{asks:?}").as_bytes());
    if let Some(ToolCall { name, arguments }) = tool {
        add(name.as_bytes());
        add(arguments.as_bytes());
    } else {
        add(b"");
    }
    if let Some(Elision { target_ratio, bias }) = elide {
        add(&bias.to_le_bytes());
        add(&target_ratio.map_or([0xff; 8], f64::to_le_bytes));
    } else {
        add(b"");
    }
    add(text.as_bytes());
    hasher.finalize()
}

/// What was made; `None` where nothing could be made smaller.
type Made = Option<Arc<Compressed>>;

/// Two halves: what is new goes into the first. When that is full it becomes the second, and what was in the second,
/// and was not asked for since, is forgotten.
struct Memory {
    room: usize,
    used: usize,
    new: HashMap<Hash, Made>,
    old: HashMap<Hash, Made>,
}

impl Memory {
    fn new(room: usize) -> Self {
        Self {
            room,
            used: 0,
            new: HashMap::new(),
            old: HashMap::new(),
        }
    }

    fn get(&mut self, key: &Hash) -> Option<Made> {
        if let Some(made) = self.new.get(key) {
            return Some(made.clone());
        }
        let made = self.old.remove(key)?;
        self.put(*key, made.clone());
        Some(made)
    }

    fn put(&mut self, key: Hash, made: Made) {
        let size = ENTRY + made.as_deref().map_or(0, size);
        let half = self.room / 2;
        if size > half {
            return;
        }
        if self.used + size > half {
            self.old = std::mem::take(&mut self.new);
            self.used = 0;
        }
        self.used += size;
        // Two requests may have done the same at once.
        if let Some(before) = self.new.insert(key, made) {
            self.used -= ENTRY + before.as_deref().map_or(0, self::size);
        }
    }
}

/// Bytes of what was made, about.
fn size(made: &Compressed) -> usize {
    let text = |piece: &Piece| match piece {
        Piece::Keep(_) => 0,
        Piece::Text(text) => text.capacity(),
        Piece::Elide { note, .. } => note.capacity(),
    };
    made.pieces.iter().map(text).sum::<usize>()
        + made.pieces.capacity() * size_of::<Piece>()
        + made.transforms.capacity() * size_of::<&str>()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use headroom::tokens::Encoding;
    use headroom::{Options, pipeline};
    use proptest::prelude::*;

    use super::*;

    static RUNS: AtomicUsize = AtomicUsize::new(0);

    /// Says what it was asked, and counts.
    struct Echo;

    impl Compressor for Echo {
        fn name(&self) -> &'static str {
            "echo"
        }

        fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
            RUNS.fetch_add(1, Ordering::Relaxed);
            Ok(Some(Compressed {
                pieces: vec![Piece::Text(format!("{input:?}"))],
                transforms: vec!["echo"],
            }))
        }
    }

    fn remembering(room: usize) -> Remembering {
        Remembering {
            compressor: &Echo,
            memory: Arc::new(Mutex::new(Memory::new(room))),
        }
    }

    #[test]
    fn every_part_of_an_input_counts_and_the_same_is_done_once() {
        let text = |of: char| of.to_string().repeat(SHORT);
        let (long, other) = (text('a'), text('b'));
        let call = |name: &'static str, arguments: &'static str| ToolCall {
            name: name.into(),
            arguments: arguments.into(),
        };
        let (calls, queries) = (
            [call("ab", "c"), call("a", "bc")],
            [
                Query::default(),
                Query::new(Some("where is item 7?"), None),
                Query::new(None, Some("where is item 7?")),
            ],
        );
        let elision = |target_ratio, bias| Some(Elision { target_ratio, bias });
        let first = Input {
            text: &long,
            kind: ContentKind::Json,
            query: &queries[0],
            tool: None,
            encoding: Encoding::O200kBase,
            elide: None,
        };
        let inputs = [
            first,
            Input {
                text: &other,
                ..first
            },
            Input {
                kind: ContentKind::Log,
                ..first
            },
            Input {
                query: &queries[1],
                ..first
            },
            Input {
                query: &queries[2],
                ..first
            },
            Input {
                tool: Some(&calls[0]),
                ..first
            },
            Input {
                tool: Some(&calls[1]),
                ..first
            },
            Input {
                encoding: Encoding::Estimate,
                ..first
            },
            Input {
                elide: elision(None, 1.0),
                ..first
            },
            Input {
                elide: elision(None, 2.0),
                ..first
            },
            Input {
                elide: elision(Some(0.5), 1.0),
                ..first
            },
        ];
        let compressor = remembering(ROOM);
        for _ in 0..3 {
            for input in inputs {
                assert_eq!(compressor.compress(input), Echo.compress(input));
            }
        }
        // Each was asked three times; the other runs are those it was held against.
        assert_eq!(RUNS.load(Ordering::Relaxed), inputs.len() + 3 * inputs.len());
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_stays() {
        let mut memory = Memory::new(64 << 10);
        let key = |number: usize| blake3::hash(&number.to_le_bytes());
        let made = |length: usize| {
            Some(Arc::new(Compressed {
                pieces: vec![Piece::Text("x".repeat(length))],
                transforms: Vec::new(),
            }))
        };
        memory.put(key(0), made(100));
        for number in 1..10_000 {
            memory.put(key(number), made(number % 500));
            assert!(memory.get(&key(0)).is_some(), "{number}");
            let held = memory.new.values().chain(memory.old.values());
            let bytes: usize = held.map(|made| ENTRY + made.as_deref().map_or(0, size)).sum();
            assert!(bytes <= memory.room, "{bytes}");
        }
        assert!(memory.get(&key(1)).is_none());
        memory.put(key(1), made(1 << 20));
        assert!(memory.get(&key(1)).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Law 1: what a memory happens to hold changes nothing.
        #[test]
        fn causal_whatever_is_remembered(seeds in prop::collection::vec((0_u32..4, any::<bool>()), 1..8)) {
            let recall = Recall::default();
            for (seed, asks) in seeds {
                let rows: Vec<String> = (0..80)
                    .map(|row| format!(r#"{{\"id\":{},\"state\":\"open\",\"owner\":\"anna\"}}"#, row * (seed + 1)))
                    .collect();
                let question = if asks { "what is item 7?" } else { "go on" };
                let request = format!(
                    r#"[{{"role":"user","content":"{question}"}},{{"role":"tool","tool_call_id":"c","content":"[{}]"}}]"#,
                    rows.join(",")
                );
                let policy = Options { model: Some("gpt-4o".to_owned()), ..Options::default() }.into_policy().unwrap();
                let with = recall.pipeline().compress(&request, &policy, None, &|| false).unwrap();
                let without = pipeline::compress(&request, &policy, None, &|| false).unwrap();
                prop_assert!(!without.edits.is_empty());
                prop_assert_eq!(with, without);
            }
        }
    }
}
