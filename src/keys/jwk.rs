//! Public keys as JSON Web Keys (RFC 7517, 7518) and their thumbprints (RFC 7638).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::KeyError;
use crate::domain::signing_key::SigningKeyRecord;
use crate::random::digest;

/// Bytes of one coordinate on P-256.
const COORDINATE: usize = 32;

#[derive(Serialize)]
struct KeySet<'a> {
    keys: Vec<PublicKey<'a>>,
}

#[derive(Serialize)]
struct PublicKey<'a> {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: &'a str,
    crv: &'static str,
    x: String,
    y: String,
}

/// The key set that publishes `records`, in their order.
pub(super) fn set(records: &[&SigningKeyRecord]) -> Result<String, KeyError> {
    let keys = records.iter().map(|record| {
        let (x, y) =
            coordinates(&record.public_point).ok_or_else(|| KeyError::BadRecord { kid: record.kid.clone() })?;
        Ok(PublicKey { kty: "EC", usage: "sig", alg: "ES256", kid: &record.kid, crv: "P-256", x, y })
    });
    let set = KeySet { keys: keys.collect::<Result<_, KeyError>>()? };
    serde_json::to_string(&set).map_err(KeyError::Claims)
}

/// The RFC 7638 thumbprint (SHA-256, base64url) of an uncompressed P-256 point; `None` if it is not one.
pub(super) fn thumbprint(point: &[u8]) -> Option<String> {
    let (x, y) = coordinates(point)?;
    // The required members only, in this order, without white space: that is the whole of RFC 7638.
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Some(URL_SAFE_NO_PAD.encode(digest(canonical.as_bytes()).as_bytes()))
}

/// Both coordinates in base64url.
fn coordinates(point: &[u8]) -> Option<(String, String)> {
    match point.split_first() {
        // 4 marks an uncompressed point (SEC 1, 2.3.3).
        Some((4, xy)) if xy.len() == 2 * COORDINATE => {
            let (x, y) = xy.split_at(COORDINATE);
            Some((URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_of_a_known_key_is_the_published_one() {
        // The key of RFC 7517, appendix A.1, and its thumbprint.
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        let x = bytes("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4");
        let y = bytes("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM");
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        assert_eq!(thumbprint(&point).as_deref(), Some("cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"));
    }

    #[test]
    fn what_is_no_uncompressed_point_has_no_thumbprint() {
        for point in [vec![], vec![4; 64], vec![4; 66], vec![2; 33], vec![3; 65]] {
            assert_eq!(thumbprint(&point), None);
        }
    }
}
