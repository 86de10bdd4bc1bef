//! One file per page: form, flow, page.
