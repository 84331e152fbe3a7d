//! The README shows the program that is built.

#[test]
fn the_program_of_the_readme_is_the_quickstart() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a file of the project");
    let (readme, program) = (read("README.md"), read("examples/quickstart/src/main.rs"));
    let shown = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(shown, Some(program.as_str()));
}

#[test]
fn unsafe_code_is_only_where_the_architecture_says() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let table = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("a file of the project");
    let named = |file: &str| {
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        let stem = name.trim_end_matches(".rs");
        table.lines().filter(|line| line.starts_with("| `")).any(|line| {
            let cell = line.split('|').nth(1).unwrap_or_default();
            let whole = cell.contains(&format!("{folder}/*")) && !folder.is_empty();
            let listed = cell.split(['{', '}', ',', '`', '/', ' ', '.']).any(|word| word == stem);
            whole || (listed && (folder.is_empty() || cell.contains(folder)))
        })
    };
    let source = root.join("runtime/src");
    let mut folders = vec![source.clone()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source file");
            let uses = text.lines().any(|line| {
                let code = line.split("//").next().unwrap_or_default();
                code.contains("unsafe {") || code.contains("unsafe impl")
            });
            let file = path.strip_prefix(&source).expect("inside").to_string_lossy().into_owned();
            assert!(!uses || named(&file), "{file} contains unsafe code and is not named in ARCHITECTURE.md");
            seen += usize::from(uses);
        }
    }
    assert!(seen > 20, "{seen} files were looked at");
}
