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
        ::perennial::Handle::transact(
            me,
            &Self::__perennial_spec_settle,
            ::core::option::Option::Some(id),
            move |state| Self::settle_inline(
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
    #[doc(hidden)]
    #[allow(
        non_upper_case_globals,
        reason = "named after the function, in the same scope"
    )]
    const __perennial_spec_settle: ::perennial::__private::Spec = ::perennial::__private::Spec {
        timeout: ::core::option::Option::Some(
            ::core::time::Duration::from_nanos(50000000),
        ),
        retries: 2u32,
        backoff: ::core::time::Duration::from_nanos(5000000),
        shared: ::perennial::__private::FieldSet::named(
            <Self as ::perennial::__private::State>::FIELDS,
            &[#[cfg(feature = "audit")] "balance"],
        ),
        exclusive: ::perennial::__private::FieldSet::named(
            <Self as ::perennial::__private::State>::FIELDS,
            &["orders"],
        ),
        ..::perennial::__private::Spec::answering::<
            ::core::result::Result<(), Refused>,
        >("settle")
    };
    #[allow(clippy::too_many_arguments, reason = "as many as the user's function has")]
    fn read<'a>(
        me: &mut runtime::Handle<Self>,
        a: &'a str,
    ) -> ::core::result::Result<
        <Answer as runtime::__private::TaskResult>::Ok,
        runtime::Failure<<Answer as runtime::__private::TaskResult>::Err>,
    > {
        runtime::Handle::transact(
            me,
            &Self::__perennial_spec_read,
            ::core::option::Option::None,
            move |state| Self::read_inline(state.total, a),
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
    #[doc(hidden)]
    #[allow(
        non_upper_case_globals,
        reason = "named after the function, in the same scope"
    )]
    const __perennial_spec_read: runtime::__private::Spec = runtime::__private::Spec {
        shared: runtime::__private::FieldSet::named(
            <Self as runtime::__private::State>::FIELDS,
            &["total"],
        ),
        exclusive: runtime::__private::FieldSet::named(
            <Self as runtime::__private::State>::FIELDS,
            &[],
        ),
        ..runtime::__private::Spec::returning::<
            ::core::result::Result<
                <Answer as runtime::__private::TaskResult>::Ok,
                <Answer as runtime::__private::TaskResult>::Err,
            >,
        >("read")
    };
}
