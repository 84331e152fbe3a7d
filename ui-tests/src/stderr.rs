//! The compiler's words, taken apart: one block for each error, with its place and what it proposes.

/// One error with all that is said about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The message, without `error[E0000]: `.
    pub message: String,
    /// Where it points first: file, line, column, the latter two from 1.
    pub place: Option<(String, usize, usize)>,
    /// The texts of `= note: `, `= help: ` and `help: `.
    pub advice: Vec<String>,
}

/// All errors in `text`. Notes of their own, such as "erroneous constant encountered", belong to the error before.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for line in text.lines() {
        if let Some(message) = headline(line) {
            blocks.push(Block { message: message.to_owned(), place: None, advice: Vec::new() });
        }
        let Some(block) = blocks.last_mut() else { continue };
        let line = line.trim_start();
        if let Some(place) = line.strip_prefix("--> ") {
            block.place = block.place.take().or_else(|| self::place(place));
        }
        let said = ["= note: ", "= help: ", "help: "].into_iter().find_map(|lead| line.strip_prefix(lead));
        block.advice.extend(said.map(str::to_owned));
    }
    blocks
}

/// The message of a line that starts an error, with or without a code.
fn headline(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("error")?;
    let rest = match rest.strip_prefix('[') {
        Some(code) => code.split_once(']')?.1,
        None => rest,
    };
    rest.strip_prefix(": ")
}

fn place(text: &str) -> Option<(String, usize, usize)> {
    let mut parts = text.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((parts.next()?.to_owned(), line, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_come_apart() {
        let text = "error[E0277]: `u` is no `V`\n --> cases/fail/a/b.rs:4:16\n  |\n4 | x\n  | ^ wrong\n  |\n  = note: why\n\
                    help: other\n --> $WORKSPACE/c.rs\n\nerror: second: do that\n  --> d.rs:10:1\n";
        let expected = [
            Block {
                message: "`u` is no `V`".to_owned(),
                place: Some(("cases/fail/a/b.rs".to_owned(), 4, 16)),
                advice: vec!["why".to_owned(), "other".to_owned()],
            },
            Block {
                message: "second: do that".to_owned(),
                place: Some(("d.rs".to_owned(), 10, 1)),
                advice: Vec::new(),
            },
        ];
        assert_eq!(blocks(text), expected);
        assert_eq!(blocks("errors: none\nwarning: error: x\n"), []);
    }
}
