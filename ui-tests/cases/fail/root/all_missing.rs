//! Nothing at all.
use perennial::prelude::*;

root! {}
