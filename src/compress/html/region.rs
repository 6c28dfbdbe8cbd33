//! What on a page is not its content: navigation, banners, what scripts and machines read.
//!
//! Biased towards keeping. Elements and class names say what something is for; unless that is beyond doubt
//! (a cookie banner, a `nav`), its text must also look the part: mostly links. What holds a heading of the
//! first rank or the main element, or most of the page's text, is content whatever it is called.

use super::read::{Node, Page};
use super::tag::{Attribute, Tag};

/// Why something is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Region {
    /// Menus, link lists.
    Navigation,
    /// The end of every page of a site.
    Footer,
    /// Asks for consent.
    Consent,
    /// Advertising, newsletters, links to share with.
    Promotion,
    /// Links to other pages.
    Related,
    /// What shows where scripts do not run.
    Fallback,
}

impl Region {
    /// As notes name it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Navigation => "navigation",
            Self::Footer => "footer",
            Self::Consent => "cookie banner",
            Self::Promotion => "promotion",
            Self::Related => "links to other pages",
            Self::Fallback => "no-script fallback",
        }
    }
}

/// How sure a name or an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// Whatever is in it.
    Yes,
    /// If it is mostly links.
    IfLinks,
}

/// Words in classes and ids, and what they say.
const WORDS: &[(&str, Region, Sure)] = &[
    ("ad", Region::Promotion, Sure::IfLinks),
    ("ads", Region::Promotion, Sure::IfLinks),
    ("advert", Region::Promotion, Sure::Yes),
    ("advertisement", Region::Promotion, Sure::Yes),
    ("consent", Region::Consent, Sure::Yes),
    ("cookie", Region::Consent, Sure::Yes),
    ("cookies", Region::Consent, Sure::Yes),
    ("footer", Region::Footer, Sure::IfLinks),
    ("gdpr", Region::Consent, Sure::Yes),
    ("masthead", Region::Navigation, Sure::IfLinks),
    ("menu", Region::Navigation, Sure::IfLinks),
    ("nav", Region::Navigation, Sure::IfLinks),
    ("navbar", Region::Navigation, Sure::IfLinks),
    ("navigation", Region::Navigation, Sure::IfLinks),
    ("newsletter", Region::Promotion, Sure::Yes),
    ("popular", Region::Related, Sure::IfLinks),
    ("promo", Region::Promotion, Sure::IfLinks),
    ("recommended", Region::Related, Sure::IfLinks),
    ("related", Region::Related, Sure::IfLinks),
    ("share", Region::Promotion, Sure::IfLinks),
    ("sharing", Region::Promotion, Sure::IfLinks),
    ("sidebar", Region::Navigation, Sure::IfLinks),
    ("sidenav", Region::Navigation, Sure::IfLinks),
    ("skip", Region::Navigation, Sure::IfLinks),
    ("social", Region::Promotion, Sure::IfLinks),
    ("sponsored", Region::Promotion, Sure::Yes),
    ("subscribe", Region::Promotion, Sure::Yes),
    ("toc", Region::Navigation, Sure::IfLinks),
    ("topbar", Region::Navigation, Sure::IfLinks),
    ("trending", Region::Related, Sure::IfLinks),
];

/// Share of a part's text in links from which it is mostly links.
const LINKS: f64 = 0.6;
/// A list is navigation without being called so from this many links on …
const MANY: u32 = 8;
/// … if this share of its text is links …
const PURE: f64 = 0.95;
/// … of this many bytes on average at most …
const SHORT: u32 = 32;
/// … and less than this share of all text.
const MINOR: f64 = 0.25;
/// What holds this share of the page's text is the page.
const MOST: f64 = 0.6;
/// Text a page has beside its regions at least; a page of links alone is a list of links.
const LEAST: u32 = 200;
/// … unless its main part has this much.
const SOME: u32 = 8;

/// For each node the region it begins, if any; regions do not nest.
pub(super) fn find(page: &Page) -> Vec<Option<Region>> {
    let sums = Sums::of(page);
    let mut found = vec![None; page.nodes.len()];
    let mut content = sums.all();
    // Where the main part at hand ends, and the text of such parts beside regions.
    let (mut main, mut in_main) = (0, 0);
    let mut at = 0;
    while at < page.nodes.len() {
        let node = &page.nodes[at];
        if matches!(node.tag, Some(Tag::Main | Tag::Article)) && at >= main {
            main = node.until;
            in_main += sums.within(at, main).text;
        }
        let region = region(page, at, &sums, at < main);
        if let Some(region) = region {
            let text = sums.within(at, node.until).text;
            content -= text;
            in_main -= if at < main { text } else { 0 };
            found[at] = Some(region);
            at = node.until;
        } else {
            at += 1;
        }
    }
    let is_thin = content < LEAST && f64::from(content) < (1.0 - MOST) * f64::from(sums.all());
    if is_thin && in_main < SOME {
        for region in &mut found {
            *region = region.filter(|region| matches!(region, Region::Consent | Region::Fallback));
        }
    }
    found
}

fn region(page: &Page, at: usize, sums: &Sums, in_main: bool) -> Option<Region> {
    let node = &page.nodes[at];
    let tag = node.tag?;
    if tag == Tag::Noscript {
        return Some(Region::Fallback);
    }
    let here = sums.within(at, node.until);
    let share = f64::from(here.text) / f64::from(sums.all().max(1));
    let may_be = tag.is_block() || tag == Tag::Other;
    let is_page = here.mains > 0 || share >= MOST || matches!(tag, Tag::Body | Tag::Main | Tag::Article);
    if !may_be || is_page || matches!(tag, Tag::Heading(_) | Tag::Pre | Tag::Table | Tag::Tr) {
        return None;
    }
    let links = f64::from(here.linked) >= LINKS * f64::from(here.text);
    match called(page, node, tag, in_main) {
        Some((region, Sure::Yes)) => return Some(region),
        Some((region, Sure::IfLinks)) if links && here.links > 1 => return Some(region),
        _ => {}
    }
    let list = matches!(tag, Tag::Ul | Tag::Ol | Tag::Block)
        && !in_main
        && here.links >= MANY
        && f64::from(here.linked) >= PURE * f64::from(here.text)
        && here.linked <= SHORT * here.links
        && share < MINOR;
    let contents = tag == Tag::Ul && here.links > 2 && here.inner == here.links && links;
    (list || contents).then_some(Region::Navigation)
}

/// What the element, its role and its names say it is for.
fn called(page: &Page, node: &Node, tag: Tag, in_main: bool) -> Option<(Region, Sure)> {
    let role = page.attribute(node, Attribute::Role).unwrap_or_default();
    match (tag, role) {
        (Tag::Nav, _) | (_, "navigation" | "menubar") => return Some((Region::Navigation, Sure::Yes)),
        (_, "contentinfo") => return Some((Region::Footer, Sure::Yes)),
        (Tag::Footer, _) if !in_main => return Some((Region::Footer, Sure::Yes)),
        (Tag::Footer, _) => return Some((Region::Footer, Sure::IfLinks)),
        (Tag::Aside, _) | (_, "complementary") => return Some((Region::Related, Sure::IfLinks)),
        (Tag::Header, _) | (_, "banner" | "menu") => return Some((Region::Navigation, Sure::IfLinks)),
        _ => {}
    }
    let names = [Attribute::Id, Attribute::Class].map(|name| page.attribute(node, name).unwrap_or_default());
    let mut said = None;
    for word in names.iter().flat_map(|names| words(names)) {
        let known = WORDS
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(word))
            .map(|&(_, region, sure)| (region, sure));
        match known {
            Some((_, Sure::Yes)) => return known,
            Some(_) if said.is_none() => said = known,
            _ => {}
        }
    }
    said
}

/// The words of class names: `siteNav`, `site-nav`, `site_nav`.
fn words(names: &str) -> Vec<&str> {
    const MOST_BYTES: usize = 512;
    let names = &names[..names.floor_char_boundary(MOST_BYTES)];
    let bytes = names.as_bytes();
    let (mut words, mut from) = (Vec::new(), 0);
    for at in 0..=bytes.len() {
        let byte = bytes.get(at).copied().unwrap_or(b' ');
        let is_part = byte.is_ascii_alphanumeric();
        let capital = at > from && byte.is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase();
        if capital || !is_part {
            words.extend(names.get(from..at).filter(|word| !word.is_empty()));
            from = at + usize::from(!is_part);
        }
    }
    words
}

/// Counts of what stands before each node, so that what is within one is a difference.
struct Sums {
    before: Vec<Counts>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Bytes of visible text.
    text: u32,
    /// Those in links.
    linked: u32,
    links: u32,
    /// Links to places on the page itself.
    inner: u32,
    /// Main elements and headings of the first rank.
    mains: u32,
}

impl Sums {
    fn of(page: &Page) -> Self {
        let mut before = Vec::with_capacity(page.nodes.len() + 1);
        let mut counts = Counts::default();
        let (mut link, mut hidden) = (0, 0);
        for (at, node) in page.nodes.iter().enumerate() {
            before.push(counts);
            match node.tag {
                None if at >= hidden => {
                    let bytes = page.text(node).trim().len() as u32;
                    counts.text = counts.text.saturating_add(bytes);
                    if at < link {
                        counts.linked = counts.linked.saturating_add(bytes);
                    }
                }
                Some(Tag::A) => {
                    if let Some(href) = page.attribute(node, Attribute::Href) {
                        link = node.until;
                        counts.links += 1;
                        counts.inner += u32::from(href.starts_with('#'));
                    }
                }
                Some(Tag::Main | Tag::Heading(1)) => counts.mains += 1,
                Some(tag) if is_unseen(tag) => hidden = hidden.max(node.until),
                _ => {}
            }
        }
        before.push(counts);
        Self { before }
    }

    fn all(&self) -> u32 {
        self.before.last().map_or(0, |counts| counts.text)
    }

    fn within(&self, from: usize, until: usize) -> Counts {
        let (from, until) = (self.before[from], self.before[until]);
        Counts {
            text: until.text - from.text,
            linked: until.linked - from.linked,
            links: until.links - from.links,
            inner: until.inner - from.inner,
            mains: until.mains - from.mains,
        }
    }
}

/// True for elements whose text nobody sees.
pub(super) fn is_unseen(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Script | Tag::Style | Tag::Template | Tag::Svg | Tag::Head | Tag::Noscript
    )
}
