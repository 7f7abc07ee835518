//! An in-process server that keeps the contract of the Account User Groups API.
