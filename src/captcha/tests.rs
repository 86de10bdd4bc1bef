//! A challenge is passed once, in time, by its own form and browser, and by nobody else.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use futures_util::FutureExt;

use super::*;
use crate::clock::ManualClock;
use crate::random::SeededRandom;

/// The store's verbs in memory.
#[derive(Default)]
struct Memory(Mutex<HashMap<SecretHash, EphemeralEntry>>);

#[async_trait]
impl Ephemeral for Memory {
    async fn put_ephemeral(&self, entry: EphemeralEntry) -> Result<(), StoreError> {
        self.0.lock().expect("whole").insert(entry.key, entry);
        Ok(())
    }

    async fn peek_ephemeral(&self, key: &SecretHash, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let entries = self.0.lock().expect("whole");
        Ok(entries.get(key).filter(|entry| now < entry.expires_at).map(|entry| entry.value.clone()))
    }

    async fn take_ephemeral(&self, key: &SecretHash, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let taken = self.0.lock().expect("whole").remove(key);
        Ok(taken.filter(|entry| now < entry.expires_at).map(|entry| entry.value))
    }

    async fn discard_ephemeral_group(&self, group: &SecretHash) -> Result<(), StoreError> {
        self.0.lock().expect("whole").retain(|_, entry| entry.group != *group);
        Ok(())
    }
}

const BROWSER: SecretHash = SecretHash::from_digest([1; 32]);
const SOURCE: SecretHash = SecretHash::from_digest([3; 32]);
const STRANGER: SecretHash = SecretHash::from_digest([2; 32]);

struct Bench {
    captcha: Captcha,
    store: Arc<Memory>,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new() -> Self {
        let store = Arc::new(Memory::default());
        let clock = Arc::new(ManualClock::at(Timestamp::from_second(1_800_000_000).expect("in range")));
        let captcha =
            Captcha::new(store.clone(), clock.clone(), Arc::new(SeededRandom::new(1))).expect("threads and glyphs");
        Self { captcha, store, clock }
    }

    /// A challenge for the sign-in page, with the text that only the store knows.
    async fn issue(&self) -> (String, String) {
        let challenge = self.captcha.issue(CaptchaForm::SignIn, BROWSER, SOURCE).await.expect("issued");
        let token = Token::parse(&challenge.id).expect("a token");
        let pending = self.store.0.lock().expect("whole")[&key(&token)].value.clone();
        (challenge.id, serde_json::from_slice::<Pending>(&pending).expect("readable").text)
    }

    async fn answer(&self, id: &str, answer: &str) -> bool {
        self.captcha.answer(id, CaptchaForm::SignIn, BROWSER, answer).await.expect("judged")
    }

    async fn audio(&self, id: &str, browser: SecretHash) -> Option<Bytes> {
        self.captcha.audio(id, browser, SOURCE, Language::Es).await.expect("spoken or not")
    }
}

#[tokio::test]
async fn the_right_answer_passes_in_any_case_and_with_spaces() {
    let bench = Bench::new();
    let (id, text) = bench.issue().await;
    assert_eq!(text.chars().count(), LENGTH);
    let typed: String = text.to_lowercase().chars().flat_map(|c| [' ', c]).collect();
    assert!(bench.answer(&id, &typed).await);
}

#[tokio::test]
async fn a_wrong_answer_does_not_pass() {
    let bench = Bench::new();
    let (_, other) = bench.issue().await;
    for wrong in ["", "A", &other, &"A".repeat(100_000)] {
        let (id, text) = bench.issue().await;
        assert_ne!(text, other);
        assert!(!bench.answer(&id, wrong).await);
    }
    let (id, text) = bench.issue().await;
    assert!(!bench.answer(&id, &format!("{text}A")).await);
}

#[tokio::test]
async fn any_answer_uses_the_challenge_up() {
    let bench = Bench::new();
    let (id, text) = bench.issue().await;
    assert!(bench.answer(&id, &text).await);
    assert!(!bench.answer(&id, &text).await, "not twice");
    let (id, text) = bench.issue().await;
    assert!(!bench.answer(&id, "wrong").await);
    assert!(!bench.answer(&id, &text).await, "no second try");
    assert!(bench.store.0.lock().expect("whole").is_empty(), "nothing is left behind");
}

#[tokio::test]
async fn it_is_bound_to_its_form_and_browser() {
    let bench = Bench::new();
    let (id, text) = bench.issue().await;
    let judged = bench.captcha.answer(&id, CaptchaForm::ChangePassword, BROWSER, &text).await;
    assert!(!judged.expect("judged"), "another form");
    assert!(!bench.answer(&id, &text).await, "used up by it");
    let (id, text) = bench.issue().await;
    let judged = bench.captcha.answer(&id, CaptchaForm::SignIn, STRANGER, &text).await;
    assert!(!judged.expect("judged"), "another browser");
}

#[tokio::test]
async fn it_is_over_after_two_minutes() {
    let bench = Bench::new();
    let (id, text) = bench.issue().await;
    let (late, late_text) = bench.issue().await;
    bench.clock.advance(LIFETIME - Duration::from_micros(1));
    assert!(bench.answer(&id, &text).await);
    bench.clock.advance(Duration::from_micros(1));
    assert!(bench.audio(&late, BROWSER).await.is_none());
    assert!(!bench.answer(&late, &late_text).await);
}

#[tokio::test]
async fn what_was_never_issued_does_not_pass() {
    let bench = Bench::new();
    let never = (&SeededRandom::new(99) as &dyn Random).token().reveal();
    for id in ["", "x", never.as_str(), &"é".repeat(43)] {
        assert!(!bench.answer(id, "").await);
        assert!(bench.audio(id, BROWSER).await.is_none());
    }
}

#[tokio::test]
async fn of_many_right_answers_at_once_one_passes() {
    let bench = Bench::new();
    for _ in 0..20 {
        let (id, text) = bench.issue().await;
        let passed = std::thread::scope(|scope| {
            let judge = || bench.answer(&id, &text).now_or_never().expect("the store in memory never waits");
            let racers: Vec<_> = (0..16).map(|_| scope.spawn(judge)).collect();
            racers.into_iter().map(|racer| racer.join().expect("no panic")).filter(|passed| *passed).count()
        });
        assert_eq!(passed, 1);
    }
}

#[tokio::test]
async fn a_finished_sign_in_discards_the_browsers_challenges() {
    let bench = Bench::new();
    let (id, text) = bench.issue().await;
    bench.store.discard_ephemeral_group(&BROWSER).await.expect("discarded");
    assert!(!bench.answer(&id, &text).await);
    assert!(bench.store.0.lock().expect("whole").is_empty());
}

#[tokio::test]
async fn it_is_said_to_its_browser_alone_the_same_again_and_can_be_answered_after() {
    let bench = Bench::new();
    let (id, text) = bench.issue().await;
    assert!(bench.audio(&id, STRANGER).await.is_none(), "a stranger hears nothing, and uses up nothing");
    let first = bench.audio(&id, BROWSER).await.expect("said");
    assert!(first.starts_with(b"RIFF"));
    for _ in 0..10 {
        assert_eq!(bench.audio(&id, BROWSER).await.expect("said"), first, "a part at a time makes a whole");
    }
    let english = bench.captcha.audio(&id, BROWSER, SOURCE, Language::En).await.expect("said").expect("said");
    assert_ne!(english, first);
    assert!(bench.answer(&id, &text).await);
    assert!(bench.audio(&id, BROWSER).await.is_none(), "not after the answer");
}

#[tokio::test]
async fn it_is_not_recorded_without_end() {
    let bench = Bench::new();
    let (id, _) = bench.issue().await;
    let mut heard = std::collections::HashSet::new();
    for _ in 0..RECORDINGS {
        heard.insert(bench.audio(&id, BROWSER).await.expect("said"));
        bench.captcha.recordings.invalidate_all();
    }
    assert_eq!(heard.len(), usize::from(RECORDINGS), "each differently");
    assert!(bench.audio(&id, BROWSER).await.is_none());
}

#[tokio::test]
async fn texts_differ_and_use_the_whole_alphabet() {
    let bench = Bench::new();
    let mut texts = Vec::new();
    for _ in 0..60 {
        texts.push(bench.issue().await.1);
    }
    let seen: std::collections::HashSet<char> = texts.concat().chars().collect();
    assert_eq!(seen, ALPHABET.into_iter().collect());
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 60);
}
