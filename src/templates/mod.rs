//! Pages as typed values, rendered by tera in the person's language.
