//! The mail room with a real store and folder, and a clock that stands still.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::config::{Config, ParseContext};
use crate::domain::language::Language;
use crate::domain::mail::{Mail, MailFailureReason, MailKind, MailState};
use crate::keys::MasterKey;
use crate::random::SeededRandom;
use crate::store::sled::SledStore;
use crate::store::{OpenMail, Outbox};
use crate::templates::{InvitationMail, Templates};

const SECRET: &str = "Kq7-dMw2#RtYb9&x";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct Post {
    room: MailRoom,
    clock: Arc<ManualClock>,
    store: Arc<SledStore>,
    folder: TempDir,
}

impl Post {
    /// `config` is what stands in the file; its paths begin in the folder.
    fn new(config: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let config = Config::parse(config, ParseContext::new("test", folder.path())).expect("a sound file");
        let config = Arc::new(config);
        let templates = Arc::new(Templates::load(None).expect("built in"));
        let store = SledStore::open(&folder.path().join("store"), 1 << 20).expect("a store");
        let clock = Arc::new(ManualClock::at("2026-11-03T12:00:00Z".parse().expect("a moment")));
        let room = MailRoom {
            store: Arc::clone(&store) as _,
            master: Arc::new(master(1)),
            templates: Arc::new(move || Arc::clone(&templates)),
            config: Arc::new(move || Arc::clone(&config)),
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SeededRandom::new(7)),
            wake: Arc::new(Notify::new()),
        };
        Self { room, clock, store, folder }
    }

    async fn invite(&self, name: &str, language: Option<Language>) {
        let address = "ana@example.com".parse().expect("an address");
        let to = [Addressee { address, language, user: None, organization: None }];
        let until = self.clock.now().checked_add(DAY).expect("in range");
        let write = |_: &Addressee| InvitationMail {
            name: name.to_owned(),
            organization: "Seguros <Acme>".into(),
            organization_key: "ACME".into(),
            username: "ana".into(),
            temporary_password: SECRET.into(),
            expires_at: "2026-11-04 12:00 UTC".into(),
            sign_in: "https://login.example.com/_portero/login".into(),
        };
        self.room.post(MailKind::Invitation, &to, Some(until), write).await.expect("put in");
    }

    /// Delivers under `master` until nothing is due.
    async fn deliver(&self, master: MasterKey) {
        let deliverer = Deliverer {
            store: Arc::clone(&self.store) as _,
            accounts: Arc::clone(&self.store) as _,
            master: Arc::new(master),
            config: Arc::clone(&self.room.config),
            clock: Arc::clone(&self.clock) as _,
            random: Arc::new(SeededRandom::new(9)),
            wake: Arc::clone(&self.room.wake),
            counting: Box::new(|_outcome| ()),
        };
        let stop = CancellationToken::new();
        let running = tokio::spawn(deliverer.run(stop.clone()));
        loop {
            let now = self.clock.now();
            let due = self.store.next_mail_due(now).await.expect("read");
            let held = self.open().await.waiting.len();
            if held == 0 || due.is_some_and(|due| due > now) && self.none_under_way().await {
                break;
            }
            tokio::task::yield_now().await;
        }
        stop.cancel();
        running.await.expect("no panic");
    }

    /// Whether every message that waits has failed since it was due.
    async fn none_under_way(&self) -> bool {
        let now = self.clock.now();
        let is_later = |mail: &Mail| matches!(mail.state, MailState::Waiting { due } if due > now);
        self.open().await.waiting.iter().all(is_later)
    }

    async fn open(&self) -> OpenMail {
        self.store.open_mail(99).await.expect("read")
    }

    fn files(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("outbox")) else { return Vec::new() };
        entries.map(|entry| std::fs::read_to_string(entry.expect("listed").path()).expect("text")).collect()
    }
}

fn master(seed: u8) -> MasterKey {
    use base64::Engine;
    let key = SecretString::from(base64::engine::general_purpose::STANDARD.encode([seed; 32]));
    MasterKey::load_or_create(Path::new("/nowhere"), Some(&key), &SeededRandom::new(0)).expect("a key")
}

const FILES: &str = "[portal]\norigin = \"https://login.example.com\"\nname = \"Portal\\u00d1\"";

#[tokio::test]
async fn a_message_is_written_in_the_readers_language_and_its_body_is_gone_from_the_store() {
    let post = Post::new(FILES);
    post.invite("Ana", Some(Language::En)).await;
    post.deliver(master(1)).await;
    let files = post.files();
    let [file] = files.as_slice() else { panic!("one file: {files:?}") };
    assert!(file.contains("Hello Ana,") && file.contains(SECRET));
    assert!(file.contains("Message-ID: <") && file.contains("@login.example.com>\r\n"));
    assert!(file.contains("Auto-Submitted: auto-generated\r\n"));
    assert!(file.contains("Seguros &lt;Acme&gt;") && file.contains("Seguros <Acme>"), "escaped in HTML alone");
    assert!(post.open().await.waiting.is_empty());
}

#[tokio::test]
async fn no_name_breaks_out_of_its_header() {
    let post = Post::new("[portal]\norigin = \"https://login.example.com\"\nname = \"P\"");
    post.invite("Ana\r\nBcc: eve@example.com\r\n\r\nhello", None).await;
    post.deliver(master(1)).await;
    let file = post.files().remove(0);
    let head = file.split("\r\n\r\n").next().expect("a head");
    assert!(!head.to_lowercase().contains("bcc"), "{head}");
    assert!(head.contains("Subject: Su cuenta en P\r\n"), "{head}");
}

#[tokio::test]
async fn a_try_that_failed_waits_longer_each_time_and_the_message_is_given_up_when_its_secret_is_over() {
    // A folder that cannot be made: there is a file in its place.
    let post = Post::new(FILES);
    std::fs::write(post.folder.path().join("outbox"), "").expect("written");
    post.invite("Ana", None).await;
    let mut waits = Vec::new();
    let dead = loop {
        post.deliver(master(1)).await;
        let mut open = post.open().await;
        let Some(mail) = open.waiting.pop() else { break open.dead.remove(0) };
        assert_eq!(mail.failure.as_ref().map(|failure| failure.reason), Some(MailFailureReason::Folder));
        let MailState::Waiting { due } = mail.state else { panic!("it waits") };
        let wait = Duration::try_from(due.duration_since(post.clock.now())).expect("later");
        waits.push(wait);
        post.clock.advance(wait);
    };
    assert!(waits[0] < Duration::from_secs(7) && waits.len() > 10, "{waits:?}");
    assert!(waits.windows(2).take(9).all(|pair| pair[0] < pair[1]), "{waits:?}");
    assert_eq!(dead.failure.map(|failure| failure.reason), Some(MailFailureReason::Outdated));
    assert_eq!(post.room.retry(dead.id).await.expect("asked"), None, "its body is gone");
}

#[tokio::test]
async fn a_message_under_another_master_key_is_a_dead_letter_and_can_be_retried_under_its_own() {
    let post = Post::new(FILES);
    post.invite("Ana", None).await;
    post.deliver(master(2)).await;
    let dead = post.open().await.dead.remove(0);
    assert_eq!(dead.failure.map(|failure| failure.reason), Some(MailFailureReason::Broken));
    post.room.retry(dead.id).await.expect("asked").expect("retried");
    post.deliver(master(1)).await;
    assert_eq!(post.files().len(), 1);
}

#[tokio::test]
async fn what_waits_an_hour_for_a_mail_server_that_is_down_arrives_once() {
    // A folder that cannot be made: there is a file in its place.
    let post = Post::new(FILES);
    let outbox = post.folder.path().join("outbox");
    std::fs::write(&outbox, "").expect("written");
    post.invite("Ana", None).await;
    let began = post.clock.now();
    let mut tries = 0;
    while post.clock.now() < began + Duration::from_secs(60 * 60) {
        post.deliver(master(1)).await;
        let mail = post.open().await.waiting.pop().expect("it waits");
        let MailState::Waiting { due } = mail.state else { panic!("it waits") };
        post.clock.advance(Duration::try_from(due.duration_since(post.clock.now())).expect("later"));
        tries += 1;
    }
    assert!((5..60).contains(&tries), "{tries} tries: neither given up nor hammered at");
    std::fs::remove_file(&outbox).expect("removed");
    for _ in 0..2 {
        post.deliver(master(1)).await;
    }
    assert_eq!(post.files().len(), 1);
    assert!(post.open().await.waiting.is_empty());
}
