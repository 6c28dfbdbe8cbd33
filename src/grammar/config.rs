//! Lines of configuration: YAML, TOML, INI and their kin, `.env` and properties; how deep each stands.
//!
//! Nothing is parsed beyond single lines: indentation, dashes and section heads say what belongs to what.

use std::ops::Range;

/// Which family a text is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Indentation says what belongs to what.
    Yaml,
    /// Heads in brackets do: `[section]`, `[[package]]`; or there are only settings.
    Ini,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing on it.
    Blank,
    /// A comment of its own.
    Comment,
    /// Content.
    Text,
}

/// A line and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its bytes, without the line feed.
    pub range: Range<usize>,
    /// What it is.
    pub role: Role,
    /// How deep it stands; only to be compared with others of the same text.
    pub depth: usize,
    /// The first line after it that does not belong to it, by number.
    pub end: usize,
}

/// The lines of a text.
pub fn lines(text: &str, style: Style) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut at = 0;
    let has_documents = style == Style::Yaml && text.lines().any(|line| line.trim_end() == "---");
    // The depth of a line whose value is the text below it, whatever that looks like.
    let mut block: Option<usize> = None;
    for line in text.split('\n') {
        let range = at..at + line.len();
        at = range.end + 1;
        let bare = line.trim();
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let depth = match style {
            Style::Yaml if bare == "---" && indent == 0 => 0,
            Style::Yaml => 2 * indent + usize::from(is_item(bare)) + usize::from(has_documents),
            Style::Ini if indent == 0 && is_head(bare) => 0,
            Style::Ini => 1 + indent,
        };
        if block.is_some_and(|block| !bare.is_empty() && depth <= block) {
            block = None;
        }
        let role = match bare {
            "" => Role::Blank,
            _ if block.is_none() && is_comment(bare, style) => Role::Comment,
            _ => Role::Text,
        };
        if style == Style::Yaml && role == Role::Text && block.is_none() && opens_block(bare) {
            block = Some(depth);
        }
        lines.push(Line {
            range,
            role,
            depth,
            end: 0,
        });
    }
    close(&mut lines);
    lines
}

/// Finds where what belongs to each line ends. Blank lines and comments belong to what follows them.
fn close(lines: &mut [Line]) {
    let mut open: Vec<usize> = Vec::new();
    let mut last = 0;
    for at in 0..lines.len() {
        if lines[at].role != Role::Text {
            lines[at].end = at + 1;
            continue;
        }
        while let Some(&top) = open.last().filter(|&&top| lines[top].depth >= lines[at].depth) {
            lines[top].end = last + 1;
            open.pop();
        }
        open.push(at);
        last = at;
    }
    for top in open {
        lines[top].end = last + 1;
    }
}

/// `- item`.
pub fn is_item(bare: &str) -> bool {
    bare == "-" || bare.starts_with("- ")
}

/// `[section]`, `[[package]]`.
pub fn is_head(bare: &str) -> bool {
    bare.starts_with('[')
        && bare.trim_end_matches(|c: char| c.is_whitespace()).ends_with(']')
        && !bare.contains([',', '='])
}

fn is_comment(bare: &str, style: Style) -> bool {
    bare.starts_with('#') || (style == Style::Ini && bare.starts_with([';', '!']))
}

/// `key: |`, `- >-`: the lines below are one text.
fn opens_block(bare: &str) -> bool {
    let last = bare.rsplit([' ', ':']).next().unwrap_or_default();
    let signs = last.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'));
    matches!(signs, "|" | ">")
}

/// Key and value of a setting: `key: value`, `- key: value`, `key = value`, `KEY=value`, `version "1.2"`.
pub fn setting(bare: &str) -> Option<(&str, &str)> {
    let bare = bare.strip_prefix("- ").map_or(bare, str::trim_start);
    let bare = bare.strip_prefix("export ").unwrap_or(bare);
    if let Some(key) = bare.strip_suffix(':').filter(|key| key.starts_with("k:{")) {
        return Some((key, ""));
    }
    let quote = bare.chars().next().filter(|first| matches!(first, '"' | '\''));
    let (key, rest) = if let Some(quote) = quote {
        let len = bare[1..].find(quote)?;
        (&bare[1..=len], &bare[len + 2..])
    } else {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./$@*".contains(&byte);
        let bytes = bare.as_bytes();
        // A colon inside belongs to the name: `f:replicas: {}`, as Kubernetes keeps its books.
        let within = |at: usize| bytes[at] == b':' && bytes.get(at + 1).copied().is_some_and(is_name);
        let len = (0..bytes.len())
            .take_while(|&at| is_name(bytes[at]) || within(at))
            .count();
        (&bare[..len], &bare[len..])
    };
    if key.is_empty() {
        return None;
    }
    if let Some(value) = rest
        .strip_prefix(':')
        .filter(|value| value.is_empty() || value.starts_with(' '))
    {
        return Some((key, value.trim()));
    }
    let equals = rest.trim_start();
    if let Some(value) = equals
        .strip_prefix('=')
        .filter(|value| !value.starts_with(['=', '>']))
    {
        return Some((key, value.trim()));
    }
    let quoted = rest.strip_prefix(" \"")?.strip_suffix('"')?;
    Some((key, quoted))
}

/// True for the rest of a line of a log: `info msg=started`.
fn is_logged(value: &str) -> bool {
    !value.starts_with(['"', '\'', '{', '[']) && value.split(' ').skip(1).any(|word| word.contains('='))
}

/// The family of a text, by most of its first lines; `None` when it is no configuration.
pub fn style_of(text: &str) -> Option<Style> {
    const SAMPLE: usize = 400;
    const MOST: f64 = 0.9;
    const FEWEST: usize = 5;
    let (mut all, mut colons, mut equals, mut heads, mut items, mut nested) =
        (0_usize, 0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    let (mut opened, mut block): (Option<usize>, Option<usize>) = (None, None);
    for line in text.split('\n').take(SAMPLE) {
        let bare = line.trim();
        let indent = line.len() - line.trim_start().len();
        if bare.is_empty() || bare.starts_with('#') || matches!(bare, "---" | "..." | "]" | "}" | "],") {
            continue;
        }
        if block.is_some_and(|block| indent > block) {
            continue;
        }
        block = opens_block(bare).then_some(indent);
        all += 1;
        nested +=
            usize::from(opened.is_some_and(|opened| indent > opened || (indent == opened && is_item(bare))));
        opened = None;
        if is_head(bare) {
            heads += 1;
        } else if let Some((key, value)) = setting(bare) {
            let is_colon = bare[bare.find(key)? + key.len()..]
                .trim_start_matches(['"', '\''])
                .starts_with(':');
            colons += usize::from(is_colon);
            equals += usize::from(!is_colon && !is_logged(value));
            opened = (value.is_empty() && is_colon).then_some(indent);
        } else if is_item(bare) {
            items += 1;
        } else if bare.starts_with(['"', '\'', '{']) {
            // Values over several lines.
            all -= 1;
        }
    }
    let most = |part: usize| part >= FEWEST && part as f64 >= MOST * all as f64;
    if most(colons + items) && nested >= 2 && colons >= FEWEST {
        Some(Style::Yaml)
    } else if (most(equals + heads) && (heads >= 1 || equals >= 2 * FEWEST))
        || (most(equals + colons) && nested >= 2)
    {
        Some(if heads > 0 || nested < 2 {
            Style::Ini
        } else {
            Style::Yaml
        })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "# a\napiVersion: v1\nitems:\n- kind: Pod\n  metadata:\n    name: a\n  run: |\n    # not a comment\n    x\n- kind: Pod\nkind: List\n";

    #[test]
    fn what_belongs_to_a_line_is_found() {
        let lines = lines(YAML, Style::Yaml);
        let found: Vec<(Role, usize)> = lines.iter().map(|line| (line.role, line.end)).collect();
        assert_eq!(found[0], (Role::Comment, 1));
        assert_eq!(found[2], (Role::Text, 10));
        assert_eq!(found[3], (Role::Text, 9));
        assert_eq!(found[6], (Role::Text, 9));
        assert_eq!(found[7].0, Role::Text);
        assert_eq!(found[10], (Role::Text, 11));
    }

    #[test]
    fn families_are_told_apart() {
        for (text, expected) in [
            (YAML, Some(Style::Yaml)),
            (
                "[[package]]\nname = \"a\"\nversion = \"1\"\n\n[[package]]\nname = \"b\"\nversion = \"2\"\n",
                Some(Style::Ini),
            ),
            (
                "A=1\nB=2\nC=3\nD=\nE=x y\nF=1\nG=2\nH=3\nI=4\nJ=5\n",
                Some(Style::Ini),
            ),
            (
                "\"a@^1\":\n  version \"1.0\"\n  resolved \"https://x\"\n\n\"b@^1\":\n  version \"1.0\"\n  resolved \"https://y\"\n",
                Some(Style::Yaml),
            ),
            (
                "Content-Type: a\nHost: b\nAccept: c\nDate: d\nVia: e\nAge: 1\n",
                None,
            ),
            (
                "Ann: Shall we start?\nBob: Yes. The budget first.\nAnn: It is more.\nBob: Fine.\n",
                None,
            ),
            (
                "def f():\n    return g(1)\n\ndef g(x):\n    x = 1\n    y = 2\n    return x\n",
                None,
            ),
            ("- one\n- two\n- three\n- four\n- five\n- six\n", None),
            (
                "a:\n  f:meta:\n    f:labels:\n      .: {}\n      f:app: {}\n    k:{\"name\":\"web\"}:\n      f:image: {}\n",
                Some(Style::Yaml),
            ),
            (
                "level=info msg=a\nlevel=info msg=b\nlevel=info msg=c\nlevel=info msg=d\nlevel=info msg=e\nlevel=info msg=f\n\
                 level=info msg=g\nlevel=info msg=h\nlevel=info msg=i\nlevel=info msg=j\nlevel=info msg=k\nlevel=info msg=l\n",
                None,
            ),
            ("", None),
        ] {
            assert_eq!(style_of(text), expected, "{text}");
        }
    }
}
