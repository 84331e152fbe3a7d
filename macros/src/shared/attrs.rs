//! The user's attributes, sorted by where they belong in the generated code.

use syn::Attribute;

/// Attributes by kind, each in the order in which they were written.
#[derive(Default)]
pub(crate) struct Attrs {
    /// Documentation.
    pub(crate) docs: Vec<Attribute>,
    /// `cfg` and `cfg_attr`: they belong on every copy.
    pub(crate) cfgs: Vec<Attribute>,
    /// `allow`, `warn`, `deny`, `forbid`, `expect`.
    pub(crate) lints: Vec<Attribute>,
    /// `deprecated` and `must_use`: they speak to callers.
    pub(crate) notices: Vec<Attribute>,
    /// All others.
    pub(crate) others: Vec<Attribute>,
}

/// Sorts `attrs`.
pub(crate) fn sort(attrs: impl IntoIterator<Item = Attribute>) -> Attrs {
    let mut sorted = Attrs::default();
    for attr in attrs {
        let name = name(&attr);
        match name.as_str() {
            "doc" => &mut sorted.docs,
            "cfg" | "cfg_attr" => &mut sorted.cfgs,
            "allow" | "warn" | "deny" | "forbid" | "expect" => &mut sorted.lints,
            "deprecated" | "must_use" => &mut sorted.notices,
            _ => &mut sorted.others,
        }
        .push(attr);
    }
    sorted
}

/// The last segment of the attribute's path.
pub(crate) fn name(attr: &Attribute) -> String {
    attr.path().segments.last().map_or_else(String::new, |segment| segment.ident.to_string())
}
