impl Ledger {
    /// Books an order.
    #[must_use]
    #[allow(clippy::too_many_arguments, reason = "as many as the user's function has")]
    pub(crate) fn settle(
        me: &mut ::perennial::Handle<Self>,
        cents: u32,
        name: &str,
        id: u64,
    ) -> ::core::result::Result<(), ::perennial::Failure<Refused>> {
        let me: &mut <::perennial::Handle<
            Self,
        > as ::perennial::__private::Checked<
            {
                let _: &mut ::perennial::Handle<Self>;
                #[cfg(feature = "audit")]
                ::perennial::__private::borrowed::<Self>("balance");
                let writes = ::perennial::__private::Writes::none(true);
                let writes = ::perennial::__private::written::<Self>(writes, "orders");
                let _ = (
                    writes,
                    [
                        ::perennial::__private::returned::<()>(true),
                        ::perennial::__private::returned::<Refused>(true),
                    ],
                );
                0
            },
        >>::Same = me;
        me.transact::<
                (),
                Refused,
                _,
            >(
            const {
                &::perennial::__private::Spec {
                    timeout: ::core::option::Option::Some(
                        ::core::time::Duration::from_nanos(50000000),
                    ),
                    retries: 2u32,
                    backoff: ::core::time::Duration::from_nanos(5000000),
                    ..::perennial::__private::Spec::new(
                        "settle",
                        <Self as ::perennial::__private::State>::FIELDS,
                        &[#[cfg(feature = "audit")] "balance"],
                        &["orders"],
                        [
                            ::perennial::__private::returned::<()>(true),
                            ::perennial::__private::returned::<Refused>(true),
                        ],
                    )
                }
            },
            ::core::option::Option::Some(id),
            move |state| <Self>::settle_inline(
                state.orders,
                #[cfg(feature = "audit")]
                state.balance,
                cents,
                name,
                id,
            ),
        )
    }
    /// What [`Self::settle`] runs, as a plain function: to be tested without a process.
    #[allow(
        clippy::too_many_arguments,
        clippy::unnecessary_wraps,
        reason = "a transaction has this shape"
    )]
    #[inline]
    pub(crate) fn settle_inline(
        orders: &mut Consumer<Order, 256>,
        #[cfg(feature = "audit")]
        balance: &Array<u64, 9>,
        mut cents: u32,
        name: &str,
        #[allow(unused_variables)]
        id: u64,
    ) -> Result<(), Refused> {
        cents += 1;
        Ok(())
    }
    #[allow(clippy::too_many_arguments, reason = "as many as the user's function has")]
    fn read<'a>(
        me: &mut runtime::Handle<Self>,
        a: &'a str,
    ) -> ::core::result::Result<
        <Answer as runtime::__private::TaskResult>::Ok,
        runtime::Failure<<Answer as runtime::__private::TaskResult>::Err>,
    > {
        let me: &mut <runtime::Handle<
            Self,
        > as runtime::__private::Checked<
            {
                let _: &mut runtime::Handle<Self>;
                runtime::__private::borrowed::<Self>("total");
                let writes = runtime::__private::Writes::none(false);
                let _ = (
                    writes,
                    [
                        runtime::__private::returned::<
                            <Answer as runtime::__private::TaskResult>::Ok,
                        >(false),
                        runtime::__private::returned::<
                            <Answer as runtime::__private::TaskResult>::Err,
                        >(false),
                    ],
                );
                0
            },
        >>::Same = me;
        me.transact::<
                <Answer as runtime::__private::TaskResult>::Ok,
                <Answer as runtime::__private::TaskResult>::Err,
                _,
            >(
            const {
                &runtime::__private::Spec {
                    ..runtime::__private::Spec::new(
                        "read",
                        <Self as runtime::__private::State>::FIELDS,
                        &["total"],
                        &[],
                        [
                            runtime::__private::returned::<
                                <Answer as runtime::__private::TaskResult>::Ok,
                            >(false),
                            runtime::__private::returned::<
                                <Answer as runtime::__private::TaskResult>::Err,
                            >(false),
                        ],
                    )
                }
            },
            ::core::option::Option::None,
            move |state| <Self>::read_inline(state.total, a),
        )
    }
    /// What [`Self::read`] runs, as a plain function: to be tested without a process.
    #[allow(
        clippy::too_many_arguments,
        clippy::unnecessary_wraps,
        reason = "a transaction has this shape"
    )]
    fn read_inline<'a>(total: &u64, a: &'a str) -> Answer {
        Ok(*total)
    }
}
