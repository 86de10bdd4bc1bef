//! Hashing and verifying passwords on threads of their own.
