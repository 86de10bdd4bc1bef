//! Hashes that other programs made are recognised, checked at a bounded cost, and never taken for those of another scheme.

use super::*;

/// Made by others: Apache's htpasswd, OpenSSL, libcrypt and Python's hashlib.
const MADE_ELSEWHERE: [&str; 17] = [
    "$2b$05$abcdefghijklmnopqrstuuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm",
    "$2a$05$abcdefghijklmnopqrstuuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm",
    "$2y$05$XJnvlVpJFHGwoUXTFXXtiOC9iGs6rMw..RYhMLs3A6jN7b5DbFWHK",
    "$5$saltstring$QUxBhqldqMiOkPn9ZGeSHHtENJ44f89zh7hSHcLJT52",
    "$6$saltstring$02qGkeoNKMsyNW/P5cvZbvhz3zDiaEVC7rZsHpVc/0xQ1M0qu5AkBI7dtGWM4LIpuXc4fpFV1rxEHYKPVhtyJ0",
    "$6$rounds=10000$saltstring$AIlw/Vzw0bouGinNnRIxZg8Ii.PrpC1A4WfBA.22.KeusTd/ApHvYjcVBfJVL8j43gQa5gSn7u2X4H/KocV6W0",
    "$apr1$saltsalt$mFRSPnMS9YOZEVZfLQBiN1",
    "$apr1$nCoRNC71$gcd/LdbJdbEOp4xjLGPmt/",
    "$1$abc$yFqwohp7K9Unc0gnaMVEa/",
    "{SHA}UwfydvLOb+4YM+PyqlunVUf81WQ=",
    "{SSHA}/gsKRWzV6IHZST4orhfVFlxf3oVzYWx0c2FsdA==",
    "$pbkdf2-sha256$29000$8PHy8/T19vf4.fr7/P3./w$AA7RPIDFQOW/jQoV914Mjn4qaAEaaRvHqz/DCO0DXqk",
    "$pbkdf2-sha512$2500$8PHy8/T19vf4.fr7/P3./w$s08ufYWUvewmZWL62dNFgMy8sCuFg.Q5dST4mHEDfHtJqQtDgYJgnWQbeEmhqgJwz23lCA.KAIjfMQW3OnRiqg",
    "$pbkdf2$1310$8PHy8/T19vf4.fr7/P3./w$h5BlcgrGiNKokPko6qMM7NPEDys",
    "pbkdf2_sha256$26000$NaClNaCl$4UcmfEuX168DfJfjvxDSDRZDbvSmYdBY50NAhQKbwYM=",
    "pbkdf2_sha1$1000$NaClNaCl$MWw1U0U8OfmEVMjDSYN0s6hNEMM=",
    "$1$$9vy1YR4qHb9UMOtZzGBk..",
];

fn read(text: &str) -> Legacy {
    Legacy::read(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

#[test]
fn what_others_made_is_recognised_and_nothing_else() {
    let (last, of_the_word) = MADE_ELSEWHERE.split_last().expect("some");
    for text in of_the_word {
        let hash = read(text);
        assert!(hash.matches("Mañana#42".as_bytes()), "{text}");
        for wrong in ["", "Mañana#43", "mañana#42", "Mañana#42 "] {
            assert!(!hash.matches(wrong.as_bytes()), "{text}: {wrong:?}");
        }
    }
    assert!(read(last).matches(b"0"), "an empty salt");
}

#[test]
fn a_hash_that_was_cut_off_or_changed_is_not_understood_or_matches_nothing() {
    for text in MADE_ELSEWHERE {
        for end in 1..text.len() {
            if let Ok(hash) = Legacy::read(&text[..end]) {
                assert!(!hash.matches("Mañana#42".as_bytes()), "{}", &text[..end]);
            }
        }
        assert!(Legacy::read(&format!("{text}$x")).is_err(), "{text}");
    }
}

#[test]
fn what_costs_more_than_a_sign_in_may_is_refused_before_it_is_computed() {
    for text in [
        "$2b$31$abcdefghijklmnopqrstuuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm",
        "$5$rounds=999999999$saltstring$QUxBhqldqMiOkPn9ZGeSHHtENJ44f89zh7hSHcLJT52",
        "pbkdf2_sha256$2000001$NaClNaCl$4UcmfEuX168DfJfjvxDSDRZDbvSmYdBY50NAhQKbwYM=",
    ] {
        assert_eq!(Legacy::read(text).err(), Some("it costs more than a sign-in may cost"), "{text}");
    }
}

#[test]
fn no_other_scheme_is_taken_for_one_of_these() {
    for text in [
        "",
        "Mañana#42",
        "rl.3StKT.4T8M",
        "{MD5}X03MO1qnZdYdgyfeuILPmQ==",
        "$2x$05$abcdefghijklmnopqrstuuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm",
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
        "pbkdf2_sha256$0$NaClNaCl$4UcmfEuX168DfJfjvxDSDRZDbvSmYdBY50NAhQKbwYM=",
        "{SSHA}UwfydvLOb+4YM+PyqlunVUf81WQ=",
        "$5$saltstring$02qGkeoNKMsyNW/P5cvZbvhz3zDiaEVC7rZsHpVc/0xQ1M0qu5AkBI7dtGWM4LIpuXc4fpFV1rxEHYKPVhtyJ0",
        "$2b$05$ñbcdefghijklmnopqrstuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm",
    ] {
        assert!(Legacy::read(text).is_err(), "{text}");
    }
}

#[test]
fn what_some_systems_put_before_a_hash_is_taken_off() {
    for (dressed, bare) in [
        ("bcrypt$$2b$05$abc", "$2b$05$abc"),
        ("argon2$argon2id$v=19$m=8,t=1,p=1$a$b", "$argon2id$v=19$m=8,t=1,p=1$a$b"),
        ("{crypt}$6$a$b", "$6$a$b"),
        (" $2b$05$abc\n", "$2b$05$abc"),
        ("{SSHA}abc", "{SSHA}abc"),
        ("ñ", "ñ"),
    ] {
        assert_eq!(undressed(dressed), bare);
    }
}
