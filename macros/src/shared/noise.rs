//! Property: no macro panics, whatever it is given. Beside the single mutations that each macro's own tests go through
//! one by one (`testing::survives`), these are random streams, and random edits, several at once, of input that is
//! right.

use super::testing::{Macro, samples};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use proptest::prelude::*;

/// Words that the macros look for, and others.
const WORDS: &str = r#"
    mem heap scratch record history restart resume reset decide kind temporary escalation stop abandon validate backoff
    max_backoff within timeout retries strategy one_for_all name setup daemons rings depends_on attempts crate Self self
    struct enum union fn impl trait pub const unsafe extern async where dyn mut ref type use for in if else match move
    Ledger Gateway orders r#type u64 usize str Result Option Array Consumer Producer _ 'a 'static
    0 1 -1 0.5 1u16 99999999999999999999 "" "4MiB" "1.5GB" "10s" "-1" b"x" 'c' true
    = == : :: ; , . .. ... -> => < > & && * ! ? # | + - @ $ ~
    cfg cfg_attr derive repr doc plain message daemon transaction arg request
"#;

/// A token, or a group of them.
#[derive(Debug, Clone)]
enum Noise {
    Word(usize),
    Group(u8, Vec<Noise>),
}

fn words() -> Vec<TokenTree> {
    WORDS.split_whitespace().flat_map(|word| word.parse::<TokenStream>().expect("tokens")).collect()
}

fn delimiter(kind: u8) -> Delimiter {
    [Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None][usize::from(kind % 4)]
}

fn stream(noise: &[Noise], words: &[TokenTree]) -> TokenStream {
    let tree = |noise: &Noise| match noise {
        Noise::Word(at) => words[at % words.len()].clone(),
        Noise::Group(kind, inner) => Group::new(delimiter(*kind), stream(inner, words)).into(),
    };
    noise.iter().map(tree).collect()
}

fn noise() -> impl Strategy<Value = Vec<Noise>> {
    let word = any::<usize>().prop_map(Noise::Word);
    let tree = word.prop_recursive(3, 40, 8, |inner| {
        (any::<u8>(), prop::collection::vec(inner, 0..8)).prop_map(|(kind, inner)| Noise::Group(kind, inner))
    });
    prop::collection::vec(tree, 0..24)
}

/// One edit: at a place counted through all groups, remove, repeat or replace a token, or wrap what follows.
type Edit = (usize, u8, usize);

fn edit(tokens: TokenStream, at: &mut usize, (_, kind, word): Edit, words: &[TokenTree]) -> TokenStream {
    let mut edited = Vec::new();
    let mut trees = tokens.into_iter();
    while let Some(tree) = trees.next() {
        let here = *at == 0;
        *at = at.wrapping_sub(1);
        let tree = match tree {
            TokenTree::Group(group) if !here => {
                Group::new(group.delimiter(), edit(group.stream(), at, (0, kind, word), words)).into()
            }
            tree => tree,
        };
        match (here, kind % 5) {
            (false, _) => edited.push(tree),
            (true, 0) => {}
            (true, 1) => edited.extend([tree.clone(), tree]),
            (true, 2) => edited.push(words[word % words.len()].clone()),
            (true, 3) => edited.extend([tree, words[word % words.len()].clone()]),
            (true, _) => edited
                .push(Group::new(delimiter(kind / 5), [tree].into_iter().chain(&mut trees).collect()).into()),
        }
    }
    edited.into_iter().collect()
}

fn count(tokens: &TokenStream) -> usize {
    tokens
        .clone()
        .into_iter()
        .map(|tree| if let TokenTree::Group(group) = tree { 1 + count(&group.stream()) } else { 1 })
        .sum()
}

fn edited(mut tokens: TokenStream, edits: &[Edit], words: &[TokenTree]) -> TokenStream {
    for &step in edits {
        let mut at = step.0 % count(&tokens).max(1);
        tokens = edit(tokens, &mut at, step, words);
    }
    tokens
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn random_tokens(args in noise(), item in noise()) {
        let words = words();
        let (args, item) = (stream(&args, &words), stream(&item, &words));
        for (which, good_args, good_item) in samples() {
            which.expand(good_args, item.clone());
            which.expand(args.clone(), good_item);
        }
    }

    #[test]
    fn random_edits(
        args in prop::collection::vec(any::<Edit>(), 0..4),
        item in prop::collection::vec(any::<Edit>(), 1..8),
    ) {
        let words = words();
        for (which, good_args, good_item) in samples() {
            which.expand(edited(good_args, &args, &words), edited(good_item, &item, &words));
        }
    }
}

/// The edits reach into groups and change something, and the samples are right to begin with: otherwise most of the
/// noise would stop at the first check.
#[test]
fn the_noise_is_some() {
    let words = words();
    for (which, args, item) in samples() {
        let messages = super::testing::messages(which.expand(args, item.clone()));
        // What `root!` says of a profile with `panic = "abort"` stands under a `cfg`.
        assert_eq!(messages.len(), usize::from(which == Macro::Root), "{which:?}: {messages:?}");
        let last = count(&item) - 1;
        for kind in 0..5 {
            let changed = edited(item.clone(), &[(last, kind, 3)], &words);
            assert_ne!(changed.to_string(), item.to_string(), "{which:?}, edit {kind}");
        }
    }
}
