//! Nothing at all.
//! allows: whole — what is missing stands nowhere
//! allows: several — two sections are missing
use perennial::prelude::*;

root! {}
