//! A typed client of the Account User Groups API.
