//! Whoever has the published keys can check an assertion, before and after a rotation, and nobody can forge one.

use std::collections::BTreeSet;
use std::sync::Mutex;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;
use crate::clock::ManualClock;
use crate::domain::ids::{SessionId, UserId};
use crate::domain::session::AuthenticationMethod;
use crate::random::SeededRandom;

/// The store's verbs in memory.
#[derive(Default)]
struct Memory(Mutex<Vec<SigningKeyRecord>>);

#[async_trait]
impl SigningKeys for Memory {
    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>, StoreError> {
        Ok(self.0.lock().expect("whole").clone())
    }

    async fn ensure_signing_key(&self, key: SigningKeyRecord) -> Result<Vec<SigningKeyRecord>, StoreError> {
        let mut keys = self.0.lock().expect("whole");
        if keys.is_empty() {
            keys.push(key);
        }
        Ok(keys.clone())
    }

    async fn rotate_signing_key(&self, key: SigningKeyRecord, at: Timestamp) -> Result<(), StoreError> {
        let mut keys = self.0.lock().expect("whole");
        for old in keys.iter_mut() {
            old.retired_at.get_or_insert(at);
        }
        keys.insert(0, key);
        Ok(())
    }

    async fn purge_signing_keys(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut keys = self.0.lock().expect("whole");
        let all = keys.len();
        keys.retain(|key| key.retired_at.is_none_or(|at| at >= before));
        Ok((all - keys.len()) as u64)
    }
}

/// All that keys are loaded from.
struct Bench {
    store: Memory,
    master: MasterKey,
    clock: ManualClock,
    random: SeededRandom,
}

impl Bench {
    fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_second(1_800_000_000).expect("in range"));
        Self { store: Memory::default(), master: master(1), clock, random: SeededRandom::new(7) }
    }

    async fn load(&self) -> Result<Keys, KeyError> {
        Keys::load(&self.store, &self.master, &self.clock, &self.random).await
    }

    async fn rotate(&self, keys: &Keys) -> String {
        keys.rotate(&self.store, &self.master, &self.clock, &self.random).await.expect("rotated")
    }
}

fn master(seed: u8) -> MasterKey {
    let text = SecretString::from(STANDARD.encode([seed; 32]));
    MasterKey::load_or_create("/nowhere".as_ref(), Some(&text), &SeededRandom::new(0)).expect("a key")
}

/// Verifies a JWT as an application would: by the key set alone.
fn verify(jwt: &str, jwks: &str, audience: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let set: JwkSet = serde_json::from_str(jwks).expect("a key set");
    let kid = decode_header(jwt)?.kid.expect("a kid");
    let key = DecodingKey::from_jwk(set.find(&kid).ok_or(jsonwebtoken::errors::ErrorKind::InvalidToken)?)?;
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["aud"]);
    Ok(decode::<Value>(jwt, &key, &validation)?.claims)
}

fn kids(jwks: &str) -> Vec<String> {
    let set: JwkSet = serde_json::from_str(jwks).expect("a key set");
    set.keys.into_iter().map(|key| key.common.key_id.expect("a kid")).collect()
}

#[tokio::test]
async fn an_assertion_verifies_with_the_published_keys_and_names_its_claims() {
    let bench = Bench::new();
    let keys = bench.load().await.expect("made");
    let user = UserId::from_random([1; 16]);
    let session = SessionId::from_random([2; 16]);
    let groups = BTreeSet::from(["billing".parse().expect("a group")]);
    let claims = AssertionClaims {
        iss: "https://login.example.com/_portero",
        aud: &"billing".parse().expect("an id"),
        sub: user,
        iat: bench.clock.now(),
        exp: bench.clock.now() + Duration::from_secs(300),
        jti: "one",
        sid: session,
        preferred_username: &"amartinez".parse().expect("a username"),
        name: &"Ana Martínez".parse().expect("a name"),
        email: Some(&"ana@example.com".parse().expect("an address")),
        org: "acme",
        groups: &groups,
        auth_time: bench.clock.now(),
        amr: &[AuthenticationMethod::Pwd],
    };
    let jwt = keys.sign_assertion(&claims).expect("signed");

    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').next().expect("a header")).expect("base64url"))
            .expect("JSON");
    assert_eq!(header, json!({"alg": "ES256", "typ": "assertion+jwt", "kid": keys.list()[0].kid}));
    let said = verify(&jwt, &keys.jwks(), "billing").expect("verifies");
    assert_eq!(
        said,
        json!({
            "iss": "https://login.example.com/_portero",
            "aud": "billing",
            "sub": user.to_string(),
            "iat": 1_800_000_000,
            "exp": 1_800_000_300,
            "jti": "one",
            "sid": session.to_string(),
            "preferred_username": "amartinez",
            "name": "Ana Martínez",
            "email": "ana@example.com",
            "org": claims.org,
            "groups": ["billing"],
            "auth_time": 1_800_000_000,
            "amr": ["pwd"],
        })
    );
    assert!(verify(&jwt, &keys.jwks(), "wiki").is_err(), "meant for one application");

    let poor = AssertionClaims { email: None, groups: &BTreeSet::new(), ..claims };
    let said = verify(&keys.sign_assertion(&poor).expect("signed"), &keys.jwks(), "billing").expect("verifies");
    assert_eq!(said.get("email"), None, "left out");
    assert_eq!(said["groups"], json!([]), "empty, not null");
}

#[tokio::test]
async fn a_forged_assertion_does_not_verify() {
    let (bench, other) = (Bench::new(), Bench::new());
    let (keys, strangers) = (bench.load().await.expect("made"), other.load().await.expect("made"));
    let claims = json!({"aud": "billing", "sub": "ana"});
    let jwt = keys.sign_assertion(&claims).expect("signed");
    assert!(verify(&jwt, &keys.jwks(), "billing").is_ok());
    assert!(verify(&jwt, &strangers.jwks(), "billing").is_err());
    let forged = URL_SAFE_NO_PAD.encode(json!({"aud": "billing", "sub": "eve"}).to_string());
    let parts: Vec<&str> = jwt.split('.').collect();
    assert!(verify(&[parts[0], &forged, parts[2]].join("."), &keys.jwks(), "billing").is_err());
}

#[tokio::test]
async fn the_key_set_holds_public_keys_only_named_by_their_thumbprints() {
    let bench = Bench::new();
    let keys = bench.load().await.expect("made");
    let jwks = keys.jwks();
    let json: Value = serde_json::from_str(&jwks).expect("JSON");
    let key = json["keys"][0].as_object().expect("a key");
    let names: BTreeSet<&str> = key.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x", "y"]));
    let set: JwkSet = serde_json::from_str(&jwks).expect("a key set");
    assert_eq!(set.keys[0].thumbprint(ThumbprintHash::SHA256).expect("computed"), keys.list()[0].kid);
}

#[tokio::test]
async fn a_restart_finds_the_same_key() {
    let bench = Bench::new();
    let first = bench.load().await.expect("made");
    let second = bench.load().await.expect("loaded");
    let jwt = second.sign_assertion(&json!({"aud": "billing"})).expect("signed");
    assert!(verify(&jwt, &first.jwks(), "billing").is_ok());
    assert_eq!(first.list(), second.list());
}

#[tokio::test]
async fn after_a_rotation_the_new_key_signs_and_the_old_one_still_verifies() {
    let bench = Bench::new();
    let keys = bench.load().await.expect("made");
    let old = keys.list()[0].kid.clone();
    let before = keys.sign_assertion(&json!({"aud": "billing"})).expect("signed");
    bench.clock.advance(Duration::from_secs(60));
    let new = bench.rotate(&keys).await;
    assert_eq!(kids(&keys.jwks()), [new.clone(), old.clone()], "the one that signs comes first");
    let after = keys.sign_assertion(&json!({"aud": "billing"})).expect("signed");
    assert_eq!(decode_header(&after).expect("a header").kid, Some(new.clone()));
    for jwt in [before, after] {
        assert!(verify(&jwt, &keys.jwks(), "billing").is_ok());
    }
    let listed = keys.list();
    assert_eq!((listed[0].kid.clone(), listed[0].retired_at), (new, None));
    assert_eq!((listed[1].kid.clone(), listed[1].retired_at), (old, Some(bench.clock.now())));
}

#[tokio::test]
async fn a_retired_key_is_published_as_long_as_its_signatures_live_and_no_longer() {
    let bench = Bench::new();
    let keys = bench.load().await.expect("made");
    bench.rotate(&keys).await;
    let life = Duration::from_secs(300);
    let purge = async || keys.purge(&bench.store, &bench.master, &bench.clock, life).await.expect("purged");
    bench.clock.advance(life);
    assert_eq!(purge().await, 0);
    assert_eq!(keys.list().len(), 2);
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(purge().await, 1);
    assert_eq!(kids(&keys.jwks()).len(), 1);
    bench.clock.advance(life * 1000);
    assert_eq!(purge().await, 0, "the one that signs stays, however old");
}

#[tokio::test]
async fn another_porteros_rotation_is_taken_over_by_a_reload() {
    let bench = Bench::new();
    let (here, there) = (bench.load().await.expect("made"), bench.load().await.expect("loaded"));
    bench.rotate(&there).await;
    assert_ne!(here.list(), there.list());
    here.reload(&bench.store, &bench.master).await.expect("reloaded");
    assert_eq!(here.list(), there.list());
    assert_eq!(here.jwks(), there.jwks());
}

#[tokio::test]
async fn a_wrong_master_key_is_told_apart_and_the_keys_in_use_stay() {
    let bench = Bench::new();
    let keys = bench.load().await.expect("made");
    let listed = keys.list();
    let wrong = master(2);
    let loaded = Keys::load(&bench.store, &wrong, &bench.clock, &bench.random).await;
    assert!(matches!(loaded, Err(KeyError::WrongMasterKey { kid, .. }) if kid == listed[0].kid));
    assert!(keys.reload(&bench.store, &wrong).await.is_err());
    assert_eq!(keys.list(), listed);

    let kid = replace_signing_key(&bench.store, &wrong, &bench.clock, &bench.random).await.expect("replaced");
    let loaded = Keys::load(&bench.store, &wrong, &bench.clock, &bench.random).await.expect("the way out");
    assert_eq!(loaded.list()[0].kid, kid);
}

#[tokio::test]
async fn a_record_whose_halves_do_not_belong_together_is_refused() {
    let bench = Bench::new();
    let keys = bench.load().await.expect("made");
    bench.rotate(&keys).await;
    let mut records = bench.store.0.lock().expect("whole");
    let (point, kid) = (records[1].public_point.clone(), records[1].kid.clone());
    records[0].public_point = point;
    assert!(matches!(Ring::of(&records, &bench.master), Err(KeyError::BadRecord { .. })));
    records[0].kid = kid;
    assert!(matches!(Ring::of(&records, &bench.master), Err(KeyError::BadRecord { .. })));
}

#[tokio::test]
async fn without_a_key_that_may_sign_nothing_is_loaded() {
    let bench = Bench::new();
    bench.load().await.expect("made");
    bench.store.0.lock().expect("whole")[0].retired_at = Some(bench.clock.now());
    assert!(matches!(bench.load().await, Err(KeyError::NoneSigns)));
}
