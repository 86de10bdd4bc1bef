//! Forwarding: from a judged request to an application and back.
