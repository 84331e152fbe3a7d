//! Every figure of the bench `between` still comes out.

use std::process::Command;

#[test]
fn each_figure_is_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let ended = Command::new(env!("CARGO_BIN_EXE_between"))
        .args(["run", "--quick"])
        .env("PERENNIAL_DIR", directory.path())
        .env("RUST_LOG", "warn")
        .output()
        .expect("the tree starts");
    let text = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{}: {text}{}", ended.status, String::from_utf8_lossy(&ended.stderr));
    let cases = [
        "ring_one_way",
        "ring_throughput/64B",
        "ring_throughput/4KiB",
        "mutex",
        "timestamp",
        "map_update/Map",
        "map_update/OrderedMap",
        "map_update/Array",
    ];
    for case in cases {
        let told = text.lines().rfind(|line| line.starts_with(&format!("bench {case} "))).expect(case);
        let ratio = told.split_whitespace().find_map(|word| word.strip_prefix("ratio=")).expect("a ratio");
        let ratio: f64 = ratio.parse().expect("a number");
        assert!(ratio > 0.0 && ratio.is_finite(), "{told}");
    }
}
