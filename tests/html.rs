//! `HtmlCompressor`: golden files, and the laws on generated pages.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test html` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "a broken test shall stop, and its texts are small"
)]

mod golden;

use golden::{ELIDE, check_by, compress, render};
use headroom::ccr::{Entry, Selection, retrieve};
use headroom::compress::html::HtmlCompressor;
use headroom::compress::{Compressed, Elision, Piece};
use headroom::message::ContentKind;
use headroom::relevance::Query;
use proptest::prelude::*;

fn html(text: &str, question: &str) -> Option<Compressed> {
    let query = Query::new(Some(question), None);
    compress(&HtmlCompressor, ContentKind::Html, text, &query, ELIDE)
}

fn shown(text: &str, question: &str) -> String {
    render(text, html(text, question).as_ref())
}

/// What a page's body is as text, without the note at its top.
fn body(inside: &str) -> String {
    let style = "<style>.a{margin:0 4px;padding:2px;color:#123456}</style>".repeat(20);
    let out = shown(
        &format!("<!doctype html><head>{style}</head><body>{inside}</body>"),
        "",
    );
    out.split_once("]\n").unwrap().1.trim().to_owned()
}

#[test]
fn golden_files() {
    check_by("html", &HtmlCompressor, ContentKind::Html, &|_, out| {
        panic!("no text of a page is lossless: {out}");
    });
}

/// A page of ten sections and a table, at a share of its size.
fn sized(question: &str, ratio: f64) -> String {
    let section = |n: usize| {
        let long = "Nothing of note is said in this sentence. ".repeat(6);
        format!(
            "<h2 class=\"title title--second\">Part {n}</h2><p class=\"text text--long text--body\">{long}</p><p>The harbour of town {n} closes in week {n}.</p>"
        )
    };
    let sections: String = (1..=10).map(section).collect();
    let rows: String = (1..=9)
        .map(|n| format!("<tr><td>pier {n}</td><td>{n}00 boats</td></tr>"))
        .collect();
    let style = "<style>.a{margin:0 4px;padding:2px;color:#123456}</style>".repeat(20);
    let page = format!(
        "<!doctype html><head>{style}</head><body><h1>Harbours</h1>{sections}<table><tr><th>Pier</th><th>Room</th></tr>{rows}</table>\
         <p>Order REF-77412 is open.</p></body>"
    );
    let query = Query::new(Some(question), None);
    let elide = Some(Elision {
        target_ratio: Some(ratio),
        bias: 1.0,
    });
    let out = compress(&HtmlCompressor, ContentKind::Html, &page, &query, elide);
    render(&page, out.as_ref())
}

#[test]
fn a_wanted_size_leaves_text_out_and_keeps_what_answers() {
    let out = sized("When does the harbour of town 7 close?", 0.1);
    assert!(out.contains("town 7 closes in week 7"), "{out}");
    assert!(out.contains("## Part 3") && out.contains("left out]"), "{out}");
    assert!(!out.contains("Nothing of note"), "{out}");
    let row = sized("How much room has pier 4?", 0.1);
    assert!(row.contains("| Pier | Room |\n|---|---|\n"), "{row}");
    assert!(row.contains("| pier 4 | 400 boats |"), "{row}");
    assert!(sized("What of REF-77412?", 0.01).contains("Order REF-77412 is open."));
}

#[test]
fn a_larger_size_shows_no_less_of_a_page() {
    let sizes = [0.02, 0.1, 0.2, 0.4, 0.8, 1.0].map(|ratio| sized("harbour of town 2", ratio));
    for pair in sizes.windows(2) {
        let lines = |text: &str| -> Vec<String> {
            let lines = text
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with("[headroom"));
            lines.map(str::to_owned).collect()
        };
        let (less, more) = (lines(&pair[0]), lines(&pair[1]));
        assert!(less.iter().all(|line| more.contains(line)), "{less:?}\n{more:?}");
    }
    assert_eq!(sizes[5].matches("left out]").count(), 1);
}

#[test]
fn law_5_without_a_way_back_a_page_stays_as_it_is() {
    let page = format!("<!doctype html>{}", "<p class=\"a b c\">One</p>\n".repeat(50));
    let query = Query::default();
    assert_eq!(
        compress(&HtmlCompressor, ContentKind::Html, &page, &query, None),
        None
    );
}

#[test]
fn markup_is_spelled_as_markdown() {
    for (inside, wanted) in [
        ("<h2>Two  <em>words</em></h2>", "## Two words"),
        ("<p>a<p>b", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("a <a href='/b?c=1&amp;d'> b </a>, c", "a [b](/b?c=1&d) , c"),
        (
            "<a href='#x'>here</a> <a href='javascript:x()'>there</a>",
            "here there",
        ),
        (
            "<a href='/x' aria-label='Icon'><svg><path/></svg></a>",
            "[Icon](/x)",
        ),
        (
            "<a href='/x'><h3>Card</h3><p>text</p></a>",
            "### [Card](/x)\n\ntext",
        ),
        ("<img src=x.png alt='A cat'> <img src=y.png alt=''>", "![A cat]"),
        ("<code>a b</code> and<code> c</code>.", "`a b` and`c`."),
        ("<pre>  a\n\n    b\n</pre>", "```\n  a\n\n    b\n```"),
        (
            "<pre><code class='hljs language-rust'>fn <b>a</b>()\n</code></pre>",
            "```rust\nfn a()\n```",
        ),
        ("<pre>```x```</pre>", "````\n```x```\n````"),
        ("10<sup>6</sup>, <del>old</del> new", "10^6, ~~old~~ new"),
        ("<ul><li>a<ul><li>b</ul><li><p>c</p></ul>", "- a\n  - b\n- c"),
        ("<ol start=9><li>a</li><li>b</li></ol>", "9. a\n10. b"),
        ("<dl><dt>a<dd>b</dl>", "a\n: b"),
        ("<blockquote><p>a<br>b</p></blockquote>c", "> a\n> b\n\nc"),
        (
            "<table><tr><th>a<th>b<tr><td>1|2<td>3<br>4</table>",
            "| a | b |\n|---|---|\n| 1\\|2 | 3 4 |",
        ),
        (
            "<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d</table>",
            "| a | b |  |\n| a | c | d |",
        ),
        (
            "<table><tr><td><h2>Layout</h2></td><td>side</td></tr></table>",
            "## Layout\n\nside",
        ),
        (
            "<input name=q value=x> <input type=checkbox checked> on",
            "[q: x] [x] on",
        ),
        (
            "<select name=s><option>a</option><option selected>b</option></select>",
            "[s: a, *b]",
        ),
        (
            "<time datetime='2025-03-03'>Monday</time> <abbr title='x y'>XY</abbr>",
            "Monday (2025-03-03) XY (x y)",
        ),
        ("a&nbsp;b &lt;c&gt; &copy; &#x41; &bogus;", "a b <c> © A &bogus;"),
        ("<script>a<b</script><p>c</p><template><p>d</p></template>", "c"),
        ("<my-card><p>a</p></my-card><unknown>b</unknown>", "a\n\nb"),
    ] {
        assert_eq!(body(inside), wanted, "{inside}");
    }
}

/// A page with everything sites put around their content.
fn site(content: &str, footer: &str) -> String {
    let links: String = (0..30)
        .map(|n| format!("<li><a href=\"/s/{n}\">Topic {n}</a></li>"))
        .collect();
    let style = ".a{margin:0}".repeat(100);
    format!(
        "<!doctype html><html><head><title>Site</title><style>{style}</style></head><body><nav><ul>{links}</ul></nav>\n\
         <main><h1>Title</h1>{content}</main>\n<footer><ul>{links}</ul>{footer}</footer></body></html>"
    )
}

#[test]
fn law_6_what_is_asked_for_stays_wherever_it_stands() {
    let page = site(
        "<p>Text about queues.</p>",
        "<p>Phone: 555-0199</p><p>VAT no. GB4711</p>",
    );
    assert!(!shown(&page, "what are queues?").contains("Topic 17"));
    assert!(shown(&page, "what are queues?").contains("Phone: 555-0199"));
    assert!(shown(&page, "is it GB4711?").contains("VAT no. GB4711"));
    assert!(shown(&page, "read topic 17").contains("[Topic 17](/s/17)"));
}

#[test]
fn law_6_failures_stay_wherever_they_stand() {
    let page = site(
        "<p>Orders</p>",
        "<pre>java.io.IOException: broken pipe\n  at a.B</pre>",
    );
    assert!(shown(&page, "").contains("java.io.IOException: broken pipe"));
}

#[test]
fn a_page_of_links_is_its_links() {
    let links: String = (0..80)
        .map(|n| {
            format!("<li class=\"menu-item x y z\"><a class=\"menu-link\" href=\"/s/{n}\">Topic {n}</a></li>")
        })
        .collect();
    let page = format!(
        "<!doctype html><html><body><h1>Index</h1><div class=\"menu\"><ul>{links}</ul></div></body></html>"
    );
    assert!(shown(&page, "").contains("[Topic 41](/s/41)"));
}

#[test]
fn content_is_content_whatever_it_is_called() {
    let text = "A long paragraph about queues and workers. ".repeat(20);
    let style = ".a{margin:0}".repeat(100);
    let page = format!(
        "<html><style>{style}</style><div class=\"sidebar promo\"><h1>Title</h1><p>{text}</p></div>\
         <aside><p>An aside without links.</p></aside><div class=\"related\"><p>Also <a href=/x>this</a> text.</p></div></html>"
    );
    let out = shown(&page, "");
    assert!(
        out.contains("A long paragraph") && out.contains("An aside") && out.contains("[this](/x) text"),
        "{out}"
    );
}

#[test]
fn headers_of_a_reply_stay_as_they_are() {
    let head = "HTTP/1.1 200 OK\ncontent-type: text/html\nx-request-id: 4711\n\n";
    let out = shown(&format!("{head}{}", site("<p>Text</p>", "")), "");
    assert!(out.starts_with(head), "{out}");
}

/// A sign that was taken back left its place behind, and the words that grew up to it were fused.
#[test]
fn words_are_never_fused_where_a_sign_was_taken_back() {
    let filler = "<!-- filler for the markup -->".repeat(40);
    for empty in [
        "<b><button></b>",
        "<b></b>",
        "<a href='/x'></a>",
        "<code></code>",
        "<a href='#'><b></b></a>",
    ] {
        for words in ["w2x0  w2x1  w2x2", "a b c d e f g h", "<i>x y</i> z q r"] {
            let out = shown(&format!("<!doctype html><p>{empty}{words}</p>{filler}"), "");
            for pair in [["w2x1", "w2x2"], ["g", "h"], ["q", "r"]] {
                assert!(!out.contains(&pair.concat()), "{empty}{words} is\n{out}");
            }
        }
    }
}

/// What stood outside of cells, in cells of cells, or in cells of no row was lost without a word.
#[test]
fn law_3_no_text_of_a_broken_table_is_lost() {
    let filler = "<!-- filler for the markup -->".repeat(40);
    for table in [
        "<table><td>one<td>two</table>",
        "<table><tr><td>one</td>two<td>three</td></tr></table>",
        "<table><caption>one</caption>two<tr><td>three<td>four</table>",
        "<table><tr><td>one<td><div>two<td>three</table>",
        "<table><tr><td>one<td>two</tr>three<tr><td>four<td>five</table>six",
    ] {
        let out = shown(&format!("<!doctype html><p>zero</p>{table}{filler}"), "");
        let told: Vec<String> = words(&out)
            .into_iter()
            .filter(|word| table.contains(word.as_str()))
            .collect();
        let wanted = ["one", "two", "three", "four", "five", "six"];
        let wanted = wanted.into_iter().filter(|word| table.contains(word));
        assert_eq!(told, wanted.collect::<Vec<_>>(), "{table} is\n{out}");
    }
}

#[test]
fn hostile_pages_take_no_time_and_no_stack() {
    let mut pages: Vec<String> = [
        "<div>",
        "<b>",
        "<table><tr><td>",
        "<a href=x><p>",
        "<ul><li>",
        "<svg><g>",
        "<select><option>",
        "<blockquote>x",
        "<pre>x",
        "<td rowspan=999 colspan=999>x",
        "<table><tr><td rowspan=999 colspan=999>x<td>y",
        "<!--",
        "<script>",
        "</div>",
        "<p class=\"nav\">",
        "&lt;",
        "<textarea>",
    ]
    .iter()
    .map(|part| part.repeat(200_000 / part.len()))
    .collect();
    pages.push(format!(
        "<p {}>x</p>",
        (0..50_000).map(|n| format!("a{n}=1 ")).collect::<String>()
    ));
    pages.push(format!("<p>{}</p>", "<a href=\"#\">x</a> ".repeat(20_000)));
    for page in pages {
        let _ = html(&page, "x");
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Pages of numbered words, nested as it comes, tags closed or not.
fn page() -> impl Strategy<Value = String> {
    let tag = prop::sample::select(vec![
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "b",
        "code",
        "pre",
        "table",
        "tr",
        "td",
        "th",
        "h2",
        "blockquote",
        "nav",
        "footer",
        "aside",
        "main",
        "section",
        "a",
        "button",
        "del",
        "sup",
        "dl",
        "dd",
        "br",
        "hr",
        "span",
        "form",
        "x-y",
        "svg",
        "script",
        "style",
        "noscript",
        "title",
        "header",
        "td rowspan=2",
    ]);
    prop::collection::vec((tag, any::<bool>(), 0..4_u8), 1..60).prop_map(|parts| {
        let mut out = String::from("<!doctype html>\n");
        for (at, (tag, end, words)) in parts.iter().enumerate() {
            out += &format!("<{}{tag}>", if *end { "/" } else { "" });
            for word in 0..*words {
                out += &format!("w{at}x{word}{}", ["\n", " ", "  "][at % 3]);
            }
        }
        out + &"<!-- filler for the markup -->\n".repeat(40)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is shown are words of the page in its order; each gap says which lines or characters give it back.
    #[test]
    fn law_7_nothing_is_invented(page in page(), question in "(|w3x0|w7x1 w9x0)") {
        let Some(compressed) = html(&page, &question) else { return Ok(()) };
        let source = words(&page);
        let entry = Entry { text: page.clone(), tool: None };
        let (mut at, mut next) = (0, 0);
        for piece in &compressed.pieces {
            match piece {
                Piece::Text(text) => {
                    for word in words(text).into_iter().filter(|word| word.starts_with('w')) {
                        let found = source[next..].iter().position(|other| *other == word);
                        prop_assert!(found.is_some(), "{} is invented or out of order in {}", word, text);
                        next += found.unwrap() + 1;
                    }
                }
                Piece::Elide { range, note, .. } => {
                    prop_assert!(range.start >= at, "out of order");
                    if at > 0 {
                        let lines = note.rsplit(' ').next().unwrap().to_owned();
                        let selection = Selection { lines: Some(lines), max_tokens: Some(1 << 30), ..Selection::default() };
                        let back = retrieve(&entry, &selection).unwrap().text;
                        prop_assert!(back.contains(page[range.clone()].trim()), "{}\n{}", note, back);
                    }
                    at = range.end.max(1);
                }
                Piece::Keep(range) => at = range.end,
            }
        }
        for word in words(&question) {
            let text = render(&page, Some(&compressed));
            let visible = page.find(&format!("{word} ")).is_some() && !["<s", "<title", "<noscript"].iter().any(|hides| page.contains(hides));
            prop_assert!(!visible || text.contains(&word), "{} is gone", word);
        }
    }
}
