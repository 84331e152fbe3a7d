/// Books orders.
#[allow(unused)]
pub enum Ledger {}
/// The state of [`Ledger`] as it lies in shared memory.
#[repr(C)]
pub struct LedgerImage {
    /// Image of the field `orders`.
    pub orders: <Consumer<
        ::perennial::__private::Proved<
            Order,
            { ::perennial::__private::crosses::<Order>() },
        >,
        256,
    > as ::perennial::__private::Field>::Image,
    #[cfg(feature = "audit")]
    /// Image of the field `audit`.
    pub audit: <[u64; 4] as ::perennial::__private::Field>::Image,
    /// Image of the field `type`.
    pub r#type: <u8 as ::perennial::__private::Field>::Image,
}
/// The fields of [`Ledger`], lent for reading and writing.
pub struct LedgerMut<'a> {
    /// What comes in.
    pub orders: &'a mut Consumer<Order, 256>,
    #[cfg(feature = "audit")]
    /// The field `audit`.
    pub audit: &'a mut [u64; 4],
    /// The field `type`.
    pub r#type: &'a mut u8,
}
/// The fields of [`Ledger`], lent for reading.
pub struct LedgerRef<'a> {
    /// What comes in.
    pub orders: &'a Consumer<Order, 256>,
    #[cfg(feature = "audit")]
    /// The field `audit`.
    pub audit: &'a [u64; 4],
    /// The field `type`.
    pub r#type: &'a u8,
}
#[doc(hidden)]
pub struct LedgerCells {
    orders: <Consumer<
        ::perennial::__private::Proved<
            Order,
            { ::perennial::__private::crosses::<Order>() },
        >,
        256,
    > as ::perennial::__private::Field>::Cell,
    #[cfg(feature = "audit")]
    audit: <[u64; 4] as ::perennial::__private::Field>::Cell,
    r#type: <u8 as ::perennial::__private::Field>::Cell,
    __end: (),
}
const _: () = {
    #[allow(non_camel_case_types)]
    type __orders = Consumer<
        ::perennial::__private::Proved<
            Order,
            { ::perennial::__private::crosses::<Order>() },
        >,
        256,
    >;
    unsafe impl ::perennial::__private::State for Ledger {
        type Image = [u128; match <Ledger as ::perennial::__private::State>::FIELDS {
            [.., last] => (last.offset + last.size).div_ceil(16),
            [] => 0,
        }];
        type Cells = LedgerCells;
        type Mut<'a> = LedgerMut<'a>;
        type Ref<'a> = LedgerRef<'a>;
        const NAME: &'static str = "Ledger";
        const FIELDS: &'static [::perennial::__private::FieldInfo] = &{
            let mut at = 0_usize;
            let table = [
                ::perennial::__private::FieldInfo {
                    name: "orders",
                    ty: "Consumer<Order, 256>",
                    offset: {
                        at = at
                            .next_multiple_of(
                                ::core::mem::align_of::<
                                    <__orders as ::perennial::__private::Field>::Image,
                                >(),
                            );
                        at
                    },
                    size: {
                        at
                            += ::core::mem::size_of::<
                                <__orders as ::perennial::__private::Field>::Image,
                            >();
                        ::core::mem::size_of::<
                            <__orders as ::perennial::__private::Field>::Image,
                        >()
                    },
                    shape: <__orders as ::perennial::__private::Field>::SHAPE,
                    largest: <__orders as ::perennial::__private::Field>::LARGEST,
                    type_id: ::core::any::TypeId::of::<
                        <__orders as ::perennial::__private::Field>::Image,
                    >,
                    check_write: <__orders as ::perennial::__private::Field>::check_write,
                    check_image: <__orders as ::perennial::__private::Field>::check_image,
                },
                #[cfg(feature = "audit")]
                ::perennial::__private::FieldInfo {
                    name: "audit",
                    ty: "[u64; 4]",
                    offset: {
                        at = at
                            .next_multiple_of(
                                ::core::mem::align_of::<
                                    <[u64; 4] as ::perennial::__private::Field>::Image,
                                >(),
                            );
                        at
                    },
                    size: {
                        at
                            += ::core::mem::size_of::<
                                <[u64; 4] as ::perennial::__private::Field>::Image,
                            >();
                        ::core::mem::size_of::<
                            <[u64; 4] as ::perennial::__private::Field>::Image,
                        >()
                    },
                    shape: <[u64; 4] as ::perennial::__private::Field>::SHAPE,
                    largest: <[u64; 4] as ::perennial::__private::Field>::LARGEST,
                    type_id: ::core::any::TypeId::of::<
                        <[u64; 4] as ::perennial::__private::Field>::Image,
                    >,
                    check_write: <[u64; 4] as ::perennial::__private::Field>::check_write,
                    check_image: <[u64; 4] as ::perennial::__private::Field>::check_image,
                },
                ::perennial::__private::FieldInfo {
                    name: "type",
                    ty: "u8",
                    offset: {
                        at = at
                            .next_multiple_of(
                                ::core::mem::align_of::<
                                    <u8 as ::perennial::__private::Field>::Image,
                                >(),
                            );
                        at
                    },
                    size: {
                        at
                            += ::core::mem::size_of::<
                                <u8 as ::perennial::__private::Field>::Image,
                            >();
                        ::core::mem::size_of::<
                            <u8 as ::perennial::__private::Field>::Image,
                        >()
                    },
                    shape: <u8 as ::perennial::__private::Field>::SHAPE,
                    largest: <u8 as ::perennial::__private::Field>::LARGEST,
                    type_id: ::core::any::TypeId::of::<
                        <u8 as ::perennial::__private::Field>::Image,
                    >,
                    check_write: <u8 as ::perennial::__private::Field>::check_write,
                    check_image: <u8 as ::perennial::__private::Field>::check_image,
                },
            ];
            let _ = at;
            table
        };
        const OPTIONS: ::perennial::__private::Options = ::perennial::__private::Options {
            heap: ::core::option::Option::Some(65536),
            restart: ::perennial::__private::Restart::Decide,
            kind: ::perennial::__private::Kind::Transient,
            rollbacks: 4u32,
            max_restarts: 3u32,
            escalation: ::perennial::__private::Escalation::Stop(17u8),
            backoff: ::core::time::Duration::from_nanos(5000000),
            watchdog: ::core::option::Option::Some(
                ::core::time::Duration::from_nanos(2000000000),
            ),
            ..::perennial::__private::Options::new(4194304)
        };
        fn bind(
            place: &mut dyn ::core::ops::FnMut(usize) -> ::perennial::__private::Place,
        ) -> Self::Cells {
            let mut row = 0_usize;
            let cells = LedgerCells {
                orders: {
                    let cell = <__orders as ::perennial::__private::Field>::bind(
                        place(row),
                    );
                    row += 1;
                    cell
                },
                #[cfg(feature = "audit")]
                audit: {
                    let cell = <[u64; 4] as ::perennial::__private::Field>::bind(
                        place(row),
                    );
                    row += 1;
                    cell
                },
                r#type: {
                    let cell = <u8 as ::perennial::__private::Field>::bind(place(row));
                    row += 1;
                    cell
                },
                __end: (),
            };
            let _ = (row, place);
            cells
        }
        fn begin(cells: &mut Self::Cells) {
            <__orders as ::perennial::__private::Field>::begin(&mut cells.orders);
            #[cfg(feature = "audit")]
            <[u64; 4] as ::perennial::__private::Field>::begin(&mut cells.audit);
            <u8 as ::perennial::__private::Field>::begin(&mut cells.r#type);
            let _ = cells;
        }
        fn lend(cells: &mut Self::Cells) -> Self::Mut<'_> {
            let _ = &cells;
            LedgerMut {
                orders: <__orders as ::perennial::__private::Field>::lend(
                    &mut cells.orders,
                ),
                #[cfg(feature = "audit")]
                audit: <[u64; 4] as ::perennial::__private::Field>::lend(
                    &mut cells.audit,
                ),
                r#type: <u8 as ::perennial::__private::Field>::lend(&mut cells.r#type),
            }
        }
        fn share(cells: &Self::Cells) -> Self::Ref<'_> {
            let _ = &cells;
            LedgerRef {
                orders: <__orders as ::perennial::__private::Field>::share(
                    &cells.orders,
                ),
                #[cfg(feature = "audit")]
                audit: <[u64; 4] as ::perennial::__private::Field>::share(&cells.audit),
                r#type: <u8 as ::perennial::__private::Field>::share(&cells.r#type),
            }
        }
        fn view(cells: &Self::Cells) -> Self::Ref<'_> {
            let _ = &cells;
            LedgerRef {
                orders: <__orders as ::perennial::__private::Field>::view(&cells.orders),
                #[cfg(feature = "audit")]
                audit: <[u64; 4] as ::perennial::__private::Field>::view(&cells.audit),
                r#type: <u8 as ::perennial::__private::Field>::view(&cells.r#type),
            }
        }
        fn adopt(cells: &mut Self::Cells) {
            <__orders as ::perennial::__private::Field>::adopt(&mut cells.orders);
            #[cfg(feature = "audit")]
            <[u64; 4] as ::perennial::__private::Field>::adopt(&mut cells.audit);
            <u8 as ::perennial::__private::Field>::adopt(&mut cells.r#type);
            let _ = cells;
        }
        const VALIDATES: bool = true;
        fn validate(
            state: &Self::Ref<'_>,
        ) -> ::core::result::Result<(), ::perennial::__private::Error> {
            ::perennial::__private::validated::<Self, _, _, _>(checks::whole, state)
        }
        fn decide(
            incident: &::perennial::__private::Incident<'_, Self>,
        ) -> ::core::option::Option<::perennial::__private::Decision> {
            ::core::option::Option::Some(
                <Self as ::perennial::__private::Decider>::decision(incident),
            )
        }
        fn gather(
            cells: &mut Self::Cells,
            fields: ::perennial::__private::FieldSet,
        ) -> ::core::result::Result<(), ::perennial::__private::Overrun> {
            let mut row = 0_usize;
            {
                if fields.has(row) {
                    <__orders as ::perennial::__private::Field>::gather(
                        &mut cells.orders,
                    )?;
                }
                row += 1;
            }
            #[cfg(feature = "audit")]
            {
                if fields.has(row) {
                    <[u64; 4] as ::perennial::__private::Field>::gather(
                        &mut cells.audit,
                    )?;
                }
                row += 1;
            }
            {
                if fields.has(row) {
                    <u8 as ::perennial::__private::Field>::gather(&mut cells.r#type)?;
                }
                row += 1;
            }
            let _ = (row, fields, cells);
            ::core::result::Result::Ok(())
        }
        fn attempt_failed(
            cells: &mut Self::Cells,
            fields: ::perennial::__private::FieldSet,
        ) -> ::perennial::__private::Attempt {
            let mut row = 0_usize;
            let mut gravest = ::perennial::__private::Attempt::Ignored;
            {
                if fields.has(row) {
                    gravest = ::core::cmp::Ord::max(
                        gravest,
                        <__orders as ::perennial::__private::Field>::attempt_failed(
                            &mut cells.orders,
                        ),
                    );
                }
                row += 1;
            }
            #[cfg(feature = "audit")]
            {
                if fields.has(row) {
                    gravest = ::core::cmp::Ord::max(
                        gravest,
                        <[u64; 4] as ::perennial::__private::Field>::attempt_failed(
                            &mut cells.audit,
                        ),
                    );
                }
                row += 1;
            }
            {
                if fields.has(row) {
                    gravest = ::core::cmp::Ord::max(
                        gravest,
                        <u8 as ::perennial::__private::Field>::attempt_failed(
                            &mut cells.r#type,
                        ),
                    );
                }
                row += 1;
            }
            let _ = (row, fields, cells);
            gravest
        }
    }
};
impl ::perennial::__private::Decider for Ledger {
    fn decision(
        incident: &::perennial::__private::Incident<'_, Self>,
    ) -> ::perennial::__private::Decision {
        use ::perennial::__private::DecideMissing as _;
        ::perennial::__private::decided::<Self, _, _, _>(Ledger::decide, incident)
    }
}
/// What [`Ledger`] publishes: its fields under `#[publish]`, as one commit left them; see `Handle::snapshot`.
#[repr(C)]
pub struct LedgerPublished {
    #[cfg(feature = "audit")]
    /// The field `audit`.
    pub audit: <[u64; 4] as ::perennial::__private::Field>::Image,
}
unsafe impl ::perennial::__private::Publishes for Ledger {
    type Published = LedgerPublished;
    const PARTS: &'static [::perennial::__private::PublishedField] = &{
        let mut at = 0_usize;
        let parts = [
            #[cfg(feature = "audit")]
            ::perennial::__private::PublishedField::new(
                <Self as ::perennial::__private::State>::FIELDS,
                "audit",
                {
                    let start = at
                        .next_multiple_of(
                            ::core::mem::align_of::<
                                <[u64; 4] as ::perennial::__private::Field>::Image,
                            >(),
                        );
                    at = start
                        + ::core::mem::size_of::<
                            <[u64; 4] as ::perennial::__private::Field>::Image,
                        >();
                    start
                },
            ),
        ];
        let _ = at;
        parts
    };
}
impl ::core::clone::Clone for LedgerPublished {
    fn clone(&self) -> Self {
        ::perennial::__private::copied::<Ledger>(self)
    }
}
impl ::core::fmt::Debug for LedgerPublished {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        use ::perennial::__private::Show as _;
        #[allow(unused_mut)]
        let mut shown = f.debug_struct("LedgerPublished");
        #[cfg(feature = "audit")]
        shown.field("audit", (&::perennial::__private::Shown(&self.audit)).shown());
        shown.finish()
    }
}
const _: () = {
    let _ = <Ledger as ::perennial::__private::State>::FIELDS;
    ::perennial::__private::record_fits::<Ledger>();
    ::perennial::__private::field_fits::<
        Ledger,
    >(
        "orders",
        ::core::mem::align_of::<
            <Consumer<
                ::perennial::__private::Proved<
                    Order,
                    { ::perennial::__private::crosses::<Order>() },
                >,
                256,
            > as ::perennial::__private::Field>::Image,
        >(),
    );
    #[cfg(feature = "audit")]
    ::perennial::__private::field_fits::<
        Ledger,
    >(
        "audit",
        ::core::mem::align_of::<<[u64; 4] as ::perennial::__private::Field>::Image>(),
    );
    #[cfg(feature = "audit")] ::perennial::__private::publishes::<Ledger>("audit");
    ::perennial::__private::field_fits::<
        Ledger,
    >("type", ::core::mem::align_of::<<u8 as ::perennial::__private::Field>::Image>());
    ::perennial::__private::history_fits::<Ledger>();
    ::perennial::__private::fits::<Ledger>();
};
