//! Sources at which a grammar's scanner, given them, ends the process with a failed assertion. Each is compressed
//! in a process of its own, so that a guard that lets one through fails one test and not all.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a broken test shall stop; it starts processes"
)]

use std::process::Command;

use headroom::compress::code::CodeAwareCompressor;
use headroom::compress::{Compressor, Elision, Input};
use headroom::message::{ContentKind, ToolCall};
use headroom::relevance::Query;
use headroom::tokens::Encoding;

const CHILD: &str = "HEADROOM_TEST_IS_CHILD";

/// Compresses files with an ending, in a process that runs the named test alone.
fn survives(test: &str, ending: &str, texts: &[String]) {
    if std::env::var_os(CHILD).is_none() {
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program)
            .args([test, "--exact"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {said}", output.status);
        return;
    }
    for text in texts {
        compressed(ending, text);
    }
}

fn compressed(ending: &str, text: &str) -> bool {
    let tool = ToolCall {
        name: "Bash".into(),
        arguments: format!("cat a.{ending}").into(),
    };
    let input = Input {
        text,
        kind: ContentKind::Code,
        query: &Query::default(),
        tool: Some(&tool),
        encoding: Encoding::Estimate,
        elide: Some(Elision {
            target_ratio: None,
            bias: 1.0,
        }),
    };
    CodeAwareCompressor.compress(input).unwrap().is_some()
}

/// `levels` blocks in each other, and a string in the innermost.
fn python(levels: usize) -> String {
    let block = |n: usize| " ".repeat(n) + "if a:\n";
    let open: String = (0..levels).map(block).collect();
    format!("{open}{}x = 'a'\n", " ".repeat(levels))
}

/// `literals` strings in each other, by way of interpolations, and a here-document in the innermost.
fn ruby(literals: usize, interpolation: &str, word: usize) -> String {
    let (open, close) = (
        format!("\"{interpolation}").repeat(literals),
        "}\"".repeat(literals),
    );
    let word = "A".repeat(word);
    format!("x = {open}<<{word}\na\n{word}\n{close}\n")
}

#[test]
fn indentation_that_overflows_the_scanners_buffer() {
    let texts: Vec<String> = [510, 511, 512, 700].map(python).into();
    survives("indentation_that_overflows_the_scanners_buffer", "py", &texts);
}

#[test]
fn literals_and_a_here_document_that_overflow_the_scanners_buffer() {
    let fits: Vec<(usize, usize)> = vec![(203, 4), (202, 9), (200, 19), (190, 69), (170, 169), (156, 239)];
    let texts: Vec<String> = fits
        .into_iter()
        // A bracket in a string hides how deep the others nest.
        .flat_map(|(literals, word)| ["#{", "#{'}'+"].map(|open| ruby(literals, open, word)))
        .collect();
    survives(
        "literals_and_a_here_document_that_overflow_the_scanners_buffer",
        "rb",
        &texts,
    );
}

#[test]
fn a_word_that_is_longer_than_its_length_can_be_written() {
    let texts: Vec<String> = [255, 256, 300, 1019, 1024, 5000]
        .into_iter()
        .flat_map(|len| ["A", "é"].map(|letter| letter.repeat(len)))
        .flat_map(|word| ["", "'", "\""].map(|quote| format!("x = <<~{quote}{word}{quote}\n a\n{word}\n")))
        .collect();
    survives(
        "a_word_that_is_longer_than_its_length_can_be_written",
        "rb",
        &texts,
    );
}

/// The scanners of these stop writing in time; this says when that changes.
#[test]
fn what_other_scanners_have_open_may_be_much() {
    let test = "what_other_scanners_have_open_may_be_much";
    for n in [100, 145, 146, 199, 255, 256, 257, 1024] {
        let (open, close) = (|text: &str| text.repeat(n), |text: &str| text.repeat(n));
        for (ending, text) in [
            ("sh", format!("cat {}\n{}", open("<<A "), close("b\nA\n"))),
            ("sh", format!("cat <<{0}\nb $c\n{0}\n", "A".repeat(n))),
            (
                "php",
                format!("<?php\n$a = {}\n{}", open("<<<A\n{$x[ "), close("]}b\nA\n")),
            ),
            ("php", format!("<?php\n$a = <<<{0}\nb $c\n{0};\n", "A".repeat(n))),
            ("cs", format!("var a = {}1{};\n", open("$\"{"), close("}\""))),
            ("cs", format!("var a = ${0}{{b}}{0};\n", "\"".repeat(n))),
            ("cpp", format!("auto a = R\"{0}(b){0}\";\n", "d".repeat(n))),
            ("rs", format!("const A: &str = r{0}\"b\"{0};\n", "#".repeat(n))),
            ("py", format!("a = {}1{}\n", open("f'{"), close("}'"))),
            ("js", format!("a = {}1{}\n", open("`${"), close("}`"))),
        ] {
            if std::env::var_os(CHILD).is_some() {
                compressed(ending, &text);
            }
        }
    }
    survives(test, "sh", &[]);
}

/// What people write passes the guards.
#[test]
fn guards_let_sources_through() {
    let method = |n: usize| {
        let body = "    x = \"#{a.b} and #{@c}\" + 'd'\n    puts(x, [1, 2], \"e\")\n".repeat(6);
        format!("  def load_{n}(a)\n{body}  end\n")
    };
    let query = "  def query(a)\n    run(<<~SQL, a)\n      select '#{a}'\n    SQL\n  end\n".repeat(4);
    let ruby: String = (0..20).map(method).collect();
    assert!(
        compressed("rb", &format!("class A\n{query}{ruby}end\n")),
        "{ruby}"
    );
    let function = |n: usize| {
        let body = "    x = h(a, x, 'b', 'c')\n".repeat(6);
        format!(
            "def f{n}(a):\n    y = g(a,\n{}b)\n{body}    return y\n\n",
            " ".repeat(n)
        )
    };
    let python: String = (0..60).map(function).collect();
    assert!(compressed("py", &python), "{python}");
}

/// Python's scanner reads on behind every comment to see how far the code after it is indented.
#[test]
fn long_comments_are_read() {
    let function = |n: usize| {
        format!(
            "def f{n}(a):\n{}    return a\n\n",
            "    a = g(a, 'b', 'c', 'd')\n".repeat(8)
        )
    };
    let functions: String = (0..60).map(function).collect();
    for lines in [30, 100, 300] {
        let comment = "# What is said here is of no importance to anybody, but it is long.\n".repeat(lines);
        for text in [
            format!("import a\n\n{comment}\n{functions}"),
            format!("{functions}{comment}{functions}"),
            format!("{comment}{functions}"),
        ] {
            assert!(compressed("py", &text), "{lines} lines");
        }
    }
}
