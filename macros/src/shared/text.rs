//! Types as a person would write them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// The text of `tokens`, spaced as rustfmt would: `Consumer<Order, 256>`.
pub(crate) fn compact(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    write(&mut text, tokens.into_token_stream());
    text
}

fn write(text: &mut String, tokens: TokenStream) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                if text.ends_with("mut") || text.ends_with("const") {
                    text.push(' ');
                }
                text.push_str(open);
                write(text, group.stream());
                text.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                mark @ (',' | ';') => text.extend([mark, ' ']),
                mark @ ('+' | '=') => text.extend([' ', mark, ' ']),
                '-' => text.push_str(" -"),
                '>' if text.ends_with('-') => text.push_str("> "),
                mark => text.push(mark),
            },
            word => {
                if text.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn types_look_as_written() {
        assert_eq!(compact(quote!(Consumer<Order, 256>)), "Consumer<Order, 256>");
        assert_eq!(compact(quote!([Option<u8>; { N + 1 }])), "[Option<u8>; { N + 1 }]");
        assert_eq!(compact(quote!(::a::b<&'a mut [u8], fn(u8) -> u8>)), "::a::b<&'a mut [u8], fn(u8) -> u8>");
        assert_eq!(compact(quote!(<dyn A as B>::C)), "<dyn A as B>::C");
    }
}
