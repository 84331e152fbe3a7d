//! Every figure of the bench `between` still comes out.

use perennial_tests::{Launch, field};

#[test]
fn each_figure_is_told() {
    let ended =
        Launch::new(env!("CARGO_BIN_EXE_between")).arg("--quick").env("RUST_LOG", "warn").start().end();
    let text = ended.lines.join("\n");
    assert_eq!(ended.code, Some(0), "{text}");
    let cases = [
        "ring_one_way",
        "ring_throughput/64B",
        "ring_throughput/4KiB",
        "mutex",
        "timestamp",
        "map_update/Map",
        "map_update/OrderedMap",
        "map_update/Array",
        "map_update_touch",
    ];
    for case in cases {
        let told = ended.last(&format!("bench {case} "));
        let ratio: f64 = field(told, "ratio").parse().expect("a ratio");
        assert!(ratio > 0.0 && ratio.is_finite(), "{told}");
    }
}
