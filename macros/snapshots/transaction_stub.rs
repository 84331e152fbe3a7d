impl Ledger {
    pub fn add(
        _: &mut ::perennial::Handle<Self>,
        _: u8,
    ) -> ::core::result::Result<u8, ::perennial::Failure<Refused>> {
        ::core::unimplemented!()
    }
    /// What [`Self::add`] runs, as a plain function: to be tested without a process.
    pub fn add_inline(_: &mut u64, _: u8) -> ::core::result::Result<u8, Refused> {
        ::core::unimplemented!()
    }
    ::core::compile_error! {
        "a transaction cannot be `async`: it is one run in a process of its own, with nothing to await; remove `async`"
    }
    ::core::compile_error! {
        "a transaction has no `self`, for no value of the daemon exists: borrow the fields you need by name, such as `total: &mut u64`"
    }
}
