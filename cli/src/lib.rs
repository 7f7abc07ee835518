//! User groups as code.
