//! SheetCompressor: golden files, and the laws on generated tables.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test sheet` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a broken test shall stop, and its texts are small"
)]

mod golden;

use golden::{ELIDE, check, compress, render};
use headroom::compress::sheet::{SheetCompressor, decode};
use headroom::compress::{Compressed, Elision, Piece};
use headroom::detect::detect;
use headroom::message::ContentKind;
use headroom::relevance::Query;
use proptest::prelude::*;

fn sheet(text: &str, question: &str, elide: Option<Elision>) -> Option<Compressed> {
    compress(
        &SheetCompressor,
        ContentKind::Table,
        text,
        &Query::new(Some(question), None),
        elide,
    )
}

fn shown(text: &str, question: &str) -> String {
    render(text, sheet(text, question, ELIDE).as_ref())
}

#[test]
fn golden_files() {
    check("sheet", &SheetCompressor, ContentKind::Table, &|text| {
        decode(text).ok()
    });
}

fn csv(rows: usize, delimiter: &str, special: &str) -> String {
    let mut out = ["id", "customer", "region", "state", "amount\n"].join(delimiter);
    for n in 0..rows {
        let state = if n == rows / 2 {
            special
        } else {
            ["open", "paid"][n % 2]
        };
        let cells = [
            &format!("{}", 1000 + n),
            &format!("cust_{:04}", n * 37 % 500),
            "eu",
            state,
            &format!("{}.50\n", n % 90),
        ];
        out += &cells.join(delimiter);
    }
    out
}

#[test]
fn tables_are_recognised() {
    let markdown = format!("| a | b |\n|---|---|\n{}", "| x | 1 |\n".repeat(9));
    let ls: String = (0..20)
        .map(|n| {
            format!(
                "-rw-r--r-- {:2} root root {:6} Nov {:2} 16:01 file {n}\n",
                n % 12,
                n * 700,
                n + 1
            )
        })
        .collect();
    for text in [
        csv(20, ",", "open"),
        csv(20, ";", "open"),
        csv(20, "\t", "open"),
        markdown,
        format!("total 12\n{ls}"),
    ] {
        assert_eq!(detect(&text, None), ContentKind::Table, "{text}");
    }
    let prose = "At first, it rained, and then it stopped.\nLater, we went out, late.\nIn the end, well, nobody knew.\n".repeat(4);
    let code = "    let a = f(1, 2, 3);\n    let b = g(4, 5, 6);\n    let c = h(7, 8, 9);\n".repeat(4);
    for text in [prose.as_str(), code.as_str(), "a,b,c\n1,2,3\n", ""] {
        assert_ne!(detect(text, None), ContentKind::Table, "{text}");
    }
}

#[test]
fn law_6_errors_outliers_and_what_is_asked_for_stay() {
    for delimiter in [",", ";", "\t"] {
        let text = csv(300, delimiter, "failed");
        let out = shown(&text, "what about cust_0111?");
        assert!(out.len() * 3 < text.len(), "{out}");
        for line in text
            .lines()
            .filter(|line| line.contains("failed") || line.contains("cust_0111") || line.starts_with("id"))
        {
            assert!(out.lines().any(|shown| shown == line), "{line} is not in\n{out}");
        }
    }
}

#[test]
fn rows_of_two_tables_never_share_a_gap() {
    let table = |name: &str| {
        let rows: String = (0..60)
            .map(|n| format!("{name}-{n:03}   1/1     Running   {}d\n", n % 7 + 1))
            .collect();
        format!("NAME{}READY   STATUS    AGE\n{rows}", " ".repeat(name.len() + 3))
    };
    let text = format!("{}\n{}", table("pod"), table("service"));
    let out = shown(&text, "");
    assert_eq!(out.matches("READY   STATUS").count(), 2, "{out}");
    for piece in &sheet(&text, "", ELIDE).unwrap().pieces {
        if let Piece::Elide { range, .. } = piece {
            assert!(!text[range.clone()].contains("\n\n"));
        }
    }
}

#[test]
fn a_cell_with_line_ends_is_never_cut() {
    let rows: String = (0..80)
        .map(|n| format!("{n},\"line one, {n}\nline \"\"two\"\"\",plain\n"))
        .collect();
    let text = format!("id,text,kind\n{rows}");
    let compressed = sheet(&text, "", ELIDE).unwrap();
    let out = render(&text, Some(&compressed));
    assert_eq!(
        out.matches("line one").count(),
        out.matches("line \"\"two").count(),
        "{out}"
    );
    let whole = sheet(&text, "", None).unwrap();
    assert_eq!(decode(&render(&text, Some(&whole))).as_deref(), Ok(text.as_str()));
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z]{1,8}", 3 => "[0-9]{1,5}", 1 => Just("failed".to_owned()), 1 => "[ -~é]{0,12}", 1 => Just("\"a,b\nc\"".to_owned()), 2 => Just("same".to_owned())]
}

/// Tables with constant columns, of every style, and with damage.
fn table() -> impl Strategy<Value = String> {
    let rows = prop::collection::vec(prop::collection::vec(cell(), 5), 1..60);
    (rows, 0..6_u8, any::<[bool; 5]>(), any::<bool>(), "[ -~\n]{0,10}").prop_map(
        |(mut rows, style, same, end, noise)| {
            let first = rows[0].clone();
            for row in &mut rows {
                for (at, cell) in row.iter_mut().enumerate().filter(|(at, _)| same[*at]) {
                    cell.clone_from(&first[at]);
                }
            }
            rows.insert(
                0,
                ["ID", "NAME", "STATE", "AGE", "NOTE"].map(str::to_owned).to_vec(),
            );
            let line = |row: &Vec<String>| match style {
                0 => row.join(","),
                1 => row.join("\t"),
                2 => row.join(";") + "\r",
                3 => format!("| {} |", row.join(" | ")),
                4 => row
                    .iter()
                    .map(|cell| format!("{:<9}", cell.replace(['\n', ' '], "_")))
                    .collect(),
                _ => row
                    .iter()
                    .map(|cell| format!("{:>9} ", cell.replace(['\n', ' '], "_")))
                    .collect::<String>()
                    .trim_end()
                    .to_owned(),
            };
            let mut lines: Vec<String> = rows.iter().map(line).collect();
            if style == 3 {
                lines.insert(1, "|---|---|---|---|---|".to_owned());
            }
            lines.join("\n") + if end { "\n" } else { &noise }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_3_lossless_is_proven(text in table()) {
        prop_assume!(!text.contains("[headroom: "));
        if let Some(compressed) = sheet(&text, "", None) {
            prop_assert!(compressed.is_lossless(), "law 5");
            let out = render(&text, Some(&compressed));
            prop_assert!(out.len() < text.len());
            let decoded = decode(&out);
            prop_assert_eq!(decoded.as_deref(), Ok(text.as_str()), "{}", out);
        }
    }

    /// What is shown is the source with gaps that say exactly which lines are missing.
    #[test]
    fn law_7_every_row_shown_is_its_source_row(text in table(), ratio in prop::option::of(0.05..0.9_f64)) {
        let elide = Some(Elision { target_ratio: ratio, bias: 1.0 });
        let Some(compressed) = sheet(&text, "where is failed?", elide) else { return Ok(()) };
        if compressed.is_lossless() {
            return Ok(());
        }
        let mut at = 0;
        for piece in &compressed.pieces {
            match piece {
                Piece::Keep(range) => { prop_assert_eq!(range.start, at); at = range.end; }
                Piece::Elide { range, note, .. } => {
                    prop_assert_eq!(range.start, at);
                    at = range.end;
                    let whole = range.start == 0 || text.as_bytes()[range.start - 1] == b'\n';
                    prop_assert!(whole && text[range.end..].trim_start_matches('\r').chars().next().is_none_or(|c| c == '\n'), "{:?}", range);
                    let (first, last) = (text[..range.start].matches('\n').count() + 1, text[..range.end].matches('\n').count() + 1);
                    let lines = if note.contains(", line ") { format!(", line {first}") } else { format!(", lines {first}-{last}") };
                    prop_assert!(note.ends_with(&lines), "{} is {}", note, lines);
                }
                Piece::Text(_) => prop_assert!(false, "nothing is re-spelled"),
            }
        }
        prop_assert_eq!(at, text.len());
    }

    #[test]
    fn any_text_is_decoded_or_refused(marks in "[<>0-9 -]{0,12}", body in "[ -~\n]{0,80}", same in any::<bool>()) {
        let what = if same { format!("comma between cells; the same in every row, left out: column {marks} = x") } else { format!("left out: spaces up to where columns start (<) or end (>): {marks}") };
        let _ = decode(&format!("[headroom: table, lossless; {what}]\n{body}"));
    }
}
