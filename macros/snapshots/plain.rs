#[derive(
    ::core::marker::Copy,
    ::perennial::__private::zerocopy::FromZeros,
    ::perennial::__private::zerocopy::IntoBytes,
    ::perennial::__private::zerocopy::Immutable,
    ::perennial::__private::zerocopy::KnownLayout,
)]
#[zerocopy(crate = "::perennial::__private::zerocopy")]
#[repr(C)]
#[derive(Debug, Clone)]
pub struct Account {
    pub cents: i64,
    owner: [u8; 8],
}
impl ::perennial::__private::Outline for Account {
    const TIGHT: () = {
        let frame = ::perennial::__private::Frame::new(
            "Account",
            [
                ::perennial::__private::Part::of::<i64>("cents"),
                ::perennial::__private::Part::of::<[u8; 8]>("owner"),
            ],
            0usize,
            0usize,
        );
        let at = 0_usize;
        let at = frame.tight(at);
        let at = frame.tight(at);
        let _ = (frame, at);
    };
}
impl ::perennial::__private::Message for Account {
    type Wire = [u8; ::core::mem::size_of::<Self>()];
    const FINGERPRINT: u64 = ::perennial::__private::fingerprint(
        "Account",
        &[
            ::perennial::__private::fingerprint("cents: i64", &[]),
            ::perennial::__private::fingerprint("owner: [u8; 8]", &[]),
        ],
    );
    fn encode(&self, out: &mut [u8]) {
        out.copy_from_slice(
            <Self as ::perennial::__private::zerocopy::IntoBytes>::as_bytes(self),
        );
    }
    fn decode(bytes: &[u8]) -> ::core::option::Option<Self> {
        if bytes.len() != <Self as ::perennial::__private::Message>::SIZE {
            return ::core::option::Option::None;
        }
        <Self as ::perennial::__private::zerocopy::TryFromBytes>::try_read_from_bytes(
                bytes,
            )
            .ok()
    }
}
#[derive(
    ::core::clone::Clone,
    ::core::marker::Copy,
    runtime::__private::zerocopy::FromZeros,
    runtime::__private::zerocopy::IntoBytes,
    runtime::__private::zerocopy::Immutable,
    runtime::__private::zerocopy::KnownLayout,
)]
#[zerocopy(crate = "runtime::__private::zerocopy")]
#[repr(u16)]
enum State {
    Open = 1,
    Closed = 0,
    Other,
}
impl runtime::__private::Message for State {
    type Wire = [u8; ::core::mem::size_of::<Self>()];
    const FINGERPRINT: u64 = runtime::__private::fingerprint(
        "State",
        &[
            runtime::__private::fingerprint("Open", &[]),
            runtime::__private::fingerprint("Closed", &[]),
            runtime::__private::fingerprint("Other", &[]),
        ],
    );
    fn encode(&self, out: &mut [u8]) {
        out.copy_from_slice(
            <Self as runtime::__private::zerocopy::IntoBytes>::as_bytes(self),
        );
    }
    fn decode(bytes: &[u8]) -> ::core::option::Option<Self> {
        if bytes.len() != <Self as runtime::__private::Message>::SIZE {
            return ::core::option::Option::None;
        }
        <Self as runtime::__private::zerocopy::TryFromBytes>::try_read_from_bytes(bytes)
            .ok()
    }
}
