#[derive(Debug)]
pub struct Order {
    account: u32,
    #[cfg(feature = "audit")]
    by: Name,
    r#type: [u8; 2],
}
impl ::perennial::__private::Message for Order {
    type Wire = [u8; {
        let size = 0_usize;
        let size = size + <u32 as ::perennial::__private::Message>::SIZE;
        #[cfg(feature = "audit")]
        let size = size + <Name as ::perennial::__private::Message>::SIZE;
        let size = size + <[u8; 2] as ::perennial::__private::Message>::SIZE;
        size
    }];
    const FINGERPRINT: u64 = ::perennial::__private::fingerprint(
        "Order",
        &[
            <u32 as ::perennial::__private::Message>::FINGERPRINT,
            #[cfg(feature = "audit")]
            <Name as ::perennial::__private::Message>::FINGERPRINT,
            <[u8; 2] as ::perennial::__private::Message>::FINGERPRINT,
        ],
    );
    fn encode(&self, out: &mut [u8]) {
        let Self {
            account: part_0,
            #[cfg(feature = "audit")]
            by: part_1,
            r#type: part_2,
        } = self;
        let (part, out) = out
            .split_at_mut(<u32 as ::perennial::__private::Message>::SIZE);
        <u32 as ::perennial::__private::Message>::encode(part_0, part);
        #[cfg(feature = "audit")]
        let (part, out) = out
            .split_at_mut(<Name as ::perennial::__private::Message>::SIZE);
        #[cfg(feature = "audit")]
        <Name as ::perennial::__private::Message>::encode(part_1, part);
        let (part, out) = out
            .split_at_mut(<[u8; 2] as ::perennial::__private::Message>::SIZE);
        <[u8; 2] as ::perennial::__private::Message>::encode(part_2, part);
        out.fill(0);
    }
    fn decode(bytes: &[u8]) -> ::core::option::Option<Self> {
        if bytes.len() != <Self as ::perennial::__private::Message>::SIZE {
            return ::core::option::Option::None;
        }
        let (part, bytes) = bytes
            .split_at_checked(<u32 as ::perennial::__private::Message>::SIZE)?;
        let part_0 = <u32 as ::perennial::__private::Message>::decode(part)?;
        #[cfg(feature = "audit")]
        let (part, bytes) = bytes
            .split_at_checked(<Name as ::perennial::__private::Message>::SIZE)?;
        #[cfg(feature = "audit")]
        let part_1 = <Name as ::perennial::__private::Message>::decode(part)?;
        let (part, bytes) = bytes
            .split_at_checked(<[u8; 2] as ::perennial::__private::Message>::SIZE)?;
        let part_2 = <[u8; 2] as ::perennial::__private::Message>::decode(part)?;
        let _ = bytes;
        ::core::option::Option::Some(Self {
            account: part_0,
            #[cfg(feature = "audit")]
            by: part_1,
            r#type: part_2,
        })
    }
    #[inline]
    fn decode_into(bytes: &[u8], out: &mut Self) -> ::core::primitive::bool {
        bytes.len() == <Self as ::perennial::__private::Message>::SIZE
            && {
                let Self {
                    account: part_0,
                    #[cfg(feature = "audit")]
                    by: part_1,
                    r#type: part_2,
                } = out;
                let ::core::option::Option::Some((part, bytes)) = bytes
                    .split_at_checked(<u32 as ::perennial::__private::Message>::SIZE)
                else { return false };
                if !<u32 as ::perennial::__private::Message>::decode_into(part, part_0) {
                    return false;
                }
                #[cfg(feature = "audit")]
                let ::core::option::Option::Some((part, bytes)) = bytes
                    .split_at_checked(<Name as ::perennial::__private::Message>::SIZE)
                else { return false };
                #[cfg(feature = "audit")]
                if !<Name as ::perennial::__private::Message>::decode_into(
                    part,
                    part_1,
                ) {
                    return false;
                }
                let ::core::option::Option::Some((part, bytes)) = bytes
                    .split_at_checked(<[u8; 2] as ::perennial::__private::Message>::SIZE)
                else { return false };
                if !<[u8; 2] as ::perennial::__private::Message>::decode_into(
                    part,
                    part_2,
                ) {
                    return false;
                }
                let _ = bytes;
                true
            }
    }
}
enum Event {
    Opened,
    #[cfg(feature = "audit")]
    Booked(Order, u8),
    Closed { reason: Option<u8> },
}
impl runtime::__private::Message for Event {
    type Wire = [u8; 1
        + runtime::__private::konst::max(
            &[
                {
                    let size = 0_usize;
                    size
                },
                #[cfg(feature = "audit")]
                {
                    let size = 0_usize;
                    let size = size + <Order as runtime::__private::Message>::SIZE;
                    let size = size + <u8 as runtime::__private::Message>::SIZE;
                    size
                },
                {
                    let size = 0_usize;
                    let size = size + <Option<u8> as runtime::__private::Message>::SIZE;
                    size
                },
            ],
        )];
    const FINGERPRINT: u64 = runtime::__private::fingerprint(
        "Event",
        &[
            runtime::__private::fingerprint("Opened", &[]),
            #[cfg(feature = "audit")]
            runtime::__private::fingerprint(
                "Booked",
                &[
                    <Order as runtime::__private::Message>::FINGERPRINT,
                    <u8 as runtime::__private::Message>::FINGERPRINT,
                ],
            ),
            runtime::__private::fingerprint(
                "Closed",
                &[<Option<u8> as runtime::__private::Message>::FINGERPRINT],
            ),
        ],
    );
    fn encode(&self, out: &mut [u8]) {
        let (tag, out) = out.split_at_mut(1);
        match self {
            Self::Opened {} => {
                tag.fill(0u8);
                out.fill(0);
            }
            #[cfg(feature = "audit")]
            Self::Booked { 0: part_0, 1: part_1 } => {
                tag.fill(1u8);
                let (part, out) = out
                    .split_at_mut(<Order as runtime::__private::Message>::SIZE);
                <Order as runtime::__private::Message>::encode(part_0, part);
                let (part, out) = out
                    .split_at_mut(<u8 as runtime::__private::Message>::SIZE);
                <u8 as runtime::__private::Message>::encode(part_1, part);
                out.fill(0);
            }
            Self::Closed { reason: part_0 } => {
                tag.fill(2u8);
                let (part, out) = out
                    .split_at_mut(<Option<u8> as runtime::__private::Message>::SIZE);
                <Option<u8> as runtime::__private::Message>::encode(part_0, part);
                out.fill(0);
            }
        }
    }
    fn decode(bytes: &[u8]) -> ::core::option::Option<Self> {
        if bytes.len() != <Self as runtime::__private::Message>::SIZE {
            return ::core::option::Option::None;
        }
        let (tag, bytes) = bytes.split_first()?;
        let _ = bytes;
        match *tag {
            0u8 => {
                let _ = bytes;
                ::core::option::Option::Some(Self::Opened {})
            }
            #[cfg(feature = "audit")]
            1u8 => {
                let (part, bytes) = bytes
                    .split_at_checked(<Order as runtime::__private::Message>::SIZE)?;
                let part_0 = <Order as runtime::__private::Message>::decode(part)?;
                let (part, bytes) = bytes
                    .split_at_checked(<u8 as runtime::__private::Message>::SIZE)?;
                let part_1 = <u8 as runtime::__private::Message>::decode(part)?;
                let _ = bytes;
                ::core::option::Option::Some(Self::Booked {
                    0: part_0,
                    1: part_1,
                })
            }
            2u8 => {
                let (part, bytes) = bytes
                    .split_at_checked(
                        <Option<u8> as runtime::__private::Message>::SIZE,
                    )?;
                let part_0 = <Option<u8> as runtime::__private::Message>::decode(part)?;
                let _ = bytes;
                ::core::option::Option::Some(Self::Closed { reason: part_0 })
            }
            _ => ::core::option::Option::None,
        }
    }
}
enum Never {}
impl ::perennial::__private::Message for Never {
    type Wire = [u8; 1 + ::perennial::__private::konst::max(&[])];
    const FINGERPRINT: u64 = ::perennial::__private::fingerprint("Never", &[]);
    fn encode(&self, out: &mut [u8]) {
        let _ = out;
        match *self {}
    }
    fn decode(bytes: &[u8]) -> ::core::option::Option<Self> {
        if bytes.len() != <Self as ::perennial::__private::Message>::SIZE {
            return ::core::option::Option::None;
        }
        let (tag, bytes) = bytes.split_first()?;
        let _ = bytes;
        match *tag {
            _ => ::core::option::Option::None,
        }
    }
}
