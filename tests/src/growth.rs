//! Finds, in what strace wrote, the calls that made memory grow.

/// The calls to trace.
pub const CALLS: &str = "trace=brk,mmap,mremap,memfd_create,memfd_secret,shmget,shmat,remap_file_pages,\
    execve,write,writev,pwritev2";

/// The calls in the trace of one process that made its memory grow, from the first line on that contains
/// `marker`; all lines if there is none to wait for. Calls that the kernel refused are no growth.
pub fn growth<'a>(trace: &'a str, marker: Option<&str>) -> Vec<&'a str> {
    let mut lines = trace.lines();
    if let Some(marker) = marker {
        lines.find(|line| line.contains(marker));
    }
    let mut top = None;
    lines.filter(|line| grows(line, &mut top)).collect()
}

/// Whether a line of a trace is a successful call that makes memory grow. `top` is the end of the heap of
/// `brk` as far as it is known.
fn grows(line: &str, top: &mut Option<u64>) -> bool {
    let Some((call, rest)) = line.split_once('(') else { return false };
    let call = call.rsplit(' ').next().unwrap_or(call);
    let Some((arguments, result)) = rest.rsplit_once(" = ") else { return false };
    if result.starts_with("-1") || result.starts_with('?') {
        return false;
    }
    match call {
        "mmap" => {
            let private = arguments.contains("MAP_PRIVATE") && arguments.contains("PROT_WRITE");
            private || arguments.contains("MAP_ANONYMOUS") || arguments.contains("MAP_GROWSDOWN")
        }
        "mremap" => {
            let mut sizes = arguments.split(", ").skip(1).map(|size| size.parse::<u64>().unwrap_or(u64::MAX));
            let (old, new) = (sizes.next(), sizes.next());
            new > old || old.is_none()
        }
        "brk" => {
            // Whatever was asked, the answer is where the heap ends; a refused request leaves it in place.
            let end = result.split_whitespace().next().and_then(hexadecimal);
            let before = core::mem::replace(top, end);
            let asked = hexadecimal(arguments.trim_end_matches(')'));
            match (before, asked) {
                (Some(before), _) => end > Some(before),
                // The first call known: growth if it asked for an end and got it.
                (None, Some(_)) => asked == end,
                (None, None) => false,
            }
        }
        "memfd_create" | "memfd_secret" | "shmget" | "shmat" | "remap_file_pages" => true,
        _ => false,
    }
}

fn hexadecimal(word: &str) -> Option<u64> {
    u64::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_seen() {
        let guilty = [
            "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000",
            "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000",
            "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE, 3, 0) = 0x7f0000000000",
            "mremap(0x7f0000000000, 4096, 8192, MREMAP_MAYMOVE) = 0x7f0000001000",
            "memfd_create(\"x\", 0) = 3",
            "shmget(IPC_PRIVATE, 4096, 0600) = 7",
            "[pid 12] memfd_create(\"x\", 0) = 3",
            "brk(0x555500003000) = 0x555500003000",
        ];
        for line in guilty {
            assert_eq!(growth(line, None), [line]);
        }
        let heap = "brk(NULL) = 0x1000\nbrk(0x2000) = 0x2000\nbrk(0x9000) = 0x2000\nbrk(0x1000) = 0x1000";
        assert_eq!(growth(heap, None), ["brk(0x2000) = 0x2000"]);
    }

    #[test]
    fn refusals_and_harmless_calls_are_not() {
        let harmless = "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = -1 ENOMEM (no)\n\
            mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f0000000000\n\
            mremap(0x7f0000000000, 8192, 4096, 0) = 0x7f0000000000\n\
            brk(NULL) = 0x1000\nbrk(0x2000) = 0x1000\n\
            write(2, \"memfd_create(1) = 3\", 19) = 19\n\
            +++ killed by SIGKILL +++";
        assert_eq!(growth(harmless, None), [""; 0]);
    }

    #[test]
    fn only_what_follows_the_marker_counts() {
        let trace =
            "memfd_create(\"a\", 0) = 3\nwrite(2, \"sealed with\", 11) = 11\nmemfd_create(\"b\", 0) = 4";
        assert_eq!(growth(trace, Some("sealed with")), ["memfd_create(\"b\", 0) = 4"]);
    }
}
